package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * The header of an Ethernet frame, with its VLAN tag if it has one (RFC 894, IEEE 802.1Q).
 *
 * @param destination the destination address, possibly a group
 * @param source the source address
 * @param tag the tag control information, 0 to 65535: three bits of priority, one bit "drop eligible", twelve bits of
 *     VLAN identifier; {@link #UNTAGGED} without a tag
 * @param type the EtherType of the payload, or a length if it is below {@link EtherType#FIRST}; {@link EtherType#VLAN}
 *     in an untagged header if the frame ends within its tag
 */
public record EthernetHeader(MacAddress destination, MacAddress source, int tag, int type) {

  /** The length of a header without a tag, in octets. */
  public static final int MINIMUM = 14;

  /** The value of {@link #tag} for a frame without a tag. */
  public static final int UNTAGGED = -1;

  private static final int TAG = 4;
  private static final int VLAN_ID = 0xfff;
  private static final int TYPE = 12;

  /**
   * Parses the header at the reader index of {@code frame}; does not move the indices.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable EthernetHeader parse(ByteBuf frame, Rejections rejections) {
    int length = frame.readableBytes();
    if (length < MINIMUM) {
      rejections.count(EthernetDefect.TOO_SHORT);
      return null;
    }
    int at = frame.readerIndex();
    // Each access of a buffer is checked, so two wide ones read the whole header: the destination with two octets of
    // the source, and the source with the type.
    MacAddress destination = new MacAddress(frame.getLong(at) >>> Short.SIZE);
    long rest = frame.getLong(at + MacAddress.LENGTH);
    MacAddress source = new MacAddress(rest >>> Short.SIZE);
    int type = (int) rest & 0xffff;
    if (type != EtherType.VLAN || length < MINIMUM + TAG) {
      return new EthernetHeader(destination, source, UNTAGGED, type);
    }
    int tag = frame.getInt(at + MINIMUM);
    return new EthernetHeader(destination, source, tag >>> Short.SIZE, tag & 0xffff);
  }

  /**
   * Returns the VLAN identifier of the frame at the reader index, 1 to 4095, without parsing the header; 0 if the frame
   * is untagged, carries only a priority, or is shorter than its header.
   */
  public static int vlanOf(ByteBuf frame) {
    int at = frame.readerIndex();
    return frame.readableBytes() >= MINIMUM + TAG && frame.getUnsignedShort(at + TYPE) == EtherType.VLAN
        ? frame.getUnsignedShort(at + MINIMUM) & VLAN_ID
        : 0;
  }

  /** Returns whether the frame has a tag. */
  public boolean isTagged() {
    return tag != UNTAGGED;
  }

  /** Returns whether the frame ends within its tag. */
  public boolean isCutOff() {
    return !isTagged() && type == EtherType.VLAN;
  }

  /** The VLAN identifier, 1 to 4095; 0 without a tag, or with a tag that carries only a priority (IEEE 802.1Q 9.6). */
  public int vlan() {
    return isTagged() ? tag & VLAN_ID : 0;
  }

  /** The length of the header in octets: 14, or 18 with a tag. */
  public int length() {
    return isTagged() ? MINIMUM + TAG : MINIMUM;
  }

  /**
   * Writes the header in front of the payload, which is the readable bytes of {@code bytes}.
   *
   * @throws IndexOutOfBoundsException if the headroom is too short
   */
  public void write(ByteBuf bytes) {
    int at = Headroom.prepend(bytes, length());
    bytes.setLong(at, destination.bits() << Short.SIZE | source.bits() >>> Integer.SIZE);
    bytes.setLong(at + MacAddress.LENGTH, source.bits() << Short.SIZE | (isTagged() ? EtherType.VLAN : type));
    if (isTagged()) {
      bytes.setInt(at + MINIMUM, tag << Short.SIZE | type);
    }
  }

  @Override
  public String toString() {
    return source + " > " + destination + (isTagged() ? " vlan " + vlan() : "") + String.format(" type 0x%04x", type);
  }
}
