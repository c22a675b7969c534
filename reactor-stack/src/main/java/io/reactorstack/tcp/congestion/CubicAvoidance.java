package io.reactorstack.tcp.congestion;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The growth of {@link Cubic} and its reductions; names are those of RFC 9438. */
final class CubicAvoidance implements Avoidance {

  /** beta_cubic of RFC 9438 section 4.6 is 7/10. */
  private static final int BETA_NUMERATOR = 7;
  private static final int BETA_DENOMINATOR = 10;

  /** alpha_cubic = 3 (1 - beta) / (1 + beta) is 9/17 (RFC 9438 section 4.3). */
  private static final int ALPHA_NUMERATOR = 9;
  private static final int ALPHA_DENOMINATOR = 17;

  /** How a stage of congestion avoidance begins. */
  private enum Start {
    /** After a reduction: below {@code wMax}. */
    REDUCED,
    /** After slow start that ended otherwise, or began after a timeout: at {@code wMax} (RFC 9438 sections 4.8, 4.10). */
    AT_ORIGIN
  }

  /** Where the window is on its way: what a reduction changes, and a spurious one gives back (RFC 9438 section 4.9.2). */
  private static final class Stage {

    private Start start = Start.AT_ORIGIN;
    private boolean begun;
    private int wMax;
    private int cwndPrior;
    private long k;
    /** t: time since the stage began in which the window was in use. */
    private long elapsed;
    private long updatedAt;
    private int wEst;

    void copy(Stage other) {
      start = other.start;
      begun = other.begun;
      wMax = other.wMax;
      cwndPrior = other.cwndPrior;
      k = other.k;
      elapsed = other.elapsed;
      updatedAt = other.updatedAt;
      wEst = other.wEst;
    }
  }

  private final Stage stage = new Stage();
  /** As {@link #stage} was before the last reduction, if that can be taken back; kept to be used again. */
  private @Nullable Stage before;
  private boolean reduced;
  private long wEstRemainder;
  private long growthRemainder;

  @Override
  public boolean isSlowStart(int cwnd, int ssthresh) {
    // RFC 9438 4.10
    return cwnd <= ssthresh;
  }

  @Override
  public void onSlowStart() {
    stage.begun = false;
  }

  @Override
  public void onSlowStartEnd(int cwnd) {
    stage.cwndPrior = cwnd;
    stage.start = Start.AT_ORIGIN;
  }

  @Override
  public void onUnused(long now) {
    // RFC 9438 4.2: t does not count the time in which there was nothing to send.
    stage.updatedAt = now;
  }

  @Override
  public long increase(int bytes, Window window, long srtt, long now) {
    int cwnd = window.cwnd();
    int smss = window.smss();
    if (!stage.begun) {
      beginStage(cwnd, smss, now);
    }
    stage.elapsed += now - stage.updatedAt;
    stage.updatedAt = now;
    estimateReno(bytes, cwnd, smss);
    if (wCubic(stage.elapsed, smss) < stage.wEst) {
      // RFC 9438 4.3
      growthRemainder = 0;
      return Math.max(0, stage.wEst - cwnd);
    }
    // RFC 9438 4.2, 4.4, 4.5: a round trip of acknowledgements brings the window to the target, at most to one and a half.
    long target = Math.clamp(wCubic(stage.elapsed + srtt, smss), cwnd, cwnd + cwnd / 2L);
    growthRemainder += (target - cwnd) * bytes;
    long growth = growthRemainder / cwnd;
    growthRemainder %= cwnd;
    return growth;
  }

  private void beginStage(int cwnd, int smss, long now) {
    stage.begun = true;
    if (stage.start == Start.AT_ORIGIN || stage.wMax < cwnd) {
      stage.wMax = cwnd;
    }
    stage.k = CubicFunction.k(stage.wMax, cwnd, smss);
    stage.wEst = cwnd;
    wEstRemainder = 0;
    growthRemainder = 0;
    stage.elapsed = 0;
    stage.updatedAt = now;
    // Until the next reduction says otherwise.
    stage.start = Start.AT_ORIGIN;
  }

  /** W_est: the window that Reno would have, with an increase that makes up for the smaller decrease (RFC 9438 section 4.3). */
  private void estimateReno(int bytes, int cwnd, int smss) {
    boolean caughtUp = stage.wEst >= stage.cwndPrior;
    long alpha = caughtUp ? ALPHA_DENOMINATOR : ALPHA_NUMERATOR;
    wEstRemainder += alpha * bytes * smss;
    long divisor = (long) ALPHA_DENOMINATOR * cwnd;
    stage.wEst = (int) Math.min(Window.UNLIMITED, stage.wEst + wEstRemainder / divisor);
    wEstRemainder %= divisor;
  }

  private long wCubic(long nanos, int smss) {
    return CubicFunction.window(TimeUnit.NANOSECONDS.toMillis(nanos), stage.k, stage.wMax, smss);
  }

  @Override
  public void onReduction(int cwnd) {
    Stage kept = before == null ? new Stage() : before;
    kept.copy(stage);
    before = kept;
    reduced = true;
    stage.cwndPrior = cwnd;
    // RFC 9438 4.7, fast convergence: a flow that loses earlier than the last time leaves room for new ones.
    stage.wMax = cwnd < stage.wMax
        ? (int) (cwnd * (long) (BETA_DENOMINATOR + BETA_NUMERATOR) / (2 * BETA_DENOMINATOR))
        : cwnd;
    stage.start = Start.REDUCED;
    stage.begun = false;
  }

  @Override
  public int reduced(int flight) {
    return (int) ((long) flight * BETA_NUMERATOR / BETA_DENOMINATOR);
  }

  @Override
  public void onSpurious(boolean restored) {
    if (restored && reduced && before != null) {
      stage.copy(before);
    }
    reduced = false;
  }

  /** The function begins anew where the window will be. */
  @Override
  public void onMoved() {
    stage.start = Start.AT_ORIGIN;
    stage.begun = false;
  }
}
