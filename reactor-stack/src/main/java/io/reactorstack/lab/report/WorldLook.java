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
 * @param moment the instant
 * @param names the hosts' names by their addresses
 * @param waiting what the world was waited for
 * @param hosts the hosts
 * @param network what is between them
 * @param traces what has been left of the time before
 */
public record WorldLook(
    Run run,
    Moment moment,
    Map<IpAddress, String> names,
    Part<WaitLook> waiting,
    Part<List<HostLook>> hosts,
    Network network,
    Traces traces) {

  /**
   * A run.
   *
   * @param seed the seed
   * @param again the expression that makes the same world
   */
  public record Run(long seed, String again) {}

  /**
   * An instant of a world.
   *
   * @param at time since the world began
   * @param date the world's date
   * @param nanos the loop's clock
   * @param how a sentence about how the world was read, if that says something about what was read; else empty
   */
  public record Moment(Duration at, Instant date, long nanos, String how) {

    /** When the world began, on the loop's clock. */
    long origin() {
      return nanos - at.toNanos();
    }

    /** Time from the beginning of the world to {@code instant} on the loop's clock. */
    long since(long instant) {
      return instant - origin();
    }

    /** The difference from the loop's clock to the date, in nanoseconds since 1970. */
    long epochOffset() {
      return Duration.between(Instant.EPOCH, date).toNanos() - nanos;
    }
  }

  /**
   * The network between the hosts.
   *
   * @param wires the directions of all wires
   * @param barriers the partitions and holds in force, by line
   */
  public record Network(Part<List<WireLook>> wires, Part<List<String>> barriers) {}

  /**
   * Records of the time before.
   *
   * @param escapes what reached the world from outside, by line
   * @param frames the frames that were kept
   * @param log the last lines that were logged in the world
   */
  public record Traces(Part<List<String>> escapes, Part<KeptFrames.View> frames, Part<List<LogLine>> log) {}

  /** The name and the port of an end of a connection; its address if no host has that, {@code *} for none. */
  String name(@Nullable Endpoint end) {
    if (end == null) {
      return "*";
    }
    String name = names.get(end.address());
    return name == null ? end.address().isUnspecified() ? "*:" + end.port() : end.toString() : name + ":" + end.port();
  }
}
