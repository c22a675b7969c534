package io.reactorstack.netty.agreement;

import static io.reactorstack.netty.agreement.Case.differs;
import static io.reactorstack.netty.agreement.Case.same;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import java.util.List;

/** Cases in which a reset follows data: the data received before the reset is read first. */
final class ResetCases {

  private static final String TEXT = "the kernel's text for ECONNRESET, which Reactor Netty tests for; the JDK's "
      + "text is shorter";

  static final List<Case> ALL = List.of(
      differs("data and RST at once, AUTO_READ",
          "client got last words; client [active, SocketException(Connection reset), inactive]",
          "client got last words; client [active, SocketException(Connection reset by peer), inactive]",
          TEXT,
          ResetCases::atOnce),
      differs("data, then RST, AUTO_READ",
          "client got last words; client [active, SocketException(Connection reset), inactive]",
          "client got last words; client [active, SocketException(Connection reset by peer), inactive]",
          TEXT,
          ResetCases::inTwo),
      same("data and RST at once, never read",
          "client got ; client [active]; open true",
          ResetCases::neverRead),
      differs("data and RST at once, AUTO_READ off and on",
          "client got last words; client [active, SocketException(Connection reset), inactive]",
          "client got last words; client [active, SocketException(Connection reset by peer), inactive]",
          TEXT,
          ResetCases::atOnceUnread),
      differs("data, then RST, AUTO_READ off and on",
          "client got last words; client [active, SocketException(Connection reset), inactive]",
          "client got last words; client [active, SocketException(Connection reset by peer), inactive]",
          TEXT,
          ResetCases::inTwoUnread),
      differs("data and RST at once, one read() and another",
          "client got last words; client [active]; client got last words; client [active, "
              + "SocketException(Connection reset), inactive]",
          "client got last words; client [active, SocketException(Connection reset by peer), inactive]; "
              + "client got last words; client [active, SocketException(Connection reset by peer), inactive]",
          "without unread data a reset is reported immediately, as by Netty's epoll transport; NIO "
              + "notices it only by reading",
          ResetCases::readByRead),
      differs("data of several reads, then RST, unread",
          "all at the first false; client [active]; bytes 30000; client [active, "
              + "SocketException(Connection reset), inactive]",
          "all at the first false; client [active]; bytes 30000; client [active, "
              + "SocketException(Connection reset by peer), inactive]",
          TEXT,
          ResetCases::severalReads),
      differs("data, then RST, then write, unread",
          "write IOException(Connection reset by peer); client [active, inactive]; client got ; client "
              + "[active, inactive]",
          "write SocketException(Connection reset by peer); client [active]; client got last words; "
              + "client [active, SocketException(Connection reset by peer), inactive]",
          "a write fails immediately on both; NIO then closes and loses the received data, the stack's "
              + "channel delivers it",
          ResetCases::write),
      differs("data, then RST, while a flush is blocked, unread",
          "done false; write IOException(Connection reset by peer); client got ; client [active, inactive]",
          "done false; write SocketException(Connection reset by peer); client got last words; client "
              + "[active, SocketException(Connection reset by peer), inactive]",
          "a write fails immediately on both; NIO then closes and loses the received data, the stack's "
              + "channel delivers it",
          ResetCases::blocked),
      differs("data, then RST, unread, AUTO_CLOSE off, write",
          "write ok false; open true; client got last words; client [active, output shutdown, inactive]",
          "write ok false; open true; client got last words; client [active, SocketException(Connection "
              + "reset by peer), inactive]",
          "the channel reports the cause; after a failed write the JDK reports the end of the stream",
          ResetCases::writeWithoutAutoClose),
      same("data, then RST, then close, unread",
          "close ok; client got ; client [active, inactive]",
          ResetCases::close),
      same("data, FIN and RST, AUTO_READ",
          "client got last words; client [active, inactive]",
          ResetCases::fin),
      same("data, FIN and RST, AUTO_READ off and on",
          "client [active]; client got last words; client [active, inactive]",
          ResetCases::finUnread),
      same("data, FIN and RST, one read() and another",
          "client got last words; client [active]; client got last words; client [active, inactive]",
          ResetCases::finReadByRead),
      differs("data, FIN, then RST, with ALLOW_HALF_CLOSURE",
          "client got last words; client [active, input shutdown, input shutdown, read complete]",
          "client got last words; client [active, input shutdown, input shutdown, read complete, "
              + "SocketException(Connection reset by peer), inactive]",
          "without unread data a reset is reported immediately; NIO reports it to the next write",
          ResetCases::halfClosed),
      differs("data, FIN, then RST, then write, with ALLOW_HALF_CLOSURE",
          "write IOException(Broken pipe); client got last words; client [active, input shutdown, input "
              + "shutdown, read complete, inactive]",
          "write StacklessClosedChannelException; client got last words; client [active, input shutdown, "
              + "input shutdown, read complete, SocketException(Connection reset by peer), inactive]",
          "without unread data a reset is reported immediately; NIO reports it to the next write",
          ResetCases::halfClosedWrite),
      differs("data, FIN and RST, AUTO_READ off and on, with ALLOW_HALF_CLOSURE",
          "client [active]; client got last words; client [active, input shutdown, input shutdown, read complete]",
          "client [active]; client got last words; client [active, input shutdown, "
              + "SocketException(Connection reset by peer), inactive]",
          "without unread data a reset is reported immediately; NIO reports it to the next write",
          ResetCases::halfClosedUnread),
      differs("shutdownOutput, then data and RST, unread",
          "client [active, output shutdown]; client got last words; client [active, output shutdown, "
              + "SocketException(Connection reset), input shutdown, input shutdown, read complete]",
          "client [active, output shutdown]; client got last words; client [active, output shutdown, "
              + "SocketException(Connection reset by peer), inactive]",
          "the channel closes, because a reset ends both directions",
          ResetCases::ownHalfClosure),
      differs("shutdownInput, then RST",
          "client [active, input shutdown, read complete]; write ok false; client [active, input "
              + "shutdown, read complete, inactive]",
          "client [active, input shutdown, read complete, SocketException(Connection reset by peer), "
              + "inactive]; write ok false; client [active, input shutdown, read complete, "
              + "SocketException(Connection reset by peer), inactive]",
          "without unread data a reset is reported immediately; NIO reports it to the next write",
          ResetCases::inputShut),
      differs("data and RST before the connection is accepted",
          "server got early words; server [active, SocketException(Connection reset), inactive]",
          "server got early words; server [active, SocketException(Connection reset by peer), inactive]",
          TEXT,
          ResetCases::beforeAccept),
      same("shutdownOutput, then shutdownInput with unread data",
          "shutdown ok; client [active, output shutdown]; server [active, input shutdown, input shutdown, "
              + "read complete]",
          ResetCases::bothShut));

