package io.reactorstack.device.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.netty.buffer.ByteBuf;
import io.reactorstack.wire.FrameLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;

/**
 * An array of {@code struct virtio_net_hdr}, in the byte order of this machine. One of them stands in front of each frame
 * that passes between the kernel and a device that offloads work.
 */
final class OffloadHeaders {

  /** The length of one header, in bytes. */
  static final int LENGTH = 10;

  /** The flag of a frame whose checksum field contains only the sum of the pseudo-header. */
  static final int NEEDS_CHECKSUM = 1;
  /** The flag of a frame whose checksum was verified. */
  static final int DATA_VALID = 2;

  /** The type of a frame that is not to be cut. */
  static final int NO_SEGMENTS = 0;
  /** The type of a frame with segments of TCP over IPv4. */
  static final int TCPV4 = 1;
  /** The type of a frame with segments of TCP over IPv6. */
  static final int TCPV6 = 4;
  /** The type of a frame with datagrams of UDP over IPv4 or IPv6. */
  static final int UDP = 5;
  /** A bit that is added to the type of TCP frames whose first segment has the flag CWR. */
  static final int ECN = 0x80;

  private static final int TCP_CHECKSUM = 16;
  private static final int UDP_CHECKSUM = 6;

  private static final int STRIDE = 16;
  private static final int TYPE = 1;
  private static final int HEADER_LENGTH = 2;
  private static final int SEGMENT_SIZE = 4;
  private static final int CHECKSUM_START = 6;
  private static final int CHECKSUM_OFFSET = 8;

  private final MemorySegment memory;

  OffloadHeaders(int count) {
    memory = Arena.ofAuto().allocate((long) STRIDE * count, 8);
  }

  /** The address of header {@code i}. */
  long address(int i) {
    return memory.address() + (long) STRIDE * i;
  }

  int flags(int i) {
    return memory.get(JAVA_BYTE, (long) STRIDE * i);
  }

  /** The type of the frame's segments, without {@link #ECN}. */
  int type(int i) {
    return memory.get(JAVA_BYTE, (long) STRIDE * i + TYPE) & 0xff & ~ECN;
  }

  /** The payload bytes of each segment, 0 to 65535. */
  int segmentSize(int i) {
    return unsigned(i, SEGMENT_SIZE);
  }

  /** The offset in the frame at which the range of the checksum begins, 0 to 65535. */
  int checksumStart(int i) {
    return unsigned(i, CHECKSUM_START);
  }

  /** The offset of the checksum field from {@link #checksumStart}, 0 to 65535. */
  int checksumOffset(int i) {
    return unsigned(i, CHECKSUM_OFFSET);
  }

  /** Returns the type of a frame whose headers are those of {@code layout}, without {@link #ECN}. */
  static int typeOf(FrameLayout layout) {
    return layout.isTcp() ? layout.isV4() ? TCPV4 : TCPV6 : UDP;
  }

  /** Returns the offset of the checksum field from the TCP or UDP header that {@code layout} has found. */
  static int checksumOffsetOf(FrameLayout layout) {
    return layout.isTcp() ? TCP_CHECKSUM : UDP_CHECKSUM;
  }

  private int unsigned(int i, int field) {
    return memory.get(JAVA_SHORT, (long) STRIDE * i + field) & 0xffff;
  }

  /** Writes header {@code i} to the bytes of {@code buffer} at {@code index}. */
  void copyTo(int i, ByteBuf buffer, int index) {
    long at = (long) STRIDE * i;
    long first = memory.get(JAVA_LONG, at);
    short last = memory.get(JAVA_SHORT, at + CHECKSUM_OFFSET);
    if (ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN) {
      buffer.setLong(index, first).setShort(index + CHECKSUM_OFFSET, last);
    } else {
      buffer.setLongLE(index, first).setShortLE(index + CHECKSUM_OFFSET, last);
    }
  }

  /** Makes header {@code i} that of an ordinary frame whose checksum is complete. */
  void clear(int i) {
    memory.set(JAVA_LONG, (long) STRIDE * i, 0);
    memory.set(JAVA_SHORT, (long) STRIDE * i + CHECKSUM_OFFSET, (short) 0);
  }

  /** Makes header {@code i} that of a frame whose checksum the kernel completes. */
  void setChecksum(int i, int start, int offset) {
    clear(i);
    long at = (long) STRIDE * i;
    memory.set(JAVA_BYTE, at, (byte) NEEDS_CHECKSUM);
    memory.set(JAVA_SHORT, at + CHECKSUM_START, (short) start);
    memory.set(JAVA_SHORT, at + CHECKSUM_OFFSET, (short) offset);
  }

  /** Adds to header {@code i} that the kernel cuts the frame, whose headers are {@code headerLength} bytes long. */
  void setSegments(int i, int type, int headerLength, int segmentSize) {
    long at = (long) STRIDE * i;
    memory.set(JAVA_BYTE, at + TYPE, (byte) type);
    memory.set(JAVA_SHORT, at + HEADER_LENGTH, (short) headerLength);
    memory.set(JAVA_SHORT, at + SEGMENT_SIZE, (short) segmentSize);
  }
}
