package io.reactorstack.device;

import io.netty.util.concurrent.Ticker;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Offload;
import io.reactorstack.setting.Checks;
import java.util.List;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * A device decorator that shows each frame to observers. It delegates everything else to the wrapped device, except that
 * it has no offload.
 *
 * <p>A device that was opened with offload may still receive super-frames, which observers see as one frame;
 * {@link #around} opens the device without.
 */
public final class ObservedDevice implements NetworkDevice {

  private static final Logger LOG = Loggers.getLogger(ObservedDevice.class);

  private final NetworkDevice device;
  private final Ticker ticker;
  private final List<FrameObserver> observers;
  private volatile boolean failureReported;

  /**
   * Wraps {@code device} and shows its frames to {@code observers}, in their order.
   *
   * @param ticker the clock of the device's loop
   */
  public ObservedDevice(NetworkDevice device, Ticker ticker, List<? extends FrameObserver> observers) {
    this.device = Checks.given("device", device);
    this.ticker = Checks.given("ticker", ticker);
    this.observers = List.copyOf(Checks.given("observers", observers));
  }

  /** Returns a factory that opens {@code device} and wraps it with {@code observers}. */
  public static Factory around(Factory device, FrameObserver... observers) {
    List<FrameObserver> all = List.copyOf(Checks.all("observers", observers));
    return new Decorated(Checks.given("device", device),
        (opened, loop) -> new ObservedDevice(opened, loop.ticker(), all));
  }

  /** The capabilities of the wrapped device without its offloads: observers see the frames that leave one by one. */
  @Override
  public DeviceCapabilities capabilities() {
    DeviceCapabilities capabilities = device.capabilities();
    return capabilities.offload().equals(Offload.NONE) ? capabilities : capabilities.withOffload(Offload.NONE);
  }

  @Override
  public boolean takesBursts() {
    return device.takesBursts();
  }

  @Override
  public Drops drops() {
    return device.drops();
  }

  @Override
  public Flux<Frame> receive() {
    return device.receive().doOnNext(show(Direction.RECEIVED));
  }

  @Override
  public Mono<Void> send(Publisher<Frame> frames) {
    return device.send(Flux.from(frames).doOnNext(show(Direction.SENT)));
  }

  private Consumer<Frame> show(Direction direction) {
    return frame -> {
      long now = ticker.nanoTime();
      for (FrameObserver observer : observers) {
        try {
          observer.onFrame(direction, frame, now);
        } catch (Throwable e) {
          // A failing observer must neither stop the traffic nor fill the log, not even when memory is exhausted.
          if (!failureReported) {
            failureReported = true;
            LOG.error("an observer of {} failed; further failures are not reported", device, e);
          }
        }
      }
    };
  }

  @Override
  public Flux<Carrier> carrier() {
    return device.carrier();
  }

  @Override
  public void dispose() {
    device.dispose();
  }

  @Override
  public boolean isDisposed() {
    return device.isDisposed();
  }

  @Override
  public String toString() {
    return device.toString();
  }
}
