package io.reactorstack.netty.agreement;

import static io.reactorstack.netty.agreement.Case.differs;
import static io.reactorstack.netty.agreement.Case.same;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.nio.NioChannelOption;
import java.util.Arrays;
import java.util.List;
import jdk.net.ExtendedSocketOptions;

/** Cases of channel options: which are supported, their defaults, and their values after they are set. */
final class OptionCases {

  private static final List<ChannelOption<?>> STREAM = List.of(
      ChannelOption.TCP_NODELAY, ChannelOption.SO_KEEPALIVE, ChannelOption.SO_REUSEADDR, ChannelOption.SO_LINGER,
      ChannelOption.IP_TOS, ChannelOption.ALLOW_HALF_CLOSURE, ChannelOption.AUTO_READ, ChannelOption.AUTO_CLOSE,
      ChannelOption.CONNECT_TIMEOUT_MILLIS, ChannelOption.WRITE_SPIN_COUNT, ChannelOption.SO_BACKLOG,
      ChannelOption.SO_BROADCAST);

  static final List<Case> ALL = List.of(
      same("defaults of a connection",
          "TCP_NODELAY true; SO_KEEPALIVE false; SO_REUSEADDR false; SO_LINGER -1; IP_TOS 0; "
              + "ALLOW_HALF_CLOSURE false; AUTO_READ true; AUTO_CLOSE true; CONNECT_TIMEOUT_MILLIS 30000; "
              + "WRITE_SPIN_COUNT 16; SO_BACKLOG null; SO_BROADCAST null",
          OptionCases::defaults),
      same("defaults of a listener",
          "SO_REUSEADDR true; AUTO_READ true; TCP_NODELAY null; SO_LINGER null",
          OptionCases::listenerDefaults),
      differs("defaults of a datagram channel",
          "SO_BROADCAST false; SO_REUSEADDR false; IP_TOS 0; IP_MULTICAST_TTL 1; "
              + "IP_MULTICAST_LOOP_DISABLED true; AUTO_READ true",
          "SO_BROADCAST false; SO_REUSEADDR false; IP_TOS 0; IP_MULTICAST_TTL 1; "
              + "IP_MULTICAST_LOOP_DISABLED false; AUTO_READ true",
          "both enable the loop; NIO returns IP_MULTICAST_LOOP itself, Netty's epoll transport its negation",
          OptionCases::datagramDefaults),
      same("options listed for a connection",
          "has [SO_RCVBUF, SO_SNDBUF, TCP_NODELAY, SO_KEEPALIVE, SO_REUSEADDR, SO_LINGER, IP_TOS, ALLOW_HALF_CLOSURE, AUTO_READ, CONNECT_TIMEOUT_MILLIS]",
          OptionCases::listed),
      same("set on a connection",
          "TCP_NODELAY false; SO_KEEPALIVE true; SO_REUSEADDR true; SO_LINGER 7; SO_LINGER -1; IP_TOS 40; "
              + "ALLOW_HALF_CLOSURE true; CONNECT_TIMEOUT_MILLIS 1234; AUTO_CLOSE false",
          OptionCases::set),
      same("set before connecting",
          "TCP_NODELAY false; SO_KEEPALIVE true; SO_REUSEADDR true; SO_LINGER 7; SO_LINGER -1; IP_TOS 40; "
              + "ALLOW_HALF_CLOSURE true; CONNECT_TIMEOUT_MILLIS 1234; AUTO_CLOSE false",
          OptionCases::setBefore),
      same("keep-alive timing",
          "TCP_KEEPIDLE 77; TCP_KEEPINTERVAL 7; TCP_KEEPCOUNT 3; TCP_QUICKACK false",
          OptionCases::keepAlive),
      same("out of range",
          "SO_RCVBUF IllegalArgumentException; IP_TOS IllegalArgumentException; "
              + "CONNECT_TIMEOUT_MILLIS IllegalArgumentException; SO_BACKLOG IllegalArgumentException",
          OptionCases::outOfRange),
      same("buffer sizes",
          "SO_RCVBUF 100000; SO_SNDBUF 100000",
          OptionCases::buffers),
      same("buffer sizes of an open connection",
          "SO_RCVBUF 100000; SO_SNDBUF 100000; SO_RCVBUF 20000; SO_SNDBUF 20000; equal true",
          OptionCases::openBuffers),
      same("unknown to a connection",
          "SO_BACKLOG not known; SO_BROADCAST not known; agreement.unknown not known; "
              + "TCP_NODELAY not known",
          OptionCases::unknown),
      same("set on a closed channel",
          "ALLOW_HALF_CLOSURE true; AUTO_READ true",
          OptionCases::closed),
      same("child options of an accepted connection",
          "SO_KEEPALIVE true; TCP_NODELAY false; SO_LINGER 3; SO_RCVBUF 50000; SO_SNDBUF 60000; IP_TOS 40",
          OptionCases::child));

