package io.reactorstack.tcp.congestion;

import io.reactorstack.packet.SequenceNumber;

/**
 * HyStart++ (RFC 9406): ends the initial slow start when the round-trip time rises, before the bottleneck's queue
 * overflows. A rise first slows the growth down (conservative slow start, CSS); if the round-trip time falls again,
 * slow start resumes.
 */
public final class HyStart implements SlowStart {

  /** HyStart++ with the constants of RFC 9406 section 4.3. */
  public static final Factory FACTORY = HyStart::new;

  private static final long MIN_RTT_THRESH = 4_000_000;
  private static final long MAX_RTT_THRESH = 16_000_000;
  private static final int MIN_RTT_DIVISOR = 8;
  private static final int N_RTT_SAMPLE = 8;
  private static final int CSS_GROWTH_DIVISOR = 4;
  private static final int CSS_ROUNDS = 5;
  private static final int UNPACED_LIMIT = 8;
  private static final long INFINITE = Long.MAX_VALUE;

  private enum Phase {
    SLOW_START, CONSERVATIVE, FINISHED, ENDED
  }

  private final boolean paced;
  private Phase phase = Phase.SLOW_START;
  private Phase phaseBeforeEnd = Phase.SLOW_START;
  private boolean inRound;
  private int windowEnd;
  private long lastRoundMinRtt = INFINITE;
  private long currentRoundMinRtt = INFINITE;
  private int rttSampleCount;
  private long cssBaselineMinRtt = INFINITE;
  private int cssRounds;
  private int cssRemainder;

  HyStart(boolean paced) {
    this.paced = paced;
  }

  @Override
  public void onRoundTrip(int sndUna, int sndNxt, long rtt) {
    if (phase != Phase.SLOW_START && phase != Phase.CONSERVATIVE) {
      return;
    }
    if (!inRound) {
      inRound = true;
      windowEnd = sndNxt;
    }
    if (rtt >= 0) {
      currentRoundMinRtt = Math.min(currentRoundMinRtt, rtt);
      rttSampleCount++;
    }
    if (phase == Phase.SLOW_START) {
      watchForRise();
    } else {
      watchForFall();
    }
    // RFC 9406 4.2: a round ends when the data that was in flight at its beginning is acknowledged.
    if (SequenceNumber.afterOrAt(sndUna, windowEnd)) {
      nextRound();
      // With nothing in flight, the next round begins at the next acknowledgement, so that it includes the data sent
      // until then.
      inRound = sndUna != sndNxt;
      windowEnd = sndNxt;
    }
  }

  private void watchForRise() {
    if (rttSampleCount < N_RTT_SAMPLE || lastRoundMinRtt == INFINITE || currentRoundMinRtt == INFINITE) {
      return;
    }
    long thresh = Math.clamp(lastRoundMinRtt / MIN_RTT_DIVISOR, MIN_RTT_THRESH, MAX_RTT_THRESH);
    if (currentRoundMinRtt >= lastRoundMinRtt + thresh) {
      cssBaselineMinRtt = currentRoundMinRtt;
      cssRounds = 0;
      cssRemainder = 0;
      phase = Phase.CONSERVATIVE;
    }
  }

  private void watchForFall() {
    if (rttSampleCount >= N_RTT_SAMPLE && currentRoundMinRtt < cssBaselineMinRtt) {
      cssBaselineMinRtt = INFINITE;
      phase = Phase.SLOW_START;
    }
  }

  private void nextRound() {
    lastRoundMinRtt = currentRoundMinRtt;
    currentRoundMinRtt = INFINITE;
    rttSampleCount = 0;
    // RFC 9406 4.2: the round in which CSS began counts as a full one, even if little of it was left.
    if (phase == Phase.CONSERVATIVE && ++cssRounds >= CSS_ROUNDS) {
      phase = Phase.FINISHED;
    }
  }

  @Override
  public int increase(int bytes, int segmentSize) {
    return switch (phase) {
      case SLOW_START -> limited(bytes, segmentSize);
      case CONSERVATIVE -> {
        // Keep the remainder of the division: many small acknowledgements grow the window as much as a few large ones.
        int sum = limited(bytes, segmentSize) + cssRemainder;
        cssRemainder = sum % CSS_GROWTH_DIVISOR;
        yield sum / CSS_GROWTH_DIVISOR;
      }
      // RFC 9406 4.3: every later slow start is the traditional one, since ssthresh is known then.
      case FINISHED, ENDED -> ByteCounting.afterTheFirst(bytes, segmentSize);
    };
  }

  private int limited(int bytes, int segmentSize) {
    return paced ? bytes : Math.min(bytes, UNPACED_LIMIT * segmentSize);
  }

  @Override
  public boolean isFinished() {
    return phase == Phase.FINISHED;
  }

  @Override
  public void onEnd() {
    phaseBeforeEnd = phase;
    phase = Phase.ENDED;
  }

  @Override
  public void onSpurious() {
    if (phaseBeforeEnd == Phase.SLOW_START || phaseBeforeEnd == Phase.CONSERVATIVE) {
      phase = phaseBeforeEnd;
      inRound = false;
      currentRoundMinRtt = INFINITE;
      rttSampleCount = 0;
    }
  }
}
