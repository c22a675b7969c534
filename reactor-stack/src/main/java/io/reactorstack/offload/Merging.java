package io.reactorstack.offload;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.wire.FrameLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/**
 * The first stage of the receiving direction: merges the TCP segments of one flow that arrive together into one frame
 * with a segment size, so that the layers above handle one frame instead of many. Linux calls this generic receive
 * offload.
 *
 * <p>Segments are merged only if a sender without offload would build the same segments from the result: they follow
 * each other, their headers are equal apart from what advances, and their checksums are correct. All others pass
 * unchanged. A segment waits at most until the turn after the batch in which it arrived, and only data waits: an
 * acknowledgement without data passes at once, behind the data of its flow.
 */
final class Merging extends FluxOperator<Frame, Frame> {

  /** The number of flows whose segments may wait at the same time. */
  static final int FLOWS = 8;

  private static final int SHORTEST = 8 * 1024;

  private final Medium medium;
  private final LoopTurn turn;

  private Merging(Flux<Frame> source, Medium medium, LoopTurn turn) {
    super(source);
    this.medium = medium;
    this.turn = turn;
  }

  /**
   * Returns the stage over the frames of {@code source}.
   *
   * <p><b>Backpressure:</b> demand is passed upstream, plus one for each frame that was appended to another. <b>Buffer
   * ownership:</b> frames pass to the subscriber. <b>Threading:</b> the source must emit on the loop of {@code turn}.
   * <b>Cancellation:</b> passed upstream; waiting frames are released.
   */
  static Flux<Frame> of(Flux<Frame> source, Medium medium, LoopTurn turn) {
    return new Merging(source, medium, turn);
  }

  @Override
  public void subscribe(CoreSubscriber<? super Frame> actual) {
    source.subscribe(new Merger(actual, medium, turn));
  }

  private static final class Merger implements CoreSubscriber<Frame>, Subscription {

    private final CoreSubscriber<? super Frame> actual;
    private final LoopTurn turn;
    private final FrameLayout layout;
    /** The flows with waiting segments, in the order in which they began, and after them the unused ones. */
    private final List<MergedFrame> flows = new ArrayList<>(FLOWS);
    private @Nullable Subscription upstream;
    private int waiting;
    /** The length of the last merged payload: a guess for the next one. */
    private int usual = SHORTEST;
    private boolean unbounded;
    private boolean over;

    Merger(CoreSubscriber<? super Frame> actual, Medium medium, LoopTurn turn) {
      this.actual = actual;
      this.turn = turn;
      this.layout = new FrameLayout(medium == Medium.ETHERNET);
      for (int i = 0; i < FLOWS; i++) {
        flows.add(new MergedFrame());
      }
    }

    @Override
    public reactor.util.context.Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      turn.atBegin(this::flush);
      actual.onSubscribe(this);
    }

    @Override
    public void onNext(Frame frame) {
      if (over) {
        frame.release();
        return;
      }
      if (frame.facts().segmentSize() == 0 && append(frame)) {
        replace();
        return;
      }
      ByteBuf bytes = frame.payload();
      if (frame.facts().segmentSize() != 0 || !layout.read(bytes) || !layout.isTcp()) {
        actual.onNext(frame);
        return;
      }
      int flow = flowOf(bytes);
      if (flow >= 0) {
        emit(flow);
        // The subscriber may have read another frame meanwhile, so the layout is read again.
        if (over || !layout.read(bytes)) {
          frame.release();
          return;
        }
      }
      waitOrPass(frame);
    }

    /** Appends {@code frame} to the waiting one that it follows, if there is such a one. */
    private boolean append(Frame frame) {
      for (int i = 0; i < waiting; i++) {
        MergedFrame.Outcome outcome = flows.get(i).append(frame, usual);
        if (outcome != MergedFrame.Outcome.REFUSED) {
          if (outcome == MergedFrame.Outcome.COMPLETE) {
            emit(i);
          }
          return true;
        }
      }
      return false;
    }

    /** Requests a frame in place of one that was appended to another. */
    private void replace() {
      if (!unbounded && !over) {
        Objects.requireNonNull(upstream).request(1);
      }
    }

    private int flowOf(ByteBuf bytes) {
      for (int i = 0; i < waiting; i++) {
        if (flows.get(i).isSameFlow(bytes, layout)) {
          return i;
        }
      }
      return -1;
    }

    private void waitOrPass(Frame frame) {
      if (!MergedFrame.mayBegin(frame.payload(), layout)) {
        actual.onNext(frame);
        return;
      }
      if (waiting == FLOWS) {
        emit(0);
      }
      if (over) {
        frame.release();
        return;
      }
      flows.get(waiting++).begin(frame, layout);
      turn.schedule();
    }

    private void emit(int index) {
      MergedFrame flow = flows.remove(index);
      flows.add(flow);
      waiting--;
      int length = flow.length();
      Frame frame = flow.take();
      if (frame.facts().segmentSize() != 0) {
        usual = Math.max(SHORTEST, length);
      }
      actual.onNext(frame);
    }

    /** Emits what waits; runs at the beginning of each turn, after the batch in which it arrived. */
    private void flush() {
      while (waiting > 0 && !over) {
        emit(0);
      }
    }

    @Override
    public void onError(Throwable t) {
      flush();
      if (!over) {
        over = true;
        actual.onError(t);
      }
    }

    @Override
    public void onComplete() {
      flush();
      if (!over) {
        over = true;
        actual.onComplete();
      }
    }

    @Override
    public void request(long n) {
      unbounded |= n == Long.MAX_VALUE;
      Objects.requireNonNull(upstream).request(n);
    }

    @Override
    public void cancel() {
      over = true;
      for (int i = 0; i < waiting; i++) {
        flows.get(i).release();
      }
      waiting = 0;
      Objects.requireNonNull(upstream).cancel();
    }
  }
}
