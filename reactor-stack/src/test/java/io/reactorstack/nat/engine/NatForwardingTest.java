package io.reactorstack.nat.engine;

import static io.reactorstack.nat.engine.NatPackets.tcp;
import static io.reactorstack.nat.engine.NatPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.nat.NatFiltering;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatLimits;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.engine.NatVerdict.Answer;
import io.reactorstack.nat.engine.NatVerdict.Path;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Port forwardings, outside addresses, limits and the list of mappings. */
class NatForwardingTest {

  private static final String CLIENT = "198.51.100.7:7000";
  private static final NatForwarding WEB = NatForwarding.of(NatProtocol.TCP, 80,
      NatTimeline.endpoint("10.0.0.80:8080"));
  private static final NatForwarding GAME = NatForwarding.of(NatProtocol.UDP, 90,
      NatTimeline.endpoint("10.0.0.80:9000"));
  private static final NatSettings SETTINGS = NatSettings.DEFAULT.withForwardings(List.of(WEB, GAME));

  // ---- port forwardings

  @ParameterizedTest
  @EnumSource(NatFiltering.class)
  void everyOutsideHostReachesAForwardedServer(NatFiltering filtering) {
    NatTimeline t = NatTimeline.start(SETTINGS.withFiltering(filtering));
    t.in(tcp(CLIENT, "203.0.113.1:80", "S")).becomes(Path.INBOUND, "tcp 198.51.100.7:7000 > 10.0.0.80:8080");
    t.out(tcp("10.0.0.80:8080", CLIENT, "SA")).becomes("tcp 203.0.113.1:80 > 198.51.100.7:7000");
    t.in(tcp(CLIENT, "203.0.113.1:80", "A")).becomes("tcp 198.51.100.7:7000 > 10.0.0.80:8080");
    t.in(udp(CLIENT, "203.0.113.1:90")).becomes("udp 198.51.100.7:7000 > 10.0.0.80:9000");
    t.out(udp("10.0.0.80:9000", CLIENT)).becomes("udp 203.0.113.1:90 > 198.51.100.7:7000");
    t.mappings("TCP 10.0.0.80:8080 > 203.0.113.1:80 ESTABLISHED", "UDP 10.0.0.80:9000 > 203.0.113.1:90 ACTIVE");
    t.at(100_000).mappings("TCP 10.0.0.80:8080 > 203.0.113.1:80 IDLE", "UDP 10.0.0.80:9000 > 203.0.113.1:90 IDLE");
    assertThat(t.engine.mappings(t.now())).allMatch(mapping -> mapping.isForwarding() && mapping.received() > 0);
    t.end();
  }

  @Test
  void aSegmentOfAForgottenConnectionReachesTheServer() {
    NatTimeline t = NatTimeline.start(SETTINGS);
    t.in(tcp(CLIENT, "203.0.113.1:80", "PA")).becomes("tcp 198.51.100.7:7000 > 10.0.0.80:8080");
    t.in(tcp("198.51.100.8:1", "203.0.113.1:80", "R")).becomes("tcp 198.51.100.8:1 > 10.0.0.80:8080");
    assertThat(t.engine.sessionCount()).isOne();
  }

  @Test
  void aForwardedServerIsReachedFromInsideToo() {
    NatTimeline t = NatTimeline.start(SETTINGS);
    t.out(tcp("10.0.0.2:5000", "203.0.113.1:80", "S")).becomes(Path.HAIRPIN, "tcp 203.0.113.1:5000 > 10.0.0.80:8080");
    t.out(tcp("10.0.0.80:8080", "203.0.113.1:5000", "SA")).becomes("tcp 203.0.113.1:80 > 10.0.0.2:5000");
  }

