package io.reactorstack.packet;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SequenceNumberTest {

  @Property
  void orderHoldsAcrossTheWrap(@ForAll int base, @ForAll @IntRange(min = 1) int step) {
    int later = base + step;
    assertThat(SequenceNumber.before(base, later)).isTrue();
    assertThat(SequenceNumber.after(later, base)).isTrue();
    assertThat(SequenceNumber.beforeOrAt(base, base)).isTrue();
    assertThat(SequenceNumber.afterOrAt(base, later)).isFalse();
    assertThat(SequenceNumber.later(base, later)).isEqualTo(later);
    assertThat(SequenceNumber.earlier(base, later)).isEqualTo(base);
    assertThat(SequenceNumber.distance(base, later)).isEqualTo(step);
  }

  @Property
  void rangeIncludesItsStartAndExcludesItsEnd(@ForAll int low, @ForAll @IntRange(min = 1) int size) {
    assertThat(SequenceNumber.inRange(low, low, low + size)).isTrue();
    assertThat(SequenceNumber.inRange(low + size - 1, low, low + size)).isTrue();
    assertThat(SequenceNumber.inRange(low + size, low, low + size)).isFalse();
    assertThat(SequenceNumber.inRange(low - 1, low, low + size)).isFalse();
  }

  @Test
  void anEmptyRangeContainsNothing() {
    assertThat(SequenceNumber.inRange(5, 5, 5)).isFalse();
  }

  @Test
  void textIsUnsignedDecimal() {
    assertThat(SequenceNumber.text(-1)).isEqualTo("4294967295");
  }
}
