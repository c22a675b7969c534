package io.reactorstack.multicast;

import static io.reactorstack.multicast.GroupMessages.ALERT;
import static io.reactorstack.multicast.GroupMessages.igmp;
import static io.reactorstack.multicast.GroupMessages.igmpPacket;
import static io.reactorstack.multicast.GroupMessages.igmpQuery;
import static io.reactorstack.multicast.GroupMessages.igmpReport;
import static io.reactorstack.multicast.GroupMessages.record;
import static io.reactorstack.testing.Packets.ethernet;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.ethernet.EthernetDrop;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.GroupDefect;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** IGMP of a host on Ethernet; compares every octet of the frames. */
class IgmpHostTest {

  private static final String MAC = "02:00:00:00:00:0a";
  private static final String ROUTER_MAC = "02:00:00:00:00:fe";
  private static final String OWN = "10.0.0.1";
  private static final String ROUTER = "10.0.0.254";
  private static final IpAddress GROUP = IpAddress.parse("239.1.2.3");
  private static final String GROUP_MAC = "01:00:5e:01:02:03";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.ethernet(loop, MAC, OWN + "/24");
  private final SocketGroups socket = host.groups.newSocket();

  @AfterEach
  void close() {
    host.close();
  }

  private void join(IpAddress group) throws SocketException {
    socket.join(host.eth0, group, null);
    loop.settle();
  }

  /** Joins the group, and advances the time until the join was reported. */
  private void joined() throws SocketException {
    join(GROUP);
    loop.advance(Duration.ofSeconds(60));
    host.device.takeSent();
  }

  private void receive(String destination, byte[] packet) {
    host.device.inject(ethernet(destination, ROUTER_MAC, 0x0800, packet));
    loop.settle();
  }

  private List<byte[]> sentWithin(Duration time) {
    loop.advance(time);
    return host.device.takeSent();
  }

  private List<byte[]> answers() {
    return sentWithin(Duration.ofSeconds(20));
  }

  private static byte[] frame(String mac, String destination, byte[] message) {
    byte[] packet = Packets.ipv4(OWN, destination, 2, message, ALERT);
    packet[1] = (byte) 0xc0;
    packet[8] = 1;
    return ethernet(mac, MAC, 0x0800, Packets.fixIpv4(packet, 0));
  }

  private static byte[] report(byte[]... records) {
    return frame("01:00:5e:00:00:16", "224.0.0.22", igmpReport(records));
  }

  private void assertDropped(DropReason reason) {
    assertThat(answers()).isEmpty();
    assertThat(host.drops.get(reason)).as(host.drops.toString()).isEqualTo(1);
  }

  @Test
  @Requirement({"RFC3376-4-03", "RFC3376-4.2.14-01", "RFC3376-5.1-01"})
  void joinIsReportedToTheRoutersWithRouterAlertAndOneHop() throws SocketException {
    join(GROUP);
    assertThat(host.device.takeSent()).containsExactly(report(record(4, "239.1.2.3")));
    assertThat(sentWithin(Duration.ofSeconds(1))).containsExactly(report(record(4, "239.1.2.3")));
    assertThat(sentWithin(Duration.ofSeconds(100))).isEmpty();
    socket.leave(host.eth0, GROUP, null);
    assertThat(answers()).containsExactly(report(record(3, "239.1.2.3")), report(record(3, "239.1.2.3")));
  }

  @Test
  @Requirement("RFC3376-3.2-01")
  void includeFiltersNeverMakeTheInterfaceExclude() throws SocketException {
    SocketGroups other = host.groups.newSocket();
    socket.join(host.eth0, GROUP, IpAddress.parse("10.0.0.7"));
    loop.settle();
    other.join(host.eth0, GROUP, IpAddress.parse("10.0.0.8"));
    loop.settle();
    other.leave(host.eth0, GROUP, IpAddress.parse("10.0.0.8"));
    receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", igmpQuery(10, "0.0.0.0", 2, 125), ALERT));
    // The type of the first record of each report.
    assertThat(answers()).isNotEmpty().allSatisfy(frame -> assertThat((int) frame[14 + 24 + 8]).isIn(1, 3, 5, 6));
  }

  @Test
  @Requirement({"RFC1122-3.2.3-01", "RFC1122-3.3.7-02"})
  void reportsMergeTheFiltersOfAllSockets() throws SocketException {
    SocketGroups other = host.groups.newSocket();
    socket.join(host.eth0, GROUP, null);
    socket.block(host.eth0, GROUP, IpAddress.parse("10.0.0.7"));
    socket.block(host.eth0, GROUP, IpAddress.parse("10.0.0.8"));
    loop.advance(Duration.ofSeconds(5));
    host.device.takeSent();
    other.join(host.eth0, GROUP, IpAddress.parse("10.0.0.8"));
    assertThat(answers()).containsOnly(report(record(5, "239.1.2.3", "10.0.0.8")));
    other.join(host.eth0, GROUP, IpAddress.parse("10.0.0.9"));
    assertThat(answers()).as("the interface accepts the source already").isEmpty();
    socket.close();
    assertThat(answers()).containsOnly(report(record(3, "239.1.2.3", "10.0.0.8", "10.0.0.9")));
  }

