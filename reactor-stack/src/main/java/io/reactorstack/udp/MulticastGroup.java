package io.reactorstack.udp;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.setting.Checks;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * The parameters with which a socket joins a multicast group (RFC 1112, RFC 3376 section 2, RFC 3810 section 3).
 *
 * <pre>{@code
 * MulticastGroup.of("239.1.2.3").on("if1").from("10.0.0.9")
 * }</pre>
 *
 * @param address the group: 224.0.0.0/4 or ff00::/8; the zone of an IPv6 group names the interface
 * @param interfaceName the interface on which to receive; {@code null} for the one through which the socket sends to
 * the group
 * @param source the only sender to receive from; {@code null} for all senders
 */
public record MulticastGroup(IpAddress address, @Nullable String interfaceName, @Nullable IpAddress source) {

  /**
   * Checks the addresses.
   *
   * @throws IllegalArgumentException if {@code address} is not a multicast address, or {@code source} is not a unicast
   * address of the same IP version
   */
  public MulticastGroup {
    if (!Checks.given("group address", address).isMulticast()) {
      throw new IllegalArgumentException(address + " is not a multicast address");
    }
    if (address instanceof Ipv6Address v6 && v6.zone() != null) {
      interfaceName = interfaceName == null ? v6.zone().name() : interfaceName;
      address = v6.withoutZone();
    }
    if (interfaceName != null) {
      Checks.text("interfaceName", interfaceName);
    }
    if (source != null
        && (source.isV4() != address.isV4() || source.isMulticast() || source.isUnspecified())) {
      throw new IllegalArgumentException(source + " cannot send to " + address);
    }
  }

  /** Returns the membership in {@code group} for the datagrams of all senders. */
  public static MulticastGroup of(IpAddress group) {
    return new MulticastGroup(group, null, null);
  }

  /** Returns the membership in {@code group} for the datagrams of all senders. */
  public static MulticastGroup of(InetAddress group) {
    return of(IpAddress.of(Checks.given("group", group)));
  }

  /**
   * Returns the membership in {@code group} for the datagrams of all senders.
   *
   * @throws IllegalArgumentException if the text is not a multicast address
   */
  public static MulticastGroup of(String group) {
    return of(IpAddress.parse(Checks.text("group", group)));
  }

  /** Returns a copy of this membership for the interface of this name. */
  public MulticastGroup on(String name) {
    return new MulticastGroup(address, Checks.text("interface name to listen on", name), source);
  }

  /** Returns a copy of this membership for the datagrams of {@code sender} only. */
  public MulticastGroup from(IpAddress sender) {
    return new MulticastGroup(address, interfaceName, Checks.given("sender to take datagrams from", sender));
  }

  /**
   * Returns a copy of this membership for the datagrams of {@code sender} only.
   *
   * @throws IllegalArgumentException if the text is not an IP address
   */
  public MulticastGroup from(String sender) {
    return from(IpAddress.parse(Checks.text("sender to take datagrams from", sender)));
  }
}
