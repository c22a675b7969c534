package io.reactorstack.ip.host;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.EgressRef;
import io.reactorstack.neighbor.Neighbors;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network interface of this host on one shard: its name, medium, addresses, groups and neighbours, and the egress of
 * its packets.
 *
 * <p>Its addresses are changed through {@link HostNetwork}, which publishes them to all shards. Confined to the shard's
 * event loop.
 */
public final class NetworkInterface implements EgressRef<OutboundPacket> {

  /** The name of the loopback interface. */
  public static final String LOOPBACK = InterfaceSnapshot.LOOPBACK;

  /** The MTU of the loopback interface, in bytes: the maximum length of an IPv4 packet. */
  public static final int LOOPBACK_MTU = 65535;

  private final IpHost host;
  private final String name;
  private final boolean loopback;
  private final int mtu;
  private final InterfaceAddresses addresses;
  private final Neighbors neighbors;
  private final GroupFilter filter;
  private final Egress<OutboundPacket> egress;
  private final PathMtus mtus;
  private final Ipv6Address.Zone zone;
  private boolean configuring;

  NetworkInterface(
      IpHost host,
      InterfaceAddresses addresses,
      Neighbors neighbors,
      GroupFilter filter,
      Egress<OutboundPacket> egress,
      PathMtus mtus) {
    this.host = host;
    this.name = addresses.now().name();
    this.loopback = addresses.now().isLoopback();
    this.mtu = addresses.now().mtu();
    this.addresses = addresses;
    this.neighbors = neighbors;
    this.filter = filter;
    this.egress = egress;
    this.mtus = mtus;
    this.zone = new Ipv6Address.Zone(name, host.now().indexOf(name));
  }

  /** The interface's name in routes and events; unique in the host. */
  public String name() {
    return name;
  }

  /** The interface as the zone of link-local addresses, with its index in the host. */
  public Ipv6Address.Zone zone() {
    return zone;
  }

  /** Returns whether this is the loopback interface. */
  public boolean isLoopback() { return loopback; }

  /** The kind and the capabilities of its device. */
  public DeviceCapabilities capabilities() {
    return addresses.now().capabilities();
  }

  /** The largest IP packet that the interface carries, in bytes; 68 to 65535. */
  public int mtu() {
    return mtu;
  }

  /**
   * The largest packet to {@code destination} that the interface carries, in bytes: for IPv6 the MTU that routers have
   * advertised, if it is smaller (RFC 4861 section 6.3.4).
   */
  public int mtuTo(IpAddress destination) {
    return addresses.now().mtuTo(destination);
  }

  /** Its addresses, most preferred first: an immutable snapshot. */
  public List<InterfaceAddress> addresses() {
    return addresses.now().addresses();
  }

  /** The stations on its link. */
  public Neighbors neighbors() {
    return neighbors;
  }

  /** The source of all packets that leave through the interface. */
  @Override
  public Egress<OutboundPacket> egress() {
    return egress;
  }

  /** Returns whether {@code address} is an address of the interface, and not tentative. */
  public boolean owns(IpAddress address) {
    return addresses.now().owns(address);
  }

  /** Returns the entry of {@code address} among the interface's addresses, even if it is tentative, or {@code null}. */
  public @Nullable InterfaceAddress holding(IpAddress address) {
    return addresses.now().holding(address);
  }

  /**
   * Returns whether {@code address} is the limited broadcast address, or the broadcast address of one of the
   * interface's networks.
   */
  public boolean isBroadcast(IpAddress address) {
    return addresses.now().isBroadcast(address);
  }

  /** Returns whether the interface accepts packets to the group {@code group}. */
  public boolean listensTo(IpAddress group) {
    return addresses.now().listensTo(group);
  }

  /** Returns whether {@code address} is the anycast address of the routers of one of the interface's networks. */
  public boolean isSubnetRouter(IpAddress address) {
    return addresses.now().isSubnetRouter(address);
  }

  /** Returns whether {@code address} is in one of the interface's networks. */
  public boolean isOnLink(IpAddress address) {
    return addresses.now().isOnLink(address);
  }

  /**
   * Sets whether a DHCP client runs on the interface. It receives the replies of servers that are sent to the address
   * that the client does not have yet (RFC 2131 section 2).
   */
  public void configuring(boolean isConfiguring) {
    configuring = isConfiguring;
  }

  /** Returns whether a DHCP client runs on the interface. */
  public boolean isConfiguring() { return configuring; }

  /** Accepts packets to {@code group}. */
  public void join(IpAddress group) {
    filter.join(group);
    host.network().execute(() -> host.network().join(name, group));
  }

  /** No longer accepts packets to {@code group}; {@link InterfaceSnapshot#ALL_HOSTS} is never left. */
  public void leave(IpAddress group) {
    filter.leave(group);
    host.network().execute(() -> host.network().leave(name, group));
  }

  /**
   * Returns whether packets to {@code destination} may use this interface. No interface carries packets to an IPv6
   * group of scope 0, and only loopback carries those of scope 1 (RFC 4291 section 2.7).
   */
  public boolean carries(IpAddress destination) {
    return !(destination instanceof Ipv6Address group) || !group.isMulticast()
        || group.groupScope() > (loopback ? 0 : 1);
  }

  /** The latest state of the interface. */
  InterfaceSnapshot now() {
    return addresses.now();
  }

  void become(InterfaceSnapshot next) {
    addresses.become(next);
  }

  PathMtus mtus() {
    return mtus;
  }

  @Override
  public String toString() {
    return name;
  }
}
