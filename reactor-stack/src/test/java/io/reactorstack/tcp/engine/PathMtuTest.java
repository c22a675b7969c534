package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/** Packet-too-big reports (RFC 1191, RFC 8201), and which of them are accepted (RFC 5927). */
class PathMtuTest {

  private static final TcpSettings NO_DELAY = Timeline.PLAIN.withTimers(timers -> timers.withNoDelay(true));

  private static Timeline ipv6(TcpSettings settings, int mtu) {
    return Timeline.active(settings, Timeline.FLOW6, mtu, 1000, 5000).handshake("mss 1440");
  }

  @Test
  @Requirement({"RFC1191-3-01", "RFC1191-3-04", "RFC1191-6.4-03"})
  void theFirstReportTakesEffectAtOnce() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(1460).expect("P. 1(1460)");
      t.pathMtu(1400, 1).expect(". 1(1360)", "P. 1361(100)").quiet();
      assertThat(t.engine().pathMtu()).isEqualTo(1400);
    }
  }

  @Test
  @Requirement({"RFC1191-6.4-01", "RFC8201-5.4-01"})
  void noLaterSegmentExceedsThePathMtu() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(1460).expect("P. 1(1460)");
      t.pathMtu(1400, 1).expect(". 1(1360)", "P. 1361(100)").quiet();
      t.at(200).inject(". 1(0) ack 1461").write(2000).expect(". 1461(1360)", "P. 2821(640)");
    }
    try (Timeline t = ipv6(NO_DELAY, 1500)) {
      t.write(1440).expect("P. 1(1440)");
      t.pathMtu(1300, 1).expect(". 1(1240)", "P. 1241(200)").quiet();
      t.at(200).inject(". 1(0) ack 1441").write(2000).expect(". 1441(1240)", "P. 2681(760)");
    }
  }

  @Test
  @Requirement({"RFC8201-4-06", "RFC8201-4-07", "RFC8200-8.3-02"})
  void aReportTakesEffectOverIpv6() {
    try (Timeline t = ipv6(NO_DELAY, 1500)) {
      t.write(1440).expect("P. 1(1440)");
      t.pathMtu(1300, 1).expect(". 1(1240)", "P. 1241(200)").quiet();
    }
  }

  @Test
  @Requirement({"RFC8201-4-02", "RFC8201-4-03", "RFC8201-6-01"})
  void ipv6NeverGoesBelowItsMinimum() {
    try (Timeline t = ipv6(NO_DELAY, 1500)) {
      t.write(1440).expect("P. 1(1440)");
      t.pathMtu(1279, 1).quiet();
      assertThat(t.engine().pathMtu()).isEqualTo(1500);
      t.pathMtu(1280, 1).expect(". 1(1220)", "P. 1221(220)").quiet();
    }
  }

  @Test
  @Requirement({"RFC1191-3-08", "RFC1191-8-01", "RFC5927-7.1-01"})
  void belowTheIpv4MinimumPacketsMayBeFragmented() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(1000).expect("P. 1(1000)");
      assertThat(t.engine().packetFields().dontFragment()).isTrue();
      t.pathMtu(67, 1).pathMtu(0, 1).quiet();
      t.pathMtu(100, 1).expect(". 1(512)", "P. 513(488)").quiet();
      assertThat(t.engine().packetFields().dontFragment()).isFalse();
      t.pathMtu(68, 1).quiet();
      assertThat(t.engine().pathMtu()).isEqualTo(552);
    }
  }

  @Test
  @Requirement({"RFC8201-4-10", "RFC8201-6-02", "RFC1191-6.4-05"})
  void aReportNeverRaisesTheMtu() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(1460).expect("P. 1(1460)");
      t.pathMtu(1500, 1).quiet();
      t.pathMtu(9000, 1).quiet();
      t.pathMtu(1000, 1).expect(". 1(960)", "P. 961(500)").quiet();
      t.pathMtu(1400, 1).quiet();
      assertThat(t.engine().pathMtu()).isEqualTo(1000);
    }
  }

  @Test
  @Requirement({"RFC1191-6.4-04", "RFC1191-3-02", "RFC8201-4-05"})
  void onlyOneOfABurstOfReportsHasAnEffect() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(2920).expect(". 1(1460)", "P. 1461(1460)");
      t.pathMtu(1400, 1).expect(". 1(1360)", ". 1361(100)", ". 1461(1360)", "P. 2821(100)").quiet();
      t.pathMtu(1400, 1461).quiet();
      t.pathMtu(1400, 1).quiet();
    }
  }

  @Test
  @Requirement("RFC5927-4.1-01")
  void onlyAReportAboutSomethingInFlightCounts() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(1460).expect("P. 1(1460)");
      for (int seq : new int[] {0, 1461, 1462, 9999, -1}) {
        t.pathMtu(1000, seq).quiet();
      }
      t.at(200).inject(". 1(0) ack 1461").pathMtu(1000, 1).quiet();
      assertThat(t.engine().pathMtu()).isEqualTo(1500);
    }
  }

  @Test
  @Requirement({"RFC5927-7.2-01", "RFC5927-7.2-02"})
  void progressRefutesAReport() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(1460).expect("P. 1(1460)").at(200).inject(". 1(0) ack 1461");
      t.write(1460).expect("P. 1461(1460)");
      t.pathMtu(1000, 1461).quiet();
      t.at(300).inject(". 1(0) ack 2921").quiet();
      t.write(1460).expect("P. 2921(1460)");
      // A later timeout does not revive the report.
      t.jump().expect("P. 2921(1460)");
      assertThat(t.engine().pathMtu()).isEqualTo(1500);
    }
  }

  @Test
  @Requirement("RFC5927-7.2-01")
  void aTimeoutConfirmsAReport() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(1460).expect("P. 1(1460)").at(200).inject(". 1(0) ack 1461");
      t.write(1460).expect("P. 1461(1460)");
      t.pathMtu(1000, 1461).quiet();
      t.jump().expect(". 1461(960)");
      assertThat(t.engine().pathMtu()).isEqualTo(1000);
    }
  }

  @Test
  @Requirement("RFC5927-7.2-01")
  void aReportAboveTheAcknowledgedSizeNeedsNoTimeout() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(900).expect("P. 1(900)").at(200).inject(". 1(0) ack 901");
      t.write(1460).expect("P. 901(1460)");
      t.pathMtu(1000, 901).expect(". 901(960)", "P. 1861(500)").quiet();
    }
  }

  @Test
  @Requirement({"RFC5927-5.2-02", "RFC1191-6.1-02"})
  void reportsAreIgnoredWithoutPathMtuDiscovery() {
    try (Timeline t = Timeline.established(NO_DELAY.withProbing(probing -> probing.withPathMtuDiscovery(false)))) {
      assertThat(t.engine().packetFields().dontFragment()).isFalse();
      t.write(1460).expect("P. 1(1460)");
      t.pathMtu(1000, 1).quiet();
      assertThat(t.engine().pathMtu()).isEqualTo(1500);
    }
  }

  @Test
  @Requirement("RFC8201-1-03")
  void withoutDiscoveryIpv6UsesItsMinimumMtu() {
    try (Timeline t = ipv6(NO_DELAY.withProbing(probing -> probing.withPathMtuDiscovery(false)), 1500)) {
      t.write(1440).expect(". 1(1220)", "P. 1221(220)");
    }
  }

  @Test
  @Requirement({"RFC1191-6.4-08", "RFC1191-3.1-02", "RFC1191-3.1-04"})
  void theMssOptionIsThatOfTheLink() {
    try (Timeline t = Timeline.active(Timeline.PLAIN)) {
      t.knownPathMtu(1000).expect("S 0(0) <mss 1460>");
    }
  }

  @Test
  @Requirement({"RFC1191-6.4-02", "RFC8201-5.4-02"})
  void thePeersMssLimitsSegmentsOnAnyPath() {
    try (Timeline t = Timeline.active(NO_DELAY, Timeline.FLOW, 9000, 1000, 5000).handshake("mss 1000")) {
      t.write(2000).expect(". 1(1000)", "P. 1001(1000)");
      t.at(200).inject(". 1(0) ack 2001").knownPathMtu(1200).knownPathMtu(9000);
      t.write(2000).expect(". 2001(1000)", "P. 3001(1000)");
    }
  }

  @Test
  @Requirement({"RFC1191-6.2-07", "RFC8201-5.2-07", "RFC8201-5.2-10"})
  void anExternalPathMtuAffectsOnlyLaterSegments() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(1460).expect("P. 1(1460)");
      t.knownPathMtu(1000).quiet();
      t.write(1460).expect(". 1461(960)", "P. 2421(500)");
      // A packet of this connection was dropped too; its report causes a retransmission although the path MTU is the
      // same.
      t.pathMtu(1000, 1).expect(". 1(960)", "P. 961(500)");
      t.drop();
      t.at(200).inject(". 1(0) ack 2921").knownPathMtu(1500).quiet();
      t.write(1460).expect("P. 2921(1460)");
    }
  }

  @Test
  @Requirement({"RFC791-3.1-02", "RFC1191-3.1-01"})
  void withoutThePeersPermissionPacketsHaveAtMost576Octets() {
    try (Timeline t = Timeline.active(Timeline.PLAIN)) {
      t.expect("S 0(0) <mss 1460>");
      t.inject("S. 0(0) ack 1").expect(". 1(0)").write(2000)
          .expect(". 1(536) ack 1", ". 537(536) ack 1", ". 1073(536) ack 1", "P. 1609(392) ack 1").quiet();
    }
    try (Timeline t = Timeline.active(NO_DELAY, Timeline.FLOW, 1500, 1000, 5000).handshake("mss 700")) {
      t.write(1400).expect(". 1(700)", "P. 701(700)");
    }
  }

  @Test
  @Requirement({"RFC1191-6.2-09", "RFC8201-5.4-03"})
  void onlySegmentsThatWereTooLongAreSentAgain() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      t.write(1460).expect("P. 1(1460)").write(200).expect("P. 1461(200)");
      t.pathMtu(1400, 1).expect(". 1(1360)", "P. 1361(100)").quiet();
      t.at(200).inject(". 1(0) ack 1661").quiet();
    }
  }

  @Test
  @Requirement("RFC1191-6.4-06")
  void theWindowKeepsItsNumberOfSegments() {
    try (Timeline t = Timeline.established(NO_DELAY)) {
      int before = t.info().congestion().cwnd() / 1460;
      t.write(1460).expect("P. 1(1460)");
      t.pathMtu(1000, 1).expect(". 1(960)", "P. 961(500)").quiet();
      assertThat(t.info().congestion().cwnd()).isEqualTo(before * 960);
    }
  }
}
