package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The harm that one direction of a wire does to frames; immutable, each method returns a changed copy.
 *
 * <p>A frame first passes the bottleneck (rate and queue), then may be lost, duplicated, corrupted, and at last is
 * delayed. Each kind of chance draws from a stream of its own, so that adding one does not change the others.
 *
 * <p>The words are those of Linux's netem, and each part can be said in its language, one by one or all at once:
 *
 * <pre>{@code
 * wire.impair(w -> w.delay(ofMillis(40)).jitter(ofMillis(10), Distribution.PARETO).loss(new Loss.GilbertElliott(0.01, 0.1)));
 * wire.impair(w -> w.delay("40ms 10ms distribution pareto").loss("gemodel 1% 10%"));
 * wire.impair("delay 40ms 10ms distribution pareto loss gemodel 1% 10%");
 * }</pre>
 *
 * <p>Differences from netem: jitter alone does not change the order of frames; a correlation does not change the share of
 * the frames concerned ({@link Odds}); the bottleneck comes before the delay, and its queue has a length in bytes.
 *
 * @param delay propagation delay; zero to 365 d, as the other times
 * @param variation how the delay varies
 * @param bottleneck rate and queue
 * @param losses which frames are lost
 * @param reordering which frames change their place
 * @param duplication which frames arrive twice
 * @param corruption which frames have one of their bits flipped
 * @param slots when frames leave, if not at any time
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
   * The chance that something happens to a frame.
   *
   * <p>With the probability {@code correlation} a frame shares the fate of the one before, otherwise it has one of its own:
   * the share of frames concerned stays {@code probability}.
   *
   * @param probability 0 to 1
   * @param correlation 0 to 1
   */
  public record Odds(double probability, double correlation) {

    /** Never. */
    public static final Odds NEVER = new Odds(0, 0);

    /** Checks the ranges. */
    public Odds {
      Checks.share("odds probability", probability);
      Checks.share("odds correlation", correlation);
    }
  }

  /**
   * How the delay varies from frame to frame.
   *
   * @param jitter by how much, which the distribution explains
   * @param distribution how delays scatter
   * @param correlation with this probability, 0 to 1, a frame's delay is that of the frame before it
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
   * Which frames change their place: either frames that are held back, so that later ones overtake them, or, with a
   * {@code gap}, frames that overtake, since they are not delayed at all.
   *
   * @param probability with which a frame is, 0 to 1
   * @param by for how long frames are held back; zero to 365 d; of no meaning with a gap
   * @param correlation with this probability, 0 to 1, a frame shares the fate of the one before
   * @param gap 0 to hold frames back; n to let a frame overtake only after n - 1 that did not (netem's {@code gap})
   */
  public record Reordering(double probability, Duration by, double correlation, int gap) {

    /** Every frame keeps its place. */
    public static final Reordering NONE = new Reordering(0, Duration.ZERO);

    /** Checks the ranges. */
    public Reordering {
      Checks.share("reorder probability", probability);
      Checks.zeroOrMore("reorder by", by);
      Checks.share("reorder correlation", correlation);
      Checks.range("reorder gap", gap, 0, Integer.MAX_VALUE, "frames, 0 to hold frames back");
    }

    /** Frames are held back. */
    public Reordering(double probability, Duration by) {
      this(probability, by, 0, 0);
    }
  }

  /** Queue of a bottleneck if nothing else is said, in bytes. */
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

  /** A direction that delivers every frame at once. */
  public static Impairment none() {
    return NONE;
  }

  /**
   * The impairment that {@code netem} describes, in the words of tc-netem(8), in any order:
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
   * <p>Beyond netem there are {@code queue BYTES}, {@code distribution added}, {@code reorder PERCENT [CORRELATION] by TIME}
   * and {@code none}, so that {@link #toString} can be read back. A time needs a unit ({@code s}, {@code ms}, {@code us},
   * {@code ns}); a rate has one of tc's or is in bit/s.
   *
   * @throws IllegalArgumentException if it is none; the message names the word and its place
   */
  public static Impairment of(String netem) {
    return new NetemText("netem", netem).all();
  }

  /** Delays every frame. */
  public Impairment delay(Duration time) {
    return new Impairment(time, variation, bottleneck, losses, reordering, duplication, corruption, slots);
  }

  /** The delay as netem says it: {@code 40ms 10ms 25% distribution pareto}; what is not said is zero or netem's default. */
  public Impairment delay(String netem) {
    return new NetemText("delay", netem).delay(this);
  }

  /** Adds a random time, up to {@code most}, to the delay of each frame; frames keep their order. */
  public Impairment jitter(Duration most) {
    return variation(new Variation(most, Distribution.ADDED, 0));
  }

  /** Scatters the delays of frames around the delay as {@code distribution} says; frames keep their order. */
  public Impairment jitter(Duration jitter, Distribution distribution) {
    return variation(new Variation(jitter, distribution, 0));
  }

  /** Varies the delay; frames keep their order. */
  public Impairment variation(Variation how) {
    return new Impairment(delay, how, bottleneck, losses, reordering, duplication, corruption, slots);
  }

  /** Makes the direction a bottleneck of {@code bits} per second. */
  public Impairment rate(long bits) {
    return bottleneck(bottleneck.rate(bits));
  }

  /** The rate as netem says it: {@code 1mbit 20 48 5}. */
  public Impairment rate(String netem) {
    return new NetemText("rate", netem).rate(this);
  }

  /** Lets {@code bytes} wait for the bottleneck. */
  public Impairment queue(int bytes) {
    return bottleneck(bottleneck.queue(bytes));
  }

  /** Lets {@code frames} be under way, waiting and delayed ones together; 0 for no limit. */
  public Impairment limit(int frames) {
    return bottleneck(bottleneck.limit(frames));
  }

  /** Makes the direction this bottleneck. */
  public Impairment bottleneck(Bottleneck place) {
    return new Impairment(delay, variation, place, losses, reordering, duplication, corruption, slots);
  }

  /** Loses frames with this probability, 0 to 1. */
  public Impairment loss(double probability) {
    return loss(new Loss.Random(Checks.share("loss", probability), 0));
  }

  /** Loses frames as {@code model} says. */
  public Impairment loss(Loss model) {
    return new Impairment(
        delay, variation, bottleneck, Checks.given("loss", model), reordering, duplication, corruption, slots);
  }

  /** The loss as netem says it: {@code 1% 25%}, {@code gemodel 1% 10%}, {@code state 1% 10%}. */
  public Impairment loss(String netem) {
    return new NetemText("loss", netem).loss(this);
  }

  /** Holds frames back by {@code by} with this probability, 0 to 1. */
  public Impairment reorder(double probability, Duration by) {
    return reordering(new Reordering(probability, by));
  }

  /** The reordering as netem says it: {@code 25% 50% gap 5}, frames that overtake since they are not delayed. */
  public Impairment reorder(String netem) {
    return new NetemText("reorder", netem).reorder(this);
  }

  /** Changes the place of frames. */
  public Impairment reordering(Reordering how) {
    return new Impairment(delay, variation, bottleneck, losses, how, duplication, corruption, slots);
  }

  /** Delivers frames twice with this probability, 0 to 1. */
  public Impairment duplicate(double probability) {
    return duplication(new Odds(Checks.share("duplicate", probability), 0));
  }

  /** The duplication as netem says it: {@code 1% 25%}. */
  public Impairment duplicate(String netem) {
    return new NetemText("duplicate", netem).duplicate(this);
  }

  /** Delivers frames twice. */
  public Impairment duplication(Odds odds) {
    return new Impairment(delay, variation, bottleneck, losses, reordering, odds, corruption, slots);
  }

  /** Flips one bit of a frame with this probability, 0 to 1. */
  public Impairment corrupt(double probability) {
    return corruption(new Odds(Checks.share("corrupt", probability), 0));
  }

  /** The corruption as netem says it: {@code 1% 25%}. */
  public Impairment corrupt(String netem) {
    return new NetemText("corrupt", netem).corrupt(this);
  }

  /** Flips one bit of frames. */
  public Impairment corruption(Odds odds) {
    return new Impairment(delay, variation, bottleneck, losses, reordering, duplication, odds, slots);
  }

  /** Lets frames leave at certain moments only. */
  public Impairment slot(Slots moments) {
    return new Impairment(
        delay, variation, bottleneck, losses, reordering, duplication, corruption, Checks.given("slot", moments));
  }

  /** The slots as netem says them: {@code 800us 10ms packets 42}. */
  public Impairment slot(String netem) {
    return new NetemText("slot", netem).slot(this);
  }

  /** The jitter of the delay; {@link #variation} tells its meaning. */
  public Duration jitter() {
    return variation.jitter();
  }

  /** Rate of the bottleneck; 0 if there is none. */
  public long bitsPerSecond() {
    return bottleneck.bitsPerSecond();
  }

  /** Bytes that wait for the bottleneck, the frame in service included. */
  public int queueBytes() {
    return bottleneck.queueBytes();
  }

  /** The share of frames that are lost by chance in the long run. */
  public double loss() {
    return losses.share();
  }

  /** Probability with which a frame arrives twice. */
  public double duplicate() {
    return duplication.probability();
  }

  /** Probability with which one bit of a frame is flipped. */
  public double corrupt() {
    return corruption.probability();
  }

  /** In the words that {@link #of} reads. */
  @Override
  public String toString() {
    return NetemText.of(this);
  }
}
