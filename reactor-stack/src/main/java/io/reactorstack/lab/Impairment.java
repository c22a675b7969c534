package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The impairment of one direction of a wire; immutable, each method returns a changed copy.
 *
 * <p>A frame first passes the bottleneck (rate and queue), then may be lost, duplicated or corrupted, and is finally
 * delayed. Each kind of chance has its own random stream, so that adding one does not change the others.
 *
 * <p>The terms are those of Linux's netem, and each part, or the whole, can be written in netem's language:
 *
 * <pre>{@code
 * wire.impair(w -> w.delay(ofMillis(40)).jitter(ofMillis(10), Distribution.PARETO)
 *     .loss(new Loss.GilbertElliott(0.01, 0.1)));
 * wire.impair(w -> w.delay("40ms 10ms distribution pareto").loss("gemodel 1% 10%"));
 * wire.impair("delay 40ms 10ms distribution pareto loss gemodel 1% 10%");
 * }</pre>
 *
 * <p>Differences from netem: jitter alone does not reorder frames; a correlation does not change the share of affected
 * frames ({@link Odds}); the bottleneck comes before the delay, and its queue is limited in bytes.
 *
 * @param delay propagation delay; zero to 365 d, as for all other times
 * @param variation the variation of the delay
 * @param bottleneck rate and queue
 * @param losses the model of frame loss
 * @param reordering the frames that are reordered
 * @param duplication the odds that a frame arrives twice
 * @param corruption the odds that one bit of a frame is flipped
 * @param slots the times at which frames may leave, or {@link Slots#NONE} for any time
 */
public record Impairment(
    Duration delay,
    Variation variation,
    Bottleneck bottleneck,
    Loss losses,
    Reordering reordering,
    Odds duplication,
    Odds corruption,
    Slots slots) {

  /**
   * The odds that something happens to a frame.
   *
   * <p>With the probability {@code correlation} a frame shares the fate of the preceding frame; otherwise it has its
   * own. So the share of affected frames remains {@code probability}.
   *
   * @param probability 0 to 1
   * @param correlation 0 to 1
   */
  public record Odds(double probability, double correlation) {

    /** The odds of something that never happens. */
    public static final Odds NEVER = new Odds(0, 0);

    /** Checks the ranges. */
    public Odds {
      Checks.share("odds probability", probability);
      Checks.share("odds correlation", correlation);
    }
  }

  /**
   * The variation of the delay from frame to frame.
   *
   * @param jitter the size of the variation, which the distribution interprets
   * @param distribution the distribution of delays
   * @param correlation the probability, 0 to 1, that a frame has the same delay as the preceding one
   */
  public record Variation(Duration jitter, Distribution distribution, double correlation) {

    /** All delays are equal. */
    public static final Variation NONE = new Variation(Duration.ZERO, Distribution.ADDED, 0);

    /** Checks the ranges. */
    public Variation {
      Checks.zeroOrMore("jitter", jitter);
      Checks.given("jitter distribution", distribution);
      Checks.share("jitter correlation", correlation);
    }
  }

  /**
   * The reordering of frames. Without a {@code gap}, some frames are held back and later ones overtake them; with one,
   * some frames are not delayed at all and overtake earlier ones.
   *
   * @param probability the probability, 0 to 1, that a frame is held back, or overtakes
   * @param by the time for which frames are held back; zero to 365 d; ignored with a gap
   * @param correlation the probability, 0 to 1, that a frame shares the fate of the preceding one
   * @param gap 0 to hold frames back; n to let a frame overtake only after n - 1 frames that did not (netem's
   *     {@code gap})
   */
  public record Reordering(double probability, Duration by, double correlation, int gap) {

    /** No frame is reordered. */
    public static final Reordering NONE = new Reordering(0, Duration.ZERO);

    /** Checks the ranges. */
    public Reordering {
      Checks.share("reorder probability", probability);
      Checks.zeroOrMore("reorder by", by);
      Checks.share("reorder correlation", correlation);
      Checks.range("reorder gap", gap, 0, Integer.MAX_VALUE, "frames, 0 to hold frames back");
    }

    /** Creates a reordering that holds frames back. */
    public Reordering(double probability, Duration by) {
      this(probability, by, 0, 0);
    }
  }

  /** Default capacity of a bottleneck's queue, in bytes. */
  public static final int DEFAULT_QUEUE = Bottleneck.DEFAULT_QUEUE;

  private static final Impairment NONE = new Impairment(Duration.ZERO, Variation.NONE, Bottleneck.NONE, Loss.NONE,
      Reordering.NONE, Odds.NEVER, Odds.NEVER, Slots.NONE);

  /** Checks the ranges. */
  public Impairment {
    Checks.zeroOrMore("delay", delay);
    Checks.given("variation", variation);
    Checks.given("bottleneck", bottleneck);
    Checks.given("losses", losses);
    Checks.given("reordering", reordering);
    Checks.given("duplication", duplication);
    Checks.given("corruption", corruption);
    Checks.given("slots", slots);
  }

  /** Returns the impairment of a perfect direction, which delivers every frame immediately. */
  public static Impairment none() {
    return NONE;
  }

  /**
   * Parses an impairment in the language of tc-netem(8). The options may come in any order:
   *
   * <pre>
   * limit PACKETS
   * delay TIME [JITTER [CORRELATION]] [distribution uniform|normal|pareto|paretonormal]
   * loss PERCENT [CORRELATION] | loss random PERCENT [CORRELATION]
   *      | loss state P13 [P31 [P32 [P23 [P14]]]] | loss gemodel P [R [1-H [1-K]]]
   * corrupt PERCENT [CORRELATION]
   * duplicate PERCENT [CORRELATION]
   * reorder PERCENT [CORRELATION] [gap DISTANCE]
   * rate RATE [PACKETOVERHEAD [CELLSIZE [CELLOVERHEAD]]]
   * slot MIN [MAX] [packets PACKETS] [bytes BYTES]
   *      | slot distribution NAME DELAY JITTER [packets PACKETS] [bytes BYTES]
   * </pre>
   *
   * <p>Options beyond netem's are {@code queue BYTES}, {@code distribution added},
   * {@code reorder PERCENT [CORRELATION] by TIME} and {@code none}; with them this method can parse every
   * {@link #toString}. A time needs a unit ({@code s}, {@code ms}, {@code us}, {@code ns}); a rate has one of tc's
   * units or is in bit/s.
   *
   * @throws IllegalArgumentException if the text is malformed; the message names the word and its position
   */
  public static Impairment of(String netem) {
    return new NetemText("netem", netem).all();
  }

  /** Returns a copy that delays every frame by {@code time}. */
  public Impairment delay(Duration time) {
    return new Impairment(time, variation, bottleneck, losses, reordering, duplication, corruption, slots);
  }

  /**
   * Sets delay and jitter in netem's language: {@code 40ms 10ms 25% distribution pareto}; omitted parts are zero or
   * netem's default.
   */
  public Impairment delay(String netem) {
    return new NetemText("delay", netem).delay(this);
  }

  /** Adds a random time of up to {@code most} to the delay of each frame; frames keep their order. */
  public Impairment jitter(Duration most) {
    return variation(new Variation(most, Distribution.ADDED, 0));
  }

  /** Varies the delay of each frame by {@code jitter} according to {@code distribution}; frames keep their order. */
  public Impairment jitter(Duration jitter, Distribution distribution) {
    return variation(new Variation(jitter, distribution, 0));
  }

  /** Sets the variation of the delay; frames keep their order. */
  public Impairment variation(Variation how) {
    return new Impairment(delay, how, bottleneck, losses, reordering, duplication, corruption, slots);
  }

  /** Sets the rate of the bottleneck, in bits per second; 0 for no bottleneck. */
  public Impairment rate(long bits) {
    return bottleneck(bottleneck.rate(bits));
  }

  /** Sets the rate in netem's language: {@code 1mbit 20 48 5}. */
  public Impairment rate(String netem) {
    return new NetemText("rate", netem).rate(this);
  }

  /** Sets the capacity of the bottleneck's queue, in bytes. */
  public Impairment queue(int bytes) {
    return bottleneck(bottleneck.queue(bytes));
  }

  /** Sets the maximum number of frames in transit, both queued and delayed; 0 for no limit. */
  public Impairment limit(int frames) {
    return bottleneck(bottleneck.limit(frames));
  }

  /** Sets the bottleneck. */
  public Impairment bottleneck(Bottleneck place) {
    return new Impairment(delay, variation, place, losses, reordering, duplication, corruption, slots);
  }

  /** Loses frames with this probability, 0 to 1. */
  public Impairment loss(double probability) {
    return loss(new Loss.Random(Checks.share("loss", probability), 0));
  }

  /** Loses frames according to {@code model}. */
  public Impairment loss(Loss model) {
    return new Impairment(
        delay, variation, bottleneck, Checks.given("loss", model), reordering, duplication, corruption, slots);
  }

  /** Sets the loss in netem's language: {@code 1% 25%}, {@code gemodel 1% 10%}, {@code state 1% 10%}. */
  public Impairment loss(String netem) {
    return new NetemText("loss", netem).loss(this);
  }

  /** Holds frames back by {@code by} with this probability, 0 to 1, so that later frames overtake them. */
  public Impairment reorder(double probability, Duration by) {
    return reordering(new Reordering(probability, by));
  }

  /**
   * Sets the reordering in netem's language: with {@code 25% 50% gap 5} some frames are not delayed and overtake
   * others.
   */
  public Impairment reorder(String netem) {
    return new NetemText("reorder", netem).reorder(this);
  }

  /** Sets the reordering of frames. */
  public Impairment reordering(Reordering how) {
    return new Impairment(delay, variation, bottleneck, losses, how, duplication, corruption, slots);
  }

  /** Delivers frames twice with this probability, 0 to 1. */
  public Impairment duplicate(double probability) {
    return duplication(new Odds(Checks.share("duplicate", probability), 0));
  }

  /** Sets the duplication in netem's language: {@code 1% 25%}. */
  public Impairment duplicate(String netem) {
    return new NetemText("duplicate", netem).duplicate(this);
  }

  /** Delivers frames twice with these odds. */
  public Impairment duplication(Odds odds) {
    return new Impairment(delay, variation, bottleneck, losses, reordering, odds, corruption, slots);
  }

  /** Flips one bit of a frame with this probability, 0 to 1. */
  public Impairment corrupt(double probability) {
    return corruption(new Odds(Checks.share("corrupt", probability), 0));
  }

  /** Sets the corruption in netem's language: {@code 1% 25%}. */
  public Impairment corrupt(String netem) {
    return new NetemText("corrupt", netem).corrupt(this);
  }

  /** Flips one bit of a frame with these odds. */
  public Impairment corruption(Odds odds) {
    return new Impairment(delay, variation, bottleneck, losses, reordering, duplication, odds, slots);
  }

  /** Lets frames leave only at the times of {@code moments}. */
  public Impairment slot(Slots moments) {
    return new Impairment(
        delay, variation, bottleneck, losses, reordering, duplication, corruption, Checks.given("slot", moments));
  }

  /** Sets the slots in netem's language: {@code 800us 10ms packets 42}. */
  public Impairment slot(String netem) {
    return new NetemText("slot", netem).slot(this);
  }

  /** The jitter of the delay; {@link #variation()} contains its distribution. */
  public Duration jitter() {
    return variation.jitter();
  }

  /** Rate of the bottleneck in bits per second; 0 if there is none. */
  public long bitsPerSecond() {
    return bottleneck.bitsPerSecond();
  }

  /** Capacity of the bottleneck's queue in bytes, including the frame in service. */
  public int queueBytes() {
    return bottleneck.queueBytes();
  }

  /** The share of frames that are lost by chance in the long run, 0 to 1. */
  public double loss() {
    return losses.share();
  }

  /** The probability that a frame arrives twice. */
  public double duplicate() {
    return duplication.probability();
  }

  /** The probability that one bit of a frame is flipped. */
  public double corrupt() {
    return corruption.probability();
  }

  /** Returns the impairment in the language that {@link #of} parses. */
  @Override
  public String toString() {
    return NetemText.of(this);
  }
}
