package io.reactorstack.tcp;

import io.reactorstack.icmp.IcmpError;
import io.reactorstack.layer.TimerGroup;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.engine.TimeWait;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;

/**
 * A connection in TIME-WAIT that has nothing more to send or to read. It takes the place of its {@link TcpSocket} in the
 * flow table, so that the stage no longer holds the socket, its engine and its watcher.
 */
final class TimeWaitRecord extends FlowEntry implements Runnable {

  private final TcpStage stage;
  private final TimeWait rest;
  private final Timers.Timer timer;

  /** Creates the record and starts its timer. */
  TimeWaitRecord(TcpStage stage, TimeWait rest, TimerGroup timers) {
    this.stage = stage;
    this.rest = rest;
    timer = timers.timer(this);
    timer.set(rest.deadline());
  }

  @Override
  FourTuple flow() {
    return rest.flow();
  }

  /** The numbers of the connection. */
  TimeWait rest() {
    return rest;
  }

  @Override
  void onArrival(TcpSegment segment) {
    if (SegmentInput.reopens(this, stage, segment)) {
      return;
    }
    long now = stage.turn().now();
    stage.meters().onConsumedByConnection();
    try {
      if (!rest.onSegment(segment, now)) {
        stage.meters().onDiscarded(1);
      }
    } finally {
      segment.release();
    }
    timer.set(rest.deadline());
    stage.replies().acknowledge(rest, now);
  }

  @Override
  void onIcmpError(IcmpError error) {
    // RFC 5927 4.1: nothing is in flight, so no error can be about a segment of this connection.
  }

  @Override
  boolean givesWay() {
    return rest.givesWay(stage.turn().now());
  }

  @Override
  boolean givesWayTo(TcpSegment syn) {
    return rest.givesWayTo(syn);
  }

  @Override
  int replace() {
    int iss = SequenceNumber.later(stage.initialSequenceNumber(flow()), rest.sndNxt() + 1);
    cutOff();
    return iss;
  }

  @Override
  void cutOff() {
    if (!rest.isOver()) {
      rest.end();
      timer.cancel();
      stage.forget(this);
    }
  }

  /** Called when TIME-WAIT has lasted 2 MSL. */
  @Override
  public void run() {
    cutOff();
  }
}
