package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.InitialWindow;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

/**
 * A test driver for the author of a congestion control. It runs the control alone, without a stack, round by round, and
 * checks after every call the laws that every congestion control of the RFC 5681 family must obey. Each method acts
 * immediately on this object and returns it.
 *
 * <pre>{@code
 * new CongestionTrial(myFactory).roundTrip(ofMillis(50)).rounds(10).loss().rounds(100);
 * CongestionTrial.shake(myFactory, seed, 1000);
 * }</pre>
 *
 * <p>The sender always has data unless a method says otherwise. Each acknowledgement covers {@code segmentsPerAck}
 * segments and arrives one round trip after they were sent. A broken law throws an {@link AssertionError} that names
 * the law and the preceding steps:
 *
 * <ul>
 * <li>The window is at least one segment, the threshold at least two (RFC 5681 equation (4)).
 * <li>An acknowledgement opens the window by no more than it acknowledges (RFC 5681 section 3.1).
 * <li>A window of which less than half is used does not grow (RFC 7661).
 * <li>A loss lowers the threshold below the window. A timeout leaves a window of one segment, and a repeated timeout
 *     does not change the threshold. A congestion mark lowers the window, down to one segment (RFC 3168 section 6.1.2).
 * <li>A spurious reduction is undone, once (RFC 4015).
 * <li>Idle time does not open the window (RFC 5681 section 4.1).
 * </ul>
 */
public final class CongestionTrial {

  /** Upper limit of counts: larger ones would run for too long. */
  private static final int MOST = 1_000_000;

  private static final int STEPS_REMEMBERED = 20;

  private final CongestionControl control;
  private final int smss;
  private final TrialAck ack = new TrialAck();
  private final Deque<String> steps = new ArrayDeque<>();
  private long roundTrip = Duration.ofMillis(100).toNanos();
  private int segmentsPerAck = 2;
  private long now;
  private int sndUna;
  private int sndNxt;
  /** The window and the threshold before the last reduction; 0 if it cannot be undone. */
  private int windowBefore;
  private int thresholdBefore;

  /** Creates a trial with segments of 1460 bytes and an initial window of ten segments, not paced. */
  public CongestionTrial(CongestionControl.Factory factory) {
    this(factory, 1460, 10, false);
  }

  /**
   * Creates a trial with an initial window of {@code initialSegments}.
   *
   * @param paced as in {@link CongestionControl.Factory#create}
   */
  public CongestionTrial(CongestionControl.Factory factory, int segmentSize, int initialSegments, boolean paced) {
    Checks.given("factory", factory);
    this.smss = Checks.range("segmentSize", segmentSize, 1, 65535, "bytes");
    Checks.range("initialSegments", initialSegments, 1, 1000, "segments");
    this.control = factory.create(
        new CongestionControl.Start(segmentSize, InitialWindow.of(initialSegments, segmentSize), paced, 0));
    checkBounds();
  }

  // ---- the path

  /** Sets the round-trip time of later steps; the default is 100 ms. */
  public CongestionTrial roundTrip(Duration time) {
    roundTrip = Checks.range("roundTrip", time, Duration.ofNanos(1), Checks.LONGEST).toNanos();
    return note("round trip " + time);
  }

  /**
   * Sets the number of segments that each acknowledgement covers; the default is 2, as with delayed acknowledgements.
   */
  public CongestionTrial segmentsPerAck(int n) {
    segmentsPerAck = Checks.range("segmentsPerAck", n, 1, MOST, "segments");
    return note(n + " segments an acknowledgement");
  }

  // ---- events

  /** Runs a round trip in which everything arrives. */
  public CongestionTrial round() {
    return rounds(1);
  }

  /** Runs {@code n} round trips in which everything arrives. */
  public CongestionTrial rounds(int n) {
    note("rounds " + Checks.range("rounds", n, 0, MOST, "rounds"));
    for (int i = 0; i < n; i++) {
      send(Integer.MAX_VALUE);
      acknowledge(sndNxt, true);
    }
    return this;
  }

