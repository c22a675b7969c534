package io.reactorstack.ip;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.Ipv6Header;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a host knows of one of its interfaces: an immutable snapshot, replaced as a whole when something changes.
 *
 * @param name the name by which routes refer to it
 * @param mtu largest IP packet it carries, in bytes; 68 to 65535
 * @param mac its link address, absent where the medium has none
 * @param addresses its addresses with the prefixes of their networks, most preferred first
 * @param groups the multicast groups it has joined
 */
public record IpInterface(
    String name, int mtu, @Nullable MacAddress mac, List<IpPrefix> addresses, Set<IpAddress> groups) {

  /** 224.0.0.1, the group of all hosts, which every interface belongs to for ever (RFC 1112 section 4). */
  public static final Ipv4Address ALL_HOSTS = new Ipv4Address(0xe000_0001);

  /** ff02::1, the group of all nodes of a link (RFC 4291 section 2.7.1). */
  public static final Ipv6Address ALL_NODES = new Ipv6Address(0xff02_0000_0000_0000L, 1);

  /** Name of the interface through which a host talks to itself. */
  public static final String LOOPBACK = "lo";

  /** The loopback interface's MTU, in bytes: the longest IPv4 packet there is. */
  public static final int LOOPBACK_MTU = 65535;

  /**
   * Checks the addresses and copies the collections.
   *
   * @throws IllegalArgumentException if the MTU is out of range, or an address is not one that a host may have
   */
  public IpInterface {
    if (mtu < 68 || mtu > 65535) {
      throw new IllegalArgumentException("mtu " + mtu + " is not in 68..65535 (RFC 791)");
    }
    addresses = List.copyOf(addresses);
    groups = Set.copyOf(groups);
    for (IpPrefix own : addresses) {
      checkHostAddress(own);
      // RFC 4291 2.5.3
      if (own.address().equals(Ipv6Address.LOOPBACK) && !name.equals(LOOPBACK)) {
        throw new IllegalArgumentException(own + " belongs to the loopback interface");
      }
      if (!own.address().isV4() && mtu < Ipv6Header.MINIMUM_MTU) {
        throw new IllegalArgumentException(own + " needs an MTU of 1280, and " + name + " has " + mtu + " (RFC 8200)");
      }
    }
  }

  /** An interface that belongs to no group but {@link #ALL_HOSTS}. */
  public static IpInterface of(String name, int mtu, @Nullable MacAddress mac, IpPrefix... addresses) {
    return new IpInterface(name, mtu, mac, List.of(addresses), Set.of(ALL_HOSTS));
  }

  /** The loopback interface with 127.0.0.1/8 and ::1/128. */
  public static IpInterface loopback() {
    return of(
        LOOPBACK,
        LOOPBACK_MTU,
        null,
        new IpPrefix(new Ipv4Address(0x7f00_0001), 8),
        new IpPrefix(Ipv6Address.LOOPBACK, 128));
  }

  // RFC 1122 3.2.1.3: neither the network nor its broadcast address names a host.
  private static void checkHostAddress(IpPrefix own) {
    IpAddress a = own.address();
    boolean networkItself = a instanceof Ipv4Address v4
        && own.length() < 31
        && (v4.bits() & ~Ipv4Address.mask(own.length())) == 0;
    if (a.isUnspecified() || a.isMulticast() || networkItself || own.isDirectedBroadcast(a) || isReserved(a)) {
      throw new IllegalArgumentException("a host cannot have the address " + own);
    }
  }

  private static boolean isReserved(IpAddress a) {
    return a instanceof Ipv4Address v4 && (v4.bits() >>> 28 == 0xf || v4.bits() >>> 24 == 0);
  }

  /** This interface with one more address, the least preferred. */
  public IpInterface withAddress(IpPrefix address) {
    List<IpPrefix> more = new ArrayList<>(addresses);
    more.add(address);
    return new IpInterface(name, mtu, mac, more, groups);
  }

  /** This interface without {@code address}. */
  public IpInterface withoutAddress(IpAddress address) {
    List<IpPrefix> fewer = new ArrayList<>(addresses);
    fewer.removeIf(own -> own.address().equals(address));
    return new IpInterface(name, mtu, mac, fewer, groups);
  }

  /** This interface with one more group. */
  public IpInterface withGroup(IpAddress group) {
    Set<IpAddress> more = new HashSet<>(groups);
    more.add(group);
    return new IpInterface(name, mtu, mac, addresses, more);
  }

  /** This interface without {@code group}; {@link #ALL_HOSTS} is never left. */
  public IpInterface withoutGroup(IpAddress group) {
    Set<IpAddress> fewer = new HashSet<>(groups);
    if (!group.equals(ALL_HOSTS)) {
      fewer.remove(group);
    }
    return new IpInterface(name, mtu, mac, addresses, fewer);
  }

  /** Whether this is the loopback interface. */
  public boolean isLoopback() { return name.equals(LOOPBACK); }

  /** Whether {@code address} is one of this interface's own. */
  public boolean owns(IpAddress address) {
    for (int i = 0; i < addresses.size(); i++) {
      if (addresses.get(i).address().equals(address)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether this interface takes packets to the group {@code group}: one that it has joined, {@link #ALL_NODES}, or the
   * solicited-node group of an address of its own (RFC 4291 section 2.8).
   */
  public boolean listensTo(IpAddress group) {
    if (groups.contains(group)) {
      return true;
    }
    if (!(group instanceof Ipv6Address v6) || !group.isMulticast()) {
      return false;
    }
    if (v6.equals(ALL_NODES)) {
      return true;
    }
    for (int i = 0; i < addresses.size(); i++) {
      if (addresses.get(i).address() instanceof Ipv6Address own && own.solicitedNode().equals(v6)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether packets to {@code destination} may cross this interface: those to a group of IPv6 of scope 0 none, of scope 1 only
   * the loopback (RFC 4291 section 2.7).
   */
  boolean carries(IpAddress destination) {
    return !(destination instanceof Ipv6Address group) || !group.isMulticast()
        || group.groupScope() > (isLoopback() ? 0 : 1);
  }

  /** Whether {@code address} is the limited broadcast address or that of one of this interface's networks. */
  public boolean isBroadcast(IpAddress address) {
    if (!(address instanceof Ipv4Address v4)) {
      return false;
    }
    if (v4.isLimitedBroadcast()) {
      return true;
    }
    for (int i = 0; i < addresses.size(); i++) {
      if (addresses.get(i).isDirectedBroadcast(address)) {
        return true;
      }
    }
    return false;
  }
}
