package io.reactorstack.ip.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.UnprobedStack;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Tests of the path MTUs of one interface. */
class PathMtusTest {

  private static final IpAddress A = IpAddress.parse("192.0.2.1");
  private static final IpAddress B = IpAddress.parse("192.0.2.2");
  private static final IpAddress C = IpAddress.parse("2001:db8::1");

  private long now = 1_000_000;
  private final PathMtus mtus = new PathMtus(() -> now, PathMtus.LIFETIME);

  @Test
  @Requirement({"RFC1191-6.2-02", "RFC8201-5.2-06"})
  void aPathStartsAtTheLinksMtu() {
    assertThat(mtus.of(A, 1500)).isEqualTo(1500);
    assertThat(mtus.of(C, 9000)).isEqualTo(9000);
    mtus.lower(A, 1400, 1500);
    assertThat(mtus.of(A, 1300)).as("never above the link's MTU").isEqualTo(1300);
  }

  @Test
  @Requirement({"RFC1191-6.2-01", "RFC8201-5.2-01", "RFC4821-5.2-03"})
  void thePathMtuIsKeptPerDestination() {
    assertThat(mtus.lower(A, 1400, 1500)).isTrue();
    assertThat(mtus.of(A, 1500)).isEqualTo(1400);
    assertThat(mtus.lower(C, 1300, 1500)).isTrue();
    assertThat(mtus.of(C, 1500)).isEqualTo(1300);
  }

  @Test
  @Requirement({"RFC4821-5.2-05", "RFC1191-6.2-10"})
  void destinationsOfOneNetworkHaveAnEntryEach() {
    mtus.lower(A, 1400, 1500);
    mtus.lower(B, 1300, 1500);
    assertThat(mtus.of(A, 1500)).isEqualTo(1400);
    assertThat(mtus.of(B, 1500)).isEqualTo(1300);
    assertThat(mtus.of(IpAddress.parse("192.0.2.3"), 1500)).isEqualTo(1500);
  }

  @Test
  @Requirement({"RFC4821-5.2-04", "RFC1191-3-09", "RFC8201-4-10"})
  void keepsTheLowestPathMtu() {
    mtus.lower(A, 1400, 1500);
    assertThat(mtus.lower(A, 1450, 1500)).isFalse();
    assertThat(mtus.lower(A, 1400, 1500)).isFalse();
    assertThat(mtus.of(A, 1500)).isEqualTo(1400);
    assertThat(mtus.lower(A, 1300, 1500)).isTrue();
    assertThat(mtus.of(A, 1500)).isEqualTo(1300);
  }

  @Test
  @Requirement({"RFC1191-8-01", "RFC8201-6-01", "RFC1191-3-08"})
  void raisesSmallReportsToTheMinimum() {
    mtus.lower(A, 68, 1500);
    mtus.lower(C, 68, 1500);
    assertThat(mtus.of(A, 1500)).isEqualTo(552);
    assertThat(mtus.of(C, 1500)).isEqualTo(1280);
  }

  @Test
  @Requirement({"RFC1191-6.3-01", "RFC8201-5.3-01", "RFC8201-5.3-02"})
  void anEntryExpiresTenMinutesAfterADecrease() {
    mtus.lower(A, 1400, 1500);
    now += Duration.ofMinutes(10).toNanos();
    assertThat(mtus.of(A, 1500)).isEqualTo(1500);
    assertThat(mtus.size()).isZero();
  }

  @Test
  @Requirement({"RFC1191-3-05", "RFC8201-3-01", "RFC1191-7.1-01"})
  void theLinksMtuIsNotTriedBeforeTenMinutes() {
    mtus.lower(A, 1400, 1500);
    for (int minute = 1; minute < 10; minute++) {
      now += Duration.ofMinutes(1).toNanos();
      assertThat(mtus.of(A, 1500)).as("after %d minutes", minute).isEqualTo(1400);
    }
    now += Duration.ofMinutes(1).toNanos() - 1;
    assertThat(mtus.of(A, 1500)).isEqualTo(1400);
  }

  @Test
  @Requirement({"RFC1191-3-06", "RFC8201-4-09"})
  void theLifetimeCountsFromTheLatestDecrease() {
    mtus.lower(A, 1400, 1500);
    now += Duration.ofMinutes(9).toNanos();
    mtus.lower(A, 1300, 1500);
    now += Duration.ofMinutes(10).toNanos() - 1;
    assertThat(mtus.of(A, 1500)).isEqualTo(1300);
    now++;
    assertThat(mtus.of(A, 1500)).isEqualTo(1500);
  }

  @Test
  @Requirement({"RFC1191-6.3-02", "RFC8201-5.3-03"})
  void theLifetimeCanBeUnlimited() {
    PathMtus forEver = new PathMtus(() -> now, Duration.ZERO);
    forEver.lower(A, 1400, 1500);
    now += Duration.ofDays(1000).toNanos();
    assertThat(forEver.of(A, 1500)).isEqualTo(1400);
  }

  @Test
  @Requirement({"RFC1191-6.6-01", "RFC8201-5.6-01", "RFC1191-7.1-02"})
  void theLifetimeIsASettingOfTheHost() {
    PathMtus hour = new PathMtus(() -> now, Duration.ofHours(1));
    hour.lower(A, 1400, 1500);
    now += Duration.ofMinutes(59).toNanos();
    assertThat(hour.of(A, 1500)).isEqualTo(1400);
    now += Duration.ofMinutes(1).toNanos();
    assertThat(hour.of(A, 1500)).isEqualTo(1500);
    UnprobedStack.create().pathMtuLifetime(Duration.ZERO);
    UnprobedStack.create().pathMtuLifetime(Duration.ofHours(1));
    assertThatThrownBy(() -> UnprobedStack.create().pathMtuLifetime(Duration.ofMinutes(4)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void theNumberOfDestinationsIsBounded() {
    for (int i = 0; i < 3 * PathMtus.MOST; i++) {
      mtus.lower(new Ipv4Address(0x0a00_0000 + i), 1400, 1500);
    }
    assertThat(mtus.size()).isEqualTo(PathMtus.MOST);
  }

  @Test
  @Requirement("RFC1191-3-07")
  void usesTheNextPlateauIfTheRouterReportsNoMtu() {
    assertThat(Plateaus.below(1400, 20, 1500)).isEqualTo(1006);
    assertThat(Plateaus.below(1493, 20, 1500)).isEqualTo(1492);
  }

  // If the length is at least the estimate, it may count the header twice.
  @Test
  @Requirement({"RFC1191-5-01", "RFC1191-5-02"})
  void aTotalLengthThatIsNotBelowTheEstimateIsReducedByTheHeader() {
    assertThat(Plateaus.below(1500, 20, 1500)).isEqualTo(1006);
    assertThat(Plateaus.below(1520, 20, 1500)).isEqualTo(1492);
    assertThat(Plateaus.below(1024, 24, 1000)).isEqualTo(508);
  }

  @Test
  @Requirement("RFC1191-3-03")
  void plateausEndAtTheMinimum() {
    int mtu = 65535;
    int steps = 0;
    while (mtu > 68) {
      mtu = Plateaus.below(mtu, 20, mtu);
      steps++;
    }
    assertThat(steps).isLessThan(12);
    assertThat(Plateaus.below(60, 20, 68)).isEqualTo(68);
  }
}
