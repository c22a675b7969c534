package io.reactorstack.netty.agreement;

import static io.reactorstack.netty.agreement.Case.differs;
import static io.reactorstack.netty.agreement.Case.same;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Cases of connecting, listening and binding, and of their failures. */
final class OpeningCases {

  static final List<Case> ALL = List.of(
      same("connection accepted",
          "client [active]; server [active]; parent true; client's parent null; writable true; "
              + "metadata false",
          OpeningCases::accepted),
      same("addresses of both endpoints",
          "remote is the listener's true; server's remote is client's local true; "
              + "server's local is client's remote true; local host true; listener's remote null",
          OpeningCases::addresses),
      same("addresses after closing",
          "local kept true; remote kept true",
          OpeningCases::addressesAfterClose),
      same("refused",
          "connect ConnectException(Connection refused: ADDRESS); close ok; events []; open false",
          OpeningCases::refused),
      same("connect to a name that was not resolved",
          "connect UnresolvedAddressException; open false",
          OpeningCases::unresolved),
      same("CONNECT_TIMEOUT_MILLIS 100, no answer",
          "connect ConnectTimeoutException(connection timed out after 100 ms: ADDRESS); close ok; "
              + "events []",
          OpeningCases::timeout),
      same("connect cancelled",
          "cancelled true; close ok; connect is cancelled true; events []",
          OpeningCases::cancelled),
      same("closed while connecting",
          "close ok; connect ClosedChannelException; events []",
          OpeningCases::closedWhileConnecting),
      same("second connect while connecting",
          "second ConnectionPendingException; first done false; open true; active false",
          OpeningCases::pending),
      differs("second connect when connected",
          "second AlreadyConnectedException; open false",
          "second AlreadyConnectedException; open true",
          "a mistake of the program does not close the connection, as in Netty's epoll transport",
          OpeningCases::already),
      same("connect after close",
          "connect StacklessClosedChannelException",
          OpeningCases::connectAfterClose),
      same("write before connecting",
          "write NotYetConnectedException; open true",
          OpeningCases::writeBefore),
      same("write while connecting",
          "write done true; close ok; write NotYetConnectedException",
          OpeningCases::writeWhileConnecting),
      same("state before connecting",
          "open true; registered true; active false; local null; remote null; disconnect ok; open false",
          OpeningCases::stateBefore),
      same("client bound to a port",
          "local is what was asked for true; server's remote too true",
          OpeningCases::clientBound),
      differs("client bound to port 0, before connecting",
          "bind ok; has a port true; active false; connect ok; keeps it true",
          "bind ok; has a port false; active false; connect ok; keeps it false",
          "the port is chosen when connecting, as with Linux's IP_BIND_ADDRESS_NO_PORT",
          OpeningCases::clientBoundToAny),
      same("client bound to a port in use",
          "same peer SocketException(Address already in use: ADDRESS); close ok",
          OpeningCases::clientBoundTwice),
      same("client bound to a foreign address",
          "connect SocketException(Cannot assign requested address: ADDRESS); close ok",
          OpeningCases::clientForeign),
      same("listener bound to port 0",
          "has a port true; host true; active true",
          OpeningCases::listenerBound),
      same("listener bound to any address",
          "any true; connect ok",
          OpeningCases::listenerAny),
      same("listener bound to a port in use",
          "bind BindException(Address already in use); close ok",
          OpeningCases::listenerTwice),
      same("listener bound to a foreign address",
          "bind BindException(Cannot assign requested address); close ok",
          OpeningCases::listenerForeign),
      same("listener bound a second time",
          "bind AlreadyBoundException; active true",
          OpeningCases::listenerRebound),
      same("listener bound again immediately after use",
          "bind ok",
          OpeningCases::listenerAgain),
      same("bind to a name that was not resolved",
          "bind UnresolvedAddressException; close ok",
          OpeningCases::bindUnresolved),
      same("listener without reads, then with",
          "connect ok; server []; server [active]",
          OpeningCases::suspended),
      same("listener closed, its connections stay open",
          "received alive; connect ConnectException(Connection refused: ADDRESS)",
          OpeningCases::listenerClosed),
      same("listener asked to connect, to write",
          "connect UnsupportedOperationException; write UnsupportedOperationException; disconnect ok; "
              + "active false",
          OpeningCases::listenerConnect),
      same("ten connections at once",
          "different ports 10",
          OpeningCases::ten),
      same("closed forcibly before connecting",
          "open false; close future false; close ok",
          OpeningCases::forcibly),
      same("deregister and register again",
          "deregister ok; registered false; active true; register ok; received meanwhile",
          OpeningCases::deregistered));

