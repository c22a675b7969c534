package io.reactorstack.lab.report;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A world at one instant, read and not yet made text.
 *
 * @param origin the run that this was
 * @param at time since the world began
 * @param date the world's date
 * @param nanos the same instant on the loop's clock
 * @param how a sentence about how the world was read, if that says something about what was read; else empty
 * @param waiting what the world was waited for
 * @param hosts the hosts
 * @param wires the directions of all wires
 * @param barriers the partitions and holds in force, by line
 * @param escapes what reached the world from outside, by line
 */
public record WorldLook(
    Origin origin,
    Duration at,
    Instant date,
    long nanos,
    String how,
    Part<WaitLook> waiting,
    Part<List<HostLook>> hosts,
    Part<List<WireLook>> wires,
    Part<List<String>> barriers,
    Part<List<String>> escapes) {

  /**
   * The run.
   *
   * @param seed the seed
   * @param again the expression that makes the same world
   */
  public record Origin(long seed, String again) {}
}
