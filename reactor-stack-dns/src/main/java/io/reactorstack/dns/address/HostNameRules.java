package io.reactorstack.dns.address;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.packet.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;

/** Parses host names, and resolves the special-use names that are never queried (RFC 6761). */
public final class HostNameRules {

  private static final Name LOCALHOST = Name.fromConstantString("localhost.");
  private static final List<Name> NOWHERE = List.of(Name.fromConstantString("invalid."),
      Name.fromConstantString("onion."), Name.fromConstantString("254.169.in-addr.arpa."));
  private static final IpAddress LOOPBACK_4 = IpAddress.parse("127.0.0.1");
  private static final IpAddress LOOPBACK_6 = IpAddress.parse("::1");

  private HostNameRules() {}

  /**
   * Returns the absolute name of {@code host}, which may have a trailing dot; non-ASCII labels become A-labels (RFC
   * 5890).
   *
   * @throws DnsException if it is not the name of a host
   */
  public static Name absolute(String host) throws DnsException {
    try {
      Name name = Names.absolute(host);
      if (name.equals(Name.root)) {
        throw new DnsException(host, Reason.INVALID_NAME);
      }
      return name;
    } catch (IllegalArgumentException e) {
      DnsException invalid = new DnsException(host, Reason.INVALID_NAME);
      invalid.initCause(e);
      throw invalid;
    }
  }

  /** Returns the loopback address if {@code name} is localhost or below it (RFC 6761 section 6.3), or {@code null}. */
  public static @Nullable IpAddress localhost(Name name, int type) {
    return name.subdomain(LOCALHOST) ? type == Type.A ? LOOPBACK_4 : LOOPBACK_6 : null;
  }

  /**
   * Returns whether {@code name} never exists: names below "invalid" and "onion" (RFC 6761 section 6.4, RFC 7686 section
   * 2), and those of link-local addresses, which no server knows (RFC 3927 section 1.4).
   */
  public static boolean isNowhere(Name name) {
    for (Name nowhere : NOWHERE) {
      if (name.subdomain(nowhere)) {
        return true;
      }
    }
    return false;
  }
}
