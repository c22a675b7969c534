package io.reactorstack.offload;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.layer.Burst;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.SendingStage;
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

  private final DeviceCapabilities capabilities;
  private final Drops drops;

  /**
   * Creates the stage above a device with {@code capabilities}.
   *
   * @param drops counts super-frames that cannot be cut
   */
  public Segmentation(DeviceCapabilities capabilities, Drops drops) {
    this.capabilities = capabilities;
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
    Cutter cutter = new Cutter(capabilities);
    return Burst.of(above, frame -> cut(cutter, frame), AHEAD, drops);
  }

  private Burst.@Nullable Pieces<Frame> cut(Cutter cutter, Frame frame) {
    if (cutter.cut(frame)) {
      return cutter;
    }
    drops.drop(frame, OffloadDrop.NOT_SEGMENTABLE);
    return null;
  }
}
