package io.reactorstack.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.layer.FrameCounts;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.layer.Meters;
import io.reactorstack.packet.Pdu;
import java.util.function.Consumer;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;

/** Asserts that each frame handed to a host was counted once: as consumed, as dropped for one reason, or as held. */
public final class FrameBalance {

  private FrameBalance() {}

  /** Asserts the balance of {@code stack}. No frame may be in processing on its loop. */
  public static void assertBalanced(NetworkStack stack) {
    assertBalanced(stack.meters());
  }

  /** Asserts the balance of {@code meters}. No frame may be in processing. */
  public static void assertBalanced(Meters meters) {
    long ended = meters.sum(FrameMeter.FRAMES_CONSUMED) + meters.sum(FrameMeter.FRAMES_DROPPED)
        + meters.sum(FrameMeter.FRAMES_HELD);
    long received = meters.sum(FrameMeter.FRAMES_RECEIVED);
    if (ended != received) {
      assertThat(ended).as("frames consumed, dropped or held, of those received%n%s", meters).isEqualTo(received);
    }
  }

  /** Asserts the balance of {@code meters} after each frame of a device that the host counts at its device. */
  public static <T extends Pdu> Flux<T> checked(Flux<T> received, Meters meters) {
    return checked(received, unit -> {
    }, meters);
  }

  /**
   * Counts the received packets here, for tests without the layer that does it, and asserts the balance of {@code
   * meters} after each.
   */
  public static <T extends Pdu> Flux<T> counted(Flux<T> received, Meters meters) {
    return checked(received, FrameCounts.in(meters)::onReceived, meters);
  }

  private static <T> Flux<T> checked(Flux<T> received, Consumer<? super T> before, Meters meters) {
    return new FluxOperator<T, T>(received) {
      @Override
      public void subscribe(CoreSubscriber<? super T> actual) {
        source.subscribe(new Checking<>(actual, before, meters));
      }
    };
  }

  private record Checking<T>(CoreSubscriber<? super T> actual, Consumer<? super T> before,
      Meters meters) implements CoreSubscriber<T> {

    @Override
    public void onSubscribe(Subscription subscription) {
      actual.onSubscribe(subscription);
    }

    @Override
    public void onNext(T unit) {
      before.accept(unit);
      actual.onNext(unit);
      assertBalanced(meters);
    }

    @Override
    public void onError(Throwable cause) {
      actual.onError(cause);
    }

    @Override
    public void onComplete() {
      actual.onComplete();
    }
  }
}
