package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * The header of an ICMPv6 message (RFC 4443 section 2).
 *
 * @param type the type, 0 to 255
 * @param code the code, 0 to 255
 * @param rest the second word: identifier and sequence number, or other content that depends on the type
 */
public record Icmpv6Header(int type, int code, int rest) {

  /** The length of the header, in octets. */
  public static final int LENGTH = 8;

  /** Type of destination unreachable. */
  public static final int DESTINATION_UNREACHABLE = 1;

  /** Type of packet too big. */
  public static final int PACKET_TOO_BIG = 2;

  /** Type of time exceeded. */
  public static final int TIME_EXCEEDED = 3;

  /** Type of parameter problem. */
  public static final int PARAMETER_PROBLEM = 4;

  /** The lowest type that is not an error. */
  public static final int FIRST_INFORMATIONAL = 128;

  /** Type of an echo request. */
  public static final int ECHO_REQUEST = 128;

  /** Type of an echo reply. */
  public static final int ECHO_REPLY = 129;

  /**
   * Parses the header at the reader index of {@code bytes} and verifies the checksum of the message; does not move the
   * indices.
   *
   * @param carrier the packet that carries the message
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable Icmpv6Header parse(ByteBuf bytes, EnclosingPacket carrier, Rejections rejections) {
    int at = bytes.readerIndex();
    int octets = bytes.readableBytes();
    if (octets < LENGTH) {
      rejections.count(IcmpDefect.TOO_SHORT);
      return null;
    }
    // RFC 4443 2.3: the checksum covers the pseudo-header, since the IPv6 header has no checksum of its own.
    long pseudo = Checksum.pseudoHeader(carrier.source(), carrier.destination(), IpProtocol.ICMPV6, octets);
    if (!Checksum.verifies(pseudo + Checksum.sum(bytes, at, octets))) {
      rejections.count(IcmpDefect.BAD_CHECKSUM);
      return null;
    }
    return new Icmpv6Header(bytes.getUnsignedByte(at), bytes.getUnsignedByte(at + 1), bytes.getInt(at + 4));
  }

  /** Returns whether {@code type} is an error (RFC 4443 section 2.1). */
  public static boolean isError(int type) {
    return type < FIRST_INFORMATIONAL;
  }

  /** The length of the header in octets: {@link #LENGTH}. */
  public int length() {
    return LENGTH;
  }

  /**
   * Writes the header with the checksum in front of the body, which is the readable bytes of {@code bytes}.
   *
   * @param source the source address of the packet
   * @param destination the destination address of the packet
   * @throws IndexOutOfBoundsException if the headroom is too short
   */
  public void write(ByteBuf bytes, IpAddress source, IpAddress destination) {
    int at = Headroom.prepend(bytes, LENGTH);
    int octets = bytes.readableBytes();
    bytes.setShort(at, type << 8 | code);
    bytes.setShort(at + 2, 0);
    bytes.setInt(at + 4, rest);
    long pseudo = Checksum.pseudoHeader(source, destination, IpProtocol.ICMPV6, octets);
    bytes.setShort(at + 2, Checksum.finish(pseudo + Checksum.sum(bytes, at, octets)));
  }

  @Override
  public String toString() {
    return String.format("ICMPv6 type %d code %d rest 0x%08x", type, code, rest);
  }
}