  /** Runs a round trip in which the application has only {@code segments} to send, starting with nothing in flight. */
  public CongestionTrial shortRound(int segments) {
    note("short round of " + Checks.range("shortRound", segments, 0, MOST, "segments"));
    drain();
    send(segments);
    int before = control.cwnd(); // the first data after a long pause may lower the window (RFC 7661 section 4.4.3)
    boolean unused = 2L * segments * smss <= before;
    acknowledge(sndNxt, false);
    check(!unused || control.cwnd() <= before, "a window that is not used must not grow");
    return this;
  }

  /** Loses a segment of a full window; duplicate acknowledgements reveal it, and it is repaired within a round trip. */
  public CongestionTrial loss() {
    note("loss");
    send(Integer.MAX_VALUE);
    remember();
    int flight = sndNxt - sndUna;
    control.onLoss(flight, now);
    checkReduced(flight);
    control.proposeWindow(control.slowStartThreshold());
    now += roundTrip;
    acknowledgeInRecovery();
    return this;
  }

  /** Lets the retransmission timer expire for a full window, none of which arrives before the retransmission. */
  public CongestionTrial timeout() {
    note("timeout");
    send(Integer.MAX_VALUE);
    remember();
    int flight = sndNxt - sndUna;
    now += Math.max(3 * roundTrip, 200_000_000L);
    control.onTimeout(flight, false, now);
    checkReduced(flight);
    check(control.cwnd() <= smss, "after a timeout the window is one segment (RFC 5681 section 3.1)");
    sndUna = sndNxt;
    return this;
  }

  /** Lets the timer expire once more for the same segment. */
  public CongestionTrial repeatedTimeout() {
    note("repeated timeout");
    int threshold = control.slowStartThreshold();
    now += Math.max(6 * roundTrip, 400_000_000L);
    control.onTimeout(Math.max(smss, sndNxt - sndUna), true, now);
    checkBounds();
    check(control.slowStartThreshold() == threshold, "a repeated timeout leaves the threshold (RFC 5681 section 3.1)");
    check(control.cwnd() <= smss, "after a timeout the window is one segment (RFC 5681 section 3.1)");
    return this;
  }

  /** Reports that the last reduction was spurious. */
  public CongestionTrial spurious() {
    note("spurious");
    control.onSpurious(now);
    checkBounds();
    check(control.cwnd() >= windowBefore && control.slowStartThreshold() >= thresholdBefore,
        "a spurious reduction is undone (RFC 4015)");
    int window = control.cwnd();
    control.proposeWindow(smss);
    control.onSpurious(now);
    check(control.cwnd() == smss, "a spurious reduction is undone only once");
    control.proposeWindow(window);
    windowBefore = 0;
    thresholdBefore = 0;
    return this;
  }

  /** Reports that the peer has echoed a congestion mark for a full window. */
  public CongestionTrial mark() {
    note("mark");
    send(Integer.MAX_VALUE);
    remember();
    int before = control.cwnd();
    int flight = sndNxt - sndUna;
    control.onEcnEcho(flight, now);
    checkReduced(flight);
    check(control.cwnd() < before || control.cwnd() == smss, "a mark lowers the window (RFC 3168 section 6.1.2)");
    acknowledgeInRecovery();
    return this;
  }

  /** Acknowledges everything and sends nothing for {@code time}; then the application has data again. */
  public CongestionTrial idle(Duration time) {
    note("idle " + Checks.zeroOrMore("idle", time));
    drain();
    int before = control.cwnd();
    now += time.toNanos();
    control.onIdle();
    checkBounds();
    check(control.cwnd() <= before, "idle time must not open the window (RFC 5681 section 4.1)");
    return this;
  }

  /**
   * Like {@link #idle}, but without the restart after idle time (RFC 7661): the control notices the pause only with the
   * next data.
   */
  public CongestionTrial pause(Duration time) {
    note("pause " + Checks.zeroOrMore("pause", time));
    drain();
    now += time.toNanos();
    return this;
  }

  // ---- state

  /** The congestion control under test. */
  public CongestionControl control() {
    return control;
  }

  /** The window in segments, rounded down. */
  public int segments() {
    return control.cwnd() / smss;
  }

  /** The threshold in segments, rounded down. */
  public int thresholdSegments() {
    return control.slowStartThreshold() / smss;
  }

  /** Time since the trial began. */
  public Duration now() {
    return Duration.ofNanos(now);
  }

