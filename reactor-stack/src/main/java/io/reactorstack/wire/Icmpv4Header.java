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
 * @param rest the second word: identifier and sequence number, or what the type makes of it
 */
public record Icmpv4Header(int type, int code, int rest) {

  /** Octets of the header. */
  public static final int LENGTH = 8;

  /** Type of an echo reply. */
  public static final int ECHO_REPLY = 0;

  /** Type of destination unreachable. */
  public static final int DESTINATION_UNREACHABLE = 3;

  /** Type of an echo request. */
  public static final int ECHO_REQUEST = 8;

  /** Type of time exceeded. */
  public static final int TIME_EXCEEDED = 11;

  /** Type of parameter problem. */
  public static final int PARAMETER_PROBLEM = 12;

  private static final int FIRST_TIMESTAMP = 13;
  private static final int LAST_ADDRESS_MASK = 18;

  /**
   * Reads the header at {@code bytes}' reader index, which stays, and verifies the message.
   *
   * @param rejections told once why, if the result is {@code null}
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

  /** Whether {@code type} is a query or its reply, as echo and timestamp are (RFC 1122 section 3.2.2), and no error. */
  public static boolean isQuery(int type) {
    return type == ECHO_REPLY || type == ECHO_REQUEST || (type >= FIRST_TIMESTAMP && type <= LAST_ADDRESS_MASK);
  }

  /** Octets of the header: {@link #LENGTH}. */
  public int length() {
    return LENGTH;
  }

  /**
   * Puts the header in front of the message's body, which {@code bytes} holds, with the checksum.
   *
   * @throws IndexOutOfBoundsException if there is no headroom
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
