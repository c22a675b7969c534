package io.reactorstack.packet;

import io.netty.buffer.ByteBuf;
import io.netty.util.NetUtil;
import io.reactorstack.setting.Checks;
import java.net.Inet6Address;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * An IPv6 address, with the zone in which it is valid if it has one.
 *
 * <p>Link-local addresses and groups of a scope below the global one may have a zone (RFC 4007 section 11): the name or
 * the index of an interface of the host that uses the address. Addresses in packets have none.
 *
 * @param high octets 0 to 7
 * @param low octets 8 to 15
 * @param zone the zone, without the percent sign; {@code null} for none
 */
public record Ipv6Address(long high, long low, @Nullable Zone zone) implements IpAddress {

  /**
   * An interface of a host as the zone of an address. Two zones are equal if their names are.
   *
   * @param name the name of the interface, or its index in decimal; without the percent sign
   * @param index the index of the interface, which is the scope of the JDK's addresses; 0 if it is not known
   */
  public record Zone(String name, int index) {

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if the name is empty, or contains a space, '%', '/' or a bracket, or the index
     *     is negative
     */
    public Zone {
      if (!Checks.given("zone", name).matches("[^\\s%/\\[\\]]+")) {
        throw new IllegalArgumentException(
            "'" + name + "' is not a zone: one or more characters except spaces, '%', '/' and brackets");
      }
      Checks.range("index", index, 0, Integer.MAX_VALUE, "(0 if it is not known)");
    }

    /** Returns the zone with the text {@code name}; it has an index if the text is a number. */
    public static Zone of(String name) {
      return new Zone(name, Checks.given("zone name", name).matches("[0-9]{1,9}") ? Integer.parseInt(name) : 0);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Zone zone && zone.name.equals(name);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** The length of an address, in octets. */
  public static final int LENGTH = 16;

  /** The unspecified address {@code ::}. */
  public static final Ipv6Address UNSPECIFIED = new Ipv6Address(0, 0);

  /** The loopback address {@code ::1}. */
  public static final Ipv6Address LOOPBACK = new Ipv6Address(0, 1);

  /** The scope of groups that are valid everywhere (RFC 4291 section 2.7). */
  static final int GLOBAL_SCOPE = 0xe;

  private static final Ipv6Address SOLICITED_NODE = new Ipv6Address(0xff02_0000_0000_0000L, 0x1_ff00_0000L);

  private static final Comparator<Ipv6Address> ORDER = Comparator
      .comparing(Ipv6Address::high, Long::compareUnsigned)
      .thenComparing(Ipv6Address::low, Long::compareUnsigned)
      .thenComparing(Ipv6Address::zone, Comparator.nullsFirst(Comparator.comparing(Zone::name)));

  /**
   * Checks the zone.
   *
   * @throws IllegalArgumentException if an address of this kind has no zone
   */
  public Ipv6Address {
    if (zone != null && !mayHaveZone(high)) {
      throw new IllegalArgumentException(new Ipv6Address(high, low)
          + " has no zone: only link-local addresses and groups below the global scope have one");
    }
  }

  /** Creates an address without a zone. */
  public Ipv6Address(long high, long low) {
    this(high, low, null);
  }

  /** Returns whether an address of this kind may have a zone: a link-local one, or a group below the global scope. */
  public boolean mayHaveZone() {
    return mayHaveZone(high);
  }

  private static boolean mayHaveZone(long high) {
    return high >>> 54 == 0xfe80 >>> 6 || high >>> 56 == 0xff && scope(high) < GLOBAL_SCOPE;
  }

  /**
   * Returns this address in the zone {@code place}.
   *
   * @throws IllegalArgumentException if an address of this kind has no zone
   */
  public Ipv6Address withZone(Zone place) {
    return new Ipv6Address(high, low, Checks.given("zone", place));
  }

  @Override
  public Ipv6Address withoutZone() {
    return zone == null ? this : new Ipv6Address(high, low);
  }

  @Override
  public Ipv6Address next() {
    return new Ipv6Address(low == -1 ? high + 1 : high, low + 1, zone);
  }

  @Override
  public Ipv6Address previous() {
    return new Ipv6Address(low == 0 ? high - 1 : high, low - 1, zone);
  }

  @Override
  public int compareTo(IpAddress other) {
    return other instanceof Ipv6Address v6 ? ORDER.compare(this, v6) : 1;
  }

  /** Returns the IPv4 address that this address maps, {@code ::ffff:0:0/96} (RFC 4291 section 2.5.5.2); else null. */
  public @Nullable Ipv4Address mappedIpv4() {
    return high == 0 && low >>> 32 == 0xffff ? new Ipv4Address((int) low) : null;
  }

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

  @Override
  public boolean isLinkLocal() { return high >>> 54 == 0xfe80 >>> 6; }

  /** The scope of this multicast address, 0 to 15 (RFC 4291 section 2.7). */
  public int groupScope() {
    return scope(high);
  }

  private static int scope(long high) {
    return (int) (high >>> 48) & 0xf;
  }

  static long mask(int bits) {
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

  /** The text form of RFC 5952, with the zone after a percent sign (RFC 4007 section 11.2). */
  @Override
  public String toString() {
    try {
      String text = NetUtil.toAddressString(Inet6Address.getByAddress(null, bytes(), -1));
      return zone == null ? text : text + "%" + zone.name();
    } catch (UnknownHostException e) {
      throw new AssertionError("16 octets are always an address", e);
    }
  }
}
