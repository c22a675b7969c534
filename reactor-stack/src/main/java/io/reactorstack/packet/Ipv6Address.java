package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IPv6 address without a zone.
 *
 * @param high octets 0 to 7
 * @param low octets 8 to 15
 */
public record Ipv6Address(long high, long low) implements IpAddress {

  /** The length of an address, in octets. */
  public static final int LENGTH = 16;

  /** The unspecified address {@code ::}. */
  public static final Ipv6Address UNSPECIFIED = new Ipv6Address(0, 0);

  /** The loopback address {@code ::1}. */
  public static final Ipv6Address LOOPBACK = new Ipv6Address(0, 1);

  private static final Ipv6Address SOLICITED_NODE = new Ipv6Address(0xff02_0000_0000_0000L, 0x1_ff00_0000L);

  /** Reads the sixteen octets at {@code index}. */
  public static Ipv6Address get(ByteBuf buffer, int index) {
    return new Ipv6Address(buffer.getLong(index), buffer.getLong(index + 8));
  }

  static Ipv6Address of(byte[] octets) {
    ByteBuffer b = ByteBuffer.wrap(octets);
    return new Ipv6Address(b.getLong(), b.getLong());
  }

  @Override
  public byte[] bytes() {
    return ByteBuffer.allocate(LENGTH).putLong(high).putLong(low).array();
  }

  @Override
  public int bitLength() {
    return 128;
  }

  @Override
  public boolean isUnspecified() { return (high | low) == 0; }

  @Override
  public boolean isMulticast() { return high >>> 56 == 0xff; }

  @Override
  public boolean isLoopback() { return high == 0 && low == 1; }

  @Override
  public boolean sharesPrefix(IpAddress other, int prefixLength) {
    return other instanceof Ipv6Address v6
        && ((high ^ v6.high) & mask(Math.min(prefixLength, 64))) == 0
        && ((low ^ v6.low) & mask(Math.max(0, prefixLength - 64))) == 0;
  }

  /**
   * Returns the solicited-node multicast group of this address, to which neighbor solicitations for it are sent (RFC
   * 4291 section 2.7.1).
   */
  public Ipv6Address solicitedNode() {
    return new Ipv6Address(SOLICITED_NODE.high, SOLICITED_NODE.low | low & 0xff_ffff);
  }

  /** Returns whether this is a link-local address: fe80::/10. */
  public boolean isLinkLocal() {
    return high >>> 54 == 0xfe80 >>> 6;
  }

  /** The scope of this multicast address, 0 to 15 (RFC 4291 section 2.7). */
  public int groupScope() {
    return (int) (high >>> 48) & 0xf;
  }

  private static long mask(int bits) {
    return bits == 0 ? 0 : -1L << (64 - bits);
  }

  @Override
  public void set(ByteBuf buffer, int index) {
    buffer.setLong(index, high);
    buffer.setLong(index + 8, low);
  }

  @Override
  public long wordSum() {
    return words(high) + words(low);
  }

  private static long words(long bits) {
    return (bits >>> 48) + (bits >>> 32 & 0xffff) + (bits >>> 16 & 0xffff) + (bits & 0xffff);
  }

  /** The text form of RFC 5952. */
  @Override
  public String toString() {
    try {
      return NetUtil.toAddressString(Inet6Address.getByAddress(null, bytes(), -1));
    } catch (UnknownHostException e) {
      throw new AssertionError("16 octets are always an address", e);
    }
  }
}
