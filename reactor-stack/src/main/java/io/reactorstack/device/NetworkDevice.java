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
 * A network device: receives and sends raw frames on one event loop.
 *
 * <p>A host opens its devices through a {@link Factory}. A decorator (capture, trace, impairment) implements this
 * interface around another device.
 */
public interface NetworkDevice extends Disposable {

  /** The kind of this device, its limits and its offloads. */
  DeviceCapabilities capabilities();

  /**
   * Returns whether a sender may build many frames at once, as one packet with a segment size, before this device has
   * requested each of them. If the device does not cut such a packet itself, the host does. A device returns false if
   * each frame has to be built when the device requests it, so that a simulated network sees each decision of a sender.
   * The segments that it receives are not merged either.
   */
  default boolean takesBursts() {
    return true;
  }

  /** The counters of frames that this device has dropped, by {@link DeviceDrop} reason. */
  Drops drops();

  /**
   * The received frames; one subscriber at a time.
   *
   * <p>Completes when the device is disposed of; fails with a {@link DeviceException} if the medium fails permanently.
   * An interface that is only down is not a failure: frames are lost until it is up again.
   *
   * <p><b>Backpressure:</b> without demand nothing is read from the medium, which then queues or drops frames.
   * <b>Buffer ownership:</b> each frame belongs to the subscriber. <b>Threading:</b> signals are emitted on the loop on
   * which the device was opened; frames that arrive together are emitted in one run of the loop. <b>Cancellation:</b>
   * stops reading.
   */
  Flux<Frame> receive();

  /**
   * Sends the frames of {@code frames}; one publisher at a time.
   *
   * <p>Completes when {@code frames} has completed and its last frame was passed to the medium; fails with a
   * {@link DeviceException} if the medium fails or the device is disposed of. A single frame that the medium refuses
   * (because it is too long, for example) is dropped and counted.
   *
   * <p><b>Backpressure:</b> requests as many frames as the medium can take; this is the device's credit. <b>Buffer
   * ownership:</b> the frames belong to the device. <b>Threading:</b> the device subscribes to {@code frames} and
   * requests from it on the loop. <b>Cancellation:</b> cancels {@code frames}.
   */
  Mono<Void> send(Publisher<Frame> frames);

  /**
   * The carrier state: the current state first, then each change, for any number of subscribers. A device that cannot
   * detect its carrier reports {@link Carrier#UP}. Completes when the device will report no more changes; never fails.
   *
   * <p><b>Backpressure:</b> without demand only the latest state is kept. <b>Buffer ownership:</b> no buffers.
   * <b>Threading:</b> subscribe on the loop, on which changes are emitted. <b>Cancellation:</b> unsubscribes from the
   * changes.
   */
  default Flux<Carrier> carrier() {
    return Flux.just(Carrier.UP);
  }

  /** Closes the device: frees its descriptor and buffers, and completes {@link #receive()}. */
  @Override
  void dispose();

  /** Opens a device on a loop. A user configures a factory before the stack has chosen the loop. */
  @FunctionalInterface
  interface Factory {

    /**
     * Opens the device; called on {@code loop}.
     *
     * @throws DeviceException if the device does not exist or may not be opened; the message names the device and, if a
     *     privilege is missing, the command that grants it
     */
    NetworkDevice open(IoEventLoop loop);

    /**
     * The name of the interface of this machine that the device uses, such as {@code tap0}; {@code null} if it uses
     * none, or if the kernel chooses the name when the device is opened. A host gives its own interface the same name.
     */
    default @Nullable String interfaceName() {
      return null;
    }

    /**
     * Returns a factory that opens the same device without offload: each frame that it receives fits the MTU and has a
     * complete checksum, and so must each frame that it sends. Decorators that look at single frames need it. Returns
     * this factory if its device has no offload.
     */
    default Factory withoutOffload() {
      return this;
    }

    /** Creates a group of one loop that can serve this device, for a host that was configured without a loop. */
    default IoEventLoopGroup newLoopGroup(String threadName) {
      return new LoopGroup(1, threadName, LocalIoHandler.newFactory());
    }
  }
}
