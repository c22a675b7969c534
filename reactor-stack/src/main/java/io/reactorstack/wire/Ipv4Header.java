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
  private static final int TTL = 8;
  private static final int SOURCE = 12;
  private static final long WORD = 0xffff_ffffL;
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
    Ipv4Header header = read(packet, true, rejections);
    if (header != null && !Checksum.verifies(sumOf(packet, header.length))) {
      rejections.count(IpDefect.BAD_CHECKSUM);
      return null;
    }
    return header;
  }

  /** Returns the sum of the header at the reader index, which has {@code length} octets, with its checksum field. */
  private static long sumOf(ByteBuf packet, int length) {
    int at = packet.readerIndex();
    long first = packet.getLong(at);
    long addresses = packet.getLong(at + SOURCE);
    long fixed = (first >>> Integer.SIZE) + (first & WORD) + (packet.getInt(at + TTL) & WORD)
        + (addresses >>> Integer.SIZE) + (addresses & WORD);
    return length == MINIMUM ? fixed : fixed + Checksum.sum(packet, at + MINIMUM, length - MINIMUM);
  }

  /**
   * Parses the header of a packet that an ICMP error quotes. The end of the packet may be missing, and routers may have
   * changed the header after its checksum was computed, so the checksum is not verified.
   *
   * @param rejections counts the reason once if the result is {@code null}
   */
  public static @Nullable Ipv4Header parseQuoted(ByteBuf quote, Rejections rejections) {
    return read(quote, false, rejections);
  }

  /** Reads the header without its checksum; returns {@code null} and counts the reason if its lengths are not possible. */
  private static @Nullable Ipv4Header read(ByteBuf packet, boolean whole, Rejections rejections) {
    int at = packet.readerIndex();
    int available = packet.readableBytes();
    if (available < MINIMUM) {
      rejections.count(IpDefect.TOO_SHORT);
      return null;
    }
    // Each access of a buffer is checked, so few wide ones read the header.
    long first = packet.getLong(at);
    IpDefect defect = defect(first, available, whole);
    if (defect != null) {
      rejections.count(defect);
      return null;
    }
    int second = packet.getInt(at + TTL);
    long addresses = packet.getLong(at + SOURCE);
    int fragment = (int) first & 0xffff;
    return new Ipv4Header(
        headerLength(first),
        (int) (first >>> 48) & 0xff,
        totalLength(first),
        (int) (first >>> 16) & 0xffff,
        (fragment & DF) != 0,
        (fragment & MF) != 0,
        (fragment & OFFSET) * 8,
        second >>> 24,
        second >>> 16 & 0xff,
        new Ipv4Address((int) (addresses >>> Integer.SIZE)),
        new Ipv4Address((int) addresses));
  }

  private static @Nullable IpDefect defect(long first, int available, boolean whole) {
    if (first >>> 60 != 4) {
      return IpDefect.BAD_VERSION;
    }
    int length = headerLength(first);
    if (length < MINIMUM || length > available) {
      return IpDefect.BAD_HEADER_LENGTH;
    }
    int totalLength = totalLength(first);
    return totalLength < length || (whole && totalLength > available) ? IpDefect.BAD_TOTAL_LENGTH : null;
  }

  /** Returns the header length from the first eight octets of a header. */
  private static int headerLength(long first) {
    return (int) (first >>> 56 & 0xf) * 4;
  }

  /** Returns the total length from the first eight octets of a header. */
  private static int totalLength(long first) {
    return (int) (first >>> Integer.SIZE) & 0xffff;
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
    int first = versionWord() << 16 | totalLength;
    int second = identification << 16 | fragmentWord();
    bytes.setLong(at, (long) first << Integer.SIZE | second & WORD);
    bytes.setInt(at + TTL, (ttl << 8 | protocol) << 16 | Checksum.finish(sum(bytes, at)));
    bytes.setLong(at + SOURCE, (long) source.bits() << Integer.SIZE | destination.bits() & WORD);
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
