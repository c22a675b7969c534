package io.reactorstack.ip.host;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.Ipv6Header;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One interface of a host at one moment. Immutable.
 *
 * @param name the interface's name in routes and events; unique in the host
 * @param isLoopback true if this is the loopback interface
 * @param capabilities the kind and the capabilities of its device
 * @param addresses its addresses, most preferred first
 * @param groups the groups that it has joined, including {@link #ALL_HOSTS}
 * @param carrying true if its medium carries packets
 * @param silentGateways the gateways on its link that do not answer, the one that failed the longest time ago first
 * @param ipv6 the parameters of the link that routers have advertised
 */
public record InterfaceSnapshot(
    String name,
    boolean isLoopback,
    DeviceCapabilities capabilities,
    List<InterfaceAddress> addresses,
    Set<IpAddress> groups,
    boolean carrying,
    Set<IpAddress> silentGateways,
    Ipv6Link ipv6) {

  /** The name of the loopback interface. */
  public static final String LOOPBACK = "lo";

  /** 224.0.0.1, the group of all hosts, which every interface always belongs to (RFC 1112 section 4). */
  public static final Ipv4Address ALL_HOSTS = new Ipv4Address(0xe000_0001);

  /** ff02::1, the group of all nodes of a link (RFC 4291 section 2.7.1). */
  public static final Ipv6Address ALL_NODES = new Ipv6Address(0xff02_0000_0000_0000L, 1);

  /** The length of the longest prefix of IPv4 with an all-zeros and a broadcast address (RFC 3021). */
  private static final int LONGEST_WITH_BROADCAST = 30;

  /** The length of the longest prefix of IPv6 with a Subnet-Router anycast address (RFC 6164). */
  private static final int LONGEST_WITH_ROUTERS = 126;

  /** The addresses of the loopback interface: 127.0.0.1/8 and ::1/128. */
  public static final List<IpPrefix> OF_LOOPBACK = List.of(
      new IpPrefix(new Ipv4Address(0x7f00_0001), 8), new IpPrefix(Ipv6Address.LOOPBACK, 128));

  /**
   * Returns an interface with a carrier and the addresses that the user has configured.
   *
   * @param given the addresses, most preferred first
   * @throws IllegalArgumentException if an address is not valid for a host, or for this interface
   */
  static InterfaceSnapshot of(String name, DeviceCapabilities capabilities, List<IpPrefix> given) {
    InterfaceSnapshot made = new InterfaceSnapshot(
        name, name.equals(LOOPBACK), capabilities, List.of(), Set.of(ALL_HOSTS), true, Set.of(), Ipv6Link.DEFAULT);
    for (IpPrefix prefix : given) {
      made = made.with(InterfaceAddress.manual(prefix));
    }
    return made;
  }

  // ---- changed copies

  /**
   * Returns a copy with the address {@code added}, the least preferred one.
   *
   * @throws IllegalArgumentException if the address is not valid for a host, or for this interface
   */
  InterfaceSnapshot with(InterfaceAddress added) {
    check(added.prefix());
    List<InterfaceAddress> more = new ArrayList<>(addresses);
    more.add(added);
    return withAddresses(more);
  }

  InterfaceSnapshot without(IpAddress removed) {
    List<InterfaceAddress> fewer = addresses.stream().filter(held -> !held.address().equals(removed)).toList();
    return withAddresses(fewer);
  }

  /** Returns a copy in which {@code renewed} replaces the entry of the same address, in its place. */
  InterfaceSnapshot renewed(InterfaceAddress renewed) {
    List<InterfaceAddress> changed = addresses.stream()
        .map(held -> held.address().equals(renewed.address()) ? renewed : held).toList();
    return withAddresses(changed);
  }

  /** Returns a copy in which the address {@code verified} is no longer tentative. */
  InterfaceSnapshot assigned(IpAddress verified) {
    List<InterfaceAddress> changed = addresses.stream()
        .map(held -> held.address().equals(verified) ? held.in(InterfaceAddress.State.PREFERRED) : held).toList();
    return withAddresses(changed);
  }

  private InterfaceSnapshot withAddresses(List<InterfaceAddress> now) {
    return new InterfaceSnapshot(
        name, isLoopback, capabilities, List.copyOf(now), groups, carrying, silentGateways, ipv6);
  }

  /** Returns a copy with the parameters {@code now} of the link. */
  InterfaceSnapshot with(Ipv6Link now) {
    return new InterfaceSnapshot(name, isLoopback, capabilities, addresses, groups, carrying, silentGateways, now);
  }

  InterfaceSnapshot joined(IpAddress group) {
    return withGroups(changed(groups, all -> all.add(group)));
  }

  /** Returns a copy without {@code group}, except for {@link #ALL_HOSTS}, which is never left. */
  InterfaceSnapshot left(IpAddress group) {
    return group.equals(ALL_HOSTS) ? this : withGroups(changed(groups, all -> all.remove(group)));
  }

  private InterfaceSnapshot withGroups(Set<IpAddress> now) {
    return new InterfaceSnapshot(name, isLoopback, capabilities, addresses, now, carrying, silentGateways, ipv6);
  }

  InterfaceSnapshot carrying(boolean now) {
    return new InterfaceSnapshot(name, isLoopback, capabilities, addresses, groups, now, silentGateways, ipv6);
  }

  /** Returns a copy in which {@code gateway} does not answer, as the one that failed last, or answers again. */
  InterfaceSnapshot silent(IpAddress gateway, boolean now) {
    Set<IpAddress> silent = new LinkedHashSet<>(silentGateways);
    silent.remove(gateway);
    if (now) {
      silent.add(gateway);
    }
    return new InterfaceSnapshot(name, isLoopback, capabilities, addresses, groups, carrying,
        Collections.unmodifiableSet(silent), ipv6);
  }

  private static Set<IpAddress> changed(Set<IpAddress> before, Consumer<Set<IpAddress>> change) {
    Set<IpAddress> copy = new HashSet<>(before);
    change.accept(copy);
    return Set.copyOf(copy);
  }

  private void check(IpPrefix added) {
    IpAddress a = added.address();
    // RFC 1122 3.2.1.3: neither the network address nor the broadcast address identifies a host.
    boolean networkItself = a instanceof Ipv4Address v4
        && added.length() < 31
        && (v4.bits() & ~Ipv4Address.mask(added.length())) == 0;
    if (a.isUnspecified() || a.isMulticast() || networkItself || added.isDirectedBroadcast(a) || isReserved(a)) {
      throw new IllegalArgumentException("a host cannot have the address " + added);
    }
    // RFC 4291 2.5.3: the loopback address must not be assigned to a physical interface.
    if (a.equals(Ipv6Address.LOOPBACK) && !isLoopback) {
      throw new IllegalArgumentException(added + " belongs to the loopback interface");
    }
    if (!a.isV4() && mtu() < Ipv6Header.MINIMUM_MTU) {
      throw new IllegalArgumentException(
          added + " needs an MTU of 1280, and the interface has " + mtu() + " (RFC 8200)");
    }
  }

  private static boolean isReserved(IpAddress a) {
    return a instanceof Ipv4Address v4 && (v4.bits() >>> 28 == 0xf || v4.bits() >>> 24 == 0);
  }

  // ---- lookups

  /** The largest IP packet that the interface carries, in bytes; 68 to 65535. */
  public int mtu() {
    return capabilities.mtu();
  }

  /**
   * The largest packet to {@code destination} that the interface carries, in bytes: for IPv6 the MTU that routers have
   * advertised, if it is smaller.
   */
  public int mtuTo(IpAddress destination) {
    return destination.isV4() ? mtu() : Math.min(mtu(), ipv6.mtu());
  }

  /** Returns whether {@code address} is an address of the interface, and not tentative. */
  public boolean owns(IpAddress address) {
    for (int i = 0; i < addresses.size(); i++) {
      InterfaceAddress candidate = addresses.get(i);
      if (candidate.isAssigned() && candidate.address().equals(address)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the entry of {@code address}, even of a tentative one, or {@code null}. */
  @Nullable
  InterfaceAddress holding(IpAddress address) {
    for (int i = 0; i < addresses.size(); i++) {
      if (addresses.get(i).address().equals(address)) {
        return addresses.get(i);
      }
    }
    return null;
  }

  /**
   * Returns whether {@code address} is the limited broadcast address, or the broadcast address of one of the
   * interface's networks.
   */
  public boolean isBroadcast(IpAddress address) {
    if (!(address instanceof Ipv4Address v4)) {
      return false;
    }
    if (v4.isLimitedBroadcast()) {
      return true;
    }
    for (int i = 0; i < addresses.size(); i++) {
      if (addresses.get(i).prefix().isDirectedBroadcast(address)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether {@code address} is the all-zeros address of one of the IPv4 prefixes of more than two addresses. */
  boolean isNetworkAddress(IpAddress address) {
    if (!(address instanceof Ipv4Address v4)) {
      return false;
    }
    for (int i = 0; i < addresses.size(); i++) {
      IpPrefix prefix = addresses.get(i).prefix();
      if (prefix.length() <= LONGEST_WITH_BROADCAST && prefix.address() instanceof Ipv4Address own
          && v4.bits() == (own.bits() & Ipv4Address.mask(prefix.length()))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns whether the interface accepts packets to the group {@code group}: a joined group, {@link #ALL_NODES}, or
   * the solicited-node group of one of its addresses, even a tentative one (RFC 4291 section 2.8).
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
      if (addresses.get(i).address() instanceof Ipv6Address address && address.solicitedNode().equals(v6)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns whether {@code address} is the all-zeros address of one of the IPv6 networks of the interface, of which its
   * routers are the members (RFC 4291 section 2.6.1). Networks of one or two addresses have none (RFC 6164 section 5).
   */
  public boolean isSubnetRouter(IpAddress address) {
    for (int i = 0; i < addresses.size(); i++) {
      InterfaceAddress held = addresses.get(i);
      if (held.isAssigned() && !isLoopback && held.prefix().length() <= LONGEST_WITH_ROUTERS
          && address instanceof Ipv6Address && held.prefix().contains(address)
          && held.prefix().firstAddress().equals(address)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether {@code address} is in one of the interface's networks. */
  public boolean isOnLink(IpAddress address) {
    // RFC 5942 4: the prefix of an address that a router has offered need not be on the link.
    return addresses.stream()
        .anyMatch(held -> held.origin() != InterfaceAddress.Origin.ROUTER && held.prefix().contains(address));
  }

  /**
   * Returns the interface address that is the sender of an address resolution request for {@code target}, or
   * {@code null} if the interface has no address of the family.
   */
  @Nullable
  IpAddress sourceFor(IpAddress target) {
    InterfaceAddress source = new SourceSelection(AddressSelection.DEFAULT, target, target, addresses, ipv6)
        .best(addresses);
    return source == null ? null : source.address();
  }
}
