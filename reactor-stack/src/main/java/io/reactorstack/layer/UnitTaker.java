package io.reactorstack.layer;

import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The subscriber at the end of a receiving branch: passes each unit to a consumer. An exception from the consumer,
 * whether a lack of memory or a defect, loses only that unit; the branch and the other branches of the same source
 * continue.
 *
 * @param <T> the unit
 */
public final class UnitTaker<T> extends BaseSubscriber<T> {

  private static final Logger LOG = Loggers.getLogger(UnitTaker.class);

  private final Consumer<? super T> taker;
  private final Drops drops;

  private UnitTaker(Consumer<? super T> taker, Drops drops) {
    this.taker = taker;
    this.drops = drops;
  }

  /**
   * Subscribes {@code taker} to {@code units} with unbounded demand, until the result is disposed of. An error of the
   * source is ignored: it comes from the last interface, which reports it itself.
   *
   * @param taker owns each unit, and must release it even if it throws
   * @param drops counts the units on which {@code taker} has thrown
   */
  public static <T> Disposable subscribe(Flux<T> units, Consumer<? super T> taker, Drops drops) {
    return units.subscribeWith(new UnitTaker<>(taker, drops));
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    requestUnbounded();
  }

  @Override
  protected void hookOnNext(T unit) {
    try {
      taker.accept(unit);
    } catch (Throwable e) {
      LOG.error("a unit could not be handled; it is dropped", e);
      drops.fault(e);
    }
  }

  @Override
  protected void hookOnError(Throwable cause) {
    // The interface has already reported this error.
  }
}
