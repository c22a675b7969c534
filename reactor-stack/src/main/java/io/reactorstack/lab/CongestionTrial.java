package io.reactorstack.lab;

import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.InitialWindow;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;

/**
 * Drives a congestion control alone, round by round, and checks after every call what every congestion control of the family of
 * RFC 5681 must keep to. Each method acts at once on this object, and returns it. For the authors of one:
 *
 * <pre>{@code
 * new CongestionTrial(myFactory).roundTrip(ofMillis(50)).rounds(10).loss().rounds(100);
 * CongestionTrial.shake(myFactory, seed, 1000);
 * }</pre>
 *
 * <p>The sender always has data unless a method says otherwise; every {@code segmentsPerAck} segments are acknowledged, a
 * round trip after they were sent. A broken law is an {@link AssertionError} that tells which, and what was done before:
 *
 * <ul>
 *   <li>the window is at least one segment, the threshold at least two (RFC 5681 equation (4));
 *   <li>an acknowledgement opens the window by no more than it acknowledges (RFC 5681 section 3.1);
 *   <li>a window of which less than half is used does not grow (RFC 7661);
 *   <li>a loss lowers the threshold below the window; a timeout leaves one segment, and one that repeats itself leaves the
 *       threshold alone; a mark lowers the window down to one segment (RFC 3168 section 6.1.2);
 *   <li>what was spurious is taken back, once (RFC 4015);
 *   <li>idle time does not open the window (RFC 5681 section 4.1).
 * </ul>
 */
public final class CongestionTrial {

  /** More takes longer than anybody waits. */
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
  /** The window and the threshold before the last reduction, if it may still be taken back. */
  private int windowBefore;
  private int thresholdBefore;

  /** One with segments of 1460 bytes, ten at the beginning, not paced. */
  public CongestionTrial(CongestionControl.Factory factory) {
    this(factory, 1460, 10, false);
  }

  /**
   * One with an initial window of {@code initialSegments}.
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

  /** The round-trip time from now on; 100 ms at the beginning. */
  public CongestionTrial roundTrip(Duration time) {
    roundTrip = Checks.range("roundTrip", time, Duration.ofNanos(1), Checks.LONGEST).toNanos();
    return note("round trip " + time);
  }

  /** How many segments the receiver acknowledges at a time; 2 at the beginning, as with delayed acknowledgements. */
  public CongestionTrial segmentsPerAck(int n) {
    segmentsPerAck = Checks.range("segmentsPerAck", n, 1, MOST, "segments");
    return note(n + " segments an acknowledgement");
  }

  // ---- what happens

  /** A round trip in which everything arrives. */
  public CongestionTrial round() {
    return rounds(1);
  }

  /** {@code n} of them. */
  public CongestionTrial rounds(int n) {
    note("rounds " + Checks.range("rounds", n, 0, MOST, "rounds"));
    for (int i = 0; i < n; i++) {
      send(Integer.MAX_VALUE);
      acknowledge(sndNxt, true);
    }
    return this;
  }

  /** A round trip in which the application has only {@code segments} to send, beginning with nothing in flight. */
  public CongestionTrial shortRound(int segments) {
    note("short round of " + Checks.range("shortRound", segments, 0, MOST, "segments"));
    drain();
    int before = control.cwnd();
    boolean unused = 2L * segments * smss <= before;
    send(segments);
    acknowledge(sndNxt, false);
    check(!unused || control.cwnd() <= before, "a window that is not used must not grow");
    return this;
  }

  /** A loss in a full window is detected by duplicates, and repaired within a round trip. */
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

  /** The retransmission timer expires for a full window, nothing of which arrives before it is sent again. */
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

  /** The timer expires once more for the same segment. */
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

  /** The last reduction turns out to have been unfounded. */
  public CongestionTrial spurious() {
    note("spurious");
    control.onSpurious(now);
    checkBounds();
    check(control.cwnd() >= windowBefore && control.slowStartThreshold() >= thresholdBefore,
        "what was spurious is taken back (RFC 4015)");
    int window = control.cwnd();
    control.proposeWindow(smss);
    control.onSpurious(now);
    check(control.cwnd() == smss, "what was spurious is taken back once");
    control.proposeWindow(window);
    windowBefore = 0;
    thresholdBefore = 0;
    return this;
  }

  /** The peer tells of a congestion mark on a full window. */
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

  /** Everything is acknowledged and nothing is sent for {@code time}; then the application has data again. */
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

  /** As {@link #idle}, where the sender does not restart (RFC 7661): only the next data tells that time has passed. */
  public CongestionTrial pause(Duration time) {
    note("pause " + Checks.zeroOrMore("pause", time));
    drain();
    now += time.toNanos();
    return this;
  }

  // ---- questions

  /** The algorithm's state. */
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

  /** Time since the beginning. */
  public Duration now() {
    return Duration.ofNanos(now);
  }

  // ---- anything at all

  /** {@code count} random steps chosen by {@code seed}; a failure tells the seed. */
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
    // Larger windows would only take time.
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

  /** Acknowledgements up to {@code end}, evenly in a round trip, each of which lets new data out if {@code clocked}. */
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

  /** Recovery, during which the window does not grow, acknowledges what was in flight. */
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
