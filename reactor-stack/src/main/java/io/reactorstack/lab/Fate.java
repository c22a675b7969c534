package io.reactorstack.lab;

/**
 * Decides what happens by chance to the frames of one direction: drawn at random from the seed, or replayed from a list
 * of decisions.
 */
interface Fate {

  /** Returns whether the frame of this number is lost. */
  boolean loses(long number, Impairment impairment);

  /** Returns whether the frame of this number arrives twice. */
  boolean doubles(long number, Impairment impairment);

  /**
   * Returns the time at which a frame arrives that the bottleneck has sent at {@code through}.
   *
   * @param copy true for the second copy of a duplicated frame
   * @param bytes the frame's length
   */
  long due(long number, boolean copy, long through, int bytes, Impairment impairment);

  /** Returns the number of the bit that is flipped, from 0 to {@code bits} - 1, or -1 for none. */
  int flips(long number, boolean copy, int bits, Impairment impairment);

  /** Forgets the preceding frames, since all frames in transit were dropped. */
  void restart();

  /** Number of frames that have been reordered so far. */
  long reordered();
}
