package io.reactorstack.udp;

import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.UdpDefect;
import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** UDP on a host with a bare IP device. */
class UdpTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final Endpoint TO_PEER = new Endpoint(IpAddress.parse(PEER), 53);
  private static final byte[] DATA = {1, 2, 3};

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24");
  private int changes;

  @AfterEach
  void close() {
    host.close();
    loop.settle();
  }

  @Test
  @Requirement({"RFC768-Fields-07", "RFC768-Fields-06", "RFC1122-4.1.3.5-01"})
  void receivedDatagramHasDataAndBothEndpoints() throws IOException {
    UdpSocket socket = bind(any(53));
    byte[] packet = ipv4(PEER, OWN, 17, udp(PEER, 4000, OWN, 53, DATA));
    packet[1] = 8;
    host.device.inject(Packets.fixIpv4(packet, 0));
    loop.settle();

    Datagram datagram = socket.receive();
    assertThat(changes).isEqualTo(1);
    assertThat(datagram.remote()).isEqualTo(new Endpoint(IpAddress.parse(PEER), 4000));
    assertThat(datagram.local()).isEqualTo(new Endpoint(IpAddress.parse(OWN), 53));
    assertThat(datagram.trafficClass()).isEqualTo(8);
    assertThat(datagram.hopLimit()).isEqualTo(64);
    assertThat(ByteBufUtil.getBytes(datagram.payload())).isEqualTo(DATA);
    datagram.release();
  }

  @Test
  @Requirement("RFC1122-4.1.4-03")
  void receivedDatagramHasItsTrafficClass() throws IOException {
    UdpSocket socket = bind(any(53));
    byte[] packet = ipv4(PEER, OWN, 17, udp(PEER, 4000, OWN, 53, DATA));
    packet[1] = 8;
    host.device.inject(Packets.fixIpv4(packet, 0));
    loop.settle();
    Datagram datagram = socket.receive();
    assertThat(datagram.trafficClass()).isEqualTo(8);
    datagram.release();
  }

  @Test
  @Requirement("RFC768-Fields-01")
  void badDatagramsAreDroppedByReason() throws IOException {
    bind(any(53));
    byte[] good = udp(PEER, 4000, OWN, 53, DATA);
    for (int length = 0; length < 8; length++) {
      assertDropped(Arrays.copyOf(good, length), UdpDefect.TOO_SHORT);
    }
    for (int length : new int[] {0, 7, 12, 0xffff}) {
      byte[] lying = good.clone();
      Packets.putShort(lying, 4, length);
      assertDropped(lying, UdpDefect.BAD_LENGTH);
    }
    assertDropped(udp(PEER, 4000, OWN, 0, DATA), UdpDrop.NO_SOCKET);
  }

  @Test
  @Requirement({"RFC768-Fields-02", "RFC1122-4.1.3.4-01", "RFC1122-4.1.3.4-03"})
  void checksumCoversEveryBit() throws IOException {
    bind(any(53));
    byte[] good = udp(PEER, 4000, OWN, 53, DATA);
    for (int i = 0; i < good.length * 8; i++) {
      byte[] flipped = good.clone();
      flipped[i / 8] ^= (byte) (1 << i % 8);
      if (i / 8 != 4 && i / 8 != 5) {
        assertDropped(flipped, UdpDefect.BAD_CHECKSUM);
      }
    }
  }

  @Test
  @Requirement("RFC768-Fields-04")
  void aZeroChecksumMeansNone() throws IOException {
    UdpSocket socket = bind(any(53));
    byte[] datagram = udp(PEER, 4000, OWN, 53, DATA);
    Packets.putShort(datagram, 6, 0);
    inject(datagram);
    assertThat(socket.receivable()).isEqualTo(1);
  }

  @Test
  void throwingWatcherDoesNotAffectOtherSockets() throws IOException {
    UdpSocket broken = host.udp.bind(any(53), UdpSettings.DEFAULT, changed -> {
      throw new IllegalStateException("expected by this test");
    });
    UdpSocket whole = bind(any(54));
    inject(udp(PEER, 4000, OWN, 53, DATA));
    inject(udp(PEER, 4000, OWN, 54, DATA));
    assertThat(whole.receivable()).isEqualTo(1);
    broken.close();
  }

  @Test
  @Requirement("RFC768-Fields-05")
  void sourcePortZeroIsAccepted() throws IOException {
    UdpSocket socket = bind(any(53));
    inject(udp(PEER, 0, OWN, 53, DATA));
    assertThat(socket.receivable()).isEqualTo(1);
  }

  @Test
  @Requirement("RFC9868-7-01")
  void octetsBeyondTheUdpLengthAreIgnored() throws IOException {
    UdpSocket socket = bind(any(53));
    inject(Arrays.copyOf(udp(PEER, 4000, OWN, 53, DATA), 30));
    Datagram datagram = socket.receive();
    assertThat(ByteBufUtil.getBytes(datagram.payload())).isEqualTo(DATA);
    datagram.release();
  }

  @Test
  void sentDatagramHasHeaderChecksumAndData() throws IOException {
    UdpSocket socket = bind(any(4000));
    assertThat(socket.send(Datagram.to(TO_PEER, Unpooled.copiedBuffer(DATA)))).isTrue();
    loop.settle();
    byte[] sent = host.device.takeSent().get(0);

    assertThat(Packets.from(sent, 20)).isEqualTo(udp(OWN, 4000, PEER, 53, DATA));
    assertThat(Packets.checksum(sent, 0, 20, 0)).isZero();
    assertThat(socket.waiting()).isZero();
  }

  @Test
  @Requirement("RFC768-Fields-03")
  void zeroChecksumIsSentAsAllOnes() throws IOException {
    UdpSocket socket = bind(any(4000));
    // Data whose two octets make the checksum zero.
    byte[] probe = udp(OWN, 4000, PEER, 53, new byte[2]);
    byte[] data = Arrays.copyOfRange(probe, 6, 8);
    socket.send(Datagram.to(TO_PEER, Unpooled.copiedBuffer(data)));
    loop.settle();
    byte[] sent = Packets.from(host.device.takeSent().get(0), 20);

    assertThat(Packets.getShort(sent, 6)).isEqualTo(0xffff);
    assertThat(Packets.udpChecksum(OWN, PEER, sent)).isZero();
  }

  @Test
  @Requirement({"RFC1122-4.1.4-02", "RFC1122-3.2.1.6-01", "RFC1112-6.1-01"})
  void theSenderChoosesTrafficClassAndHopLimit() throws IOException {
    UdpSocket socket = bind(any(4000));
    Endpoint unspecified = any(0);
    socket.send(new Datagram(unspecified, TO_PEER, 0xb8, 3, Unpooled.EMPTY_BUFFER));
    socket.send(Datagram.to(new Endpoint(IpAddress.parse("224.0.0.251"), 5353), Unpooled.EMPTY_BUFFER));
    loop.settle();
    List<byte[]> sent = host.device.takeSent();

    assertThat(sent.get(0)[1]).isEqualTo((byte) 0xb8);
    assertThat(sent.get(0)[8]).isEqualTo((byte) 3);
    assertThat(sent.get(1)[8]).as("default hop limit of a multicast").isEqualTo((byte) 1);
  }

  @Test
  @Requirement({"RFC1122-4.1.3.5-02", "RFC1122-4.1.3.6-01", "RFC1122-3.3.4.2-02"})
  void senderChoosesAmongTheHostsAddresses() throws IOException {
    TestInterfaces.address(host.ip, host.eth0, "10.0.0.7/24");
    UdpSocket socket = bind(any(4000));
    Endpoint second = new Endpoint(IpAddress.parse("10.0.0.7"), 0);
    socket.send(new Datagram(second, TO_PEER, 0, 0, Unpooled.copiedBuffer(DATA)));
    loop.settle();
    assertThat(Packets.from(host.device.takeSent().get(0), 20)).isEqualTo(udp("10.0.0.7", 4000, PEER, 53, DATA));

    ByteBuf data = Unpooled.copiedBuffer(DATA);
    Endpoint notOurs = new Endpoint(IpAddress.parse("10.0.0.8"), 0);
    assertThatThrownBy(() -> socket.send(new Datagram(notOurs, TO_PEER, 0, 0, data))).isInstanceOf(BindException.class);
    assertThat(data.refCnt()).isZero();
    assertThatThrownBy(() -> bind(new Endpoint(IpAddress.parse("10.0.0.8"), 4000))).isInstanceOf(BindException.class);
  }

  @Test
  @Requirement({"RFC1122-3.3.3-03", "RFC1122-3.3.3-02"})
  void datagramLongerThanThePathMtuFailsWithMessageTooLong() throws IOException {
    UdpSocket socket = bind(any(4000));
    assertThat(socket.maximumPayload(TO_PEER.address())).isEqualTo(1472);
    assertThat(socket.send(Datagram.to(TO_PEER, Unpooled.wrappedBuffer(new byte[1472])))).isTrue();
    socket.adopt(UdpSettings.DEFAULT.withLongDatagrams(LongDatagrams.REFUSED));
    ByteBuf tooLong = Unpooled.directBuffer().writeZero(1473);
    assertThatThrownBy(() -> socket.send(Datagram.to(TO_PEER, tooLong)))
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("Message too long");
    assertThat(tooLong.refCnt()).isZero();
  }

  /**
   * Returns a socket with a datagram that has passed the socket's own checks and loses its route before the device
   * takes it.
   */
  private UdpSocket socketWhoseQueuedDatagramLosesItsRoute(boolean connected) throws IOException {
    UdpSocket socket = bind(any(4000));
    if (connected) {
      socket.connect(TO_PEER);
    }
    assertThat(socket.send(Datagram.to(TO_PEER, Unpooled.wrappedBuffer(DATA)))).isTrue();
    host.ip.network().routes(before -> RoutingTable.EMPTY);
    loop.settle();
    assertThat(host.device.takeSent()).isEmpty();
    assertThat(host.drops.get(IpDrop.NO_ROUTE)).isOne();
    assertThat(socket.waiting()).isZero();
    return socket;
  }

  @Test
  void connectedSocketReportsADatagramThatCannotLeaveTheHost() throws IOException {
    UdpSocket socket = socketWhoseQueuedDatagramLosesItsRoute(true);
    assertThat(socket.takeError()).isInstanceOf(NoRouteToHostException.class)
        .hasMessage("No route to host: " + TO_PEER);
  }

  @Test
  void unconnectedSocketReportsNoSuchError() throws IOException {
    assertThat(socketWhoseQueuedDatagramLosesItsRoute(false).takeError()).isNull();
  }

  @Test
  void rejectedDatagramToAFormerPeerIsNotReported() throws IOException {
    UdpSocket socket = bind(any(4000));
    socket.connect(TO_PEER);
    assertThat(socket.send(Datagram.to(TO_PEER, Unpooled.wrappedBuffer(DATA)))).isTrue();
    socket.disconnect();
    socket.connect(new Endpoint(IpAddress.parse("10.0.0.3"), 53));
    host.ip.network().routes(before -> RoutingTable.EMPTY);
    loop.settle();
    assertThat(socket.takeError()).isNull();
  }

  @Test
  void impossibleDestinationsAreRefused() throws IOException {
    UdpSocket socket = bind(any(4000));
    assertThatThrownBy(() -> socket.send(Datagram.toPeer(Unpooled.EMPTY_BUFFER))).isInstanceOf(SocketException.class);
    assertThatThrownBy(
        () -> socket.send(Datagram.to(new Endpoint(TO_PEER.address(), 0), Unpooled.EMPTY_BUFFER)))
        .isInstanceOf(SocketException.class);
    assertThatThrownBy(
        () -> socket.send(Datagram.to(new Endpoint(IpAddress.parse("203.0.113.1"), 53), Unpooled.EMPTY_BUFFER)))
        .isInstanceOf(NoRouteToHostException.class);
    socket.close();
    assertThatThrownBy(() -> socket.send(Datagram.to(TO_PEER, Unpooled.EMPTY_BUFFER)))
        .isInstanceOf(ClosedChannelException.class);
  }

  @Test
  @Requirement("RFC1122-3.2.1.3-07")
  void loopbackAddressesNeverLeaveTheHost() throws IOException {
    UdpSocket socket = bind(new Endpoint(IpAddress.parse("127.0.0.1"), 4000));
    assertThatThrownBy(() -> socket.send(Datagram.to(TO_PEER, Unpooled.EMPTY_BUFFER)))
        .isInstanceOf(SocketException.class);
    assertThat(socket.send(Datagram.to(socket.local(), Unpooled.copiedBuffer(DATA)))).isTrue();
    loop.settle();
    assertThat(socket.receivable()).isEqualTo(1);
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  void stoppedStackRefusesToOpenSockets() {
    host.udp.close();
    assertThatThrownBy(() -> bind(any(0))).isInstanceOf(BindException.class).hasMessage("Network stack stopped");
  }

  @Test
  void mostSpecificSocketReceivesTheDatagram() throws IOException {
    UdpSocket wildcard = bind(any(53));
    assertThatThrownBy(() -> bind(new Endpoint(IpAddress.parse(OWN), 53))).isInstanceOf(BindException.class);
    wildcard.close();
    UdpSocket address = bind(new Endpoint(IpAddress.parse(OWN), 53));
    UdpSocket loopback = bind(new Endpoint(IpAddress.parse("127.0.0.1"), 53));
    assertThatThrownBy(() -> bind(any(53))).isInstanceOf(BindException.class);
    inject(udp(PEER, 4000, OWN, 53, DATA));
    assertThat(address.receivable()).isEqualTo(1);
    assertThat(loopback.receivable()).isZero();
  }

  @Test
  @Requirement("RFC1122-4.1.3.5-03")
  void connectedSocketReceivesFromItsPeerOnly() throws IOException {
    UdpSocket socket = bind(any(4000));
    socket.connect(TO_PEER);
    assertThat(socket.local()).isEqualTo(new Endpoint(IpAddress.parse(OWN), 4000));
    inject(udp(PEER, 53, OWN, 4000, DATA));
    inject(udp(PEER, 54, OWN, 4000, DATA));
    assertThat(socket.receivable()).isEqualTo(1);
    assertThat(host.drops.get(UdpDrop.NO_SOCKET)).isEqualTo(1);

    socket.disconnect();
    assertThat(socket.local()).isEqualTo(any(4000));
    inject(udp(PEER, 54, OWN, 4000, DATA));
    assertThat(socket.receivable()).isEqualTo(2);
    socket.connect(TO_PEER);
    socket.connect(new Endpoint(TO_PEER.address(), 99));
    inject(udp(PEER, 53, OWN, 4000, DATA));
    inject(udp(PEER, 99, OWN, 4000, DATA));
    assertThat(socket.receivable()).isEqualTo(3);
    socket.close();
    assertThat(bind(any(4000)).isClosed()).as("the port is free again").isFalse();
  }

  @Test
  @Requirement({"RFC1122-4.1.3.3-01", "RFC1122-3.2.2.1-04", "RFC6633-5-01"})
  void icmpErrorFailsTheConnectedSocketOnce() throws IOException {
    UdpSocket socket = bind(any(4000));
    socket.connect(TO_PEER);
    byte[] ours = ipv4(OWN, PEER, 17, udp(OWN, 4000, PEER, 53, DATA));
    byte[] others = ipv4(OWN, PEER, 17, udp(OWN, 4000, PEER, 54, DATA));
    host.device.inject(ipv4(PEER, OWN, 1, icmp(3, 3, 0, others)));
    loop.settle();
    assertThat(socket.takeError()).isNull();

    host.device.inject(ipv4(PEER, OWN, 1, icmp(3, 3, 0, ours)));
    loop.settle();
    assertThatThrownBy(() -> socket.send(Datagram.toPeer(Unpooled.EMPTY_BUFFER)))
        .isInstanceOf(PortUnreachableException.class);
    assertThat(socket.send(Datagram.toPeer(Unpooled.EMPTY_BUFFER))).isTrue();
    host.device.inject(ipv4(PEER, OWN, 1, icmp(4, 0, 0, ours)));
    host.device.inject(ipv4("10.0.0.9", OWN, 1, icmp(11, 0, 0, ours)));
    loop.settle();
    assertThat(socket.takeError()).isNull();
  }

  @Test
  void receivedDatagramsAreBoundedInNumberAndBytes() throws IOException {
    UdpSocket few = host.udp.bind(any(53), new UdpSettings(1000, 3, 1000, 3), s -> changes++);
    for (int i = 0; i < 5; i++) {
      inject(udp(PEER, 4000, OWN, 53, DATA));
    }
    assertThat(few.receivable()).isEqualTo(3);
    few.receive().release();
    inject(udp(PEER, 4000, OWN, 53, new byte[995]));
    assertThat(few.receivable()).isEqualTo(2);
    inject(udp(PEER, 4000, OWN, 53, new byte[994]));
    assertThat(few.receivable()).isEqualTo(3);
    assertThat(host.drops.get(UdpDrop.RECEIVE_QUEUE_FULL)).isEqualTo(3);
  }

  @Test
  void datagramsThatWaitForTheDeviceAreBounded() throws IOException {
    UdpSocket socket = host.udp.bind(any(53), new UdpSettings(1000, 3, 1000, 3), s -> changes++);
    for (int i = 0; i < 3; i++) {
      assertThat(socket.send(Datagram.to(TO_PEER, Unpooled.copiedBuffer(DATA)))).isTrue();
    }
    ByteBuf dropped = Unpooled.copiedBuffer(DATA);
    assertThat(socket.send(Datagram.to(TO_PEER, dropped))).isFalse();
    assertThat(dropped.refCnt()).isZero();
    loop.settle();
    assertThat(socket.hasRoomFor(1000)).isTrue();
    assertThat(host.device.takeSent()).hasSize(3);
  }

  @Test
  void ephemeralPortsAreRandomAndDistinct() throws IOException {
    Set<Integer> ports = new HashSet<>();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      UdpSocket socket = bind(any(0));
      assertThat(socket.local().port()).isGreaterThanOrEqualTo(1024);
      assertThat(ports.add(socket.local().port())).isTrue();
      order.add(socket.local().port());
    }
    assertThat(order).isNotEqualTo(order.stream().sorted().toList());
  }

  @Test
  void bindFailsWhenAllPortsAreTaken() throws IOException {
    for (int port = 1024; port < 65536; port++) {
      bind(any(port == 30_000 ? 1 : port));
    }
    assertThat(bind(any(0)).local().port()).isEqualTo(30_000);
    assertThatThrownBy(() -> bind(any(0))).isInstanceOf(BindException.class);
  }

  @Test
  void datagramsBeyondTheDemandWaitInTheQueue() {
    List<Datagram> got = new ArrayList<>();
    UdpConnection connection = open(53);
    BaseSubscriber<Datagram> slow = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {}

      @Override
      protected void hookOnNext(Datagram datagram) {
        got.add(datagram);
      }
    };
    connection.receive().subscribe(slow);
    for (int i = 0; i < 4; i++) {
      inject(udp(PEER, 4000, OWN, 53, DATA));
    }
    assertThat(got).isEmpty();
    slow.request(1);
    loop.settle();
    assertThat(got).hasSize(1);
    slow.request(2);
    loop.settle();
    assertThat(got).hasSize(3);
    slow.cancel();
    loop.settle();
    connection.receive().take(1).subscribe(got::add);
    loop.settle();
    assertThat(got).as("the next subscriber continues").hasSize(4);
    got.forEach(Datagram::release);
  }

  @Test
  void closingCompletesTheStreams() {
    UdpConnection connection = open(53);
    List<String> ends = new ArrayList<>();
    connection.receive().subscribe(Datagram::release, e -> ends.add("error"), () -> ends.add("received"));
    connection.onClose().subscribe(v -> {}, e -> ends.add("error"), () -> ends.add("closed"));
    inject(udp(PEER, 4000, OWN, 53, DATA));
    connection.close().subscribe();
    loop.settle();
    assertThat(ends).containsExactlyInAnyOrder("received", "closed");
    List<Throwable> failures = new ArrayList<>();
    ByteBuf late = Unpooled.copiedBuffer(DATA);
    connection.send(Flux.just(Datagram.to(TO_PEER, late))).subscribe(v -> {}, failures::add);
    loop.settle();
    assertThat(failures).hasOnlyElementsOfType(ClosedChannelException.class).hasSize(1);
    assertThat(late.refCnt()).isZero();
  }

  @Test
  void publisherIsRequestedAsTheDeviceTakesDatagrams() {
    host.device.holdCredit();
    List<UdpConnection> opened = new ArrayList<>();
    host.udp.api().bind(any(53), new UdpSettings(1000, 3, 1000, 4)).subscribe(opened::add);
    long[] produced = {0};
    opened
        .get(0)
        .send(
            Flux.range(0, 1000)
                .map(i -> Datagram.to(TO_PEER, Unpooled.buffer(4).writeInt(i)))
                .doOnNext(d -> produced[0]++))
        .subscribe();
    loop.settle();
    assertThat(host.device.takeSent()).as("initial credit").hasSize(64);
    assertThat(produced[0]).as("sent, queued and requested ahead").isEqualTo(64 + 4 + 16);
    host.device.credit(10);
    loop.settle();
    assertThat(host.device.takeSent()).hasSize(10);
    assertThat(produced[0]).isEqualTo(74 + 4 + 16);
  }

  @Test
  void aThousandDatagramsAreSentInOrder() {
    UdpConnection connection = open(53);
    List<String> ends = new ArrayList<>();
    connection
        .send(Flux.range(0, 1000).map(i -> Datagram.to(TO_PEER, Unpooled.buffer(4).writeInt(i))))
        .subscribe(v -> {}, e -> ends.add("error"), () -> ends.add("sent"));
    loop.settle();
    List<byte[]> sent = host.device.takeSent();
    assertThat(ends).containsExactly("sent");
    assertThat(sent).hasSize(1000);
    for (int i = 0; i < 1000; i++) {
      assertThat(Packets.getShort(sent.get(i), 30)).isEqualTo(i);
    }
  }

  private UdpConnection open(int port) {
    List<UdpConnection> opened = new ArrayList<>();
    host.udp.api().bind(port).subscribe(opened::add);
    loop.settle();
    return opened.get(0);
  }

  private UdpSocket bind(Endpoint local) throws IOException {
    return host.udp.bind(local, UdpSettings.DEFAULT, socket -> changes++);
  }

  private static Endpoint any(int port) {
    return new Endpoint(Ipv4Address.UNSPECIFIED, port);
  }

  private void inject(byte[] datagram) {
    host.device.inject(ipv4(PEER, OWN, 17, datagram));
    loop.settle();
  }

  private void assertDropped(byte[] datagram, DropReason reason) {
    long before = host.drops.get(reason);
    long all = host.drops.total();
    ByteBuf buffer = Unpooled.directBuffer().writeBytes(ipv4(PEER, OWN, 17, datagram));
    host.device.inject(buffer);
    assertThat(host.drops.get(reason)).as(reason + " in " + host.drops).isEqualTo(before + 1);
    assertThat(host.drops.total()).isEqualTo(all + 1);
    assertThat(buffer.refCnt()).isZero();
  }
}
