package io.reactorstack.nat.engine;

import static io.reactorstack.nat.engine.NatPackets.mayBeFragmented;
import static io.reactorstack.nat.engine.NatPackets.udp;
import static io.reactorstack.nat.engine.NatPackets.udpWithoutChecksum;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.nat.NatFiltering;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.NatTimeouts;
import io.reactorstack.nat.engine.NatVerdict.Answer;
import io.reactorstack.nat.engine.NatVerdict.Path;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PortRange;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** UDP through a translator (RFC 4787) on a time line. */
class NatUdpTest {

  private static final NatSettings OPEN = NatSettings.DEFAULT.withFiltering(NatFiltering.ENDPOINT_INDEPENDENT);
  private static final NatSettings STRICT = NatSettings.DEFAULT.withFiltering(NatFiltering.ADDRESS_AND_PORT_DEPENDENT);

  private static final String HOST = "10.0.0.2:5000";
  private static final String SERVER = "198.51.100.7:53";
  private static final String MAPPED = "203.0.113.1:5000";

  // ---- mapping (RFC 4787 section 4.1)

  @Test
  @Requirement("RFC3022-4.1-01")
  void aDatagramLeavesWithTheOutsideAddressAndItsAnswerComesBack() {
    NatTimeline t = NatTimeline.start();
    t.out(udp(HOST, SERVER)).becomes(Path.OUTBOUND, "udp 203.0.113.1:5000 > 198.51.100.7:53");
    t.in(udp(SERVER, MAPPED)).becomes(Path.INBOUND, "udp 198.51.100.7:53 > 10.0.0.2:5000");
    t.mappings("UDP 10.0.0.2:5000 > 203.0.113.1:5000 ACTIVE for 300 s").end();
  }

  @ParameterizedTest
  @EnumSource(NatFiltering.class)
  @Requirement("RFC4787-REQ1-01")
  void theMappingDoesNotDependOnTheDestination(NatFiltering filtering) {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withFiltering(filtering));
    // The port is taken, so that the second host gets another one.
    t.out(udp("10.0.0.1:5000", SERVER)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
    t.out(udp(HOST, SERVER));
    int port = Packets.getShort(t.translated(), 20);
    assertThat(port).isNotEqualTo(5000);
    t.out(udp(HOST, "198.51.100.7:54")).becomes("udp 203.0.113.1:" + port + " > 198.51.100.7:54");
    t.out(udp(HOST, "198.51.100.8:53")).becomes("udp 203.0.113.1:" + port + " > 198.51.100.8:53");
    t.mappingCount(2).end();
  }

