package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Turns Netty's leak reports into assertions; the detector must be paranoid, as in every test run here. */
final class BufferLeaks implements AutoCloseable {

  private final List<String> reports = Collections.synchronizedList(new ArrayList<>());

  BufferLeaks() {
    assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    ByteBufUtil.setLeakListener((resource, records) -> reports.add(resource + records));
  }

  /** Asserts that no buffer that is now unreachable was never released. */
  void assertNone() {
    for (int round = 0; round < 3; round++) {
      System.gc();
      // The detector reports when it tracks the next buffers.
      for (int i = 0; i < 32; i++) {
        ByteBufAllocator.DEFAULT.directBuffer(64).release();
      }
    }
    assertThat(reports).isEmpty();
  }

  @Override
  public void close() {
    ByteBufUtil.setLeakListener(null);
  }
}
