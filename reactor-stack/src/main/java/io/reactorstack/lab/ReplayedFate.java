package io.reactorstack.lab;

import io.reactorstack.lab.Decision.Doubled;
import io.reactorstack.lab.Decision.Flipped;
import io.reactorstack.lab.Decision.Late;
import io.reactorstack.lab.Decision.Lost;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The fate of a direction's frames replayed from a list of decisions. */
final class ReplayedFate implements Fate {

  private final Map<Long, List<Decision>> decisions;

  ReplayedFate(Map<Long, List<Decision>> decisions) {
    this.decisions = decisions;
  }

  /** Returns the decisions about a frame and its copy. */
  List<Decision> about(long number) {
    return decisions.getOrDefault(number, List.of());
  }

  private <T extends Decision.What> @Nullable T find(long number, boolean copy, Class<T> kind) {
    for (Decision each : about(number)) {
      if (each.copy() == copy && kind.isInstance(each.what())) {
        return kind.cast(each.what());
      }
    }
    return null;
  }

  @Override
  public boolean loses(long number, Impairment impairment) {
    return find(number, false, Lost.class) != null;
  }

  @Override
  public boolean doubles(long number, Impairment impairment) {
    return find(number, false, Doubled.class) != null;
  }

  @Override
  public long due(long number, boolean copy, long through, int bytes, Impairment impairment) {
    Late late = find(number, copy, Late.class);
    return Math.max(through, through + impairment.delay().toNanos() + (late == null ? 0 : late.by().toNanos()));
  }

  @Override
  public int flips(long number, boolean copy, int bits, Impairment impairment) {
    Flipped flipped = find(number, copy, Flipped.class);
    return flipped == null || flipped.bit() >= bits ? -1 : flipped.bit();
  }

  @Override
  public void restart() {
    // Nothing to forget: no decision depends on the preceding frame.
  }

  @Override
  public long reordered() {
    return 0;
  }
}
