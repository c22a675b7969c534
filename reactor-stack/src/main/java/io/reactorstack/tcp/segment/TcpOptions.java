package io.reactorstack.tcp.segment;

import java.util.Arrays;

/**
 * The options of one segment that this stack understands.
 *
 * @param mss maximum segment size, 0 to 65535, or {@link #ABSENT} (RFC 9293 section 3.7.1)
 * @param windowScale shift count as received, 0 to 255, or {@link #ABSENT} (RFC 7323 section 2)
 * @param sackPermitted whether selective acknowledgement was offered (RFC 2018 section 2)
 * @param hasTimestamps whether the two timestamps are there (RFC 7323 section 3)
 * @param tsVal the sender's timestamp clock
 * @param tsEcr the timestamp echoed
 * @param sackBlocks left and right edges in turn, an even number of entries, most recent block first (RFC 2018 section 3)
 */
public record TcpOptions(
    int mss, int windowScale, boolean sackPermitted, boolean hasTimestamps, int tsVal, int tsEcr, int[] sackBlocks) {

  /** Value of a numeric option that is not there. */
  public static final int ABSENT = -1;

  private static final int[] NO_BLOCKS = {};

  /** No option at all. */
  public static final TcpOptions NONE = new TcpOptions(ABSENT, ABSENT, false, false, 0, 0, NO_BLOCKS);

  /** Only timestamps: what most segments of a connection carry. */
  public static TcpOptions timestamps(int tsVal, int tsEcr) {
    return new TcpOptions(ABSENT, ABSENT, false, true, tsVal, tsEcr, NO_BLOCKS);
  }

  /** These options with an MSS. */
  public TcpOptions withMss(int bytes) {
    return new TcpOptions(bytes, windowScale, sackPermitted, hasTimestamps, tsVal, tsEcr, sackBlocks);
  }

  /** These options with a window scale. */
  public TcpOptions withWindowScale(int shift) {
    return new TcpOptions(mss, shift, sackPermitted, hasTimestamps, tsVal, tsEcr, sackBlocks);
  }

  /** These options with timestamps. */
  public TcpOptions withTimestamps(int value, int echo) {
    return new TcpOptions(mss, windowScale, sackPermitted, true, value, echo, sackBlocks);
  }

  /** These options with SACK-permitted. */
  public TcpOptions withSackPermitted() {
    return new TcpOptions(mss, windowScale, true, hasTimestamps, tsVal, tsEcr, sackBlocks);
  }

  /** These options with SACK blocks. */
  public TcpOptions withSackBlocks(int... edges) {
    return new TcpOptions(mss, windowScale, sackPermitted, hasTimestamps, tsVal, tsEcr, edges);
  }

  /** Whether an MSS option is there. */
  public boolean hasMss() {
    return mss != ABSENT;
  }

  /** Whether a window scale option is there. */
  public boolean hasWindowScale() {
    return windowScale != ABSENT;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof TcpOptions other
        && mss == other.mss
        && windowScale == other.windowScale
        && sackPermitted == other.sackPermitted
        && hasTimestamps == other.hasTimestamps
        && tsVal == other.tsVal
        && tsEcr == other.tsEcr
        && Arrays.equals(sackBlocks, other.sackBlocks);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sackBlocks) * 31 + tsVal * 7 + tsEcr + mss + windowScale;
  }
}
