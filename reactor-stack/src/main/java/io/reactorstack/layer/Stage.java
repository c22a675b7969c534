package io.reactorstack.layer;

import io.reactorstack.packet.Pdu;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The operator that most protocol stages are made of: it maps each unit to one unit, or drops it if the step returns
 * {@code null}.
 *
 * <p>The step owns the unit that it receives: it either passes the buffer on in its result, or releases it and returns
 * {@code null}. If the step throws, the unit is released and counted as {@link StageDrop#STAGE_FAULT} or
 * {@link StageDrop#NO_MEMORY}, and the stream continues.
 *
 * <p><b>Backpressure:</b> demand is passed upstream one for one, and each dropped unit is replaced by a request for one
 * more.
 *
 * @param <I> the incoming unit
 * @param <O> the outgoing unit
 */
public final class Stage<I extends Pdu, O> extends FluxOperator<I, O> {

  private static final Logger LOG = Loggers.getLogger(Stage.class);

  private final Function<? super I, ? extends @Nullable O> step;
  private final Drops drops;

  private Stage(Flux<I> source, Function<? super I, ? extends @Nullable O> step, Drops drops) {
    super(source);
    this.step = step;
    this.drops = drops;
  }

  /**
   * Returns a stage over {@code source} that applies {@code step} to each unit.
   *
   * <p><b>Backpressure:</b> demand is passed upstream one for one, plus one for each dropped unit. <b>Buffer
   * ownership:</b> {@code step} owns the unit that it receives, and the subscriber owns the result; if {@code step}
   * throws, the stage releases the unit. <b>Threading:</b> the thread of {@code source}. <b>Cancellation:</b> passed
   * upstream.
   */
  public static <I extends Pdu, O> Flux<O> of(
      Flux<I> source, Function<? super I, ? extends @Nullable O> step, Drops drops) {
    return new Stage<>(source, step, drops);
  }

  @Override
  public void subscribe(CoreSubscriber<? super O> actual) {
    source.subscribe(new StageSubscriber<>(actual, step, drops));
  }

  private static final class StageSubscriber<I extends Pdu, O> implements CoreSubscriber<I>, Subscription {

    private final CoreSubscriber<? super O> actual;
    private final Function<? super I, ? extends @Nullable O> step;
    private final Drops drops;
    private @Nullable Subscription upstream;

    StageSubscriber(
        CoreSubscriber<? super O> actual, Function<? super I, ? extends @Nullable O> step, Drops drops) {
      this.actual = actual;
      this.step = step;
      this.drops = drops;
    }

    @Override
    public reactor.util.context.Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      actual.onSubscribe(this);
    }

    @Override
    public void onNext(I unit) {
      O out;
      try {
        out = step.apply(unit);
      } catch (Throwable e) {
        // A step must count and drop bad input itself, so an exception is a defect: log it, and keep the stream alive.
        LOG.error("a stage threw on a unit; the unit is dropped", e);
        fault(unit, e);
        return;
      }
      if (out == null) {
        request(1);
      } else {
        actual.onNext(out);
      }
    }

    private void fault(I unit, Throwable cause) {
      if (unit.payload().refCnt() > 0) {
        unit.release();
      }
      drops.fault(cause);
      request(1);
    }

    @Override
    public void onError(Throwable t) {
      actual.onError(t);
    }

    @Override
    public void onComplete() {
      actual.onComplete();
    }

    @Override
    public void request(long n) {
      Objects.requireNonNull(upstream).request(n);
    }

    @Override
    public void cancel() {
      Objects.requireNonNull(upstream).cancel();
    }
  }
}
