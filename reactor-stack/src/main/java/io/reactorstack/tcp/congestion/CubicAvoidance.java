package io.reactorstack.tcp.congestion;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The congestion avoidance of {@link Cubic} and its reductions, with the variable names of RFC 9438. */
final class CubicAvoidance implements Avoidance {

  /** beta_cubic of RFC 9438 section 4.6 is 7/10. */
  private static final int BETA_NUMERATOR = 7;
  private static final int BETA_DENOMINATOR = 10;

  /** alpha_cubic = 3 (1 - beta) / (1 + beta) is 9/17 (RFC 9438 section 4.3). */
  private static final int ALPHA_NUMERATOR = 9;
  private static final int ALPHA_DENOMINATOR = 17;

  /** The position on the cubic curve at which a stage of congestion avoidance begins. */
  private enum Start {
    /** Below {@code wMax}: the stage follows a reduction. */
    REDUCED,
    /**
     * At {@code wMax}: the stage follows a slow start that ended without a loss, or one after a timeout (RFC 9438
     * sections 4.8, 4.10).
     */
    AT_ORIGIN
  }

  /** The state of one stage, which a reduction replaces and a spurious reduction restores (RFC 9438 section 4.9.2). */
  private static final class Stage {

    private Start start = Start.AT_ORIGIN;
    private boolean begun;
    private int wMax;
    private int cwndPrior;
    private long k;
    /** t of RFC 9438: the time in which the window was in use since the stage began, in nanoseconds. */
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
  /** A copy of {@link #stage} from before the last reduction, valid while {@link #reduced}; the object is reused. */
  private @Nullable Stage before;
  private boolean reduced;
  private long wEstRemainder;
  private long growthRemainder;

  @Override
  public boolean isSlowStart(int cwnd, int ssthresh) {
    // RFC 9438 4.10: CUBIC leaves slow start when cwnd exceeds ssthresh.
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
    // RFC 9438 4.2: t does not include time in which the application had nothing to send.
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
      // RFC 9438 4.3: in the Reno-friendly region cwnd follows W_est.
      growthRemainder = 0;
      return Math.max(0, stage.wEst - cwnd);
    }
    // RFC 9438 4.2, 4.4, 4.5: one round trip of acknowledgements moves cwnd to the target, which is at most 1.5 cwnd.
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
    // The default for the next stage, unless a reduction comes before it.
    stage.start = Start.AT_ORIGIN;
  }

  /**
   * Updates W_est, the window that Reno would have; its smaller increase makes up for the smaller decrease of CUBIC
   * (RFC 9438 section 4.3).
   */
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
    // RFC 9438 4.7, fast convergence: a flow whose loss occurs at a smaller window than the last one yields to new
    // flows.
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

  /** Starts a new stage at the changed window. */
  @Override
  public void onMoved() {
    stage.start = Start.AT_ORIGIN;
    stage.begun = false;
  }
}
