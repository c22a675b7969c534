package io.reactorstack.udp;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * A multicast group as a socket joins it (RFC 1112, RFC 3376 section 2, RFC 3810 section 3).
 *
 * <pre>{@code
 * MulticastGroup.of("239.1.2.3").on("if1").from("10.0.0.9")
 * }</pre>
 *
 * @param address the group: 224.0.0.0/4 or ff00::/8
 * @param interfaceName the interface to listen on; {@code null} for the one that the socket sends to groups through
 * @param source whose datagrams are wanted; {@code null} for everybody's
 */
public record MulticastGroup(IpAddress address, @Nullable String interfaceName, @Nullable IpAddress source) {

  /**
   * Checks the addresses.
   *
   * @throws IllegalArgumentException if {@code address} is no group, or {@code source} no single host of its family
   */
  public MulticastGroup {
    if (!Checks.given("group address", address).isMulticast()) {
      throw new IllegalArgumentException(address + " is no multicast group");
    }
    if (interfaceName != null) {
      Checks.text("interfaceName", interfaceName);
    }
    if (source != null
        && (source.isV4() != address.isV4() || source.isMulticast() || source.isUnspecified())) {
      throw new IllegalArgumentException(source + " cannot send to " + address);
    }
  }

  /** Everybody's datagrams to {@code group}. */
  public static MulticastGroup of(IpAddress group) {
    return new MulticastGroup(group, null, null);
  }

  /** Everybody's datagrams to {@code group}. */
  public static MulticastGroup of(InetAddress group) {
    return of(IpAddress.of(Checks.given("group", group)));
  }

  /**
   * Everybody's datagrams to {@code group}.
   *
   * @throws IllegalArgumentException if the text is no address of a group
   */
  public static MulticastGroup of(String group) {
    return of(IpAddress.parse(Checks.text("group", group)));
  }

  /** This group on the interface of this name. */
  public MulticastGroup on(String name) {
    return new MulticastGroup(address, Checks.text("interface name to listen on", name), source);
  }

  /** This group, and only datagrams of {@code sender}. */
  public MulticastGroup from(IpAddress sender) {
    return new MulticastGroup(address, interfaceName, Checks.given("sender to take datagrams from", sender));
  }

  /**
   * This group, and only datagrams of {@code sender}.
   *
   * @throws IllegalArgumentException if the text is no address
   */
  public MulticastGroup from(String sender) {
    return from(IpAddress.parse(Checks.text("sender to take datagrams from", sender)));
  }
}
