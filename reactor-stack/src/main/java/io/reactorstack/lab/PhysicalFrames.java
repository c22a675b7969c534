package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.FrameCheckSequence;

/** The form of frames on a physical Ethernet: padding, and the frame check sequence (IEEE 802.3 section 3.2). */
final class PhysicalFrames {

  private PhysicalFrames() {}

  /** Returns a copy of {@code frame} with padding and frame check sequence, and releases {@code frame}. */
  static Frame enclose(Frame frame) {
    ByteBuf bytes = frame.payload();
    int padded = Math.max(bytes.readableBytes(), FrameCheckSequence.MINIMUM_FRAME);
    // Memory of the medium, not of the sending host. The bytes behind the frame's end may belong to other data.
    ByteBuf copy = Unpooled.buffer(padded + FrameCheckSequence.LENGTH);
    copy.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes()).writeZero(padded - bytes.readableBytes());
    FrameCheckSequence.of(copy).write(copy);
    frame.release();
    return new Frame(copy, frame.facts());
  }

  /** Returns whether the frame check sequence of {@code frame} is correct. */
  static boolean isIntact(Frame frame) {
    return FrameCheckSequence.parse(frame.payload(), Rejections.UNCOUNTED) != null;
  }

  /** Removes the frame check sequence of {@code frame}, and returns it; the padding stays. */
  static Frame disclose(Frame frame) {
    ByteBuf bytes = frame.payload();
    bytes.writerIndex(bytes.writerIndex() - FrameCheckSequence.LENGTH);
    return frame;
  }
}
