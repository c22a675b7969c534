package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Rejections;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 header (RFC 791 section 3.1).
 *
 * @param length octets of the header with its options, 20 to 60
 * @param trafficClass the TOS octet
 * @param totalLength octets of the packet with its header
 * @param identification meaningful only if the packet may be fragmented (RFC 6864)
 * @param dontFragment the DF flag
 * @param moreFragments the MF flag
 * @param fragmentOffset octets before this fragment's data
 * @param ttl hops it may still make
 * @param protocol what the payload is
 * @param source the sender
 * @param destination the receiver
 */
public record Ipv4Header(
    int length,
    int trafficClass,
    int totalLength,
    int identification,
    boolean dontFragment,
    boolean moreFragments,
    int fragmentOffset,
    int ttl,
    int protocol,
    Ipv4Address source,
    Ipv4Address destination)
    implements
      IpHeader {

  /** Octets of a header without options. */
  public static final int MINIMUM = 20;

  private static final int DF = 0x4000;
  private static final int MF = 0x2000;
  private static final int OFFSET = 0x1fff;

  /**
   * Reads the header at {@code packet}'s reader index, which stays. What lies behind the total length is link padding. The
   * options are not looked at.
   *
   * @param rejections told once why, if the result is {@code null}
   */
  public static @Nullable Ipv4Header parse(ByteBuf packet, Rejections rejections) {
    IpDefect defect = defect(packet, true);
    if (defect != null) {
      rejections.count(defect);
      return null;
    }
    return read(packet);
  }

  /**
   * Reads the header of a packet that an ICMP error quotes: its end may be missing, and routers on the way may have
   * changed it after its checksum was made.
   *
   * @param rejections told once why, if the result is {@code null}
   */
  public static @Nullable Ipv4Header parseQuoted(ByteBuf quote, Rejections rejections) {
    IpDefect defect = defect(quote, false);
    if (defect != null) {
      rejections.count(defect);
      return null;
    }
    return read(quote);
  }

  private static @Nullable IpDefect defect(ByteBuf packet, boolean whole) {
    int at = packet.readerIndex();
    int available = packet.readableBytes();
    if (available < MINIMUM) {
      return IpDefect.TOO_SHORT;
    }
    int first = packet.getUnsignedByte(at);
    if (first >>> 4 != 4) {
      return IpDefect.BAD_VERSION;
    }
    int length = (first & 0xf) * 4;
    if (length < MINIMUM || length > available) {
      return IpDefect.BAD_HEADER_LENGTH;
    }
    int totalLength = packet.getUnsignedShort(at + 2);
    if (totalLength < length || (whole && totalLength > available)) {
      return IpDefect.BAD_TOTAL_LENGTH;
    }
    return whole && !Checksum.verifies(Checksum.sum(packet, at, length)) ? IpDefect.BAD_CHECKSUM : null;
  }

  private static Ipv4Header read(ByteBuf packet) {
    int at = packet.readerIndex();
    int fragment = packet.getUnsignedShort(at + 6);
    return new Ipv4Header(
        (packet.getByte(at) & 0xf) * 4,
        packet.getUnsignedByte(at + 1),
        packet.getUnsignedShort(at + 2),
        packet.getUnsignedShort(at + 4),
        (fragment & DF) != 0,
        (fragment & MF) != 0,
        (fragment & OFFSET) * 8,
        packet.getUnsignedByte(at + 8),
        packet.getUnsignedByte(at + 9),
        Ipv4Address.get(packet, at + 12),
        Ipv4Address.get(packet, at + 16));
  }

  /** The TTL. */
  @Override
  public int hopLimit() {
    return ttl;
  }

  /** Whether the packet is only a part of one. */
  public boolean isFragment() {
    return moreFragments || fragmentOffset != 0;
  }

  /**
   * Puts the header in front of the packet's payload, which {@code bytes} holds. The options, {@link #length} without {@link
   * #MINIMUM} octets, are the first that it holds.
   *
   * @throws IndexOutOfBoundsException if there is no headroom
   */
  public void write(ByteBuf bytes) {
    int at = Headroom.prepend(bytes, MINIMUM);
    bytes.setShort(at, 0x4000 | length / 4 << 8 | trafficClass);
    bytes.setShort(at + 2, totalLength);
    bytes.setShort(at + 4, identification);
    bytes.setShort(at + 6, (dontFragment ? DF : 0) | (moreFragments ? MF : 0) | fragmentOffset / 8);
    bytes.setShort(at + 8, ttl << 8 | protocol);
    bytes.setShort(at + 10, 0);
    source.set(bytes, at + 12);
    destination.set(bytes, at + 16);
    bytes.setShort(at + 10, Checksum.finish(Checksum.sum(bytes, at, length)));
  }

  @Override
  public String toString() {
    return source + " > " + destination + " protocol " + protocol + " ttl " + ttl + " len " + totalLength
        + (dontFragment ? " DF" : "")
        + (isFragment() ? " fragment at " + fragmentOffset + (moreFragments ? "+" : "") : "");
  }
}
