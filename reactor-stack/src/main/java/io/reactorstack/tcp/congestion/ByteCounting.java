package io.reactorstack.tcp.congestion;

/**
 * A slow start that grows the window by the acknowledged bytes, up to a limit per acknowledgement (RFC 5681 section
 * 3.1, RFC 3465).
 */
public final class ByteCounting implements SlowStart {

  /** RFC 5681: at most one segment per acknowledgement. */
  public static final Factory ONE_SEGMENT = paced -> new ByteCounting(1);

  /** RFC 3465 section 2.2: at most two segments, so that delayed acknowledgements do not slow the growth down. */
  public static final Factory TWO_SEGMENTS = paced -> new ByteCounting(2);

  private final int limit;
  private boolean ended;
  private boolean endedBefore;

  private ByteCounting(int limit) {
    this.limit = limit;
  }

  @Override
  public void onRoundTrip(int sndUna, int sndNxt, long rtt) {
    // Only losses end this slow start.
  }

  @Override
  public int increase(int bytes, int segmentSize) {
    // RFC 3465 2.3: after a timeout one acknowledgement may cover many bytes that had left the network earlier.
    return ended ? afterTheFirst(bytes, segmentSize) : Math.min(bytes, limit * segmentSize);
  }

  /**
   * Returns the growth in a slow start after the first reduction: at most one segment per acknowledgement, however many
   * bytes it covers (RFC 5681 section 3.1 equation (2)).
   */
  static int afterTheFirst(int bytes, int segmentSize) {
    return Math.min(bytes, segmentSize);
  }

  @Override
  public boolean isFinished() {
    return false;
  }

  @Override
  public void onEnd() {
    endedBefore = ended;
    ended = true;
  }

  @Override
  public void onSpurious() {
    ended = endedBefore;
  }
}
