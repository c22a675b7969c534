package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.device.linux.EpollEvents.Layout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tests the layouts of {@code struct epoll_event} in the kernel's ABI. They need no system calls, so both are tested on
 * every machine.
 */
class EpollEventsTest {

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.nativeOrder());
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.nativeOrder());

  @ParameterizedTest
  @CsvSource({"amd64, PACKED", "x86_64, PACKED", "aarch64, ALIGNED", "riscv64, ALIGNED", "ppc64le, ALIGNED"})
  void onlyX86IsPacked(String architecture, Layout layout) {
    assertThat(Layout.of(architecture)).isEqualTo(layout);
  }

  @ParameterizedTest
  @CsvSource({"PACKED, 12, 4", "ALIGNED, 16, 8"})
  void fieldsAreAtTheKernelsOffsets(Layout layout, long size, long tag) {
    EpollEvents events = new EpollEvents(3, layout);
    assertThat(events.memory().byteSize()).isEqualTo(3 * size);
    for (int i = 0; i < 3; i++) {
      events.set(i, 0x8000_0001 + i, 0x0123_4567_89ab_cdefL + i);
    }
    for (int i = 0; i < 3; i++) {
      assertThat(events.memory().get(INT, size * i)).isEqualTo(0x8000_0001 + i);
      assertThat(events.memory().get(LONG, size * i + tag)).isEqualTo(0x0123_4567_89ab_cdefL + i);
      assertThat(events.flags(i)).isEqualTo(0x8000_0001 + i);
      assertThat(events.tag(i)).isEqualTo(0x0123_4567_89ab_cdefL + i);
    }
  }
}
