package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.BufferSettings;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/**
 * The receive buffer grows with the bytes that the application reads per round trip, the send buffer with the
 * congestion window.
 */
class ReceiveTuningTest {

  private static final int INITIAL = 64 * 1024;
  private static final int MAX = 1 << 20;

  private static TcpSettings settings(boolean timestamps, int max) {
    return Timeline.settings(INITIAL, true, timestamps).withBuffers(buffers -> buffers.withMaxReceiveBuffer(max));
  }

  private static int capacity(Timeline t) {
    return t.info().windows().rcvSpace();
  }

  private final int[] next = {1};

  /**
   * Simulates one round trip of 100 ms: the peer sends {@code bytes}, and the application reads them if {@code read}.
   */
  private void round(Timeline t, int bytes, boolean read) {
    long clock = t.nowMillis() + Timeline.TS0;
    t.after(100);
    boolean stamped = t.info().options().ts();
    for (int left = bytes; left > 0;) {
      int n = Math.min(1000, left);
      String ts = stamped ? " <ts " + clock + " " + clock + ">" : "";
      t.inject(". " + next[0] + "(" + n + ") ack 1" + ts).drop();
      next[0] += n;
      left -= n;
    }
    if (read) {
      t.read(bytes);
    }
    t.drop();
  }

  private static Timeline established(TcpSettings settings) {
    return Timeline.established(settings);
  }

  @Test
  @Requirement({"RFC7323-2.3-02", "RFC7323-2.2-08", "RFC7323-2.3-06"})
  void theScaleSufficesForTheLargestBuffer() {
    try (Timeline t = Timeline.active(
        Timeline.settings(540_000, true, true).withBuffers(buffers -> buffers.withMaxReceiveBuffer(15 << 20))
            .withWire(wire -> wire.withSelectiveAcknowledgment(true)))) {
      t.expect("S 0(0) win 65535 <mss 1460, sackOK, ts 100 0, wscale 8>");
      t.inject("S. 0(0) ack 1 win 65535 <mss 1460, sackOK, ts 1 100, wscale 8>").expect(". 1(0) ack 1 win 2109");
    }
    try (Timeline t = Timeline.active(Timeline.settings(1 << 16, true, true)
        .withBuffers(buffers -> buffers.withMaxReceiveBuffer(BufferSettings.MOST)))) {
      t.expect("S 0(0) win 65535 <mss 1460, ts 100 0, wscale 14>");
    }
  }

  @Test
  void theBufferGrowsWithTheBytesReadPerRoundTrip() {
    for (boolean timestamps : new boolean[] {true, false}) {
      next[0] = 1;
      try (Timeline t = established(settings(timestamps, MAX))) {
        round(t, 10_000, true);
        assertThat(capacity(t)).isEqualTo(INITIAL);
        int before = INITIAL;
        for (int i = 0; i < 6; i++) {
          round(t, Math.min(before * 3 / 4, 400_000), true);
          assertThat(capacity(t)).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(MAX);
          before = capacity(t);
        }
        assertThat(before).as("timestamps " + timestamps).isGreaterThan(600_000);
      }
    }
  }

  @Test
  void unreadDataDoesNotGrowTheBuffer() {
    try (Timeline t = established(settings(true, MAX))) {
      for (int i = 0; i < 5; i++) {
        round(t, 12_000, false);
      }
      assertThat(capacity(t)).isEqualTo(INITIAL);
    }
  }

  @Test
  void aSlowStreamDoesNotGrowTheBuffer() {
    try (Timeline t = established(settings(true, MAX))) {
      for (int i = 0; i < 50; i++) {
        round(t, 5000, true);
      }
      assertThat(capacity(t)).isEqualTo(INITIAL);
    }
  }

  @Test
  void aBufferSetByTheUserDoesNotGrow() {
    try (Timeline t = established(settings(true, INITIAL))) {
      for (int i = 0; i < 5; i++) {
        round(t, 50_000, true);
      }
      assertThat(capacity(t)).isEqualTo(INITIAL);
    }
    next[0] = 1;
    try (Timeline t = established(settings(true, MAX))) {
      t.engine().receiveCapacity(80_000);
      t.drop();
      for (int i = 0; i < 5; i++) {
        round(t, 50_000, true);
      }
      assertThat(capacity(t)).isEqualTo(80_000);
    }
    next[0] = 1;
    try (Timeline t = Timeline.active(settings(true, MAX))) {
      t.engine().receiveCapacity(80_000);
      t.handshake("mss 1460, wscale 0, ts 1 " + Timeline.TS0);
      for (int i = 0; i < 5; i++) {
        round(t, 50_000, true);
      }
      assertThat(capacity(t)).isEqualTo(80_000);
    }
  }

  @Test
  void theRoundTripIsMeasuredByTheEcho() {
    try (Timeline t = established(settings(true, MAX))) {
      round(t, 10_000, true);
      round(t, 10_000, true);
      assertThat(t.info().timing().roundTrip().rcvRtt().toMillis()).isEqualTo(100);
    }
  }

  @Test
  void theSendBufferGrowsWithTheCongestionWindow() {
    TcpSettings settings = Timeline.PLAIN
        .withBuffers(buffers -> buffers.withSendBuffer(20_000).withMaxSendBuffer(50_000));
    try (Timeline t = Timeline.established(settings)) {
      t.write(20_000);
      assertThat(t.engine().writableBytes()).isZero();
      int sent = t.drop();
      assertThat(sent).isEqualTo(10);
      t.after(100).inject(". 1(0) ack 14601").drop();
      int free = t.engine().writableBytes();
      assertThat(free).as("two windows, less the bytes still held")
          .isEqualTo(2 * t.info().congestion().cwnd() - 5400);
      t.write(free).drop();
      t.after(100).inject(". 1(0) ack 20001").drop();
      for (int acked = 20_001; t.engine().acknowledgedBytes() < 20_000 + free; acked += 1460) {
        t.after(1).inject(". 1(0) ack " + Math.min(acked, 20_001 + free)).drop();
      }
      assertThat(t.engine().writableBytes()).isEqualTo(50_000);
    }
    try (Timeline t = Timeline
        .established(Timeline.PLAIN.withBuffers(buffers -> buffers.withSendBuffer(20_000).withMaxSendBuffer(20_000)))) {
      t.write(20_000).drop();
      t.after(100).inject(". 1(0) ack 14601");
      assertThat(t.engine().writableBytes()).isEqualTo(14_600);
    }
  }
}
