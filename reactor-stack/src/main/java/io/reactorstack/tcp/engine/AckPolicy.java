package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.recovery.RttEstimator;

/**
 * When an acknowledgement is sent (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2).
 *
 * <p>With the quick start that Linux has, the first segments of a connection, and of a burst after a pause, are acknowledged
 * one by one: their sender is in slow start and counts. That ends where answers follow requests so soon that they carry the
 * acknowledgement.
 */
final class AckPolicy {

  /** Several duplicates may be owed at a time; no honest window needs more of them. */
  static final int MAX_DUPLICATES = 64;

  /** A peer that only ever sends small segments is not acknowledged at every second of them. */
  private static final int LEAST_SEGMENT = 536;

  private static final int QUICK_SEGMENTS = 16;
  private static final int QUICK_AFTER_MARK = 2;
  private static final long NEVER = Long.MIN_VALUE;

  private final Deadlines deadlines;
  private final RttEstimator rtt;
  private final long delay;
  private final boolean quickStart;
  private final int segmentSize;
  private int fullSegment;
  private int lastSegment;
  private int unacknowledged;
  private boolean owed;
  private int duplicates;
  /** Acknowledgements that are still sent without a delay. */
  private int quick;
  /** Whether the application answers fast enough for its data to carry the acknowledgement. */
  private boolean interactive;
  private long lastDataAt = NEVER;

  /**
   * A policy for a connection.
   *
   * @param rtt tells how long a pause must be for the peer to begin anew
   * @param segmentSize the MSS that we announced
   */
  AckPolicy(Deadlines deadlines, TcpSettings settings, RttEstimator rtt, int segmentSize) {
    this.deadlines = deadlines;
    this.rtt = rtt;
    this.segmentSize = segmentSize;
    this.delay = settings.timers().delayedAck().toNanos();
    this.quickStart = settings.timers().quickAck();
    this.fullSegment = Math.min(LEAST_SEGMENT, segmentSize);
  }

  /**
   * In-order data arrived: every second full-sized segment is acknowledged at once, the others a little later.
   *
   * @param push whether the segment ended what its sender had, so that its size tells nothing
   */
  void onInOrder(int bytes, boolean push, long now) {
    measure(bytes, push);
    unacknowledged += bytes;
    if (quickStart && (lastDataAt == NEVER || now - lastDataAt > rtt.rto())) {
      quick = QUICK_SEGMENTS;
    }
    lastDataAt = now;
    // With quick start as Linux has it: at the first octet that a full-sized segment did not take.
    boolean enough = quickStart ? unacknowledged > fullSegment : unacknowledged >= 2 * fullSegment;
    if (enough || isQuick()) {
      owed = true;
    } else if (!owed && !deadlines.isSet(Kind.DELAYED_ACK)) {
      deadlines.set(Kind.DELAYED_ACK, now + delay);
    }
  }

  /** RFC 5681 4.2: the size of the peer's full segments is seen, not known; it grows at once and falls on evidence. */
  private void measure(int bytes, boolean push) {
    int size = Math.min(bytes, segmentSize);
    if (size >= fullSegment || !push && size == lastSegment && size >= SegmentSize.LEAST_PEER_MSS) {
      fullSegment = size;
    }
    lastSegment = push ? 0 : size;
  }

  private boolean isQuick() {
    return quick > 0 && !interactive;
  }

  /** A segment above a gap, or one that came before: the sender counts the duplicates, so each is answered on its own. */
  void onOutOfOrder() {
    duplicates = Math.min(duplicates + 1, MAX_DUPLICATES);
  }

  /** A segment came before: its sender has missed an acknowledgement, and needs the next ones at once. */
  void onRepeated() {
    if (quickStart) {
      quick = QUICK_SEGMENTS;
      interactive = false;
    }
  }

  /** An acknowledgement is due at once; a gap was filled, a FIN arrived. */
  void onDue() {
    owed = true;
  }

  /** The delay is over: the application did not answer in time. */
  void onTimeout() {
    owed = true;
    interactive = false;
  }

  /** The network marks: the sender should learn of it soon. */
  void onCongestion() {
    if (quickStart) {
      quick = Math.max(quick, QUICK_AFTER_MARK);
      interactive = false;
    }
  }

  /** The user wants the next acknowledgements at once, or with data of his. */
  void quickAck(boolean on) {
    interactive = !on;
    if (on) {
      quick = QUICK_SEGMENTS;
      owed |= deadlines.isSet(Kind.DELAYED_ACK);
    }
  }

  /** The stream has moved on: acknowledgements of its former end would say nothing new. */
  void onAdvanced() {
    if (duplicates > 0) {
      duplicates = 0;
      owed = true;
    }
  }

  /** Whether a segment without data must be sent, because one with data would not count as a duplicate. */
  boolean isDuplicateDue() {
    return duplicates > 0;
  }

  /** The size of the peer's full segments, as far as they were seen. */
  int receiveMss() {
    return fullSegment;
  }

  boolean isDue() {
    return owed || duplicates > 0;
  }

  /** Whether something waits for its acknowledgement, be it due or delayed. */
  boolean isPending() {
    return isDue() || unacknowledged > 0;
  }

  /** A segment with the newest acknowledgement goes out; one that is not {@code pure} has data or a FIN. */
  void onSent(boolean pure, long now) {
    if (pure && duplicates > 0) {
      duplicates--;
    }
    if (!pure && lastDataAt != NEVER && now - lastDataAt < delay) {
      interactive = true;
    }
    if (quick > 0 && unacknowledged > 0) {
      quick--;
    }
    owed = false;
    unacknowledged = 0;
    deadlines.clear(Kind.DELAYED_ACK);
  }
}
