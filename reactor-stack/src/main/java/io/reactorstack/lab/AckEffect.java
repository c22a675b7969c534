package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Shows an effect the first acknowledgement of the n-th segment of a kind. */
final class AckEffect implements Effect {

  private final int nth;
  private final Predicate<Frame> kind;
  private final Effect effect;
  private int seen;
  /** The flow in which the acknowledgement comes, as its sender sees it. */
  private @Nullable FourTuple flow;
  private int end;
  private boolean done;

  AckEffect(int nth, Predicate<Frame> kind, Effect effect) {
    this.nth = nth;
    this.kind = kind;
    this.effect = effect;
  }

  @Override
  public String name() {
    return effect.name();
  }

  @Override
  public Verdict judge(Frame frame, Duration now) {
    return isTheAck(frame) ? effect.judge(frame, now) : Verdict.pass();
  }

  @Override
  public Verdict judge(Frame frame, Duration now, Passage passage) {
    return isTheAck(frame) ? effect.judge(frame, now, passage) : Verdict.pass();
  }

  private boolean isTheAck(Frame frame) {
    if (done) {
      return false;
    }
    if (flow == null) {
      look(frame);
      return false;
    }
    FourTuple expected = flow;
    FrameView.of(frame).tcp(segment -> done = segment.has(TcpSegment.ACK) && segment.flow().reversed().equals(expected)
        && SequenceNumber.afterOrAt(segment.ack(), end));
    return done;
  }

  /** Counts the frames of the kind and remembers what acknowledges the right one. */
  private void look(Frame frame) {
    if (kind.test(frame)) {
      FrameView.of(frame).tcp(segment -> {
        if (++seen == nth) {
          // A parsed segment's flow is seen from its receiver, who acknowledges.
          flow = segment.flow();
          end = segment.end();
        }
      });
    }
  }
}
