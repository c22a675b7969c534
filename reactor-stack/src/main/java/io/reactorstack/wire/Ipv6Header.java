package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * An IPv6 header without its extension headers (RFC 8200 section 3).
 *
 * @param trafficClass the DSCP and ECN bits, 0 to 255
 * @param flowLabel the flow label, 20 bits; 0 for none (RFC 6437)
 * @param payloadLength the octets behind this header
 * @param nextHeader the type of the next extension header, or the protocol of the payload
 * @param hopLimit the remaining hops
 * @param source the source address
 * @param destination the destination address
 */
public record Ipv6Header(
    int trafficClass,
    int flowLabel,
    int payloadLength,
    int nextHeader,
    int hopLimit,
    Ipv6Address source,
    Ipv6Address destination)
    implements
      IpHeader {

  /** The length of the header, in octets. */
  public static final int LENGTH = 40;

  /** The smallest MTU of a link, in octets with the IPv6 header (RFC 8200 section 5). */
  public static final int MINIMUM_MTU = 1280;

  /** The offset of the next header field in the header. */
  static final int NEXT_HEADER = 6;

  /**
   * Parses the header at the reader index of {@code packet}; does not move the indices. Bytes beyond the payload length
   * are link padding.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable Ipv6Header parse(ByteBuf packet, Rejections rejections) {
    IpDefect defect = defect(packet);
    if (defect == null && packet.getUnsignedShort(packet.readerIndex() + 4) > packet.readableBytes() - LENGTH) {
      defect = IpDefect.BAD_TOTAL_LENGTH;
    }
    if (defect != null) {
      rejections.count(defect);
      return null;
    }
    return read(packet);
  }

  /**
   * Parses the header of a packet that an ICMPv6 error quotes. The end of the packet may be missing.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable Ipv6Header parseQuoted(ByteBuf quote, Rejections rejections) {
    IpDefect defect = defect(quote);
    if (defect != null) {
      rejections.count(defect);
      return null;
    }
    return read(quote);
  }

  private static @Nullable IpDefect defect(ByteBuf packet) {
    if (packet.readableBytes() < LENGTH) {
      return IpDefect.TOO_SHORT;
    }
    return packet.getUnsignedByte(packet.readerIndex()) >>> 4 == 6 ? null : IpDefect.BAD_VERSION;
  }

  private static Ipv6Header read(ByteBuf packet) {
    int at = packet.readerIndex();
    // Each access of a buffer is checked, so one wide one reads all fields before the addresses.
    long fields = packet.getLong(at);
    int first = (int) (fields >>> Integer.SIZE);
    return new Ipv6Header(
        first >>> 20 & 0xff,
        first & 0xf_ffff,
        (int) (fields >>> 16) & 0xffff,
        (int) (fields >>> 8) & 0xff,
        (int) fields & 0xff,
        Ipv6Address.get(packet, at + 8),
        Ipv6Address.get(packet, at + 24));
  }

  /** Always true: routers do not fragment IPv6 packets (RFC 8200 section 5). */
  @Override
  public boolean dontFragment() {
    return true;
  }

  /** The length of the header in octets: {@link #LENGTH}. */
  @Override
  public int length() {
    return LENGTH;
  }

  /**
   * Writes the header in front of the readable bytes: the payload with its extension headers.
   *
   * @throws IndexOutOfBoundsException if the headroom is too short
   */
  public void write(ByteBuf bytes) {
    int at = Headroom.prepend(bytes, LENGTH);
    long first = 6L << 28 | trafficClass << 20 | flowLabel;
    bytes.setLong(at, first << Integer.SIZE | (long) payloadLength << 16 | nextHeader << 8 | hopLimit);
    source.set(bytes, at + 8);
    destination.set(bytes, at + 24);
  }

  /** Decrements the hop limit of the packet at the reader index of {@code packet}, as a router does (RFC 8200 section 3). */
  public static void passOn(ByteBuf packet) {
    int at = packet.readerIndex() + 7;
    packet.setByte(at, packet.getByte(at) - 1);
  }

  @Override
  public String toString() {
    return source + " > " + destination + " next " + nextHeader + " hops " + hopLimit + " len "
        + (LENGTH + payloadLength);
  }
}
