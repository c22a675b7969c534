package io.reactorstack.udp;

import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.icmp.IcmpDrop;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import java.io.IOException;
import java.net.SocketException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Path MTU discovery with UDP, and datagrams that exceed the path MTU. */
class UdpPathMtuTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String OWN6 = "2001:db8::1";
  private static final String PEER6 = "2001:db8::2";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24").address(OWN6 + "/64");

  @AfterEach
  void close() {
    host.close();
    loop.settle();
  }

  private UdpSocket socket(String peer) throws IOException {
    UdpSocket socket = host.udp.bind(
        new Endpoint(IpAddress.parse(peer.contains(":") ? "::" : "0.0.0.0"), 53), UdpSettings.DEFAULT, s -> {});
    socket.connect(new Endpoint(IpAddress.parse(peer), 9));
    return socket;
  }

  private byte[] send(UdpSocket socket, int octets) throws IOException {
    assertThat(socket.send(Datagram.toPeer(Unpooled.buffer(octets).writeZero(octets)))).isTrue();
    loop.settle();
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(1);
    return sent.getFirst();
  }

  private void assertTooLong(UdpSocket socket, int octets) {
    assertThatThrownBy(() -> socket.send(Datagram.toPeer(Unpooled.buffer(octets).writeZero(octets))))
        .isInstanceOf(SocketException.class).hasMessageContaining("Message too long");
  }

  private void tooBig(int mtu, byte[] quoted) {
    host.device.inject(ipv4("10.0.0.254", OWN, 1, icmp(3, 4, mtu, quoted)));
    loop.settle();
  }

  @Test
  @Requirement({"RFC1191-6.2-08", "RFC1191-6.2-04"})
  void datagramsLongerThanAReportedMtuAreRefused() throws IOException {
    UdpSocket socket = socket(PEER);
    socket.adopt(UdpSettings.DEFAULT.withLongDatagrams(LongDatagrams.REFUSED));
    byte[] sent = send(socket, 1472);
    tooBig(1300, sent);
    assertThat(socket.takeError()).hasMessageContaining("Message too long");
    assertThat(socket.maximumPayload(IpAddress.parse(PEER))).isEqualTo(1272);
    assertTooLong(socket, 1273);
    send(socket, 1272);
  }

  @Test
  @Requirement("RFC4821-8-01")
  void datagramsWithinAReportedMtuAreNotFragmented() throws IOException {
    UdpSocket socket = socket(PEER);
    tooBig(1300, send(socket, 1472));
    socket.takeError();
    byte[] fitting = send(socket, 1272);
    assertThat(fitting).hasSize(1300);
    assertThat(fitting[6] & 0x20).as("no fragment").isZero();
  }

  @Test
  @Requirement({"RFC8201-5.2-11", "RFC8201-5.5-01", "RFC8201-4-04"})
  void datagramsLongerThanAReportedMtuAreRefusedOverIpv6() throws IOException {
    UdpSocket socket = socket(PEER6);
    socket.adopt(UdpSettings.DEFAULT.withLongDatagrams(LongDatagrams.REFUSED));
    byte[] sent = send(socket, 1452);
    host.device.inject(ipv6(PEER6, OWN6, 58, icmpv6(PEER6, OWN6, 2, 0, 1400, sent)));
    loop.settle();
    assertThat(socket.takeError()).isNotNull();
    assertTooLong(socket, 1353);
    send(socket, 1352);
  }

  @Test
  @Requirement({"RFC8201-4-01", "RFC8201-4-02", "RFC8201-6-01"})
  void forgedOrImpossibleReportsAreIgnored() throws IOException {
    UdpSocket socket = socket(PEER6);
    byte[] sent = send(socket, 1452);
    host.device.inject(ipv6(PEER6, OWN6, 58, icmpv6(PEER6, OWN6, 2, 0, 1279, sent)));
    loop.settle();
    assertThat(host.drops.get(IcmpDrop.BAD_MTU)).isEqualTo(1);
    byte[] forged = sent.clone();
    forged[41]++;
    host.device.inject(ipv6(PEER6, OWN6, 58, icmpv6(PEER6, OWN6, 2, 0, 1300, forged)));
    loop.settle();
    assertThat(socket.takeError()).isNull();
    send(socket, 1452);
  }

  @Test
  @Requirement({"RFC1191-3-07", "RFC1191-5-01"})
  void mtuIsEstimatedIfTheRouterDoesNotReportIt() throws IOException {
    UdpSocket socket = socket(PEER);
    tooBig(0, send(socket, 1400));
    assertThat(socket.maximumPayload(IpAddress.parse(PEER))).isEqualTo(1006 - 28);
  }

  @Test
  @Requirement({"RFC4821-9-01", "RFC4821-9-02", "RFC4821-4-12"})
  void applicationMaySendItsOwnProbes() throws IOException {
    UdpSocket socket = socket(PEER);
    tooBig(1300, send(socket, 1472));
    socket.takeError();
    socket.adopt(UdpSettings.DEFAULT.withLongDatagrams(LongDatagrams.PROBES));
    byte[] probe = send(socket, 1472);
    assertThat(probe).hasSize(1500);
    assertThat(probe[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
    assertTooLong(socket, 1473);
    socket.adopt(UdpSettings.DEFAULT.withLongDatagrams(LongDatagrams.REFUSED));
    assertTooLong(socket, 1472);
    assertThat(send(socket, 100)[6] & 0x40).isEqualTo(0x40);
  }

  @Test
  @Requirement({"RFC4821-9-03", "RFC4821-9-04"})
  void probesAreNeverFragmentedAndLimitedByTheLinkMtu() throws IOException {
    UdpSocket socket = socket(PEER);
    tooBig(1300, send(socket, 1472));
    socket.takeError();
    socket.adopt(UdpSettings.DEFAULT.withLongDatagrams(LongDatagrams.PROBES));
    assertThat(send(socket, 1472)[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
    assertTooLong(socket, 1473);
  }

  @Test
  @Requirement({"RFC4821-8-02", "RFC4821-4-14"})
  void withoutProbesDatagramsLongerThanThePathMtuAreRefused() throws IOException {
    UdpSocket socket = socket(PEER);
    socket.adopt(UdpSettings.DEFAULT.withLongDatagrams(LongDatagrams.REFUSED));
    assertThat(send(socket, 100)[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
    tooBig(1300, send(socket, 1472));
    socket.takeError();
    assertTooLong(socket, 1472);
  }

  @Test
  @Requirement({"RFC4821-5.4-01", "RFC4821-5.4-02", "RFC8201-5.2-03"})
  void groupHasTheLowestReportedMtu() throws IOException {
    host.ip.destination(IpAddress.parse("239.1.1.1")).lowerMtu(1400);
    host.ip.destination(IpAddress.parse("239.1.1.1")).lowerMtu(1300);
    host.ip.destination(IpAddress.parse("239.1.1.1")).lowerMtu(1350);
    assertThat(host.ip.destination(IpAddress.parse("239.1.1.1")).mtu()).isEqualTo(1300);
  }

  @Test
  @Requirement({"RFC4821-8-03", "RFC4821-8-04", "RFC4821-4-01"})
  void longDatagramsAreFragmentedToThePathMtu() throws IOException {
    UdpSocket socket = socket(PEER);
    byte[] fitting = send(socket, 1472);
    assertThat(fitting[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
    tooBig(1300, fitting);
    socket.takeError();
    assertThat(socket.send(Datagram.toPeer(Unpooled.buffer(1472).writeZero(1472)))).isTrue();
    loop.settle();
    List<byte[]> fragments = host.device.takeSent();
    assertThat(fragments).extracting(fragment -> fragment.length).containsExactly(1300, 220);
    assertThat(fragments).allSatisfy(fragment -> assertThat(fragment[6] & 0x40).as("DF").isZero());
    assertThat(send(socket, 1272)[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
    assertTooLong(socket, 65_508);
  }

  @Test
  @Requirement({"RFC1191-6.5-01", "RFC1191-6.5-02"})
  void aLostDatagramIsRepeatedInFragmentsAndLaterOnesThatFitHaveDf() throws IOException {
    UdpSocket socket = socket(PEER);
    byte[] lost = send(socket, 1472);
    assertThat(lost[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
    tooBig(1300, lost);
    socket.takeError();
    // The protocol above UDP cannot cut its message, and sends it again as it was.
    assertThat(socket.send(Datagram.toPeer(Unpooled.buffer(1472).writeZero(1472)))).isTrue();
    loop.settle();
    assertThat(host.device.takeSent()).hasSize(2)
        .allSatisfy(fragment -> assertThat(fragment[6] & 0x40).as("DF").isZero());
    byte[] next = send(socket, socket.maximumPayload(IpAddress.parse(PEER)));
    assertThat(next).hasSize(1300);
    assertThat(next[6] & 0x60).as("DF, and no fragment").isEqualTo(0x40);
  }

  @Test
  @Requirement({"RFC8200-4.5-01", "RFC8200-5-06", "RFC8200-4.5-04"})
  void longDatagramsAreFragmentedToThePathMtuOverIpv6() throws IOException {
    UdpSocket socket = socket(PEER6);
    byte[] sent = send(socket, 1452);
    host.device.inject(ipv6(PEER6, OWN6, 58, icmpv6(PEER6, OWN6, 2, 0, 1400, sent)));
    loop.settle();
    socket.takeError();
    assertThat(socket.send(Datagram.toPeer(Unpooled.buffer(3000).writeZero(3000)))).isTrue();
    loop.settle();
    assertThat(host.device.takeSent()).extracting(fragment -> fragment.length).containsExactly(1400, 1400, 352);
    assertTooLong(socket, 65_528);
    assertThat(socket.send(Datagram.toPeer(Unpooled.buffer(65_527).writeZero(65_527)))).isTrue();
  }
}
