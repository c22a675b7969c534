package io.reactorstack.netty.agreement;

import static io.reactorstack.netty.agreement.Case.differs;
import static io.reactorstack.netty.agreement.Case.same;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Cases of multicast groups, single sources, shared ports and broadcast. The kernel's loopback, which is the reference,
 * does not support IPv6 groups.
 */
final class GroupCases {

  private static final InetAddress IPV4_GROUP = address("239.77.1.2");
  private static final InetAddress IPV6_GROUP = address("ff15::77:1");
  private static final InetAddress EVERYBODY = address("255.255.255.255");

  static final List<Case> ALL = List.of(
      same("datagrams of a group between joining and leaving",
          "before []; join ok; got [one]; leave ok; after [one]",
          GroupCases::joinAndLeave).only(Family.IPV4),
      same("joined twice, left once",
          "join ok; again ok; leave ok; got []",
          GroupCases::twice).only(Family.IPV4),
      same("joined with a socket address",
          "join ok; got [one]; leave ok; got [one]",
          GroupCases::socketAddress).only(Family.IPV4),
      same("joined with IP_MULTICAST_IF",
          "join ok; got [one]",
          GroupCases::chosenInterface).only(Family.IPV4),
      same("one source",
          "join ok; got [one]; leave ok; got [one]",
          GroupCases::oneSource).only(Family.IPV4),
      same("another source than the sender",
          "join ok; got []",
          GroupCases::otherSource).only(Family.IPV4),
      same("blocked source",
          "join ok; got [one]; block ok; got [one]",
          GroupCases::blocked).only(Family.IPV4),
      same("blocked another source",
          "join ok; block ok; got [one]",
          GroupCases::blockedOther).only(Family.IPV4),
      same("block without having joined",
          "block ok; got []",
          GroupCases::blockedOnly).only(Family.IPV4),
      same("leave without having joined",
          "leave ok",
          GroupCases::leftOnly),
      same("all sources, then one source",
          "join ok; source IllegalStateException",
          GroupCases::mixed),
      same("one source, then all sources",
          "source ok; join IllegalStateException",
          GroupCases::mixedTheOtherWay),
      same("address that is not a group",
          "join IllegalArgumentException(Group not a multicast address)",
          GroupCases::noGroup),
      same("no interface",
          "thrown NullPointerException",
          GroupCases::noInterface),
      same("joined on a closed channel",
          "join ClosedChannelException",
          GroupCases::closed),
      same("joined before binding",
          "join ok; bind ok; got [one]",
          GroupCases::beforeBinding).only(Family.IPV4),
      same("bound to one address",
          "join ok; got []",
          GroupCases::boundToAddress).only(Family.IPV4),
      same("bound to the group",
          "bind ok; join ok; got [group]",
          GroupCases::boundToGroup).only(Family.IPV4),
      same("the sender has joined too",
          "join ok; got [one]",
          GroupCases::ownDatagrams).only(Family.IPV4),
      same("shared port",
          "second ok; first got [group]; second got [group, unicast]",
          GroupCases::shared).only(Family.IPV4),
      same("port that only one socket shares",
          "second BindException(Address already in use)",
          GroupCases::sharedByOne),
      same("broadcast to a shared port",
          "first got [all]; second got [all]",
          GroupCases::broadcast).only(Family.IPV4),
      differs("bound to the broadcast address",
          "bind BindException(Cannot assign requested address)",
          "bind ok; got [all]",
          "as with the kernel's bind; only the JDK rejects it",
          GroupCases::boundToBroadcast).only(Family.IPV4),
      same("hops",
          "0 is 0; 7 is 7; 255 is 255; 256 IllegalArgumentException; -1 IllegalArgumentException",
          GroupCases::hops),
      differs("meaning of IP_MULTICAST_LOOP_DISABLED",
          "at first true; joined and sent [one]; set false",
          "at first false; joined and sent [one]; set true",
          "true disables the loop, as in Netty's epoll transport; NIO inverts the meaning",
          GroupCases::loop).only(Family.IPV4));

  private GroupCases() {}

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** Binds to all addresses, as a receiver of groups must. */
  private static Station listener(Net net) {
    return new Station(net, net.serverDatagrams(), new InetSocketAddress(0));
  }

  private static InetAddress group(Net net) {
    return net.serverAddress(0).getAddress() instanceof Inet4Address ? IPV4_GROUP : IPV6_GROUP;
  }

  private static InetSocketAddress group(Net net, Station listener) {
    return new InetSocketAddress(group(net), listener.address().getPort());
  }

