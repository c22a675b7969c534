package io.reactorstack.multicast;

import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.wire.GroupMessage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Connects a {@link Reporter} to the loop's clock, a timer and the egress of its interface. */
final class Speaker {

  private final LoopTurn turn;
  private final Reporter reporter;
  private final Function<GroupMessage.Statement, OutboundPacket> encode;
  private final Egress.Outlet<OutboundPacket> outlet;
  private final Timers.Timer timer;

  Speaker(LoopTurn turn, Egress<OutboundPacket> egress, Reporter reporter,
      Function<GroupMessage.Statement, OutboundPacket> encode) {
    this.turn = turn;
    this.reporter = reporter;
    this.encode = encode;
    this.outlet = egress.open(this::poll);
    this.timer = turn.timer(outlet::ready);
  }

  /** The reporter. After each input to it, call {@link #told}. */
  Reporter reporter() {
    return reporter;
  }

  /** Schedules the reporter's next message: marks the outlet ready if it is due, otherwise sets the timer. */
  void told() {
    long next = reporter.nextDeadline();
    if (next <= turn.now()) {
      timer.cancel();
      outlet.ready();
    } else {
      timer.set(next);
    }
  }

  private @Nullable OutboundPacket poll() {
    GroupMessage.Statement message = reporter.poll(turn.now());
    if (message == null) {
      told();
      return null;
    }
    return encode.apply(message);
  }

  void close() {
    timer.cancel();
    outlet.close();
  }
}
