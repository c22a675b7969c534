package io.reactorstack.lab.report;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a world, read but not yet formatted.
 *
 * @param run the run that it belongs to
 * @param moment the instant at which it was read
 * @param names the hosts' names by their addresses
 * @param waiting the awaited publisher and the next event
 * @param hosts the hosts
 * @param network the network between the hosts
 * @param traces records of what happened before
 */
public record WorldReport(
    Run run,
    Moment moment,
    Map<IpAddress, String> names,
    ReportPart<WaitReport> waiting,
    ReportPart<List<HostReport>> hosts,
    Network network,
    Traces traces) {

  /**
   * A run.
   *
   * @param seed the seed
   * @param again the expression that creates the same world
   */
  public record Run(long seed, String again) {}

  /**
   * An instant of a world.
   *
   * @param at the time since the beginning of the world
   * @param date the world's date
   * @param nanos the loop's clock
   * @param how a sentence about how the world was read, if that limits what could be read; otherwise empty
   */
  public record Moment(Duration at, Instant date, long nanos, String how) {

    /** The beginning of the world, on the loop's clock. */
    long origin() {
      return nanos - at.toNanos();
    }

    /** Returns the time from the beginning of the world to {@code instant} on the loop's clock. */
    long since(long instant) {
      return instant - origin();
    }

    /** The date minus the loop's clock, in nanoseconds since 1970. */
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
  public record Network(ReportPart<List<WireReport>> wires, ReportPart<List<String>> barriers) {}

  /**
   * Records of what happened before the snapshot.
   *
   * @param escapes events that reached the world from outside, one line each
   * @param frames the frames that were kept
   * @param log the last lines that were logged in the world
   */
  public record Traces(ReportPart<List<String>> escapes, ReportPart<KeptFrames.View> frames,
      ReportPart<List<LogLine>> log) {}

  /** Returns the host name and port of an endpoint; its address if no host has it, {@code *} for {@code null}. */
  String name(@Nullable Endpoint end) {
    if (end == null) {
      return "*";
    }
    String name = names.get(end.address());
    return name == null ? end.address().isUnspecified() ? "*:" + end.port() : end.toString() : name + ":" + end.port();
  }
}
