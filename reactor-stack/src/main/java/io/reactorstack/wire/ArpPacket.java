package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * A packet of ARP (RFC 826) or RARP (RFC 903) for Ethernet and IPv4. The two protocols have the same format and differ
 * in EtherType and operations. The field names below are those of the RFCs.
 *
 * @param operation {@link #REQUEST} or {@link #REPLY} of ARP, {@link #REVERSE_REQUEST} or {@link #REVERSE_REPLY} of RARP
 * @param senderMac the sender's hardware address, ar$sha
 * @param sender the sender's protocol address, ar$spa
 * @param targetMac the target's hardware address, ar$tha; meaningless in a request of ARP
 * @param target the target's protocol address, ar$tpa; meaningless in a request of RARP
 */
public record ArpPacket(
    int operation, MacAddress senderMac, Ipv4Address sender, MacAddress targetMac, Ipv4Address target) {

  /** The operation of a request. */
  public static final int REQUEST = 1;

  /** The operation of a reply. */
  public static final int REPLY = 2;

  /** The operation of a RARP request, for the protocol address of the station {@link #targetMac}. */
  public static final int REVERSE_REQUEST = 3;

  /** The operation of a RARP reply. */
  public static final int REVERSE_REPLY = 4;

  /** The length of the packet, in octets. */
  public static final int LENGTH = 28;

  /** The value of ar$tha in a request, where the address is not known yet. */
  public static final MacAddress UNKNOWN = new MacAddress(0);

  private static final int ETHERNET = 1;

  /** Checks the operation. */
  public ArpPacket {
    if (operation < REQUEST || operation > REVERSE_REPLY) {
      throw new IllegalArgumentException("ar$op is " + operation + ", not " + REQUEST + " to " + REVERSE_REPLY);
    }
  }

  /**
   * Parses the ARP packet at the reader index of {@code bytes}; does not move the indices. Padding behind the packet is
   * ignored.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable ArpPacket parse(ByteBuf bytes, Rejections rejections) {
    return parse(bytes, REQUEST, rejections);
  }

  /**
   * Parses the RARP packet at the reader index of {@code bytes}, as {@link #parse(ByteBuf, Rejections)} does with ARP.
   */
  public static @Nullable ArpPacket parseReverse(ByteBuf bytes, Rejections rejections) {
    return parse(bytes, REVERSE_REQUEST, rejections);
  }

  /** Parses a packet whose operation is {@code request}, or that of the reply, which is the next number. */
  private static @Nullable ArpPacket parse(ByteBuf bytes, int request, Rejections rejections) {
    ArpDefect defect = defect(bytes, request);
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

  private static @Nullable ArpDefect defect(ByteBuf bytes, int request) {
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
    return operation == request || operation == request + 1 ? null : ArpDefect.ARP_UNKNOWN_OPERATION;
  }

  /** The length of the packet in octets: {@link #LENGTH}. */
  public int length() {
    return LENGTH;
  }

  /**
   * Writes the packet in front of the readable bytes, which are padding or empty.
   *
   * @throws IndexOutOfBoundsException if the headroom is too short
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
    return switch (operation) {
      case REQUEST -> "ARP who has " + target + "? tell " + sender + " at " + senderMac;
      case REPLY -> "ARP " + sender + " is at " + senderMac + ", to " + target;
      case REVERSE_REQUEST -> "RARP who is " + targetMac + "? tell " + senderMac;
      default -> "RARP " + targetMac + " is " + target + ", from " + sender + " at " + senderMac;
    };
  }
}
