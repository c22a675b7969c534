package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * The header of an ICMP message for IPv4 (RFC 792).
 *
 * @param type the type, 0 to 255
 * @param code the code, 0 to 255
 * @param rest the second word: identifier and sequence number, or other content that depends on the type
 */
public record Icmpv4Header(int type, int code, int rest) {

  /** The length of the header, in octets. */
  public static final int LENGTH = 8;

  /** Type of an echo reply. */
  public static final int ECHO_REPLY = 0;

  /** Type of destination unreachable. */
  public static final int DESTINATION_UNREACHABLE = 3;

  /** Type of a redirect. */
  public static final int REDIRECT = 5;

  /** Type of an echo request. */
  public static final int ECHO_REQUEST = 8;

  /** Type of time exceeded. */
  public static final int TIME_EXCEEDED = 11;

  /** Type of parameter problem. */
  public static final int PARAMETER_PROBLEM = 12;

  /** Type of a timestamp request. */
  public static final int TIMESTAMP_REQUEST = 13;

  /** Type of a timestamp reply. */
  public static final int TIMESTAMP_REPLY = 14;

  private static final int LAST_ADDRESS_MASK = 18;

  /**
   * Parses the header at the reader index of {@code bytes} and verifies the checksum of the message; does not move the
   * indices.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable Icmpv4Header parse(ByteBuf bytes, Rejections rejections) {
    int at = bytes.readerIndex();
    if (bytes.readableBytes() < LENGTH) {
      rejections.count(IcmpDefect.TOO_SHORT);
      return null;
    }
    if (!Checksum.verifies(Checksum.sum(bytes, at, bytes.readableBytes()))) {
      rejections.count(IcmpDefect.BAD_CHECKSUM);
      return null;
    }
    return new Icmpv4Header(bytes.getUnsignedByte(at), bytes.getUnsignedByte(at + 1), bytes.getInt(at + 4));
  }

  /**
   * Returns whether {@code type} is a query or a reply to one, such as echo and timestamp (RFC 1122 section 3.2.2), and
   * not an error.
   */
  public static boolean isQuery(int type) {
    return type == ECHO_REPLY || type == ECHO_REQUEST || (type >= TIMESTAMP_REQUEST && type <= LAST_ADDRESS_MASK);
  }

  /** The length of the header in octets: {@link #LENGTH}. */
  public int length() {
    return LENGTH;
  }

  /**
   * Writes the header with the checksum in front of the body, which is the readable bytes of {@code bytes}.
   *
   * @throws IndexOutOfBoundsException if the headroom is too short
   */
  public void write(ByteBuf bytes) {
    int at = Headroom.prepend(bytes, LENGTH);
    bytes.setShort(at, type << 8 | code);
    bytes.setShort(at + 2, 0);
    bytes.setInt(at + 4, rest);
    bytes.setShort(at + 2, Checksum.finish(Checksum.sum(bytes, at, bytes.readableBytes())));
  }

  @Override
  public String toString() {
    return String.format("ICMP type %d code %d rest 0x%08x", type, code, rest);
  }
}
