package io.reactorstack.tcp.recovery;

import org.jspecify.annotations.Nullable;

/**
 * The segments on their way, in the order of their last transmission: those neither acknowledged, nor reported received, nor
 * waiting for a retransmission. It spares RACK the walk through the window (RFC 8985 section 9.1).
 */
final class TransmissionOrder {

  private @Nullable SentSegment first;
  private @Nullable SentSegment last;

  @Nullable
  SentSegment first() {
    return first;
  }

  /** {@code segment} was sent now. */
  void append(SentSegment segment) {
    insertAfter(last, segment);
  }

  /** {@code segment} was sent together with {@code place}, or before all others if that is {@code null}. */
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
