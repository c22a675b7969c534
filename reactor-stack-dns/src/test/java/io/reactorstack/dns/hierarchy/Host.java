package io.reactorstack.dns.hierarchy;

import io.reactorstack.packet.IpAddress;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The addresses in the namespace of {@link RealHierarchy}. Zone files name them in lower case between {@code @} signs:
 * <code>&#64;root&#64;</code> is the IPv4 address of {@link #ROOT} and <code>&#64;root6&#64;</code> its IPv6 address.
 */
public enum Host {

  /** Unbound with Debian's default access control: it refuses clients that are not on its own host. */
  REFUSING(1),
  /** Unbound as a recursive resolver for the link. */
  RESOLVER(3),
  /** The root's NSD. */
  ROOT(10),
  /** A second address of the root's NSD. */
  ROOT_SECOND(11),
  /** BIND, for the zones below the root. */
  REGISTRY(20),
  /** A second address of BIND. */
  REGISTRY_SECOND(21),
  /** Has no listener: the kernel answers with "port unreachable" or a reset. */
  CLOSED(29),
  /** Drops all packets. */
  SILENT(39),
  /** Knot, for zones at the bottom. */
  KNOT(40),
  /** A second address of Knot. */
  KNOT_SECOND(41),
  /** NSD, for zones at the bottom. */
  NSD(50),
  /** A second address of the same NSD. */
  NSD_SECOND(51);

  private static final Pattern PLACEHOLDER = Pattern.compile("@([a-z_]+)(6?)@");

  private final int number;

  Host(int number) {
    this.number = number;
  }

  /** Its IPv4 address. */
  public IpAddress ipv4() {
    return IpAddress.parse(ipv4Text());
  }

  /** Its IPv6 address. */
  public IpAddress ipv6() {
    return IpAddress.parse(ipv6Text());
  }

  String ipv4Text() {
    return "192.168.77." + number;
  }

  String ipv6Text() {
    return "fd77::" + number;
  }

  /** Replaces the placeholders in {@code text} by addresses. */
  static String fill(String text) {
    return PLACEHOLDER.matcher(text).replaceAll(found -> {
      Host host = valueOf(found.group(1).toUpperCase(Locale.ROOT));
      return found.group(2).isEmpty() ? host.ipv4Text() : host.ipv6Text();
    });
  }
}
