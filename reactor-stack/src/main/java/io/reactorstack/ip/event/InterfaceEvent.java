package io.reactorstack.ip.event;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import org.jspecify.annotations.Nullable;

/** A change of an interface of a host, of its addresses, or of the routes that lead over it. */
public sealed interface InterfaceEvent {

  /** The interface's name in the host. */
  String interfaceName();

  /** Events of one subject replace each other for a subscriber that has not asked for the older one. */
  default Object subject() {
    return interfaceName();
  }

  /** The interface carries packets. */
  record Up(String interfaceName) implements InterfaceEvent {}

  /**
   * The medium is disconnected or switched off, and may come back. Destinations that another interface has a route to are reached
   * over that; what is sent elsewhere is lost, and connections live on by their timers.
   */
  record Down(String interfaceName) implements InterfaceEvent {}

  /**
   * The device has failed for good: the interface has no part in the host any more. Connections from its addresses have ended,
   * and those for which no other interface has a route.
   *
   * @param cause usually a {@link io.reactorstack.device.DeviceException}
   */
  record Failed(String interfaceName, Throwable cause) implements InterfaceEvent {}

  /**
   * The interface has one more address.
   *
   * @param address with the length of its network's prefix
   */
  record AddressAdded(String interfaceName, IpPrefix address) implements InterfaceEvent {

    @Override
    public Object subject() {
      return address.address();
    }
  }

  /**
   * The interface has an address no more; connections from it have ended.
   *
   * @param address with the length of its network's prefix
   */
  record AddressRemoved(String interfaceName, IpPrefix address) implements InterfaceEvent {

    @Override
    public Object subject() {
      return address.address();
    }
  }

  /**
   * Another station on the link says that an address of this host is its own. The host keeps the address and defends it (RFC 5227
   * section 2.4); packets to it may reach either.
   *
   * @param address the address that both use
   * @param claimant the other station
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
   * @param network where it leads
   * @param gateway the router on the way; {@code null} if the network is on the link
   */
  record RouteAdded(String interfaceName, IpPrefix network, @Nullable IpAddress gateway) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new RouteSubject(network, gateway);
    }
  }

  /**
   * A route was removed.
   *
   * @param network where it led
   * @param gateway the router on the way; {@code null} if the network was on the link
   */
  record RouteRemoved(String interfaceName, IpPrefix network, @Nullable IpAddress gateway) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new RouteSubject(network, gateway);
    }
  }

  /** A router does not answer: while another route leads to a destination, its own are not used (RFC 1122 section 3.3.1.5). */
  record GatewayFailed(String interfaceName, IpAddress gateway) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new GatewaySubject(gateway);
    }
  }

  /** A router that did not answer may be used again. */
  record GatewayRestored(String interfaceName, IpAddress gateway) implements InterfaceEvent {

    @Override
    public Object subject() {
      return new GatewaySubject(gateway);
    }
  }
}

/** The route that an event tells of. */
record RouteSubject(IpPrefix network, @Nullable IpAddress gateway) {}

/** The address that an event tells of a conflict about. */
record ConflictSubject(IpAddress address) {}

/** The router that an event tells of. */
record GatewaySubject(IpAddress gateway) {}
