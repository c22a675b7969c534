package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.junit.jupiter.api.Test;

class ResetSegmentsTest {

  private static final FourTuple FLOW = new FourTuple(IpAddress.parse("192.0.2.1"), 80, IpAddress.parse("192.0.2.2"),
      40000);

  private static TcpSegment segment(int flags, TcpOptions options) {
    ByteBuf payload = Unpooled.wrappedBuffer(new byte[10]);
    return new TcpSegment(FLOW, 1000, 77, flags, 500, 0, options, 0, payload, PacketFacts.LOCAL);
  }

  private static ResetSegments.Fields answer(int flags) {
    return ResetSegments.fieldsAnswering(segment(flags, TcpOptions.NONE));
  }

  @Test
  @Requirement({"RFC9293-3.5.2-01", "RFC9293-3.10.7.1-01"})
  void theResetTakesItsNumberFromTheAcknowledgement() {
    assertThat(answer(TcpSegment.ACK)).isEqualTo(new ResetSegments.Fields(77, 0, TcpSegment.RST, TcpOptions.NONE));
  }

  @Test
  @Requirement({"RFC9293-3.5.2-01", "RFC9293-3.10.7.1-01"})
  void withoutAckTheResetAcknowledgesTheWholeSegment() {
    int reset = TcpSegment.RST | TcpSegment.ACK;
    assertThat(answer(TcpSegment.SYN)).isEqualTo(new ResetSegments.Fields(0, 1011, reset, TcpOptions.NONE));
    assertThat(answer(TcpSegment.SYN | TcpSegment.FIN)).isEqualTo(
        new ResetSegments.Fields(0, 1012, reset, TcpOptions.NONE));
  }

  @Test
  @Requirement("RFC9293-3.5.2-02")
  void aResetIsNeverAnswered() {
    assertThat(answer(TcpSegment.RST)).isNull();
    assertThat(answer(TcpSegment.RST | TcpSegment.ACK | TcpSegment.SYN)).isNull();
  }

  @Test
  @Requirement({"RFC7323-5.2-02", "RFC7323-5.2-03", "RFC7323-5.2-04"})
  void theResetEchoesTheTimestamp() {
    ResetSegments.Fields fields = ResetSegments
        .fieldsAnswering(segment(TcpSegment.ACK, TcpOptions.timestamps(4711, 5)));
    assertThat(fields).isNotNull();
    assertThat(fields.options()).isEqualTo(TcpOptions.timestamps(0, 4711));
  }

  @Test
  void theResetHasHeadroomAndDoesNotChangeTheSegment() {
    TcpSegment segment = segment(TcpSegment.ACK, TcpOptions.NONE);
    TcpSegment answer = ResetSegments.answering(segment);
    assertThat(answer).isNotNull();
    assertThat(answer.payload().readerIndex()).isPositive();
    assertThat(answer.payload().readableBytes()).isZero();
    assertThat(segment.payload().refCnt()).isEqualTo(1);
    answer.release();
    segment.release();
  }
}
