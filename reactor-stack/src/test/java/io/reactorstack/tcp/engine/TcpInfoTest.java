package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The statistics of a connection: STATUS of RFC 9293 section 3.9.1.6, with the names of {@code ss}. */
class TcpInfoTest {

  private static final TcpSettings FULL = Timeline.settings(1 << 20, true, true);

  @Test
  void countsSegmentsAndBytesInBothDirections() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.write(2920).expect(". 1(1460)", "P. 1461(1460)");
      TcpInfo sent = t.info();
      assertThat(sent.state()).isEqualTo(TcpState.ESTABLISHED);
      assertThat(sent.flight().unacked()).isEqualTo(2);
      assertThat(sent.flight().bytesInFlight()).isEqualTo(2920);
      assertThat(sent.sent().dataSegsOut()).isEqualTo(2);
      assertThat(sent.sent().segsOut()).as("with the SYN and its acknowledgement").isEqualTo(4);
      assertThat(sent.sent().bytesSent()).isEqualTo(2920);
      t.at(200).inject("P. 1(10) ack 2921").after(40).expect(". 2921(0)");
      TcpInfo info = t.info();
      assertThat(info.flight().unacked()).isZero();
      assertThat(info.sent().bytesAcked()).isEqualTo(2920);
      assertThat(info.received().dataSegsIn()).isOne();
      assertThat(info.received().segsIn()).isEqualTo(2);
      assertThat(info.received().bytesReceived()).isEqualTo(10);
      assertThat(info.timing().lastrcv()).isEqualTo(Duration.ofMillis(40));
      assertThat(info.timing().idle().lastack()).isEqualTo(Duration.ofMillis(40));
      assertThat(info.timing().lastsnd()).isEqualTo(Duration.ofMillis(140));
    }
  }

  @Test
  void countsRetransmissions() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.write(100).expect("P. 1(100)").jump().expect("P. 1(100)");
      TcpInfo info = t.info();
      assertThat(info.sent().bytesSent()).isEqualTo(200);
      assertThat(info.sent().bytesRetrans()).isEqualTo(100);
      assertThat(info.sent().totalRetrans()).isOne();
      assertThat(info.bytesSent()).as("without them").isEqualTo(100);
      assertThat(info.timing().retransmits()).isOne();
      assertThat(info.timing().timeouts().backoff()).isOne();
    }
  }

  @Test
  void reportsTheAgreedOptions() {
    try (Timeline t = Timeline.established(FULL, "mss 1400, wscale 3, ts 1 " + Timeline.TS0)) {
      TcpInfo info = t.info();
      assertThat(info.options().ts()).isTrue();
      assertThat(info.options().wscale()).isTrue();
      assertThat(info.options().sndWscale()).isEqualTo(3);
      assertThat(info.options().rcvWscale()).isEqualTo(5);
      assertThat(info.sizes().mss()).isEqualTo(1388);
      assertThat(info.sizes().advmss()).isEqualTo(1460);
      assertThat(info.sizes().pmtu()).isEqualTo(1500);
    }
  }

  @Test
  void reportsTheLimitsOfTheSender() {
    TcpSettings small = Timeline.PLAIN.withBuffers(buffers -> buffers.withSendBuffer(8760).withMaxSendBuffer(8760))
        .withTimers(timers -> timers.withNoDelay(true));
    try (Timeline t = Timeline.established(small)) {
      // All of the send buffer is in flight.
      t.at(1000).write(8760).drop();
      t.at(1200).inject(". 1(0) ack 8761 win 0").write(5000).quiet();
      t.at(1300).inject(". 1(0) ack 8761 win 9000").drop();
      t.at(1350).inject(". 1(0) ack 13761 win 9000").quiet();
      TcpInfo.Limits limits = t.at(9000).info().limits();
      assertThat(limits.sndbufLimited()).isEqualTo(Duration.ofMillis(200));
      assertThat(limits.rwndLimited()).isEqualTo(Duration.ofMillis(100));
      assertThat(limits.zeroWindow()).isEqualTo(Duration.ofMillis(100));
      assertThat(limits.cwndLimited()).isZero();
      assertThat(limits.busy()).isEqualTo(Duration.ofMillis(350));
    }
    try (Timeline t = Timeline
        .established(Timeline.PLAIN.withCongestion(congestion -> congestion.withInitialWindowSegments(2)))) {
      t.at(1000).write(2 * 1460 + 1460).drop();
      t.at(1100).inject(". 1(0) ack 2921").drop();
      t.at(1200).inject(". 1(0) ack 4381").quiet();
      TcpInfo.Limits limits = t.at(9000).info().limits();
      assertThat(limits.cwndLimited()).isEqualTo(Duration.ofMillis(100));
      assertThat(limits.busy()).isEqualTo(Duration.ofMillis(200));
    }
  }

  @Test
  void valuesRemainAfterTheEnd() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.write(100).expect("P. 1(100)").at(150).inject(". 1(0) ack 101").at(300).inject("R 1(0)");
      t.closed(CloseCause.RESET_BY_PEER);
      TcpInfo info = t.info();
      assertThat(info.state()).isEqualTo(TcpState.CLOSED);
      assertThat(info.bytesAcknowledged()).isEqualTo(100);
      assertThat(info.timing().lastrcv()).isEqualTo(Duration.ofMillis(300));
      assertThat(info.limits().busy()).isEqualTo(Duration.ofMillis(50));
      assertThat(info.received().segsIn()).isEqualTo(3);
    }
  }

  @Test
  void reportsTheRates() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      assertThat(t.info().congestion().deliveryRate()).isZero();
      // Ten segments in a round trip of 100 ms fill the window, but there was no data before.
      t.write(40_000).drop();
      assertThat(t.info().congestion().sendRate()).isEqualTo(8 * 146_000);
      t.at(200).inject(". 1(0) ack 14601").drop();
      assertThat(t.info().congestion().deliveryRate()).isEqualTo(8 * 146_000);
      assertThat(t.info().congestion().appLimited()).isTrue();
      t.at(300).inject(". 1(0) ack 30661").drop();
      assertThat(t.info().congestion().deliveryRate()).isEqualTo(8 * 160_600);
      assertThat(t.info().congestion().appLimited()).isFalse();
      // The last segments were sent before it was known that no data follows.
      t.at(400).inject(". 1(0) ack 40001").drop();
      assertThat(t.info().congestion().deliveryRate()).isEqualTo(8 * 93_400);
      // A rate limited by the application does not describe the path.
      t.write(1460).drop();
      t.at(500).inject(". 1(0) ack 41461").drop();
      assertThat(t.info().congestion().deliveryRate()).isEqualTo(8 * 93_400);
      assertThat(t.info().congestion().appLimited()).isFalse();
    }
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.write(1460).drop();
      t.write(1460).drop();
      t.at(200).inject(". 1(0) ack 2921");
      assertThat(t.info().congestion().deliveryRate()).isEqualTo(8 * 29_200);
      assertThat(t.info().congestion().appLimited()).isTrue();
    }
  }

  @Test
  void anOwnerThatDoesNotPollAnExhaustedEngineAgainLearnsTheSameLimit() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.write(1460);
      assertThat(t.next()).isNotNull();
      // The timeline polls when the time advances; the limit that it saw then ends with the second acknowledgement.
      t.at(200).inject(". 1(0) ack 1461");
      t.write(1460);
      assertThat(t.next()).isNotNull();
      t.inject(". 1(0) ack 2921");
      for (int i = 0; i < 2; i++) {
        t.write(1460);
        assertThat(t.next()).isNotNull();
      }
      t.at(300).inject(". 1(0) ack 5841");
      assertThat(t.info().congestion().deliveryRate()).isEqualTo(8 * 29_200);
      assertThat(t.info().congestion().appLimited()).isTrue();
    }
  }

  @Test
  void theRateOfARetransmissionCountsFromItsTransmission() {
    TcpSettings settings = Timeline.PLAIN.withRecovery(recovery -> recovery.withForwardRto(false))
        .withCongestion(congestion -> congestion.withInitialWindowSegments(3));
    try (Timeline t = Timeline.established(settings)) {
      t.write(30_000).expect(". 1(1460)", ". 1461(1460)", ". 2921(1460)").quiet();
      t.at(200).inject(". 1(0) ack 1461").expect(". 4381(1460)", ". 5841(1460)").quiet();
      t.at(1200).expect(". 1461(1460)").at(1300).inject(". 1(0) ack 7301");
      // 5840 octets since the acknowledgement before the retransmission, 1100 ms ago.
      assertThat(t.info().congestion().deliveryRate()).isEqualTo(8 * (5840 * 10 / 11));
    }
  }

  @Test
  void countsTheProbesOfAClosedWindowAndOfASilentPeer() {
    try (Timeline t = Timeline.established(Timeline.PLAIN)) {
      t.inject(". 1(0) ack 1 win 0").write(10).jump().expect(". 1(1)").jump().expect(". 1(1)");
      assertThat(t.info().timing().timeouts().probes()).isEqualTo(2);
      assertThat(t.info().timing().timeouts().backoff()).isEqualTo(2);
      t.inject(". 1(0) ack 1 win 0");
      assertThat(t.info().timing().timeouts().probes()).isZero();
      assertThat(t.info().timing().timeouts().backoff()).isEqualTo(2);
    }
    try (Timeline t = Timeline.established(Timeline.PLAIN).keepAlive(true, 1000, 500, 5)) {
      t.jump().expect(". 0(0)").jump().expect(". 0(0)").jump().expect(". 0(0)");
      assertThat(t.info().timing().timeouts().probes()).isEqualTo(3);
    }
  }

  @Test
  void formatsLikeSs() {
    Duration ms = Duration.ofMillis(1);
    TcpInfo info = new TcpInfo(
        TcpState.ESTABLISHED,
        new TcpInfo.Options(true, true, true, false, false, true, 7, 5),
        new TcpInfo.Timing(
            new TcpInfo.RoundTrip(ms.multipliedBy(93).plusNanos(750_000), ms.multipliedBy(50), ms, Duration.ZERO),
            new TcpInfo.Timeouts(ms.multipliedBy(204), ms.multipliedBy(40), 1, 1, 0),
            new TcpInfo.Idle(ms, ms.multipliedBy(250), Duration.ZERO)),
        new TcpInfo.Sizes(1448, 536, 1460, 1500),
        new TcpInfo.Congestion("cubic", CongestionState.LOSS, 14_480, 2896, 1_235_626, 0, 7, true),
        new TcpInfo.Transfer(
            new TcpInfo.Flight(2896, 2, 1, 1, 1, 500, 3, 0),
            new TcpInfo.Sent(5, 4, 4000, 1448, 300, 2),
            new TcpInfo.Delivery(1, 0, 0),
            new TcpInfo.Received(7, 1, 20, 0)),
        new TcpInfo.Windows(65_535, 1000, 2000, 0),
        new TcpInfo.Limits(ms.multipliedBy(80), ms.multipliedBy(20), Duration.ZERO, Duration.ZERO, Duration.ZERO));
    assertThat(info)
        .hasToString("ESTAB ts sack ecn wscale:7,5 cubic rto:204 backoff:1 rtt:93.75/50 ato:40 retransmits:1"
            + " mss:1448 pmtu:1500 rcvmss:536 advmss:1460 cwnd:10 ssthresh:2 ca_state:loss bytes_sent:4000"
            + " bytes_retrans:1448 bytes_acked:300 segs_out:5 data_segs_out:4 delivered:1 bytes_received:20 segs_in:7"
            + " data_segs_in:1 send 1235626bps lastsnd:1 lastrcv:250 delivery_rate 7bps app_limited busy:80ms"
            + " rwnd_limited:20ms(25.0%) unacked:2 retrans:1/2 lost:1 sacked:1 notsent:500 minrtt:1 rcv_space:2000"
            + " snd_wnd:65535 rcv_wnd:1000");
  }

  @Test
  void reportsThePresentLimitOfTheSender() {
    TcpSettings small = Timeline.PLAIN.withBuffers(buffers -> buffers.withSendBuffer(8760).withMaxSendBuffer(8760))
        .withTimers(timers -> timers.withNoDelay(true));
    try (Timeline t = Timeline.established(small)) {
      t.at(1000).write(8760).drop();
      TcpInfo.Limits limits = t.at(1100).info().limits();
      assertThat(limits.sndbufLimited()).isEqualTo(Duration.ofMillis(100));
      assertThat(limits.busy()).isEqualTo(Duration.ofMillis(100));
      t.at(1200).inject(". 1(0) ack 8761 win 0").write(5000).quiet();
      limits = t.at(1250).info().limits();
      assertThat(limits.zeroWindow()).isEqualTo(Duration.ofMillis(50));
      assertThat(limits.rwndLimited()).isEqualTo(Duration.ofMillis(50));
      limits = t.at(1300).info().limits();
      assertThat(limits.zeroWindow()).isEqualTo(Duration.ofMillis(100));
      assertThat(limits.busy()).isEqualTo(Duration.ofMillis(300));
      // The times count up to the end of the connection, and no further.
      t.at(1350).abort();
      limits = t.info().limits();
      assertThat(limits.zeroWindow()).isEqualTo(Duration.ofMillis(150));
      assertThat(limits.busy()).isEqualTo(Duration.ofMillis(350));
    }
  }

  @Test
  void distinguishesThePeersWindowFromTheCongestionWindow() {
    TcpSettings two = Timeline.PLAIN.withCongestion(congestion -> congestion.withInitialWindowSegments(2));
    for (int window : new int[] {3000, 4379, 4380, 65_535}) {
      try (Timeline t = Timeline.established(two)) {
        t.at(200).inject(". 1(0) ack 1 win " + window).write(10_000).expect(". 1(1460)", ". 1461(1460)").quiet();
        TcpInfo.Limits limits = t.at(300).info().limits();
        // The remaining window of the peer is less than a segment, or not.
        boolean peer = window < 4380;
        assertThat(limits.rwndLimited()).as("%d", window).isEqualTo(Duration.ofMillis(peer ? 100 : 0));
        assertThat(limits.cwndLimited()).as("%d", window).isEqualTo(Duration.ofMillis(peer ? 0 : 100));
      }
    }
  }
}
