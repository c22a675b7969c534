package io.reactorstack.nat.engine;

import static io.reactorstack.nat.engine.NatPackets.tcp;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.nat.NatFiltering;
import io.reactorstack.nat.NatLimits;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.NatTimeouts;
import io.reactorstack.nat.engine.NatVerdict.Answer;
import io.reactorstack.nat.engine.NatVerdict.Path;
import io.reactorstack.packet.PortRange;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TCP through a translator (RFC 5382, RFC 7857) on a time line. */
class NatTcpTest {

  private static final NatSettings OPEN = NatSettings.DEFAULT.withFiltering(NatFiltering.ENDPOINT_INDEPENDENT);

  private static final String HOST = "10.0.0.2:5000";
  private static final String SERVER = "198.51.100.7:80";
  private static final String MAPPED = "203.0.113.1:5000";
  private static final String SENT = "tcp 203.0.113.1:5000 > 198.51.100.7:80";
  private static final String RECEIVED = "tcp 198.51.100.7:80 > 10.0.0.2:5000";

  private static final double FOUR_MINUTES = 240;
  private static final double IDLE = 2 * 3600 + FOUR_MINUTES;

  /** Opens a connection from inside at second 0. */
  private static NatTimeline established(NatSettings settings) {
    NatTimeline t = NatTimeline.start(settings);
    t.out(tcp(HOST, SERVER, "S")).becomes(SENT);
    t.in(tcp(SERVER, MAPPED, "SA")).becomes(RECEIVED);
    return t.out(tcp(HOST, SERVER, "A")).becomes(SENT);
  }

  private static NatTimeline established() {
    return established(NatSettings.DEFAULT);
  }

  private static String mapping(String state, double seconds) {
    return "TCP 10.0.0.2:5000 > 203.0.113.1:5000 " + state + " for " + Math.round(seconds) + " s";
  }

  // ---- states

  @Test
  @Requirement("RFC7857-2-01")
  void aConnectionPassesThroughItsStates() {
    NatTimeline t = NatTimeline.start();
    t.out(tcp(HOST, SERVER, "S")).becomes(Path.OUTBOUND, SENT).mappings(mapping("OPENING", FOUR_MINUTES));
    t.in(tcp(SERVER, MAPPED, "SA")).becomes(Path.INBOUND, RECEIVED).mappings(mapping("OPENING", FOUR_MINUTES));
    t.out(tcp(HOST, SERVER, "A")).becomes(SENT).mappings(mapping("ESTABLISHED", IDLE));
    t.out(tcp(HOST, SERVER, "PA", new byte[101])).becomes(SENT);
    t.in(tcp(SERVER, MAPPED, "PA", new byte[33])).becomes(RECEIVED);
    t.out(tcp(HOST, SERVER, "FA")).becomes(SENT).mappings(mapping("ESTABLISHED", IDLE));
    t.in(tcp(SERVER, MAPPED, "PA", new byte[5])).becomes(RECEIVED).mappings(mapping("ESTABLISHED", IDLE));
    t.in(tcp(SERVER, MAPPED, "FA")).becomes(RECEIVED).mappings(mapping("CLOSING", FOUR_MINUTES));
    t.out(tcp(HOST, SERVER, "A")).becomes(SENT).mappings(mapping("CLOSING", FOUR_MINUTES));
    t.at(FOUR_MINUTES).mappings().end();
  }

  @Test
  @Requirement("RFC5382-REQ1-01")
  void theMappingDoesNotDependOnTheDestination() {
    NatTimeline t = NatTimeline.start();
    t.out(tcp("10.0.0.1:5000", SERVER, "S")).becomes(SENT);
    t.out(tcp(HOST, SERVER, "S"));
    int port = Packets.getShort(t.translated(), 20);
    t.out(tcp(HOST, "198.51.100.8:443", "S")).becomes("tcp 203.0.113.1:" + port + " > 198.51.100.8:443");
    t.mappingCount(2);
    assertThat(t.engine.sessionCount()).isEqualTo(3);
  }

