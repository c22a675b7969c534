package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.lab.report.KeptFrames;
import io.reactorstack.lab.world.RoutedSchedulers;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a world to be created. Immutable: each method returns a changed copy, except those that create the
 * world.
 */
public final class LabBuilder {

  /** A world's seed, and whether the seed also orders events of the same instant. */
  private record ChanceSetting(long seed, boolean shuffles) {}

  /** The date at which a world begins, if one was chosen, and the limit of an await. */
  private record TimeSetting(@Nullable Instant start, Duration limit) {}

  /**
   * The rules for threads outside: whether a signal from them is an error, and the time for which an idle world waits
   * for one.
   */
  private record OutsideSetting(boolean strict, Duration patience) {}

  /** The recording of decisions, the decisions to replay, and the number of bytes for frames that are kept. */
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

  /** Sets the seed of all chance in the world. */
  public LabBuilder seed(long number) {
    return with(new ChanceSetting(number, chance.shuffles));
  }

  /** Sets the limit of the time that {@link Lab#await(Mono)} lets pass; the default is one hour. */
  public LabBuilder limit(Duration most) {
    return with(new TimeSetting(time.start, Checks.positive("limit", most)));
  }

  /**
   * Sets the date at which the world begins. The default is 2026-01-01T00:00:00Z in virtual time, and the machine's
   * date in real time.
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

  /** Records what chance and effects do to frames, for {@link Lab#decisions}. */
  public LabBuilder recordDecisions() {
    return with(new MemorySetting(true, memory.replay, memory.keptBytes));
  }

  /**
   * Makes the wires of the world do to frames exactly what {@code list} contains: they draw nothing at random and
   * consult no effect.
   */
  public LabBuilder replay(Decisions list) {
    return with(new MemorySetting(memory.records, Checks.given("decisions to replay", list), memory.keptBytes));
  }

  /**
   * Makes {@link Lab#await} and {@link Lab#advance} fail with an {@link EscapeException} as soon as something from
   * outside reaches the world. Without it the world goes on, and {@link Lab#escapes()} lists the event. No effect in
   * real time.
   */
  public LabBuilder strict() {
    return with(new OutsideSetting(true, outside.patience));
  }

  /**
   * Sets the real time for which an idle world in virtual time waits for threads outside before it fails as stalled.
   * The default is one second. {@link Duration#ZERO} does not wait; choose it for worlds that stall often and receive
   * nothing from outside, and a longer time if threads outside answer slowly. No effect in real time.
   *
   * @param most from 0 to 365 d
   * @throws IllegalArgumentException if it is not in this range
   */
  public LabBuilder patience(Duration most) {
    return with(new OutsideSetting(outside.strict, Checks.zeroOrMore("patience", most)));
  }

  /**
   * Lets the seed decide, at each instant, which of several ready hosts and threads of blocking code runs first. So
   * different seeds reveal a dependence on that order. Without it they run in the order in which they became ready. The
   * tasks of one host's loop always keep their order. No effect in real time.
   */
  public LabBuilder shuffled() {
    return with(new ChanceSetting(chance.seed, true));
  }

  /**
   * Sets the memory for copies of the latest frames that the hosts sent and received, which a {@link LabReport}
   * contains; the default is 16 MiB. It is allocated as frames come. When it is full, new frames replace the oldest.
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

  /** Creates the world, in virtual time. */
  public Lab virtualTime() {
    RoutedSchedulers.ensure();
    LogTap.ensure();
    return new Lab(new VirtualDrive(seeds(), time.start != null ? time.start : START, outside.strict, outside.patience,
        chance.shuffles ? seeds().random("order") : null), this);
  }

  /** Creates the world, in real time with its own event loop. */
  public Lab realTime() {
    return new Lab(new RealTimeDrive(null, time.start), this);
  }

  /** Creates the world, in real time on {@code loop}, which remains open when the world ends. */
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
