package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The values of the user timeout (RFC 5482 section 3.1). The user's is 200 s, and the retransmission timeout 1 s. */
class UserTimeoutValuesTest {

  private static final long RTO = seconds(1);
  private static final TcpSettings ON = Timeline.PLAIN.withClosing(closing -> closing
      .withUserTimeout(Duration.ofSeconds(200)).withUserTimeoutChangeable(true).withUserTimeoutOption(true));

  private final UserTimeout timeout = new UserTimeout(ON);

  private static long seconds(long n) {
    return Duration.ofSeconds(n).toNanos();
  }

  @Test
  void theOwnTimeoutIsOfferedInTheSynAndAnnouncedOnceAfterIt() {
    assertThat(timeout.nanos()).isEqualTo(seconds(200));
    assertThat(timeout.offer()).isEqualTo(200);
    assertThat(timeout.isDue()).isTrue();
    assertThat(timeout.takeDue()).isEqualTo(200);
    assertThat(timeout.isDue()).isFalse();
    assertThat(timeout.takeDue()).isZero();
    assertThat(timeout.isAdopted()).isFalse();
  }

  @Test
  void theLongerOfBothTimeoutsApplies() {
    timeout.onAnnounced(500, RTO);
    assertThat(timeout.nanos()).isEqualTo(seconds(500));
    assertThat(timeout.remote()).isEqualTo(seconds(500));
    assertThat(timeout.isAdopted()).isTrue();
    timeout.onAnnounced(50, RTO);
    assertThat(timeout.nanos()).as("the user's own value").isEqualTo(seconds(200));
  }

  @Test
  void thePeersTimeoutIsLimitedTo100SecondsAndOneHour() {
    timeout.onAnnounced(100_000, RTO);
    assertThat(timeout.nanos()).isEqualTo(seconds(3600));
    UserTimeout hasty = new UserTimeout(ON.withClosing(
        closing -> closing.withUserTimeout(Duration.ofSeconds(10)).withUserTimeoutChangeable(true)));
    hasty.onAnnounced(20, RTO);
    assertThat(hasty.nanos()).isEqualTo(seconds(100));
  }

  @Test
  void theUsersTimeoutMayExceedOneHour() {
    UserTimeout patient = new UserTimeout(ON.withClosing(
        closing -> closing.withUserTimeout(Duration.ofSeconds(7200)).withUserTimeoutChangeable(true)));
    patient.onAnnounced(100_000, RTO);
    assertThat(patient.nanos()).isEqualTo(seconds(7200));
  }

  @Test
  void theTimeoutExceedsTheRetransmissionTimeout() {
    timeout.onAnnounced(50, seconds(300));
    assertThat(timeout.nanos()).isEqualTo(seconds(301));
  }

  @Test
  void anAnnouncementOfZeroIsIgnored() {
    timeout.onAnnounced(0, RTO);
    assertThat(timeout.nanos()).isEqualTo(seconds(200));
    assertThat(timeout.isAdopted()).isFalse();
  }

  @Test
  void aTimeoutSetByTheUserIsAnnouncedAndKept() {
    timeout.takeDue();
    timeout.set(seconds(200));
    assertThat(timeout.isDue()).as("the value is not new").isFalse();
    timeout.set(seconds(300));
    assertThat(timeout.takeDue()).isEqualTo(300);
    timeout.onAnnounced(500, RTO);
    assertThat(timeout.nanos()).isEqualTo(seconds(300));
    assertThat(timeout.remote()).as("the peer's value is stored").isEqualTo(seconds(500));
    assertThat(timeout.isAdopted()).isFalse();
    timeout.set(0);
    assertThat(timeout.isDue()).as("an infinite timeout is not announced").isFalse();
  }

  @Test
  void partsOfASecondAreRoundedUp() {
    timeout.set(seconds(3) + 1);
    assertThat(timeout.takeDue()).isEqualTo(4);
  }

  @Test
  void withoutTheOptionNothingIsAnnouncedOrProcessed() {
    UserTimeout off = new UserTimeout(ON.withClosing(closing -> closing.withUserTimeoutOption(false)));
    off.onAnnounced(500, RTO);
    assertThat(off.nanos()).isEqualTo(seconds(200));
    assertThat(off.remote()).isZero();
    assertThat(off.offer()).isZero();
    assertThat(off.isDue()).isFalse();
    assertThat(off.leastIdle()).isZero();
    off.set(seconds(300));
    assertThat(off.isDue()).isFalse();
  }

  @Test
  void anInfiniteTimeoutRemainsInfinite() {
    UserTimeout never = new UserTimeout(ON.withClosing(
        closing -> closing.withUserTimeout(Duration.ZERO).withUserTimeoutChangeable(true)));
    never.onAnnounced(500, RTO);
    assertThat(never.nanos()).isZero();
    assertThat(never.isDue()).isFalse();
    assertThat(never.leastIdle()).isZero();
  }

  @Test
  void keepAliveProbesStartAfterTheTimeoutAtTheEarliest() {
    assertThat(timeout.leastIdle()).isEqualTo(seconds(201));
  }
}
