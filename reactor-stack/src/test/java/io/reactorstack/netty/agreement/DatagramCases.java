package io.reactorstack.netty.agreement;

import static io.reactorstack.netty.agreement.Case.differs;
import static io.reactorstack.netty.agreement.Case.same;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultAddressedEnvelope;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.List;

/** Cases of UDP channels, connected and unconnected. */
final class DatagramCases {

  static final List<Case> ALL = List.of(
      same("datagram and its answer",
          "send ok; client got [ping]; from the server true; server saw the client true; active true; "
              + "connected false",
          DatagramCases::echo),
      same("ten datagrams",
          "got [n0, n1, n2, n3, n4, n5, n6, n7, n8, n9]",
          DatagramCases::ten),
      differs("empty datagram",
          "send ok; got [after]",
          "send ok; got [, after]",
          "a datagram may be empty (RFC 768); NIO does not send it, Netty's epoll transport does",
          DatagramCases::empty),
      same("datagram longer than any packet",
          "cause Message too long; open true; next ok; got [next]",
          DatagramCases::tooLong),
      same("addressed envelope",
          "send ok; got [letter]",
          DatagramCases::envelope),
      same("buffer without a recipient, not connected",
          "send NotYetConnectedException; open true",
          DatagramCases::noRecipient),
      same("unresolved recipient",
          "send UnresolvedAddressException; open true",
          DatagramCases::unresolved),
      same("unknown message",
          "cause UnsupportedOperationException; open true",
          DatagramCases::unknown),
      same("connected: buffer",
          "connect ok; connected true; remote true; send ok; got [ping]",
          DatagramCases::connected),
      same("connected: datagrams of other senders are dropped",
          "got [friend]",
          DatagramCases::strangers),
      differs("connected: datagram to another address",
          "to the peer ok; to another AlreadyConnectedException; other got []; open true",
          "to the peer ok; to another ok; other got [other]; open true",
          "as with the kernel's sendto and Netty's epoll transport; only the JDK forbids it",
          DatagramCases::elsewhere),
      differs("connected: closed port",
          "send ok; got [PortUnreachableException]; open true; connected true",
          "send ok; got [PortUnreachableException(Connection refused: ADDRESS)]; open true; connected true",
          "the same type; the text names the unreachable address",
          DatagramCases::unreachable),
      same("not connected: closed port",
          "send ok; got []",
          DatagramCases::unreachableUnconnected),
      same("connected twice",
          "again AlreadyConnectedException; open false",
          DatagramCases::connectedTwice),
      same("disconnected",
          "disconnect ok; connected false; open true; remote null; send ok; got [free]; connect ok",
          DatagramCases::disconnected),
      same("connect to an unresolved name",
          "connect UnresolvedAddressException; open false",
          DatagramCases::connectUnresolved),
      same("port in use",
          "bind BindException(Address already in use)",
          DatagramCases::portInUse),
      same("foreign address",
          "bind BindException(Cannot assign requested address)",
          DatagramCases::foreign),
      same("bound a second time",
          "bind AlreadyBoundException; same address true; open true",
          DatagramCases::boundTwice),
      same("state before binding",
          "active false; connected false; local null; remote null; send NotYetConnectedException",
          DatagramCases::unbound),
      same("broadcast without SO_BROADCAST",
          "off BindException(Permission denied); on ok",
          DatagramCases::broadcastRefused).only(Family.IPV4),
      same("without reads",
          "got []; got [one]",
          DatagramCases::noRead),
      same("datagram after close",
          "send StacklessClosedChannelException; open false; active false",
          DatagramCases::afterClose));

  private DatagramCases() {}

  private static void echo(Net net, Seen seen) {
    try (Station client = Station.client(net); Station server = Station.server(net).echoing()) {
      seen.ending("send", client.send("ping", server.address()));
      seen.note("client got", client.await(1));
      seen.note("from the server", client.senders.contains(server.address()));
      seen.note("server saw the client", server.senders.contains(client.address()));
      seen.note("active", client.channel.isActive());
      seen.note("connected", client.channel.isConnected());
    }
  }

