package io.reactorstack.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.layer.Metered;
import io.reactorstack.layer.Meters;
import io.reactorstack.packet.Pdu;
import reactor.core.publisher.Flux;

/** Asserts that each frame that a host was handed has ended once: consumed, dropped for one reason, or held. */
public final class FrameBalance {

  private FrameBalance() {}

  /** Asserts the balance of {@code stack}, on whose loop no frame is being handled. */
  public static void assertBalanced(NetworkStack stack) {
    assertBalanced(stack.meters());
  }

  /** Asserts the balance of {@code meters}, while no frame is being handled. */
  public static void assertBalanced(Meters meters) {
    long ended = meters.sum(FrameMeter.FRAMES_CONSUMED) + meters.sum(FrameMeter.FRAMES_DROPPED)
        + meters.sum(FrameMeter.FRAMES_HELD);
    long received = meters.sum(FrameMeter.FRAMES_RECEIVED);
    if (ended != received) {
      assertThat(ended).as("frames that have ended or are held, of those received%n%s", meters).isEqualTo(received);
    }
  }

  /** Counts the units of {@code received} among {@code meters} as a host does, and asserts the balance after each. */
  public static <T extends Pdu> Flux<T> checked(Flux<T> received, Meters meters) {
    Flux<T> counted = Metered.of(received, meters.counter(FrameMeter.FRAMES_RECEIVED),
        meters.counter(FrameMeter.OCTETS_RECEIVED), cause -> {
        });
    return Flux.create(sink -> counted.subscribe(unit -> {
      sink.next(unit);
      assertBalanced(meters);
    }, sink::error, sink::complete), reactor.core.publisher.FluxSink.OverflowStrategy.IGNORE);
  }
}