  private OpeningCases() {}

  private static void accepted(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      seen.note("client", talk.client.events());
      seen.note("server", talk.server.events());
      seen.note("parent", talk.serverChannel().parent() == talk.listener());
      seen.note("client's parent", talk.clientChannel().parent());
      seen.note("writable", talk.clientChannel().isWritable());
      seen.note("metadata", talk.clientChannel().metadata().hasDisconnect());
    }
  }

  private static void addresses(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      seen.note("remote is the listener's", talk.clientChannel().remoteAddress().equals(talk.address()));
      seen.note("server's remote is client's local",
          talk.serverChannel().remoteAddress().equals(talk.clientChannel().localAddress()));
      seen.note("server's local is client's remote",
          talk.serverChannel().localAddress().equals(talk.clientChannel().remoteAddress()));
      seen.note("local host", talk.clientChannel().localAddress().getAddress()
          .equals(net.clientAddress(0).getAddress()));
      seen.note("listener's remote", talk.listener().remoteAddress());
    }
  }

  private static void addressesAfterClose(Net net, Seen seen) {
    Talk talk = Talk.on(net).open();
    InetSocketAddress local = talk.clientChannel().localAddress();
    InetSocketAddress remote = talk.clientChannel().remoteAddress();
    talk.close();
    seen.note("local kept", local.equals(talk.clientChannel().localAddress()));
    seen.note("remote kept", remote.equals(talk.clientChannel().remoteAddress()));
  }

  /** Returns an address whose port is closed. */
  private static InetSocketAddress nobody(Net net) {
    return net.serverAddress(freeClientPort(net).getPort());
  }

  private static void refused(Net net, Seen seen) {
    Party party = new Party(net);
    ChannelFuture connecting = net.client().handler(party).connect(nobody(net));
    seen.ending("connect", connecting);
    seen.ending("close", connecting.channel().closeFuture());
    seen.note("events", party.events());
    seen.note("open", connecting.channel().isOpen());
  }

  private static void unresolved(Net net, Seen seen) {
    Channel channel = registered(net);
    seen.ending("connect", channel.connect(InetSocketAddress.createUnresolved("name.invalid", 9)));
    seen.note("open", channel.isOpen());
    net.await(channel.close());
  }

  private static Channel registered(Net net) {
    return net.done(net.client().handler(new ChannelInboundHandlerAdapter()).register()).channel();
  }

  /** A listener that does not answer because its backlog is full. */
  private static final class Mute implements AutoCloseable {

    private final List<Channel> waiting = new ArrayList<>();
    private final Net net;
    private final Talk talk;

    Mute(Net net) {
      this.net = net;
      talk = Talk.on(net).listenerOption(ChannelOption.SO_BACKLOG, 1).listenerOption(ChannelOption.AUTO_READ, false)
          .listen();
      for (boolean full = false; !full;) {
        ChannelFuture connecting = net.client().handler(new ChannelInboundHandlerAdapter()).connect(address());
        full = !net.isDoneWithin(connecting, net.patience().multipliedBy(4)) || !connecting.isSuccess();
        waiting.add(connecting.channel());
      }
    }

    InetSocketAddress address() {
      return talk.address();
    }

    @Override
    public void close() {
      waiting.forEach(channel -> net.await(channel.close()));
      talk.close();
    }
  }

  private static void timeout(Net net, Seen seen) {
    try (Mute mute = new Mute(net)) {
      Party party = new Party(net);
      ChannelFuture connecting = net.client().handler(party).option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 100)
          .connect(mute.address());
      seen.ending("connect", connecting);
      seen.ending("close", connecting.channel().closeFuture());
      seen.note("events", party.events());
    }
  }

  private static void cancelled(Net net, Seen seen) {
    try (Mute mute = new Mute(net)) {
      Party party = new Party(net);
      ChannelFuture connecting = net.client().handler(party).connect(mute.address());
      seen.note("cancelled", cancelOnLoop(net, connecting));
      seen.ending("close", connecting.channel().closeFuture());
      seen.note("connect is cancelled", connecting.isCancelled());
      seen.note("events", party.events());
    }
  }

  private static boolean cancelOnLoop(Net net, ChannelFuture connecting) {
    net.await(connecting.channel().eventLoop().submit(() -> {}));
    return connecting.cancel(false);
  }

  private static void closedWhileConnecting(Net net, Seen seen) {
    try (Mute mute = new Mute(net)) {
      Party party = new Party(net);
      ChannelFuture connecting = net.client().handler(party).connect(mute.address());
      net.await(connecting.channel().eventLoop().submit(() -> {}));
      seen.ending("close", connecting.channel().close());
      seen.ending("connect", connecting);
      seen.note("events", party.events());
    }
  }

  private static void pending(Net net, Seen seen) {
    try (Mute mute = new Mute(net)) {
      Channel channel = registered(net);
      ChannelFuture first = channel.connect(mute.address());
      seen.ending("second", channel.connect(mute.address()));
      seen.note("first done", first.isDone());
      seen.note("open", channel.isOpen());
      seen.note("active", channel.isActive());
      net.await(channel.close());
    }
  }

  private static void already(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      seen.ending("second", talk.clientChannel().connect(talk.address()));
      seen.note("open", talk.clientChannel().isOpen());
    }
  }

  private static void connectAfterClose(Net net, Seen seen) {
    Channel channel = registered(net);
    net.done(channel.close());
    seen.ending("connect", channel.connect(net.serverAddress(9)));
  }

  private static void writeBefore(Net net, Seen seen) {
    Channel channel = registered(net);
    seen.ending("write", channel.writeAndFlush(Talk.text("early")));
    seen.note("open", channel.isOpen());
    net.await(channel.close());
  }

  private static void writeWhileConnecting(Net net, Seen seen) {
    try (Mute mute = new Mute(net)) {
      Channel channel = registered(net);
      channel.connect(mute.address());
      ChannelFuture written = channel.writeAndFlush(Talk.text("early"));
      net.settle();
      seen.note("write done", written.isDone());
      seen.ending("close", channel.close());
      seen.ending("write", written);
    }
  }

  private static void stateBefore(Net net, Seen seen) {
    Channel channel = registered(net);
    seen.note("open", channel.isOpen());
    seen.note("registered", channel.isRegistered());
    seen.note("active", channel.isActive());
    seen.note("local", channel.localAddress());
    seen.note("remote", channel.remoteAddress());
    seen.ending("disconnect", channel.disconnect());
    seen.note("open", channel.isOpen());
    net.await(channel.close());
  }

  private static InetSocketAddress freeClientPort(Net net) {
    Channel channel = net.done(net.clientDatagrams().handler(new ChannelInboundHandlerAdapter())
        .bind(net.clientAddress(0))).channel();
    int port = ((InetSocketAddress) channel.localAddress()).getPort();
    net.await(channel.close());
    return net.clientAddress(port);
  }

  private static void clientBound(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listen()) {
      InetSocketAddress own = freeClientPort(net);
      ChannelFuture connecting = net.done(net.client().handler(new ChannelInboundHandlerAdapter())
          .connect(talk.address(), own));
      seen.note("local is what was asked for", own.equals(connecting.channel().localAddress()));
      seen.note("server's remote too", own.equals(talk.serverChannel().remoteAddress()));
      net.await(connecting.channel().close());
    }
  }

  private static void clientBoundToAny(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listen()) {
      Channel channel = registered(net);
      seen.ending("bind", channel.bind(net.clientAddress(0)));
      InetSocketAddress local = (InetSocketAddress) channel.localAddress();
      seen.note("has a port", local.getPort() > 0);
      seen.note("active", channel.isActive());
      seen.ending("connect", channel.connect(talk.address()));
      seen.note("keeps it", local.equals(channel.localAddress()));
      net.await(channel.close());
    }
  }

  private static void clientBoundTwice(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listen()) {
      Talk other = Talk.on(net).listen();
      InetSocketAddress own = freeClientPort(net);
      Channel first = net.done(net.client().handler(new ChannelInboundHandlerAdapter()).connect(talk.address(), own))
          .channel();
      ChannelFuture second = net.client().handler(new ChannelInboundHandlerAdapter()).connect(talk.address(), own);
      seen.ending("same peer", second);
      seen.ending("close", second.channel().closeFuture());
      net.await(first.close());
      other.close();
    }
  }

  private static void clientForeign(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listen()) {
      ChannelFuture connecting = net.client().handler(new ChannelInboundHandlerAdapter())
          .connect(talk.address(), net.foreignAddress());
      seen.ending("connect", connecting);
      seen.ending("close", connecting.channel().closeFuture());
    }
  }

  private static void listenerBound(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listen()) {
      seen.note("has a port", talk.address().getPort() > 0);
      seen.note("host", talk.address().getAddress().equals(net.serverAddress(0).getAddress()));
      seen.note("active", talk.listener().isActive());
    }
  }

  private static void listenerAny(Net net, Seen seen) {
    Channel listener = net.done(net.server().childHandler(new ChannelInboundHandlerAdapter()).bind(0)).channel();
    InetSocketAddress local = (InetSocketAddress) listener.localAddress();
    seen.note("any", local.getAddress().isAnyLocalAddress());
    ChannelFuture connecting = net.client().handler(new ChannelInboundHandlerAdapter())
        .connect(net.serverAddress(local.getPort()));
    seen.ending("connect", connecting);
    net.await(connecting.channel().close());
    net.await(listener.close());
  }

  private static void listenerTwice(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listen()) {
      ChannelFuture second = net.server().childHandler(new ChannelInboundHandlerAdapter()).bind(talk.address());
      seen.ending("bind", second);
      seen.ending("close", second.channel().closeFuture());
    }
  }

  private static void listenerForeign(Net net, Seen seen) {
    ChannelFuture bound = net.server().childHandler(new ChannelInboundHandlerAdapter()).bind(net.foreignAddress());
    seen.ending("bind", bound);
    seen.ending("close", bound.channel().closeFuture());
  }

  private static void listenerRebound(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listen()) {
      seen.ending("bind", talk.listener().bind(net.serverAddress(0)));
      seen.note("active", talk.listener().isActive());
    }
  }

  private static void listenerAgain(Net net, Seen seen) {
    Talk talk = Talk.on(net).open();
    net.done(talk.serverChannel().close());
    net.await(talk.clientChannel().closeFuture());
    talk.close();
    net.settle();
    ChannelFuture again = net.server().childHandler(new ChannelInboundHandlerAdapter()).bind(talk.address());
    seen.ending("bind", again);
    net.await(again.channel().close());
  }

  private static void bindUnresolved(Net net, Seen seen) {
    ChannelFuture bound = net.server().childHandler(new ChannelInboundHandlerAdapter())
        .bind(InetSocketAddress.createUnresolved("name.invalid", 0));
    seen.ending("bind", bound);
    seen.ending("close", bound.channel().closeFuture());
  }

  private static void suspended(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listenerOption(ChannelOption.AUTO_READ, false).listen()) {
      seen.ending("connect", talk.connect());
      net.settle();
      seen.note("server", talk.server.events());
      talk.listener().config().setAutoRead(true);
      talk.server.awaitEvent("active");
      seen.note("server", talk.server.events());
      talk.listener().config().setAutoRead(false);
    }
  }

  private static void listenerClosed(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      net.done(talk.listener().close());
      // NIO closes the descriptor only after the next select.
      net.settle();
      net.done(talk.clientChannel().writeAndFlush(Talk.text("alive")));
      talk.server.awaitBytes(5);
      seen.note("received", talk.server.text());
      ChannelFuture late = net.client().handler(new ChannelInboundHandlerAdapter()).connect(talk.address());
      seen.ending("connect", late);
    }
  }

  private static void listenerConnect(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listen()) {
      seen.ending("connect", talk.listener().connect(talk.address()));
      seen.ending("write", talk.listener().writeAndFlush(Talk.text("x")));
      seen.ending("disconnect", talk.listener().disconnect());
      seen.note("active", talk.listener().isActive());
    }
  }

  private static void ten(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).listen()) {
      List<ChannelFuture> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(net.client().handler(new ChannelInboundHandlerAdapter()).connect(talk.address()));
      }
      all.forEach(net::done);
      seen.note("different ports", all.stream().map(each -> each.channel().localAddress()).distinct().count());
      all.forEach(each -> net.await(each.channel().close()));
    }
  }

  private static void forcibly(Net net, Seen seen) {
    Channel channel = registered(net);
    net.await(channel.eventLoop().submit(() -> channel.unsafe().closeForcibly()));
    seen.note("open", channel.isOpen());
    seen.note("close future", channel.closeFuture().isDone());
    seen.ending("close", channel.close());
  }

  private static void deregistered(Net net, Seen seen) {
    try (Talk talk = Talk.on(net).open()) {
      Channel channel = talk.clientChannel();
      var loop = channel.eventLoop();
      seen.ending("deregister", channel.deregister());
      seen.note("registered", channel.isRegistered());
      seen.note("active", channel.isActive());
      net.done(talk.serverChannel().writeAndFlush(Talk.text("meanwhile")));
      seen.ending("register", loop.register(channel));
      talk.client.awaitBytes(9);
      seen.note("received", talk.client.text());
    }
  }
}
