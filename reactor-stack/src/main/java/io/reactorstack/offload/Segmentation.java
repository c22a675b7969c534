package io.reactorstack.offload;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.layer.Burst;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.SendingStage;
import io.reactorstack.packet.Offload;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The last stage of the sending direction: cuts the super-frames that the device does not take, and completes the
 * checksums that it does not complete.
 */
public final class Segmentation implements SendingStage<Frame, Frame> {

  /**
   * The maximum number of frames that are requested from above and not yet cut. It bounds the memory of super-frames
   * that wait for the device's credit, and is large enough that a request is not made for each frame.
   */
  static final int AHEAD = 8;

  private final DeviceCapabilities.Medium medium;
  private final Supplier<Offload> taken;
  private final Drops drops;

  /**
   * Creates the stage above a device with {@code capabilities}.
   *
   * @param drops counts super-frames that cannot be cut
   */
  public Segmentation(DeviceCapabilities capabilities, Drops drops) {
    this(capabilities.medium(), capabilities::offload, drops);
  }

  /**
   * Creates the stage above a device whose offloads may change.
   *
   * @param taken returns the offloads at present; called for each frame, so it must not create an object
   * @param drops counts super-frames that cannot be cut
   */
  public Segmentation(DeviceCapabilities.Medium medium, Supplier<Offload> taken, Drops drops) {
    this.medium = medium;
    this.taken = taken;
    this.drops = drops;
  }

  /**
   * Returns the frames for the device.
   *
   * <p><b>Backpressure:</b> one frame for each requested; a segment is made when it has been requested, and the rest of
   * its super-frame waits. At most {@value #AHEAD} frames are requested from {@code above} in advance. <b>Buffer
   * ownership:</b> frames pass to the subscriber; a super-frame is released with its last segment. <b>Threading:</b> the
   * event loop. <b>Cancellation:</b> cancels the source and releases what waits.
   */
  @Override
  public Flux<Frame> send(Flux<Frame> above) {
    return Burst.of(above, new Cutting(), AHEAD, drops);
  }

  /** The cutter of one subscription. */
  private final class Cutting implements Function<Frame, Burst.@Nullable Pieces<Frame>> {

    private Offload offload = taken.get();
    private Cutter cutter = new Cutter(medium, offload);

    @Override
    public Burst.@Nullable Pieces<Frame> apply(Frame frame) {
      Offload now = taken.get();
      if (!now.equals(offload)) {
        offload = now;
        cutter = new Cutter(medium, now);
      }
      if (cutter.cut(frame)) {
        return cutter;
      }
      drops.drop(frame, OffloadDrop.NOT_SEGMENTABLE);
      return null;
    }
  }
}
