package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.reactorstack.setting.Checks;

/**
 * An IPv4 address.
 *
 * @param bits the four octets, first octet in bits 31 to 24
 */
public record Ipv4Address(int bits) implements IpAddress {

  /** The length of an address, in octets. */
  public static final int LENGTH = 4;

  /** 0.0.0.0. */
  public static final Ipv4Address UNSPECIFIED = new Ipv4Address(0);

  /** 255.255.255.255, the limited broadcast address. */
  public static final Ipv4Address BROADCAST = new Ipv4Address(-1);

  /** Reads the four octets at {@code index}. */
  public static Ipv4Address get(ByteBuf buffer, int index) {
    return new Ipv4Address(buffer.getInt(index));
  }

  static Ipv4Address of(byte[] octets) {
    return new Ipv4Address(
        (octets[0] & 0xff) << 24 | (octets[1] & 0xff) << 16 | (octets[2] & 0xff) << 8 | octets[3] & 0xff);
  }

  /**
   * Parses dotted decimal.
   *
   * @throws IllegalArgumentException if the text is not an IPv4 address
   */
  public static Ipv4Address parse(String text) {
    if (IpAddress.parse(Checks.text("IPv4 address", text)) instanceof Ipv4Address v4) {
      return v4;
    }
    throw new IllegalArgumentException("not an IPv4 address: '" + text + "'");
  }

  @Override
  public byte[] bytes() {
    return new byte[] {(byte) (bits >>> 24), (byte) (bits >>> 16), (byte) (bits >>> 8), (byte) bits};
  }

  @Override
  public int bitLength() {
    return 32;
  }

  @Override
  public boolean isUnspecified() { return bits == 0; }

  /** Returns whether this is 255.255.255.255. */
  public boolean isLimitedBroadcast() { return bits == -1; }

  @Override
  public boolean isMulticast() { return bits >>> 28 == 0xe; }

  @Override
  public boolean isLoopback() { return bits >>> 24 == 127; }

  @Override
  public boolean isLinkLocal() { return bits >>> 16 == 0xa9fe; }

  @Override
  public Ipv4Address next() {
    return new Ipv4Address(bits + 1);
  }

  @Override
  public Ipv4Address previous() {
    return new Ipv4Address(bits - 1);
  }

  @Override
  public Ipv4Address withoutZone() {
    return this;
  }

  @Override
  public int compareTo(IpAddress other) {
    return other instanceof Ipv4Address v4 ? Integer.compareUnsigned(bits, v4.bits) : -1;
  }

  /** Returns the IPv4-mapped IPv6 address {@code ::ffff:192.0.2.1} (RFC 4291 section 2.5.5.2). */
  public Ipv6Address toMapped() {
    return new Ipv6Address(0, 0xffff_0000_0000L | Integer.toUnsignedLong(bits));
  }

  @Override
  public boolean sharesPrefix(IpAddress other, int prefixLength) {
    return other instanceof Ipv4Address v4 && ((bits ^ v4.bits) & mask(prefixLength)) == 0;
  }

  /**
   * Returns the network mask of {@code prefixLength} bits, 0 to 32.
   *
   * @throws IllegalArgumentException if {@code prefixLength} is out of range
   */
  public static int mask(int prefixLength) {
    Checks.range("prefixLength", prefixLength, 0, 32, "bits");
    return prefixLength == 0 ? 0 : -1 << (32 - prefixLength);
  }

  @Override
  public void set(ByteBuf buffer, int index) {
    buffer.setInt(index, bits);
  }

  @Override
  public long wordSum() {
    return (bits >>> 16) + (bits & 0xffffL);
  }

  @Override
  public String toString() {
    return (bits >>> 24) + "." + (bits >>> 16 & 0xff) + "." + (bits >>> 8 & 0xff) + "." + (bits & 0xff);
  }
}
