package io.reactorstack.ip;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Ipv4Address;
import java.util.function.Consumer;
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
    Ipv4Address destination) {

  /** Octets of a header without options. */
  public static final int MINIMUM = 20;

  private static final int DF = 0x4000;
  private static final int MF = 0x2000;
  private static final int OFFSET = 0x1fff;

  /**
   * Reads the header at {@code packet}'s reader index, which stays. What lies behind the total length is link padding. The
   * options are not looked at.
   *
   * @param rejected told once why, if the result is {@code null}
   */
  public static @Nullable Ipv4Header parse(ByteBuf packet, Consumer<? super DropReason> rejected) {
    IpDrop defect = defect(packet, true);
    if (defect != null) {
      rejected.accept(defect);
      return null;
    }
    return read(packet);
  }

  /**
   * Reads the header of a packet that an ICMP error quotes: its end may be missing, and routers on the way may have
   * changed it after its checksum was made.
   */
  public static @Nullable Ipv4Header parseQuoted(ByteBuf quote, Consumer<? super DropReason> rejected) {
    IpDrop defect = defect(quote, false);
    if (defect != null) {
      rejected.accept(defect);
      return null;
    }
    return read(quote);
  }

  private static @Nullable IpDrop defect(ByteBuf packet, boolean whole) {
    int at = packet.readerIndex();
    int available = packet.readableBytes();
    if (available < MINIMUM) {
      return IpDrop.TOO_SHORT;
    }
    int first = packet.getUnsignedByte(at);
    if (first >>> 4 != 4) {
      return IpDrop.BAD_VERSION;
    }
    int length = (first & 0xf) * 4;
    if (length < MINIMUM || length > available) {
      return IpDrop.BAD_HEADER_LENGTH;
    }
    int totalLength = packet.getUnsignedShort(at + 2);
    if (totalLength < length || (whole && totalLength > available)) {
      return IpDrop.BAD_TOTAL_LENGTH;
    }
    return whole && !Checksum.verifies(Checksum.sum(packet, at, length)) ? IpDrop.BAD_CHECKSUM : null;
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

  /** Whether the packet is only a part of one. */
  public boolean isFragment() {
    return moreFragments || fragmentOffset != 0;
  }

  /** Writes the header at {@code index}; options, up to {@link #length}, have been written before. */
  public void write(ByteBuf packet, int index) {
    packet.setShort(index, 0x4000 | length / 4 << 8 | trafficClass);
    packet.setShort(index + 2, totalLength);
    packet.setShort(index + 4, identification);
    packet.setShort(index + 6, (dontFragment ? DF : 0) | (moreFragments ? MF : 0) | fragmentOffset / 8);
    packet.setShort(index + 8, ttl << 8 | protocol);
    packet.setShort(index + 10, 0);
    source.set(packet, index + 12);
    destination.set(packet, index + 16);
    packet.setShort(index + 10, Checksum.finish(Checksum.sum(packet, index, length)));
  }
}