  private static ChannelFuture join(Net net, Station listener, @Nullable InetAddress source) {
    return listener.channel.joinGroup(group(net), net.link(), source);
  }

  private static ChannelFuture leave(Net net, Station listener, @Nullable InetAddress source) {
    return listener.channel.leaveGroup(group(net), net.link(), source);
  }

  private static void send(Net net, Station client, Station listener, String text) {
    client.channel.config().setNetworkInterface(net.link());
    net.done(client.send(text, group(net, listener)));
  }

  private static void joinAndLeave(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = listener(net)) {
      send(net, client, listener, "early");
      seen.note("before", listener.settled());
      seen.ending("join", join(net, listener, null));
      send(net, client, listener, "one");
      seen.note("got", listener.await(1));
      seen.ending("leave", leave(net, listener, null));
      send(net, client, listener, "late");
      seen.note("after", listener.settled());
    }
  }

  private static void twice(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = listener(net)) {
      seen.ending("join", join(net, listener, null));
      seen.ending("again", join(net, listener, null));
      seen.ending("leave", leave(net, listener, null));
      send(net, client, listener, "one");
      seen.note("got", listener.settled());
    }
  }

  private static void socketAddress(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = listener(net)) {
      seen.ending("join", listener.channel.joinGroup(group(net, listener), net.link()));
      send(net, client, listener, "one");
      seen.note("got", listener.await(1));
      seen.ending("leave", listener.channel.leaveGroup(group(net, listener), net.link()));
      send(net, client, listener, "late");
      seen.note("got", listener.settled());
    }
  }

  private static void chosenInterface(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = listener(net)) {
      listener.channel.config().setNetworkInterface(net.link());
      seen.ending("join", listener.channel.joinGroup(group(net)));
      send(net, client, listener, "one");
      seen.note("got", listener.await(1));
    }
  }

  private static void oneSource(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = listener(net)) {
      InetAddress source = client.address().getAddress();
      seen.ending("join", join(net, listener, source));
      send(net, client, listener, "one");
      seen.note("got", listener.await(1));
      seen.ending("leave", leave(net, listener, source));
      send(net, client, listener, "late");
      seen.note("got", listener.settled());
    }
  }

  private static void otherSource(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = listener(net)) {
      seen.ending("join", join(net, listener, net.foreignAddress().getAddress()));
      send(net, client, listener, "one");
      seen.note("got", listener.settled());
    }
  }

  private static void blocked(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = listener(net)) {
      seen.ending("join", join(net, listener, null));
      send(net, client, listener, "one");
      seen.note("got", listener.await(1));
      seen.ending("block", listener.channel.block(group(net), net.link(), client.address().getAddress()));
      send(net, client, listener, "two");
      seen.note("got", listener.settled());
    }
  }

  private static void blockedOther(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = listener(net)) {
      seen.ending("join", join(net, listener, null));
      seen.ending("block", listener.channel.block(group(net), net.link(), net.foreignAddress().getAddress()));
      send(net, client, listener, "one");
      seen.note("got", listener.await(1));
    }
  }

  private static void blockedOnly(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = listener(net)) {
      seen.ending("block", listener.channel.block(group(net), net.link(), net.foreignAddress().getAddress()));
      send(net, client, listener, "one");
      seen.note("got", listener.settled());
    }
  }

  private static void leftOnly(Net net, Seen seen) {
    try (Station listener = listener(net)) {
      seen.ending("leave", leave(net, listener, null));
    }
  }

  /** Records the type of the failure only, because the text comes from the JDK. */
  private static void endingType(Net net, Seen seen, String name, ChannelFuture future) {
    net.await(future);
    seen.note(name, future.isSuccess() ? "ok" : future.cause().getClass().getSimpleName());
  }

  private static void mixed(Net net, Seen seen) {
    try (Station listener = listener(net)) {
      seen.ending("join", join(net, listener, null));
      endingType(net, seen, "source", join(net, listener, net.foreignAddress().getAddress()));
    }
  }

  private static void mixedTheOtherWay(Net net, Seen seen) {
    try (Station listener = listener(net)) {
      seen.ending("source", join(net, listener, net.foreignAddress().getAddress()));
      endingType(net, seen, "join", join(net, listener, null));
    }
  }

  private static void noGroup(Net net, Seen seen) {
    try (Station listener = listener(net)) {
      seen.ending("join", listener.channel.joinGroup(net.foreignAddress().getAddress(), net.link(), null));
    }
  }

  private static void noInterface(Net net, Seen seen) {
    try (Station listener = listener(net)) {
      try {
        seen.ending("join", listener.channel.joinGroup(group(net), (NetworkInterface) null, null));
      } catch (NullPointerException e) {
        seen.note("thrown", e.getClass().getSimpleName());
      }
    }
  }

  private static void closed(Net net, Seen seen) {
    Station listener = listener(net);
    listener.close();
    seen.ending("join", join(net, listener, null));
  }

  private static void beforeBinding(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = new Station(net, net.serverDatagrams())) {
      seen.ending("join", join(net, listener, null));
      seen.ending("bind", listener.channel.bind(new InetSocketAddress(0)));
      send(net, client, listener, "one");
      seen.note("got", listener.await(1));
    }
  }

  private static void boundToAddress(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = Station.server(net)) {
      seen.ending("join", join(net, listener, null));
      send(net, client, listener, "one");
      seen.note("got", listener.settled());
    }
  }

  private static void boundToGroup(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = new Station(net, net.serverDatagrams())) {
      seen.ending("bind", listener.channel.bind(new InetSocketAddress(group(net), 0)));
      seen.ending("join", join(net, listener, null));
      net.done(client.send("unicast", net.serverAddress(listener.address().getPort())));
      send(net, client, listener, "group");
      seen.note("got", listener.settled());
    }
  }

  private static void ownDatagrams(Net net, Seen seen) {
    try (Station listener = listener(net)) {
      listener.channel.config().setNetworkInterface(net.link());
      seen.ending("join", join(net, listener, null));
      send(net, listener, listener, "one");
      seen.note("got", listener.await(1));
    }
  }

  private static Bootstrap sharing(Net net) {
    return net.serverDatagrams().option(ChannelOption.SO_REUSEADDR, true);
  }

  private static void shared(Net net, Seen seen) {
    try (Station client = Station.client(net);
        Station first = new Station(net, sharing(net), new InetSocketAddress(0));
        Station second = new Station(net, sharing(net))) {
      seen.ending("second", second.channel.bind(first.address()));
      net.done(join(net, first, null));
      net.done(join(net, second, null));
      send(net, client, first, "group");
      first.await(1);
      second.await(1);
      net.done(client.send("unicast", net.serverAddress(first.address().getPort())));
      second.await(2);
      seen.note("first got", first.settled());
      seen.note("second got", second.settled());
    }
  }

  private static final class Silent extends SimpleChannelInboundHandler<DatagramPacket> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, DatagramPacket message) {}
  }

  private static void sharedByOne(Net net, Seen seen) {
    try (Station first = listener(net)) {
      seen.ending("second", sharing(net).handler(new Silent()).bind(first.address()));
    }
  }

  private static void broadcast(Net net, Seen seen) {
    try (Station client = Station.client(net);
        Station first = new Station(net, sharing(net), new InetSocketAddress(0));
        Station second = new Station(net, sharing(net), first.address())) {
      client.channel.config().setBroadcast(true);
      net.done(client.send("all", net.broadcastAddress(first.address().getPort())));
      seen.note("first got", first.await(1));
      seen.note("second got", second.await(1));
    }
  }

  private static void boundToBroadcast(Net net, Seen seen) {
    try (Station client = Station.client(net); Station listener = new Station(net, net.serverDatagrams())) {
      ChannelFuture bound = listener.channel.bind(new InetSocketAddress(EVERYBODY, 0));
      seen.ending("bind", bound);
      if (!bound.isSuccess()) {
        return;
      }
      client.channel.config().setBroadcast(true);
      int port = listener.address().getPort();
      net.done(client.send("one", net.serverAddress(port)));
      net.done(client.send("all", new InetSocketAddress(EVERYBODY, port)));
      seen.note("got", listener.settled());
    }
  }

  private static void hops(Net net, Seen seen) {
    try (Station listener = listener(net)) {
      DatagramChannel channel = listener.channel;
      for (int hops : new int[] {0, 7, 255, 256, -1}) {
        try {
          channel.config().setTimeToLive(hops);
          seen.note(hops + " is " + channel.config().getTimeToLive());
        } catch (IllegalArgumentException e) {
          seen.note(hops + " IllegalArgumentException");
        }
      }
    }
  }

  private static void loop(Net net, Seen seen) {
    try (Station listener = listener(net)) {
      DatagramChannel channel = listener.channel;
      boolean atFirst = channel.config().isLoopbackModeDisabled();
      channel.config().setNetworkInterface(net.link());
      net.done(join(net, listener, null));
      seen.note("at first", atFirst);
      send(net, listener, listener, "one");
      seen.note("joined and sent", listener.await(1));
      channel.config().setLoopbackModeDisabled(!atFirst);
      seen.note("set", channel.config().isLoopbackModeDisabled());
    }
  }
}
