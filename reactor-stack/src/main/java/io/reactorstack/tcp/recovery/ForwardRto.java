package io.reactorstack.tcp.recovery;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;

/**
 * Forward RTO-Recovery (F-RTO): determines whether a retransmission timeout was spurious. After the timeout the sender
 * first sends new data; acknowledgements of data sent before the timeout then show that nothing was lost (RFC 5682
 * section 2.1, and section 3.1 with SACK).
 */
final class ForwardRto {

  private enum Step {
    OFF,
    /** Step 2: wait for the acknowledgement of the retransmission. */
    FIRST,
    /** Step 3: wait for the next acknowledgement, after new data. */
    SECOND
  }

  private final boolean on;
  private final boolean sack;
  private final CongestionControl congestion;
  private Step step = Step.OFF;
  private int recover;
  private int retransmissionEnd;
  private int newDataFirst;

  /** Creates the algorithm; {@code on} is false if timeouts are never examined. */
  ForwardRto(boolean on, boolean sack, CongestionControl congestion) {
    this.on = on;
    this.sack = sack;
    this.congestion = congestion;
  }

  /**
   * Step 1: starts after the timer has expired. The segment that ends at {@code retransmissionEnd} is sent again.
   *
   * @param recover SND.NXT at the timeout
   * @param repairing whether losses were being repaired already; the timeout is not examined then
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

  /** Notes that {@code bytes} of new data were sent. */
  void onSent(int bytes) {
    newDataFirst = Math.max(0, newDataFirst - bytes);
  }

  /** Step 2b: the number of bytes of new data to send instead of retransmissions. */
  int newDataFirst() {
    return newDataFirst;
  }

  /** Returns whether retransmissions other than the first must wait for the result. */
  boolean isActive() {
    return step != Step.OFF;
  }

  /** Processes an acknowledgement after the timeout; returns whether it shows that the timeout was spurious. */
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
      // Without SACK, a duplicate ends the algorithm (2a). With SACK, the scoreboard has been updated and the algorithm
      // waits on.
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
    // With SACK, step 3a requires an acknowledgement of something; a window update or a segment with data does not
    // count.
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

  /** With SACK: returns whether data sent before the timeout has arrived, and none that was sent after it. */
  private boolean isOnlyOldDelivered(AckReport ack) {
    boolean above = SequenceNumber.after(ack.sndUna(), recover)
        || ack.isSackNews() && SequenceNumber.after(ack.highestDelivered(), recover);
    return !above && ack.isOriginalDelivered();
  }

  /** Treats the loss as real: conventional recovery continues (2a, 3a). */
  private void onLoss() {
    stop();
    congestion.proposeWindow(Math.min(congestion.cwnd(), 3 * congestion.segmentSize()));
  }
}
