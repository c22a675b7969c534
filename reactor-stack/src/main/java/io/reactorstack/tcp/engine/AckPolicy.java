package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.recovery.RttEstimator;

/**
 * Decides when an acknowledgement is sent (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2).
 *
 * <p>With quick start, as in Linux, the first segments of a connection and of a burst after a pause are acknowledged
 * one by one, because their sender is in slow start and counts acknowledgements. This stops when the application
 * answers so fast that its data carries the acknowledgements.
 */
final class AckPolicy {

  /** Upper limit on the duplicate acknowledgements owed at a time; no honest window needs more. */
  static final int MAX_DUPLICATES = 64;

  /**
   * Initial estimate of the peer's full segment size, in bytes. It keeps a peer that sends only small segments from
   * getting an acknowledgement for every second one.
   */
  private static final int INITIAL_SEGMENT = 536;

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
  /** The number of acknowledgements still to be sent without delay. */
  private int quick;
  /** True if the application answers so fast that its data carries the acknowledgements. */
  private boolean interactive;
  private long lastDataAt = NEVER;

  /**
   * Creates the policy of a connection.
   *
   * @param rtt supplies the RTO: a pause of more than that starts a new burst of the peer
   * @param segmentSize the MSS that we announced, in bytes
   */
  AckPolicy(Deadlines deadlines, TcpSettings settings, RttEstimator rtt, int segmentSize) {
    this.deadlines = deadlines;
    this.rtt = rtt;
    this.segmentSize = segmentSize;
    this.delay = settings.timers().delayedAck().toNanos();
    this.quickStart = settings.timers().quickAck();
    this.fullSegment = Math.min(INITIAL_SEGMENT, segmentSize);
  }

  /**
   * Notes in-order data. Every second full-sized segment is acknowledged immediately, other segments after a delay.
   *
   * @param size the octets of each segment that {@code bytes} were merged from, or of the only one
   * @param push whether the segment has PSH: it ends a write of its sender, so its size is no evidence of a full
   *   segment
   */
  void onInOrder(int bytes, int size, boolean push, long now) {
    // Of several segments that were merged, only the last one can have PSH.
    measure(size, push && bytes <= size);
    unacknowledged += bytes;
    if (quickStart && (lastDataAt == NEVER || now - lastDataAt > rtt.rto())) {
      quick = QUICK_SEGMENTS;
    }
    lastDataAt = now;
    // Quick start, as in Linux, acknowledges at the first octet beyond one full-sized segment.
    boolean enough = quickStart ? unacknowledged > fullSegment : unacknowledged >= 2 * fullSegment;
    if (enough || isQuick()) {
      owed = true;
    } else if (!owed && !deadlines.isSet(Kind.DELAYED_ACK)) {
      deadlines.set(Kind.DELAYED_ACK, now + delay);
    }
  }

  /**
   * Updates the estimate of the peer's full segment size, which is observed and not negotiated (RFC 5681 4.2): it grows
   * immediately, and shrinks after two equal segments without PSH.
   */
  private void measure(int octets, boolean push) {
    int size = Math.min(octets, segmentSize);
    if (size >= fullSegment || !push && size == lastSegment && size >= SegmentSize.MIN_PEER_MSS) {
      fullSegment = size;
    }
    lastSegment = push ? 0 : size;
  }

  private boolean isQuick() {
    return quick > 0 && !interactive;
  }

  /**
   * Notes {@code segments} above a gap, or duplicates. Each one is acknowledged on its own, because the sender counts
   * duplicate acknowledgements.
   */
  void onOutOfOrder(int segments) {
    duplicates = Math.min(duplicates + segments, MAX_DUPLICATES);
  }

  /**
   * Restarts quick acknowledgements after a segment that was received before: its sender has missed an acknowledgement
   * and needs the next ones without delay.
   */
  void onRepeated() {
    if (quickStart) {
      quick = QUICK_SEGMENTS;
      interactive = false;
    }
  }

  /** Requires an immediate acknowledgement, for example because a gap was filled or a FIN arrived. */
  void onDue() {
    owed = true;
  }

  /** Handles the expiry of the delay: the application did not answer in time. */
  void onTimeout() {
    owed = true;
    interactive = false;
  }

  /** Reacts to a congestion mark of the network: its echo should reach the sender soon. */
  void onCongestion() {
    if (quickStart) {
      quick = Math.max(quick, QUICK_AFTER_MARK);
      interactive = false;
    }
  }

  /** Sends the next acknowledgements immediately ({@code true}), or lets them wait for data of the user. */
  void quickAck(boolean on) {
    interactive = !on;
    if (on) {
      quick = QUICK_SEGMENTS;
      owed |= deadlines.isSet(Kind.DELAYED_ACK);
    }
  }

  /**
   * Replaces all duplicates that are owed by one acknowledgement: RCV.NXT has advanced, so duplicates of the former
   * value would be useless.
   */
  void onAdvanced() {
    if (duplicates > 0) {
      duplicates = 0;
      owed = true;
    }
  }

  /**
   * Returns whether a segment without data must be sent: one with data would not count as a duplicate acknowledgement.
   */
  boolean isDuplicateDue() {
    return duplicates > 0;
  }

  /** The observed size of the peer's full segments, in bytes. */
  int receiveMss() {
    return fullSegment;
  }

  boolean isDue() {
    return owed || duplicates > 0;
  }

  /** Returns whether an acknowledgement is due or delayed. */
  boolean isPending() {
    return isDue() || unacknowledged > 0;
  }

  /** Notes that a segment with the newest acknowledgement is sent; one that is not {@code pure} has data or a FIN. */
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
