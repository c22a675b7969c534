package io.reactorstack.device.linux;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.FrameLayout;
import io.reactorstack.wire.TcpSegment;

/** Translates the facts of a frame to send into the header in front of it, which tells the kernel what is left to do. */
final class SentOffload {

  private static final int TCP_FLAGS = 13;

  private final OffloadHeaders headers;
  private final FrameLayout layout;
  private final int maxFrameBytes;
  private final Offload offload;

  /**
   * Creates a translator.
   *
   * @param maxFrameBytes the length of the longest frame that is not to be cut, and of the longest segment with its
   *     headers
   * @param offload what the device has promised to take
   */
  SentOffload(OffloadHeaders headers, Medium medium, int maxFrameBytes, Offload offload) {
    this.headers = headers;
    this.layout = new FrameLayout(medium == Medium.ETHERNET);
    this.maxFrameBytes = maxFrameBytes;
    this.offload = offload;
  }

  /** Writes header {@code i} for {@code frame}; returns 0, or a negated {@code errno} if the frame must not be sent. */
  int write(int i, Frame frame) {
    PacketFacts facts = frame.facts();
    ByteBuf bytes = frame.payload();
    if (facts.checksum() != ChecksumState.UNFINISHED) {
      headers.clear(i);
      return lengthOf(bytes);
    }
    if (!offload.checksums() || !layout.read(bytes)) {
      return -Errno.EINVAL;
    }
    headers.setChecksum(i, layout.transport(), OffloadHeaders.checksumOffsetOf(layout));
    return facts.segmentSize() == 0 || layout.payloadLength() <= facts.segmentSize()
        ? lengthOf(bytes)
        : writeSegments(i, bytes, facts.segmentSize());
  }

  private int lengthOf(ByteBuf bytes) {
    return bytes.readableBytes() > maxFrameBytes ? -Errno.EMSGSIZE : 0;
  }

  private int writeSegments(int i, ByteBuf bytes, int segmentSize) {
    int longest = layout.isTcp() ? offload.longestTcp() : offload.longestUdp();
    if (layout.payload() + segmentSize > maxFrameBytes || layout.end() - layout.ip() > longest) {
      return -Errno.EMSGSIZE;
    }
    int type = OffloadHeaders.typeOf(layout);
    headers.setSegments(i, hasCwr(bytes) ? type | OffloadHeaders.ECN : type, layout.payload(), segmentSize);
    return 0;
  }

  private boolean hasCwr(ByteBuf bytes) {
    return layout.isTcp()
        && (bytes.getUnsignedByte(bytes.readerIndex() + layout.transport() + TCP_FLAGS) & TcpSegment.CWR) != 0;
  }
}
