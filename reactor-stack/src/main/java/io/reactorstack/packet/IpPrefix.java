package io.reactorstack.packet;

import io.reactorstack.setting.Checks;
import java.math.BigInteger;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * An address and the number of its leading bits that identify the network, as in {@code 10.0.0.7/24} (RFC 4632, RFC
 * 4291 section 2.3).
 *
 * <p>The host bits may be set; they count in {@link #equals} and {@link #toString}, and in nothing else. {@link
 * #network} returns the prefix without them.
 *
 * <pre>{@code
 * IpPrefix lan = IpPrefix.parse("192.0.2.77/24");
 * lan.network();            // 192.0.2.0/24
 * lan.firstHost();          // 192.0.2.1
 * lan.subnets(26).toList(); // 192.0.2.0/26, 192.0.2.64/26, 192.0.2.128/26, 192.0.2.192/26
 * }</pre>
 *
 * @param address any address of the network; host bits may be set
 * @param length the number of leading bits that identify the network, 0 to 32 or 0 to 128
 */
public record IpPrefix(IpAddress address, int length) {

  /**
   * Checks the length.
   *
   * @throws IllegalArgumentException if {@code length} is out of range for the address's family, or the address has a
   *     zone
   */
  public IpPrefix {
    Checks.range("prefix length", length, 0, Checks.given("address", address).bitLength(), "bits");
    if (address instanceof Ipv6Address v6 && v6.zone() != null) {
      // RFC 4007 11.7: a prefix with a zone has no text form without ambiguity.
      throw new IllegalArgumentException("a prefix has no zone: " + address);
    }
  }

  /**
   * Parses {@code 10.0.0.7/24}, {@code 10.0.0.7/255.255.255.0} or {@code 2001:db8::/32}; without a slash the prefix is
   * the single address.
   *
   * @throws IllegalArgumentException if the text is not a prefix, or the one bits of the mask are not contiguous
   */
  public static IpPrefix parse(String text) {
    int slash = Checks.text("IP prefix", text).indexOf('/');
    if (slash < 0) {
      IpAddress address = IpAddress.parse(text);
      return new IpPrefix(address, address.bitLength());
    }
    IpAddress address = IpAddress.parse(text.substring(0, slash));
    String rest = text.substring(slash + 1);
    if (rest.matches("[0-9]{1,3}")) {
      return new IpPrefix(address, Integer.parseInt(rest));
    }
    if (rest.indexOf('.') < 0 || !address.isV4()) {
      throw new IllegalArgumentException("not an address with a prefix length: " + text);
    }
    return new IpPrefix(address, lengthOf(Ipv4Address.parse(rest).bits(), text));
  }

  private static int lengthOf(int mask, String text) {
    int length = Integer.numberOfLeadingZeros(~mask);
    if (Ipv4Address.mask(length) != mask) {
      throw new IllegalArgumentException("the one bits of the mask are not contiguous: " + text);
    }
    return length;
  }

  // ---- the addresses of the network

  /** Returns the network without host bits, such as 192.0.2.0/24 for 192.0.2.77/24. */
  public IpPrefix network() {
    IpAddress first = firstAddress();
    return first.equals(address) ? this : new IpPrefix(first, length);
  }

  /** The first address, all of whose host bits are zero. */
  public IpAddress firstAddress() {
    return switch (address) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() & Ipv4Address.mask(length));
      case Ipv6Address v6 -> new Ipv6Address(v6.high() & highMask(), v6.low() & lowMask());
    };
  }

  /** The last address, all of whose host bits are one. */
  public IpAddress lastAddress() {
    return switch (address) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() | ~Ipv4Address.mask(length));
      case Ipv6Address v6 -> new Ipv6Address(v6.high() | ~highMask(), v6.low() | ~lowMask());
    };
  }

  /**
   * The directed broadcast address; empty for IPv6, and for IPv4 networks of one or two addresses (RFC 3021).
   */
  public Optional<Ipv4Address> broadcastAddress() {
    return length < 31 && lastAddress() instanceof Ipv4Address last ? Optional.of(last) : Optional.empty();
  }

  /**
   * The first address that a host may have: the one after the network's own address (IPv4) or after the anycast address
   * of the subnet's routers (IPv6, RFC 4291 section 2.6.1). Networks of one or two addresses have neither (RFC 3021, RFC
   * 6164).
   */
  public IpAddress firstHost() {
    return hostBits() < 2 ? firstAddress() : firstAddress().next();
  }

  /** The last address that a host may have: in IPv4 the one before the directed broadcast address. */
  public IpAddress lastHost() {
    return hostBits() < 2 || !address.isV4() ? lastAddress() : lastAddress().previous();
  }

  /** The number of addresses: 2 to the power of the number of host bits. */
  public BigInteger size() {
    return BigInteger.ONE.shiftLeft(hostBits());
  }

  /**
   * Returns the addresses that hosts may have, from {@link #firstHost} to {@link #lastHost}. The stream is lazy: a
   * prefix of any length costs no more than the elements that are taken from it.
   */
  public Stream<IpAddress> hosts() {
    IpAddress last = lastHost();
    return Stream.concat(
        Stream.iterate(firstHost(), each -> !each.equals(last), IpAddress::next), Stream.of(last));
  }

  /** The network mask in text: {@code 255.255.255.0}, or {@code ffff:ffff::} for IPv6. */
  public String mask() {
    return (address.isV4()
        ? new Ipv4Address(Ipv4Address.mask(length))
        : new Ipv6Address(highMask(), lowMask())).toString();
  }

  // ---- relations

  /** Returns whether {@code other} belongs to this network. The zone of {@code other} does not count. */
  public boolean contains(IpAddress other) {
    return address.sharesPrefix(other, length);
  }

  /** Returns whether all addresses of {@code other} belong to this network. */
  public boolean contains(IpPrefix other) {
    return other.length >= length && contains(other.address);
  }

  /** Returns whether an address belongs to both networks: one of them then contains the other. */
  public boolean overlaps(IpPrefix other) {
    return contains(other) || other.contains(this);
  }

  /**
   * Returns whether {@code other} is the directed broadcast address of this IPv4 network. Networks of one or two
   * addresses (/32, /31) have none (RFC 3021).
   */
  public boolean isDirectedBroadcast(IpAddress other) {
    return length < 31
        && address instanceof Ipv4Address mine
        && other instanceof Ipv4Address theirs
        && theirs.bits() == (mine.bits() | ~Ipv4Address.mask(length));
  }

  // ---- other prefixes

  /**
   * Returns the network of {@code shorter} bits that contains this one.
   *
   * @throws IllegalArgumentException if {@code shorter} is not from 0 to {@link #length}
   */
  public IpPrefix supernet(int shorter) {
    Checks.range("prefix length of the supernet", shorter, 0, length, "bits");
    return new IpPrefix(address, shorter).network();
  }

  /**
   * Returns the number of subnets of {@code longer} bits.
   *
   * @throws IllegalArgumentException if {@code longer} is not from {@link #length} to 32 or 128
   */
  public BigInteger subnetCount(int longer) {
    Checks.range("prefix length of the subnets", longer, length, address.bitLength(), "bits");
    return BigInteger.ONE.shiftLeft(longer - length);
  }

  /**
   * Returns the subnets of {@code longer} bits in ascending order. The stream is lazy: a split into 2<sup>64</sup>
   * subnets costs no more than the elements that are taken from it.
   *
   * @throws IllegalArgumentException if {@code longer} is not from {@link #length} to 32 or 128
   */
  public Stream<IpPrefix> subnets(int longer) {
    BigInteger count = subnetCount(longer);
    return Stream.iterate(BigInteger.ZERO, index -> index.compareTo(count) < 0, index -> index.add(BigInteger.ONE))
        .map(index -> subnet(longer, index));
  }

  /**
   * Returns the subnet of {@code longer} bits with the number {@code index}, counted from zero in ascending order.
   *
   * @throws IllegalArgumentException if {@code longer} is not from {@link #length} to 32 or 128, or {@code index} not
   *     from 0 to {@link #subnetCount} - 1
   */
  public IpPrefix subnet(int longer, BigInteger index) {
    BigInteger count = subnetCount(longer);
    if (Checks.given("index", index).signum() < 0 || index.compareTo(count) >= 0) {
      throw new IllegalArgumentException(
          "subnet " + index + " of " + this + " is out of range: 0 to " + count.subtract(BigInteger.ONE));
    }
    BigInteger offset = index.shiftLeft(address.bitLength() - longer);
    return new IpPrefix(plus(firstAddress(), offset), longer);
  }

  private static IpAddress plus(IpAddress first, BigInteger offset) {
    return switch (first) {
      case Ipv4Address v4 -> new Ipv4Address(v4.bits() + offset.intValue());
      // The host bits of the first address are zero, so no sum carries from the low half into the high one.
      case Ipv6Address v6 -> new Ipv6Address(
          v6.high() + offset.shiftRight(Long.SIZE).longValue(), v6.low() + offset.longValue());
    };
  }

  private int hostBits() {
    return address.bitLength() - length;
  }

  private long highMask() {
    return Ipv6Address.mask(Math.min(length, Long.SIZE));
  }

  private long lowMask() {
    return Ipv6Address.mask(Math.max(0, length - Long.SIZE));
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
