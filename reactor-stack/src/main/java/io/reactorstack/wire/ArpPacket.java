package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * An ARP packet for Ethernet and IPv4 (RFC 826).
 *
 * @param operation {@link #REQUEST} or {@link #REPLY}
 * @param senderMac ar$sha
 * @param sender ar$spa
 * @param targetMac ar$tha, meaningless in a request
 * @param target ar$tpa
 */
public record ArpPacket(
    int operation, MacAddress senderMac, Ipv4Address sender, MacAddress targetMac, Ipv4Address target) {

  /** Asks for an address. */
  public static final int REQUEST = 1;

  /** Tells an address. */
  public static final int REPLY = 2;

  /** Octets of the packet. */
  public static final int LENGTH = 28;

  /** What stands in ar$tha while the address is being asked for. */
  public static final MacAddress UNKNOWN = new MacAddress(0);

  private static final int ETHERNET = 1;

  /**
   * Reads a packet at {@code bytes}' reader index, which stays; padding behind it is ignored.
   *
   * @param rejections told once why, if the result is {@code null}
   */
  public static @Nullable ArpPacket parse(ByteBuf bytes, Rejections rejections) {
    ArpDefect defect = defect(bytes);
    if (defect != null) {
      rejections.count(defect);
      return null;
    }
    int at = bytes.readerIndex();
    return new ArpPacket(
        bytes.getUnsignedShort(at + 6),
        MacAddress.get(bytes, at + 8),
        Ipv4Address.get(bytes, at + 14),
        MacAddress.get(bytes, at + 18),
        Ipv4Address.get(bytes, at + 24));
  }

  private static @Nullable ArpDefect defect(ByteBuf bytes) {
    int at = bytes.readerIndex();
    if (bytes.readableBytes() < LENGTH) {
      return ArpDefect.ARP_TOO_SHORT;
    }
    if (bytes.getUnsignedShort(at) != ETHERNET || bytes.getUnsignedShort(at + 2) != EtherType.IPV4) {
      return ArpDefect.ARP_UNKNOWN_TYPE;
    }
    if (bytes.getByte(at + 4) != MacAddress.LENGTH || bytes.getByte(at + 5) != Ipv4Address.LENGTH) {
      return ArpDefect.ARP_BAD_LENGTH;
    }
    int operation = bytes.getUnsignedShort(at + 6);
    return operation == REQUEST || operation == REPLY ? null : ArpDefect.ARP_UNKNOWN_OPERATION;
  }

  /** Octets of the packet: {@link #LENGTH}. */
  public int length() {
    return LENGTH;
  }

  /**
   * Puts the packet in front of what {@code bytes} holds: nothing, or padding.
   *
   * @throws IndexOutOfBoundsException if there is no headroom
   */
  public void write(ByteBuf bytes) {
    int at = Headroom.prepend(bytes, LENGTH);
    bytes.setShort(at, ETHERNET);
    bytes.setShort(at + 2, EtherType.IPV4);
    bytes.setByte(at + 4, MacAddress.LENGTH);
    bytes.setByte(at + 5, Ipv4Address.LENGTH);
    bytes.setShort(at + 6, operation);
    senderMac.set(bytes, at + 8);
    sender.set(bytes, at + 14);
    targetMac.set(bytes, at + 18);
    target.set(bytes, at + 24);
  }

  @Override
  public String toString() {
    return operation == REQUEST
        ? "ARP who has " + target + "? tell " + sender + " at " + senderMac
        : "ARP " + sender + " is at " + senderMac + ", to " + target;
  }
}
