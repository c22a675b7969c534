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

  /** A world's seed, and whether it also orders what could happen at one instant. */
  private record ChanceSetting(long seed, boolean shuffles) {}

  /** The rules for threads outside: whether a signal from them is an error, and for how long an idle world waits for one. */
  private record OutsideSetting(boolean strict, Duration patience) {}

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

  private static final int KEPT_BYTES = 16 << 20;

  private final ChanceSetting chance;
  private final Duration limit;
  private final @Nullable Instant start;
  private final OutsideSetting outside;
  private final DecisionSetting decisions;
  private final int keptBytes;

  LabBuilder() {
    this(new ChanceSetting(0, false), Duration.ofHours(1), null, new OutsideSetting(false, Duration.ofSeconds(1)),
        new DecisionSetting(false, null),
        KEPT_BYTES);
  }

  private LabBuilder(
      ChanceSetting chance, Duration limit, @Nullable Instant start, OutsideSetting outside, DecisionSetting decisions,
      int keptBytes) {
    this.chance = chance;
    this.limit = limit;
    this.start = start;
    this.outside = outside;
    this.decisions = decisions;
    this.keptBytes = keptBytes;
  }

  /** The seed that all chance in the world comes from. */
  public LabBuilder seed(long number) {
    return new LabBuilder(new ChanceSetting(number, chance.shuffles), limit, start, outside, decisions, keptBytes);
  }

  /** The time that {@link Lab#await(Mono)} lets pass at most; one hour if nothing is said. */
  public LabBuilder limit(Duration most) {
    return new LabBuilder(chance, Checks.positive("limit", most), start, outside, decisions, keptBytes);
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
    return new LabBuilder(chance, limit, date, outside, decisions, keptBytes);
  }

  /** Lets the world record what chance and effects do to frames, for {@link Lab#decisions}. */
  public LabBuilder recordDecisions() {
    return new LabBuilder(chance, limit, start, outside, new DecisionSetting(true, decisions.replay()), keptBytes);
  }

  /**
   * Lets the wires of the world do to frames what {@code list} says, and nothing else: they draw nothing and ask no effect.
   */
  public LabBuilder replay(Decisions list) {
    return new LabBuilder(chance, limit, start, outside,
        new DecisionSetting(decisions.records(), Checks.given("decisions to replay", list)), keptBytes);
  }

  /**
   * Lets {@link Lab#await} and {@link Lab#advance} fail with an {@link EscapeException} as soon as something from outside
   * reaches the world; without it the world goes on, and {@link Lab#escapes()} tells. No effect in real time.
   */
  public LabBuilder strict() {
    return outside(new OutsideSetting(true, outside.patience));
  }

  /**
   * The real time for which a world in virtual time in which nothing is left to do waits for threads outside, before it is said
   * to be stalled: one second if nothing is said. With {@link Duration#ZERO} it waits for none; choose it for worlds that stall
   * often and get nothing from outside. A longer one is for slow answers. No effect in real time.
   *
   * @param time from 0 to 365 d
   * @throws IllegalArgumentException if it is not in this range
   */
  public LabBuilder patience(Duration time) {
    return outside(new OutsideSetting(outside.strict, Checks.zeroOrMore("patience", time)));
  }

  private LabBuilder outside(OutsideSetting setting) {
    return new LabBuilder(chance, limit, start, setting, decisions, keptBytes);
  }

  /**
   * Lets the seed decide, at each instant, which of several hosts and threads of blocking code that could go on does so first: so seeds
   * find what depends on that order. Without it the one that could go on first does. The tasks of one host's loop keep their order. No
   * effect in real time.
   */
  public LabBuilder shuffled() {
    return new LabBuilder(new ChanceSetting(chance.seed, true), limit, start, outside, decisions, keptBytes);
  }

  /**
   * The memory for copies of the last frames that the hosts sent and received, which a {@link LabReport} tells of: 16 MiB if nothing
   * is said. It is taken as frames come. When it is full the oldest frames give way.
   *
   * @param bytes at least 0, which keeps no frames
   * @throws IllegalArgumentException if it is negative
   */
  public LabBuilder keepFrames(int bytes) {
    return new LabBuilder(chance, limit, start, outside, decisions,
        Checks.range("keepFrames", bytes, 0, Integer.MAX_VALUE, "bytes"));
  }

  Seeds seeds() {
    return new Seeds(chance.seed);
  }

  /** Makes the world, in virtual time. */
  public Lab virtualTime() {
    RoutedSchedulers.ensure();
    LogTap.ensure();
    return new Lab(new VirtualDrive(seeds(), start != null ? start : START, outside.strict, outside.patience,
        chance.shuffles ? seeds().random("order") : null), this);
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
