package io.reactorstack.wire;

import io.reactorstack.packet.SequenceNumber;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The options of one segment that the stack supports.
 *
 * @param mss maximum segment size, 0 to 65535, or {@link #ABSENT} (RFC 9293 section 3.7.1)
 * @param windowScale shift count as received, 0 to 255, or {@link #ABSENT} (RFC 7323 section 2)
 * @param sackPermitted true if SACK-permitted is present (RFC 2018 section 2)
 * @param hasTimestamps true if the timestamps option is present (RFC 7323 section 3)
 * @param tsVal the sender's timestamp clock, TSval
 * @param tsEcr the echoed timestamp, TSecr
 * @param sackBlocks left and right edges in turn, an even number of entries, most recent block first (RFC 2018 section
 *     3)
 * @param rare the options that few segments carry
 */
public record TcpOptions(
    int mss, int windowScale, boolean sackPermitted, boolean hasTimestamps, int tsVal, int tsEcr, int[] sackBlocks,
    Rare rare) {

  /** The maximum length of the options in a header, in octets. */
  public static final int MAX_BYTES = 40;

  /** The largest valid window shift; a larger received value counts as this one (RFC 7323 section 2.3). */
  public static final int MAX_WINDOW_SCALE = 14;

  /** The value of a numeric option that is absent. */
  public static final int ABSENT = -1;

  private static final int[] NO_BLOCKS = {};

  /**
   * Options that few segments carry.
   *
   * @param userTimeout the announced user timeout in seconds, or {@link #ABSENT} (RFC 5482 section 3.3)
   * @param fastOpenCookie the cookie, empty to request one, {@code null} without the option (RFC 7413 section 4.1.1)
   */
  public record Rare(int userTimeout, byte @Nullable [] fastOpenCookie) {

    /** No rare option. */
    public static final Rare NONE = new Rare(ABSENT, null);

    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof Rare other
          && userTimeout == other.userTimeout
          && Arrays.equals(fastOpenCookie, other.fastOpenCookie);
    }

    @Override
    public int hashCode() {
      return userTimeout * 31 + Arrays.hashCode(fastOpenCookie);
    }
  }

  /** No options. */
  public static final TcpOptions NONE = new TcpOptions(ABSENT, ABSENT, false, false, 0, 0, NO_BLOCKS, Rare.NONE);

  /** Returns options with timestamps only, as in most segments of a connection. */
  public static TcpOptions timestamps(int tsVal, int tsEcr) {
    return new TcpOptions(ABSENT, ABSENT, false, true, tsVal, tsEcr, NO_BLOCKS, Rare.NONE);
  }

  /** Returns a copy with the given MSS, in bytes. */
  public TcpOptions withMss(int bytes) {
    return new TcpOptions(bytes, windowScale, sackPermitted, hasTimestamps, tsVal, tsEcr, sackBlocks, rare);
  }

  /** Returns a copy with the given window scale. */
  public TcpOptions withWindowScale(int shift) {
    return new TcpOptions(mss, shift, sackPermitted, hasTimestamps, tsVal, tsEcr, sackBlocks, rare);
  }

  /** Returns a copy with the given timestamps. */
  public TcpOptions withTimestamps(int value, int echo) {
    return new TcpOptions(mss, windowScale, sackPermitted, true, value, echo, sackBlocks, rare);
  }

  /** Returns a copy without timestamps. */
  public TcpOptions withoutTimestamps() {
    return new TcpOptions(mss, windowScale, sackPermitted, false, 0, 0, sackBlocks, rare);
  }

  /** Returns a copy with SACK-permitted. */
  public TcpOptions withSackPermitted() {
    return new TcpOptions(mss, windowScale, true, hasTimestamps, tsVal, tsEcr, sackBlocks, rare);
  }

  /** Returns a copy with the given SACK blocks, as left and right edges in turn. */
  public TcpOptions withSackBlocks(int... edges) {
    return new TcpOptions(mss, windowScale, sackPermitted, hasTimestamps, tsVal, tsEcr, edges, rare);
  }

  /**
   * Returns a copy with the given user timeout in seconds. When encoded, a value above 32767 seconds is rounded up to
   * minutes, at most 32767 minutes.
   */
  public TcpOptions withUserTimeout(int seconds) {
    Rare more = new Rare(seconds, rare.fastOpenCookie);
    return new TcpOptions(mss, windowScale, sackPermitted, hasTimestamps, tsVal, tsEcr, sackBlocks, more);
  }

  /** Returns a copy with the given Fast Open cookie: an even number of 4 to 16 bytes, or empty to request a cookie. */
  public TcpOptions withFastOpenCookie(byte[] cookie) {
    Rare more = new Rare(rare.userTimeout, cookie);
    return new TcpOptions(mss, windowScale, sackPermitted, hasTimestamps, tsVal, tsEcr, sackBlocks, more);
  }

  /** The announced user timeout in seconds, or {@link #ABSENT}. */
  public int userTimeout() {
    return rare.userTimeout;
  }

  /** The Fast Open cookie; empty if the segment requests one, {@code null} if the option is absent. */
  public byte @Nullable [] fastOpenCookie() {
    return rare.fastOpenCookie;
  }

  /**
   * The length of these options in the header in octets, including padding. More than {@link #MAX_BYTES} do not fit.
   */
  public int length() {
    return TcpOptionCodec.length(this);
  }

  /** Returns whether a user timeout option is present. */
  public boolean hasUserTimeout() {
    return rare.userTimeout != ABSENT;
  }

  /** Returns whether an MSS option is present. */
  public boolean hasMss() {
    return mss != ABSENT;
  }

  /** Returns whether a window scale option is present. */
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
        && Arrays.equals(sackBlocks, other.sackBlocks)
        && rare.equals(other.rare);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sackBlocks) * 31 + tsVal * 7 + tsEcr + mss + windowScale;
  }

  /**
   * Returns the options in one short line, such as {@code mss=1460 scale=7 sack ts}: without the timestamp values, and
   * with the number of SACK blocks.
   */
  public String summary() {
    return text(false);
  }

  /** Returns the options with all values in one line, such as {@code ts=200,10 sacked=1461-2921,4381-5841}. */
  @Override
  public String toString() {
    return text(true);
  }

  private String text(boolean whole) {
    StringJoiner text = new StringJoiner(" ").setEmptyValue("no options");
    if (hasMss()) {
      text.add("mss=" + mss);
    }
    if (hasWindowScale()) {
      text.add("scale=" + windowScale);
    }
    if (sackPermitted) {
      text.add("sack");
    }
    if (hasTimestamps) {
      text.add(whole ? "ts=" + SequenceNumber.text(tsVal) + "," + SequenceNumber.text(tsEcr) : "ts");
    }
    if (sackBlocks.length > 0) {
      text.add("sacked=" + (whole ? blocks() : sackBlocks.length / 2));
    }
    if (hasUserTimeout()) {
      text.add("timeout=" + rare.userTimeout + "s");
    }
    byte[] cookie = rare.fastOpenCookie;
    if (cookie != null) {
      text.add(cookie.length == 0 ? "cookie?" : whole ? "cookie=" + HexFormat.of().formatHex(cookie) : "cookie");
    }
    return text.toString();
  }

  private String blocks() {
    StringJoiner blocks = new StringJoiner(",");
    for (int i = 0; i < sackBlocks.length; i += 2) {
      blocks.add(SequenceNumber.text(sackBlocks[i]) + "-" + SequenceNumber.text(sackBlocks[i + 1]));
    }
    return blocks.toString();
  }
}
