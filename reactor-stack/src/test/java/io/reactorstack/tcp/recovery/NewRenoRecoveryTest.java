package io.reactorstack.tcp.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.NewReno;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

class NewRenoRecoveryTest {

  private final RttEstimator rtt = new RttEstimator(1_000_000_000, 0, 1_000_000, 60_000_000_000L);
  private final RecoveryKit kit = new RecoveryKit(
      new RecoveryKit.Options(false, false, false, 3),
      NewReno.FACTORY.create(new CongestionControl.Start(1000, 10_000, false, 0)), rtt, 7);

  private void acknowledge(int una, int ack, int nxt, boolean duplicate) {
    AckReport report = kit.onAck(ack, una, nxt, new int[0], 1 << 30, AckReport.NO_ECHO, 1);
    report.end(0, duplicate, false, false);
    kit.recover(-1, 1);
  }

  @Test
  @Requirement("RFC6582-6-01")
  void aLossIsDetectedAfterMoreThanTwoGigabytesWithoutLoss() {
    int una = 8;
    for (int i = 0; i < 3; i++) {
      int nxt = una + (1 << 30);
      kit.queue().add(una, nxt, false, 1);
      acknowledge(una, nxt, nxt, false);
      una = nxt;
    }
    // 3 * 2^30 above the initial number: if recover did not follow, this would look like 2^30 below it.
    kit.queue().add(una, una + 1000, false, 1);
    kit.queue().add(una + 1000, una + 2000, false, 1);
    for (int i = 0; i < 3; i++) {
      acknowledge(una, una, una + 2000, true);
    }
    assertThat(kit.recovery().isRecovering()).isTrue();
  }
}
