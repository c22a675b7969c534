package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/** Urgent data on the wire (RFC 9293 section 3.8.5, RFC 6093). */
class UrgentTest {

  private static final TcpSettings PLAIN = Timeline.PLAIN;

  @Test
  @Requirement({"MUST-30", "MUST-62", "RFC9293-3.8.5-08"})
  void theUrgentPointerPointsBehindTheUrgentData() {
    try (Timeline t = Timeline.established(PLAIN.withTimers(timers -> timers.withNoDelay(true)))) {
      t.write(100).expect("P. 1(100) ack 1 urg 0").writeUrgent(50).expect("PU. 101(50) ack 1 urg 50");
      // Data behind the urgent data is not urgent.
      t.write(20).expect("P. 151(20) ack 1 urg 0");
      // Urgent data in several segments: each segment points to its end; a segment without data does not.
      t.inject(". 1(0) ack 171").writeUrgent(3000);
      t.expect("U. 171(1460) ack 1 urg 3000", "U. 1631(1460) ack 1 urg 1540", "PU. 3091(80) ack 1 urg 80");
      t.inject("P. 1(10) ack 171").after(40).expect(". 3171(0) ack 11 urg 0");
      t.inject(". 11(0) ack 3171").write(10).expect("P. 3171(10) ack 11 urg 0");
    }
  }

  @Test
  @Requirement({"MUST-30", "MUST-31"})
  void urgentDataOfAnyLengthIsRetransmittedAsUrgent() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.writeUrgent(100_000).expect("U. 1(1460) ack 1 urg 65535").drop();
      t.after(1000).expect("U. 1(1460) ack 1 urg 65535");
    }
    try (Timeline t = Timeline.established(PLAIN)) {
      t.writeUrgent(1).expect("PU. 1(1) ack 1 urg 1").after(1000).expect("PU. 1(1) ack 1 urg 1");
      t.inject(". 1(0) ack 2").shutdownOutput().expect("F. 2(0) ack 1 urg 0");
    }
  }

  @Test
  void rejectedUrgentDataMarksNothingAsUrgent() {
    TcpSettings small = PLAIN.withBuffers(buffers -> buffers.withSendBuffer(2048).withMaxSendBuffer(2048));
    try (Timeline t = Timeline.established(small)) {
      t.inject(". 1(0) ack 1 win 0").write(2048);
      ByteBuf data = t.memory.buffer(1).writeZero(1);
      assertThat(t.engine().writeUrgent(data, 0)).isZero();
      data.release();
      t.inject(". 1(0) ack 1 win 65535").expect(". 1(1460) urg 0", "P. 1461(588) urg 0");
    }
  }

  @Test
  @Requirement({"MUST-33", "RFC9293-3.10.7.4-33"})
  void reportsTheNumberOfUrgentBytes() {
    try (Timeline t = Timeline.established(PLAIN)) {
      assertThat(t.engine().urgentBytes()).isZero();
      t.inject("PU. 1(10) ack 1 urg 25");
      assertThat(t.engine().urgentBytes()).isEqualTo(25);
      t.read(10);
      assertThat(t.engine().urgentBytes()).isEqualTo(15);
      // The pointer only moves forward.
      t.inject("PU. 11(10) ack 1 urg 5");
      assertThat(t.engine().urgentBytes()).isEqualTo(15);
      t.inject("PU. 21(10) ack 1 urg 8").read(20);
      assertThat(t.engine().urgentBytes()).isZero();
      t.inject("P. 31(10) ack 1");
      assertThat(t.engine().urgentBytes()).isZero();
      t.inject("PU. 41(10) ack 1 urg 10");
      assertThat(t.engine().urgentBytes()).isEqualTo(20);
    }
  }

  @Test
  @Requirement({"MUST-66", "RFC9293-3.10.7.4-15"})
  void aClosedWindowAcceptsTheUrgentPointer() {
    try (Timeline t = Timeline.established(Timeline.settings(4096, false, false))) {
      t.inject(". 1(4096) ack 1").drop();
      t.inject("PU. 4097(1) ack 1 urg 1").expect(". 1(0) ack 4097 win 0").readable(4096);
      assertThat(t.engine().urgentBytes()).isEqualTo(4097);
    }
  }

  @Test
  @Requirement("MUST-33")
  void thePeersFinDoesNotShortenUrgentData() {
    try (Timeline t = Timeline.established(PLAIN)) {
      assertThat(t.engine().urgentEnd()).isZero();
      t.inject("FPU. 1(10) ack 1 urg 5").state(TcpState.CLOSE_WAIT);
      assertThat(t.engine().urgentBytes()).isEqualTo(5);
      assertThat(t.engine().urgentEnd()).isEqualTo(t.irs + 6);
      t.read(2);
      assertThat(t.engine().urgentBytes()).isEqualTo(3);
      t.read(3);
      assertThat(t.engine().urgentBytes()).isZero();
    }
  }

  @Test
  @Requirement("RFC9293-3.10.7.4-34")
  void urgIsIgnoredAfterThePeersFin() {
    try (Timeline t = Timeline.established(PLAIN)) {
      t.inject("F. 1(10) ack 1").state(TcpState.CLOSE_WAIT).inject("U. 12(10) ack 1 urg 10");
      assertThat(t.engine().urgentBytes()).isZero();
    }
  }
}
