package io.reactorstack.tcp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.Timers;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a connection's engine going: hands its segments to the egress as the device has room for them, and calls it when its
 * deadline has come.
 */
final class EngineDrive implements Originator {

  private final TcpSocket socket;
  private final TcpEngine engine;
  private final LoopTurn turn;
  private final Destination way;
  private final TcpMeters meters;
  private final Egress.Outlet<OutboundPacket> outlet;
  private final Timers.Timer timer;
  private boolean ended;

  EngineDrive(TcpSocket socket, TcpEngine engine, LoopTurn turn, Destination way, TcpMeters meters) {
    this.meters = meters;
    this.socket = socket;
    this.engine = engine;
    this.turn = turn;
    this.way = way;
    outlet = Egress.open(way, this::poll);
    timer = turn.timer(this::onTimer);
  }

  /** Something has been done to the engine: it may have something to send, or wait for another time. */
  void look() {
    outlet.ready();
    if (engine.state() != TcpState.CLOSED) {
      rearm();
    }
  }

  /** The way to the peer may lead through another interface: segments that wait for the old one's device wait there now. */
  void follow() {
    outlet.follow();
  }

  /** A segment could not leave this host. The egress is in the middle of polling: the connection hears of it in the next turn. */
  @Override
  public void onRejected(Rejection rejection) {
    turn.dirty(() -> socket.onRejected(rejection));
  }

  /** The connection is closed: no deadline counts any more, but a last RST may still wait for device credit. */
  void end() {
    ended = true;
    timer.cancel();
  }

  /**
   * The timer is only ever moved forward in time; one that fires too early finds nothing due and is set again. So the
   * usual case, a deadline put off by each segment, costs nothing.
   */
  private void rearm() {
    long next = engine.nextDeadline();
    if (next < timer.deadline()) {
      timer.set(next);
    }
  }

  private void onTimer() {
    long now = turn.now();
    if (engine.nextDeadline() > now) {
      rearm();
      return;
    }
    try {
      engine.onTimeout(now);
      socket.settle(true);
    } catch (Throwable e) {
      socket.fault(e);
    }
  }

  /** Called by the egress when the device has room. */
  private @Nullable OutboundPacket poll() {
    try {
      return next();
    } catch (Throwable e) {
      if (ended) {
        // Not even the last segment can be built: the peer finds out by itself.
        outlet.close();
        socket.onSilent();
      }
      socket.fault(e);
      return null;
    }
  }

  private @Nullable OutboundPacket next() {
    TcpSegment segment = engine.poll(turn.now());
    if (!ended) {
      // A segment that is not sent now may wait for a time of its own.
      rearm();
    } else if (segment == null) {
      outlet.close();
      socket.onSilent();
    }
    if (segment == null) {
      return null;
    }
    meters.onSent(segment);
    return TcpPackets.encode(segment, way, engine.packetFields(), this);
  }
}
