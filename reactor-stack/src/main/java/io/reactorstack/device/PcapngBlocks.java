package io.reactorstack.device;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.packet.MacAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Builds the blocks of a <a href="https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/">pcapng</a> file. They are
 * little-endian on every machine, which makes files of equal captures equal.
 */
final class PcapngBlocks {

  private static final int SECTION_HEADER = 0x0a0d_0d0a;
  private static final int INTERFACE_DESCRIPTION = 1;
  private static final int INTERFACE_STATISTICS = 5;
  private static final int ENHANCED_PACKET = 6;

  private static final int BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
  private static final int LINK_ETHERNET = 1;
  /** IPv4 or IPv6; readers distinguish them by the version field. */
  private static final int LINK_RAW = 101;

  private static final int END_OF_OPTIONS = 0;
  private static final int SECTION_USER_APPLICATION = 4;
  private static final int INTERFACE_NAME = 2;
  private static final int INTERFACE_MAC_ADDRESS = 6;
  private static final int INTERFACE_TIME_RESOLUTION = 9;
  private static final int PACKET_FLAGS = 2;
  private static final int STATISTICS_RECEIVED = 4;
  private static final int STATISTICS_DROPPED = 5;

  private static final byte NANOSECONDS = 9;
  private static final int INBOUND = 1;
  private static final int OUTBOUND = 2;
  private static final int BLOCK_FRAME = 12;

  private PcapngBlocks() {}

  /** Returns whether {@code block} contains a packet; a file stays readable without such a block. */
  static boolean isPacket(byte[] block) {
    return block.length > 0 && block[0] == ENHANCED_PACKET;
  }

  /** The section header, which is the first block of a file. */
  static byte[] sectionHeader() {
    byte[] application = "reactor-stack".getBytes(StandardCharsets.UTF_8);
    ByteBuffer block = block(SECTION_HEADER, 16 + option(application.length) + option(0));
    block.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
    put(block, SECTION_USER_APPLICATION, application);
    return ended(block);
  }

  /** The block that describes an interface. Interfaces are numbered in the order of these blocks, from 0. */
  static byte[] interfaceDescription(String name, Medium medium, @Nullable MacAddress macAddress) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    int options = option(text.length) + option(1) + (macAddress == null ? 0 : option(MacAddress.LENGTH)) + option(0);
    ByteBuffer block = block(INTERFACE_DESCRIPTION, 8 + options);
    // A snap length of 0 means that packets are stored whole.
    block.putShort((short) (medium == Medium.ETHERNET ? LINK_ETHERNET : LINK_RAW)).putShort((short) 0).putInt(0);
    put(block, INTERFACE_NAME, text);
    if (macAddress != null) {
      ByteBuffer octets = ByteBuffer.allocate(Long.BYTES).putLong(macAddress.bits());
      byte[] address = new byte[MacAddress.LENGTH];
      octets.get(Long.BYTES - MacAddress.LENGTH, address);
      put(block, INTERFACE_MAC_ADDRESS, address);
    }
    put(block, INTERFACE_TIME_RESOLUTION, NANOSECONDS);
    return ended(block);
  }

  /** The block of one packet: the readable bytes of {@code packet}, whose indices are not moved. */
  static byte[] enhancedPacket(int interfaceId, long nanosSinceEpoch, Direction direction, ByteBuf packet) {
    int length = packet.readableBytes();
    ByteBuffer block = block(ENHANCED_PACKET, 20 + padded(length) + option(4) + option(0));
    block.putInt(interfaceId).putInt((int) (nanosSinceEpoch >>> 32)).putInt((int) nanosSinceEpoch);
    block.putInt(length).putInt(length);
    packet.getBytes(packet.readerIndex(), block.array(), block.position(), length);
    block.position(block.position() + padded(length));
    putInt(block, PACKET_FLAGS, direction == Direction.RECEIVED ? INBOUND : OUTBOUND);
    return ended(block);
  }

  /** The statistics of an interface: the number of packets, and how many of them are missing in the file. */
  static byte[] interfaceStatistics(int interfaceId, long nanosSinceEpoch, long packets, long missing) {
    ByteBuffer block = block(INTERFACE_STATISTICS, 12 + 2 * option(8) + option(0));
    block.putInt(interfaceId).putInt((int) (nanosSinceEpoch >>> 32)).putInt((int) nanosSinceEpoch);
    putLong(block, STATISTICS_RECEIVED, packets);
    putLong(block, STATISTICS_DROPPED, missing);
    return ended(block);
  }

  private static ByteBuffer block(int type, int bodyLength) {
    int length = BLOCK_FRAME + bodyLength;
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN).putInt(type).putInt(length);
  }

  /** Writes the end of the options and the trailing length, and returns the bytes of the block. */
  private static byte[] ended(ByteBuffer block) {
    return block.putInt(END_OF_OPTIONS).putInt(block.capacity()).array();
  }

  private static int option(int valueLength) {
    return 4 + padded(valueLength);
  }

  private static int padded(int length) {
    return length + 3 & ~3;
  }

  private static void put(ByteBuffer block, int code, byte... value) {
    block.putShort((short) code).putShort((short) value.length).put(value);
    block.position(block.position() + padded(value.length) - value.length);
  }

  private static void putInt(ByteBuffer block, int code, int value) {
    block.putShort((short) code).putShort((short) Integer.BYTES).putInt(value);
  }

  private static void putLong(ByteBuffer block, int code, long value) {
    block.putShort((short) code).putShort((short) Long.BYTES).putLong(value);
  }
}
