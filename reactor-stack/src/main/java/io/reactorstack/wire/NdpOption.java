package io.reactorstack.wire;

import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * An option of a neighbor discovery message (RFC 4861 section 4.6, RFC 3971 section 5.3.2, RFC 4191 section 2.3, RFC
 * 8106 section 5). All lifetimes are in seconds; {@link #FOREVER} is unlimited.
 */
public sealed interface NdpOption {

  /** The lifetime that does not end: all 32 bits set. */
  long FOREVER = 0xffff_ffffL;

  /** The largest number of addresses in an option, a limit of its length field. */
  int MAX_ADDRESSES = 127;

  /**
   * The link-layer address of the sender of a solicitation or of a router.
   *
   * @param address the sender's MAC address
   */
  record SourceLinkAddress(MacAddress address) implements NdpOption {}

  /**
   * The link-layer address of the target of an advertisement or redirect.
   *
   * @param address the target's MAC address
   */
  record TargetLinkAddress(MacAddress address) implements NdpOption {}

  /**
   * A prefix of the link.
   *
   * @param prefix an IPv6 prefix; the bits behind its length have no meaning and are those of the message
   * @param onLink whether the addresses of the prefix are on the link
   * @param autonomous whether hosts may form addresses from the prefix
   * @param validLifetime the time for which the prefix is valid, in seconds
   * @param preferredLifetime the time for which its addresses are preferred, in seconds
   */
  record PrefixInformation(
      IpPrefix prefix, boolean onLink, boolean autonomous, long validLifetime, long preferredLifetime)
      implements
        NdpOption {

    /** Checks the family and the ranges. */
    public PrefixInformation {
      checkIpv6(prefix);
      checkWord(validLifetime);
      checkWord(preferredLifetime);
    }
  }

  /**
   * The first octets of the packet that has caused a redirect.
   *
   * @param packet the packet from its IP header on; a multiple of 8 octets
   */
  record RedirectedHeader(ByteBuffer packet) implements NdpOption {

    /** Copies the octets and checks their number. */
    public RedirectedHeader {
      packet = copied(packet);
      if (packet.remaining() % 8 != 0 || packet.remaining() > 254 * 8) {
        throw new IllegalArgumentException("a redirected header of " + packet.remaining() + " octets");
      }
    }

    /** The packet, in a read-only buffer of its own. */
    @Override
    public ByteBuffer packet() {
      return packet.duplicate();
    }
  }

  /**
   * The MTU that all stations of the link must use.
   *
   * @param mtu the MTU in octets, 32 bits
   */
  record Mtu(long mtu) implements NdpOption {

    /** Checks the range. */
    public Mtu {
      checkWord(mtu);
    }
  }

  /**
   * A random value by which a sender recognizes its own solicitation (RFC 3971 section 5.3.2, RFC 7527).
   *
   * @param octets the value; at least six octets, and two more than a multiple of eight without the header
   */
  record Nonce(ByteBuffer octets) implements NdpOption {

    /** The length of the nonces that this host sends, in octets. */
    public static final int LENGTH = 6;

    /** Copies the octets and checks their number. */
    public Nonce {
      octets = copied(octets);
      if (octets.remaining() % 8 != LENGTH || octets.remaining() > 254 * 8 + LENGTH) {
        throw new IllegalArgumentException("a nonce of " + octets.remaining() + " octets");
      }
    }

    /** Returns a nonce of the lower six octets of {@code bits}. */
    public static Nonce of(long bits) {
      return new Nonce(ByteBuffer.allocate(Long.BYTES).putLong(bits).flip().position(Long.BYTES - LENGTH));
    }

    /** The value, in a read-only buffer of its own. */
    @Override
    public ByteBuffer octets() {
      return octets.duplicate();
    }
  }

  /**
   * A route through the router that sends the message (RFC 4191 section 2.3).
   *
   * @param prefix the destination network
   * @param preference the preference among routers that offer the same prefix
   * @param lifetime the time for which the route is valid, in seconds; 0 withdraws it
   */
  record RouteInformation(IpPrefix prefix, RouterPreference preference, long lifetime) implements NdpOption {

    /** Checks the family and the range. */
    public RouteInformation {
      checkIpv6(prefix);
      checkWord(lifetime);
    }
  }

  /**
   * The addresses of recursive DNS servers (RFC 8106 section 5.1).
   *
   * @param lifetime the time for which they may be used, in seconds; 0 withdraws them
   * @param servers the addresses, at least one
   */
  record RecursiveDnsServers(long lifetime, List<Ipv6Address> servers) implements NdpOption {

    /** Copies the list and checks the ranges. */
    public RecursiveDnsServers {
      checkWord(lifetime);
      servers = List.copyOf(servers);
      if (servers.isEmpty() || servers.size() > MAX_ADDRESSES) {
        throw new IllegalArgumentException(servers.size() + " DNS servers");
      }
    }
  }

  /**
   * The domain names that are appended to short names (RFC 8106 section 5.2).
   *
   * @param lifetime the time for which they may be used, in seconds; 0 withdraws them
   * @param domains the names without a final dot, at least one; labels of 1 to 63 printable ASCII characters
   */
  record DnsSearchList(long lifetime, List<String> domains) implements NdpOption {

    /** Copies the list and checks the range and the names. */
    public DnsSearchList {
      checkWord(lifetime);
      domains = List.copyOf(domains);
      if (domains.isEmpty() || !domains.stream().allMatch(DomainNames::isName)
          || DomainNames.length(domains) > 254 * 8) {
        throw new IllegalArgumentException("not a list of domain names: " + domains);
      }
    }
  }

  private static void checkIpv6(IpPrefix prefix) {
    if (prefix.address().isV4()) {
      throw new IllegalArgumentException(prefix + " is not an IPv6 prefix");
    }
  }

  private static void checkWord(long value) {
    if (value >>> 32 != 0) {
      throw new IllegalArgumentException(value + " does not fit into 32 bits");
    }
  }

  private static ByteBuffer copied(ByteBuffer given) {
    return ByteBuffer.allocate(given.remaining()).put(given.duplicate()).flip().asReadOnlyBuffer();
  }
}
