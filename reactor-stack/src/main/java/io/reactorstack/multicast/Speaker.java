package io.reactorstack.multicast;

import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.wire.GroupMessage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A reporter with a clock and a way out. */
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

  /** The machine; whoever has told it something calls {@link #told}. */
  Reporter reporter() {
    return reporter;
  }

  /** Sees to it that what is due goes out, now or later. */
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
