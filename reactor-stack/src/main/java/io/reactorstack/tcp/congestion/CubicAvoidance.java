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

  /** What a spurious reduction has changed (RFC 9438 section 4.9.2), beside the window's own. */
  private record Saved(
      Start start, boolean inStage, int wMax, int cwndPrior, long k, long elapsed, long updatedAt, int wEst) {}

  private Start start = Start.AT_ORIGIN;
  private boolean inStage;
  private int wMax;
  private int cwndPrior;
  private long k;
  /** t: time since the stage began in which the window was in use. */
  private long elapsed;
  private long updatedAt;
  private int wEst;
  private long wEstRemainder;
  private long growthRemainder;
  private @Nullable Saved saved;

  @Override
  public boolean isSlowStart(int cwnd, int ssthresh) {
    // RFC 9438 4.10
    return cwnd <= ssthresh;
  }

  @Override
  public void onSlowStart() {
    inStage = false;
  }

  @Override
  public void onSlowStartEnd(int cwnd) {
    cwndPrior = cwnd;
    start = Start.AT_ORIGIN;
  }

  @Override
  public void onUnused(long now) {
    // RFC 9438 4.2: t does not count the time in which there was nothing to send.
    updatedAt = now;
  }

  @Override
  public long increase(int bytes, Window window, long srtt, long now) {
    int cwnd = window.cwnd();
    int smss = window.smss();
    if (!inStage) {
      beginStage(cwnd, smss, now);
    }
    elapsed += now - updatedAt;
    updatedAt = now;
    estimateReno(bytes, cwnd, smss);
    if (wCubic(elapsed, smss) < wEst) {
      // RFC 9438 4.3
      growthRemainder = 0;
      return Math.max(0, wEst - cwnd);
    }
    // RFC 9438 4.2, 4.4, 4.5: a round trip of acknowledgements brings the window to the target, at most to one and a half.
    long target = Math.clamp(wCubic(elapsed + srtt, smss), cwnd, cwnd + cwnd / 2L);
    growthRemainder += (target - cwnd) * bytes;
    long growth = growthRemainder / cwnd;
    growthRemainder %= cwnd;
    return growth;
  }

  private void beginStage(int cwnd, int smss, long now) {
    inStage = true;
    if (start == Start.AT_ORIGIN || wMax < cwnd) {
      wMax = cwnd;
    }
    k = CubicFunction.k(wMax, cwnd, smss);
    wEst = cwnd;
    wEstRemainder = 0;
    growthRemainder = 0;
    elapsed = 0;
    updatedAt = now;
    // Until the next reduction says otherwise.
    start = Start.AT_ORIGIN;
  }

  /** W_est: the window that Reno would have, with an increase that makes up for the smaller decrease (RFC 9438 section 4.3). */
  private void estimateReno(int bytes, int cwnd, int smss) {
    boolean caughtUp = wEst >= cwndPrior;
    long alpha = caughtUp ? ALPHA_DENOMINATOR : ALPHA_NUMERATOR;
    wEstRemainder += alpha * bytes * smss;
    long divisor = (long) ALPHA_DENOMINATOR * cwnd;
    wEst = (int) Math.min(Window.UNLIMITED, wEst + wEstRemainder / divisor);
    wEstRemainder %= divisor;
  }

  private long wCubic(long nanos, int smss) {
    return CubicFunction.window(TimeUnit.NANOSECONDS.toMillis(nanos), k, wMax, smss);
  }

  @Override
  public void onReduction(int cwnd) {
    saved = new Saved(start, inStage, wMax, cwndPrior, k, elapsed, updatedAt, wEst);
    cwndPrior = cwnd;
    // RFC 9438 4.7, fast convergence: a flow that loses earlier than the last time leaves room for new ones.
    wMax = cwnd < wMax ? (int) (cwnd * (long) (BETA_DENOMINATOR + BETA_NUMERATOR) / (2 * BETA_DENOMINATOR)) : cwnd;
    start = Start.REDUCED;
    inStage = false;
  }

  @Override
  public int reduced(int flight) {
    return (int) ((long) flight * BETA_NUMERATOR / BETA_DENOMINATOR);
  }

  @Override
  public void onSpurious(boolean restored) {
    Saved before = saved;
    if (restored && before != null) {
      start = before.start;
      inStage = before.inStage;
      wMax = before.wMax;
      cwndPrior = before.cwndPrior;
      k = before.k;
      elapsed = before.elapsed;
      updatedAt = before.updatedAt;
      wEst = before.wEst;
    }
    saved = null;
  }

  /** The function begins anew where the window will be. */
  @Override
  public void onMoved() {
    start = Start.AT_ORIGIN;
    inStage = false;
  }
}
