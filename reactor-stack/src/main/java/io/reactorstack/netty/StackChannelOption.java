package io.reactorstack.netty;

import io.netty.channel.ChannelOption;
import io.reactorstack.device.Capture;
import io.reactorstack.tcp.CloseReport;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.TcpInfo;

/**
 * Options that only the stack's channels have, beside those of {@link ChannelOption}.
 *
 * <p>Options of other transports with the same meaning are understood as well, by their names: {@code TCP_KEEPIDLE},
 * {@code TCP_KEEPINTVL}, {@code TCP_KEEPCNT}, {@code TCP_USER_TIMEOUT}, {@code TCP_CORK} and {@code TCP_QUICKACK} of Netty's
 * epoll transport, and those of {@code jdk.net.ExtendedSocketOptions} given through {@code NioChannelOption}.
 */
public final class StackChannelOption {

  /**
   * Seconds without a segment from the peer after which a keep-alive probe is sent, at least 1 (RFC 9293 section 3.8.4);
   * at any time. Needs {@link ChannelOption#SO_KEEPALIVE}.
   */
  public static final ChannelOption<Integer> TCP_KEEPIDLE = option("TCP_KEEPIDLE");

  /** Seconds between keep-alive probes that are not answered, at least 1; at any time. */
  public static final ChannelOption<Integer> TCP_KEEPINTVL = option("TCP_KEEPINTVL");

  /** Keep-alive probes without an answer after which the connection ends, at least 1; at any time. */
  public static final ChannelOption<Integer> TCP_KEEPCNT = option("TCP_KEEPCNT");

  /** Milliseconds that sent data may stay unacknowledged, 0 for ever (RFC 5482); at any time. */
  public static final ChannelOption<Integer> TCP_USER_TIMEOUT = option("TCP_USER_TIMEOUT");

  /** Whether segments are acknowledged at once, instead of with a delay; at any time. */
  public static final ChannelOption<Boolean> TCP_QUICKACK = option("TCP_QUICKACK");

  /** Whether what does not fill a segment is held back until this is switched off; at any time. */
  public static final ChannelOption<Boolean> TCP_CORK = option("TCP_CORK");

  /**
   * Most bytes of data in a segment, both ways, 88 to 65535, 0 for what the path takes; before connecting or listening: what is
   * set on an open connection is remembered and has no effect, as on Linux.
   */
  public static final ChannelOption<Integer> TCP_MAXSEG = option("TCP_MAXSEG");

  /**
   * The congestion control (RFC 5681), one of the stack's or the user's own; at any time: another one goes on with the window
   * that an open connection has. On a listener before binding.
   */
  public static final ChannelOption<CongestionControl.Factory> CONGESTION_CONTROL = option("CONGESTION_CONTROL");

  /**
   * How the connection stands; to be read, on the channel's event loop, and {@code null} before connecting. Reading it
   * elsewhere throws {@link IllegalStateException}, setting it {@link UnsupportedOperationException}.
   */
  public static final ChannelOption<TcpInfo> TCP_INFO = option("TCP_INFO");

  /**
   * How the connection ended; to be read, as {@link #TCP_INFO}, also after the channel was closed: {@code null} as long as
   * the connection has not ended, which after an orderly close is some time later.
   */
  public static final ChannelOption<CloseReport> CLOSE_REPORT = option("CLOSE_REPORT");

  /**
   * Adds the packets of the channel, as bare IP packets, to a capture: those of a connection from its SYN, or from when this is
   * set, to its end, even after the channel was closed; those of a listener's port, whichever connection they are of, while
   * it listens (set before binding); those of a datagram channel's port while it is open (set before binding). Several
   * channels may share a capture. A closed capture leaves them out.
   */
  public static final ChannelOption<Capture> CAPTURE = option("CAPTURE");

  private StackChannelOption() {}

  private static <T> ChannelOption<T> option(String name) {
    return ChannelOption.valueOf(StackChannelOption.class, name);
  }
}
