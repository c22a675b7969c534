package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Immediate and delayed acknowledgements (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2), with and without quick
 * start.
 */
class AckPolicyTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;
  private static final TcpSettings QUICK = PLAIN.withTimers(timers -> timers.withQuickAck(true));

  @Test
  void theFirstSegmentsAreAcknowledgedOneByOne() {
    try (Timeline t = Timeline.established(QUICK)) {
      int at = 1;
      for (int i = 0; i < 16; i++, at += 100) {
        t.inject("P. " + at + "(100) ack 1").expect(". 1(0) ack " + (at + 100)).quiet();
      }
      t.inject("P. " + at + "(100) ack 1").after(40).expect(". 1(0) ack " + (at + 100)).idle();
    }
  }

  @Test
  void withoutQuickStartTheFirstSegmentWaits() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(1460) ack 1").after(40).expect(". 1(0) ack 1461").idle();
    }
  }

  @Test
  void aQuickAnswerOfTheApplicationEndsQuickStart() {
    try (Timeline t = Timeline.established(QUICK)) {
      t.inject("P. 1(100) ack 1").expect(". 1(0) ack 101").write(50).expect("P. 1(50) ack 101");
      t.after(10).inject("P. 101(100) ack 51").quiet().after(5).write(50).expect("P. 51(50) ack 201");
      // No answer in time: the application counts as slow again.
      t.inject("P. 201(100) ack 101").after(40).expect(". 101(0) ack 301");
      t.inject("P. 301(100) ack 101").expect(". 101(0) ack 401").idle();
    }
  }

  @Test
  void quickStartBeginsAgainAfterAPause() {
    try (Timeline t = Timeline.established(QUICK)) {
      int at = 1;
      for (int i = 0; i < 16; i++, at += 10) {
        t.inject("P. " + at + "(10) ack 1").drop();
      }
      t.inject("P. " + at + "(10) ack 1").after(40).expect(". 1(0) ack " + (at + 10));
      t.after(2000).inject("P. " + (at + 10) + "(10) ack 1").expect(". 1(0) ack " + (at + 20)).idle();
    }
  }

  @Test
  void aPauseIsLongerThanARetransmissionTimeout() {
    for (int more = 0; more < 2; more++) {
      try (Timeline t = Timeline.established(QUICK)) {
        int at = 1;
        for (int i = 0; i < 16; i++, at += 10) {
          t.inject("P. " + at + "(10) ack 1").drop();
        }
        t.after(t.info().rto().toMillis() + more).inject("P. " + at + "(10) ack 1");
        assertThat(t.next() != null).isEqualTo(more == 1);
        t.after(40).drop();
      }
    }
  }

  @Test
  void duplicateAcknowledgementsDoNotUseUpQuickStart() {
    try (Timeline t = Timeline.established(QUICK)) {
      t.inject("P. 1(10) ack 1").expect(". 1(0) ack 11");
      for (int i = 0; i < 20; i++) {
        t.inject("P. 21(10) ack 1").expect(". 1(0) ack 11");
      }
      t.inject("P. 11(10) ack 1").expect(". 1(0) ack 31").inject("P. 31(10) ack 1").expect(". 1(0) ack 41").idle();
    }
  }

  @Test
  void afterARepeatedSegmentTheNextOnesAreAcknowledgedAtOnce() {
    try (Timeline t = Timeline.established(QUICK)) {
      t.inject("P. 1(100) ack 1").drop();
      t.quickAck(false).inject("P. 101(100) ack 1").after(40).expect(". 1(0) ack 201").quickAck(false);
      t.inject("P. 1(100) ack 1").expect(". 1(0) ack 201").inject("P. 201(100) ack 1").expect(". 1(0) ack 301").idle();
    }
  }

  @Test
  @Requirement({"SHLD-19", "RFC5681-4.2-03"})
  void afterTheQuickStartEverySecondFullSegmentIsAcknowledgedAtOnce() {
    try (Timeline t = Timeline.established(QUICK)) {
      t.quickAck(false);
      t.inject(". 1(1460) ack 1").quiet().inject(". 1461(1460) ack 1").expect(". 1(0) ack 2921");
      t.inject(". 2921(1000) ack 1").quiet().inject(". 3921(1000) ack 1").expect(". 1(0) ack 4921").idle();
    }
  }

  @Test
  @Requirement({"SHLD-19", "RFC5681-4.2-05"})
  void fullSegmentsMayBecomeSmaller() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(1460) ack 1", ". 1461(1460) ack 1").expect(". 1(0) ack 2921");
      // The sender's path has become narrower: two segments of the same size without PSH show its full size.
      t.inject(". 2921(900) ack 1", ". 3821(900) ack 1").expect(". 1(0) ack 4721");
      assertThat(t.info().sizes().rcvmss()).isEqualTo(900);
      // Segments that end a write are no evidence of the full size.
      t.inject("P. 4721(500) ack 1", "P. 5221(500) ack 1").quiet().after(40).expect(". 1(0) ack 5721");
      assertThat(t.info().sizes().rcvmss()).isEqualTo(900);
      t.inject(". 5721(1200) ack 1");
      assertThat(t.info().sizes().rcvmss()).isEqualTo(1200);
    }
  }

  @Test
  @Requirement("SHLD-19")
  void smallFullSizedSegmentsAreRecognized() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(60) ack 1", ". 61(60) ack 1").drop();
      t.inject(". 121(60) ack 1").quiet().inject(". 181(60) ack 1").expect(". 1(0) ack 241");
      assertThat(t.info().sizes().rcvmss()).isEqualTo(60);
    }
    // 48 octets is the smallest accepted full size; two smaller segments do not change the estimate.
    int[][] cases = {{48, 48}, {47, 536}};
    for (int[] c : cases) {
      try (Timeline t = Timeline.established(PLAIN)) {
        t.inject(". 1(" + c[0] + ") ack 1", ". " + (1 + c[0]) + "(" + c[0] + ") ack 1");
        assertThat(t.info().sizes().rcvmss()).isEqualTo(c[1]);
        t.drop();
      }
    }
  }

  @Test
  void aSegmentCoalescedByTheDeviceIsAcknowledgedAtOnce() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(14600) ack 1").expect(". 1(0) ack 14601");
      assertThat(t.info().sizes().rcvmss()).isEqualTo(1460);
    }
  }

  @Test
  @Requirement({"SHLD-19", "RFC5681-4.2-03"})
  void twoFullSegmentsThatWereMergedAreAcknowledgedAtOnce() {
    for (TcpSettings settings : new TcpSettings[] {PLAIN, QUICK}) {
      try (Timeline t = Timeline.established(settings)) {
        t.quickAck(false).injectMerged(". 1(1072) ack 1", 536).expect(". 1(0) ack 1073");
        assertThat(t.info().sizes().rcvmss()).isEqualTo(536);
        t.injectMerged("P. 1073(2500) ack 1", 1000).expect(". 1(0) ack 3573").idle();
        assertThat(t.info().sizes().rcvmss()).isEqualTo(1000);
      }
    }
  }

  @Test
  void theSizeOfMergedSegmentsMayBecomeSmaller() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject(". 1(1460) ack 1", ". 1461(1460) ack 1").expect(". 1(0) ack 2921");
      t.injectMerged("P. 2921(1800) ack 1", 900).quiet().injectMerged("P. 4721(1800) ack 1", 900);
      t.expect(". 1(0) ack 6521").idle();
      assertThat(t.info().sizes().rcvmss()).isEqualTo(900);
    }
  }

  @Test
  void withoutSackEachMergedSegmentAboveAGapIsAcknowledged() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.injectMerged(". 1001(2500) ack 1", 1000).expect(". 1(0) ack 1", ". 1(0) ack 1", ". 1(0) ack 1").idle();
      assertThat(t.info().received().rcvOoopack()).isEqualTo(3);
    }
    TcpSettings sack = PLAIN.withWire(wire -> wire.withSelectiveAcknowledgment(true));
    try (Timeline t = Timeline.established(sack, "mss 1460, sackOK")) {
      t.injectMerged(". 1001(2500) ack 1", 1000).expect(". 1(0) ack 1 <sack 1001:3501>").idle();
      assertThat(t.info().received().rcvOoopack()).isEqualTo(3);
    }
  }

  @Test
  @Requirement({"RFC5681-4.2-07", "RFC5681-4.2-08"})
  void segmentsThatOpenOrFillAGapAreAcknowledgedAtOnce() {
    try (Timeline t = Timeline.established(QUICK)) {
      t.quickAck(false);
      t.inject(". 201(100) ack 1").expect(". 1(0) ack 1").inject(". 1(100) ack 1").expect(". 1(0) ack 101");
      t.inject(". 101(100) ack 1").expect(". 1(0) ack 301").idle();
    }
  }

  @Test
  void aFinIsAcknowledgedAtOnce() {
    for (TcpSettings settings : new TcpSettings[] {PLAIN, QUICK}) {
      try (Timeline t = Timeline.established(settings)) {
        t.quickAck(false).inject("F. 1(0) ack 1").expect(". 1(0) ack 2").idle();
      }
    }
  }

  @Test
  void userSwitchesQuickAcknowledgements() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("P. 1(10) ack 1").quiet().quickAck(true).expect(". 1(0) ack 11").inject("P. 11(10) ack 1");
      t.expect(". 1(0) ack 21").quickAck(false).inject("P. 21(10) ack 1").after(40).expect(". 1(0) ack 31").idle();
    }
    try (Timeline t = Timeline.active(PLAIN)) {
      t.quickAck(true).expect("S 0(0)").quiet();
    }
  }

  @Test
  @Requirement({"MUST-40", "RFC5681-4.2-02", "RFC5681-4.2-04"})
  void acknowledgementDelayIsConfigurable() {
    TcpSettings patient = PLAIN.withTimers(timers -> timers.withDelayedAck(Duration.ofMillis(200)));
    try (Timeline t = Timeline.established(patient)) {
      t.inject("P. 1(10) ack 1").after(100).inject("P. 11(10) ack 1").after(100).expect(". 1(0) ack 21").idle();
    }
  }
}