  @Test
  @Requirement({"RFC3376-4.1.12-01", "RFC3376-5.2-01"})
  void queriesToAnyAddressOfTheInterfaceAreAnswered() throws SocketException {
    joined();
    byte[] general = igmpQuery(100, "0.0.0.0", 2, 125);
    byte[] own = igmpQuery(100, "239.1.2.3", 2, 125);
    receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", general, ALERT));
    assertThat(answers()).containsExactly(report(record(2, "239.1.2.3")));
    receive(MAC, igmpPacket(ROUTER, OWN, general, ALERT));
    assertThat(answers()).containsExactly(report(record(2, "239.1.2.3")));
    receive(GROUP_MAC, igmpPacket(ROUTER, "239.1.2.3", own, ALERT));
    assertThat(answers()).containsExactly(report(record(2, "239.1.2.3")));
    receive(MAC, igmpPacket(ROUTER, OWN, own, ALERT));
    assertThat(answers()).containsExactly(report(record(2, "239.1.2.3")));
    assertThat(host.drops.total()).isZero();
  }

  @Test
  void queriesFromTheUnspecifiedAddressAreAnswered() throws SocketException {
    joined();
    receive("01:00:5e:00:00:01", igmpPacket("0.0.0.0", "224.0.0.1", igmpQuery(100, "0.0.0.0", 2, 125), ALERT));
    assertThat(answers()).containsExactly(report(record(2, "239.1.2.3")));
  }

  @Test
  @Requirement({"RFC3376-9.1-01", "RFC9776-9.1-01"})
  void queriesWithoutRouterAlertAreIgnored() throws SocketException {
    joined();
    receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", igmpQuery(100, "0.0.0.0", 2, 125)));
    assertDropped(MulticastDrop.NO_ROUTER_ALERT);
    receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", igmp(0x11, 100, "0.0.0.0"), 1, 1, 1, 0));
    assertThat(answers()).isEmpty();
    assertThat(host.drops.get(MulticastDrop.NO_ROUTER_ALERT)).isEqualTo(2);
    // IGMPv1 does not have the option.
    receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", igmp(0x11, 0, "0.0.0.0")));
    assertThat(answers()).containsExactly(frame(GROUP_MAC, "239.1.2.3", igmp(0x12, 0, "239.1.2.3")));
  }

  @Test
  @Requirement({"RFC3376-9.1-02", "RFC9776-9.1-02"})
  void generalQueriesToAnotherGroupAreIgnored() throws SocketException {
    joined();
    receive(GROUP_MAC, igmpPacket(ROUTER, "239.1.2.3", igmpQuery(100, "0.0.0.0", 2, 125), ALERT));
    assertDropped(MulticastDrop.BAD_DESTINATION);
  }

  @Test
  @Requirement({"RFC3376-4.1.2-01", "RFC3376-4-02", "RFC3376-7.1-01"})
  void badAndUnknownMessagesAreCounted() throws SocketException {
    joined();
    byte[] bad = igmpQuery(100, "0.0.0.0", 2, 125);
    bad[1]++;
    receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", bad, ALERT));
    assertDropped(GroupDefect.BAD_CHECKSUM);
    receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", igmp(0x23, 0, "0.0.0.0"), ALERT));
    assertDropped(GroupDefect.UNKNOWN_TYPE);
    byte[] odd = GroupMessages.checked(Arrays.copyOf(igmp(0x11, 100, "0.0.0.0"), 10));
    receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", odd, ALERT));
    assertDropped(GroupDefect.BAD_LENGTH);
    receive(MAC, igmpPacket(ROUTER, OWN, igmpReport(record(4, "239.1.2.3")), ALERT));
    assertDropped(MulticastDrop.FOR_ROUTERS);
    receive(MAC, igmpPacket(ROUTER, OWN, igmp(0x17, 0, "239.1.2.3"), ALERT));
    assertThat(answers()).isEmpty();
    assertThat(host.drops.get(MulticastDrop.FOR_ROUTERS)).isEqualTo(2);
    assertThat(host.icmp.errorsSent()).isZero();
  }

