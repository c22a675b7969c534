package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/** The arithmetic of RFC 9937 section 6.2. */
class ProportionalRateReductionTest {

  private static final int SMSS = 1000;

  private final ProportionalRateReduction prr = new ProportionalRateReduction();

  @Test
  @Requirement("RFC9937-6.2-09")
  void aboveSsthreshSendingIsProportionalToDelivery() {
    prr.begin(7000, 10_000);
    prr.onSent(1000);
    assertThat(prr.onAck(1000, 9000, true, SMSS)).isZero();
    assertThat(prr.onAck(1000, 9000, true, SMSS)).isEqualTo(400);
    assertThat(prr.onAck(1, 9000, true, SMSS)).as("rounded up").isEqualTo(401);
    prr.onSent(401);
    assertThat(prr.onAck(8000, 9000, false, SMSS)).isEqualTo(7001 - 1401);
  }

  @Test
  @Requirement("RFC9937-6.2-10")
  void belowSsthreshOnlyASafeAckAllowsMoreThanDelivered() {
    prr.begin(5000, 10_000);
    prr.onSent(3000);
    assertThat(prr.onAck(1000, 2000, false, SMSS)).as("conservative").isEqualTo(1000);
    assertThat(prr.onAck(1000, 2000, true, SMSS)).as("slow start").isEqualTo(2000);
    assertThat(prr.onAck(4000, 2000, true, SMSS)).as("not beyond ssthresh").isEqualTo(3000);
    assertThat(prr.onAck(1000, 4500, true, SMSS)).isEqualTo(500);
    assertThat(prr.onAck(9000, 5000, true, SMSS)).as("at ssthresh").isZero();
  }

  @Test
  @Requirement("RFC9937-6.2-11")
  void theFirstAckAllowsTheFastRetransmit() {
    prr.begin(5000, 10_000);
    assertThat(prr.onAck(1000, 5000, false, SMSS)).isEqualTo(SMSS);
    prr.onSent(1000);
    assertThat(prr.onAck(1000, 5000, false, SMSS)).isZero();
  }

  @Test
  @Requirement("RFC9937-6.2-08")
  void anAckThatDeliversNothingChangesNothing() {
    prr.begin(5000, 10_000);
    prr.onAck(1000, 9000, false, SMSS);
    assertThat(prr.onAck(0, 9000, true, SMSS)).isNegative();
    prr.onSent(1000);
    assertThat(prr.onAck(2000, 9000, false, SMSS)).isEqualTo(1500 - 1000);
  }
}