  @Test
  void anAnswerLeavesByTheForwardingThatWasAsked() {
    NatForwarding second = NatForwarding.of(NatProtocol.UDP, 91, NatTimeline.endpoint("10.0.0.80:9000"));
    for (NatFiltering filtering : NatFiltering.values()) {
      NatTimeline t = new NatTimeline(SETTINGS.withFiltering(filtering).withForwardings(List.of(GAME, second)),
          "203.0.113.1", "203.0.113.2");
      List<String> asked = List.of("203.0.113.1:90", "203.0.113.2:90", "203.0.113.1:91", "203.0.113.2:91");
      for (int i = 0; i < asked.size(); i++) {
        t.in(udp("198.51.100.7:" + (7000 + i), asked.get(i))).becomes("udp 198.51.100.7:" + (7000 + i)
            + " > 10.0.0.80:9000");
      }
      for (int i = 0; i < asked.size(); i++) {
        t.out(udp("10.0.0.80:9000", "198.51.100.7:" + (7000 + i))).becomes("udp " + asked.get(i) + " > 198.51.100.7:"
            + (7000 + i));
      }
      t.end();
    }
  }

  @Test
  void aServerThatBeginsUsesTheAddressOfItsOtherMappings() {
    NatTimeline t = new NatTimeline(SETTINGS, "203.0.113.1", "203.0.113.2", "203.0.113.3");
    t.out(udp("10.0.0.80:1234", CLIENT)).becomes("udp 203.0.113.1:1234 > 198.51.100.7:7000");
    t.out(udp("10.0.0.80:9000", CLIENT)).becomes("udp 203.0.113.1:90 > 198.51.100.7:7000");
  }

