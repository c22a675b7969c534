package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;

/**
 * Was the retransmission timeout spurious? After it the sender first tries new data; acknowledgements of what was sent before the
 * timeout then tell (RFC 5682: section 2.1, and 3.1 with SACK).
 */
final class ForwardRto {

  private enum Step {
    OFF,
    /** Step 2: waiting for the acknowledgement of the retransmission. */
    FIRST,
    /** Step 3: waiting for the next one, after new data. */
    SECOND
  }

  private final boolean on;
  private final boolean sack;
  private final CongestionControl congestion;
  private Step step = Step.OFF;
  private int recover;
  private int retransmissionEnd;
  private int newDataFirst;

  /** {@code on} tells whether timeouts are examined at all. */
  ForwardRto(boolean on, boolean sack, CongestionControl congestion) {
    this.on = on;
    this.sack = sack;
    this.congestion = congestion;
  }

  /**
   * Step 1: the timer expired, the segment that ends at {@code retransmissionEnd} is sent again.
   *
   * @param repairing whether losses were being repaired already: then the question does not arise
   */
  void begin(int recover, int retransmissionEnd, boolean repairing) {
    this.step = on && !repairing ? Step.FIRST : Step.OFF;
    this.recover = recover;
    this.retransmissionEnd = retransmissionEnd;
    this.newDataFirst = 0;
  }

  void stop() {
    step = Step.OFF;
    newDataFirst = 0;
  }

  /** {@code bytes} of new data were sent. */
  void onSent(int bytes) {
    newDataFirst = Math.max(0, newDataFirst - bytes);
  }

  /** Step 2b: bytes of new data to be sent instead of retransmissions. */
  int newDataFirst() {
    return newDataFirst;
  }

  /** Whether retransmissions other than the first wait for the answer. */
  boolean isActive() {
    return step != Step.OFF;
  }

  /** An acknowledgement after the timeout; returns whether it shows that nothing was lost. */
  boolean onAck(AckReport ack) {
    return switch (step) {
      case OFF -> false;
      case FIRST -> {
        onFirst(ack);
        yield false;
      }
      case SECOND -> onSecond(ack);
    };
  }

  private void onFirst(AckReport ack) {
    int una = ack.sndUna();
    if (!ack.isAdvance()) {
      // Without SACK a duplicate ends it (2a); with SACK the scoreboard was told and the waiting goes on.
      if (ack.isDuplicate() && !sack) {
        onLoss();
      }
    } else if (SequenceNumber.afterOrAt(una, recover) || SequenceNumber.before(una, retransmissionEnd)) {
      onLoss();
    } else if (!ack.isNewDataReady()) {
      onLoss();
    } else {
      step = Step.SECOND;
      newDataFirst = 2 * congestion.segmentSize();
    }
  }

  private boolean onSecond(AckReport ack) {
    // With SACK step 3a wants an acknowledgement; a mere window update or segment with data is none.
    if (sack ? ack.isDelivery() : ack.isAdvance()) {
      boolean spurious = !sack || isOnlyOldDelivered(ack);
      if (spurious) {
        stop();
      } else {
        onLoss();
      }
      return spurious;
    }
    if (ack.isDuplicate()) {
      onLoss();
    }
    return false;
  }

  /** With SACK: whether something that was sent before the timeout has arrived, and nothing that was sent after it. */
  private boolean isOnlyOldDelivered(AckReport ack) {
    boolean above = SequenceNumber.after(ack.sndUna(), recover)
        || ack.isSackNews() && SequenceNumber.after(ack.highestDelivered(), recover);
    return !above && ack.isOriginalDelivered();
  }

  /** The loss is taken for real: conventional recovery (2a, 3a). */
  private void onLoss() {
    stop();
    congestion.proposeWindow(Math.min(congestion.cwnd(), 3 * congestion.segmentSize()));
  }
}