  @Test
  @Requirement({"RFC5382-REQ2-02", "RFC5382-REQ2-01"})
  void aSimultaneousOpenPasses() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withFiltering(NatFiltering.ADDRESS_AND_PORT_DEPENDENT));
    t.out(tcp(HOST, SERVER, "S")).becomes(SENT);
    t.in(tcp(SERVER, MAPPED, "S")).becomes(RECEIVED).mappings(mapping("OPENING", FOUR_MINUTES));
    t.out(tcp(HOST, SERVER, "SA")).becomes(SENT);
    t.in(tcp(SERVER, MAPPED, "SA")).becomes(RECEIVED).mappings(mapping("ESTABLISHED", IDLE)).end();
  }

  @Test
  void aConnectionIsOpenWhenEachEndHasSentASynAndAnAcknowledgement() {
    NatTimeline t = NatTimeline.start();
    t.out(tcp(HOST, SERVER, "S")).translated();
    t.out(tcp(HOST, SERVER, "S")).translated();
    t.in(tcp(SERVER, MAPPED, "A")).translated();
    t.out(tcp(HOST, SERVER, "A")).translated();
    t.mappings(mapping("OPENING", FOUR_MINUTES)).in(tcp(SERVER, MAPPED, "S")).translated();
    t.mappings(mapping("ESTABLISHED", IDLE));
    t = NatTimeline.start();
    t.out(tcp(HOST, SERVER, "S")).translated();
    t.out(tcp(HOST, SERVER, "S")).translated();
    t.in(tcp(SERVER, MAPPED, "S")).translated();
    t.in(tcp(SERVER, MAPPED, "SA")).translated();
    t.mappings(mapping("OPENING", FOUR_MINUTES)).out(tcp(HOST, SERVER, "A")).translated();
    t.mappings(mapping("ESTABLISHED", IDLE));
  }

  @Test
  @Requirement("RFC5382-REQ2-01")
  void anOutsideHostThatMayOpenAConnectionDoes() {
    NatTimeline t = NatTimeline.start(OPEN);
    t.out(tcp(HOST, SERVER, "S")).becomes(SENT);
    t.in(tcp("198.51.100.9:7000", MAPPED, "S")).becomes("tcp 198.51.100.9:7000 > 10.0.0.2:5000");
    t.out(tcp(HOST, "198.51.100.9:7000", "SA")).becomes("tcp 203.0.113.1:5000 > 198.51.100.9:7000");
    t.in(tcp("198.51.100.9:7000", MAPPED, "A")).becomes("tcp 198.51.100.9:7000 > 10.0.0.2:5000");
    t.mappings(mapping("ESTABLISHED", IDLE));
  }

  @Test
  @Requirement("RFC5382-REQ5-01")
  void anIdleConnectionIsKeptForTwoHoursAndFourMinutes() {
    NatTimeline t = established().at(1000);
    t.in(tcp(SERVER, MAPPED, "A")).becomes(RECEIVED);
    t.at(1000 + IDLE - 1).mappingCount(1).in(tcp(SERVER, MAPPED, "A")).becomes(RECEIVED);
    t.out(tcp(HOST, SERVER, "A")).becomes(SENT);
    t.at(1000 + IDLE - 1 + IDLE).mappingCount(0).end();
  }

  @Test
  @Requirement({"RFC5382-REQ5-02", "RFC7857-2.1-03"})
  void anOpeningConnectionIsKeptForFourMinutes() {
    NatTimeline t = NatTimeline.start();
    t.out(tcp(HOST, SERVER, "S")).becomes(SENT);
    t.at(100).in(tcp(SERVER, MAPPED, "SA")).becomes(RECEIVED);
    t.at(100 + FOUR_MINUTES - 0.1).mappingCount(1).at(100 + FOUR_MINUTES).mappingCount(0);
  }

  @Test
  @Requirement({"RFC7857-2.1-01", "RFC7857-2.1-02", "RFC5382-REQ5-03"})
  void theTimeoutsAreSeparateSettings() {
    NatTimeouts timeouts = NatTimeouts.DEFAULT.withTcpOpening(Duration.ofSeconds(20))
        .withTcpEstablished(Duration.ofHours(3)).withTcpClosing(Duration.ofMinutes(5));
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withTimeouts(timeouts));
    t.out(tcp(HOST, SERVER, "S")).becomes(SENT).mappings(mapping("OPENING", 20));
    t.in(tcp(SERVER, MAPPED, "SA")).becomes(RECEIVED);
    t.out(tcp(HOST, SERVER, "A")).becomes(SENT).mappings(mapping("ESTABLISHED", 3 * 3600));
    t.in(tcp(SERVER, MAPPED, "R")).becomes(RECEIVED).mappings(mapping("CLOSING", 300));
    t.at(300).mappingCount(0);
  }

  @Test
  void theEndsMayUseTheirPortsAgainForANewConnection() {
    NatTimeline t = established();
    t.out(tcp(HOST, SERVER, "FA")).becomes(SENT);
    t.in(tcp(SERVER, MAPPED, "FA")).becomes(RECEIVED).mappings(mapping("CLOSING", FOUR_MINUTES));
    t.at(10).out(tcp(HOST, SERVER, "S")).becomes(SENT).mappings(mapping("OPENING", FOUR_MINUTES));
    t.in(tcp(SERVER, MAPPED, "SA")).becomes(RECEIVED);
    t.out(tcp(HOST, SERVER, "A")).becomes(SENT).mappings(mapping("ESTABLISHED", IDLE));
  }

  // ---- resets (RFC 7857 section 2.2)

  @Test
  @Requirement({"RFC7857-2.2-01", "RFC7857-2.2-02"})
  void aResetPassesAndTheStateIsKeptForFourMinutes() {
    NatTimeline t = established();
    t.at(10).in(tcp(SERVER, MAPPED, "R")).becomes(RECEIVED).mappings(mapping("CLOSING", FOUR_MINUTES));
    t.at(9.9 + FOUR_MINUTES).mappingCount(1).at(10 + FOUR_MINUTES).mappingCount(0);
  }

  @Test
  void aForgedResetDoesNotEndAConnectionThatGoesOn() {
    NatTimeline t = established();
    t.in(tcp(SERVER, MAPPED, "R")).becomes(RECEIVED);
    t.at(100).out(tcp(HOST, SERVER, "A")).becomes(SENT).mappings(mapping("ESTABLISHED", IDLE));
    t.at(1000).in(tcp(SERVER, MAPPED, "A")).becomes(RECEIVED);
  }

  @Test
  @Requirement("RFC7857-7.1-01")
  void aResetThatAnswersAPacketDoesNotKeepTheMappingAlive() {
    NatTimeline t = established();
    t.at(1).out(tcp(HOST, SERVER, "R")).becomes(SENT);
    for (int second = 50; second <= 200; second += 50) {
      t.at(second).out(tcp(HOST, SERVER, "R")).becomes(SENT);
    }
    t.at(1 + FOUR_MINUTES).mappingCount(0);
  }

  // ---- segments without a connection

  @ParameterizedTest
  @ValueSource(strings = {"SA", "R", "RA", "FA", "F", ""})
  void segmentsWithWhichNoConnectionBeginsCreateNoMapping(String flags) {
    NatTimeline t = NatTimeline.start(OPEN);
    t.out(tcp(HOST, SERVER, flags)).refused(NatDrop.NO_CONNECTION).mappingCount(0);
    t.in(tcp(SERVER, MAPPED, flags)).refused(NatDrop.NO_MAPPING);
    t.out(tcp(HOST, "198.51.100.9:1", "S")).translated();
    t.in(tcp(SERVER, MAPPED, flags)).refused(NatDrop.NO_CONNECTION);
    assertThat(t.engine.sessionCount()).isOne();
  }

  @Test
  void aConnectionThatTheTranslatorHasForgottenGoesOn() {
    NatTimeline t = NatTimeline.start();
    t.in(tcp(SERVER, MAPPED, "PA")).refused(NatDrop.NO_MAPPING);
    t.out(tcp(HOST, SERVER, "PA")).becomes(SENT).mappings(mapping("OPENING", FOUR_MINUTES));
    t.in(tcp(SERVER, MAPPED, "A")).becomes(RECEIVED).mappings(mapping("ESTABLISHED", IDLE));
  }

  // ---- filtering

  @Test
  @Requirement({"RFC5382-REQ3-02", "RFC5382-REQ3-03"})
  void byDefaultOnlyAddressesMayOpenAConnectionToWhichTheHostHasSent() {
    NatTimeline t = established();
    t.in(tcp("198.51.100.7:7000", MAPPED, "S")).becomes("tcp 198.51.100.7:7000 > 10.0.0.2:5000");
    t.in(tcp("198.51.100.8:80", MAPPED, "S")).held();
    t.in(tcp("198.51.100.8:80", MAPPED, "A")).refused(NatDrop.NO_CONNECTION);
    t.in(tcp("198.51.100.7:7001", MAPPED, "A")).refused(NatDrop.NO_CONNECTION).end();
  }

  @Test
  @Requirement("RFC5382-REQ3-01")
  void anOpenFilterAdmitsEveryHost() {
    NatTimeline t = established(OPEN);
    t.in(tcp("198.51.100.8:80", MAPPED, "S")).becomes("tcp 198.51.100.8:80 > 10.0.0.2:5000");
  }

  @Test
  void theStrictestFilterAdmitsNoNewConnectionFromOutside() {
    NatTimeline t = established(NatSettings.DEFAULT.withFiltering(NatFiltering.ADDRESS_AND_PORT_DEPENDENT));
    t.in(tcp("198.51.100.7:7000", MAPPED, "S")).held().end();
  }

  @Test
  @Requirement("RFC7857-6-01")
  void aMappingOfUdpAdmitsNoConnection() {
    NatTimeline t = NatTimeline.start(OPEN);
    t.out(NatPackets.udp(HOST, SERVER)).translated();
    t.in(tcp(SERVER, MAPPED, "S")).held().in(tcp(SERVER, MAPPED, "A")).refused(NatDrop.NO_MAPPING);
    t.in(NatPackets.udp(SERVER, MAPPED)).translated();
    t.end();
  }

  @Test
  void theFilterFindsAnAddressAmongManyConnections() {
    NatTimeline t = NatTimeline.start();
    for (int host = 1; host <= 40; host++) {
      t.out(tcp(HOST, "198.51.100." + host + ":80", "S")).translated();
    }
    for (int host = 1; host <= 40; host++) {
      t.in(tcp("198.51.100." + host + ":80", MAPPED, "SA"))
          .becomes("tcp 198.51.100." + host + ":80 > 10.0.0.2:5000");
      t.in(tcp("198.51.100." + host + ":81", MAPPED, "S")).becomes("tcp 198.51.100." + host + ":81 > 10.0.0.2:5000");
    }
    t.in(tcp("198.51.100.41:80", MAPPED, "S")).held().mappingCount(1);
    assertThat(t.engine.sessionCount()).isEqualTo(80);
    t.at(FOUR_MINUTES).mappingCount(0).end();
  }

  // ---- unsolicited SYN (RFC 5382 section 4.3)

  @Test
  @Requirement({"RFC5382-REQ4-01", "RFC5382-REQ4-03"})
  void anUnsolicitedSynIsAnsweredAfterSixSeconds() {
    NatTimeline t = NatTimeline.start();
    byte[] syn = tcp(SERVER, "203.0.113.1:22", "S");
    t.in(syn).held().at(5.999).nothingLater();
    t.at(6).later(syn).refused(NatDrop.UNSOLICITED_SYN, Answer.PORT_UNREACHABLE).nothingLater().end();
    assertThat(Answer.PORT_UNREACHABLE.code()).isEqualTo(3);
    assertThat(Answer.PROHIBITED.code()).isEqualTo(13);
  }

  @Test
  @Requirement("RFC5382-REQ4-02")
  void anOwnSynOfTheInsideHostMakesTheHeldOneSuperfluous() {
    NatTimeline t = NatTimeline.start();
    byte[] syn = tcp(SERVER, MAPPED, "S");
    t.in(syn).held();
    t.at(3).out(tcp(HOST, "198.51.100.7:81", "S")).becomes("tcp 203.0.113.1:5000 > 198.51.100.7:81").nothingLater();
    t.out(tcp(HOST, SERVER, "A")).becomes(SENT).nothingLater();
    t.out(tcp(HOST, SERVER, "S")).becomes(SENT).later(syn).refused(NatDrop.SUPERSEDED_SYN);
    t.at(7).nothingLater().in(syn).becomes(RECEIVED).end();
  }

  @Test
  @Requirement("RFC5382-REQ4-04")
  void anUnsolicitedSynIsDroppedIfNoAnswerIsWanted() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withUnsolicitedSynAnswered(false));
    t.in(tcp(SERVER, "203.0.113.1:22", "S")).refused(NatDrop.UNSOLICITED_SYN).at(10).nothingLater();
  }

  @Test
  void aRepeatedSynIsNotHeldTwice() {
    NatTimeline t = NatTimeline.start();
    byte[] syn = tcp(SERVER, "203.0.113.1:22", "S");
    t.in(syn).held().at(1).in(syn).refused(NatDrop.DUPLICATE_SYN);
    t.at(6).later(syn).refused(NatDrop.UNSOLICITED_SYN, Answer.PORT_UNREACHABLE).nothingLater();
    t.in(syn).held().end();
  }

  @Test
  void aFloodOfSynsHoldsABoundedNumber() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withLimits(NatLimits.DEFAULT.withHeldOctets(2048)));
    int held = 0;
    for (int port = 1; port <= 1000; port++) {
      t.in(tcp("198.51.100.7:" + port, "203.0.113.1:22", "S"));
      held += t.any() instanceof NatVerdict.Held ? 1 : 0;
    }
    assertThat(held).isBetween(5, 20);
    assertThat(t.memory.held()).isLessThanOrEqualTo(2048);
    t.at(6).end();
  }

  @Test
  void aServerOfTheTranslatorsOwnHostIsReached() {
    NatTimeline t = NatTimeline.start();
    t.sockets.add("TCP 203.0.113.1:22");
    t.in(tcp(SERVER, "203.0.113.1:22", "S")).passes();
    t.out(tcp(HOST, "203.0.113.1:22", "S")).passes().mappingCount(0);
  }

  // ---- ports and hairpinning (RFC 5382 section 7)

  @Test
  @Requirement("RFC5382-REQ7-01")
  void noPortIsGivenTwice() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withPortRange(new PortRange(2000, 2009)));
    Set<Integer> ports = new HashSet<>();
    for (int host = 1; host <= 10; host++) {
      t.out(tcp("10.0.0." + host + ":4000", SERVER, "S"));
      ports.add(Packets.getShort(t.translated(), 20));
    }
    assertThat(ports).hasSize(10);
    t.out(tcp("10.0.0.11:4000", SERVER, "S")).refused(NatDrop.NO_PORT, Answer.PROHIBITED);
  }

  @Test
  @Requirement({"RFC5382-REQ8-01", "RFC5382-REQ8-02"})
  void insideHostsReachEachOtherByTheirOutsideEndpoints() {
    NatTimeline t = NatTimeline.start(OPEN);
    t.out(tcp(HOST, SERVER, "S")).becomes(SENT);
    t.out(tcp("10.0.0.3:6000", MAPPED, "S")).becomes(Path.HAIRPIN, "tcp 203.0.113.1:6000 > 10.0.0.2:5000");
    t.out(tcp(HOST, "203.0.113.1:6000", "SA")).becomes(Path.HAIRPIN, "tcp 203.0.113.1:5000 > 10.0.0.3:6000");
    t.out(tcp("10.0.0.3:6000", MAPPED, "A")).becomes(Path.HAIRPIN, "tcp 203.0.113.1:6000 > 10.0.0.2:5000");
    assertThat(t.mappingTexts()).allMatch(text -> text.contains("ESTABLISHED"));
  }

  @Test
  void twoInsideHostsOpenAConnectionToEachOtherAtTheSameTime() {
    NatTimeline t = NatTimeline.start();
    byte[] first = tcp(HOST, "203.0.113.1:6000", "S");
    t.out(first).held();
    t.at(1).out(tcp("10.0.0.3:6000", MAPPED, "S")).becomes("tcp 203.0.113.1:6000 > 10.0.0.2:5000");
    t.later(first).refused(NatDrop.SUPERSEDED_SYN);
    t.out(first).becomes("tcp 203.0.113.1:5000 > 10.0.0.3:6000").end();
  }
}
