package io.reactorstack.tcp.congestion;

import io.reactorstack.setting.Checks;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * CUBIC (RFC 9438): after a reduction the window returns along a cubic function of time to where the loss was, rests there,
 * and then probes for more; where Reno would be faster it is as fast as Reno.
 */
public final class Cubic implements CongestionControl {

  /** CUBIC with HyStart++: {@code cubic}, the default of most stacks. */
  public static final Factory FACTORY = factory(HyStart.FACTORY);

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

  private final Window window;
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
  private long srtt;
  private @Nullable Saved saved;

  private Cubic(int segmentSize, int initialWindow, SlowStart slowStart) {
    this.window = new Window(segmentSize, initialWindow, slowStart);
  }

  /** CUBIC with another slow start. */
  public static Factory factory(SlowStart.Factory slowStart) {
    Checks.given("slowStart", slowStart);
    return new Factory() {
      @Override
      public String name() {
        return "cubic";
      }

      @Override
      public CongestionControl create(int segmentSize, int initialWindow, boolean paced) {
        return new Cubic(segmentSize, initialWindow, slowStart.create(paced));
      }
    };
  }

  @Override
  public int window() {
    return window.cwnd();
  }

  @Override
  public int slowStartThreshold() {
    return window.ssthresh();
  }

  @Override
  public int segmentSize() {
    return window.smss();
  }

  @Override
  public void onSent(int bytes, int flightSize, int sndNxt, long now) {
    if (flightSize == bytes) {
      // RFC 9438 4.2: t does not count the time in which there was nothing to send.
      updatedAt = now;
    }
    if (window.onSent(bytes, flightSize, sndNxt, now)) {
      restartAtOrigin();
    }
  }

  @Override
  public void onRoundTrip(int bytes, int sndUna, int sndNxt, long rtt, long smoothed, long now) {
    srtt = smoothed;
    if (window.onRoundTrip(bytes, sndUna, sndNxt, rtt, smoothed, now)) {
      restartAtOrigin();
    }
  }

  @Override
  public void onAcknowledged(int bytes, int flightSize, long now) {
    // RFC 9438 4.10
    boolean slowStart = window.cwnd() <= window.ssthresh();
    if (!window.mayGrow(slowStart)) {
      updatedAt = now;
    } else if (slowStart) {
      inStage = false;
      if (window.slowStart(bytes)) {
        cwndPrior = window.cwnd();
        start = Start.AT_ORIGIN;
      }
    } else {
      avoidCongestion(bytes, now);
    }
  }

  private void avoidCongestion(int bytes, long now) {
    if (!inStage) {
      beginStage(now);
    }
    elapsed += now - updatedAt;
    updatedAt = now;
    int cwnd = window.cwnd();
    estimateReno(bytes, cwnd);
    if (wCubic(elapsed) < wEst) {
      // RFC 9438 4.3
      window.grow(Math.max(0, wEst - cwnd));
      growthRemainder = 0;
      return;
    }
    // RFC 9438 4.2, 4.4, 4.5: a round trip of acknowledgements brings the window to the target, at most to one and a half.
    long target = Math.clamp(wCubic(elapsed + srtt), cwnd, cwnd + cwnd / 2L);
    growthRemainder += (target - cwnd) * bytes;
    window.grow(growthRemainder / cwnd);
    growthRemainder %= cwnd;
  }

  private void beginStage(long now) {
    inStage = true;
    int cwnd = window.cwnd();
    if (start == Start.AT_ORIGIN || wMax < cwnd) {
      wMax = cwnd;
    }
    k = CubicFunction.k(wMax, cwnd, window.smss());
    wEst = cwnd;
    wEstRemainder = 0;
    growthRemainder = 0;
    elapsed = 0;
    updatedAt = now;
    // Until the next reduction says otherwise.
    start = Start.AT_ORIGIN;
  }

  /** W_est: the window that Reno would have, with an increase that makes up for the smaller decrease (RFC 9438 section 4.3). */
  private void estimateReno(int bytes, int cwnd) {
    boolean caughtUp = wEst >= cwndPrior;
    long alpha = caughtUp ? ALPHA_DENOMINATOR : ALPHA_NUMERATOR;
    wEstRemainder += alpha * bytes * window.smss();
    long divisor = (long) ALPHA_DENOMINATOR * cwnd;
    wEst = (int) Math.min(Window.UNLIMITED, wEst + wEstRemainder / divisor);
    wEstRemainder %= divisor;
  }

  private long wCubic(long nanos) {
    return CubicFunction.window(TimeUnit.NANOSECONDS.toMillis(nanos), k, wMax, window.smss());
  }

  @Override
  public void onLoss(int flightSize, long now) {
    reduce(flightSize);
  }

  private void reduce(int flightSize) {
    saved = new Saved(start, inStage, wMax, cwndPrior, k, elapsed, updatedAt, wEst);
    int cwnd = window.cwnd();
    cwndPrior = cwnd;
    // RFC 9438 4.7, fast convergence: a flow that loses earlier than the last time leaves room for new ones.
    wMax = cwnd < wMax ? (int) (cwnd * (long) (BETA_DENOMINATOR + BETA_NUMERATOR) / (2 * BETA_DENOMINATOR)) : cwnd;
    window.reduce(decreased(flightSize));
    start = Start.REDUCED;
    inStage = false;
  }

  private static int decreased(int flightSize) {
    return (int) ((long) flightSize * BETA_NUMERATOR / BETA_DENOMINATOR);
  }

  @Override
  public void onTimeout(int flightSize, boolean repeated, long now) {
    // RFC 5681 3.1: ssthresh is held while the same segment times out again.
    if (!repeated) {
      reduce(flightSize);
    }
    // RFC 9438 4.8
    window.set(window.smss());
    start = Start.AT_ORIGIN;
    inStage = false;
  }

  @Override
  public void onEcnEcho(int flightSize, long now) {
    // RFC 3168 6.1.2: it is cwnd that falls; more may be in flight than it holds now.
    int used = Math.min(flightSize, window.cwnd());
    reduce(used);
    // RFC 9438 4.6: down to one segment; ssthresh stays at two.
    window.set(decreased(used));
  }

  @Override
  public void onSpurious(long now) {
    Saved before = saved;
    if (window.restore() && before != null) {
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

  @Override
  public void onIdle() {
    if (window.onIdle()) {
      restartAtOrigin();
    }
  }

  @Override
  public void setWindow(int bytes) {
    window.set(bytes);
  }

  @Override
  public void takeOver(int cwnd, int ssthresh) {
    window.takeOver(cwnd, ssthresh);
    // As after slow start: the window is where it was found to be.
    cwndPrior = window.cwnd();
    start = Start.AT_ORIGIN;
  }

  @Override
  public void onSegmentSize(int bytes) {
    window.onSegmentSize(bytes);
    restartAtOrigin();
  }

  /** The window has moved otherwise than by the function: it begins anew where the window will be. */
  private void restartAtOrigin() {
    start = Start.AT_ORIGIN;
    inStage = false;
  }
}
