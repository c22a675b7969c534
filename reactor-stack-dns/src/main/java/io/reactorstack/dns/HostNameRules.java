package io.reactorstack.dns;

import io.reactorstack.dns.DnsException.Reason;
import io.reactorstack.packet.IpAddress;
import java.net.IDN;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/**
 * Converts host names between text and {@link Name}, and resolves the special-use names that are never queried (RFC
 * 6761).
 */
final class HostNameRules {

  private static final Name LOCALHOST = Name.fromConstantString("localhost.");
  private static final List<Name> NOWHERE = List.of(Name.fromConstantString("invalid."),
      Name.fromConstantString("onion."), Name.fromConstantString("254.169.in-addr.arpa."));

  private HostNameRules() {}

  /**
   * Returns the absolute name of {@code host}, which may have a trailing dot; non-ASCII labels become A-labels (RFC
   * 5890).
   *
   * @throws DnsException if it is not a domain name
   */
  static Name absolute(String host) throws DnsException {
    try {
      String ascii = host.chars().allMatch(c -> c < 0x80) ? host : IDN.toASCII(host);
      Name name = Name.fromString(ascii, Name.root);
      if (ascii.isEmpty() || name.equals(Name.root)) {
        throw new DnsException(host, Reason.INVALID_NAME);
      }
      return name;
    } catch (TextParseException | IllegalArgumentException e) {
      DnsException invalid = new DnsException(host, Reason.INVALID_NAME);
      invalid.initCause(e);
      throw invalid;
    }
  }

  /** Returns the text of {@code name} without the trailing dot. */
  static String text(Name name) {
    return name.toString(true);
  }

  /** Returns the fixed outcome for a name of special use, or {@code null} if the question's name is an ordinary one. */
  static @Nullable DnsOutcome special(DnsQuestion question) {
    if (question.name().subdomain(LOCALHOST)) {
      // RFC 6761 section 6.3: localhost and all names below it resolve to the loopback address, without a query.
      IpAddress loopback = IpAddress.parse(question.type() == AddressType.A ? "127.0.0.1" : "::1");
      return new DnsOutcome.Found(question.name(), List.of(loopback), AnswerReader.NO_LIMIT);
    }
    // RFC 6761 section 6.4, RFC 7686 section 2, RFC 3927 section 1.4: names below "invalid" and "onion" never exist, and
    // no server knows the names of link-local addresses.
    return NOWHERE.stream().anyMatch(question.name()::subdomain)
        ? new DnsOutcome.Failed(Reason.NAME_NOT_FOUND, AnswerReader.NO_LIMIT)
        : null;
  }
}
