package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;

/**
 * The options of a handshake in few enough bits to fit into a SYN-ACK and come back in the peer's ACK. The host keeps
 * no state of the SYN (RFC 4987 section 3.6).
 *
 * @param mssClass the index of the peer's MSS, rounded down to one of eight sizes: 0 to 7
 * @param timestamps whether timestamps are used; without them the SYN-ACK cannot carry the other options
 * @param windowScale the peer's window scale, 0 to 14, or {@link TcpOptions#ABSENT}
 * @param sack whether selective acknowledgements are permitted
 * @param ecn whether explicit congestion notification is agreed on
 */
public record CookieHandshake(int mssClass, boolean timestamps, int windowScale, boolean sack, boolean ecn) {

  /**
   * The usual MSS values of Ethernet, tunnels and ADSL over IPv4 and IPv6; the first stands for all smaller ones too.
   */
  private static final int[] MSS = {SegmentSize.MIN_PEER_MSS, 536, 1220, 1300, 1400, 1440, 1460, 8940};

  private static final int NO_SCALE = 15;
  private static final int SACK = 1 << 4;
  private static final int ECN = 1 << 5;
  /** The number of low timestamp bits that carry options. They make the timestamp up to 2<sup>6</sup> ms late. */
  private static final int TIMESTAMP_BITS = 6;

  private static final int TIMESTAMP_MASK = (1 << TIMESTAMP_BITS) - 1;

  /** Returns the options that a SYN-ACK for {@code syn} accepts under {@code settings}. */
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

  /**
   * Restores the options from the peer's {@code ack}.
   *
   * @param mssClass the MSS class found in the cookie
   */
  public static CookieHandshake returned(int mssClass, TcpSegment ack, TcpSettings settings) {
    TcpOptions options = ack.options();
    if (!settings.wire().timestamps() || !options.hasTimestamps()) {
      return new CookieHandshake(mssClass, false, TcpOptions.ABSENT, false, false);
    }
    // The peer can forge these bits, so they grant only options that it could have requested.
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
   * Builds the SYN-ACK that answers {@code syn} with the cookie {@code iss}, as a connection with these settings would.
   *
   * @param timestampOffset as {@link Setup#timestampOffset}
   * @param mtu the largest IP packet that the first link carries, in bytes
   */
  public TcpSegment synAck(
      TcpSegment syn, TcpSettings settings, int iss, int timestampOffset, int mtu, ByteBufAllocator allocator,
      long now) {
    TcpOptions options = TcpOptions.NONE;
    if (timestamps) {
      int clock = new Timestamps(timestampOffset).clock(now);
      // Never ahead of the clock: a later timestamp of the connection must not look older than this one (RFC 7323 5.3).
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

  /** Rebuilds the SYN that came before {@code ack}, as far as it is known. */
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
