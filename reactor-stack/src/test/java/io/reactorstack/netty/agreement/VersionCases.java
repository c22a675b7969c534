package io.reactorstack.netty.agreement;

import static io.reactorstack.netty.agreement.Case.same;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramPacket;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Cases with both versions of IP, and of features that only IPv6 addresses have. */
final class VersionCases {

  static final List<Case> ALL = List.of(
      same("listener on ::, both versions connect",
          "same version ok; other version ok; the others' addresses are IPv4 true",
          (net, seen) -> any(net, seen, "::")).only(Family.IPV6),
      same("listener on 0.0.0.0, both versions connect",
          "same version ok; other version ok; the others' addresses are IPv4 true",
          (net, seen) -> any(net, seen, "0.0.0.0")).only(Family.IPV6),
      same("listener on an IPv6 address, IPv4 connects",
          "connect ConnectException(Connection refused: ADDRESS); close ok",
          VersionCases::oneVersion).only(Family.IPV6),
      same("client bound to an IPv6 address connects to an IPv4 one",
          "connect fails true; close ok",
          VersionCases::mixed).only(Family.IPV6),
      same("datagram channel on ::, both versions send",
          "same version ok; other version ok; got 2; the other's address is IPv4 true",
          VersionCases::datagrams).only(Family.IPV6),
      same("address with a scope without meaning",
          "connect ok; remote true; scope 1; server heard of it true",
          VersionCases::scoped).only(Family.IPV6),
      same("wildcard addresses are returned as given",
          "local is any true",
          VersionCases::anyLocal));

  private VersionCases() {}

  private static Channel listen(Net net, InetSocketAddress local, ChannelHandler child) {
    return net.done(net.server().childHandler(child).bind(local)).channel();
  }

  private static int port(Channel channel) {
    return ((InetSocketAddress) channel.localAddress()).getPort();
  }

  private static void connect(Net net, Seen seen, String name, InetSocketAddress to) {
    ChannelFuture connecting = net.client().handler(new ChannelInboundHandlerAdapter()).connect(to);
    seen.ending(name, connecting);
    net.await(connecting.channel().close());
  }

  private static void any(Net net, Seen seen, String local) {
    Party party = new Party(net);
    Channel listener = listen(net, new InetSocketAddress(local, 0), party);
    connect(net, seen, "same version", net.serverAddress(port(listener)));
    party.awaitEvent("inactive");
    connect(net, seen, "other version", net.otherServerAddress(port(listener)));
    party.awaitThat("both", () -> party.events().size() == 4);
    seen.note("the others' addresses are IPv4",
        party.channel().remoteAddress().getAddress() instanceof Inet4Address
            && party.channel().localAddress().getAddress() instanceof Inet4Address);
    net.await(listener.close());
  }

  private static void oneVersion(Net net, Seen seen) {
    Channel listener = listen(net, net.serverAddress(0), new ChannelInboundHandlerAdapter());
    ChannelFuture connecting = net.client().handler(new ChannelInboundHandlerAdapter())
        .connect(net.otherServerAddress(port(listener)));
    seen.ending("connect", connecting);
    seen.ending("close", connecting.channel().closeFuture());
    net.await(listener.close());
  }

  private static void mixed(Net net, Seen seen) {
    Channel listener = listen(net, net.otherServerAddress(0), new ChannelInboundHandlerAdapter());
    ChannelFuture connecting = net.client().handler(new ChannelInboundHandlerAdapter())
        .connect(net.otherServerAddress(port(listener)), net.clientAddress(0));
    seen.note("connect fails", !net.await(connecting).isSuccess());
    seen.ending("close", connecting.channel().closeFuture());
    net.await(listener.close());
  }

  /** Records the sender of each datagram. */
  private static final class Ear extends SimpleChannelInboundHandler<DatagramPacket> {
    private final Party party;

    Ear(Party party) {
      this.party = party;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket message) {
      boolean v4 = message.sender().getAddress() instanceof Inet4Address;
      party.userEventTriggered(context, v4 ? "IPv4" : "IPv6");
    }
  }

  private static void datagrams(Net net, Seen seen) {
    Party party = new Party(net);
    Channel ear = net.done(net.serverDatagrams().handler(new Ear(party)).bind(new InetSocketAddress("::", 0)))
        .channel();
    Bootstrap sending = net.clientDatagrams().handler(new Ear(new Party(net)));
    Channel mouth = net.done(sending.bind(new InetSocketAddress("::", 0))).channel();
    for (InetSocketAddress to : List.of(net.serverAddress(port(ear)), net.otherServerAddress(port(ear)))) {
      boolean same = to.getAddress() instanceof Inet6Address;
      seen.ending(same ? "same version" : "other version",
          mouth.writeAndFlush(new DatagramPacket(Talk.text("x"), to)));
    }
    party.awaitThat("two", () -> party.events().size() == 2);
    seen.note("got", party.events().size());
    seen.note("the other's address is IPv4", party.events().equals(List.of("IPv6", "IPv4")));
    net.await(mouth.close());
    net.await(ear.close());
  }

  private static void scoped(Net net, Seen seen) throws UnknownHostException {
    Party party = new Party(net);
    Channel listener = listen(net, net.serverAddress(0), party);
    InetAddress scoped = Inet6Address.getByAddress(null, net.serverAddress(0).getAddress().getAddress(), 1);
    InetSocketAddress to = new InetSocketAddress(scoped, port(listener));
    ChannelFuture connecting = net.client().handler(new ChannelInboundHandlerAdapter()).connect(to);
    seen.ending("connect", connecting);
    InetSocketAddress remote = (InetSocketAddress) connecting.channel().remoteAddress();
    seen.note("remote", to.equals(remote));
    seen.note("scope", ((Inet6Address) remote.getAddress()).getScopeId());
    party.awaitEvent("active");
    seen.note("server heard of it", party.channel().remoteAddress().equals(connecting.channel().localAddress()));
    net.await(connecting.channel().close());
    net.await(listener.close());
  }

  private static void anyLocal(Net net, Seen seen) {
    Channel listener = listen(net, new InetSocketAddress(0), new ChannelInboundHandlerAdapter());
    seen.note("local is any", ((InetSocketAddress) listener.localAddress()).getAddress().isAnyLocalAddress());
    net.await(listener.close());
  }
}
