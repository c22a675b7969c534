package io.reactorstack.tcp.congestion;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.Requirement;
import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class CubicFunctionTest {

  private static final int SMSS = 1000;

  @Test
  @Requirement({"RFC9438-4.2-01", "RFC9438-5.1-01", "RFC9438-5.1-02"})
  void theWindowReturnsToWMaxAfterK() {
    // 100 segments, reduced to 70: K = cbrt(30 / 0.4) = 4.217 s.
    assertThat(CubicFunction.k(100 * SMSS, 70 * SMSS, SMSS)).isEqualTo(4217);
    assertThat(CubicFunction.window(0, 4217, 100 * SMSS, SMSS)).isBetween(70_000L, 70_010L);
    assertThat(CubicFunction.window(4217, 4217, 100 * SMSS, SMSS)).isEqualTo(100_000);
    // One second before and after: C = 0.4 segments.
    assertThat(CubicFunction.window(3217, 4217, 100 * SMSS, SMSS)).isEqualTo(99_600);
    assertThat(CubicFunction.window(5217, 4217, 100 * SMSS, SMSS)).isEqualTo(100_400);
    // Ten seconds after: 400 segments.
    assertThat(CubicFunction.window(14_217, 4217, 100 * SMSS, SMSS)).isEqualTo(500_000);
  }

  @Test
  void kIsZeroForAWindowAtOrAboveWMax() {
    assertThat(CubicFunction.k(5000, 5000, SMSS)).isZero();
    assertThat(CubicFunction.k(5000, 9000, SMSS)).isZero();
  }

  @Property
  @Requirement("RFC9438-4.2-01")
  void theArithmeticIsExact(
      @ForAll @LongRange(min = 0, max = 1L << 45) long millis,
      @ForAll @LongRange(min = 0, max = 1_400_000) long k,
      @ForAll @IntRange(min = 0, max = 1 << 30) int wMax,
      @ForAll @IntRange(min = 1, max = 65_535) int smss) {
    long near = millis % 2_000_000;
    BigInteger change = BigInteger.valueOf(near - k).pow(3).multiply(BigInteger.valueOf(smss))
        .divide(BigInteger.valueOf(2_500_000_000L));
    BigInteger exact = BigInteger.valueOf(wMax).add(change).max(BigInteger.ZERO).min(BigInteger.valueOf(1 << 30));
    // Quotient and remainder are each rounded towards zero, so the error is at most one byte.
    assertThat(CubicFunction.window(near, k, wMax, smss)).isCloseTo(exact.longValue(), within());
    // The window is in range for a connection of any age.
    assertThat(CubicFunction.window(millis, k, wMax, smss)).isBetween(0L, 1L << 30);
  }

  private static org.assertj.core.data.Offset<Long> within() {
    return org.assertj.core.data.Offset.offset(1L);
  }

  @Property
  void theCubeRootIsExact(@ForAll @LongRange(min = 0, max = Long.MAX_VALUE) long value) {
    BigInteger root = BigInteger.valueOf(CubicFunction.cubeRoot(value));
    assertThat(root.pow(3)).isLessThanOrEqualTo(BigInteger.valueOf(value));
    assertThat(root.add(BigInteger.ONE).pow(3)).isGreaterThan(BigInteger.valueOf(value));
  }
}