  @Test
  void theHostOfAForwardingMustBeInside() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withInside(List.of(IpPrefix.parse("192.168.0.0/16"))));
    assertThatThrownBy(() -> t.engine.addForwarding(WEB, t.now())).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void forwardingsAreAddedAndRemoved() {
    NatTimeline t = NatTimeline.start();
    t.in(udp(CLIENT, "203.0.113.1:90")).refused(NatDrop.NO_MAPPING);
    assertThat(t.engine.addForwarding(GAME, t.now())).isTrue();
    assertThat(t.engine.addForwarding(GAME, t.now())).isFalse();
    t.in(udp(CLIENT, "203.0.113.1:90")).becomes("udp 198.51.100.7:7000 > 10.0.0.80:9000");
    assertThat(t.engine.removeForwarding(GAME, t.now())).isTrue();
    assertThat(t.engine.removeForwarding(GAME, t.now())).isFalse();
    t.in(udp(CLIENT, "203.0.113.1:90")).refused(NatDrop.NO_MAPPING).mappings();
    assertThat(t.engine.sessionCount()).isZero();
    t.out(udp("10.0.0.2:90", CLIENT)).becomes("udp 203.0.113.1:90 > 198.51.100.7:7000").end();
  }

  @Test
  void aForwardingDoesNotTakeThePortOfAMapping() {
    NatTimeline t = NatTimeline.start();
    t.out(udp("10.0.0.2:90", CLIENT)).becomes("udp 203.0.113.1:90 > 198.51.100.7:7000");
    assertThat(t.engine.addForwarding(GAME, t.now())).isFalse();
    t.in(udp(CLIENT, "203.0.113.1:90")).becomes("udp 198.51.100.7:7000 > 10.0.0.2:90");
    t.at(300);
    assertThat(t.engine.addForwarding(GAME, t.now())).isTrue();
  }

  @Test
  void aForwardingTakesAPortInQuarantine() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withFiltering(NatFiltering.ENDPOINT_INDEPENDENT));
    t.out(udp("10.0.0.2:90", CLIENT)).translated();
    t.at(300);
    assertThat(t.engine.addForwarding(GAME, t.now())).isTrue();
    t.at(500).out(udp("10.0.0.3:90", CLIENT));
    assertThat(Packets.getShort(t.translated(), 20)).as("a port that is not forwarded").isNotEqualTo(90);
  }

  @Test
  void forwardingsOfTheSamePortAreRejected() {
    NatSettings twice = NatSettings.DEFAULT.withForwardings(List.of(GAME,
        new NatForwarding(NatProtocol.UDP, NatTimeline.endpoint("203.0.113.9:90"),
            NatTimeline.endpoint("10.0.0.2:1"))));
    assertThatThrownBy(() -> NatTimeline.start(twice)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("203.0.113.9:90");
  }

  @Test
  void forwardingsOfOneAddressCollideOnlyThere() {
    NatTimeline t = new NatTimeline(NatSettings.DEFAULT, "203.0.113.1", "203.0.113.2");
    NatForwarding first = new NatForwarding(NatProtocol.UDP, NatTimeline.endpoint("203.0.113.1:90"),
        NatTimeline.endpoint("10.0.0.80:9000"));
    NatForwarding second = new NatForwarding(NatProtocol.UDP, NatTimeline.endpoint("203.0.113.2:90"),
        NatTimeline.endpoint("10.0.0.81:9000"));
    assertThat(t.engine.addForwarding(first, t.now())).isTrue();
    assertThat(t.engine.addForwarding(second, t.now())).isTrue();
    assertThat(t.engine.addForwarding(new NatForwarding(NatProtocol.UDP, NatTimeline.endpoint("203.0.113.1:90"),
        NatTimeline.endpoint("10.0.0.82:9000")), t.now())).isFalse();
    assertThat(t.engine.addForwarding(GAME, t.now())).isFalse();
    t.in(udp(CLIENT, "203.0.113.1:90")).becomes("udp 198.51.100.7:7000 > 10.0.0.80:9000");
    t.in(udp(CLIENT, "203.0.113.2:90")).becomes("udp 198.51.100.7:7000 > 10.0.0.81:9000").end();
  }

  @Test
  void oneOfTheForwardingsOfAServerIsRemoved() {
    NatForwarding second = NatForwarding.of(NatProtocol.UDP, 91, NatTimeline.endpoint("10.0.0.80:9000"));
    NatForwarding third = NatForwarding.of(NatProtocol.UDP, 92, NatTimeline.endpoint("10.0.0.80:9000"));
    for (NatForwarding removed : List.of(GAME, second, third)) {
      NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withForwardings(List.of(GAME, second, third)));
      assertThat(t.engine.removeForwarding(removed, t.now())).isTrue();
      for (int port = 90; port <= 92; port++) {
        t.in(udp("198.51.100.7:" + port, "203.0.113.1:" + port));
        if (port == removed.outside().port()) {
          t.refused(NatDrop.NO_MAPPING);
        } else {
          t.becomes("udp 198.51.100.7:" + port + " > 10.0.0.80:9000");
          t.out(udp("10.0.0.80:9000", "198.51.100.7:" + port))
              .becomes("udp 203.0.113.1:" + port + " > 198.51.100.7:" + port);
        }
      }
      t.end();
    }
  }

  @Test
  void aClosedTranslatorForgetsItsForwardings() {
    NatTimeline t = NatTimeline.start(SETTINGS);
    t.engine.close(t.now());
    t.outside("203.0.113.1").in(udp(CLIENT, "203.0.113.1:90")).refused(NatDrop.NO_MAPPING).mappings();
  }

  // ---- outside addresses

  @Test
  void aNewHostGetsTheAddressThatTheFewestHostsUse() {
    NatTimeline t = new NatTimeline(NatSettings.DEFAULT, "203.0.113.1", "203.0.113.2");
    t.out(udp("10.0.0.1:1001", CLIENT)).becomes("udp 203.0.113.1:1001 > 198.51.100.7:7000");
    t.out(udp("10.0.0.2:1001", CLIENT)).becomes("udp 203.0.113.2:1001 > 198.51.100.7:7000");
    t.at(100).out(udp("10.0.0.1:1001", CLIENT)).translated();
    t.at(300).out(udp("10.0.0.3:1003", CLIENT)).becomes("udp 203.0.113.2:1003 > 198.51.100.7:7000");
    t.out(udp("10.0.0.4:1004", CLIENT)).becomes("udp 203.0.113.1:1004 > 198.51.100.7:7000");
    t.out(udp("10.0.0.5:1005", CLIENT)).becomes("udp 203.0.113.2:1005 > 198.51.100.7:7000");
  }

  @Test
  void theQuarantineOfOneAddressOutlivesAnother() {
    NatTimeline t = new NatTimeline(NatSettings.DEFAULT.withFiltering(NatFiltering.ENDPOINT_INDEPENDENT),
        "203.0.113.1", "203.0.113.2");
    t.out(udp("10.0.0.1:2001", CLIENT)).becomes("udp 203.0.113.1:2001 > 198.51.100.7:7000");
    t.out(udp("10.0.0.2:2001", CLIENT)).becomes("udp 203.0.113.2:2001 > 198.51.100.7:7000");
    t.at(300).outside("203.0.113.2");
    t.at(421).out(udp("10.0.0.3:2001", CLIENT)).becomes("udp 203.0.113.2:2001 > 198.51.100.7:7000");
  }

  @Test
  void aDatagramIsNotCompletedWithAnAddressThatIsGone() {
    NatTimeline t = NatTimeline.start();
    List<byte[]> sent = NatPackets.fragments(udp("10.0.0.2:5000", CLIENT, new byte[100]), 7, 40);
    t.out(sent.get(0)).translated();
    t.outside("203.0.113.2").out(sent.get(1)).held().end();
  }

  @Test
  void withoutAnOutsideAddressNothingLeaves() {
    NatTimeline t = new NatTimeline(SETTINGS);
    t.out(udp("10.0.0.2:5000", CLIENT)).refused(NatDrop.NO_OUTSIDE_ADDRESS, Answer.PROHIBITED).mappings();
    t.outside("203.0.113.1").out(udp("10.0.0.2:5000", CLIENT)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:7000");
    t.in(udp(CLIENT, "203.0.113.1:90")).becomes("udp 198.51.100.7:7000 > 10.0.0.80:9000").end();
  }

  @Test
  void theMappingsOfARemovedAddressEndAndOthersStay() {
    NatTimeline t = new NatTimeline(SETTINGS, "203.0.113.1", "203.0.113.2");
    // Host 80 is paired with the first address by its forwardings.
    t.out(udp("10.0.0.2:5000", CLIENT)).becomes("udp 203.0.113.2:5000 > 198.51.100.7:7000");
    t.out(udp("10.0.0.3:5000", CLIENT)).becomes("udp 203.0.113.1:5000 > 198.51.100.7:7000");
    t.outside("203.0.113.2", "203.0.113.3");
    t.in(udp(CLIENT, "203.0.113.2:5000")).becomes("udp 198.51.100.7:7000 > 10.0.0.2:5000");
    t.in(udp(CLIENT, "203.0.113.1:5000")).refused(NatDrop.INSIDE_DESTINATION).mappingCount(1);
    t.in(udp(CLIENT, "203.0.113.3:90")).becomes("udp 198.51.100.7:7000 > 10.0.0.80:9000");
    t.out(udp("10.0.0.3:5000", CLIENT)).becomes("udp 203.0.113.3:5000 > 198.51.100.7:7000");
    // The sessions of the removed mappings do not expire a second time.
    assertThat(t.engine.sessionCount()).isEqualTo(3);
    t.at(300).mappingCount(0);
    assertThat(t.engine.sessionCount()).isZero();
    t.end();
  }

  @Test
  void aForwardingOfOneAddressWaitsForThisAddress() {
    NatForwarding one = new NatForwarding(NatProtocol.UDP, NatTimeline.endpoint("203.0.113.2:90"),
        NatTimeline.endpoint("10.0.0.80:9000"));
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withForwardings(List.of(one)));
    t.in(udp(CLIENT, "203.0.113.1:90")).refused(NatDrop.NO_MAPPING).mappings();
    t.outside("203.0.113.1", "203.0.113.2");
    t.in(udp(CLIENT, "203.0.113.2:90")).becomes("udp 198.51.100.7:7000 > 10.0.0.80:9000");
    t.in(udp(CLIENT, "203.0.113.1:90")).refused(NatDrop.NO_MAPPING);
  }

  // ---- limits

  @Test
  @Requirement("RFC5508-REQ8-01")
  void aHostAtItsLimitGetsNoFurtherMappingAndOthersDo() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withLimits(NatLimits.DEFAULT.withMappings(5, 3)));
    for (int port = 5001; port <= 5003; port++) {
      t.out(udp("10.0.0.2:" + port, CLIENT)).translated();
    }
    t.out(udp("10.0.0.2:5004", CLIENT)).refused(NatDrop.HOST_MAPPING_LIMIT, Answer.PROHIBITED);
    t.out(tcp("10.0.0.2:5004", CLIENT, "S")).refused(NatDrop.HOST_MAPPING_LIMIT, Answer.PROHIBITED);
    t.out(udp("10.0.0.3:5001", CLIENT)).translated();
    t.out(NatPackets.echo("10.0.0.4:5001", CLIENT)).translated();
    t.out(udp("10.0.0.5:5001", CLIENT)).refused(NatDrop.MAPPING_LIMIT, Answer.PROHIBITED).mappingCount(5);
    t.out(udp("10.0.0.2:5001", CLIENT)).becomes("udp 203.0.113.1:5001 > 198.51.100.7:7000");
    t.in(udp(CLIENT, "203.0.113.1:5003")).becomes("udp 198.51.100.7:7000 > 10.0.0.2:5003");
    t.at(299).out(udp("10.0.0.2:5001", CLIENT)).translated();
    t.at(300).mappingCount(1).out(udp("10.0.0.5:5001", CLIENT)).translated();
    t.end();
  }

  @Test
  void aHostAtItsLimitOfSessionsReachesNoFurtherHostAndKeepsItsMapping() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withLimits(NatLimits.DEFAULT.withSessions(5, 3)));
    for (int host = 1; host <= 3; host++) {
      t.out(udp("10.0.0.2:5000", "198.51.100." + host + ":53")).translated();
    }
    t.out(udp("10.0.0.2:5000", "198.51.100.4:53")).refused(NatDrop.HOST_SESSION_LIMIT, Answer.PROHIBITED);
    t.out(udp("10.0.0.2:5000", "198.51.100.3:53")).becomes("udp 203.0.113.1:5000 > 198.51.100.3:53");
    t.out(udp("10.0.0.3:5001", CLIENT)).translated();
    t.out(udp("10.0.0.4:5002", CLIENT)).translated();
    t.out(udp("10.0.0.5:5003", CLIENT)).refused(NatDrop.SESSION_LIMIT, Answer.PROHIBITED).mappingCount(3);
    // Sessions that end make room, though the mapping goes on.
    t.at(200).out(udp("10.0.0.2:5000", "198.51.100.3:53")).translated();
    t.at(300).out(udp("10.0.0.2:5000", "198.51.100.4:53")).translated();
    t.out(udp("10.0.0.2:5000", "198.51.100.5:53")).translated();
    t.out(udp("10.0.0.2:5000", "198.51.100.6:53")).refused(NatDrop.HOST_SESSION_LIMIT, Answer.PROHIBITED);
  }

  @Test
  void outsideHostsCannotUseUpTheSessionsOfAnInsideHost() {
    NatSettings settings = SETTINGS.withFiltering(NatFiltering.ENDPOINT_INDEPENDENT)
        .withLimits(NatLimits.DEFAULT.withSessions(1000, 20));
    NatTimeline t = NatTimeline.start(settings);
    t.out(tcp("10.0.0.80:5000", CLIENT, "S")).translated();
    for (int port = 1; port <= 30; port++) {
      t.in(tcp("198.51.100.9:" + port, "203.0.113.1:80", "S"))
          .becomes("tcp 198.51.100.9:" + port + " > 10.0.0.80:8080");
    }
    assertThat(t.engine.sessionCount()).isEqualTo(10);
    // A forwarded connection without a session works, and other mappings admit no connection.
    t.out(tcp("10.0.0.80:8080", "198.51.100.9:30", "SA")).becomes("tcp 203.0.113.1:80 > 198.51.100.9:30");
    t.in(tcp("198.51.100.9:1", "203.0.113.1:5000", "S")).refused(NatDrop.HOST_SESSION_LIMIT);
    t.out(tcp("10.0.0.80:5001", CLIENT, "S")).becomes("tcp 203.0.113.1:5001 > 198.51.100.7:7000").end();
  }

  @Test
  void outsideHostsCannotUseUpAllSessions() {
    NatTimeline t = NatTimeline.start(SETTINGS.withLimits(NatLimits.DEFAULT.withSessions(4, 1000)));
    for (int port = 1; port <= 9; port++) {
      t.in(udp("198.51.100.9:" + port, "203.0.113.1:90")).becomes("udp 198.51.100.9:" + port + " > 10.0.0.80:9000");
    }
    assertThat(t.engine.sessionCount()).isEqualTo(2);
    t.out(udp("10.0.0.2:5000", CLIENT)).translated();
    t.out(udp("10.0.0.2:5001", CLIENT)).translated();
    t.out(udp("10.0.0.2:5002", CLIENT)).refused(NatDrop.SESSION_LIMIT, Answer.PROHIBITED).end();
  }

  // ---- the list of mappings, and the size of the table

  @Test
  void theListCountsPacketsAndSessions() {
    NatTimeline t = NatTimeline.start();
    t.out(udp("10.0.0.2:5000", CLIENT)).translated();
    t.out(udp("10.0.0.2:5000", "198.51.100.8:1")).translated();
    t.at(10).in(udp(CLIENT, "203.0.113.1:5000")).translated();
    t.in(udp("198.51.100.9:1", "203.0.113.1:5000")).refused(NatDrop.FILTERED);
    assertThat(t.engine.mappings(t.now())).singleElement().satisfies(mapping -> {
      assertThat(mapping.sessions()).isEqualTo(2);
      assertThat(mapping.sent()).isEqualTo(2);
      assertThat(mapping.received()).isEqualTo(1);
      assertThat(mapping.remaining()).hasSeconds(290);
      assertThat(mapping.isForwarding()).isFalse();
    });
  }

  @Test
  void aHairpinnedPacketCountsForBothMappings() {
    NatTimeline t = NatTimeline.start(SETTINGS);
    t.out(udp("10.0.0.2:5000", "203.0.113.1:90")).translated();
    assertThat(t.engine.mappings(t.now())).filteredOn(each -> each.sent() + each.received() > 0)
        .satisfiesExactlyInAnyOrder(
            sender -> assertThat(sender.sent()).isOne(), receiver -> assertThat(receiver.received()).isOne());
  }

  /** The caller may serve a deadline late: whatever comes first finds the expired sessions gone. */
  @Test
  void anInputAfterAMissedDeadlineFindsNothingThatHasExpired() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT);
    t.out(udp("10.0.0.2:90", CLIENT)).translated();
    t.skipTo(300).in(udp(CLIENT, "203.0.113.1:90")).refused(NatDrop.NO_MAPPING);
    t.out(udp("10.0.0.2:90", CLIENT)).translated();
    t.skipTo(600).out(udp("10.0.0.3:90", CLIENT)).becomes("udp 203.0.113.1:90 > 198.51.100.7:7000");
    t.skipTo(900);
    assertThat(t.engine.addForwarding(GAME, t.now())).isTrue();
    t.in(udp(CLIENT, "203.0.113.1:90")).translated();
    t.skipTo(1200);
    assertThat(t.engine.removeForwarding(WEB, t.now())).isFalse();
    assertThat(t.engine.sessionCount()).isZero();
    t.in(udp(CLIENT, "203.0.113.1:90")).translated();
    t.skipTo(1500).outside("203.0.113.1");
    assertThat(t.engine.sessionCount()).isZero();
  }

  @Test
  void aHundredThousandMappingsLiveAndEnd() {
    NatTimeline t = new NatTimeline(NatSettings.DEFAULT, "203.0.113.1", "203.0.113.2");
    int count = 0;
    for (int host = 0; host < 100; host++) {
      for (int port = 20_000; port < 21_000; port++) {
        t.out(udp("10.0." + host + ".1:" + port, CLIENT)).translated();
        count++;
      }
    }
    t.mappingCount(count);
    assertThat(count).isEqualTo(100_000);
    assertThat(t.engine.table().capacity()).as("slots of 12 octets").isLessThan(1 << 20);
    List<String> texts = new ArrayList<>(t.mappingTexts());
    assertThat(texts).doesNotHaveDuplicates();
    t.at(300).mappingCount(0);
    assertThat(t.engine.table().capacity()).as("slots of empty tables").isEqualTo(24);
    assertThat(t.engine.table().hosts()).isZero();
    t.end();
  }
}
