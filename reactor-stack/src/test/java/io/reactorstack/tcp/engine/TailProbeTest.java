package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The contents of a tail loss probe, its cancellation, and the meaning of its acknowledgement (RFC 8985 section 7). */
class TailProbeTest {

  private static final TcpSettings PROBING = Timeline.PLAIN
      .withWire(wire -> wire.withSelectiveAcknowledgment(true))
      .withTimers(timers -> timers.withNoDelay(true));

  /** A connection whose probe timeout is 200 ms for several segments and 400 ms for one. */
  private static Timeline established() {
    return established(settings -> settings);
  }

  private static Timeline established(UnaryOperator<TcpSettings> more) {
    return Timeline.established(more.apply(PROBING), "mss 1000, sackOK");
  }

  // ---- contents

  @Test
  @Requirement("RFC8985-7.3-03")
  void aProbeWithTheLastNewDataCarriesTheFin() {
    try (Timeline t = established()) {
      t.write(10_500).shutdownOutput();
      assertThat(t.drop()).isEqualTo(10);
      t.at(300).expect("FP. 10001(500)").quiet();
      // The retransmission timer follows, not another probe.
      assertThat(t.deadlineMillis()).isEqualTo(1300);
      t.at(400).inject(". 1(0) ack 10502").idle();
    }
    try (Timeline t = established()) {
      t.write(11_500).shutdownOutput();
      assertThat(t.drop()).isEqualTo(10);
      t.at(300).expect(". 10001(1000)").quiet();
    }
  }

