package io.reactorstack.device;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopGroup;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A raw-socket transport: frames in, frames out, on one event loop.
 *
 * <p>A decorator (capture, trace, impairment) implements this interface around another device.
 */
public interface NetworkDevice extends Disposable {

  /** The kind and the abilities of this device. */
  DeviceCapabilities capabilities();

  /** The frames that this device has dropped, by {@link DeviceDrop} reason. */
  Drops drops();

  /**
   * The received frames; one subscriber.
   *
   * <p><b>Backpressure:</b> without demand nothing is read from the medium, which then drops or holds as it does. <b>Buffer
   * ownership:</b> frames pass to the subscriber. <b>Threading:</b> the loop the device was opened on; frames that arrive
   * together are emitted in one run of the loop. <b>Cancellation:</b> stops reading. Completes when the device is
   * disposed of; errs with a {@link DeviceException} if the medium fails for good. An interface that is merely down is
   * no failure: it loses frames until it is up again.
   */
  Flux<Frame> receive();

  /**
   * Sends the frames of {@code frames}; one publisher at a time.
   *
   * <p>Completes when {@code frames} has completed and its last frame was given to the medium; errs with a {@link DeviceException} if
   * the medium fails or the device is disposed of. A single frame that the medium refuses (too long, for example) is dropped and counted.
   *
   * <p><b>Backpressure:</b> requests as many frames as the medium has room for; this is the device's credit. <b>Buffer
   * ownership:</b> the frames belong to the device. <b>Threading:</b> {@code frames} is subscribed to and requested from
   * on the loop. <b>Cancellation:</b> cancels {@code frames}.
   */
  Mono<Void> send(Publisher<Frame> frames);

  /**
   * Whether the medium carries frames: as it is at first, then each change, for any number of subscribers. A medium that cannot
   * tell counts as {@link Carrier#UP}. Completes when nothing more will be known; never errs.
   *
   * <p><b>Backpressure:</b> of what is not requested, the latest is kept. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> subscribe on the loop, where changes are emitted. <b>Cancellation:</b> ends the telling.
   */
  default Flux<Carrier> carrier() {
    return Flux.just(Carrier.UP);
  }

  /** Closes the device: frees its descriptor and buffers, completes {@link #receive()}. */
  @Override
  void dispose();

  /** Opens a device on a loop: what a user configures, before the stack has chosen the loop. */
  @FunctionalInterface
  interface Factory {

    /**
     * Opens the device; called on {@code loop}.
     *
     * @throws DeviceException if the device does not exist or may not be opened; the message names it and, where a
     *     privilege is missing, the command that grants it
     */
    NetworkDevice open(IoEventLoop loop);

    /**
     * The name of the interface on this system that the device belongs to, such as {@code tap0}; {@code null} if it has none, or
     * if the system chooses it when the device is opened. A host calls its interface so.
     */
    default @Nullable String interfaceName() {
      return null;
    }

    /** A group of one loop on which this device can be opened, for a host that is given no loop. */
    default IoEventLoopGroup newLoopGroup(String threadName) {
      return new LoopGroup(1, threadName, LocalIoHandler.newFactory());
    }
  }
}