  private OptionCases() {}

  private static void note(Seen seen, Channel channel, Iterable<ChannelOption<?>> options) {
    for (ChannelOption<?> option : options) {
      seen.note(option.name(), channel.config().getOption(option));
    }
  }

  private static void defaults(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      note(seen, talk.clientChannel(), STREAM);
    }
  }

  private static void listenerDefaults(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listen()) {
      note(seen, talk.listener(), List.of(ChannelOption.SO_REUSEADDR, ChannelOption.AUTO_READ,
          ChannelOption.TCP_NODELAY, ChannelOption.SO_LINGER));
    }
  }

  private static Channel datagrams(Net net) {
    return net.done(net.clientDatagrams().handler(new ChannelInboundHandlerAdapter()).bind(net.clientAddress(0)))
        .channel();
  }

  private static void datagramDefaults(Net net, Seen seen) {
    Channel channel = datagrams(net);
    note(seen, channel, List.of(ChannelOption.SO_BROADCAST, ChannelOption.SO_REUSEADDR, ChannelOption.IP_TOS,
        ChannelOption.IP_MULTICAST_TTL, ChannelOption.IP_MULTICAST_LOOP_DISABLED, ChannelOption.AUTO_READ));
    net.await(channel.close());
  }

  private static void listed(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      var names = talk.clientChannel().config().getOptions().keySet();
      seen.note("has", List.of(ChannelOption.SO_RCVBUF, ChannelOption.SO_SNDBUF, ChannelOption.TCP_NODELAY,
          ChannelOption.SO_KEEPALIVE, ChannelOption.SO_REUSEADDR, ChannelOption.SO_LINGER, ChannelOption.IP_TOS,
          ChannelOption.ALLOW_HALF_CLOSURE, ChannelOption.AUTO_READ, ChannelOption.CONNECT_TIMEOUT_MILLIS).stream()
          .filter(names::contains).map(ChannelOption::name).toList());
    }
  }

  private static <T> void set(Seen seen, Channel channel, ChannelOption<T> option, T value) {
    boolean taken = channel.config().setOption(option, value);
    seen.note(option.name(), taken ? channel.config().getOption(option) : "not known");
  }

  private static void set(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      setAll(seen, talk.clientChannel());
    }
  }

  private static void setBefore(Net net, Seen seen) {
    Channel channel = net.done(net.client().handler(new ChannelInboundHandlerAdapter()).register()).channel();
    setAll(seen, channel);
    net.await(channel.close());
  }

  private static void setAll(Seen seen, Channel channel) {
    set(seen, channel, ChannelOption.TCP_NODELAY, false);
    set(seen, channel, ChannelOption.SO_KEEPALIVE, true);
    set(seen, channel, ChannelOption.SO_REUSEADDR, true);
    set(seen, channel, ChannelOption.SO_LINGER, 7);
    set(seen, channel, ChannelOption.SO_LINGER, -1);
    set(seen, channel, ChannelOption.IP_TOS, 0x28);
    set(seen, channel, ChannelOption.ALLOW_HALF_CLOSURE, true);
    set(seen, channel, ChannelOption.CONNECT_TIMEOUT_MILLIS, 1234);
    set(seen, channel, ChannelOption.AUTO_CLOSE, false);
  }

  private static void keepAlive(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      set(seen, talk.clientChannel(), NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), 77);
      set(seen, talk.clientChannel(), NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), 7);
      set(seen, talk.clientChannel(), NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), 3);
      set(seen, talk.clientChannel(), NioChannelOption.of(ExtendedSocketOptions.TCP_QUICKACK), false);
    }
  }

  private static <T> void refused(Seen seen, Channel channel, ChannelOption<T> option, T value) {
    try {
      seen.note(option.name(), channel.config().setOption(option, value));
    } catch (RuntimeException e) {
      seen.note(option.name() + " " + e.getClass().getSimpleName());
    }
  }

  private static void outOfRange(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      Channel channel = talk.clientChannel();
      refused(seen, channel, ChannelOption.SO_RCVBUF, -1);
      refused(seen, channel, ChannelOption.IP_TOS, 256);
      refused(seen, channel, ChannelOption.CONNECT_TIMEOUT_MILLIS, -1);
      refused(seen, talk.listener(), ChannelOption.SO_BACKLOG, -1);
    }
  }

  private static void buffers(Net net, Seen seen) {
    Channel channel = net.done(net.client().handler(new ChannelInboundHandlerAdapter()).register()).channel();
    set(seen, channel, ChannelOption.SO_RCVBUF, 100_000);
    set(seen, channel, ChannelOption.SO_SNDBUF, 100_000);
    net.await(channel.close());
  }

  private static void openBuffers(Net net, Seen seen) {
    byte[] data = Talk.array(2_000_000);
    try (Talk talk = Talk.on(net).open()) {
      for (int bytes : List.of(100_000, 20_000)) {
        set(seen, talk.serverChannel(), ChannelOption.SO_RCVBUF, bytes);
        set(seen, talk.clientChannel(), ChannelOption.SO_SNDBUF, bytes);
      }
      talk.clientChannel().writeAndFlush(Unpooled.wrappedBuffer(data));
      talk.server.awaitBytes(data.length);
      seen.note("equal", Arrays.equals(talk.server.received(), data));
    }
  }

  private static void unknown(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      set(seen, talk.clientChannel(), ChannelOption.SO_BACKLOG, 5);
      set(seen, talk.clientChannel(), ChannelOption.SO_BROADCAST, true);
      set(seen, talk.clientChannel(), ChannelOption.valueOf("agreement.unknown"), "x");
      set(seen, talk.listener(), ChannelOption.TCP_NODELAY, true);
    }
  }

  private static void closed(Net net, Seen seen) {
    Talk talk = Talk.on(net).open();
    talk.close();
    Channel channel = talk.clientChannel();
    refused(seen, channel, ChannelOption.ALLOW_HALF_CLOSURE, true);
    refused(seen, channel, ChannelOption.AUTO_READ, false);
  }

  private static void child(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).serverOption(ChannelOption.SO_KEEPALIVE, true)
        .serverOption(ChannelOption.TCP_NODELAY, false).serverOption(ChannelOption.SO_LINGER, 3)
        .serverOption(ChannelOption.SO_RCVBUF, 50_000).serverOption(ChannelOption.SO_SNDBUF, 60_000)
        .serverOption(ChannelOption.IP_TOS, 0x28)
        .server(channel -> channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
          @Override
          public void channelActive(ChannelHandlerContext context) {
            context.fireChannelActive();
          }
        })).open()) {
      note(seen, talk.serverChannel(),
          List.of(ChannelOption.SO_KEEPALIVE, ChannelOption.TCP_NODELAY, ChannelOption.SO_LINGER,
              ChannelOption.SO_RCVBUF, ChannelOption.SO_SNDBUF, ChannelOption.IP_TOS));
      talk.serverChannel().config().setSoLinger(-1);
    }
  }
}