  private static void ten(Net net, Seen seen) {
    try (Station client = Station.client(net); Station server = Station.server(net)) {
      for (int i = 0; i < 10; i++) {
        client.channel.write(new DatagramPacket(Talk.text("n" + i), server.address()));
      }
      client.channel.flush();
      seen.note("got", server.await(10));
    }
  }

  private static void empty(Net net, Seen seen) {
    try (Station client = Station.client(net); Station server = Station.server(net)) {
      seen.ending("send", client.channel.writeAndFlush(new DatagramPacket(Unpooled.EMPTY_BUFFER, server.address())));
      client.send("after", server.address());
      server.await(1);
      seen.note("got", server.settled());
    }
  }

  private static void tooLong(Net net, Seen seen) {
    try (Station client = Station.client(net); Station server = Station.server(net)) {
      ChannelFuture sent = net.await(
          client.channel.writeAndFlush(new DatagramPacket(Talk.bytes(65_528), server.address())));
      seen.note("cause", sent.cause().getMessage().replaceAll(":.*", ""));
      seen.note("open", client.channel.isOpen());
      seen.ending("next", client.send("next", server.address()));
      seen.note("got", server.await(1));
    }
  }

  private static void envelope(Net net, Seen seen) {
    try (Station client = Station.client(net); Station server = Station.server(net)) {
      seen.ending("send",
          client.channel.writeAndFlush(new DefaultAddressedEnvelope<>(Talk.text("letter"), server.address())));
      seen.note("got", server.await(1));
    }
  }

  private static void noRecipient(Net net, Seen seen) {
    try (Station client = Station.client(net)) {
      seen.ending("send", client.channel.writeAndFlush(Talk.text("to whom")));
      net.settle();
      seen.note("open", client.channel.isOpen());
    }
  }

  private static void unresolved(Net net, Seen seen) {
    try (Station client = Station.client(net)) {
      seen.ending("send", client.send("x", InetSocketAddress.createUnresolved("name.invalid", 9)));
      net.settle();
      seen.note("open", client.channel.isOpen());
    }
  }

  private static void unknown(Net net, Seen seen) {
    try (Station client = Station.client(net)) {
      ChannelFuture sent = net.await(client.channel.writeAndFlush("text"));
      seen.note("cause", sent.cause().getClass().getSimpleName());
      seen.note("open", client.channel.isOpen());
    }
  }

  private static void connected(Net net, Seen seen) {
    try (Station client = Station.client(net); Station server = Station.server(net).echoing()) {
      seen.ending("connect", client.channel.connect(server.address()));
      seen.note("connected", client.channel.isConnected());
      seen.note("remote", server.address().equals(client.channel.remoteAddress()));
      seen.ending("send", client.channel.writeAndFlush(Talk.text("ping")));
      seen.note("got", client.await(1));
    }
  }

  private static void strangers(Net net, Seen seen) {
    try (Station client = Station.client(net);
        Station server = Station.server(net);
        Station stranger = Station.server(net)) {
      net.done(client.channel.connect(server.address()));
      net.done(stranger.send("stranger", client.address()));
      net.done(server.send("friend", client.address()));
      client.await(1);
      seen.note("got", client.settled());
    }
  }

  private static void elsewhere(Net net, Seen seen) {
    try (Station client = Station.client(net);
        Station server = Station.server(net);
        Station other = Station.server(net)) {
      net.done(client.channel.connect(server.address()));
      seen.ending("to the peer", client.send("peer", server.address()));
      seen.ending("to another", client.send("other", other.address()));
      seen.note("other got", other.settled());
      seen.note("open", client.channel.isOpen());
    }
  }

  private static InetSocketAddress nobody(Net net) {
    Station gone = Station.server(net);
    InetSocketAddress address = gone.address();
    gone.close();
    // NIO closes the descriptor only after the next select.
    net.settle();
    return address;
  }

