package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Applies another effect to the first acknowledgement of the n-th TCP segment of a kind. */
final class AckEffect implements Effect {

  private final int nth;
  private final Predicate<Frame> kind;
  private final Effect effect;
  private int seen;
  /** The flow of the expected acknowledgement as its sender sees it; {@code null} until the n-th segment has passed. */
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

  /** Counts the segments of the kind and records the flow and the sequence number that acknowledge the n-th. */
  private void look(Frame frame) {
    if (kind.test(frame)) {
      FrameView.of(frame).tcp(segment -> {
        if (++seen == nth) {
          // A parsed segment's flow is the receiver's view, and the receiver is the one that sends the acknowledgement.
          flow = segment.flow();
          end = segment.end();
        }
      });
    }
  }
}
