package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.IllegalReferenceCountException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.channels.NotYetConnectedException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;
import reactor.netty.Connection;
import reactor.netty.udp.UdpClient;
import reactor.netty.udp.UdpInbound;
import reactor.netty.udp.UdpServer;

/** Tests Reactor Netty's UDP client and server, unmodified, on two hosts in virtual time. */
class ReactorNettyUdpTest {

  private final TwoHosts hosts = TwoHosts.virtual(4);

  @AfterEach
  void close() {
    hosts.close();
  }

  private UdpServer server() {
    return UdpServer.create().runOn(hosts.serverLoops()).host(TwoHosts.SERVER).port(53);
  }

  private UdpClient client() {
    return UdpClient.create().runOn(hosts.clientLoops()).host(TwoHosts.SERVER).port(53);
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  private Connection echo() {
    return hosts.await(server().handle((in, out) -> out.sendObject(in.receiveObject().cast(DatagramPacket.class)
        .map(packet -> new DatagramPacket(packet.content().retain(), packet.sender())))).bind());
  }

  @Test
  void echoes() {
    echo();
    Connection connection = hosts.await(client().connect());
    Mono<List<String>> answers = connection.inbound().receive().asString().take(3).collectList();
    Mono<Void> sent = connection.outbound().sendString(Flux.just("a", "b", "c")).then();
    assertThat(hosts.await(Mono.zip(answers, sent.thenReturn(true))).getT1()).containsExactly("a", "b", "c");
    hosts.disposeNow(connection);
  }

  @Test
  void channelHasLocalAndRemoteAddress() {
    List<DatagramPacket> seen = new ArrayList<>();
    Connection server = hosts.await(server().handle((in, out) -> in.receiveObject().cast(DatagramPacket.class)
        .doOnNext(seen::add).then()).bindAddress(() -> new InetSocketAddress(53)).bind());
    Connection connection = hosts.await(client().connect());
    hosts.await(connection.outbound().sendString(Mono.just("who")).then());
    hosts.advance(Duration.ofSeconds(1));

    DatagramChannel channel = (DatagramChannel) connection.channel();
    assertThat(channel.isConnected()).isTrue();
    assertThat(channel.remoteAddress()).isEqualTo(new InetSocketAddress(TwoHosts.SERVER, 53));
    assertThat(channel.localAddress().getAddress().getHostAddress()).isEqualTo(TwoHosts.CLIENT);
    assertThat(((InetSocketAddress) server.address()).getAddress().isAnyLocalAddress()).isTrue();
    assertThat(seen).hasSize(1);
    assertThat(seen.get(0).sender()).isEqualTo(channel.localAddress());
    // As with NIO, the recipient is the address to which the channel is bound.
    assertThat(seen.get(0).recipient()).isEqualTo(server.address());
  }

  @Test
  void receivesWholeAndEmptyDatagrams() {
    List<byte[]> seen = new ArrayList<>();
    hosts.await(server().handle((in, out) -> in.receive().asByteArray().doOnNext(seen::add).then()).bind());
    Connection connection = hosts.await(client().connect());
    byte[] largest = Bytes.array(1472);
    hosts.run(() -> {
      connection.channel().writeAndFlush(Unpooled.EMPTY_BUFFER);
      connection.channel().writeAndFlush(Unpooled.wrappedBuffer(largest));
    });
    hosts.advance(Duration.ofSeconds(1));
    assertThat(seen).containsExactly(new byte[0], largest);
  }

  @Test
  void closedPortIsReportedToTheConnectedSender() {
    Connection connection = hosts.await(client().connect());
    hosts.await(connection.outbound().sendString(Mono.just("hello?")).then());
    Throwable failure = catchThrowable(() -> hosts.await(connection.inbound().receive().then()));
    assertThat(Exceptions.unwrap(failure)).isInstanceOf(PortUnreachableException.class);
  }

  @Test
  void portInUseCannotBeBound() {
    echo();
    Throwable failure = catchThrowable(() -> hosts.await(server().bind()));
    // Reactor Netty drops the cause if it is a BindException.
    assertThat(failure).isInstanceOf(ChannelBindException.class).hasMessageContaining("Failed to bind on");
  }

  @Test
  void closedSocketFreesItsPort() {
    hosts.disposeNow(echo());
    echo();
  }

  @Test
  void writesBeyondTheSendQueueWaitForTheDevice() {
    List<Integer> seen = new ArrayList<>();
    hosts.await(server().option(ChannelOption.SO_RCVBUF, 10 << 20).handle((in, out) -> in.receive()
        .doOnNext(data -> seen.add(data.getInt(data.readerIndex()))).then()).bind());
    Connection connection = hosts.await(client().option(ChannelOption.SO_SNDBUF, 4_000).connect());
    hosts.await(connection.outbound().sendString(Mono.just("resolve the address")).then());
    hosts.advance(Duration.ofSeconds(1));
    seen.clear();
    hosts.await(connection.outbound()
        .send(Flux.range(0, 300).map(n -> Unpooled.buffer(1000).writeInt(n).writeZero(996))).then());
    hosts.advance(Duration.ofSeconds(1));
    assertThat(seen).as("datagrams received in order, without loss").hasSize(300).isSorted();
  }

  @Test
  void withoutReadDatagramsWaitInTheQueue() {
    Connection server = hosts.await(server().option(ChannelOption.AUTO_READ, false).bind());
    Connection connection = hosts.await(client().connect());
    hosts.await(connection.outbound().sendString(Flux.just("1", "2", "3")).then());
    hosts.advance(Duration.ofSeconds(1));
    assertThat(hosts.await(server.inbound().receive().asString().take(3).collectList())).containsExactly("1", "2", "3");
  }

  @Test
  void messageTooLongFailsItsWriteOnly() {
    echo();
    Connection connection = hosts.await(client().connect());
    DatagramChannel channel = (DatagramChannel) connection.channel();
    var write = hosts.call(() -> channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[70_000])));
    hosts.awaitDone(write);
    assertThat(write.cause()).isInstanceOf(java.net.SocketException.class).hasMessageContaining("too long");
    Mono<String> answer = connection.inbound().receive().asString().next();
    Mono<Void> sent = connection.outbound().sendString(Mono.just("short")).then();
    assertThat(hosts.await(Mono.zip(answer, sent.thenReturn(true))).getT1()).isEqualTo("short");
  }

  @Test
  void options() throws Exception {
    Connection server = hosts.await(server().option(ChannelOption.SO_RCVBUF, 5_000).bind());
    DatagramChannel channel = (DatagramChannel) server.channel();
    assertThat(channel.config().getOption(ChannelOption.SO_RCVBUF)).isEqualTo(5_000);
    assertThat(channel.config().setOption(ChannelOption.IP_TOS, 0x48)).isTrue();
    assertThat(channel.config().getOption(ChannelOption.IP_TOS)).isEqualTo(0x48);
    assertThat(channel.config().setOption(ChannelOption.SO_BROADCAST, true)).isTrue();
    assertThat(channel.config().getOption(ChannelOption.IP_MULTICAST_LOOP_DISABLED)).isFalse();
    assertThat(channel.config().setOption(ChannelOption.IP_MULTICAST_LOOP_DISABLED, true)).isTrue();
    assertThat(channel.config().getOption(ChannelOption.IP_MULTICAST_LOOP_DISABLED)).isTrue();
    NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    assertThat(channel.config().setOption(ChannelOption.IP_MULTICAST_IF, loopback)).isTrue();
    assertThat(channel.config().getOption(ChannelOption.IP_MULTICAST_IF)).isEqualTo(loopback);
    assertThat(channel.config().getOption(ChannelOption.IP_MULTICAST_ADDR)).isIn(
        loopback.inetAddresses().toArray());
    InetAddress own = InetAddress.getByName(TwoHosts.SERVER);
    assertThat(channel.config().setOption(ChannelOption.IP_MULTICAST_ADDR, own)).isTrue();
    assertThat(channel.config().getOption(ChannelOption.IP_MULTICAST_ADDR)).isEqualTo(own);
    assertThat(channel.config().getOption(ChannelOption.IP_MULTICAST_IF)).isNull();
    assertThat(channel.config().getOptions()).containsKeys(
        ChannelOption.IP_MULTICAST_ADDR, ChannelOption.IP_MULTICAST_LOOP_DISABLED, ChannelOption.SO_REUSEADDR);
    assertThat(channel.isActive()).isTrue();
  }

  private List<String> heard(Connection listener) {
    List<String> heard = new CopyOnWriteArrayList<>();
    hosts.call(() -> listener.inbound().receive().asString().subscribe(heard::add));
    return heard;
  }

  private void send(Connection sender, InetSocketAddress to, String text) {
    hosts.awaitDone(hosts.call(() -> sender.channel().writeAndFlush(new DatagramPacket(text(text), to))));
    hosts.advance(Duration.ofSeconds(1));
  }

  @Test
  void reactorNettyJoinsGroups() throws Exception {
    InetAddress group = InetAddress.getByName("239.1.2.3");
    Connection server = hosts.await(server().host("0.0.0.0").bind());
    Connection sender = hosts.await(client().host("239.1.2.3").connect());
    List<String> heard = heard(server);
    InetSocketAddress to = new InetSocketAddress(group, ((InetSocketAddress) server.address()).getPort());
    send(sender, to, "early");
    hosts.await(((UdpInbound) server.inbound()).join(group));
    send(sender, to, "one");
    hosts.await(((UdpInbound) server.inbound()).leave(group));
    send(sender, to, "late");
    assertThat(heard).containsExactly("one");
  }

  @Test
  void loopbackOfTheMachineSelectsTheStacksLoopback() throws Exception {
    InetAddress group = InetAddress.getByName("239.1.2.3");
    NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    Connection server = hosts.await(server().host("0.0.0.0").bind());
    DatagramChannel channel = (DatagramChannel) server.channel();
    List<String> heard = heard(server);
    InetSocketAddress to = new InetSocketAddress(group, ((InetSocketAddress) server.address()).getPort());
    hosts.awaitDone(channel.joinGroup(group, loopback, null));
    Connection sender = hosts.await(client().host("239.1.2.3").connect());
    send(sender, to, "from the other host");
    channel.config().setNetworkInterface(loopback);
    send(server, to, "to ourselves");
    channel.config().setInterface(InetAddress.getByName(TwoHosts.SERVER));
    send(server, to, "to the link");
    channel.config().setInterface(InetAddress.getByName("192.0.2.99"));
    var nowhere = hosts.call(() -> channel.writeAndFlush(new DatagramPacket(text("nowhere"), to)));
    hosts.awaitDone(nowhere);
    assertThat(nowhere.cause()).isInstanceOf(NoRouteToHostException.class);
    var nothing = channel.joinGroup(group);
    hosts.awaitDone(nothing);
    assertThat(nothing.cause()).isInstanceOf(SocketException.class).hasMessageContaining("No such device");
    assertThat(heard).containsExactly("to ourselves");
  }

  @Test
  void datagramThatCannotBeSentFailsOnlyItsPromise() {
    Connection server = hosts.await(server().bind());
    List<String> heard = heard(server);
    InetSocketAddress to = (InetSocketAddress) server.address();
    Channel channel = hosts.await(client().connect()).channel();
    ByteBuf gone = text("gone");
    List<ChannelFuture> writes = hosts.call(() -> {
      List<ChannelFuture> all = new ArrayList<>();
      all.add(channel.write(new DatagramPacket(text("to port 0"), new InetSocketAddress(to.getAddress(), 0))));
      all.add(channel.write(new DatagramPacket(text("nowhere"), new InetSocketAddress("192.0.2.1", 9))));
      all.add(channel.write(new DatagramPacket(gone, to)));
      gone.release();
      all.add(channel.write(new DatagramPacket(text("good"), to)));
      channel.flush();
      return all;
    });
    writes.forEach(hosts::awaitDone);
    assertThat(writes.get(0).cause()).isInstanceOf(SocketException.class);
    assertThat(writes.get(1).cause()).isInstanceOf(NoRouteToHostException.class);
    assertThat(writes.get(2).cause()).isInstanceOf(IllegalReferenceCountException.class);
    assertThat(writes.get(3).isSuccess()).isTrue();
    hosts.advance(Duration.ofMillis(10));
    assertThat(heard).containsExactly("good");
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void disconnectRemovesThePeer() {
    echo();
    Connection connection = hosts.await(client().connect());
    DatagramChannel channel = (DatagramChannel) connection.channel();
    hosts.awaitDone(hosts.call(() -> channel.disconnect()));
    assertThat(channel.isConnected()).isFalse();
    assertThat(channel.remoteAddress()).isNull();
    assertThat(channel.localAddress().getAddress().isAnyLocalAddress()).isTrue();
    var write = hosts.call(() -> channel.writeAndFlush(text("to whom")));
    hosts.awaitDone(write);
    assertThat(write.cause()).isInstanceOf(NotYetConnectedException.class);
    var addressed = hosts.call(() -> channel.writeAndFlush(
        new DatagramPacket(text("to you"), new InetSocketAddress(TwoHosts.SERVER, 53))));
    hosts.awaitDone(addressed);
    assertThat(addressed.isSuccess()).isTrue();
  }
}
