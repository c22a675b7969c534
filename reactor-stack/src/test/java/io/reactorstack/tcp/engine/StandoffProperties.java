package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Consumer;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tag;

/**
 * Two peers that do not always read: neither waits for the other forever. Each world has one seed, which a failure
 * reports.
 */
class StandoffProperties {

  @Property(tries = 400, shrinking = ShrinkingMode.OFF)
  void onceBothReadEverythingArrivesSoon(@ForAll long seed) {
    in(seed, StandoffProperties::agree);
  }

  /** In this world an answer and two retransmissions are lost in turn, after the timeout has doubled to a minute. */
  @Example
  void aTimeoutOfAMinuteMayPassTwice() {
    in(-1076950, StandoffProperties::agree);
  }

  /**
   * In this world a round trip of minutes is measured before both peers read; the sender must not pace its window over
   * it.
   */
  @Example
  void aRoundTripOfMinutesDoesNotStopThePacedSender() {
    in(16384, StandoffProperties::agree);
  }

  @Tag("long")
  @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
  void onceBothReadEverythingArrivesSoonInTenThousandWorlds(@ForAll long seed) {
    in(seed, StandoffProperties::agree);
  }

  @Property(tries = 200, shrinking = ShrinkingMode.OFF)
  void aResetIsAcceptedThroughAClosedWindow(@ForAll long seed) {
    in(seed, StandoffProperties::breakOff);
  }

  @Tag("long")
  @Property(tries = 10_000, shrinking = ShrinkingMode.OFF)
  void aResetIsAcceptedThroughAClosedWindowInTenThousandWorlds(@ForAll long seed) {
    in(seed, StandoffProperties::breakOff);
  }

  private static void agree(Standoff standoff) {
    standoff.quarrel(standoff.world().random.nextInt(400));
    standoff.agree();
  }

  private static void breakOff(Standoff standoff) {
    standoff.losesNothing();
    standoff.quarrel(standoff.world().random.nextInt(300));
    standoff.breakOff();
  }

  private static void in(long seed, Consumer<Standoff> story) {
    Standoff standoff = new Standoff(seed);
    World world = standoff.world();
    try {
      story.accept(standoff);
      world.giveUp();
      world.drain();
      assertThat(world.memory.live()).as("buffers not released").isZero();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + "\n" + String.join("\n", world.trace), e);
    }
  }
}
