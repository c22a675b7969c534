package io.reactorstack.ip;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.fixIpv4;
import static io.reactorstack.testing.Packets.getShort;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.MulticastGroup;
import io.reactorstack.udp.UdpDrop;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.udp.UdpSocket;
import io.reactorstack.wire.IpDefect;
import io.reactorstack.wire.Ipv4Options;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The answers, drops and refusals of a host, from the device to its sockets. */
class HostErrorsTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String OWN6 = "2001:db8::1";
  private static final String PEER6 = "2001:db8::2";
  private static final byte[] DATA = new byte[20];

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24").address(OWN6 + "/64");

  @AfterEach
  void close() {
    host.close();
    loop.settle();
  }

  private List<byte[]> answers(byte[] packet) {
    host.device.inject(packet);
    loop.settle();
    return host.device.takeSent();
  }

  /** Returns the ICMP type and code of the only answer to {@code packet}. */
  private String icmpAnswer(byte[] packet) {
    List<byte[]> answers = answers(packet);
    assertThat(answers).as(host.drops.toString()).hasSize(1);
    byte[] answer = answers.getFirst();
    assertThat(answer[9]).as("ICMP").isEqualTo((byte) 1);
    return answer[20] + "/" + answer[21];
  }

  private UdpSocket socket(String local) throws IOException {
    return host.udp.bind(new Endpoint(IpAddress.parse(local), 5000), UdpSettings.DEFAULT, changed -> {
    });
  }

  // ---- IPv4

  @Test
  @Requirement({"RFC1122-3.1-01", "RFC1122-3.3.8-01", "RFC1122-3.4-05"})
  void ipHasAnIcmpThatAnswersAndReports() {
    assertThat(icmpAnswer(ipv4(PEER, OWN, 1, icmp(8, 0, 7, DATA)))).as("echo reply").isEqualTo("0/0");
    assertThat(icmpAnswer(ipv4(PEER, OWN, 253, DATA))).as("protocol unreachable").isEqualTo("3/2");
    assertThat(icmpAnswer(ipv4(PEER, OWN, 17, udp(PEER, 5, OWN, 6, DATA)))).as("port unreachable").isEqualTo("3/3");
    assertThat(icmpAnswer(ipv4(PEER, OWN, 17, DATA, 7, 9, 4, 0))).as("parameter problem").isEqualTo("12/0");
  }

  @Test
  @Requirement("RFC6633-3-01")
  void aFullQueueIsNoReasonForASourceQuench() throws IOException {
    UdpSocket socket = host.udp.bind(new Endpoint(IpAddress.parse(OWN), 5000),
        UdpSettings.DEFAULT.withReceiveQueue(10_000, 2), changed -> {
        });
    for (int i = 0; i < 500; i++) {
      host.device.inject(ipv4(PEER, OWN, 17, udp(PEER, 5, OWN, 5000, DATA)));
    }
    loop.settle();
    assertThat(host.drops.get(UdpDrop.RECEIVE_QUEUE_FULL)).isEqualTo(498);
    assertThat(host.device.takeSent()).isEmpty();
    socket.close();
  }

  @Test
  @Requirement("RFC6633-7-01")
  void aSourceQuenchDelaysNoPacket() throws IOException {
    UdpSocket socket = socket("0.0.0.0");
    for (int i = 0; i < 20; i++) {
      byte[] quoted = ipv4(OWN, PEER, 17, udp(OWN, 5000, PEER, 9, DATA));
      assertThat(answers(ipv4(PEER, OWN, 1, icmp(4, 0, 0, quoted)))).isEmpty();
    }
    for (int i = 0; i < 20; i++) {
      socket.send(Datagram.to(new Endpoint(IpAddress.parse(PEER), 9), Unpooled.buffer().writeZero(100)));
    }
    loop.settle();
    assertThat(host.device.takeSent()).as("in the same turn").hasSize(20);
  }

  @Test
  @Requirement({"RFC1122-3.3.5-08", "RFC1122-3.2.1.8-09"})
  void sourceRoutesAreNeitherFollowedNorSent() {
    for (int kind : new int[] {131, 137}) {
      // The next address of the route is another host's; then the route has ended here.
      assertThat(answers(ipv4(PEER, OWN, 1, icmp(8, 0, 7, DATA), kind, 7, 4, 10, 0, 0, 9, 0))).isEmpty();
      assertThat(answers(ipv4(PEER, OWN, 1, icmp(8, 0, 7, DATA), kind, 7, 8, 10, 0, 0, 9, 0))).isEmpty();
      for (byte[] options : List.of(
          octets(kind, 7, 4, 10, 0, 0, 9, 0), octets(131, 7, 4, 10, 0, 0, 9, 137, 7, 4, 10, 0, 0, 9, 0, 0))) {
        assertThatThrownBy(() -> Ipv4Options.of(options)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("SOURCE_ROUTE");
      }
    }
    assertThat(host.drops.get(IpDefect.SOURCE_ROUTE)).isEqualTo(4);
  }

  @Test
  @Requirement("RFC791-3.1-09")
  void malformedOptionsAreReportedWithTheirPlace() {
    // A record route whose length goes beyond the header.
    byte[] answer = answers(ipv4(PEER, OWN, 17, DATA, 1, 7, 9, 4)).getFirst();
    assertThat(Arrays.copyOfRange(answer, 20, 22)).containsExactly(12, 0);
    assertThat(answer[24]).as("the pointer is at the option").isBetween((byte) 21, (byte) 23);
  }

  @Test
  @Requirement("RFC1122-3.1-07")
  void silentlyDiscardedPacketsAreCounted() {
    byte[] corrupt = ipv4(PEER, OWN, 17, DATA);
    corrupt[10] ^= 1;
    assertThat(answers(corrupt)).isEmpty();
    assertThat(host.drops.get(IpDefect.BAD_CHECKSUM)).isOne();
    assertThat(answers(ipv4(PEER, "10.0.0.99", 17, DATA))).isEmpty();
    assertThat(host.drops.get(IpDrop.NOT_FOR_US)).isOne();
    assertThat(host.drops.snapshot()).containsEntry("ip.NOT_FOR_US", 1L);
  }

  @Test
  @Requirement("RFC791-3.2-01")
  void packetsWhoseMeaningIsClearAreAccepted() {
    byte[] odd = ipv4(PEER, OWN, 1, icmp(8, 0, 7, DATA), 1, 1, 0, 99);
    // A reserved flag, any type of service, no time to live, an identification of an unfragmented packet, padding.
    odd[1] = (byte) 0xff;
    odd[6] = (byte) 0xc0;
    odd[8] = 0;
    assertThat(icmpAnswer(concat(fixIpv4(odd, 0), new byte[30]))).isEqualTo("0/0");
    // An option that no RFC defines.
    assertThat(icmpAnswer(ipv4(PEER, OWN, 1, icmp(8, 0, 7, DATA), 0x5e, 4, 1, 2))).isEqualTo("0/0");
  }

  @Test
  @Requirement({"RFC1122-3.2.1.3-04", "RFC1122-3.2.1.3-06"})
  void noBroadcastAddressIsASource() throws IOException {
    UdpSocket bound = socket("10.0.0.255");
    bound.send(Datagram.to(new Endpoint(IpAddress.parse(PEER), 9), Unpooled.buffer()));
    loop.settle();
    assertThat(IpAddress.of(Arrays.copyOfRange(host.device.takeSent().getFirst(), 12, 16))).hasToString(OWN);
    for (String broadcast : new String[] {"10.255.255.255", "255.255.255.255"}) {
      Datagram datagram = new Datagram(new Endpoint(IpAddress.parse(broadcast), 0),
          new Endpoint(IpAddress.parse(PEER), 9), 0, 0, Unpooled.buffer());
      if (broadcast.startsWith("10")) {
        // The form for all subnets of a network with classes: an address as any other, which is not this host's.
        assertThatThrownBy(() -> bound.send(datagram)).isInstanceOf(BindException.class);
      } else {
        bound.send(datagram);
        loop.settle();
        assertThat(IpAddress.of(Arrays.copyOfRange(host.device.takeSent().getFirst(), 12, 16))).hasToString(OWN);
      }
      assertThat(host.ip.destination(IpAddress.parse(PEER)).maySendFrom(IpAddress.parse(broadcast), 17)).isFalse();
    }
    assertThat(host.ip.destination(IpAddress.parse(PEER)).maySendFrom(IpAddress.parse("10.0.0.255"), 17)).isFalse();
  }

  @Test
  @Requirement("RFC1122-3.4-07")
  void transportsGetAllThatAnErrorQuotes() {
    List<IcmpError> errors = new ArrayList<>();
    host.icmp.onError(253, errors::add);
    byte[] sent = ipv4(OWN, PEER, 253, new byte[300], 7, 7, 4, 0, 0, 0, 0, 0);
    sent[40] = 77;
    answers(ipv4("10.0.0.254", OWN, 1, icmp(3, 1, 0, sent)));
    assertThat(errors).hasSize(1);
    assertThat(errors.getFirst().quote().octets()).isEqualTo(sent);
    byte[] sent6 = ipv6(OWN6, PEER6, 60, concat(octets(253, 0, 1, 4, 0, 0, 0, 0), new byte[300]));
    answers(ipv6(PEER6, OWN6, 58, icmpv6(PEER6, OWN6, 1, 0, 0, sent6)));
    assertThat(errors).hasSize(2);
    assertThat(errors.getLast().quote().octets()).isEqualTo(sent6);
  }

  @Test
  @Requirement("RFC6864-4.1-01")
  void packetsWithOneIdentificationAreNoDuplicates() throws IOException {
    UdpSocket socket = socket(OWN);
    for (int flags : new int[] {0x40, 0}) {
      byte[] packet = ipv4(PEER, OWN, 17, udp(PEER, 5, OWN, 5000, DATA));
      packet[4] = 7;
      packet[6] = (byte) flags;
      fixIpv4(packet, 0);
      assertThat(answers(packet)).isEmpty();
      assertThat(answers(packet.clone())).isEmpty();
      assertThat(socket.receivable()).isEqualTo(2);
      socket.receive().release();
      socket.receive().release();
    }
  }

  // ---- IPv6

  @Test
  @Requirement("RFC8200-8.4-01")
  void aRoutingHeaderIsNotReversedInTheAnswer() {
    byte[] echo = icmpv6(PEER6, OWN6, 128, 0, 7, DATA);
    byte[] routing = octets(58, 2, 0, 0, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9);
    List<byte[]> answers = answers(ipv6(PEER6, OWN6, 43, concat(routing, echo)));
    assertThat(answers).hasSize(1);
    assertThat(answers.getFirst()).hasSize(40 + echo.length);
    assertThat(answers.getFirst()[6]).as("next header").isEqualTo((byte) 58);
    assertThat(answers.getFirst()[40]).as("echo reply").isEqualTo((byte) 129);
  }

  @Test
  @Requirement("RFC9673-5.1-02")
  void thePacketBehindHopByHopOptionsIsHandledNormally() throws IOException {
    UdpSocket socket = socket(OWN6);
    byte[] datagram = udp(PEER6, 5, OWN6, 5000, DATA);
    // Options that this host does not process: an unknown one to skip, a router alert, padding.
    byte[] options = octets(17, 1, 0x1e, 2, 9, 9, 5, 2, 0, 7, 1, 4, 0, 0, 0, 0);
    assertThat(answers(ipv6(PEER6, OWN6, 0, concat(options, datagram)))).isEmpty();
    assertThat(socket.receivable()).isOne();
    Datagram got = socket.receive();
    assertThat(got.payload().readableBytes()).isEqualTo(DATA.length);
    got.release();
  }

  @Test
  @Requirement("RFC8200-8.1-03")
  void aDatagramOverIpv6AlwaysHasAChecksum() throws IOException {
    UdpSocket socket = socket("::");
    byte[] plain = sent(socket, new byte[2]);
    int checksum = getShort(plain, 46);
    assertThat(checksum).isNotZero();
    // With this payload the sum is all ones, and its complement zero.
    byte[] zero = sent(socket, new byte[] {(byte) (checksum >>> 8), (byte) checksum});
    assertThat(getShort(zero, 46)).isEqualTo(0xffff);
  }

  private byte[] sent(UdpSocket socket, byte[] payload) throws IOException {
    socket.send(Datagram.to(new Endpoint(IpAddress.parse(PEER6), 9), Unpooled.wrappedBuffer(payload)));
    loop.settle();
    return host.device.takeSent().getFirst();
  }

  @Test
  @Requirement({"RFC4291-2.7-01", "RFC4291-2.7-05", "RFC4291-2.7-06"})
  void reservedGroupsAreReceivedAndNeverSentTo() throws IOException {
    UdpSocket socket = socket("::");
    for (String reserved : new String[] {"ff0f::77", "ff8e::77"}) {
      socket.join(MulticastGroup.of(reserved));
      assertThatThrownBy(() -> socket.send(Datagram.to(new Endpoint(IpAddress.parse(reserved), 9), Unpooled.buffer())))
          .isInstanceOf(SocketException.class).hasMessageContaining("is reserved");
      assertThat(host.ip.destination(IpAddress.parse(reserved)).maySendFrom(IpAddress.parse(OWN6), 17)).isFalse();
    }
    loop.settle();
    host.device.takeSent();
    answers(ipv6(PEER6, "ff0f::77", 17, udp(PEER6, 5, "ff0f::77", 5000, DATA)));
    assertThat(socket.receivable()).isOne();
    socket.receive().release();
    // A packet to scope F is treated as one to scope E, and gets the same source.
    assertThat(host.ip.onLink(host.eth0, IpAddress.parse("ff0f::77")).source())
        .isEqualTo(host.ip.onLink(host.eth0, IpAddress.parse("ff0e::77")).source());
  }
}
