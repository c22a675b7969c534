package io.reactorstack.ndp;

import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.packet.MacAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/** Forms the addresses of one interface from prefixes of 64 bits. */
final class InterfaceIdentifiers {

  /** The length of an identifier, in bits (RFC 4291 section 2.5.1, RFC 2464 section 4). */
  static final int LENGTH = 64;

  private static final long UNIVERSAL_BIT = 1L << 57;

  private final Ipv6Settings.Identifiers way;
  private final Supplier<KeyedHash> secret;
  private final String interfaceName;
  private final MacAddress mac;

  InterfaceIdentifiers(Ipv6Settings.Identifiers way, Supplier<KeyedHash> secret, String interfaceName, MacAddress mac) {
    this.way = way;
    this.secret = secret;
    this.interfaceName = interfaceName;
    this.mac = mac;
  }

  /** Returns whether another address can be formed from a prefix if one was a duplicate. */
  boolean hasMore() {
    return way == Ipv6Settings.Identifiers.STABLE;
  }

  /**
   * Returns the address in {@code prefix}.
   *
   * @param duplicates the number of duplicates so far, DAD_Counter of RFC 7217
   */
  IpPrefix in(Ipv6Address prefix, int duplicates) {
    long identifier = way == Ipv6Settings.Identifiers.EUI_64 ? eui64(mac) : stable(prefix.high(), duplicates);
    return new IpPrefix(new Ipv6Address(prefix.high(), identifier), prefix.bitLength() - LENGTH);
  }

  /** RFC 4291 appendix A: the MAC address with ff:fe in the middle and an inverted universal bit. */
  private static long eui64(MacAddress mac) {
    long high = mac.bits() >>> 24;
    long low = mac.bits() & 0xff_ffff;
    return (high << 40 | 0xff_fe00_0000L | low) ^ UNIVERSAL_BIT;
  }

  /** RFC 7217 5: a keyed hash of the prefix, the interface and the counter, until the result is not reserved. */
  private long stable(long prefix, int duplicates) {
    byte[] name = interfaceName.getBytes(StandardCharsets.UTF_8);
    int words = (name.length + Long.BYTES - 1) / Long.BYTES;
    // The name of the interface remains when its device, and with it the MAC address, is replaced.
    long[] message = new long[3 + words];
    message[0] = prefix;
    message[1] = duplicates;
    ByteBuffer padded = ByteBuffer.allocate(words * Long.BYTES).put(name).rewind();
    for (int i = 0; i < words; i++) {
      message[3 + i] = padded.getLong();
    }
    KeyedHash hash = secret.get();
    long identifier = hash.of(message);
    while (isReserved(identifier)) {
      message[2]++;
      identifier = hash.of(message);
    }
    return identifier;
  }

  /** RFC 5453: the subnet-router anycast address, the range of IANA, and the anycast addresses of RFC 2526. */
  static boolean isReserved(long identifier) {
    return identifier == 0
        || identifier >>> 32 == 0x0200_5effL && (identifier & 0xffff_ffffL) >>> 24 == 0xfe
        || identifier >>> 7 == 0xfdff_ffff_ffff_ff80L >>> 7;
  }
}
