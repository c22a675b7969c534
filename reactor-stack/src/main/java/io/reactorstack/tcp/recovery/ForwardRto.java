package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;

/**
 * Was the retransmission timeout spurious? After it the sender first tries new data; acknowledgements of what was sent before the
 * timeout then tell (RFC 5682: section 2.1, and 3.1 with SACK).
 */
final class ForwardRto {

  /** What an acknowledgement means for the question. */
  enum Verdict {
    /** Nothing yet, or the question does not arise. */
    NONE,
    /** Step 2b: up to two segments of new data are to be sent instead of retransmissions. */
    TRY_NEW_DATA,
    /** The loss is taken for real: conventional recovery. */
    REAL,
    /** Nothing was lost. */
    SPURIOUS
  }

  private enum Step {
    OFF,
    /** Step 2: waiting for the acknowledgement of the retransmission. */
    FIRST,
    /** Step 3: waiting for the next one, after new data. */
    SECOND
  }

  private final boolean sack;
  private Step step = Step.OFF;
  private int recover;
  private int retransmissionEnd;

  ForwardRto(boolean sack) {
    this.sack = sack;
  }

  /** Step 1: the timer expired, the segment that ends at {@code retransmissionEnd} is sent again. */
  void begin(int recover, int retransmissionEnd) {
    this.step = Step.FIRST;
    this.recover = recover;
    this.retransmissionEnd = retransmissionEnd;
  }

  void stop() {
    step = Step.OFF;
  }

  /** Whether retransmissions other than the first wait for the answer. */
  boolean isActive() {
    return step != Step.OFF;
  }

  Verdict onAck(AckReport ack) {
    return switch (step) {
      case OFF -> Verdict.NONE;
      case FIRST -> onFirst(ack);
      case SECOND -> onSecond(ack);
    };
  }

  private Verdict onFirst(AckReport ack) {
    int una = ack.sndUna();
    if (!ack.isAdvance()) {
      // Without SACK a duplicate ends it (2a); with SACK the scoreboard was told and the waiting goes on.
      return ack.isDuplicate() && !sack ? end(Verdict.REAL) : Verdict.NONE;
    }
    if (SequenceNumber.afterOrAt(una, recover) || SequenceNumber.before(una, retransmissionEnd)) {
      return end(Verdict.REAL);
    }
    if (!ack.isNewDataReady()) {
      return end(Verdict.REAL);
    }
    step = Step.SECOND;
    return Verdict.TRY_NEW_DATA;
  }

  private Verdict onSecond(AckReport ack) {
    if (sack) {
      if (!ack.isDelivery()) {
        // 3a wants an acknowledgement; a mere window update or segment with data is none.
        return ack.isDuplicate() ? end(Verdict.REAL) : Verdict.NONE;
      }
      boolean above = SequenceNumber.after(ack.sndUna(), recover)
          || ack.isSackNews() && SequenceNumber.after(ack.highestDelivered(), recover);
      return end(!above && ack.isOriginalDelivered() ? Verdict.SPURIOUS : Verdict.REAL);
    }
    if (ack.isAdvance()) {
      return end(Verdict.SPURIOUS);
    }
    return ack.isDuplicate() ? end(Verdict.REAL) : Verdict.NONE;
  }

  private Verdict end(Verdict verdict) {
    step = Step.OFF;
    return verdict;
  }
}
