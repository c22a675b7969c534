package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.CloseCause;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;

/**
 * Two engines over a wire that drops, duplicates, delays, reorders, corrupts, marks, splits and merges segments, driven
 * by random applications.
 */
class TwoEnginesProperties {

  @Property(tries = 300, shrinking = ShrinkingMode.OFF)
  void theStreamArrivesOnceAndInOrder(@ForAll long seed) {
    run(seed);
  }

  @Tag("long")
  @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
  void theStreamArrivesOnceAndInOrderInTenThousandWorlds(@ForAll long seed) {
    run(seed);
  }

  @Property(tries = 200, shrinking = ShrinkingMode.OFF)
  void afterBothGiveUpBothEndAndNoBufferIsHeld(@ForAll long seed) {
    giveUp(seed);
  }

  private static void giveUp(long seed) {
    World world = new World(seed);
    try {
      int steps = world.random.nextInt(200);
      for (int i = 0; i < steps; i++) {
        if (world.random.nextInt(50) == 0) {
          world.disturb();
        } else {
          world.step();
        }
      }
      world.giveUp();
      world.drain();
      assertThat(world.memory.live()).as("buffers not released").isZero();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + "\n" + String.join("\n", world.trace), e);
    }
  }

  private static void run(long seed) {
    World world = new World(seed);
    try {
      int steps = world.random.nextInt(400);
      for (int i = 0; i < steps; i++) {
        world.step();
        world.change();
      }
      world.settle();
      Peer a = world.a;
      Peer b = world.b;
      assertThat(b).isNotNull();
      assertThat(a.bytesRead()).isEqualTo(b.engine.writtenBytes());
      assertThat(b.bytesRead()).isEqualTo(a.engine.writtenBytes());
      assertThat(a.engine.closeCause()).isEqualTo(CloseCause.FINISHED);
      assertThat(b.engine.closeCause()).isEqualTo(CloseCause.FINISHED);
      world.drain();
      assertThat(world.memory.live()).as("buffers not released").isZero();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + "\n" + String.join("\n", world.trace), e);
    }
  }
}
