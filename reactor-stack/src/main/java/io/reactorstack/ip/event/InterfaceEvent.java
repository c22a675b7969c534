package io.reactorstack.ip.event;

import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import org.jspecify.annotations.Nullable;

/** A change of a host's interface, of its addresses, or of the routes that use it. */
public sealed interface InterfaceEvent {

  /** The name of the interface. */
  String interfaceName();

  /**
   * The subject of the event. A subscriber that has not requested an event yet receives only the latest event of each
   * subject.
   */
  default Object subject() {
    return interfaceName();
  }

  /** The interface is connected and carries packets. */
  record Up(String interfaceName) implements InterfaceEvent {}

  /**
   * The medium is disconnected or switched off; it may come back. Destinations to which another interface has a route
   * are reached over that interface. Packets to other destinations are lost; their connections remain open until their
   * timers expire.
   */
  record Down(String interfaceName) implements InterfaceEvent {}

  /**
   * The device has failed permanently, and the interface was removed from the host. Connections from its addresses have
   * ended, as have those for which no other interface has a route.
   *
   * @param cause the device's failure, usually a {@link io.reactorstack.device.DeviceException}
   */
  record Failed(String interfaceName, Throwable cause) implements InterfaceEvent {}

  /**
   * An address was added to the interface and can be used. An address on Ethernet is reported when it has proven to be
   * unique on the link, unless such a test is switched off.
   *
   * @param address the address with the length of its network's prefix
   */
  record AddressAdded(String interfaceName, IpPrefix address) implements InterfaceEvent {

    @Override
    public Object subject() {
      return address.address();
    }
  }

  /**
   * An address was removed from the interface; connections from it have ended.
   *
   * @param address the address with the length of its network's prefix
   */
  record AddressRemoved(String interfaceName, IpPrefix address) implements InterfaceEvent {

    @Override
    public Object subject() {
      return address.address();
    }
  }

  /**
   * The preferred lifetime of an address has ended: it still receives, and open connections keep it, but it is chosen for
   * new ones only if there is no other address (RFC 4862 section 5.5.4).
   *
   * @param address the address with the length of its network's prefix
   */
  record AddressDeprecated(String interfaceName, IpPrefix address) implements InterfaceEvent {

    @Override
    public Object subject() {
      return address.address();
    }
  }

  /**
   * A deprecated address can be used without restriction again: a router has extended its lifetime.
   *
   * @param address the address with the length of its network's prefix
   */
  record AddressPreferred(String interfaceName, IpPrefix address) implements InterfaceEvent {

    @Override
    public Object subject() {
      return address.address();
    }
  }

  /**
   * An address was not assigned to the interface, because another station on the link uses it or is about to use it
   * (RFC 5227 section 2.1.1, RFC 4862 section 5.4.5).
   *
   * @param address the address with the length of its network's prefix
   */
  record AddressDuplicate(String interfaceName, IpPrefix address) implements InterfaceEvent {

    @Override
    public Object subject() {
      return address.address();
    }
  }

  /**
   * Another station on the link claims an address of this host. The host keeps the address and defends it, or gives it
   * up; then {@link AddressRemoved} follows (RFC 5227 section 2.4). While both use it, packets to the address may reach
   * either station.
   *
   * @param address the address that both stations use
   * @param claimant the MAC address of the other station
   */
  record AddressConflict(String interfaceName, IpAddress address, MacAddress claimant) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new ConflictSubject(address);
    }
  }

  /**
   * A route was added.
   *
   * @param network the destination network
   * @param gateway the router to the network; {@code null} if the network is on the link
   */
  record RouteAdded(String interfaceName, IpPrefix network, @Nullable IpAddress gateway) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new RouteSubject(interfaceName, network, gateway);
    }
  }

  /**
   * A route was removed.
   *
   * @param network the destination network
   * @param gateway the router to the network; {@code null} if the network was on the link
   */
  record RouteRemoved(String interfaceName, IpPrefix network, @Nullable IpAddress gateway) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new RouteSubject(interfaceName, network, gateway);
    }
  }

  /**
   * A gateway does not answer. Its routes are used only for destinations to which no other route leads (RFC 1122
   * section 3.3.1.5).
   */
  record GatewayFailed(String interfaceName, IpAddress gateway) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new GatewaySubject(interfaceName, gateway);
    }
  }

  /**
   * The DHCP client of the interface has reached another step, or has sent a message.
   *
   * @param status the state of the client
   */
  record DhcpChanged(String interfaceName, DhcpStatus status) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new DhcpSubject(interfaceName);
    }
  }

  /**
   * A gateway has named a better next hop for one destination, and the host has followed (RFC 1122 section 3.2.2.2).
   *
   * @param destination the host that is reached over the next hop
   * @param nextHop the router or, if it is on the link, the destination itself
   */
  record Redirected(String interfaceName, IpAddress destination, IpAddress nextHop) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new RedirectSubject(destination);
    }
  }

  /**
   * The configuration of the interface by IPv6 routers has changed: an address, a router, or another parameter.
   *
   * @param status the configuration
   */
  record Ipv6Changed(String interfaceName, Ipv6Status status) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new Ipv6Subject(interfaceName);
    }
  }

  /** A gateway that did not answer is used again. */
  record GatewayRestored(String interfaceName, IpAddress gateway) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new GatewaySubject(interfaceName, gateway);
    }
  }
}

/** The subject of an event about a route. */
record RouteSubject(String interfaceName, IpPrefix network, @Nullable IpAddress gateway) {}

/** The subject of an event about an address conflict. */
record ConflictSubject(IpAddress address) {}

/** The subject of an event about a DHCP client. */
record DhcpSubject(String interfaceName) {}

/** The subject of an event about a redirected destination. */
record RedirectSubject(IpAddress destination) {}

/** The subject of an event about the configuration by IPv6 routers. */
record Ipv6Subject(String interfaceName) {}

/** The subject of an event about a gateway. */
record GatewaySubject(String interfaceName, IpAddress gateway) {}
