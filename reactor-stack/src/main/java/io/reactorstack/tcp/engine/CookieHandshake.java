package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;

/**
 * What a SYN has offered and its answer accepts, in so few bits that the answer can carry them and the peer gives them back:
 * nothing is kept of the SYN (RFC 4987 section 3.6).
 *
 * @param mssClass the peer's MSS, rounded down to one of eight sizes: 0 to 7
 * @param timestamps whether timestamps are used; without them there is no place for the rest
 * @param windowScale the peer's window scale, 0 to 14, or {@link TcpOptions#ABSENT}
 * @param sack whether selective acknowledgements are permitted
 * @param ecn whether explicit congestion notification is agreed on
 */
public record CookieHandshake(int mssClass, boolean timestamps, int windowScale, boolean sack, boolean ecn) {

  /** What Ethernet, tunnels and ADSL over IPv4 and IPv6 make usual; the first takes all that is smaller. */
  private static final int[] MSS = {SegmentSize.LEAST_PEER_MSS, 536, 1220, 1300, 1400, 1440, 1460, 8940};

  private static final int NO_SCALE = 15;
  private static final int SACK = 1 << 4;
  private static final int ECN = 1 << 5;
  /** The low bits of the timestamp that are ours to use; the clock is that many milliseconds late. */
  private static final int TIMESTAMP_BITS = 6;

  private static final int TIMESTAMP_MASK = (1 << TIMESTAMP_BITS) - 1;

  /** What an answer to {@code syn} accepts under {@code settings}. */
  public static CookieHandshake of(TcpSegment syn, TcpSettings settings) {
    TcpOptions options = syn.options();
    int mss = options.hasMss() ? options.mss() : syn.flow().localAddress().isV4() ? 536 : 1220;
    int mssClass = MSS.length - 1;
    while (mssClass > 0 && MSS[mssClass] > mss) {
      mssClass--;
    }
    boolean ts = settings.wire().timestamps() && options.hasTimestamps();
    boolean scaling = ts && settings.wire().windowScaling() && options.hasWindowScale();
    boolean ecn = ts && settings.wire().ecn() != TcpSettings.Ecn.OFF && syn.has(TcpSegment.ECE)
        && syn.has(TcpSegment.CWR);
    return new CookieHandshake(
        mssClass,
        ts,
        scaling ? Math.min(options.windowScale(), TcpOptions.MAX_WINDOW_SCALE) : TcpOptions.ABSENT,
        ts && settings.wire().selectiveAcknowledgment() && options.sackPermitted(),
        ecn);
  }

  /** What {@code ack}, whose cookie holds {@code mssClass}, gives back. */
  public static CookieHandshake returned(int mssClass, TcpSegment ack, TcpSettings settings) {
    TcpOptions options = ack.options();
    if (!settings.wire().timestamps() || !options.hasTimestamps()) {
      return new CookieHandshake(mssClass, false, TcpOptions.ABSENT, false, false);
    }
    // The peer can forge these bits: they grant only what it could have asked for.
    int bits = options.tsEcr() & TIMESTAMP_MASK;
    int scale = bits & NO_SCALE;
    return new CookieHandshake(
        mssClass,
        true,
        scale == NO_SCALE || !settings.wire().windowScaling() ? TcpOptions.ABSENT : scale,
        (bits & SACK) != 0 && settings.wire().selectiveAcknowledgment(),
        (bits & ECN) != 0 && settings.wire().ecn() != TcpSettings.Ecn.OFF);
  }

  private int timestampBits() {
    return (windowScale == TcpOptions.ABSENT ? NO_SCALE : windowScale) | (sack ? SACK : 0) | (ecn ? ECN : 0);
  }

  /**
   * The SYN-ACK that answers {@code syn} with the cookie {@code iss}, as a connection with these settings would.
   *
   * @param timestampOffset as for {@link TcpEngine#connect}
   * @param mtu largest IP packet on the way, in bytes
   */
  public TcpSegment synAck(
      TcpSegment syn, TcpSettings settings, int iss, int timestampOffset, int mtu, ByteBufAllocator allocator,
      long now) {
    TcpOptions options = TcpOptions.NONE;
    if (timestamps) {
      int clock = new Timestamps(timestampOffset).clock(now);
      // Never ahead of the clock: what the connection sends later must not look older (RFC 7323 5.3).
      int value = clock & ~TIMESTAMP_MASK | timestampBits();
      options = TcpOptions.timestamps(value - clock > 0 ? value - (TIMESTAMP_MASK + 1) : value, syn.options().tsVal());
    }
    boolean v4 = syn.flow().localAddress().isV4();
    options = options.withMss(new SegmentSize(v4, mtu, settings).announced());
    if (windowScale != TcpOptions.ABSENT) {
      options = options.withWindowScale(Handshake.offeredScale(settings, settings.buffers().receiveBuffer()));
    }
    if (sack) {
      options = options.withSackPermitted();
    }
    int window = Math.min(settings.buffers().receiveBuffer(), 0xffff);
    int flags = TcpSegment.SYN | TcpSegment.ACK | (ecn ? TcpSegment.ECE : 0);
    return new TcpSegment(syn.flow(), iss, syn.seq() + 1, flags, window, 0, options, 0,
        Headroom.allocate(allocator, 0), PacketFacts.LOCAL);
  }

  /** The SYN as it was, as far as it is known, before the peer sent {@code ack}. */
  public TcpSegment syn(TcpSegment ack, ByteBufAllocator allocator) {
    TcpOptions options = timestamps ? TcpOptions.timestamps(ack.options().tsVal(), 0) : TcpOptions.NONE;
    options = options.withMss(MSS[mssClass]);
    if (windowScale != TcpOptions.ABSENT) {
      options = options.withWindowScale(windowScale);
    }
    if (sack) {
      options = options.withSackPermitted();
    }
    int flags = TcpSegment.SYN | (ecn ? TcpSegment.ECE | TcpSegment.CWR : 0);
    return new TcpSegment(ack.flow(), ack.seq() - 1, 0, flags, 0, 0, options, 0,
        Headroom.allocate(allocator, 0), PacketFacts.LOCAL);
  }
}
