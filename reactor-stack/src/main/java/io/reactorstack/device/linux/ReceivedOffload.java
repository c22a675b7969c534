package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.FrameLayout;
import org.jspecify.annotations.Nullable;

/**
 * Translates the header in front of a received frame into the facts of the frame. A header that contradicts its frame is
 * refused. Frames that were read together and whose facts are equal share one object.
 *
 * <p>Order of use: {@link #begin} for each batch, {@link #facts} for each frame, and {@link #defect} if it has no facts.
 */
final class ReceivedOffload {

  private final OffloadHeaders headers;
  private final FrameLayout layout;
  private final int maxFrameBytes;
  private PacketFacts inPacket = PacketFacts.LOCAL;
  private PacketFacts verified = PacketFacts.LOCAL;
  private PacketFacts unfinished = PacketFacts.LOCAL;
  private PacketFacts merged = PacketFacts.LOCAL;
  private DeviceDrop defect = DeviceDrop.BAD_OFFLOAD;

  /**
   * Creates a translator.
   *
   * @param maxFrameBytes the length of the longest frame that is not merged, and of the longest segment with its headers
   */
  ReceivedOffload(OffloadHeaders headers, Medium medium, int maxFrameBytes) {
    this.headers = headers;
    this.layout = new FrameLayout(medium == Medium.ETHERNET);
    this.maxFrameBytes = maxFrameBytes;
  }

  /** Begins a batch of frames that are received at {@code nanos}. */
  void begin(long nanos) {
    inPacket = PacketFacts.receivedAt(nanos);
    verified = new PacketFacts(nanos, ChecksumState.VERIFIED, 0);
    unfinished = new PacketFacts(nanos, ChecksumState.UNFINISHED, 0);
    merged = unfinished;
  }

  /** The reason for which the last frame without facts is to be dropped. */
  DeviceDrop defect() {
    return defect;
  }

  /**
   * Returns the facts of {@code frame}, which header {@code i} describes, or {@code null} if the frame is to be dropped.
   */
  @Nullable
  PacketFacts facts(int i, ByteBuf frame) {
    if (headers.type(i) != OffloadHeaders.NO_SEGMENTS) {
      return mergedFacts(i, frame);
    }
    if (frame.readableBytes() > maxFrameBytes) {
      return refuse(DeviceDrop.TRUNCATED);
    }
    int flags = headers.flags(i);
    if ((flags & OffloadHeaders.NEEDS_CHECKSUM) != 0) {
      return unfinishedFacts(i, frame);
    }
    return (flags & OffloadHeaders.DATA_VALID) != 0 ? verified : inPacket;
  }

  /** Returns the facts of a frame of this batch without segments. */
  PacketFacts ordinary(ChecksumState state) {
    return switch (state) {
      case IN_PACKET -> inPacket;
      case VERIFIED -> verified;
      case UNFINISHED -> unfinished;
    };
  }

  private @Nullable PacketFacts refuse(DeviceDrop reason) {
    defect = reason;
    return null;
  }

  private @Nullable PacketFacts unfinishedFacts(int i, ByteBuf frame) {
    int start = headers.checksumStart(i);
    int field = start + headers.checksumOffset(i);
    if (field + Short.BYTES > frame.readableBytes()) {
      return refuse(DeviceDrop.BAD_OFFLOAD);
    }
    if (layout.read(frame) && isTransportChecksum(i)) {
      return unfinished;
    }
    // The checksum is one of a tunnelled packet, for example, which the facts cannot describe.
    int at = frame.readerIndex();
    int checksum = Checksum.finish(Checksum.sum(frame, at + start, frame.readableBytes() - start));
    // Zero would mean "no checksum" in UDP (RFC 768); in other protocols both values are equivalent.
    frame.setShort(at + field, checksum == 0 ? 0xffff : checksum);
    return inPacket;
  }

  /** Returns whether the checksum to be completed is that of the TCP or UDP header that {@link #layout} has found. */
  private boolean isTransportChecksum(int i) {
    return headers.checksumStart(i) == layout.transport()
        && headers.checksumOffset(i) == OffloadHeaders.checksumOffsetOf(layout);
  }

  private @Nullable PacketFacts mergedFacts(int i, ByteBuf frame) {
    int size = headers.segmentSize(i);
    if (size == 0 || !layout.read(frame) || headers.type(i) != OffloadHeaders.typeOf(layout)) {
      return refuse(DeviceDrop.BAD_OFFLOAD);
    }
    int flags = headers.flags(i);
    boolean isUnfinished = (flags & OffloadHeaders.NEEDS_CHECKSUM) != 0;
    if (isUnfinished ? !isTransportChecksum(i) : (flags & OffloadHeaders.DATA_VALID) == 0) {
      return refuse(DeviceDrop.BAD_OFFLOAD);
    }
    PacketFacts ordinary = isUnfinished ? unfinished : verified;
    if (layout.payload() + Math.min(size, layout.payloadLength()) > maxFrameBytes) {
      return refuse(DeviceDrop.TRUNCATED);
    }
    if (layout.payloadLength() <= size) {
      return ordinary;
    }
    if (merged.segmentSize() != size || merged.checksum() != ordinary.checksum()) {
      merged = new PacketFacts(ordinary.ingressNanos(), ordinary.checksum(), size);
    }
    return merged;
  }
}