  // ---- random steps

  /** Runs {@code count} random steps chosen by {@code seed}; a failure names the seed. */
  public static CongestionTrial shake(CongestionControl.Factory factory, long seed, int count) {
    Checks.range("count", count, 1, MOST, "steps");
    SplittableRandom random = new SplittableRandom(seed);
    CongestionTrial trial = new CongestionTrial(factory, 500 + random.nextInt(8500), 1 + random.nextInt(20),
        random.nextBoolean());
    try {
      for (int i = 0; i < count; i++) {
        trial.step(random);
      }
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
    return trial;
  }

  private void step(SplittableRandom random) {
    // Larger windows would only cost time.
    int kind = segments() > 500 ? 4 + random.nextInt(3) : random.nextInt(16);
    switch (kind) {
      case 0 -> roundTrip(Duration.ofNanos(1 + random.nextLong(1L << 10 + random.nextInt(20))));
      case 1 -> segmentsPerAck(1 + random.nextInt(5));
      case 2 -> shortRound(1 + random.nextInt(20));
      case 3 -> idle(Duration.ofMillis(random.nextInt(1000)));
      case 4 -> loss();
      case 5 -> timeout();
      case 6 -> mark();
      case 7 -> repeatedTimeout();
      case 8 -> spurious();
      case 9 -> pause(Duration.ofSeconds(random.nextInt(2000)));
      default -> round();
    }
  }

  // ---- the sender

  private void send(int segments) {
    int left = segments;
    while (left-- > 0 && (long) sndNxt - sndUna + smss <= control.cwnd()) {
      sndNxt += smss;
      control.onSent(smss, sndNxt - sndUna, sndNxt, now);
      checkBounds();
    }
  }

  /**
   * Acknowledges everything up to {@code end}, spread evenly over a round trip; if {@code clocked}, each
   * acknowledgement releases new data.
   */
  private void acknowledge(int end, boolean clocked) {
    long begin = now;
    int total = end - sndUna;
    int start = sndUna;
    while (sndUna != end) {
      int bytes = Math.min(segmentsPerAck * smss, end - sndUna);
      now = begin + (long) ((double) roundTrip * (sndUna - start + bytes) / total);
      acknowledge(bytes);
      if (clocked) {
        send(Integer.MAX_VALUE);
      }
    }
  }

  private void acknowledge(int bytes) {
    int before = control.cwnd();
    sndUna += bytes;
    acknowledged(bytes, true);
    check(control.cwnd() - before <= bytes, "an acknowledgement opens the window by no more than its bytes");
  }

  private void acknowledged(int bytes, boolean mayGrow) {
    control.onAck(ack.show(bytes, sndUna, sndNxt, mayGrow, roundTrip, now));
    checkBounds();
  }

  /** Acknowledges everything in flight, during recovery, in which the window does not grow. */
  private void acknowledgeInRecovery() {
    int bytes = sndNxt - sndUna;
    if (bytes > 0) {
      sndUna = sndNxt;
      acknowledged(bytes, false);
    }
  }

  private void drain() {
    if (sndUna != sndNxt) {
      acknowledge(sndNxt, false);
    }
  }

  // ---- laws

  private void remember() {
    windowBefore = control.cwnd();
    thresholdBefore = control.slowStartThreshold();
  }

  private void checkReduced(int flight) {
    checkBounds();
    check(control.slowStartThreshold() < flight || control.slowStartThreshold() <= 2 * smss,
        "congestion lowers the threshold below what was in flight");
  }

  private void checkBounds() {
    check(control.cwnd() >= smss, "the window is at least a segment");
    check(control.slowStartThreshold() >= 2 * smss, "the threshold is at least two segments (RFC 5681 equation (4))");
  }

  private void check(boolean holds, String law) {
    if (!holds) {
      throw new AssertionError(law + "; but window " + control.cwnd() + ", threshold " + control.slowStartThreshold()
          + ", segments of " + smss + " after " + String.join(", ", steps));
    }
  }

  private CongestionTrial note(String step) {
    steps.addLast(step);
    if (steps.size() > STEPS_REMEMBERED) {
      steps.removeFirst();
    }
    return this;
  }
}
