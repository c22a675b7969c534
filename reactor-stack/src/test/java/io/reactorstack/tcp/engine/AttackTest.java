package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Unacceptable resets, SYNs and acknowledgements (RFC 5961, RFC 9293 section 3.10.7.4), and old timestamps. */
class AttackTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;
  private static final TcpSettings STAMPED = Timeline.settings(65_535, false, true);

  @Test
  @Requirement({"RFC9293-3.10.7.4-RSTEXACT", "RFC5961-3.2-03", "RFC9293-3.10.7.4-19"})
  void anExactResetEndsTheConnection() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(10) ack 1").write(10).inject("R 11(0)").closed(CloseCause.RESET_BY_PEER).quiet().read(10);
    }
  }

  @Test
  @Requirement("SHLD-2")
  void aResetThatCarriesDataEndsItToo() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("R 1(15)").closed(CloseCause.RESET_BY_PEER);
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-RSTCHALLENGE", "RFC9293-3.10.7.4-RSTDROP", "RFC5961-4.2-04"})
  void aResetInTheWindowIsChallenged() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("R 2(0)").expect(". 1(0) ack 1").inject("R. 60000(0) ack 1").expect(". 1(0) ack 1").quiet();
      t.state(TcpState.ESTABLISHED).inject("R 1(0)").closed(CloseCause.RESET_BY_PEER);
    }
  }

  @Test
  @Requirement({"RFC5961-3.2-02", "RFC5961-3.2-07"})
  void aResetOutsideOfTheWindowIsDropped() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("R 0(0)", "R. 65537(0) ack 1").quiet().state(TcpState.ESTABLISHED);
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-SYNCHALLENGE", "RFC9293-3.10.7.4-SYNDROP", "RFC5961-4.2-02"})
  void aSynIsChallengedWhateverItsNumber() {
    try (Timeline t = Timeline.established(PLAIN)) {
      for (String syn : new String[] {"S 0(0)", "S 1(0)", "S 500(10)", "S. 900000(0) ack 1", "SF 1(0)"}) {
        t.inject(syn).expect(". 1(0) ack 1").quiet().state(TcpState.ESTABLISHED).readable(0);
      }
    }
  }

  @Test
  @Requirement({"RFC9293-3.10.7.4-ACKRANGE", "RFC9293-3.10.7.4-ACKDROP", "MAY-12"})
  void dataWithAnAckOutOfRangeIsDropped() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).drop();
      t.inject("P. 1(5) ack 12").expect(". 11(0) ack 1").readable(0);
      t.inject("P. 1(5) ack -65535").expect(". 11(0) ack 1").readable(0);
      // SND.UNA - MAX.SND.WND
      t.inject("P. 1(5) ack -65534").readable(5);
    }
  }

  @Test
  @Requirement({"RFC5961-5.2-01", "RFC5961-5.2-04"})
  void theLargestWindowEverOfferedBoundsTheAckRange() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).drop();
      t.inject("P. 1(5) ack -65534").readable(5);
      t.after(40).drop();
      t.inject(". 6(0) ack 1 win 100").inject("P. 6(5) ack -65534").readable(10);
    }
  }

  @Test
  @Requirement("RFC9293-3.10.7.4-23")
  void aSegmentWithoutAckIsDropped() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P 1(5)", "F 1(0)").quiet().state(TcpState.ESTABLISHED).readable(0);
    }
  }

  @Test
  @Requirement({"RFC5961-7-01", "RFC5961-7-02", "RFC5961-7-03"})
  void challengesAreLimitedForEachConnection() {
    for (int interval : new int[] {500, 2000}) {
      TcpSettings limited = PLAIN
          .withSecurity(security -> security.withChallengeAckInterval(Duration.ofMillis(interval)));
      try (Timeline t = Timeline.established(limited); Timeline other = Timeline.established(limited)) {
        int answers = 0;
        for (int i = 0; i < 100; i++) {
          t.inject("R 50(0)", "S 7(0)", ". 1(0) ack 77777", ". 99999(0) ack 1", "P. 1000000(10) ack 1");
          answers += t.drop();
        }
        assertThat(answers).isEqualTo(1);
        t.after(interval - 1).inject("R 50(0)").quiet().after(1).inject("R 50(0)").expect(". 1(0) ack 1");
        // Another connection has its own limit.
        other.inject("R 50(0)").expect(". 1(0) ack 1");
        // Repeated data and data above a gap is always answered, because its sender needs the answer.
        t.inject("P. 1(100) ack 1").after(40).expect(". 1(0) ack 101");
        for (int i = 0; i < 100; i++) {
          t.inject("P. 1(100) ack 1").expect(". 1(0) ack 101").quiet();
          t.inject("P. 201(10) ack 1").expect(". 1(0) ack 101").quiet();
        }
      }
    }
    try (Timeline t = Timeline
        .established(PLAIN.withSecurity(security -> security.withChallengeAckInterval(Duration.ZERO)))) {
      t.inject("R 50(0)").expect(". 1(0) ack 1").inject("R 50(0)").expect(". 1(0) ack 1");
    }
  }

  @Test
  @Requirement({"RFC5961-7-01", "RFC9293-3.10.7.4-14"})
  void onlyDataNearTheWindowIsAnsweredWithoutALimit() {
    TcpSettings limited = Timeline.settings(1 << 16, true, false)
        .withSecurity(security -> security.withChallengeAckInterval(Duration.ofHours(1)));
    int capacity = 1 << 16;
    try (Timeline t = Timeline.established(limited)) {
      t.inject(". 1(1000) ack 1").read(1000).drop();
      // The only challenge ACK of this hour.
      t.inject("P. 10000000(10) ack 1").expect(". 1(0) ack 1001");
      // One window back from RCV.NXT, and one window beyond the edge.
      int back = 1001 - capacity - 9;
      int edge = 1001 + t.info().windows().rcvWnd() + capacity;
      for (int i = 0; i < 5; i++) {
        t.inject("P. " + back + "(10) ack 1").expect(". 1(0) ack 1001").quiet();
        t.inject("P. " + (edge - 1) + "(10) ack 1").expect(". 1(0) ack 1001").quiet();
      }
      t.inject("P. " + (back - 1) + "(10) ack 1", "P. " + edge + "(10) ack 1").quiet();
    }
  }

  @Test
  @Requirement("RFC5961-4.2-01")
  void dataAndAckOfAnInvalidSynAreIgnored() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).expect("P. 1(10)").inject("S. 0(10) ack 11", "SP. 1(10) ack 11").expect(". 11(0) ack 1").readable(0);
      assertThat(t.engine().acknowledgedBytes()).isZero();
    }
  }

  @Test
  @Requirement({"RFC7323-5.3-01", "RFC7323-5.3-02", "RFC7323-5.3-03"})
  void pawsRefusesAnOldTimestamp() {
    try (Timeline t = Timeline.established(STAMPED)) {
      t.inject("P. 1(10) ack 1 <ts 500 200>").read(10).drop();
      t.after(40).expect(". 1(0) ack 11 <ts 240 500>");
      t.inject("P. 11(10) ack 1 <ts 499 200>").expect(". 1(0) ack 11 <ts 240 500>").readable(0);
      t.inject("P. 11(10) ack 1 <ts 500 200>").readable(10);
    }
  }

  @Test
  @Requirement("RFC7323-5.2-01")
  void timestampComparisonHandlesWraparound() {
    for (String[] pair : new String[][] {{"2147483640", "2147483660"}, {"4294967290", "5"}}) {
      try (Timeline t = Timeline.established(STAMPED, "mss 1460, ts " + pair[0] + " 100")) {
        t.inject("P. 1(10) ack 1 <ts " + pair[1] + " 200>").readable(10).drop();
        t.inject("P. 11(10) ack 1 <ts " + pair[0] + " 200>").readable(10);
      }
    }
  }

  @Test
  @Requirement({"RFC7323-5.2-06"})
  void pawsDoesNotApplyToResets() {
    try (Timeline t = Timeline.established(STAMPED)) {
      t.inject("P. 1(10) ack 1 <ts 500 200>").inject("R. 11(0) ack 1 <ts 3 200>").closed(CloseCause.RESET_BY_PEER);
    }
  }

  @Test
  @Requirement({"RFC7323-5.5-01", "RFC7323-5.5-02"})
  void after24DaysOfSilenceTheTimestampNoLongerCounts() {
    try (Timeline t = Timeline.established(STAMPED)) {
      long day = 24L * 3600 * 1000;
      t.at(24 * day).inject("P. 1(1) ack 1 <ts 4000000000 200>").readable(0).drop();
      t.at(24 * day + 200).inject("P. 1(1) ack 1 <ts 4000000000 200>").readable(1);
      t.after(40).expect(". 1(0) ack 2 <ts " + Integer.toUnsignedString((int) (24 * day + 340)) + " 4000000000>");
    }
  }

  @Test
  @Requirement({"RFC7323-4.3-01", "RFC7323-4.3-02", "RFC7323-4.3-03"})
  void echoesTimestampOfTheAcknowledgedSegment() {
    try (Timeline t = Timeline.established(STAMPED)) {
      // One delayed acknowledgement covers two segments: it echoes the earlier one.
      t.inject("P. 1(10) ack 1 <ts 10 200>", "P. 11(10) ack 1 <ts 20 200>").after(40)
          .expect(". 1(0) ack 21 <ts 240 10>");
      // Above a gap: the echo is of the last segment that advanced RCV.NXT.
      t.inject("P. 31(10) ack 1 <ts 30 200>").expect(". 1(0) ack 21 <ts 240 10>");
      // A segment that fills a gap is echoed.
      t.inject("P. 21(10) ack 1 <ts 40 200>").expect(". 1(0) ack 41 <ts 240 40>");
    }
  }

  @Test
  @Requirement({"RFC7323-4.3-04", "RFC7323-5.3-04", "RFC7323-3.2-03"})
  void onlyTimestampsOfSegmentsAtTheLastAckAreStored() {
    try (Timeline t = Timeline.established(STAMPED)) {
      t.inject("P. 1(10) ack 1 <ts 10 200>").after(40).expect(". 1(0) ack 11 <ts 240 10>");
      t.inject("P. 11(10) ack 1 <ts 20 200>").after(40).expect(". 1(0) ack 21 <ts 280 20>");
      // SEG.SEQ is above Last.ACK.sent: not recorded.
      t.inject("P. 31(10) ack 1 <ts 30 200>").expect(". 1(0) ack 21 <ts 280 20>");
    }
  }

  @Test
  @Requirement({"RFC7323-3.2-11"})
  void aSegmentThatLacksItsTimestampIsAccepted() {
    try (Timeline t = Timeline.established(STAMPED)) {
      t.inject("P. 1(10) ack 1").readable(10).state(TcpState.ESTABLISHED);
    }
  }

  @Test
  void aStrayTimestampDoesNotPoisonTheConnection() {
    try (Timeline t = Timeline.established(STAMPED)) {
      t.inject("P. 90000(10) ack 1 <ts 2000000000 200>", "P. 1(10) ack 99999 <ts 2000000000 200>").drop();
      t.inject("P. 500(10) ack 1 <ts 2000000000 200>").drop();
      t.inject("P. 1(10) ack 1 <ts 5 200>").readable(10);
    }
  }
}
