package io.reactorstack.netty.agreement;

import static io.reactorstack.netty.agreement.Case.differs;
import static io.reactorstack.netty.agreement.Case.same;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import java.time.Duration;
import java.util.List;

/** Cases of closing and half-closing a connection. */
final class ClosingCases {

  static final List<Case> ALL = List.of(
      same("close seen by the peer",
          "close ok; client [active, inactive]; server [active, inactive]; open false; registered false",
          ClosingCases::close),
      same("close twice",
          "first ok; second ok",
          ClosingCases::closeTwice),
      same("disconnect",
          "disconnect ok; open false; server [active, inactive]",
          ClosingCases::disconnect),
      same("write after close",
          "write StacklessClosedChannelException; write without flush StacklessClosedChannelException",
          ClosingCases::writeAfterClose),
      same("written and closed at once",
          "bytes 30000; server [active, inactive]",
          ClosingCases::writtenAndClosed),
      same("flush still blocked when closed",
          "done false; close ok; flushed StacklessClosedChannelException; "
              + "not flushed StacklessClosedChannelException",
          ClosingCases::closedWhileBlocked),
      same("shutdownOutput, peer without ALLOW_HALF_CLOSURE",
          "client [active, output shutdown, inactive]; server [active, inactive]",
          ClosingCases::fin),
      same("shutdownOutput, peer with ALLOW_HALF_CLOSURE",
          "shutdown ok; client [active, output shutdown]; client is active, output shut down; "
              + "server [active, input shutdown, input shutdown, read complete]; "
              + "server is active, input shut down",
          ClosingCases::half),
      same("answer after shutdownOutput",
          "server got question; answer ok; client got answer; "
              + "client [active, output shutdown, input shutdown, input shutdown, read complete]; "
              + "client is active, input shut down, output shut down, both",
          ClosingCases::answer),
      same("write after shutdownOutput",
          "write StacklessClosedChannelException; active true",
          ClosingCases::writeAfterShutdown),
      same("shutdownOutput twice",
          "first ok; second ClosedChannelException; client [active, output shutdown]",
          ClosingCases::shutdownTwice),
      same("shutdownOutput of both sides",
          "client ok; server ok; client is active, input shut down, output shut down, both; "
              + "server is active, input shut down, output shut down, both",
          ClosingCases::bothShutDown),
      same("shutdownInput",
          "shutdown ok; client [active]; client is active, input shut down; write ok; server got still; "
              + "server [active]",
          ClosingCases::shutdownInput),
      same("shutdownInput with ALLOW_HALF_CLOSURE",
          "shutdown ok; client [active, input shutdown, read complete]; "
              + "client is active, input shut down; server [active]",
          ClosingCases::shutdownInputHalf),
      same("shutdownInput without reads",
          "shutdown ok; client [active]; client [active, input shutdown, read complete]",
          ClosingCases::shutdownInputNoRead),
      same("shutdown",
          "shutdown ok; client is active, input shut down, output shut down, both; "
              + "server [active, input shutdown, input shutdown, read complete]",
          ClosingCases::shutdown),
      same("shutdowns before connecting",
          "channel is inactive, input shut down, output shut down, both; input NotYetConnectedException; "
              + "open true; output NotYetConnectedException; open true",
          ClosingCases::shutdownBefore),
      same("shutdowns after close",
          "channel is inactive, input shut down, output shut down, both; input ClosedChannelException; "
              + "output ClosedChannelException; both ClosedChannelException",
          ClosingCases::shutdownAfter),
      same("FIN without reads",
          "client [active]; client [active, inactive]",
          ClosingCases::finWithoutRead),
      same("data and FIN without reads, then read",
          "client last words; client [active]; client [active, inactive]",
          ClosingCases::dataThenFin),
      same("all data before the half-closure",
          "bytes 300000; client [active, input shutdown, input shutdown, read complete]",
          ClosingCases::allDataBeforeHalf),
      same("half-closed and AUTO_READ off and on",
          "client [active]; client [active, input shutdown]; "
              + "client [active, input shutdown, input shutdown, read complete]; "
              + "client [active, input shutdown, input shutdown, read complete]",
          ClosingCases::halfManual),
      differs("SO_LINGER 0: the peer",
          "close ok; client [active, SocketException(Connection reset), inactive]",
          "close ok; client [active, SocketException(Connection reset by peer), inactive]",
          "the kernel's text for ECONNRESET, which Reactor Netty tests for; the JDK's text is shorter",
          ClosingCases::lingerZero),
      same("SO_LINGER 0: itself",
          "close ok; client [active, inactive]",
          ClosingCases::lingerZeroSelf),
      same("SO_LINGER 1: close with everything delivered",
          "close ok; server got delivered; server [active, inactive]; client [active, inactive]",
          ClosingCases::lingerDelivered),
      same("SO_LINGER 1: peer does not read",
          "active false; write meanwhile StacklessClosedChannelException; close ok; "
              + "after a second true; client [active, inactive]",
          ClosingCases::lingerStuck),
      differs("reset without reads",
          "client [active]; client [active, SocketException(Connection reset), inactive]",
          "client [active, SocketException(Connection reset by peer), inactive]; "
              + "client [active, SocketException(Connection reset by peer), inactive]",
          "a reset is reported immediately, as by Netty's epoll transport; NIO notices it only by reading",
          ClosingCases::resetWithoutRead),
      differs("write after a reset",
          "write IOException(Connection reset by peer); client [active, inactive]",
          "write StacklessClosedChannelException; "
              + "client [active, SocketException(Connection reset by peer), inactive]",
          "a reset is reported immediately, as by Netty's epoll transport; the write finds the channel closed",
          ClosingCases::writeAfterReset),
      differs("data before the reset, unread",
          "client got last words; client [active, SocketException(Connection reset), inactive]",
          "client got last words; client [active, SocketException(Connection reset by peer), inactive]",
          "the kernel's text for ECONNRESET, which Reactor Netty tests for; the JDK's text is shorter",
          ClosingCases::dataBeforeReset),
      differs("close with unread data",
          "server [active, inactive]",
          "server [active, SocketException(Connection reset by peer), inactive]",
          "RFC 1122 section 4.2.2.13: the peer must be notified that data was lost; the JDK sends a FIN before the RST",
          ClosingCases::unread),
      same("closeForcibly of an open connection",
          "open false; server [active, inactive]",
          ClosingCases::forcibly),
      same("close in channelRead",
          "server [active, inactive]; read completes 1; client [active, inactive]",
          ClosingCases::closeInRead),
      same("close in channelActive",
          "server [active, inactive]; client [active, inactive]",
          ClosingCases::closeInActive),
      differs("AUTO_CLOSE off, write after the peer is gone",
          "write fails true; open true; client [active, output shutdown]",
          "write fails true; open false; "
              + "client [active, SocketException(Connection reset by peer), inactive]",
          "a reset is reported immediately, as by Netty's epoll transport, and closes the channel",
          ClosingCases::noAutoClose),
      same("disconnect of the accepted side in the middle",
          "write ok false; open false",
          ClosingCases::closedInTheMiddle));