  @Test
  void hostsWithTheSamePortAreToldApartByTheOutsidePort() {
    NatTimeline t = NatTimeline.start();
    t.out(udp("10.0.0.1:5000", SERVER)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
    t.out(udp("10.0.0.2:5000", SERVER));
    int port = Packets.getShort(t.translated(), 20);
    t.in(udp(SERVER, "203.0.113.1:" + port)).becomes("udp 198.51.100.7:53 > 10.0.0.2:5000");
    t.in(udp(SERVER, "203.0.113.1:5000")).becomes("udp 198.51.100.7:53 > 10.0.0.1:5000");
  }

  @Test
  @Requirement("RFC3022-4.1-02")
  void aDatagramWithoutAChecksumHasNoneAfterwards() {
    NatTimeline t = NatTimeline.start();
    t.out(udpWithoutChecksum(HOST, SERVER)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
    assertThat(Packets.getShort(t.result(), 26)).isZero();
    t.in(udpWithoutChecksum(SERVER, MAPPED)).becomes("udp 198.51.100.7:53 > 10.0.0.2:5000");
    assertThat(Packets.getShort(t.result(), 26)).isZero();
  }

  @Test
  void aWrongChecksumRemainsWrong() {
    byte[] damaged = udp(HOST, SERVER);
    damaged[damaged.length - 1] ^= 1;
    byte[] translated = NatTimeline.start().out(damaged).translated();
    translated[translated.length - 1] ^= 1;
    assertThat(NatPackets.describe(translated)).isEqualTo("udp 203.0.113.1:5000 > 198.51.100.7:53");
  }

  @Test
  @Requirement("RFC4787-REQ2-01")
  void allMappingsOfAHostHaveTheSameOutsideAddress() {
    NatTimeline t = new NatTimeline(NatSettings.DEFAULT, "203.0.113.1", "203.0.113.2", "203.0.113.3");
    t.out(udp("10.0.0.1:1001", SERVER)).becomes("udp 203.0.113.1:1001 > 198.51.100.7:53");
    t.out(udp("10.0.0.2:1001", SERVER)).becomes("udp 203.0.113.2:1001 > 198.51.100.7:53");
    t.out(udp("10.0.0.3:1001", SERVER)).becomes("udp 203.0.113.3:1001 > 198.51.100.7:53");
    for (int port = 1002; port < 1020; port++) {
      t.out(udp("10.0.0.2:" + port, SERVER)).becomes("udp 203.0.113.2:" + port + " > 198.51.100.7:53");
    }
    t.out(NatPackets.tcp("10.0.0.2:2000", SERVER, "S")).becomes("tcp 203.0.113.2:2000 > 198.51.100.7:53");
    t.out(NatPackets.echo("10.0.0.2:9", SERVER)).becomes("echo 203.0.113.2 > 198.51.100.7 id 9");
  }

  // ---- ports (RFC 4787 section 4.2)

  @Test
  @Requirement({"RFC4787-REQ3-02", "RFC4787-REQ3-03"})
  void wellKnownPortsStayWellKnownAndOthersStayOthers() {
    NatTimeline t = NatTimeline.start();
    for (int host = 1; host <= 200; host++) {
      t.out(udp("10.0.0." + host + ":500", SERVER));
      assertThat(Packets.getShort(t.translated(), 20)).isBetween(1, 1023);
      t.out(udp("10.0.0." + host + ":1024", SERVER));
      assertThat(Packets.getShort(t.translated(), 20)).isGreaterThanOrEqualTo(1024);
    }
  }

  @Test
  @Requirement("RFC4787-REQ3-01")
  void noPortIsGivenTwiceEvenIfNoneIsLeft() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withPortRange(new PortRange(2000, 2009)).withParity(false));
    Set<Integer> ports = new HashSet<>();
    for (int port = 4001; port <= 4010; port++) {
      t.out(udp("10.0.0.2:" + port, SERVER));
      ports.add(Packets.getShort(t.translated(), 20));
    }
    assertThat(ports).hasSize(10).allMatch(port -> port >= 2000 && port <= 2009);
    t.out(udp("10.0.0.2:4011", SERVER)).refused(NatDrop.NO_PORT, Answer.PROHIBITED);
    t.out(udp("10.0.0.3:4011", SERVER)).refused(NatDrop.NO_PORT, Answer.PROHIBITED).mappingCount(10).end();
  }

  @Test
  @Requirement("RFC4787-REQ4-01")
  void portsKeepTheirParity() {
    NatTimeline t = NatTimeline.start();
    for (int host = 1; host <= 100; host++) {
      t.out(udp("10.0.0." + host + ":5000", SERVER));
      assertThat(Packets.getShort(t.translated(), 20) % 2).isZero();
      t.out(udp("10.0.0." + host + ":5001", SERVER));
      assertThat(Packets.getShort(t.translated(), 20) % 2).isOne();
    }
  }

