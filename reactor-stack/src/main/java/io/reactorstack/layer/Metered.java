package io.reactorstack.layer;

import io.reactorstack.packet.Pdu;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/**
 * Counts the units that pass, and their octets: the boundary between a device and its host.
 *
 * @param <T> the unit
 */
public final class Metered<T extends Pdu> extends FluxOperator<T, T> {

  private final Counter units;
  private final Counter octets;
  private final Consumer<? super Throwable> onError;

  private Metered(Flux<T> source, Counter units, Counter octets, Consumer<? super Throwable> onError) {
    super(source);
    this.units = units;
    this.octets = octets;
    this.onError = onError;
  }

  /**
   * The units of {@code source}, each counted before it is passed on.
   *
   * <p><b>Backpressure:</b> that of {@code source}. <b>Buffer ownership:</b> units pass to the subscriber. <b>Threading:</b> that of
   * {@code source}, which writes the counters. <b>Cancellation:</b> passed up.
   *
   * @param onError told of an error of {@code source} before the subscriber is
   */
  public static <T extends Pdu> Flux<T> of(
      Flux<T> source, Counter units, Counter octets, Consumer<? super Throwable> onError) {
    return new Metered<>(source, units, octets, onError);
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    source.subscribe(new CoreSubscriber<T>() {
      @Override
      public reactor.util.context.Context currentContext() {
        return actual.currentContext();
      }

      @Override
      public void onSubscribe(Subscription subscription) {
        actual.onSubscribe(subscription);
      }

      @Override
      public void onNext(T unit) {
        units.increment();
        octets.add(unit.payload().readableBytes());
        actual.onNext(unit);
      }

      @Override
      public void onError(Throwable cause) {
        onError.accept(cause);
        actual.onError(cause);
      }

      @Override
      public void onComplete() {
        actual.onComplete();
      }
    });
  }
}
