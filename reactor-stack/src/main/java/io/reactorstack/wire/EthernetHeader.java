package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * The header of an Ethernet frame, with the VLAN tag if it has one (RFC 894, IEEE 802.1Q).
 *
 * @param destination the receiver, possibly a group
 * @param source the sender
 * @param tag the tag control information, 0 to 65535: three bits priority, one bit drop eligible, twelve bits VLAN; {@link
 *     #UNTAGGED} without a tag
 * @param type the EtherType of the payload, or below {@link EtherType#FIRST} a length; {@link EtherType#VLAN} in an untagged
 *     header if the frame ends within its tag
 */
public record EthernetHeader(MacAddress destination, MacAddress source, int tag, int type) {

  /** Octets of a header without a tag. */
  public static final int MINIMUM = 14;

  /** The {@link #tag} of a frame that has none. */
  public static final int UNTAGGED = -1;

  private static final int TAG = 4;
  private static final int VLAN_ID = 0xfff;
  private static final int TYPE = 12;

  /**
   * Reads the header at {@code frame}'s reader index, which stays.
   *
   * @param rejections told once why, if the result is {@code null}
   */
  public static @Nullable EthernetHeader parse(ByteBuf frame, Rejections rejections) {
    int length = frame.readableBytes();
    if (length < MINIMUM) {
      rejections.count(EthernetDefect.TOO_SHORT);
      return null;
    }
    int at = frame.readerIndex();
    int type = frame.getUnsignedShort(at + TYPE);
    boolean tagged = type == EtherType.VLAN && length >= MINIMUM + TAG;
    return new EthernetHeader(
        MacAddress.get(frame, at),
        MacAddress.get(frame, at + MacAddress.LENGTH),
        tagged ? frame.getUnsignedShort(at + MINIMUM) : UNTAGGED,
        tagged ? frame.getUnsignedShort(at + TYPE + TAG) : type);
  }

  /** Whether there is a tag. */
  public boolean isTagged() {
    return tag != UNTAGGED;
  }

  /** Whether the frame ends within its tag. */
  public boolean isCutOff() {
    return !isTagged() && type == EtherType.VLAN;
  }

  /** The VLAN, 1 to 4095; 0 without a tag, or with one that carries a priority only (IEEE 802.1Q 9.6). */
  public int vlan() {
    return isTagged() ? tag & VLAN_ID : 0;
  }

  /** Octets of the header: 14, or 18 with a tag. */
  public int length() {
    return isTagged() ? MINIMUM + TAG : MINIMUM;
  }

  /**
   * Puts the header in front of the payload that {@code bytes} holds.
   *
   * @throws IndexOutOfBoundsException if there is no headroom
   */
  public void write(ByteBuf bytes) {
    int at = Headroom.prepend(bytes, length());
    destination.set(bytes, at);
    source.set(bytes, at + MacAddress.LENGTH);
    int typeAt = at + TYPE;
    if (isTagged()) {
      bytes.setShort(typeAt, EtherType.VLAN);
      bytes.setShort(typeAt + 2, tag);
      typeAt += TAG;
    }
    bytes.setShort(typeAt, type);
  }

  @Override
  public String toString() {
    return source + " > " + destination + (isTagged() ? " vlan " + vlan() : "") + String.format(" type 0x%04x", type);
  }
}
