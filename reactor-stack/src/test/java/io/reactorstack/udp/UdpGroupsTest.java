package io.reactorstack.udp;

import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.udp;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** UDP sockets and multicast or broadcast: receiving, sharing a port, sending, and the choice of the interface. */
class UdpGroupsTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String PEER = "10.0.0.2";
  private static final String GROUP = "239.1.2.3";
  private static final String GROUP_MAC = "01:00:5e:01:02:03";
  private static final UdpSettings SHARED = UdpSettings.DEFAULT.withReuseAddress(true);

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.ethernet(loop, MAC, "10.0.0.1/24");

  @AfterEach
  void close() {
    host.close();
    loop.settle();
  }

  private UdpSocket bind(String address, int port, UdpSettings settings) throws IOException {
    return host.udp.bind(new Endpoint(IpAddress.parse(address), port), settings, changed -> {});
  }

  private UdpSocket shared() throws IOException {
    return bind("0.0.0.0", 5000, SHARED);
  }

  private static MulticastGroup group() {
    return MulticastGroup.of(GROUP);
  }

  private void receive(String source, String destination, String text) {
    String mac = destination.equals(GROUP) ? GROUP_MAC : destination.equals("10.0.0.1") ? MAC : "ff:ff:ff:ff:ff:ff";
    host.device.inject(ethernet(mac, "02:00:00:00:00:0b", 0x0800,
        ipv4(source, destination, 17, udp(source, 4000, destination, 5000, text.getBytes(UTF_8)))));
    loop.settle();
  }

  private static List<String> heard(UdpSocket socket) {
    List<String> texts = new ArrayList<>();
    for (Datagram datagram = socket.receive(); datagram != null; datagram = socket.receive()) {
      texts.add(datagram.payload().toString(UTF_8));
      datagram.release();
    }
    return texts;
  }

  private static void send(UdpSocket socket, String to, String text) throws IOException {
    socket.send(Datagram.to(new Endpoint(IpAddress.parse(to), 5000), Unpooled.copiedBuffer(text, UTF_8)));
  }

  private static boolean isUdp(SeenFrame frame) {
    IpHeaders ip = frame.ip();
    return ip != null && ip.protocol() == IpProtocol.UDP;
  }

  /** Returns the frames sent that carry UDP. */
  private List<byte[]> sentDatagrams() {
    loop.settle();
    return host.device.takeSent().stream().filter(frame -> isUdp(SeenFrame.ethernet(Unpooled.wrappedBuffer(frame))))
        .toList();
  }

  // Receiving

  @Test
  @Requirement("RFC1112-7.1-02")
  void eachMemberSocketReceivesItsOwnCopy() throws IOException {
    UdpSocket first = shared();
    UdpSocket second = shared();
    UdpSocket stranger = shared();
    UdpSocket otherPort = bind("0.0.0.0", 5001, SHARED);
    for (UdpSocket member : List.of(first, second, otherPort)) {
      member.join(group());
    }
    receive(PEER, GROUP, "hello");
    Datagram one = first.receive();
    Datagram two = second.receive();
    assertThat(one.payload().toString(UTF_8)).isEqualTo("hello");
    assertThat(one.local()).isEqualTo(new Endpoint(IpAddress.parse(GROUP), 5000));
    assertThat(one.remote()).isEqualTo(two.remote()).isEqualTo(new Endpoint(IpAddress.parse(PEER), 4000));
    one.payload().setByte(one.payload().readerIndex(), 'j');
    assertThat(two.payload().toString(UTF_8)).as("memory is not shared").isEqualTo("hello");
    one.release();
    two.release();
    assertThat(heard(stranger)).isEmpty();
    assertThat(heard(otherPort)).isEmpty();
    assertThat(host.drops.total()).isZero();
  }

  @Test
  void sourcesAreFilteredForEachSocket() throws IOException {
    UdpSocket everybody = shared();
    UdpSocket blocking = shared();
    UdpSocket one = shared();
    everybody.join(group());
    blocking.join(group());
    blocking.block(group(), IpAddress.parse(PEER));
    one.join(group().from("10.0.0.3"));
    receive(PEER, GROUP, "two");
    receive("10.0.0.3", GROUP, "three");
    receive("10.0.0.4", GROUP, "four");
    assertThat(heard(everybody)).containsExactly("two", "three", "four");
    assertThat(heard(blocking)).containsExactly("three", "four");
    assertThat(heard(one)).containsExactly("three");
    blocking.unblock(group(), IpAddress.parse(PEER));
    one.leave(group().from("10.0.0.3"));
    receive(PEER, GROUP, "two");
    receive("10.0.0.3", GROUP, "three");
    assertThat(heard(blocking)).containsExactly("two", "three");
    assertThat(heard(one)).isEmpty();
  }

  @Test
  @Requirement("RFC1112-7.1-02")
  void socketReceivesNothingAfterLeaveOrClose() throws IOException {
    UdpSocket leaving = shared();
    UdpSocket closing = shared();
    leaving.join(group());
    closing.join(group());
    leaving.leave(group());
    receive(PEER, GROUP, "hello");
    assertThat(heard(leaving)).isEmpty();
    assertThat(heard(closing)).containsExactly("hello");
    closing.close();
    assertThat(host.eth0.listensTo(IpAddress.parse(GROUP))).isFalse();
    assertThatThrownBy(() -> closing.join(group())).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> closing.leave(group())).isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void socketBoundToTheGroupReceivesOnlyTheGroup() throws IOException {
    UdpSocket socket = bind(GROUP, 5000, SHARED);
    UdpSocket any = shared();
    socket.join(group());
    any.join(group());
    receive(PEER, GROUP, "group");
    receive(PEER, "10.0.0.1", "unicast");
    receive(PEER, "10.0.0.255", "everybody");
    assertThat(heard(socket)).containsExactly("group");
    assertThat(heard(any)).containsExactly("group", "unicast", "everybody");
    send(socket, PEER, "back");
    // The frame is the ARP request for the peer's address.
    loop.settle();
    assertThat(IpAddress.of(java.util.Arrays.copyOfRange(host.device.takeSent().getLast(), 28, 32)))
        .isEqualTo(IpAddress.parse("10.0.0.1"));
  }

  @Test
  void socketBoundToAnAddressOrConnectedReceivesNoMulticast() throws IOException {
    UdpSocket bound = bind("10.0.0.1", 5000, SHARED);
    UdpSocket connected = shared();
    bound.join(group());
    connected.join(group());
    connected.connect(new Endpoint(IpAddress.parse(PEER), 4000));
    receive(PEER, GROUP, "group");
    assertThat(heard(bound)).isEmpty();
    assertThat(heard(connected)).isEmpty();
    assertThat(host.drops.get(UdpDrop.NO_SOCKET)).isEqualTo(1);
    assertThat(host.icmp.errorsSent()).isZero();
  }

  @Test
  void broadcastsGoToAllSocketsOfThePort() throws IOException {
    UdpSocket first = shared();
    UdpSocket second = shared();
    UdpSocket bound = bind("10.0.0.1", 5000, SHARED);
    UdpSocket limited = bind("255.255.255.255", 5000, SHARED);
    receive(PEER, "10.0.0.255", "directed");
    receive(PEER, "255.255.255.255", "limited");
    assertThat(heard(first)).containsExactly("directed", "limited");
    assertThat(heard(second)).containsExactly("directed", "limited");
    assertThat(heard(bound)).isEmpty();
    assertThat(heard(limited)).containsExactly("limited");
  }

  @Test
  void fullQueueAffectsOnlyItsSocket() throws IOException {
    UdpSocket slow = bind("0.0.0.0", 5000, SHARED.withReceiveQueue(100_000, 1));
    UdpSocket quick = shared();
    slow.join(group());
    quick.join(group());
    for (int i = 0; i < 3; i++) {
      receive(PEER, GROUP, "n" + i);
    }
    assertThat(heard(slow)).containsExactly("n0");
    assertThat(heard(quick)).containsExactly("n0", "n1", "n2");
    assertThat(host.drops.get(UdpDrop.RECEIVE_QUEUE_FULL)).isEqualTo(2);
  }

  // Sharing a port

  @Test
  void portIsSharedOnlyIfAllSocketsAllowIt() throws IOException {
    shared();
    assertThatThrownBy(() -> bind("0.0.0.0", 5000, UdpSettings.DEFAULT)).isInstanceOf(BindException.class);
    shared().close();
    bind("0.0.0.0", 5001, UdpSettings.DEFAULT);
    assertThatThrownBy(() -> bind("0.0.0.0", 5001, SHARED)).isInstanceOf(BindException.class);
    assertThatThrownBy(() -> bind(GROUP, 5001, SHARED)).isInstanceOf(BindException.class);
  }

  @Test
  void unicastGoesToTheSocketOpenedLast() throws IOException {
    UdpSocket first = shared();
    UdpSocket second = shared();
    receive(PEER, "10.0.0.1", "a");
    second.connect(new Endpoint(IpAddress.parse("10.0.0.9"), 9));
    receive(PEER, "10.0.0.1", "b");
    second.disconnect();
    receive(PEER, "10.0.0.1", "c");
    second.close();
    receive(PEER, "10.0.0.1", "d");
    assertThat(heard(first)).containsExactly("b", "d");
    first.close();
    UdpSocket third = bind("0.0.0.0", 5000, UdpSettings.DEFAULT);
    receive(PEER, "10.0.0.1", "e");
    assertThat(heard(third)).containsExactly("e");
  }

  // Sending

  @Test
  @Requirement("RFC1112-6.2-03")
  void multicastHasOneHopAndTheGroupsLinkAddress() throws IOException {
    UdpSocket socket = shared();
    send(socket, GROUP, "hello");
    List<byte[]> sent = sentDatagrams();
    byte[] expected = ipv4("10.0.0.1", GROUP, 17, udp("10.0.0.1", 5000, GROUP, 5000, "hello".getBytes(UTF_8)));
    expected[8] = 1;
    byte[] frame = ethernet(GROUP_MAC, MAC, 0x0800, expected);
    byte[] actual = sent.getFirst().clone();
    // DF and the identification depend on the path and are not compared.
    System.arraycopy(frame, 14 + 4, actual, 14 + 4, 4);
    assertThat(Packets.fixIpv4(actual, 14)).isEqualTo(Packets.fixIpv4(frame, 14));
    socket.groups().hopLimit(7);
    send(socket, GROUP, "further");
    assertThat(sentDatagrams()).hasSize(1).allSatisfy(further -> assertThat(further[14 + 8]).isEqualTo((byte) 7));
  }

  @Test
  @Requirement({"RFC1112-6.1-03", "RFC1112-6.2-02"})
  void multicastIsLoopedBackToMembersOnThisHost() throws IOException {
    UdpSocket sender = shared();
    UdpSocket member = shared();
    send(sender, GROUP, "nobody");
    member.join(group());
    send(sender, GROUP, "one");
    Datagram heard = member.receive();
    assertThat(heard.remote()).isEqualTo(new Endpoint(IpAddress.parse("10.0.0.1"), 5000));
    assertThat(heard.local()).isEqualTo(new Endpoint(IpAddress.parse(GROUP), 5000));
    assertThat(heard.payload().toString(UTF_8)).isEqualTo("one");
    heard.release();
    // A host that is stopping gracefully must count the looped datagram as recent activity.
    assertThat(host.udp.lastActivity()).isEqualTo(loop.now());
    sender.join(group());
    send(sender, GROUP, "two");
    assertThat(heard(sender)).containsExactly("two");
    assertThat(heard(member)).containsExactly("two");
    sender.groups().loop(false);
    send(sender, GROUP, "three");
    assertThat(heard(sender)).isEmpty();
    assertThat(heard(member)).isEmpty();
    assertThat(sentDatagrams()).hasSize(4);
    UdpSocket deaf = bind("0.0.0.0", 5000, SHARED.withMulticastLoop(false));
    send(deaf, GROUP, "four");
    assertThat(heard(member)).isEmpty();
  }

  @Test
  void multicastWithHopLimitZeroStaysOnThisHost() throws IOException {
    UdpSocket socket = shared();
    socket.join(group());
    sentDatagrams();
    socket.groups().hopLimit(0);
    send(socket, GROUP, "here");
    assertThat(heard(socket)).containsExactly("here");
    assertThat(sentDatagrams()).isEmpty();
    assertThat(socket.waiting()).isZero();
  }

  @Test
  void broadcastsAreLoopedBack() throws IOException {
    UdpSocket first = shared();
    UdpSocket second = shared();
    send(first, "10.0.0.255", "directed");
    send(first, "255.255.255.255", "limited");
    assertThat(heard(first)).containsExactly("directed", "limited");
    assertThat(heard(second)).containsExactly("directed", "limited");
    List<byte[]> sent = sentDatagrams();
    assertThat(sent).hasSize(2).allSatisfy(frame -> {
      assertThat(frame).startsWith(0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
      assertThat(frame[14 + 8]).isEqualTo((byte) 64);
    });
  }

  // Interfaces

  @Test
  @Requirement({"RFC1112-6.1-02", "RFC1112-7.1-01", "RFC1112-7.1-03"})
  void membershipBelongsToAnInterface() throws IOException {
    UdpSocket socket = shared();
    socket.join(group().on("lo"));
    receive(PEER, GROUP, "from outside");
    send(socket, GROUP, "to the link");
    assertThat(heard(socket)).isEmpty();
    socket.groups().outputInterface("lo");
    send(socket, GROUP, "to ourselves");
    loop.settle();
    assertThat(heard(socket)).containsExactly("to ourselves");
    assertThat(sentDatagrams()).hasSize(1);
    assertThatThrownBy(() -> socket.join(group().on("eth7"))).isInstanceOf(SocketException.class)
        .hasMessageContaining("No such device");
    socket.groups().outputInterface("eth7");
    assertThatThrownBy(() -> send(socket, GROUP, "nowhere")).isInstanceOf(SocketException.class);
  }

  @Test
  void aSocketBoundToAnAddressSendsThroughItsInterface() throws IOException {
    UdpSocket listener = shared();
    listener.join(group().on("lo"));
    UdpSocket socket = bind("127.0.0.1", 4000, UdpSettings.DEFAULT);
    send(socket, GROUP, "hello");
    loop.settle();
    assertThat(heard(listener)).containsExactly("hello");
    assertThat(sentDatagrams()).isEmpty();
    send(bind("127.0.0.1", 4001, UdpSettings.DEFAULT.withMulticastInterface("lo")), GROUP, "again");
    loop.settle();
    assertThat(heard(listener)).containsExactly("again");
    send(bind("10.0.0.1", 4000, UdpSettings.DEFAULT), GROUP, "out");
    assertThat(heard(listener)).isEmpty();
    assertThat(sentDatagrams()).hasSize(1);
  }

  // IPv6

  @Test
  void ipv6GroupsWorkTheSame() throws IOException {
    TestHost bare = TestHost.bare(loop, "2001:db8::1/64");
    TestInterfaces.address(bare.ip, bare.eth0, "fe80::1/64");
    UdpSocket socket = bare.udp.bind(new Endpoint(IpAddress.parse("::"), 5000), SHARED, changed -> {});
    UdpSocket dual = bare.udp.bind(new Endpoint(IpAddress.parse("0.0.0.0"), 5000), SHARED, changed -> {});
    UdpSocket stranger = bare.udp.bind(new Endpoint(IpAddress.parse("::"), 5000), SHARED, changed -> {});
    socket.join(MulticastGroup.of("ff15::3"));
    dual.join(MulticastGroup.of("ff15::3"));
    bare.device.inject(ipv6("2001:db8::2", "ff15::3", 17,
        udp("2001:db8::2", 4000, "ff15::3", 5000, "hello".getBytes(UTF_8))));
    send(stranger, "ff15::3", "ourselves");
    loop.settle();
    assertThat(heard(socket)).containsExactly("hello", "ourselves");
    assertThat(heard(dual)).containsExactly("hello", "ourselves");
    assertThat(heard(stranger)).isEmpty();
    List<byte[]> sent = bare.device.takeSent().stream()
        .filter(packet -> isUdp(SeenFrame.bare(Unpooled.wrappedBuffer(packet)))).toList();
    assertThat(sent).hasSize(1).allSatisfy(packet -> {
      assertThat(packet[7]).as("hop limit").isEqualTo((byte) 1);
      assertThat(Packets.from(packet, 40))
          .isEqualTo(udp("2001:db8::1", 5000, "ff15::3", 5000, "ourselves".getBytes(UTF_8)));
    });
    bare.close();
  }

  // The reactive API

  @Test
  void streamsJoinAndLeave() {
    List<String> heard = new ArrayList<>();
    List<Throwable> errors = new ArrayList<>();
    UdpConnection[] opened = new UdpConnection[1];
    host.udp.api().bind(new Endpoint(IpAddress.parse("0.0.0.0"), 5000), SHARED).subscribe(s -> opened[0] = s);
    UdpConnection socket = opened[0];
    socket.receive().subscribe(datagram -> {
      heard.add(datagram.payload().toString(UTF_8));
      datagram.release();
    });
    socket.join(group()).then(socket.block(group(), IpAddress.parse("10.0.0.3"))).subscribe(v -> {}, errors::add);
    receive(PEER, GROUP, "one");
    receive("10.0.0.3", GROUP, "blocked");
    socket.unblock(group(), IpAddress.parse("10.0.0.3")).subscribe(v -> {}, errors::add);
    receive("10.0.0.3", GROUP, "three");
    assertThat(errors).isEmpty();
    socket.join(group().from(PEER)).subscribe(v -> {}, errors::add);
    socket.join(MulticastGroup.of("ff15::3").on("eth0")).subscribe(v -> {}, errors::add);
    socket.join(group().on("eth7")).subscribe(v -> {}, errors::add);
    assertThat(errors.stream().map(Throwable::getClass).toList())
        .isEqualTo(List.of(IllegalStateException.class, SocketException.class, SocketException.class));
    socket.leave(group()).subscribe();
    receive(PEER, GROUP, "gone");
    assertThat(heard).containsExactly("one", "three");
    socket.close().subscribe();
    loop.settle();
    socket.join(group()).subscribe(v -> {}, errors::add);
    assertThat(errors.getLast()).isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void invalidGroupsAndSourcesAreRejected() {
    assertThatThrownBy(() -> MulticastGroup.of("10.0.0.1")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> group().from("ff02::1")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> group().from("::1")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> group().from("0.0.0.0")).isInstanceOf(IllegalArgumentException.class);
  }
}
