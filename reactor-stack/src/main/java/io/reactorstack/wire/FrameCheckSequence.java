package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Rejections;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The frame check sequence (FCS) of Ethernet: the CRC-32 of a frame, in the last four octets on the medium (IEEE 802.3
 * section 3.2.9).
 *
 * <p>A network card adds and verifies it; a host handles frames without it. In the lab a wire can carry it.
 *
 * @param crc the CRC-32 of the octets from the destination address to the end of the padding
 */
public record FrameCheckSequence(int crc) {

  /** The length of the field, in octets. */
  public static final int LENGTH = 4;

  /**
   * The length in octets of the shortest frame on a physical medium, without FCS; shorter frames are padded (IEEE 802.3
   * section 3.2.8).
   */
  public static final int MINIMUM_FRAME = 60;

  /** Computes the FCS of the readable bytes of {@code frame}; does not move the indices. */
  public static FrameCheckSequence of(ByteBuf frame) {
    return new FrameCheckSequence(crc(frame, frame.readableBytes()));
  }

  /**
   * Parses the FCS in the last four readable bytes of {@code frame}, and verifies it; does not move the indices.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable FrameCheckSequence parse(ByteBuf frame, Rejections rejections) {
    int covered = frame.readableBytes() - LENGTH;
    if (covered < EthernetHeader.MINIMUM) {
      rejections.count(EthernetDefect.TOO_SHORT);
      return null;
    }
    // The CRC is sent beginning with its highest power, and each octet beginning with its lowest bit, so the octets of
    // the reflected CRC follow from the lowest to the highest.
    int carried = frame.getIntLE(frame.readerIndex() + covered);
    if (carried != crc(frame, covered)) {
      rejections.count(EthernetDefect.BAD_CHECK_SEQUENCE);
      return null;
    }
    return new FrameCheckSequence(carried);
  }

  private static int crc(ByteBuf frame, int length) {
    CRC32 crc = new CRC32();
    if (frame.hasArray()) {
      crc.update(frame.array(), frame.arrayOffset() + frame.readerIndex(), length);
    } else {
      crc.update(frame.nioBuffer(frame.readerIndex(), length));
    }
    return (int) crc.getValue();
  }

  /** The length of the field in octets: {@link #LENGTH}. */
  public int length() {
    return LENGTH;
  }

  /** Writes the FCS behind the readable bytes of {@code frame}. */
  public void write(ByteBuf frame) {
    frame.writeIntLE(crc);
  }

  @Override
  public String toString() {
    return String.format("FCS 0x%08x", crc);
  }
}
