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
 * The one operator that stages are made of: maps each unit to one unit or, with {@code null}, to none.
 *
 * <p>The step owns the unit it is given: it passes the buffer on in its result, or releases it and returns {@code null}.
 * If it throws, the unit counts as {@link StageDrop#STAGE_FAULT}, or {@link StageDrop#NO_MEMORY}, and the stream goes on.
 *
 * <p><b>Backpressure:</b> demand is passed up one for one, and each dropped unit is replaced by a request for one more.
 *
 * @param <I> the unit that comes in
 * @param <O> the unit that goes out
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
   * A stage over {@code source} that applies {@code step} to each unit.
   *
   * <p><b>Backpressure:</b> passed up one for one, and for each dropped unit one more. <b>Buffer ownership:</b> {@code step}
   * owns the unit it is given, the subscriber what it returns; if it throws, the stage releases the unit.
   * <b>Threading:</b> that of {@code source}. <b>Cancellation:</b> passed up.
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
        // A stage never lets bad input become an error signal; that it threw at all is a defect to be seen.
        LOG.error("stage fault, unit dropped", e);
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
