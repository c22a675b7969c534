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
 * @param length the length of the header with its options, 20 to 60 octets
 * @param trafficClass the TOS octet
 * @param totalLength the length of the packet with its header, in octets
 * @param identification meaningful only if the packet may be fragmented (RFC 6864)
 * @param dontFragment the DF flag
 * @param moreFragments the MF flag
 * @param fragmentOffset the offset of this fragment's data in octets
 * @param ttl the remaining hops
 * @param protocol the protocol of the payload
 * @param source the source address
 * @param destination the destination address
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

  /** The length of a header without options, in octets. */
  public static final int MINIMUM = 20;

  private static final int FLAGS = 6;
  private static final int CHECKSUM = 10;
  private static final int RESERVED = 0x8000;
  private static final int DF = 0x4000;
  private static final int MF = 0x2000;
  private static final int OFFSET = 0x1fff;

  /**
   * Parses the header at the reader index of {@code packet}; does not move the indices. Bytes beyond the total length
   * are link padding. The options are not parsed; {@link Ipv4Options#parse} does that.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable Ipv4Header parse(ByteBuf packet, Rejections rejections) {
    IpDefect defect = defect(packet, true);
    if (defect != null) {
      rejections.count(defect);
      return null;
    }
    Ipv4Header header = read(packet);
    int at = packet.readerIndex();
    // The reserved flag is not a field of this record, but the sender has summed it.
    long reserved = packet.getUnsignedShort(at + FLAGS) & RESERVED;
    if (!Checksum.verifies(header.sum(packet, at) + reserved + packet.getUnsignedShort(at + CHECKSUM))) {
      rejections.count(IpDefect.BAD_CHECKSUM);
      return null;
    }
    return header;
  }

  /**
   * Parses the header of a packet that an ICMP error quotes. The end of the packet may be missing, and routers may have
   * changed the header after its checksum was computed, so the checksum is not verified.
   *
   * @param rejections counts the reason once if the result is {@code null}
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
    return totalLength < length || (whole && totalLength > available) ? IpDefect.BAD_TOTAL_LENGTH : null;
  }

  private static Ipv4Header read(ByteBuf packet) {
    int at = packet.readerIndex();
    int fragment = packet.getUnsignedShort(at + FLAGS);
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

  /** The TTL, 0 to 255. */
  @Override
  public int hopLimit() {
    return ttl;
  }

  /** Returns whether the packet is a fragment. */
  public boolean isFragment() {
    return moreFragments || fragmentOffset != 0;
  }

  /**
   * Writes the fixed header with the checksum in front of the readable bytes. If {@link #length} exceeds
   * {@link #MINIMUM}, the readable bytes must begin with the options.
   *
   * @throws IndexOutOfBoundsException if the headroom is too short
   */
  public void write(ByteBuf bytes) {
    int at = Headroom.prepend(bytes, MINIMUM);
    bytes.setInt(at, versionWord() << 16 | totalLength);
    bytes.setInt(at + 4, identification << 16 | fragmentWord());
    bytes.setShort(at + 8, ttl << 8 | protocol);
    bytes.setShort(at + CHECKSUM, Checksum.finish(sum(bytes, at)));
    source.set(bytes, at + 12);
    destination.set(bytes, at + 16);
  }

  private int versionWord() {
    return 0x4000 | length / 4 << 8 | trafficClass;
  }

  private int fragmentWord() {
    return (dontFragment ? DF : 0) | (moreFragments ? MF : 0) | fragmentOffset / 8;
  }

  /**
   * Returns the sum of the header without its checksum field. The fixed part is summed from the fields, and only the
   * options from the packet, whose header begins at {@code at}: most headers are not read twice.
   */
  private long sum(ByteBuf packet, int at) {
    long fixed = versionWord() + totalLength + identification + fragmentWord() + (ttl << 8 | protocol)
        + source.wordSum() + destination.wordSum();
    return length == MINIMUM ? fixed : fixed + Checksum.sum(packet, at + MINIMUM, length - MINIMUM);
  }

  /**
   * Changes the packet at the reader index of {@code packet} as a router does (RFC 1812 section 5.3.1): decrements the TTL,
   * replaces the options and computes the checksum.
   *
   * @param options as long as those of the packet
   */
  public static void passOn(ByteBuf packet, Ipv4Options options) {
    int at = packet.readerIndex();
    packet.setByte(at + 8, packet.getByte(at + 8) - 1);
    if (options.length() != 0) {
      packet.setBytes(at + MINIMUM, options.octets());
    }
    packet.setShort(at + 10, 0);
    packet.setShort(at + 10, Checksum.finish(Checksum.sum(packet, at, MINIMUM + options.length())));
  }

  /**
   * Sets the reserved flag of the packet at the reader index of {@code fragment}, with its checksum, if the packet at the
   * reader index of {@code whole} has it (RFC 1812 section 5.2.5).
   */
  public static void copyReservedFlag(ByteBuf whole, ByteBuf fragment) {
    if ((whole.getUnsignedShort(whole.readerIndex() + FLAGS) & RESERVED) == 0) {
      return;
    }
    int at = fragment.readerIndex();
    fragment.setShort(at + FLAGS, fragment.getUnsignedShort(at + FLAGS) | RESERVED);
    fragment.setShort(at + CHECKSUM, 0);
    fragment.setShort(at + CHECKSUM, Checksum.finish(Checksum.sum(fragment, at, (fragment.getByte(at) & 0xf) * 4)));
  }

  @Override
  public String toString() {
    return source + " > " + destination + " protocol " + protocol + " ttl " + ttl + " len " + totalLength
        + (dontFragment ? " DF" : "")
        + (isFragment() ? " fragment at " + fragmentOffset + (moreFragments ? "+" : "") : "");
  }
}
