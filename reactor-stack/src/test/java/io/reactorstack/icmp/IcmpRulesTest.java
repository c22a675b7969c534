package io.reactorstack.icmp;

import static io.reactorstack.testing.Packets.ethernet;
import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.ip.host.Route;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpDrop;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.udp.UdpSocket;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The rules of RFC 1122 and RFC 4443 about the errors that a host sends, and about those that it receives. */
class IcmpRulesTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String ROUTER = "10.0.0.254";
  private static final String FAR = "203.0.113.9";
  private static final String OWN_V6 = "2001:db8::1";
  private static final String PEER_V6 = "2001:db8::2";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24").gateway(ROUTER);
  private final TestHost ipv6 = TestHost.bare(loop, OWN_V6 + "/64");
  private final List<IcmpError> errors = new ArrayList<>();

  @AfterEach
  void close() {
    host.close();
    ipv6.close();
  }

  private List<byte[]> answers(TestHost to, byte[] packet) {
    to.device.inject(packet);
    loop.settle();
    return to.device.takeSent();
  }

  private void report(int type, int code, int rest, byte[] about) {
    assertThat(answers(host, ipv4(ROUTER, OWN, 1, icmp(type, code, rest, about)))).isEmpty();
  }

  private UdpSocket connected(String peer) throws IOException {
    UdpSocket socket = host.udp.bind(new Endpoint(Ipv4Address.UNSPECIFIED, 0), UdpSettings.DEFAULT, changed -> {});
    socket.connect(new Endpoint(IpAddress.parse(peer), 7));
    return socket;
  }

  private byte[] send(UdpSocket socket) throws IOException {
    assertThat(socket.send(Datagram.toPeer(Unpooled.copiedBuffer(new byte[8])))).isTrue();
    loop.settle();
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(1);
    return sent.getFirst();
  }

  @Test
  @Requirement("RFC1122-3.2.2-08")
  void aLinkLayerBroadcastCausesNoError() {
    String mac = "02:00:00:00:00:01";
    String peer = "02:00:00:00:00:02";
    TestHost station = TestHost.ethernet(loop, mac, OWN + "/24");
    byte[] stray = ipv4(PEER, OWN, 17, udp(PEER, 5, OWN, 9, new byte[8]));
    for (String group : new String[] {"ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"}) {
      assertThat(answers(station, ethernet(group, peer, 0x0800, stray))).isEmpty();
    }
    assertThat(answers(station, ethernet(mac, peer, 0x0800, stray))).as("a unicast is answered, after ARP").hasSize(1);
    station.close();
  }

  @Test
  @Requirement("RFC1122-3.2.2-10")
  void aSourceThatIsNotASingleHostGetsNoError() {
    for (String source : new String[] {"0.0.0.0", "0.0.0.9", "127.0.0.1", "255.255.255.255", "10.0.0.255", "224.0.0.1",
        "240.0.0.1"}) {
      assertThat(answers(host, ipv4(source, OWN, 17, udp(source, 5, OWN, 9, new byte[8])))).as(source).isEmpty();
      assertThat(answers(host, ipv4(source, OWN, 132, new byte[8]))).as(source).isEmpty();
      assertThat(answers(host, ipv4(source, OWN, 17, new byte[8], 148, 1, 0, 0))).as(source).isEmpty();
    }
    assertThat(answers(host, ipv4(PEER, OWN, 132, new byte[8]))).hasSize(1);
  }

  @Test
  @Requirement({"RFC1122-3.2.2.1-06", "RFC1122-3.2.2.1-07"})
  void unreachableErrorsProveNeitherADeadDestinationNorADeadGateway() throws IOException {
    host.ip.network().routes(routes -> routes.with(
        new Route(IpPrefix.parse("0.0.0.0/0"), IpAddress.parse("10.0.0.253"), "eth0", 1)));
    UdpSocket socket = connected(FAR);
    for (int code : new int[] {0, 1, 5}) {
      byte[] sent = send(socket);
      for (int i = 0; i < 10; i++) {
        report(3, code, 0, sent);
      }
      assertThatThrownBy(() -> send(socket)).isInstanceOf(NoRouteToHostException.class);
      assertThat(send(socket)).as("the next datagram leaves").hasSize(36);
      assertThat(host.ip.destination(IpAddress.parse(FAR)).nextHop()).isEqualTo(IpAddress.parse(ROUTER));
    }
  }

  @Test
  @Requirement("RFC6633-6-01")
  void sourceQuenchReachesNoTransport() throws IOException {
    host.icmp.onError(132, errors::add);
    UdpSocket socket = connected(FAR);
    byte[] sent = send(socket);
    report(4, 0, 0, sent);
    report(4, 0, 0, ipv4(OWN, FAR, 132, new byte[20]));
    assertThat(errors).isEmpty();
    assertThat(send(socket)).as("no error is pending").hasSize(36);
    assertThat(host.drops.get(IcmpDrop.IGNORED_TYPE)).isEqualTo(2);
  }

  @Test
  @Requirement("RFC792-Formats-02")
  void unusedFieldsAreNotInterpreted() {
    host.icmp.onError(6, errors::add);
    byte[] quote = ipv4(OWN, FAR, 6, new byte[20]);
    int[][] messages = {{3, 1}, {3, 0}, {11, 0}};
    for (int[] message : messages) {
      report(message[0], message[1], 0, quote);
      report(message[0], message[1], 0xff00_ffff, quote);
    }
    assertThat(errors).hasSize(6);
    for (int i = 0; i < errors.size(); i += 2) {
      assertThat(errors.get(i + 1)).isEqualTo(errors.get(i));
    }
  }

  @Test
  @Requirement("RFC792-Unreachable-02")
  void aClosedPortAndAnUnknownProtocolAreReported() {
    byte[] datagram = ipv4(PEER, OWN, 17, udp(PEER, 5, OWN, 9, new byte[8]));
    assertThat(answers(host, datagram)).containsExactly(ipv4(OWN, PEER, 1, icmp(3, 3, 0, datagram)));
    byte[] packet = ipv4(PEER, OWN, 132, new byte[8]);
    assertThat(answers(host, packet)).containsExactly(ipv4(OWN, PEER, 1, icmp(3, 2, 0, packet)));
  }

  @Test
  @Requirement("RFC1122-3.4-05")
  void theTransportSendsPortUnreachableAndQueries() {
    byte[] datagram = ipv4(PEER, OWN, 17, udp(PEER, 5, OWN, 9, new byte[8]));
    assertThat(answers(host, datagram)).as("UDP reports a closed port")
        .containsExactly(ipv4(OWN, PEER, 1, icmp(3, 3, 0, datagram)));
    host.icmp.api().ping(IpAddress.parse(PEER), PingOptions.DEFAULT.size(0)).subscribe();
    loop.settle();
    assertThat(host.device.takeSent()).singleElement()
        .satisfies(request -> assertThat(Arrays.copyOfRange(request, 20, 22)).isEqualTo(octets(8, 0)));
  }

  @Test
  @Requirement("RFC4443-3.1-02")
  void aPacketThatIsDroppedByCongestionCausesNoError() throws IOException {
    ipv6.udp.bind(new Endpoint(Ipv6Address.UNSPECIFIED, 9), UdpSettings.DEFAULT.withReceiveQueue(1000, 2),
        changed -> {});
    byte[] datagram = ipv6(PEER_V6, OWN_V6, 17, udp(PEER_V6, 5, OWN_V6, 9, new byte[8]));
    for (int i = 0; i < 10; i++) {
      assertThat(answers(ipv6, datagram)).isEmpty();
    }
    assertThat(ipv6.drops.get(UdpDrop.RECEIVE_QUEUE_FULL)).isEqualTo(8);
    byte[] closed = ipv6(PEER_V6, OWN_V6, 17, udp(PEER_V6, 5, OWN_V6, 10, new byte[8]));
    assertThat(answers(ipv6, closed)).hasSize(1);
  }

  @Test
  @Requirement("RFC4443-2.2-04")
  void theSourceOfAnAnswerToAGroupIsSelectedForItsReceiver() {
    ipv6.address("fe80::1/64");
    for (String[] pair : new String[][] {{PEER_V6, OWN_V6}, {"fe80::2", "fe80::1"}}) {
      byte[] echo = ipv6(pair[0], "ff02::1", 58, icmpv6(pair[0], "ff02::1", 128, 0, 7, new byte[8]));
      assertThat(answers(ipv6, echo)).singleElement().satisfies(
          reply -> assertThat(Arrays.copyOfRange(reply, 8, 24)).isEqualTo(IpAddress.parse(pair[1]).bytes()));
      byte[] unknown = ipv6(pair[0], "ff02::1", 60, octets(17, 0, 0x9e, 4, 0, 0, 0, 0));
      assertThat(answers(ipv6, unknown)).singleElement().satisfies(
          error -> assertThat(Arrays.copyOfRange(error, 8, 24)).isEqualTo(IpAddress.parse(pair[1]).bytes()));
    }
  }
}
