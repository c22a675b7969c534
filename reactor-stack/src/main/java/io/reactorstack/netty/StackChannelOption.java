package io.reactorstack.netty;

import io.netty.channel.ChannelOption;
import io.reactorstack.device.Capture;
import io.reactorstack.tcp.CloseReport;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.udp.LongDatagrams;

/**
 * Channel options of the stack for which {@link ChannelOption} has no constant.
 *
 * <p>The channels also accept options of other transports that have the same meaning, by their names:
 * {@code TCP_KEEPIDLE}, {@code TCP_KEEPINTVL}, {@code TCP_KEEPCNT}, {@code TCP_USER_TIMEOUT}, {@code TCP_CORK} and
 * {@code TCP_QUICKACK} of Netty's epoll transport, and those of {@code jdk.net.ExtendedSocketOptions} passed through
 * {@code NioChannelOption}.
 */
public final class StackChannelOption {

  /**
   * The idle time in seconds, at least 1, after which a keep-alive probe is sent if no segment arrives from the peer
   * (RFC 9293 section 3.8.4). May be set at any time. Needs {@link ChannelOption#SO_KEEPALIVE}.
   */
  public static final ChannelOption<Integer> TCP_KEEPIDLE = option("TCP_KEEPIDLE");

  /** The time in seconds between unanswered keep-alive probes, at least 1. May be set at any time. */
  public static final ChannelOption<Integer> TCP_KEEPINTVL = option("TCP_KEEPINTVL");

  /** The number of unanswered keep-alive probes after which the connection ends, at least 1. May be set at any time. */
  public static final ChannelOption<Integer> TCP_KEEPCNT = option("TCP_KEEPCNT");

  /**
   * The time in milliseconds that sent data may stay unacknowledged; 0 means no limit (RFC 5482). May be set at any
   * time.
   */
  public static final ChannelOption<Integer> TCP_USER_TIMEOUT = option("TCP_USER_TIMEOUT");

  /** True to acknowledge segments immediately, without delay. May be set at any time. */
  public static final ChannelOption<Boolean> TCP_QUICKACK = option("TCP_QUICKACK");

  /** True to hold back data that does not fill a segment until the option is cleared. May be set at any time. */
  public static final ChannelOption<Boolean> TCP_CORK = option("TCP_CORK");

  /**
   * The upper limit on the data of a segment in both directions, in bytes, 88 to 65535; 0 means the limit of the path.
   * Set it before connecting or listening; a value set on an open connection is stored and has no effect, as on Linux.
   */
  public static final ChannelOption<Integer> TCP_MAXSEG = option("TCP_MAXSEG");

  /**
   * The congestion control (RFC 5681), one of the stack's or an own implementation. May be set at any time: on an open
   * connection the new one continues with the current window. On a listener, set it before binding.
   */
  public static final ChannelOption<CongestionControl.Factory> CONGESTION_CONTROL = option("CONGESTION_CONTROL");

  /**
   * A snapshot of the connection's state. Read it on the channel's event loop; it is {@code null} before connecting.
   * Reading it on another thread throws {@link IllegalStateException}, setting it
   * {@link UnsupportedOperationException}.
   */
  public static final ChannelOption<TcpInfo> TCP_INFO = option("TCP_INFO");

  /**
   * The report of how the connection ended. Read it under the same rules as {@link #TCP_INFO}, also after the channel
   * was closed. It is {@code null} until the connection has ended, which happens some time after an orderly close.
   */
  public static final ChannelOption<CloseReport> CLOSE_REPORT = option("CLOSE_REPORT");

  /**
   * The capture that records the packets of the channel, as bare IP packets. For a connection, it records from the SYN,
   * or from the time when the option is set, until the connection ends, even if the channel is closed before. For a
   * listener, it records the packets of all connections of the port while the port is open (set it before binding). For
   * a datagram channel, it records the packets of the port while the channel is open (set it before binding). Several
   * channels may share a capture. After the capture is closed, no packets are recorded.
   */
  public static final ChannelOption<Capture> CAPTURE = option("CAPTURE");

  /**
   * The treatment of datagrams that are longer than the path MTU; initially {@link LongDatagrams#FRAGMENTED}. May be set
   * at any time.
   */
  public static final ChannelOption<LongDatagrams> LONG_DATAGRAMS = option("LONG_DATAGRAMS");

  private StackChannelOption() {}

  private static <T> ChannelOption<T> option(String name) {
    return ChannelOption.valueOf(StackChannelOption.class, name);
  }
}
