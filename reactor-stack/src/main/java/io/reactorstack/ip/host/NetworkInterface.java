package io.reactorstack.ip.host;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.Way;
import io.reactorstack.neighbor.Neighbors;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import java.util.List;

/**
 * A network interface of this host: its name, its medium, its addresses and groups, its neighbours, and its way out, on
 * one shard.
 *
 * <p>Its addresses change through {@link HostNetwork}, which tells all shards. Confined to the shard's event loop.
 */
public final class NetworkInterface implements Way<OutboundPacket> {

  /** Name of the interface through which a host talks to itself. */
  public static final String LOOPBACK = InterfaceSnapshot.LOOPBACK;

  /** The loopback interface's MTU, in bytes: the longest IPv4 packet there is. */
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
  }

  /** The name by which routes and users refer to it; unique in the host. */
  public String name() {
    return name;
  }

  /** Whether the host talks to itself through it. */
  public boolean isLoopback() { return loopback; }

  /** The kind and the abilities of its device. */
  public DeviceCapabilities capabilities() {
    return addresses.now().capabilities();
  }

  /** Largest IP packet that it carries, in bytes; 68 to 65535. */
  public int mtu() {
    return mtu;
  }

  /** Its addresses, most preferred first: an immutable snapshot. */
  public List<OwnAddress> addresses() {
    return addresses.now().addresses();
  }

  /** The stations on its link. */
  public Neighbors neighbors() {
    return neighbors;
  }

  /** The source of everything that leaves through it. */
  @Override
  public Egress<OutboundPacket> egress() {
    return egress;
  }

  /** Whether {@code address} is one of its own, and assigned. */
  public boolean owns(IpAddress address) {
    return addresses.now().owns(address);
  }

  /** Whether {@code address} is the limited broadcast address or that of one of its networks. */
  public boolean isBroadcast(IpAddress address) {
    return addresses.now().isBroadcast(address);
  }

  /** Whether it takes packets to the group {@code group}. */
  public boolean listensTo(IpAddress group) {
    return addresses.now().listensTo(group);
  }

  /** Whether {@code address} is in one of its networks. */
  public boolean isOnLink(IpAddress address) {
    return addresses.now().isOnLink(address);
  }

  /** Takes packets to {@code group} from now on. */
  public void join(IpAddress group) {
    filter.join(group);
    host.network().execute(() -> host.network().join(name, group));
  }

  /** Takes packets to {@code group} no more; {@link InterfaceSnapshot#ALL_HOSTS} is never left. */
  public void leave(IpAddress group) {
    filter.leave(group);
    host.network().execute(() -> host.network().leave(name, group));
  }

  /**
   * Whether packets to {@code destination} may cross this interface: those to a group of IPv6 of scope 0 none, of scope 1 only
   * the loopback (RFC 4291 section 2.7).
   */
  public boolean carries(IpAddress destination) {
    return !(destination instanceof Ipv6Address group) || !group.isMulticast()
        || group.groupScope() > (loopback ? 0 : 1);
  }

  /** The interface as the shard knows it. */
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
