package io.reactorstack.tcp.recovery;

import org.jspecify.annotations.Nullable;

/**
 * The segments in the network, in the order of their last transmission: those not acknowledged, not reported as
 * received, and not waiting for retransmission. It saves RACK from walking through the window (RFC 8985 section 9.1).
 */
final class TransmissionOrder {

  private @Nullable SentSegment first;
  private @Nullable SentSegment last;

  @Nullable
  SentSegment first() {
    return first;
  }

  /** Adds {@code segment}, which was just sent, at the end. */
  void append(SentSegment segment) {
    insertAfter(last, segment);
  }

  /**
   * Adds {@code segment} behind {@code place}, with which it was sent, or at the front if {@code place} is
   * {@code null}.
   */
  void insertAfter(@Nullable SentSegment place, SentSegment segment) {
    SentSegment next = place == null ? first : place.later;
    segment.earlier = place;
    segment.later = next;
    segment.ordered = true;
    if (place == null) {
      first = segment;
    } else {
      place.later = segment;
    }
    if (next == null) {
      last = segment;
    } else {
      next.earlier = segment;
    }
  }

  void remove(SentSegment segment) {
    if (!segment.ordered) {
      return;
    }
    SentSegment before = segment.earlier;
    SentSegment after = segment.later;
    if (before == null) {
      first = after;
    } else {
      before.later = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.earlier = before;
    }
    segment.earlier = null;
    segment.later = null;
    segment.ordered = false;
  }
}
