package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.report.KeptFrames;
import io.reactorstack.lab.world.RoutedSchedulers;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a world that is to be made; immutable, each method but those that make the world returns a changed copy.
 */
public final class LabBuilder {

  /** A world's seed, and whether it also orders what could happen at one instant. */
  private record ChanceSetting(long seed, boolean shuffles) {}

  /** The date at which a world begins, if one was chosen, and the time that waiting for a result takes at most. */
  private record TimeSetting(@Nullable Instant start, Duration limit) {}

  /** The rules for threads outside: whether a signal from them is an error, and for how long an idle world waits for one. */
  private record OutsideSetting(boolean strict, Duration patience) {}

  /** Whether a world records decisions, which ones it follows, and the octets of frames that it keeps. */
  private record MemorySetting(boolean records, @Nullable Decisions replay, int keptBytes) {}

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

  private static final int KEPT_BYTES = 16 << 20;

  private final ChanceSetting chance;
  private final TimeSetting time;
  private final OutsideSetting outside;
  private final MemorySetting memory;

  LabBuilder() {
    this(new ChanceSetting(0, false), new TimeSetting(null, Duration.ofHours(1)),
        new OutsideSetting(false, Duration.ofSeconds(1)), new MemorySetting(false, null, KEPT_BYTES));
  }

  private LabBuilder(ChanceSetting chance, TimeSetting time, OutsideSetting outside, MemorySetting memory) {
    this.chance = chance;
    this.time = time;
    this.outside = outside;
    this.memory = memory;
  }

  private LabBuilder with(ChanceSetting changed) {
    return new LabBuilder(changed, time, outside, memory);
  }

  private LabBuilder with(TimeSetting changed) {
    return new LabBuilder(chance, changed, outside, memory);
  }

  private LabBuilder with(OutsideSetting changed) {
    return new LabBuilder(chance, time, changed, memory);
  }

  private LabBuilder with(MemorySetting changed) {
    return new LabBuilder(chance, time, outside, changed);
  }

  /** The seed that all chance in the world comes from. */
  public LabBuilder seed(long number) {
    return with(new ChanceSetting(number, chance.shuffles));
  }

  /** The time that {@link Lab#await(Mono)} lets pass at most; one hour if nothing is said. */
  public LabBuilder limit(Duration most) {
    return with(new TimeSetting(time.start, Checks.positive("limit", most)));
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
    return with(new TimeSetting(date, time.limit));
  }

  /** Lets the world record what chance and effects do to frames, for {@link Lab#decisions}. */
  public LabBuilder recordDecisions() {
    return with(new MemorySetting(true, memory.replay, memory.keptBytes));
  }

  /**
   * Lets the wires of the world do to frames what {@code list} says, and nothing else: they draw nothing and ask no effect.
   */
  public LabBuilder replay(Decisions list) {
    return with(new MemorySetting(memory.records, Checks.given("decisions to replay", list), memory.keptBytes));
  }

  /**
   * Lets {@link Lab#await} and {@link Lab#advance} fail with an {@link EscapeException} as soon as something from outside
   * reaches the world; without it the world goes on, and {@link Lab#escapes()} tells. No effect in real time.
   */
  public LabBuilder strict() {
    return with(new OutsideSetting(true, outside.patience));
  }

  /**
   * The real time for which a world in virtual time in which nothing is left to do waits for threads outside, before it is said
   * to be stalled: one second if nothing is said. With {@link Duration#ZERO} it waits for none; choose it for worlds that stall
   * often and get nothing from outside. A longer one is for slow answers. No effect in real time.
   *
   * @param most from 0 to 365 d
   * @throws IllegalArgumentException if it is not in this range
   */
  public LabBuilder patience(Duration most) {
    return with(new OutsideSetting(outside.strict, Checks.zeroOrMore("patience", most)));
  }

  /**
   * Lets the seed decide, at each instant, which of several hosts and threads of blocking code that could go on does so first: so seeds
   * find what depends on that order. Without it the one that could go on first does. The tasks of one host's loop keep their order. No
   * effect in real time.
   */
  public LabBuilder shuffled() {
    return with(new ChanceSetting(chance.seed, true));
  }

  /**
   * The memory for copies of the last frames that the hosts sent and received, which a {@link LabReport} tells of: 16 MiB if nothing
   * is said. It is taken as frames come. When it is full the oldest frames give way.
   *
   * @param bytes at least 0, which keeps no frames
   * @throws IllegalArgumentException if it is negative
   */
  public LabBuilder keepFrames(int bytes) {
    return with(new MemorySetting(memory.records, memory.replay,
        Checks.range("keepFrames", bytes, 0, Integer.MAX_VALUE, "bytes")));
  }

  Seeds seeds() {
    return new Seeds(chance.seed);
  }

  /** Makes the world, in virtual time. */
  public Lab virtualTime() {
    RoutedSchedulers.ensure();
    LogTap.ensure();
    return new Lab(new VirtualDrive(seeds(), time.start != null ? time.start : START, outside.strict, outside.patience,
        chance.shuffles ? seeds().random("order") : null), this);
  }

  /** Makes the world, in real time on an event loop of its own. */
  public Lab realTime() {
    return new Lab(new RealTimeDrive(null, time.start), this);
  }

  /** Makes the world, in real time on {@code loop}, which stays open when the world ends. */
  public Lab realTime(IoEventLoop loop) {
    return new Lab(new RealTimeDrive(Checks.given("loop", loop), time.start), this);
  }

  Duration limit() {
    return time.limit;
  }

  KeptFrames kept() {
    return new KeptFrames(memory.keptBytes);
  }

  DecisionBook decisionBook() {
    return new DecisionBook(memory.records, memory.replay);
  }
}
