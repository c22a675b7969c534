package io.reactorstack.lab;

import io.reactorstack.lab.Impairment.Reordering;
import io.reactorstack.lab.Impairment.Variation;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The fate of a direction's frames drawn at random. Each kind of chance has its own random stream and draws from it
 * only while it is in use, so that one kind does not change the draws of another.
 */
final class RandomFate implements Fate {

  /** A random yes or no whose successive outcomes may be correlated. */
  private static final class Coin {

    private final RandomGenerator tosses;
    private final RandomGenerator repeats;
    private boolean tossed;
    private boolean last;

    Coin(Seeds seeds, String name) {
      tosses = seeds.random(name);
      repeats = seeds.random(name + "/again");
    }

    boolean hits(double probability, double correlation) {
      if (probability <= 0) {
        return false;
      }
      if (!tossed || correlation == 0 || repeats.nextDouble() >= correlation) {
        last = tosses.nextDouble() < probability;
        tossed = true;
      }
      return last;
    }
  }

  /** A random time whose successive values may be correlated. */
  private static final class Scatter {

    private final RandomGenerator draws;
    private final RandomGenerator repeats;
    private boolean drawn;
    private double last;

    Scatter(Seeds seeds, String name) {
      draws = seeds.random(name);
      repeats = seeds.random(name + "/again");
    }

    /** Returns the nanoseconds to add to a mean; may be negative. */
    long next(Duration jitter, Distribution distribution, double correlation) {
      long size = jitter.toNanos();
      if (size == 0) {
        return 0;
      }
      if (correlation == 0 && distribution.equals(Distribution.ADDED)) {
        return draws.nextLong(size + 1);
      }
      if (!drawn || correlation == 0 || repeats.nextDouble() >= correlation) {
        last = draws.nextDouble();
        drawn = true;
      }
      return Math.round(size * distribution.at(last));
    }
  }

  private final Coin losses;
  private final RandomGenerator lossStates;
  private final Scatter jitters;
  private final Coin reorders;
  private final Coin duplicates;
  private final Coin corruptions;
  private final RandomGenerator bits;
  private final Scatter slots;
  private boolean bad;
  /** The current state of {@link Loss.States}, 1 to 4. */
  private int state = 1;
  private int inPlace;
  private long reordered;
  private long lastDue = Long.MIN_VALUE;
  private long slotAt = Long.MIN_VALUE;
  private int slotPackets;
  private int slotBytes;

  RandomFate(String name, Seeds seeds) {
    losses = new Coin(seeds, name + "/loss");
    lossStates = seeds.random(name + "/loss/state");
    jitters = new Scatter(seeds, name + "/jitter");
    reorders = new Coin(seeds, name + "/reorder");
    duplicates = new Coin(seeds, name + "/duplicate");
    corruptions = new Coin(seeds, name + "/corrupt");
    // Shares the coin's stream: after each hit it draws which bit is flipped.
    bits = corruptions.tosses;
    slots = new Scatter(seeds, name + "/slot");
  }

  @Override
  public boolean loses(long number, Impairment impairment) {
    return switch (impairment.losses()) {
      case Loss.Random(double probability, double correlation) -> losses.hits(probability, correlation);
      case Loss.GilbertElliott model -> {
        boolean lost = losses.hits(bad ? model.oneMinusH() : model.oneMinusK(), 0);
        bad ^= lossStates.nextDouble() < (bad ? model.r() : model.p());
        yield lost;
      }
      case Loss.States model -> {
        state = next(model, lossStates.nextDouble());
        yield state >= 3;
      }
    };
  }

  private int next(Loss.States model, double draw) {
    return switch (state) {
      case 1 -> draw < model.p13() ? 3 : draw < model.p13() + model.p14() ? 4 : 1;
      case 2 -> draw < model.p23() ? 3 : 2;
      case 3 -> draw < model.p31() ? 1 : draw < model.p31() + model.p32() ? 2 : 3;
      default -> 1;
    };
  }

  @Override
  public boolean doubles(long number, Impairment impairment) {
    return duplicates.hits(impairment.duplication().probability(), impairment.duplication().correlation());
  }

  @Override
  public long due(long number, boolean copy, long through, int bytes, Impairment impairment) {
    Variation variation = impairment.variation();
    long scatter = jitters.next(variation.jitter(), variation.distribution(), variation.correlation());
    long due = through + Math.max(0, impairment.delay().toNanos() + scatter);
    Reordering reordering = impairment.reordering();
    if (reordering.gap() == 0) {
      if (reorders.hits(reordering.probability(), reordering.correlation())) {
        reordered++;
        due += reordering.by().toNanos();
      } else {
        due = inOrder(due);
      }
    } else if (overtakes(reordering)) {
      reordered++;
      due = through;
    } else {
      due = inOrder(due);
    }
    return impairment.slots().isNone() ? due : slot(due, bytes, impairment.slots());
  }

  private boolean overtakes(Reordering reordering) {
    if (inPlace < reordering.gap() - 1 || !reorders.hits(reordering.probability(), reordering.correlation())) {
      inPlace++;
      return false;
    }
    inPlace = 0;
    return true;
  }

  private long inOrder(long due) {
    lastDue = Math.max(due, lastDue);
    return lastDue;
  }

  /** Returns the time of the slot in which a frame leaves that is ready at {@code due}. */
  private long slot(long due, int bytes, Slots moments) {
    if (slotAt < due) {
      open(due, moments);
    } else if (isFull(moments)) {
      open(slotAt, moments);
    }
    slotPackets++;
    slotBytes += bytes;
    return slotAt;
  }

  private boolean isFull(Slots moments) {
    return moments.packets() > 0 && slotPackets >= moments.packets()
        || moments.bytes() > 0 && slotBytes >= moments.bytes();
  }

  private void open(long from, Slots moments) {
    slotAt = from
        + Math.max(0, moments.delay().toNanos() + slots.next(moments.jitter(), moments.distribution(), 0));
    slotPackets = 0;
    slotBytes = 0;
  }

  @Override
  public int flips(long number, boolean copy, int count, Impairment impairment) {
    boolean hit = corruptions.hits(impairment.corruption().probability(), impairment.corruption().correlation());
    return hit && count > 0 ? bits.nextInt(count) : -1;
  }

  @Override
  public void restart() {
    lastDue = Long.MIN_VALUE;
    slotAt = Long.MIN_VALUE;
  }

  @Override
  public long reordered() {
    return reordered;
  }
}
