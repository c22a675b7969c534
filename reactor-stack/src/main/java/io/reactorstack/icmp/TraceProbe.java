package io.reactorstack.icmp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.IpProtocol;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/** One probe of a trace, from its sending to its answer. */
final class TraceProbe implements Originator {

  private final TraceRun run;
  private final LoopTurn turn;
  private final Traces.Key key;
  private final IpAddress source;
  private final TraceRun.Slot slot;
  /** The length of the packet, in octets. */
  private final int length;
  /** The sequence number of a SYN. */
  private final int seq;
  private final long sentAt;
  private final Timers.Timer timer;
  private @Nullable Disposable tap;
  private boolean resolved;

  TraceProbe(TraceRun run, LoopTurn turn, Traces.Key key, IpAddress source, TraceRun.Slot slot, int length, int seq) {
    this.run = run;
    this.turn = turn;
    this.key = key;
    this.source = source;
    this.slot = slot;
    this.length = length;
    this.seq = seq;
    this.sentAt = turn.now();
    this.timer = turn.timer(() -> resolve(new Hop.Silent()));
  }

  /** Starts the time to wait; {@code observer} is disposed of when it is over. */
  void await(Duration timeout, @Nullable Disposable observer) {
    tap = observer;
    timer.set(sentAt + timeout.toNanos());
  }

  Traces.Key key() {
    return key;
  }

  TraceRun.Slot slot() {
    return slot;
  }

  int length() {
    return length;
  }

  private Duration age() {
    return Duration.ofNanos(turn.now() - sentAt);
  }

  /** Processes a reply of the target. */
  void onReply() {
    resolve(new Hop.Reached(key.target(), age()));
  }

  /** Processes a segment of the target that acknowledges {@code ack}; others belong to an earlier connection. */
  void onSegment(int ack) {
    if (ack == seq + 1) {
      onReply();
    }
  }

  /** Processes an error that quotes the probe; returns {@code false} if it quotes another packet with its ports. */
  boolean onError(IcmpError error) {
    QuotedPacket quote = error.quote();
    if (key.protocol() == IpProtocol.TCP && quote.secondWord() != seq) {
      return false;
    }
    if (error instanceof IcmpError.PacketTooBig tooBig && !resolved && run.onTooBig(this, tooBig)) {
      end();
      return true;
    }
    resolve(new Hop.Reported(error, age()));
    return true;
  }

  /** Called when the probe could not leave this host. */
  @Override
  public void onRejected(Rejection rejection) {
    resolve(new Hop.Reported(new DeliveryFailure.Unsent(rejection, source), age()));
  }

  private void resolve(Hop.Answer answer) {
    if (!resolved) {
      end();
      run.onAnswer(this, answer);
    }
  }

  /** Ends the probe without a result. */
  void end() {
    resolved = true;
    timer.cancel();
    if (tap != null) {
      tap.dispose();
    }
    run.forget(this);
  }
}