  private static void unreachable(Net net, Seen seen) {
    try (Station client = Station.client(net)) {
      net.done(client.channel.connect(nobody(net)));
      seen.ending("send", client.channel.writeAndFlush(Talk.text("anybody")));
      seen.note("got", client.await(1));
      seen.note("open", client.channel.isOpen());
      seen.note("connected", client.channel.isConnected());
    }
  }

  private static void unreachableUnconnected(Net net, Seen seen) {
    try (Station client = Station.client(net)) {
      seen.ending("send", client.send("anybody", nobody(net)));
      seen.note("got", client.settled());
    }
  }

  private static void connectedTwice(Net net, Seen seen) {
    try (Station client = Station.client(net); Station server = Station.server(net)) {
      net.done(client.channel.connect(server.address()));
      seen.ending("again", client.channel.connect(server.address()));
      net.settle();
      seen.note("open", client.channel.isOpen());
    }
  }

  private static void disconnected(Net net, Seen seen) {
    try (Station client = Station.client(net); Station server = Station.server(net)) {
      net.done(client.channel.connect(server.address()));
      seen.ending("disconnect", client.channel.disconnect());
      seen.note("connected", client.channel.isConnected());
      seen.note("open", client.channel.isOpen());
      seen.note("remote", client.channel.remoteAddress());
      seen.ending("send", client.send("free", server.address()));
      seen.note("got", server.await(1));
      seen.ending("connect", client.channel.connect(server.address()));
    }
  }

  private static void connectUnresolved(Net net, Seen seen) {
    try (Station client = Station.client(net)) {
      seen.ending("connect", client.channel.connect(InetSocketAddress.createUnresolved("name.invalid", 9)));
      net.settle();
      seen.note("open", client.channel.isOpen());
    }
  }

  private static void portInUse(Net net, Seen seen) {
    try (Station server = Station.server(net)) {
      seen.ending("bind", net.serverDatagrams().handler(new Silent()).bind(server.address()));
    }
  }

  private static final class Silent extends SimpleChannelInboundHandler<DatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket message) {}
  }

  private static void foreign(Net net, Seen seen) {
    seen.ending("bind", net.serverDatagrams().handler(new Silent()).bind(net.foreignAddress()));
  }

  private static void boundTwice(Net net, Seen seen) {
    try (Station server = Station.server(net)) {
      InetSocketAddress first = server.address();
      seen.ending("bind", server.channel.bind(net.serverAddress(0)));
      seen.note("same address", first.equals(server.channel.localAddress()));
      seen.note("open", server.channel.isOpen());
    }
  }

  private static void unbound(Net net, Seen seen) {
    DatagramChannel channel = (DatagramChannel) net.done(net.clientDatagrams().handler(new Silent()).register())
        .channel();
    seen.note("active", channel.isActive());
    seen.note("connected", channel.isConnected());
    seen.note("local", channel.localAddress());
    seen.note("remote", channel.remoteAddress());
    try (Station server = Station.server(net)) {
      seen.ending("send", channel.writeAndFlush(new DatagramPacket(Talk.text("x"), server.address())));
    }
    net.await(channel.close());
  }

  private static void broadcastRefused(Net net, Seen seen) {
    try (Station client = Station.client(net)) {
      seen.ending("off", client.send("all", net.broadcastAddress(4711)));
      client.channel.config().setBroadcast(true);
      seen.ending("on", client.send("all", net.broadcastAddress(4711)));
    }
  }

  private static void noRead(Net net, Seen seen) {
    try (Station client = Station.client(net); Station server = Station.server(net)) {
      server.channel.config().setOption(ChannelOption.AUTO_READ, false);
      net.settle();
      net.done(client.send("one", server.address()));
      seen.note("got", server.settled());
      server.channel.read();
      seen.note("got", server.await(1));
    }
  }

  private static void afterClose(Net net, Seen seen) {
    Station client = Station.client(net);
    client.close();
    seen.ending("send", client.send("x", net.serverAddress(9)));
    seen.note("open", client.channel.isOpen());
    seen.note("active", client.channel.isActive());
  }
}
