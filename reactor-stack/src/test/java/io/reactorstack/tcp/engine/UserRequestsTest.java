package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/** Calls of the user while a connection is open or opening, and the time at which they take effect. */
class UserRequestsTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;

  // ---- announcement of more data

  @Test
  void announcedDataJoinsTheWaitingSegment() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.writeMore(10).quiet().write(10).expect("P. 1(20) ack 1").quiet();
      t.inject(". 1(0) ack 21").writeMore(1470).expect(". 21(1460)").quiet().write(1).expect("P. 1481(11)").quiet();
    }
  }

  @Test
  void noDelayOrUncorkingCancelsTheAnnouncement() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.writeMore(10).quiet().noDelay(true).expect("P. 1(10) ack 1").quiet();
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.writeMore(10).quiet().cork(true).quiet().cork(false).expect("P. 1(10) ack 1").quiet();
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.cork(true).writeMore(10).quiet().cork(false).expect("P. 1(10) ack 1").quiet();
    }
  }

  @Test
  void aCorkDoesNotCancelTheAnnouncement() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.writeMore(10).cork(true).quiet().write(1450).expect("P. 1(1460) ack 1").quiet();
    }
  }

  // ---- congestion control

  @Test
  void aReplacedCongestionControlDecidesAtTheNextLoss() {
    TcpSettings settings = PLAIN.withWire(wire -> wire.withSelectiveAcknowledgment(true));
    for (String name : new String[] {"reno", "cubic"}) {
      try (Timeline t = Timeline.established(settings)) {
        t.engine().congestionControl(CongestionControl.named(name));
        assertThat(t.info().congestion().algorithm()).isEqualTo(name);
        lose(t, name);
      }
      try (Timeline t = Timeline.active(settings)) {
        t.engine().congestionControl(CongestionControl.named(name));
        t.handshake("mss 1460, sackOK");
        lose(t, name);
      }
    }
  }

  /** Causes a loss: RFC 5681 halves the flight, RFC 9438 leaves seven tenths of the window. */
  private static void lose(Timeline t, String name) {
    t.write(14_600).drop();
    t.after(100).inject(". 1(0) ack 1 <sack 1461:2921>", ". 1(0) ack 1 <sack 1461:4381>",
        ". 1(0) ack 1 <sack 1461:5841>").expect(". 1(1460)").drop();
    assertThat(t.info().congestion().ssthresh()).as(name).isEqualTo(name.equals("reno") ? 7300 : 10_220);
  }

  // ---- user timeout

  @Test
  void aShorterUserTimeoutAppliesToDataInFlight() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.write(10).expect("P. 1(10)").at(1100).expect("P. 1(10)").at(1200).userTimeout(2);
      t.at(2099).quiet().at(2100).closed(CloseCause.RETRANSMISSION_TIMEOUT);
    }
  }

  // ---- packet fields

  @Test
  void packetFieldsChangeImmediately() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.engine().packetFields(0x48, 7);
      assertThat(t.engine().packetFields().trafficClass()).isEqualTo(0x48);
      assertThat(t.engine().packetFields().hopLimit()).isEqualTo(7);
    }
  }

  // ---- data in flight

  @Test
  void sentUnacknowledgedNumbersAreInFlight() {
    try (Timeline t = Timeline.active(PLAIN)) {
      assertThat(t.engine().rcvNxt()).as("before the peer's SYN").isZero();
      assertThat(t.engine().sndNxt()).isEqualTo(t.iss + 1);
      assertThat(t.engine().isInFlight(t.iss)).as("the SYN").isTrue();
      t.handshake("mss 1460");
      assertThat(t.engine().rcvNxt()).isEqualTo(t.irs + 1);
      t.write(10).expect("P. 1(10)");
      assertThat(t.engine().sndNxt()).isEqualTo(t.iss + 11);
      assertThat(t.engine().isInFlight(t.iss + 10)).isTrue();
      assertThat(t.engine().isInFlight(t.iss + 11)).isFalse();
      t.inject(". 1(0) ack 6");
      assertThat(t.engine().isInFlight(t.iss + 5)).isFalse();
      assertThat(t.engine().isInFlight(t.iss + 6)).isTrue();
    }
    try (Timeline t = Timeline.passive(PLAIN, "S 0(0)")) {
      assertThat(t.engine().sndNxt()).isEqualTo(t.iss + 1);
      assertThat(t.engine().isInFlight(t.iss)).as("the SYN-ACK").isTrue();
    }
  }

  // ---- closing

  @Test
  @Requirement("RFC9293-3.10.4-01")
  void aCloseInSynSentEndsTheConnectionInEitherOrder() {
    try (Timeline t = Timeline.active(PLAIN)) {
      t.drop();
      t.shutdownOutput().quiet().shutdownInput().closed(CloseCause.ABORTED).quiet();
    }
    try (Timeline t = Timeline.active(PLAIN)) {
      t.drop();
      t.shutdownInput().quiet().shutdownOutput().closed(CloseCause.ABORTED).quiet();
    }
  }

  @Test
  void inputClosedBeforeTheHandshakeDiscardsAllData() {
    for (boolean shut : new boolean[] {true, false}) {
      try (Timeline t = Timeline.active(PLAIN)) {
        t.drop();
        (shut ? t.shutdownInput() : t.discardInput()).inject("S. 0(5) ack 1 <mss 1460>").expect(". 1(0) ack 6")
            .readable(0);
        t.inject(". 6(1460) ack 1", ". 1466(1460) ack 1").expect(". 1(0) ack 2926 win 65535").readable(0);
      }
    }
  }
}
