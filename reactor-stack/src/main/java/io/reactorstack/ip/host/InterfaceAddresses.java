package io.reactorstack.ip.host;

import io.reactorstack.neighbor.LocalAddresses;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.Ipv6Header;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one interface and the groups that it has joined. Each list is an immutable snapshot, replaced as a whole.
 *
 * <p>Confined to the host's event loop.
 */
public final class InterfaceAddresses implements LocalAddresses {

  /** 224.0.0.1, the group of all hosts, which every interface belongs to for ever (RFC 1112 section 4). */
  public static final Ipv4Address ALL_HOSTS = new Ipv4Address(0xe000_0001);

  /** ff02::1, the group of all nodes of a link (RFC 4291 section 2.7.1). */
  public static final Ipv6Address ALL_NODES = new Ipv6Address(0xff02_0000_0000_0000L, 1);

  /** The addresses of the loopback interface: 127.0.0.1/8 and ::1/128. */
  public static final List<IpPrefix> OF_LOOPBACK = List.of(
      new IpPrefix(new Ipv4Address(0x7f00_0001), 8), new IpPrefix(Ipv6Address.LOOPBACK, 128));

  private final boolean loopback;
  private final int mtu;
  private List<OwnAddress> own = List.of();
  private Set<IpAddress> groups = Set.of(ALL_HOSTS);

  /**
   * Addresses that the user has given.
   *
   * @param loopback whether they are the loopback interface's
   * @param mtu the interface's MTU, in bytes; 68 to 65535
   * @param given most preferred first
   * @throws IllegalArgumentException if a host, or this interface, cannot have one of them
   */
  public InterfaceAddresses(boolean loopback, int mtu, List<IpPrefix> given) {
    this.loopback = loopback;
    this.mtu = mtu;
    for (IpPrefix prefix : given) {
      add(OwnAddress.manual(prefix));
    }
  }

  /** The addresses, most preferred first. */
  public List<OwnAddress> all() {
    return own;
  }

  /** The groups that were joined, {@link #ALL_HOSTS} among them. */
  public Set<IpAddress> groups() {
    return groups;
  }

  /**
   * Adds an address, the least preferred.
   *
   * @throws IllegalArgumentException if a host, or this interface, cannot have it
   */
  void add(OwnAddress address) {
    check(address.prefix());
    List<OwnAddress> more = new ArrayList<>(own);
    more.add(address);
    own = List.copyOf(more);
  }

  void remove(IpAddress address) {
    own = own.stream().filter(held -> !held.address().equals(address)).toList();
  }

  void join(IpAddress group) {
    Set<IpAddress> more = new HashSet<>(groups);
    more.add(group);
    groups = Set.copyOf(more);
  }

  /** Leaves {@code group}; {@link #ALL_HOSTS} is never left. */
  void leave(IpAddress group) {
    if (!group.equals(ALL_HOSTS)) {
      Set<IpAddress> fewer = new HashSet<>(groups);
      fewer.remove(group);
      groups = Set.copyOf(fewer);
    }
  }

  private void check(IpPrefix added) {
    IpAddress a = added.address();
    // RFC 1122 3.2.1.3: neither the network nor its broadcast address names a host.
    boolean networkItself = a instanceof Ipv4Address v4
        && added.length() < 31
        && (v4.bits() & ~Ipv4Address.mask(added.length())) == 0;
    if (a.isUnspecified() || a.isMulticast() || networkItself || added.isDirectedBroadcast(a) || isReserved(a)) {
      throw new IllegalArgumentException("a host cannot have the address " + added);
    }
    // RFC 4291 2.5.3
    if (a.equals(Ipv6Address.LOOPBACK) && !loopback) {
      throw new IllegalArgumentException(added + " belongs to the loopback interface");
    }
    if (!a.isV4() && mtu < Ipv6Header.MINIMUM_MTU) {
      throw new IllegalArgumentException(
          added + " needs an MTU of 1280, and the interface has " + mtu + " (RFC 8200)");
    }
  }

  private static boolean isReserved(IpAddress a) {
    return a instanceof Ipv4Address v4 && (v4.bits() >>> 28 == 0xf || v4.bits() >>> 24 == 0);
  }

  @Override
  public boolean owns(IpAddress address) {
    List<OwnAddress> held = own;
    for (int i = 0; i < held.size(); i++) {
      OwnAddress candidate = held.get(i);
      if (candidate.isAssigned() && candidate.address().equals(address)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether packets to the group {@code group} are taken: one that was joined, {@link #ALL_NODES}, or the solicited-node group
   * of an own address (RFC 4291 section 2.8), be it tentative.
   */
  boolean listensTo(IpAddress group) {
    if (groups.contains(group)) {
      return true;
    }
    if (!(group instanceof Ipv6Address v6) || !group.isMulticast()) {
      return false;
    }
    if (v6.equals(ALL_NODES)) {
      return true;
    }
    List<OwnAddress> held = own;
    for (int i = 0; i < held.size(); i++) {
      if (held.get(i).address() instanceof Ipv6Address address && address.solicitedNode().equals(v6)) {
        return true;
      }
    }
    return false;
  }

  /** Whether {@code address} is the limited broadcast address or that of one of the networks. */
  @Override
  public boolean isBroadcast(IpAddress address) {
    if (!(address instanceof Ipv4Address v4)) {
      return false;
    }
    if (v4.isLimitedBroadcast()) {
      return true;
    }
    List<OwnAddress> held = own;
    for (int i = 0; i < held.size(); i++) {
      if (held.get(i).prefix().isDirectedBroadcast(address)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public @Nullable IpAddress sourceFor(IpAddress target) {
    return SourceSelection.select(own, target, target);
  }

  /** Whether {@code address} is in one of the networks. */
  boolean isOnLink(IpAddress address) {
    return own.stream().anyMatch(held -> held.prefix().contains(address));
  }
}