  private ResetCases() {}

  private static Talk unread(Net net) {
    return Talk.on(net).clientOption(ChannelOption.AUTO_READ, false);
  }

  private static void say(Net net, SocketChannel channel, String text) {
    net.done(channel.writeAndFlush(Talk.text(text)));
  }

  private static void reset(Net net, SocketChannel channel) {
    channel.config().setSoLinger(0);
    net.done(channel.close());
  }

  private static void result(Seen seen, Talk talk) {
    seen.note("client got", talk.client.text());
    seen.note("client", talk.client.events());
  }

  private static void ended(Seen seen, Talk talk) {
    talk.client.awaitEvent("inactive");
    result(seen, talk);
  }

  private static void atOnce(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      say(net, talk.serverChannel(), "last words");
      reset(net, talk.serverChannel());
      ended(seen, talk);
    }
  }

  private static void inTwo(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      say(net, talk.serverChannel(), "last words");
      talk.client.awaitBytes(10);
      reset(net, talk.serverChannel());
      ended(seen, talk);
    }
  }

  private static void neverRead(Net net, Seen seen) {
    try (Talk talk = unread(net).open()) {
      say(net, talk.serverChannel(), "last words");
      reset(net, talk.serverChannel());
      net.settle();
      result(seen, talk);
      seen.note("open", talk.clientChannel().isOpen());
    }
  }

  private static void atOnceUnread(Net net, Seen seen) {
    try (Talk talk = unread(net).open()) {
      say(net, talk.serverChannel(), "last words");
      reset(net, talk.serverChannel());
      net.settle();
      talk.clientChannel().config().setAutoRead(true);
      ended(seen, talk);
    }
  }

  private static void inTwoUnread(Net net, Seen seen) {
    try (Talk talk = unread(net).open()) {
      say(net, talk.serverChannel(), "last words");
      net.settle();
      reset(net, talk.serverChannel());
      net.settle();
      talk.clientChannel().config().setAutoRead(true);
      ended(seen, talk);
    }
  }

  private static void readByRead(Net net, Seen seen) {
    try (Talk talk = unread(net).open()) {
      say(net, talk.serverChannel(), "last words");
      reset(net, talk.serverChannel());
      net.settle();
      talk.clientChannel().read();
      net.settle();
      result(seen, talk);
      talk.clientChannel().read();
      ended(seen, talk);
    }
  }

  private static void severalReads(Net net, Seen seen) {
    try (Talk talk = unread(net).open()) {
      net.done(talk.serverChannel().writeAndFlush(Talk.bytes(30_000)));
      net.settle();
      reset(net, talk.serverChannel());
      net.settle();
      talk.clientChannel().read();
      talk.client.awaitReads(1);
      net.settle();
      seen.note("all at the first", talk.client.received().length == 30_000);
      seen.note("client", talk.client.events());
      talk.clientChannel().config().setAutoRead(true);
      talk.client.awaitEvent("inactive");
      seen.note("bytes", talk.client.received().length);
      seen.note("client", talk.client.events());
    }
  }

  private static void write(Net net, Seen seen) {
    try (Talk talk = unread(net).open()) {
      say(net, talk.serverChannel(), "last words");
      net.settle();
      reset(net, talk.serverChannel());
      net.settle();
      seen.ending("write", talk.clientChannel().writeAndFlush(Talk.text("x")));
      net.settle();
      seen.note("client", talk.client.events());
      talk.clientChannel().config().setAutoRead(true);
      ended(seen, talk);
    }
  }

  private static void blocked(Net net, Seen seen) {
    try (Talk talk = unread(net).serverOption(ChannelOption.AUTO_READ, false).open()) {
      ChannelFuture written = talk.clientChannel().writeAndFlush(Talk.bytes(64 << 20));
      say(net, talk.serverChannel(), "last words");
      net.settle();
      seen.note("done", written.isDone());
      reset(net, talk.serverChannel());
      seen.ending("write", written);
      talk.clientChannel().config().setAutoRead(true);
      ended(seen, talk);
    }
  }

  private static void writeWithoutAutoClose(Net net, Seen seen) {
    try (Talk talk = unread(net).clientOption(ChannelOption.AUTO_CLOSE, false).open()) {
      say(net, talk.serverChannel(), "last words");
      net.settle();
      reset(net, talk.serverChannel());
      net.settle();
      seen.note("write ok", net.await(talk.clientChannel().writeAndFlush(Talk.text("x"))).isSuccess());
      net.settle();
      seen.note("open", talk.clientChannel().isOpen());
      talk.clientChannel().config().setAutoRead(true);
      net.settle();
      result(seen, talk);
    }
  }

  private static void close(Net net, Seen seen) {
    try (Talk talk = unread(net).open()) {
      say(net, talk.serverChannel(), "last words");
      net.settle();
      reset(net, talk.serverChannel());
      net.settle();
      seen.ending("close", talk.clientChannel().close());
      ended(seen, talk);
    }
  }

  private static void finAndReset(Net net, Talk talk) {
    say(net, talk.serverChannel(), "last words");
    net.done(talk.serverChannel().shutdownOutput());
    reset(net, talk.serverChannel());
  }

  private static void fin(Net net, Seen seen) {
    // Without AUTO_READ: otherwise the server would close at the client's FIN, before its own reset.
    try (Talk talk = Talk.on(net).serverOption(ChannelOption.AUTO_READ, false).open()) {
      finAndReset(net, talk);
      ended(seen, talk);
    }
  }

  private static void finUnread(Net net, Seen seen) {
    try (Talk talk = unread(net).open()) {
      finAndReset(net, talk);
      net.settle();
      seen.note("client", talk.client.events());
      talk.clientChannel().config().setAutoRead(true);
      ended(seen, talk);
    }
  }

  private static void finReadByRead(Net net, Seen seen) {
    try (Talk talk = unread(net).open()) {
      finAndReset(net, talk);
      net.settle();
      talk.clientChannel().read();
      net.settle();
      result(seen, talk);
      talk.clientChannel().read();
      ended(seen, talk);
    }
  }

  private static void halfClosed(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.ALLOW_HALF_CLOSURE, true).open()) {
      say(net, talk.serverChannel(), "last words");
      net.done(talk.serverChannel().shutdownOutput());
      talk.client.awaitEvent("input shutdown");
      net.settle();
      reset(net, talk.serverChannel());
      net.settle();
      result(seen, talk);
    }
  }

  private static void halfClosedWrite(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.ALLOW_HALF_CLOSURE, true).open()) {
      say(net, talk.serverChannel(), "last words");
      net.done(talk.serverChannel().shutdownOutput());
      talk.client.awaitEvent("input shutdown");
      reset(net, talk.serverChannel());
      net.settle();
      seen.ending("write", talk.clientChannel().writeAndFlush(Talk.text("x")));
      ended(seen, talk);
    }
  }

  private static void halfClosedUnread(Net net, Seen seen) {
    try (Talk talk = unread(net).clientOption(ChannelOption.ALLOW_HALF_CLOSURE, true).open()) {
      finAndReset(net, talk);
      net.settle();
      seen.note("client", talk.client.events());
      talk.clientChannel().config().setAutoRead(true);
      talk.client.awaitEvent("input shutdown");
      net.settle();
      result(seen, talk);
    }
  }

  private static void ownHalfClosure(Net net, Seen seen) {
    try (Talk talk = unread(net).clientOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .serverOption(ChannelOption.ALLOW_HALF_CLOSURE, true).open()) {
      net.done(talk.clientChannel().shutdownOutput());
      talk.server.awaitEvent("input shutdown");
      say(net, talk.serverChannel(), "last words");
      reset(net, talk.serverChannel());
      net.settle();
      seen.note("client", talk.client.events());
      talk.clientChannel().config().setAutoRead(true);
      talk.client.awaitBytes(10);
      net.settle();
      result(seen, talk);
    }
  }

  private static void inputShut(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).clientOption(ChannelOption.ALLOW_HALF_CLOSURE, true).open()) {
      net.done(talk.clientChannel().shutdownInput());
      net.settle();
      reset(net, talk.serverChannel());
      net.settle();
      seen.note("client", talk.client.events());
      seen.note("write ok", net.await(talk.clientChannel().writeAndFlush(Talk.text("x"))).isSuccess());
      net.settle();
      seen.note("client", talk.client.events());
    }
  }

  private static void beforeAccept(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listenerOption(ChannelOption.AUTO_READ, false).listen()) {
      net.done(talk.connect());
      say(net, talk.clientChannel(), "early words");
      net.settle();
      reset(net, talk.clientChannel());
      net.settle();
      talk.listener().read();
      talk.server.awaitEvent("inactive");
      seen.note("server got", talk.server.text());
      seen.note("server", talk.server.events());
    }
  }

  private static void bothShut(Net net, Seen seen) {
    try (Talk talk = unread(net).clientOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .serverOption(ChannelOption.ALLOW_HALF_CLOSURE, true).open()) {
      say(net, talk.serverChannel(), "unread");
      net.done(talk.clientChannel().shutdownOutput());
      net.settle();
      seen.ending("shutdown", talk.clientChannel().shutdownInput());
      net.settle();
      seen.note("client", talk.client.events());
      seen.note("server", talk.server.events());
    }
  }
}
