package io.reactorstack.layer;

import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The end of a branch on the way up: hands each unit to one who takes it. Whatever that throws, for want of memory or as a
 * defect of ours, costs this unit, and neither the branch nor the others that share the source.
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
   * Subscribes {@code taker} to {@code units}, with unbounded demand, until the result is disposed of. An error of the source
   * is that of the last interface, which reports it itself.
   *
   * @param taker owns each unit, and releases it also if it throws
   * @param drops where a unit that {@code taker} has failed on is counted
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
      LOG.error("a unit could not be handled, and is lost", e);
      drops.fault(e);
    }
  }

  @Override
  protected void hookOnError(Throwable cause) {
    // The interface itself has told of it.
  }
}
