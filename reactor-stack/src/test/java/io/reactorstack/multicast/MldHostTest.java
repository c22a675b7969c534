package io.reactorstack.multicast;

import static io.reactorstack.multicast.GroupMessages.mld;
import static io.reactorstack.multicast.GroupMessages.mldPacket;
import static io.reactorstack.multicast.GroupMessages.mldQuery;
import static io.reactorstack.multicast.GroupMessages.mldReport;
import static io.reactorstack.multicast.GroupMessages.record;
import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.icmp.IcmpDrop;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.GroupDefect;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** MLD of a host on a bare IP device; compares every octet of the packets. */
class MldHostTest {

  private static final String OWN = "fe80::77";
  private static final String ROUTER = "fe80::1";
  private static final String NODES = "ff02::1";
  private static final String ROUTERS = "ff02::16";
  private static final IpAddress GROUP = IpAddress.parse("ff15::3");

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, "2001:db8::77/64");
  private final SocketGroups socket = host.groups.newSocket();

  @AfterEach
  void close() {
    host.close();
  }

  private void join(IpAddress group) throws SocketException {
    socket.join(host.eth0, group, null);
    loop.settle();
  }

  private void joined() throws SocketException {
    linkLocal();
    join(GROUP);
    answers();
  }

  private void linkLocal() {
    TestInterfaces.address(host.ip, host.eth0, OWN + "/64");
    loop.settle();
  }

  private List<byte[]> answers() {
    loop.advance(Duration.ofSeconds(60));
    return sent();
  }

  private List<byte[]> sent() {
    return host.device.takeSent().stream().map(GroupMessages::withoutFlowLabel).toList();
  }

  private void receive(byte[] packet) {
    host.device.inject(packet);
    loop.settle();
  }

  private static byte[] report(String source, byte[]... records) {
    return mldPacket(source, ROUTERS, 1, mldReport(source, ROUTERS, records));
  }

  private static byte[] generalQuery(String source, String destination) {
    return mldQuery(source, destination, 10_000, "::", 2, 125);
  }

  private void assertDropped(byte[] packet, DropReason reason) {
    long before = host.drops.get(reason);
    receive(packet);
    assertThat(answers()).isEmpty();
    assertThat(host.drops.get(reason)).as(host.drops.toString()).isEqualTo(before + 1);
  }

  @Test
  @Requirement({"RFC3810-5-01", "RFC3810-5.2.13-01", "RFC3810-5.2.14-01"})
  void joinIsReportedToTheRoutersWithRouterAlertAndOneHop() throws SocketException {
    linkLocal();
    join(GROUP);
    byte[] expected = report(OWN, record(4, "ff15::3"));
    assertThat(sent()).containsExactly(expected);
    loop.advance(Duration.ofSeconds(1));
    assertThat(sent()).containsExactly(expected);
    socket.leave(host.eth0, GROUP, null);
    assertThat(answers()).containsOnly(report(OWN, record(3, "ff15::3"))).hasSize(2);
  }

  @Test
  @Requirement({"RFC8200-4.2-07", "RFC8200-4.2-09", "RFC2711-2.1-01"})
  void theHopByHopHeaderHasOneRouterAlertOnItsBoundaryAndOnePadding() throws SocketException {
    linkLocal();
    join(GROUP);
    byte[] packet = sent().getFirst();
    assertThat(packet[6]).as("hop-by-hop options").isZero();
    // The router alert has the alignment 2n+0; one PadN of two octets ends the header (RFC 2711, RFC 8200 4.2).
    assertThat(Arrays.copyOfRange(packet, 40, 48)).isEqualTo(Packets.octets(58, 0, 5, 2, 0, 0, 1, 0));
  }

  @Test
  @Requirement({"RFC3810-5.2.13-01", "RFC3810-5.2.13-02", "RFC3590-4-02"})
  void reportsFromTheUnspecifiedAddressAreRepeatedFromTheLinkLocalAddress() throws SocketException {
    join(GROUP);
    assertThat(answers()).containsOnly(report("::", record(4, "ff15::3"))).hasSize(2);
    linkLocal();
    assertThat(answers()).containsOnly(report(OWN, record(4, "ff15::3"))).hasSize(2);
    TestInterfaces.address(host.ip, host.eth0, "fe80::78/64");
    assertThat(answers()).as("a second link-local address changes nothing").isEmpty();
  }

  @Test
  @Requirement({"RFC3810-5.1.15-01", "RFC3810-6.2-01", "RFC8504-5.11-01"})
  void queriesToAnyAddressAreAnswered() throws SocketException {
    joined();
    for (String destination : List.of(NODES, OWN, "2001:db8::77", "ff15::3", "ff02::1:ff00:77")) {
      receive(mldPacket(ROUTER, destination, 1, generalQuery(ROUTER, destination)));
      assertThat(answers()).as(destination).containsExactly(report(OWN, record(2, "ff15::3")));
    }
    receive(mldPacket(ROUTER, "ff15::3", 1, mldQuery(ROUTER, "ff15::3", 1000, "ff15::3", 2, 125, "2001:db8::5")));
    assertThat(answers()).containsExactly(report(OWN, record(1, "ff15::3", "2001:db8::5")));
    assertThat(host.drops.total()).isZero();
  }

  @Test
  @Requirement({"RFC3810-5.1.14-01", "RFC3590-4-01"})
  void queriesFromBeyondTheLinkAreDropped() throws SocketException {
    joined();
    assertDropped(mldPacket("2001:db8::1", NODES, 1, generalQuery("2001:db8::1", NODES)), MulticastDrop.BAD_SOURCE);
    assertDropped(mldPacket("::", NODES, 1, generalQuery("::", NODES)), MulticastDrop.BAD_SOURCE);
    assertDropped(mldPacket(ROUTER, NODES, 2, generalQuery(ROUTER, NODES)), MulticastDrop.BAD_HOP_LIMIT);
    byte[] withoutOption = ipv6(ROUTER, NODES, 58, generalQuery(ROUTER, NODES));
    withoutOption[7] = 1;
    assertDropped(withoutOption, MulticastDrop.NO_ROUTER_ALERT);
    byte[] otherOption = ipv6(ROUTER, NODES, 0,
        concat(octets(58, 0, 5, 2, 0, 1, 1, 0), generalQuery(ROUTER, NODES)));
    otherOption[7] = 1;
    assertDropped(otherOption, MulticastDrop.NO_ROUTER_ALERT);
  }

  @Test
  @Requirement("RFC3810-5.1.14-02")
  void nonLinkLocalRouterIsLoggedOnce() throws SocketException {
    List<String> logged = new ArrayList<>();
    Handler handler = new Handler() {
      @Override
      public void publish(LogRecord entry) {
        logged.add(entry.getLevel() + " " + entry.getMessage());
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    Logger logger = Logger.getLogger(GroupHost.class.getName());
    logger.addHandler(handler);
    try {
      for (int i = 0; i < 3; i++) {
        receive(mldPacket("2001:db8::1", NODES, 1, generalQuery("2001:db8::1", NODES)));
      }
    } finally {
      logger.removeHandler(handler);
    }
    assertThat(logged).containsExactly("WARNING ignoring MLD from 2001:db8::1, which is not link-local; logged once");
  }

  @Test
  @Requirement({"RFC3810-5.1.2-01", "RFC3810-5.2.2-01", "RFC3810-5-02"})
  void badAndUnknownMessagesAreCounted() throws SocketException {
    joined();
    byte[] bad = generalQuery(ROUTER, NODES);
    bad[9]++;
    assertDropped(mldPacket(ROUTER, NODES, 1, bad), GroupDefect.BAD_CHECKSUM);
    byte[] badReport = mld(ROUTER, "ff15::3", 131, 0, "ff15::3");
    badReport[9]++;
    assertDropped(mldPacket(ROUTER, "ff15::3", 1, badReport), GroupDefect.BAD_CHECKSUM);
    // Types that are not MLD are handled by ICMPv6.
    assertDropped(
        mldPacket(ROUTER, NODES, 1, icmpv6(ROUTER, NODES, 144, 0, 0, new byte[16])), IcmpDrop.IGNORED_TYPE);
    assertDropped(mldPacket(ROUTER, OWN, 1, mldReport(ROUTER, OWN, record(4, "ff15::3"))), MulticastDrop.FOR_ROUTERS);
    assertDropped(mldPacket(ROUTER, OWN, 1, mld(ROUTER, OWN, 132, 0, "ff15::3")), MulticastDrop.FOR_ROUTERS);
  }

  @Test
  @Requirement({"RFC3810-8.2.1-01", "RFC3810-5-01"})
  void olderVersionReportsToTheGroupAndLeavesToAllRouters() throws SocketException {
    linkLocal();
    receive(mldPacket(ROUTER, NODES, 1, mld(ROUTER, NODES, 130, 10_000, "::")));
    join(GROUP);
    byte[] report = mldPacket(OWN, "ff15::3", 1, mld(OWN, "ff15::3", 131, 0, "ff15::3"));
    assertThat(answers()).containsExactly(report, report);
    socket.leave(host.eth0, GROUP, null);
    assertThat(answers())
        .containsExactly(mldPacket(OWN, "ff02::2", 1, mld(OWN, "ff02::2", 132, 0, "ff15::3")));
  }

  @Test
  @Requirement("RFC3810-5.2.14-02")
  void foreignReportsSuppressOwnReportsForAnyDestination() throws SocketException {
    receive(mldPacket(ROUTER, NODES, 1, mld(ROUTER, NODES, 130, 10_000, "::")));
    joined();
    for (String destination : List.of("ff15::3", OWN, NODES)) {
      receive(mldPacket(ROUTER, NODES, 1, mld(ROUTER, NODES, 130, 10_000, "::")));
      receive(mldPacket("fe80::5", destination, 1, mld("fe80::5", destination, 131, 0, "ff15::3")));
      assertThat(answers()).as(destination).isEmpty();
    }
  }

  @Test
  @Requirement({"RFC3810-4.2-01", "RFC8504-5.11-01"})
  void includeFiltersNeverMakeTheInterfaceExclude() throws SocketException {
    linkLocal();
    SocketGroups other = host.groups.newSocket();
    socket.join(host.eth0, GROUP, IpAddress.parse("2001:db8::7"));
    loop.settle();
    other.join(host.eth0, GROUP, IpAddress.parse("2001:db8::8"));
    loop.settle();
    other.leave(host.eth0, GROUP, IpAddress.parse("2001:db8::8"));
    receive(mldPacket(ROUTER, NODES, 1, generalQuery(ROUTER, NODES)));
    assertThat(answers()).isNotEmpty().allSatisfy(packet -> assertThat((int) packet[40 + 8 + 8]).isIn(1, 3, 5, 6));
  }

  @Test
  @Requirement("RFC3810-6-01")
  void allNodesAndHostLocalGroupsAreNotReported() throws SocketException {
    linkLocal();
    for (String group : List.of(NODES, "ff01::5", "ff00::5")) {
      join(IpAddress.parse(group));
    }
    receive(mldPacket(ROUTER, NODES, 1, generalQuery(ROUTER, NODES)));
    assertThat(answers()).isEmpty();
    join(IpAddress.parse("ff02::fb"));
    assertThat(answers()).as("a link-local group").containsOnly(report(OWN, record(4, "ff02::fb")));
  }

  @Test
  void joiningAnIpv6GroupFailsWithoutAnIpv6Address() {
    TestHost v4 = TestHost.bare(loop, "10.0.0.1/24");
    assertThatThrownBy(() -> v4.groups.newSocket().join(v4.eth0, GROUP, null))
        .isInstanceOf(SocketException.class).hasMessageContaining("No such device");
    v4.close();
  }
}
