package io.reactorstack.offload;

import io.reactorstack.device.Carrier;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Offload;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A device that takes super-frames and unfinished checksums, over one that does not: the work is done in software, when
 * the device has credit for each frame. Received segments of TCP are merged into super-frames.
 *
 * <p>A host puts one over each of its devices, so that all layers above can rely on it. Its capabilities state the
 * offload that senders may use: none if each frame has to be built when the device requests it ({@link
 * NetworkDevice#takesBursts}). Super-frames that come nevertheless, from a router's other interfaces, are cut; received
 * segments pass one by one.
 */
public final class SoftwareOffload implements NetworkDevice {

  private final NetworkDevice device;
  private final DeviceCapabilities capabilities;
  private final Segmentation segmentation;
  private final LoopTurn turn;

  private SoftwareOffload(NetworkDevice device, LoopTurn turn) {
    DeviceCapabilities own = device.capabilities();
    this.device = device;
    this.turn = turn;
    this.capabilities = device.takesBursts() ? own.withOffload(completed(own.offload())) : own;
    this.segmentation = new Segmentation(own, device.drops());
  }

  /**
   * Returns {@code device} with the missing offloads in software, or {@code device} itself if none is missing.
   *
   * @param turn the turns of the device's loop
   */
  public static NetworkDevice over(NetworkDevice device, LoopTurn turn) {
    Offload offload = device.capabilities().offload();
    boolean isComplete = offload.longestTcp() == Offload.LONGEST && offload.longestUdp() == Offload.LONGEST;
    return isComplete ? device : new SoftwareOffload(device, turn);
  }

  /** A super-frame that is cut here may consist of several buffers, since its payload is copied anyway. */
  private static Offload completed(Offload own) {
    return new Offload(true, own.scatterGather() || own.longestTcp() == 0, Offload.LONGEST, Offload.LONGEST);
  }

  @Override
  public DeviceCapabilities capabilities() {
    return capabilities;
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
    return device.takesBursts()
        ? Merging.of(device.receive(), capabilities.medium(), turn)
        : device.receive();
  }

  @Override
  public Mono<Void> send(Publisher<Frame> frames) {
    return device.send(segmentation.send(Flux.from(frames)));
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