  private ClosingCases() {}

  private static void close(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      seen.ending("close", talk.clientChannel().close());
      talk.client.awaitEvent("inactive");
      talk.server.awaitEvent("inactive");
      seen.note("client", talk.client.events());
      seen.note("server", talk.server.events());
      seen.note("open", talk.serverChannel().isOpen());
      talk.client.awaitUnregistered();
      seen.note("registered", talk.clientChannel().isRegistered());
    }
  }

  private static void closeTwice(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      seen.ending("first", talk.clientChannel().close());
      seen.ending("second", talk.clientChannel().close());
    }
  }

  private static void disconnect(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      seen.ending("disconnect", talk.clientChannel().disconnect());
      seen.note("open", talk.clientChannel().isOpen());
      talk.server.awaitEvent("inactive");
      seen.note("server", talk.server.events());
    }
  }

  private static void writeAfterClose(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      net.done(talk.clientChannel().close());
      seen.ending("write", talk.clientChannel().writeAndFlush(Talk.text("late")));
      ChannelFuture unflushed = talk.clientChannel().write(Talk.text("late"));
      seen.ending("write without flush", unflushed);
    }
  }

  private static void writtenAndClosed(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      Channel channel = talk.clientChannel();
      channel.eventLoop().execute(() -> channel.writeAndFlush(Talk.bytes(30_000)).addListener(w -> channel.close()));
      talk.server.awaitEvent("inactive");
      seen.note("bytes", talk.server.received().length);
      seen.note("server", talk.server.events());
    }
  }

  private static void closedWhileBlocked(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).serverOption(ChannelOption.AUTO_READ, false).open()) {
      ChannelFuture written = talk.clientChannel().writeAndFlush(Talk.bytes(64 << 20));
      ChannelFuture waiting = talk.clientChannel().write(Talk.text("never flushed"));
      net.settle();
      seen.note("done", written.isDone());
      seen.ending("close", talk.clientChannel().close());
      seen.ending("flushed", written);
      seen.ending("not flushed", waiting);
    }
  }

  private static void fin(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      net.done(talk.clientChannel().shutdownOutput());
      talk.server.awaitEvent("inactive");
      talk.client.awaitEvent("inactive");
      seen.note("client", talk.client.events());
      seen.note("server", talk.server.events());
    }
  }

  private static Talk halfClosable(Net net) {
    return Talk.on(net).serverOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .clientOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
  }

  private static void half(Net net, Seen seen) {
    try (Talk talk = halfClosable(net).open()) {
      seen.ending("shutdown", talk.clientChannel().shutdownOutput());
      talk.server.awaitEvent("input shutdown, read complete");
      seen.note("client", talk.client.events());
      state(seen, "client", talk.clientChannel());
      seen.note("server", talk.server.events());
      state(seen, "server", talk.serverChannel());
    }
  }

  private static void state(Seen seen, String whose, SocketChannel channel) {
    seen.note(whose + " is " + (channel.isActive() ? "active" : "inactive")
        + (channel.isInputShutdown() ? ", input shut down" : "")
        + (channel.isOutputShutdown() ? ", output shut down" : "")
        + (channel.isShutdown() ? ", both" : ""));
  }

  private static void answer(Net net, Seen seen) {
    try (Talk talk = halfClosable(net).open()) {
      net.done(talk.clientChannel().writeAndFlush(Talk.text("question")));
      net.done(talk.clientChannel().shutdownOutput());
      talk.server.awaitEvent("input shutdown, read complete");
      seen.note("server got", talk.server.text());
      seen.ending("answer", talk.serverChannel().writeAndFlush(Talk.text("answer")));
      net.done(talk.serverChannel().close());
      talk.client.awaitEvent("input shutdown, read complete");
      seen.note("client got", talk.client.text());
      seen.note("client", talk.client.events());
      state(seen, "client", talk.clientChannel());
    }
  }

  private static void writeAfterShutdown(Net net, Seen seen) {
    try (Talk talk = halfClosable(net).open()) {
      net.done(talk.clientChannel().shutdownOutput());
      seen.ending("write", talk.clientChannel().writeAndFlush(Talk.text("more")));
      seen.note("active", talk.clientChannel().isActive());
    }
  }

  private static void shutdownTwice(Net net, Seen seen) {
    try (Talk talk = halfClosable(net).open()) {
      seen.ending("first", talk.clientChannel().shutdownOutput());
      seen.ending("second", talk.clientChannel().shutdownOutput());
      net.settle();
      seen.note("client", talk.client.events());
    }
  }

  private static void bothShutDown(Net net, Seen seen) {
    try (Talk talk = halfClosable(net).open()) {
      seen.ending("client", talk.clientChannel().shutdownOutput());
      seen.ending("server", talk.serverChannel().shutdownOutput());
      talk.client.awaitEvent("input shutdown, read complete");
      talk.server.awaitEvent("input shutdown, read complete");
      net.settle();
      state(seen, "client", talk.clientChannel());
      state(seen, "server", talk.serverChannel());
    }
  }

  private static void shutdownInput(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      seen.ending("shutdown", talk.clientChannel().shutdownInput());
      net.settle();
      seen.note("client", talk.client.events());
      state(seen, "client", talk.clientChannel());
      seen.ending("write", talk.clientChannel().writeAndFlush(Talk.text("still")));
      talk.server.awaitBytes(5);
      seen.note("server got", talk.server.text());
      seen.note("server", talk.server.events());
    }
  }

  private static void shutdownInputHalf(Net net, Seen seen) {
    try (Talk talk = halfClosable(net).open()) {
      seen.ending("shutdown", talk.clientChannel().shutdownInput());
      net.settle();
      seen.note("client", talk.client.events());
      state(seen, "client", talk.clientChannel());
      seen.note("server", talk.server.events());
    }
  }

  private static void shutdownInputNoRead(Net net, Seen seen) {
    try (Talk talk = halfClosable(net).clientOption(ChannelOption.AUTO_READ, false).open()) {
      seen.ending("shutdown", talk.clientChannel().shutdownInput());
      net.settle();
      seen.note("client", talk.client.events());
      talk.clientChannel().read();
      net.settle();
      seen.note("client", talk.client.events());
    }
  }

  private static void shutdown(Net net, Seen seen) {
    try (Talk talk = halfClosable(net).open()) {
      seen.ending("shutdown", talk.clientChannel().shutdown());
      state(seen, "client", talk.clientChannel());
      talk.server.awaitEvent("input shutdown, read complete");
      seen.note("server", talk.server.events());
    }
  }

  private static void shutdownBefore(Net net, Seen seen) {
    SocketChannel channel = (SocketChannel) net.done(
        net.client().handler(new ChannelInboundHandlerAdapter()).register()).channel();
    state(seen, "channel", channel);
    seen.ending("input", channel.shutdownInput());
    seen.note("open", channel.isOpen());
    seen.ending("output", channel.shutdownOutput());
    seen.note("open", channel.isOpen());
    net.await(channel.close());
  }

  private static void shutdownAfter(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      SocketChannel channel = talk.clientChannel();
      net.done(channel.close());
      state(seen, "channel", channel);
      seen.ending("input", channel.shutdownInput());
      seen.ending("output", channel.shutdownOutput());
      seen.ending("both", channel.shutdown());
    }
  }

  private static void finWithoutRead(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.AUTO_READ, false).open()) {
      net.done(talk.serverChannel().close());
      net.settle();
      seen.note("client", talk.client.events());
      talk.clientChannel().read();
      talk.client.awaitEvent("inactive");
      seen.note("client", talk.client.events());
    }
  }

  private static void dataThenFin(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.AUTO_READ, false).open()) {
      net.done(talk.serverChannel().writeAndFlush(Talk.text("last words")));
      net.done(talk.serverChannel().close());
      net.settle();
      talk.clientChannel().read();
      talk.client.awaitBytes(10);
      net.settle();
      seen.note("client", talk.client.text());
      seen.note("client", talk.client.events());
      talk.clientChannel().read();
      talk.client.awaitEvent("inactive");
      seen.note("client", talk.client.events());
    }
  }

  private static void allDataBeforeHalf(Net net, Seen seen) {
    try (Talk talk = halfClosable(net).open()) {
      talk.serverChannel().writeAndFlush(Talk.bytes(300_000));
      talk.serverChannel().shutdownOutput();
      talk.client.awaitEvent("input shutdown, read complete");
      seen.note("bytes", talk.client.received().length);
      seen.note("client", talk.client.events());
    }
  }

  private static void halfManual(Net net, Seen seen) {
    try (Talk talk = halfClosable(net).clientOption(ChannelOption.AUTO_READ, false).open()) {
      net.done(talk.serverChannel().shutdownOutput());
      net.settle();
      seen.note("client", talk.client.events());
      talk.clientChannel().read();
      talk.client.awaitEvent("input shutdown");
      net.settle();
      seen.note("client", talk.client.events());
      talk.clientChannel().read();
      net.settle();
      seen.note("client", talk.client.events());
      talk.clientChannel().config().setAutoRead(true);
      net.settle();
      seen.note("client", talk.client.events());
    }
  }

  private static void lingerZero(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      talk.serverChannel().config().setSoLinger(0);
      seen.ending("close", talk.serverChannel().close());
      talk.client.awaitEvent("inactive");
      seen.note("client", talk.client.events());
    }
  }

  private static void lingerZeroSelf(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.SO_LINGER, 0).open()) {
      seen.ending("close", talk.clientChannel().close());
      talk.client.awaitEvent("inactive");
      seen.note("client", talk.client.events());
    }
  }

  private static void lingerDelivered(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.SO_LINGER, 1).open()) {
      net.done(talk.clientChannel().writeAndFlush(Talk.text("delivered")));
      seen.ending("close", talk.clientChannel().close());
      talk.server.awaitEvent("inactive");
      talk.client.awaitEvent("inactive");
      seen.note("server got", talk.server.text());
      seen.note("server", talk.server.events());
      seen.note("client", talk.client.events());
    }
  }

  private static void lingerStuck(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.SO_LINGER, 1)
        .serverOption(ChannelOption.AUTO_READ, false).open()) {
      talk.clientChannel().writeAndFlush(Talk.bytes(64 << 20));
      net.settle();
      Duration start = net.now();
      ChannelFuture closing = talk.clientChannel().close();
      // NIO closes on another thread; wait for that.
      net.settle();
      seen.note("active", talk.clientChannel().isActive());
      seen.ending("write meanwhile", talk.clientChannel().writeAndFlush(Talk.text("x")));
      seen.ending("close", closing);
      long millis = net.now().minus(start).toMillis();
      seen.note("after a second", millis > 800);
      talk.client.awaitEvent("inactive");
      seen.note("client", talk.client.events());
    }
  }

  private static void resetWithoutRead(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.AUTO_READ, false).open()) {
      talk.serverChannel().config().setSoLinger(0);
      net.done(talk.serverChannel().close());
      net.settle();
      seen.note("client", talk.client.events());
      talk.clientChannel().read();
      talk.client.awaitEvent("inactive");
      seen.note("client", talk.client.events());
    }
  }

  private static void writeAfterReset(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.AUTO_READ, false).open()) {
      talk.serverChannel().config().setSoLinger(0);
      net.done(talk.serverChannel().close());
      net.settle();
      seen.ending("write", talk.clientChannel().writeAndFlush(Talk.text("x")));
      talk.client.awaitEvent("inactive");
      seen.note("client", talk.client.events());
    }
  }

  private static void dataBeforeReset(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.AUTO_READ, false).open()) {
      net.done(talk.serverChannel().writeAndFlush(Talk.text("last words")));
      net.settle();
      talk.serverChannel().config().setSoLinger(0);
      net.done(talk.serverChannel().close());
      net.settle();
      talk.clientChannel().config().setAutoRead(true);
      talk.client.awaitEvent("inactive");
      seen.note("client got", talk.client.text());
      seen.note("client", talk.client.events());
    }
  }

  private static void unread(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.AUTO_READ, false).open()) {
      net.done(talk.serverChannel().writeAndFlush(Talk.text("unread")));
      net.settle();
      net.done(talk.clientChannel().close());
      talk.server.awaitEvent("inactive");
      seen.note("server", talk.server.events());
    }
  }

  private static void forcibly(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      Channel channel = talk.clientChannel();
      net.await(channel.eventLoop().submit(() -> channel.unsafe().closeForcibly()));
      seen.note("open", channel.isOpen());
      talk.server.awaitEvent("inactive");
      seen.note("server", talk.server.events());
    }
  }

  private static void closeInRead(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).server(channel -> channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext context, Object message) {
        context.fireChannelRead(message);
        context.close();
      }
    })).open()) {
      net.done(talk.clientChannel().writeAndFlush(Talk.text("x")));
      talk.server.awaitEvent("inactive");
      talk.client.awaitEvent("inactive");
      net.settle();
      seen.note("server", talk.server.events());
      seen.note("read completes", talk.server.readCompletes());
      seen.note("client", talk.client.events());
    }
  }

  private static void closeInActive(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).server(channel -> channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
      @Override
      public void channelActive(ChannelHandlerContext context) {
        context.fireChannelActive();
        context.close();
      }
    })).open()) {
      talk.server.awaitEvent("inactive");
      talk.client.awaitEvent("inactive");
      seen.note("server", talk.server.events());
      seen.note("client", talk.client.events());
    }
  }

  private static void noAutoClose(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.AUTO_READ, false)
        .clientOption(ChannelOption.AUTO_CLOSE, false).open()) {
      talk.serverChannel().config().setSoLinger(0);
      net.done(talk.serverChannel().close());
      net.settle();
      seen.note("write fails", !net.await(talk.clientChannel().writeAndFlush(Talk.text("x"))).isSuccess());
      net.settle();
      seen.note("open", talk.clientChannel().isOpen());
      seen.note("client", talk.client.events());
    }
  }

  private static void closedInTheMiddle(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).serverOption(ChannelOption.AUTO_READ, false)
        .clientOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(1024, 2048)).open()) {
      ChannelFuture written = talk.clientChannel().writeAndFlush(Talk.bytes(64 << 20));
      net.settle();
      net.done(talk.serverChannel().close());
      net.await(written);
      talk.client.awaitEvent("inactive");
      seen.note("write ok", written.isSuccess());
      seen.note("open", talk.clientChannel().isOpen());
    }
  }
}