  @Test
  @Requirement({"RFC3376-4-01", "RFC3376-7.2.1-01", "RFC2236-3-01"})
  void olderVersionReportsToTheGroupAndLeavesToAllRouters() throws SocketException {
    receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", igmp(0x11, 100, "0.0.0.0"), ALERT));
    join(GROUP);
    byte[] report = frame(GROUP_MAC, "239.1.2.3", igmp(0x16, 0, "239.1.2.3"));
    assertThat(answers()).containsExactly(report, report);
    socket.leave(host.eth0, GROUP, null);
    assertThat(answers()).containsExactly(frame("01:00:5e:00:00:02", "224.0.0.2", igmp(0x17, 0, "239.1.2.3")));
  }

  @Test
  @Requirement({"RFC3376-4.2.14-02", "RFC3376-9.2-01", "RFC3376-4-01"})
  void foreignReportsSuppressOwnReportsForAnySourceAndDestination() throws SocketException {
    byte[][] reports = {
        igmpPacket("10.0.0.5", "239.1.2.3", igmp(0x16, 0, "239.1.2.3"), ALERT),
        igmpPacket("0.0.0.0", "239.1.2.3", igmp(0x16, 0, "239.1.2.3"), ALERT),
        igmpPacket("10.0.0.5", "239.1.2.3", igmp(0x12, 0, "239.1.2.3")),
        igmpPacket("10.0.0.5", OWN, igmp(0x16, 0, "239.1.2.3"), ALERT)};
    receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", igmp(0x11, 100, "0.0.0.0"), ALERT));
    joined();
    for (byte[] report : reports) {
      receive("01:00:5e:00:00:01", igmpPacket(ROUTER, "224.0.0.1", igmp(0x11, 100, "0.0.0.0"), ALERT));
      receive(report[19] == 3 ? GROUP_MAC : MAC, report);
      assertThat(answers()).as("another host has reported the group").isEmpty();
    }
    assertThat(host.drops.total()).isZero();
  }

  @Test
  void onlyFramesOfJoinedGroupsAreAccepted() throws SocketException {
    byte[] datagram = Packets.ipv4("10.0.0.5", "239.1.2.3", 17,
        Packets.udp("10.0.0.5", 5000, "239.1.2.3", 5000, new byte[4]));
    receive(GROUP_MAC, datagram);
    assertThat(host.drops.get(EthernetDrop.NOT_FOR_US)).isEqualTo(1);
    // The other group has the same link address, which contains only 23 of the 28 group bits.
    SocketGroups other = host.groups.newSocket();
    other.join(host.eth0, IpAddress.parse("225.129.2.3"), null);
    join(GROUP);
    receive(GROUP_MAC, datagram);
    assertThat(host.drops.get(EthernetDrop.NOT_FOR_US)).isEqualTo(1);
    assertThat(host.eth0.listensTo(GROUP)).isTrue();
    socket.close();
    receive(GROUP_MAC, datagram);
    assertThat(host.drops.get(EthernetDrop.NOT_FOR_US)).as("accepted for the other group").isEqualTo(1);
    assertThat(host.eth0.listensTo(GROUP)).isFalse();
    other.close();
    receive(GROUP_MAC, datagram);
    assertThat(host.drops.get(EthernetDrop.NOT_FOR_US)).isEqualTo(2);
    assertThat(host.ethernet).isNotNull();
    assertThat(MacAddress.parse(GROUP_MAC).isGroup()).isTrue();
  }

  @Test
  void allHostsGroupIsNotReported() throws SocketException {
    join(IpAddress.parse("224.0.0.1"));
    assertThat(answers()).isEmpty();
    socket.close();
    assertThat(answers()).isEmpty();
    assertThat(host.eth0.listensTo(IpAddress.parse("224.0.0.1"))).isTrue();
  }

  @Test
  void hostWithoutAddressReportsFromTheUnspecifiedAddress() throws SocketException {
    host.ip.network().removeAddress(host.eth0.name(), IpAddress.parse(OWN));
    join(GROUP);
    byte[] expected = report(record(4, "239.1.2.3"));
    Arrays.fill(expected, 26, 30, (byte) 0);
    assertThat(host.device.takeSent()).containsExactly(Packets.fixIpv4(expected, 14));
  }

  @Test
  void noReportsAreSentOnTheLoopback() throws SocketException {
    socket.join(host.ip.named("lo"), GROUP, null);
    assertThat(answers()).isEmpty();
    assertThat(host.ip.named("lo").listensTo(GROUP)).isTrue();
  }

  @Test
  void detachedInterfaceSendsNoReports() throws SocketException {
    join(GROUP);
    host.groups.detach(host.eth0);
    loop.settle();
    host.device.takeSent();
    assertThat(answers()).isEmpty();
    assertThat(host.turn.nextDeadline()).isEqualTo(io.reactorstack.layer.Timers.NEVER);
    socket.close();
  }
}
