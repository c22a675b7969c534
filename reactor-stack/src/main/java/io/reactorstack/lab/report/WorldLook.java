package io.reactorstack.lab.report;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A world at one instant, read and not yet made text.
 *
 * @param run the run that this was
 * @param at time since the world began
 * @param date the world's date
 * @param nanos the same instant on the loop's clock
 * @param how a sentence about how the world was read, if that says something about what was read; else empty
 * @param names the hosts' names by their addresses
 * @param waiting what the world was waited for
 * @param hosts the hosts
 * @param wires the directions of all wires
 * @param barriers the partitions and holds in force, by line
 * @param escapes what reached the world from outside, by line
 * @param frames the frames that were kept
 */
public record WorldLook(
    Run run,
    Duration at,
    Instant date,
    long nanos,
    String how,
    Map<IpAddress, String> names,
    Part<WaitLook> waiting,
    Part<List<HostLook>> hosts,
    Part<List<WireLook>> wires,
    Part<List<String>> barriers,
    Part<List<String>> escapes,
    Part<KeptFrames.View> frames) {

  /** The date in nanoseconds since 1970. */
  long epochNanos() {
    return Duration.between(Instant.EPOCH, date).toNanos();
  }

  /** When the world began, on the loop's clock. */
  long origin() {
    return nanos - at.toNanos();
  }

  /** Time from the beginning of the world to {@code instant} on the loop's clock. */
  long since(long instant) {
    return instant - origin();
  }

  /** The name and the port of an end of a connection; its address if no host has that, {@code *} for none. */
  String name(@Nullable Endpoint end) {
    if (end == null) {
      return "*";
    }
    String name = names.get(end.address());
    return name == null ? end.address().isUnspecified() ? "*:" + end.port() : end.toString() : name + ":" + end.port();
  }

  /**
   * The run.
   *
   * @param seed the seed
   * @param again the expression that makes the same world
   */
  public record Run(long seed, String again) {}
}
