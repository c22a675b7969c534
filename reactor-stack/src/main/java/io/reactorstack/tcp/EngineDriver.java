package io.reactorstack.tcp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Offload;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * Drives a connection's engine: hands its segments to the egress when the device has credit, and calls the engine when
 * its deadline has come.
 */
final class EngineDriver implements Originator, Egress.Source<OutboundPacket>, Runnable {

  private final TcpSocket socket;
  private final Destination route;
  private final Egress.Outlet<OutboundPacket> outlet;
  private final Timers.Timer timer;
  private Offload offload = Offload.NONE;
  private boolean ended;
  /** True if the engine has nothing more to send after the segment that it has returned last. */
  private boolean exhausted;

  EngineDriver(TcpSocket socket, Destination route) {
    this.socket = socket;
    this.route = route;
    outlet = Egress.open(route, this);
    timer = socket.turn.timer(this);
  }

  /** Called after the engine's inputs and commands: it may have a segment to send, or another deadline. */
  void look() {
    outlet.ready();
    if (!ended) {
      rearm();
    }
  }

  /** Called when routes have changed: moves the outlet to the egress of the interface that now leads to the peer. */
  void follow() {
    outlet.follow();
  }

  /**
   * Called when a segment could not leave this host. The egress is polling at this moment, so the connection is
   * notified by the turn.
   */
  @Override
  public void onRejected(Rejection rejection) {
    socket.turn.dirty(() -> socket.onRejected(rejection));
  }

  /**
   * Called when the connection is closed: cancels the timer. The outlet remains open: a last RST may wait for device
   * credit.
   */
  void end() {
    ended = true;
    timer.cancel();
  }

  /** Called when something else has taken the place of the connection: nothing is sent from here any more. */
  void retire() {
    end();
    outlet.close();
  }

  /**
   * Sets the timer if the engine's deadline is earlier than the timer's. A deadline that has moved to a later time
   * leaves the timer as it is: it fires too early, finds nothing due and is set again. So the usual case, in which each
   * segment postpones the deadline, costs nothing.
   */
  private void rearm() {
    long next = socket.engine.nextDeadline();
    if (next < timer.deadline()) {
      timer.set(next);
    }
  }

  /** Called when the timer has expired. */
  @Override
  public void run() {
    long now = socket.turn.now();
    if (socket.engine.nextDeadline() > now) {
      rearm();
      return;
    }
    try {
      socket.engine.onTimeout(now);
      socket.settle(true);
    } catch (Throwable e) {
      socket.fault(e);
    }
  }

  /** Called when the device has credit. */
  @Override
  public @Nullable OutboundPacket poll() {
    try {
      return next();
    } catch (Throwable e) {
      if (ended) {
        // Even the last segment cannot be built; the peer must detect the end by its own timers.
        outlet.close();
        socket.onSilent();
      }
      socket.fault(e);
      return null;
    }
  }

  private @Nullable OutboundPacket next() {
    Offload now = route.offload();
    if (!now.equals(offload)) {
      offload = now;
      socket.engine.offload(now);
    }
    TcpSegment segment = socket.engine.poll(socket.turn.now());
    if (!ended) {
      // The engine may hold a segment back until a deadline that has just been set.
      rearm();
      if (segment == null) {
        socket.onIdle();
      }
    } else if (segment == null) {
      outlet.close();
      socket.onSilent();
    }
    if (segment == null) {
      return null;
    }
    exhausted = !ended && socket.engine.isExhausted();
    socket.stage().meters().onSent(segment);
    OutboundPacket packet = TcpPackets.encode(segment, route, socket.engine.packetFields(), this);
    if (exhausted) {
      socket.onIdle();
    }
    return packet;
  }

  @Override
  public boolean mayHaveMore() {
    return !exhausted;
  }
}
