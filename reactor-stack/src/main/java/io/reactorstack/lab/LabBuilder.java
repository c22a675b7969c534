package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.report.KeptFrames;
import io.reactorstack.lab.world.RoutedSchedulers;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The settings of a world that is to be made; immutable. */
public final class LabBuilder {

  /** Whether a world records decisions, and which ones it follows. */
  private record DecisionSetting(boolean records, @Nullable Decisions replay) {

    DecisionBook book() {
      return new DecisionBook(records, replay);
    }
  }

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

  private static final int KEPT_BYTES = 16 << 20;

  private final long seed;
  private final Duration limit;
  private final @Nullable Instant start;
  private final boolean strict;
  private final DecisionSetting decisions;
  private final int keptBytes;

  LabBuilder() {
    this(0, Duration.ofHours(1), null, false, new DecisionSetting(false, null), KEPT_BYTES);
  }

  private LabBuilder(
      long seed, Duration limit, @Nullable Instant start, boolean strict, DecisionSetting decisions,
      int keptBytes) {
    this.seed = seed;
    this.limit = limit;
    this.start = start;
    this.strict = strict;
    this.decisions = decisions;
    this.keptBytes = keptBytes;
  }

  /** The seed that all chance in the world comes from. */
  public LabBuilder seed(long number) {
    return new LabBuilder(number, limit, start, strict, decisions, keptBytes);
  }

  /** The time that {@link Lab#await(Mono)} lets pass at most; one hour if nothing is said. */
  public LabBuilder limit(Duration most) {
    return new LabBuilder(seed, Checks.positive("limit", most), start, strict, decisions, keptBytes);
  }

  /**
   * The date at which the world begins: 2026-01-01T00:00:00Z in virtual time, and the machine's in real time, if nothing is
   * said.
   *
   * @param date from 1900 to 2200
   * @throws IllegalArgumentException if {@code date} is not in this range
   */
  public LabBuilder startsAt(Instant date) {
    if (Checks.given("startsAt", date).isBefore(EARLIEST) || date.isAfter(LATEST)) {
      throw new IllegalArgumentException("startsAt must be from " + EARLIEST + " to " + LATEST + ", but is " + date);
    }
    return new LabBuilder(seed, limit, date, strict, decisions, keptBytes);
  }

  /** Lets the world record what chance and effects do to frames, for {@link Lab#decisions}. */
  public LabBuilder recordDecisions() {
    return new LabBuilder(seed, limit, start, strict, new DecisionSetting(true, decisions.replay()), keptBytes);
  }

  /**
   * Lets the wires of the world do to frames what {@code list} says, and nothing else: they draw nothing and ask no effect.
   */
  public LabBuilder replay(Decisions list) {
    return new LabBuilder(seed, limit, start, strict,
        new DecisionSetting(decisions.records(), Checks.given("decisions to replay", list)), keptBytes);
  }

  /**
   * Lets {@link Lab#await} and {@link Lab#advance} fail with an {@link EscapeException} as soon as something from outside
   * reaches the world; without it the world goes on, and {@link Lab#escapes()} tells. No effect in real time.
   */
  public LabBuilder strict() {
    return new LabBuilder(seed, limit, start, true, decisions, keptBytes);
  }

  /**
   * The memory for copies of the last frames that the hosts sent and received, which a {@link LabReport} tells of: 16 MiB if nothing
   * is said. It is taken as frames come. When it is full the oldest frames give way.
   *
   * @param bytes at least 0, which keeps no frames
   * @throws IllegalArgumentException if it is negative
   */
  public LabBuilder keepFrames(int bytes) {
    return new LabBuilder(seed, limit, start, strict, decisions,
        Checks.range("keepFrames", bytes, 0, Integer.MAX_VALUE, "bytes"));
  }

  Seeds seeds() {
    return new Seeds(seed);
  }

  /** Makes the world, in virtual time. */
  public Lab virtualTime() {
    RoutedSchedulers.ensure();
    LogTap.ensure();
    return new Lab(new VirtualDrive(seeds(), start != null ? start : START, strict), this);
  }

  /** Makes the world, in real time on an event loop of its own. */
  public Lab realTime() {
    return new Lab(new RealTimeDrive(null, start), this);
  }

  /** Makes the world, in real time on {@code loop}, which stays open when the world ends. */
  public Lab realTime(IoEventLoop loop) {
    return new Lab(new RealTimeDrive(Checks.given("loop", loop), start), this);
  }

  Duration limit() {
    return limit;
  }

  KeptFrames kept() {
    return new KeptFrames(keptBytes);
  }

  DecisionBook decisionBook() {
    return decisions.book();
  }
}