  @Test
  @Requirement({"RFC8985-7.3-03", "MUST-34"})
  void newDataInAProbeStaysInsideThePeersWindow() {
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 10500").write(10_500).shutdownOutput();
      assertThat(t.drop()).isEqualTo(10);
      // The window has no room for the FIN.
      t.at(300).expect("P. 10001(500)").quiet();
    }
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 10200").write(20_000);
      assertThat(t.drop()).isEqualTo(10);
      t.at(300).expect(". 10001(200)").quiet();
    }
    try (Timeline t = established()) {
      t.inject(". 1(0) ack 1 win 10000").write(20_000);
      assertThat(t.drop()).isEqualTo(10);
      t.at(300).expect(". 9001(1000)").quiet();
    }
  }

  /** Puts the maximum number of segments in flight, with a peer's window of {@code window} octets. */
  private static Timeline manySmall(int window) {
    Timeline t = established(s -> s.withBuffers(buffers -> buffers.withSendBuffer(2048).withMaxSendBuffer(2048)));
    t.inject(". 1(0) ack 1 win " + window);
    for (int i = 1; i <= 64; i++) {
      t.write(1).expect("P. " + i + "(1)");
    }
    return t;
  }

  @Test
  @Requirement("RFC8985-7.3-03")
  void aPendingFinIsTheProbe() {
    try (Timeline t = manySmall(5000)) {
      t.write(1).quiet();
    }
    try (Timeline t = manySmall(5000)) {
      t.shutdownOutput().quiet().at(300).expect("F. 65(0)").quiet();
      t.at(400).inject(". 1(0) ack 66").idle();
    }
    // If the window has no room for it, the last octet is sent again.
    try (Timeline t = manySmall(64)) {
      t.shutdownOutput().quiet().at(300).expect("P. 64(1)").quiet();
    }
  }

  @Test
  @Requirement({"RFC8985-7.3-04", "RFC8201-4-06"})
  void onlyTheEndOfATooLargeLastSegmentIsResent() {
    try (Timeline t = Timeline.established(PROBING)) {
      t.write(2920).expect(". 1(1460)", "P. 1461(1460)").knownPathMtu(1000).quiet();
      t.at(300).expect("P. 1961(960)").quiet();
      t.at(400).inject(". 1(0) ack 1 <sack 1961:2921>").expect(". 1(960)");
    }
  }

  @Test
  @Requirement({"RFC8985-7.3-04", "SHLD-16"})
  void theFirstSegmentIsResentIfTheLastIsBeyondAShrunkWindow() {
    try (Timeline t = established()) {
      t.write(3000).expect(". 1(1000)", ". 1001(1000)", "P. 2001(1000)").inject(". 1(0) ack 1 win 1500");
      t.at(300).expect(". 1(1000)").quiet();
    }
  }

  // ---- when a probe is sent

  @Test
  @Requirement({"RFC8985-7.2-01", "RFC8985-7.2-05"})
  void theProbeTimeoutCountsFromTheLastAcknowledgement() {
    try (Timeline t = established()) {
      t.write(3000).expect(". 1(1000)", ". 1001(1000)", "P. 2001(1000)");
      t.at(250).inject(". 1(0) ack 1001");
      // SRTT is 103.125 ms at this time.
      assertThat(t.deadlineMillis()).isEqualTo(456);
      t.jump().expect("P. 2001(1000)");
    }
  }

  @Test
  @Requirement({"RFC8985-7.2-01", "RFC8985-7.2-05"})
  void anAcknowledgementCancelsAProbeThatIsDue() {
    try (Timeline t = established()) {
      t.write(1000).expect("P. 1(1000)");
      // The probe is due, but the device accepts nothing until the acknowledgement arrives.
      t.at(500).inject(". 1(0) ack 1001").idle();
      t.at(1400).write(1000).expect("P. 1001(1000)");
      int window = t.info().cwnd();
      // The next probe has the full timeout: SRTT is 137.5 ms.
      assertThat(t.deadlineMillis()).isEqualTo(1400 + 275 + 200);
      t.jump().expect("P. 1001(1000)").quiet();
      assertThat(t.info().cwnd()).isEqualTo(window);
    }
    try (Timeline t = established()) {
      t.write(3000).expect(". 1(1000)", ". 1001(1000)", "P. 2001(1000)");
      t.at(300).inject(". 1(0) ack 1001").quiet();
      t.jump().expect("P. 2001(1000)").quiet();
    }
  }

  @Test
  @Requirement("RFC8985-7.3-06")
  void theRetransmissionTimerCountsFromTheProbesTransmission() {
    try (Timeline t = established()) {
      t.write(3000).expect(". 1(1000)", ". 1001(1000)", "P. 2001(1000)");
      t.busyUntil(300).busyUntil(350).expect("P. 2001(1000)").quiet();
      assertThat(t.deadlineMillis()).isEqualTo(1350);
    }
  }

  @Test
  @Requirement("RFC8985-7.2-01")
  void noProbeIsSentWhenSackReportsALoss() {
    try (Timeline t = established()) {
      t.write(3000).expect(". 1(1000)", ". 1001(1000)", "P. 2001(1000)");
      t.at(300).inject(". 1(0) ack 1 <sack 2001:3001>").quiet();
      assertThat(t.info().flight().sacked()).isOne();
    }
  }

  // ---- the acknowledgement of a probe

  @Test
  @Requirement("RFC8985-7.4.2-01")
  void aDuplicateWithoutSackShowsThatTheOriginalArrived() {
    for (boolean answered : new boolean[] {true, false}) {
      try (Timeline t = established()) {
        t.write(3000).expect(". 1(1000)", ". 1001(1000)", "P. 2001(1000)");
        t.at(300).expect("P. 2001(1000)").at(310).inject(". 1(0) ack 3001").write(1000).expect("P. 3001(1000)");
        if (answered) {
          // The peer has already received everything that the probe carries; it does not support D-SACK.
          t.at(400).inject(". 1(0) ack 3001");
        }
        t.at(420).inject(". 1(0) ack 4001");
        if (answered) {
          assertThat(t.info().ssthresh()).isEqualTo(Integer.MAX_VALUE);
        } else {
          assertThat(t.info().ssthresh()).isLessThan(10_000);
        }
      }
    }
  }
}
