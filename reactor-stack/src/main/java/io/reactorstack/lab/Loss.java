package io.reactorstack.lab;

import io.reactorstack.setting.Checks;

/** The model of frame loss by chance: one of netem's three models, as a value. */
public sealed interface Loss {

  /** No frame is lost. */
  Loss NONE = new Random(0, 0);

  /** The share of frames that are lost in the long run, 0 to 1. */
  double share();

  /**
   * Each frame is lost with the same probability.
   *
   * <p>With the probability {@code correlation} a frame shares the fate of the preceding frame; otherwise it has its
   * own. So the share of lost frames remains {@code probability}, the correlation of fates n frames apart is the n-th
   * power, and a burst has a mean of 1 / ((1 - correlation) (1 - probability)) frames. (netem averages random numbers
   * instead, which changes the share.)
   *
   * @param probability 0 to 1
   * @param correlation 0 to 1
   */
  record Random(double probability, double correlation) implements Loss {

    /** Checks the ranges. */
    public Random {
      Checks.share("loss probability", probability);
      Checks.share("loss correlation", correlation);
    }

    @Override
    public double share() {
      return probability;
    }

    @Override
    public String toString() {
      return NetemText.odds(probability, correlation);
    }
  }

  /**
   * The model of Gilbert and Elliott: a good and a bad state; the first frame meets the good one. A frame is lost with
   * the probability of its state; then the state may change.
   *
   * @param p probability of a change from good to bad, 0 to 1
   * @param r probability of a change from bad to good, 0 to 1
   * @param oneMinusH probability of loss in the bad state, 0 to 1
   * @param oneMinusK probability of loss in the good state, 0 to 1
   */
  record GilbertElliott(double p, double r, double oneMinusH, double oneMinusK) implements Loss {

    /** Checks the ranges. */
    public GilbertElliott {
      Checks.share("gemodel p", p);
      Checks.share("gemodel r", r);
      Checks.share("gemodel 1-h (oneMinusH)", oneMinusH);
      Checks.share("gemodel 1-k (oneMinusK)", oneMinusK);
    }

    /** Gilbert's simple model: all frames are lost in the bad state, none in the good one. */
    public GilbertElliott(double p, double r) {
      this(p, r, 1, 0);
    }

    @Override
    public double share() {
      double bad = p == 0 ? 0 : p / (p + r);
      return bad * oneMinusH + (1 - bad) * oneMinusK;
    }

    @Override
    public String toString() {
      return "gemodel " + NetemText.percents(p, r, oneMinusH, oneMinusK);
    }
  }

  /**
   * A Markov chain of four states with one step for each frame: 1 received in a gap, 2 received in a burst, 3 lost in a
   * burst, 4 a single loss in a gap, always followed by 1. It begins in 1.
   *
   * @param p13 probability that a burst begins, 0 to 1
   * @param p31 probability that a burst ends, 0 to 1
   * @param p32 probability that frames begin to be received within a burst, 0 to 1
   * @param p23 probability that losses go on within a burst, 0 to 1
   * @param p14 probability of a single loss, 0 to 1
   */
  record States(double p13, double p31, double p32, double p23, double p14) implements Loss {

    /** Checks the ranges; the probabilities of leaving a state add up to at most 1. */
    public States {
      Checks.share("loss state p13", p13);
      Checks.share("loss state p31", p31);
      Checks.share("loss state p32", p32);
      Checks.share("loss state p23", p23);
      Checks.share("loss state p14", p14);
      Checks.share("loss state p13 + p14", p13 + p14);
      Checks.share("loss state p31 + p32", p31 + p32);
    }

    @Override
    public double share() {
      // Weights of the four states. If one state is never left again, it has all the weight in the long run.
      double inGap = p31 == 0 && p13 > 0 ? 0 : 1;
      double lostInBurst = inGap == 0 ? 1 : p31 == 0 ? 0 : p13 / p31;
      boolean receivedForGood = p23 == 0 && p32 > 0 && p13 > 0;
      if (receivedForGood) {
        return 0;
      }
      double receivedInBurst = p32 == 0 ? 0 : lostInBurst * p32 / p23;
      double lostAlone = inGap * p14;
      return (lostInBurst + lostAlone) / (inGap + lostAlone + lostInBurst + receivedInBurst);
    }

    @Override
    public String toString() {
      return "state " + NetemText.percents(p13, p31, p32, p23, p14);
    }
  }
}
