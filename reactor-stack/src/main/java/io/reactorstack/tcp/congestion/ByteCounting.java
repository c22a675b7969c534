package io.reactorstack.tcp.congestion;

/** Slow start by acknowledged bytes, at most some segments for an acknowledgement (RFC 5681 section 3.1, RFC 3465). */
public final class ByteCounting implements SlowStart {

  /** RFC 5681: one segment for an acknowledgement. */
  public static final Factory ONE_SEGMENT = paced -> new ByteCounting(1);

  /** RFC 3465 section 2.2: two segments, so that delayed acknowledgements do not slow the growth down. */
  public static final Factory TWO_SEGMENTS = paced -> new ByteCounting(2);

  private final int limit;
  private boolean ended;
  private boolean endedBefore;

  private ByteCounting(int limit) {
    this.limit = limit;
  }

  @Override
  public void onRoundTrip(int sndUna, int sndNxt, long rtt) {
    // Only losses end it.
  }

  @Override
  public int increase(int bytes, int segmentSize) {
    // RFC 3465 2.3: after a timeout one acknowledgement may cover much that had left the network before.
    return ended ? afterTheFirst(bytes, segmentSize) : Math.min(bytes, limit * segmentSize);
  }

  /** RFC 5681 section 3.1 (2): never by more than one segment, however acknowledgements are divided or stretched. */
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
