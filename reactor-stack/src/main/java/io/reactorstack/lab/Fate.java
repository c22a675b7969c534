package io.reactorstack.lab;

/** Decides what happens to the frames of one direction by chance: drawn from the seed, or read from a list of decisions. */
interface Fate {

  /** Whether the frame of this number is lost. */
  boolean loses(long number, Impairment impairment);

  /** Whether it arrives twice. */
  boolean doubles(long number, Impairment impairment);

  /**
   * When a frame is to arrive that is through the bottleneck at {@code through}.
   *
   * @param copy whether it is the second of a doubled frame
   * @param bytes the frame's length
   */
  long due(long number, boolean copy, long through, int bytes, Impairment impairment);

  /** Which of its {@code bits} is flipped, or -1. */
  int flips(long number, boolean copy, int bits, Impairment impairment);

  /** All frames under way were dropped: what comes now has none before it. */
  void restart();

  /** Frames that have changed their place so far. */
  long reordered();
}