  @Test
  @Requirement("RFC7857-8-01")
  void parityMayBeOff() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withParity(false));
    Set<Integer> parities = new HashSet<>();
    for (int host = 1; host <= 50; host++) {
      t.out(udp("10.0.0." + host + ":5000", SERVER));
      parities.add(Packets.getShort(t.translated(), 20) % 2);
    }
    assertThat(parities).containsExactlyInAnyOrder(0, 1);
  }

  @Test
  @Requirement({"RFC6056-4-01", "RFC7857-9-01"})
  void aPortThatMustChangeIsDrawnAtRandom() {
    NatTimeline t = NatTimeline.start();
    t.out(udp("10.0.0.1:5000", SERVER)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
    Set<Integer> gaps = new HashSet<>();
    int last = 5000;
    for (int host = 2; host <= 101; host++) {
      t.out(udp("10.0.0." + host + ":5000", SERVER));
      int port = Packets.getShort(t.translated(), 20);
      gaps.add(port - last);
      last = port;
    }
    assertThat(gaps).as("different distances of 100 ports").hasSizeGreaterThan(95);
  }

  @Test
  void portsOfTheTranslatorsOwnHostAreNotGivenAway() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withPortRange(new PortRange(5000, 5001)).withParity(false));
    t.sockets.add("UDP 203.0.113.1:5000");
    t.out(udp(HOST, SERVER)).becomes("udp 203.0.113.1:5001 > 198.51.100.7:53");
    t.out(udp("10.0.0.3:5000", SERVER)).refused(NatDrop.NO_PORT, Answer.PROHIBITED);
    t.in(udp(SERVER, "203.0.113.1:5000")).passes();
    assertThat(t.engine.isMapped(NatProtocol.UDP, NatTimeline.endpoint("203.0.113.1:5001"))).isTrue();
    assertThat(t.engine.isMapped(NatProtocol.UDP, NatTimeline.endpoint("203.0.113.1:5000"))).isFalse();
    assertThat(t.engine.isMapped(NatProtocol.TCP, NatTimeline.endpoint("203.0.113.1:5001"))).isFalse();
  }

  @Test
  @Requirement("RFC7857-5-01")
  void mappingsOfUdpAndTcpAreIndependent() {
    NatTimeline t = NatTimeline.start();
    t.out(udp("10.0.0.1:5000", SERVER)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
    t.out(NatPackets.tcp("10.0.0.2:5000", SERVER, "S")).becomes("tcp 203.0.113.1:5000 > 198.51.100.7:53");
    t.in(udp(SERVER, MAPPED)).becomes("udp 198.51.100.7:53 > 10.0.0.1:5000");
    t.in(NatPackets.tcp(SERVER, MAPPED, "SA")).becomes("tcp 198.51.100.7:53 > 10.0.0.2:5000");
  }

  @Test
  void theSourcePortZeroIsRefused() {
    NatTimeline.start().out(udp("10.0.0.2:0", SERVER)).refused(NatDrop.BAD_TRANSPORT).mappingCount(0);
  }

  // ---- refresh (RFC 4787 section 4.3)

  @Test
  @Requirement({"RFC4787-REQ5-01", "RFC4787-REQ5-04"})
  void aMappingLivesFiveMinutes() {
    NatTimeline t = NatTimeline.start();
    t.out(udp(HOST, SERVER)).translated();
    t.at(299.9).in(udp(SERVER, MAPPED)).becomes("udp 198.51.100.7:53 > 10.0.0.2:5000");
    t.at(300).in(udp(SERVER, MAPPED)).refused(NatDrop.NO_MAPPING).mappingCount(0).end();
  }

  @Test
  @Requirement("RFC4787-REQ5-03")
  void theLifetimeIsASetting() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withTimeouts(
        NatTimeouts.DEFAULT.withUdp(Duration.ofMinutes(2))));
    t.out(udp(HOST, SERVER)).translated();
    t.at(119.9).mappingCount(1).at(120).mappingCount(0);
  }

  @Test
  @Requirement("RFC4787-REQ6-01")
  void packetsFromInsideKeepAMappingAliveAndOthersDoNot() {
    NatTimeline t = NatTimeline.start();
    t.out(udp(HOST, SERVER)).translated();
    t.at(200).out(udp(HOST, SERVER)).translated();
    t.at(400).in(udp(SERVER, MAPPED)).translated();
    t.at(499.9).mappingCount(1).at(500).mappingCount(0);
  }

  @Test
  @Requirement("RFC4787-REQ6-02")
  void packetsFromOutsideKeepAMappingAliveIfWanted() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withRefreshFromOutside(true));
    t.out(udp(HOST, SERVER)).translated();
    t.at(200).in(udp(SERVER, MAPPED)).translated();
    t.at(499.9).mappingCount(1).at(500).mappingCount(0);
  }

  @Test
  @Requirement("RFC7857-7-01")
  void aPacketThatIsRefusedDoesNotKeepTheMappingAlive() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withRefreshFromOutside(true));
    t.out(udp(HOST, SERVER)).translated();
    t.at(200).in(udp("198.51.100.9:53", MAPPED)).refused(NatDrop.FILTERED);
    t.at(299.9).mappingCount(1).at(300).mappingCount(0);
  }

  @Test
  void eachOutsideHostHasItsOwnTimeAndTheMappingEndsWithTheLast() {
    NatTimeline t = NatTimeline.start();
    t.out(udp(HOST, SERVER)).translated();
    t.at(100).out(udp(HOST, "198.51.100.8:53")).translated();
    t.at(300).in(udp(SERVER, MAPPED)).refused(NatDrop.FILTERED);
    t.in(udp("198.51.100.8:53", MAPPED)).becomes("udp 198.51.100.8:53 > 10.0.0.2:5000");
    t.mappings("UDP 10.0.0.2:5000 > 203.0.113.1:5000 ACTIVE for 100 s").at(400).mappingCount(0);
  }

  // ---- filtering (RFC 4787 section 5)

  @Test
  @Requirement({"RFC4787-REQ8-02", "RFC4787-REQ8-03"})
  void byDefaultOnlyAddressesMayAnswerToWhichTheHostHasSent() {
    NatTimeline t = NatTimeline.start();
    t.out(udp(HOST, SERVER)).translated();
    t.in(udp("198.51.100.7:9999", MAPPED)).becomes("udp 198.51.100.7:9999 > 10.0.0.2:5000");
    t.in(udp("198.51.100.8:53", MAPPED)).refused(NatDrop.FILTERED);
    t.in(udp(SERVER, "203.0.113.1:5001")).refused(NatDrop.NO_MAPPING);
  }

  @Test
  @Requirement("RFC4787-REQ8-01")
  void anOpenFilterAdmitsEveryHost() {
    NatTimeline t = NatTimeline.start(OPEN);
    t.in(udp("198.51.100.8:53", MAPPED)).refused(NatDrop.NO_MAPPING);
    t.out(udp(HOST, SERVER)).translated();
    t.in(udp("198.51.100.8:53", MAPPED)).becomes("udp 198.51.100.8:53 > 10.0.0.2:5000");
    assertThat(t.engine.sessionCount()).isOne();
  }

  @Test
  void theStrictestFilterAdmitsEndpoints() {
    NatTimeline t = NatTimeline.start(STRICT);
    t.out(udp(HOST, SERVER)).translated();
    t.in(udp("198.51.100.7:9999", MAPPED)).refused(NatDrop.FILTERED);
    t.in(udp(SERVER, MAPPED)).becomes("udp 198.51.100.7:53 > 10.0.0.2:5000");
  }

  // ---- hairpinning (RFC 4787 section 6)

  @ParameterizedTest
  @EnumSource(NatFiltering.class)
  @Requirement({"RFC4787-REQ9-01", "RFC4787-REQ9-02"})
  void insideHostsReachEachOtherByTheirOutsideEndpoints(NatFiltering filtering) {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withFiltering(filtering));
    t.out(udp("10.0.0.3:6000", "203.0.113.1:5000")).refused(NatDrop.NO_MAPPING);
    t.out(udp(HOST, "203.0.113.1:6000")).becomes(Path.HAIRPIN, "udp 203.0.113.1:5000 > 10.0.0.3:6000");
    t.out(udp("10.0.0.3:6000", "203.0.113.1:5000")).becomes(Path.HAIRPIN, "udp 203.0.113.1:6000 > 10.0.0.2:5000");
  }

  @Test
  void aHairpinnedDatagramIsFilteredAsOneFromOutside() {
    NatTimeline t = NatTimeline.start();
    t.out(udp("10.0.0.3:6000", SERVER)).translated();
    t.out(udp(HOST, "203.0.113.1:6000")).refused(NatDrop.FILTERED);
  }

  // ---- identification (RFC 6864)

  @Test
  @Requirement({"RFC6864-5.3.1-01", "RFC7857-10-01"})
  void hostsThatShareAnAddressDoNotShareIdentifications() {
    NatTimeline t = NatTimeline.start();
    Set<Integer> seen = new HashSet<>();
    for (int id = 0; id < 100; id++) {
      for (int host = 1; host <= 3; host++) {
        t.out(mayBeFragmented(udp("10.0.0." + host + ":600" + host, SERVER), id));
        seen.add(NatPackets.identification(t.translated()));
        NatPackets.describe(t.result());
      }
    }
    assertThat(seen).as("identifications of 300 datagrams").hasSize(300);
  }

  @Test
  void aDatagramThatIsNoFragmentAndCannotBecomeOneKeepsItsIdentification() {
    byte[] atomic = udp(HOST, SERVER);
    Packets.putShort(atomic, 4, 4711);
    Packets.fixIpv4(atomic, 0);
    assertThat(NatPackets.identification(NatTimeline.start().out(atomic).translated())).isEqualTo(4711);
  }

  // ---- packets that are not translated

  @Test
  void sourcesThatAreNotInsidePassThrough() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withInside(List.of(IpPrefix.parse("10.0.0.0/8"))));
    t.out(udp("192.0.2.5:5000", SERVER)).passes();
    t.in(udp(SERVER, "192.0.2.5:5000")).passes();
    t.out(udp(HOST, SERVER)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
    t.in(udp(SERVER, HOST)).refused(NatDrop.INSIDE_DESTINATION);
  }

  @Test
  void anOutsideHostCannotUseInsideAddressesOrTheTranslatorsOwn() {
    NatTimeline t = NatTimeline.start();
    t.out(udp(HOST, SERVER)).translated();
    t.in(udp(SERVER, HOST)).refused(NatDrop.INSIDE_DESTINATION);
    t.in(udp("203.0.113.1:53", MAPPED)).refused(NatDrop.SPOOFED_SOURCE);
  }

  @Test
  void aSourceOfANamedInsideNetworkDoesNotComeFromOutside() {
    NatSettings open = NatSettings.DEFAULT.withFiltering(NatFiltering.ENDPOINT_INDEPENDENT);
    NatTimeline t = NatTimeline.start(open.withInside(List.of(IpPrefix.parse("10.0.0.0/8"))));
    t.out(udp(HOST, SERVER)).translated();
    t.in(udp("10.0.0.9:53", MAPPED)).refused(NatDrop.SPOOFED_SOURCE);
    t.in(udp("172.16.0.9:53", MAPPED)).translated();
    // Without named networks, private addresses may be outside too.
    NatTimeline any = NatTimeline.start(open);
    any.out(udp(HOST, SERVER)).translated();
    any.in(udp("10.0.0.9:53", MAPPED)).translated();
  }

  @ParameterizedTest
  @ValueSource(strings = {"224.0.0.251:5353", "255.255.255.255:67"})
  void groupsAndBroadcastsDoNotLeave(String group) {
    NatTimeline.start().out(udp(HOST, group)).refused(NatDrop.NOT_UNICAST).mappingCount(0);
  }

  @Test
  void otherProtocolsDoNotLeave() {
    NatTimeline t = NatTimeline.start();
    byte[] gre = Packets.ipv4("10.0.0.2", "198.51.100.7", 47, new byte[20]);
    t.out(gre).refused(NatDrop.UNSUPPORTED_PROTOCOL, Answer.PROHIBITED);
    t.out(Packets.ipv4("10.0.0.2", "203.0.113.1", 47, new byte[20])).passes();
    t.in(Packets.ipv4("198.51.100.7", "203.0.113.1", 47, new byte[20])).passes();
  }

  @Test
  void aHeaderThatIsCutOffIsRefused() {
    NatTimeline t = NatTimeline.start();
    t.out(Packets.ipv4("10.0.0.2", "198.51.100.7", 17, new byte[7])).refused(NatDrop.BAD_TRANSPORT);
    t.in(Packets.ipv4("198.51.100.7", "203.0.113.1", 17, new byte[7])).refused(NatDrop.BAD_TRANSPORT);
    t.out(Packets.ipv4("10.0.0.2", "198.51.100.7", 6, new byte[19])).refused(NatDrop.BAD_TRANSPORT);
  }

  @Test
  void optionsOfThePacketAreSkipped() {
    NatTimeline t = NatTimeline.start();
    byte[] packet = NatPackets.withOptions(udp(HOST, SERVER), 1, 1, 1, 0);
    t.out(packet).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
    assertThat(t.result()[20]).isEqualTo((byte) 1);
  }

  // ---- determinism (RFC 4787 section 8) and quarantine (RFC 6888 REQ-8)

  @Test
  @Requirement("RFC4787-REQ11-01")
  void loadAndConflictsChangeNeitherMappingNorFilter() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withPortRange(new PortRange(5000, 5199)).withParity(false));
    t.out(udp(HOST, SERVER)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
    for (int port = 1; port < 200; port++) {
      t.out(udp("10.0.0.3:" + (20_000 + port), SERVER)).translated();
    }
    t.out(udp("10.0.0.4:5000", SERVER)).refused(NatDrop.NO_PORT, Answer.PROHIBITED);
    t.out(udp(HOST, "198.51.100.8:53")).becomes("udp 203.0.113.1:5000 > 198.51.100.8:53");
    t.in(udp("198.51.100.9:53", MAPPED)).refused(NatDrop.FILTERED);
    t.in(udp("198.51.100.8:1", MAPPED)).becomes("udp 198.51.100.8:1 > 10.0.0.2:5000");
  }

  @Test
  void withAnOpenFilterThePortOfAnEndedMappingIsNotGivenToAnotherHostAtOnce() {
    NatTimeline t = NatTimeline.start(OPEN);
    t.out(udp(HOST, SERVER)).translated();
    t.at(300).mappingCount(0).out(udp("10.0.0.3:5000", SERVER));
    assertThat(Packets.getShort(t.translated(), 20)).isNotEqualTo(5000);
    t.at(420).out(udp("10.0.0.4:5000", SERVER)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
  }

  @Test
  void theHostThatHadAPortMayHaveItAgainAtOnce() {
    NatTimeline t = NatTimeline.start(OPEN);
    t.out(udp(HOST, SERVER)).translated();
    t.at(301).mappingCount(0).out(udp(HOST, SERVER)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
    // The end of the quarantine does not free the port, which is in use again.
    t.at(430).out(udp("10.0.0.4:5000", SERVER));
    assertThat(Packets.getShort(t.translated(), 20)).isNotEqualTo(5000);
  }

  @Test
  void withAFilterThePortOfAnEndedMappingIsFreeAtOnce() {
    NatTimeline t = NatTimeline.start();
    t.out(udp(HOST, SERVER)).translated();
    t.at(300).out(udp("10.0.0.3:5000", SERVER)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:53");
  }
}
