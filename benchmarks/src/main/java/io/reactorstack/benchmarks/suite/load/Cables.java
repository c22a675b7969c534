package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.device.memory.MemoryCable;

/** The cables in memory between two stacks. */
public final class Cables {

  private static final int MTU = 1500;

  private Cables() {}

  /** Returns a cable for frames of MTU 1500 with checksums, as between two machines. */
  public static MemoryCable cut() {
    return MemoryCable.ethernet(MTU).withoutOffload();
  }

  /** Returns a cable that carries data as it was sent: not cut, not summed, not copied. */
  public static MemoryCable whole() {
    return MemoryCable.ethernet(MTU);
  }
}
