package io.reactorstack.dns;

import io.reactorstack.dns.DnsException.Reason;
import io.reactorstack.packet.IpAddress;
import java.net.IDN;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;

/** Host names as people write them, and the names of special use that are never asked for (RFC 6761). */
final class HostNames {

  private static final Name LOCALHOST = Name.fromConstantString("localhost.");
  private static final List<Name> NOWHERE = List.of(Name.fromConstantString("invalid."),
      Name.fromConstantString("onion."));

  private HostNames() {}

  /**
   * The absolute name that {@code host} writes, with or without the trailing dot; letters beyond ASCII become A-labels (RFC
   * 5890).
   *
   * @throws DnsException if it is no domain name
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

  /** {@code name} for people: without the trailing dot. */
  static String text(Name name) {
    return name.toString(true);
  }

  /** What a name of special use stands for; {@code null} if {@code question} is about an ordinary one. */
  static @Nullable DnsOutcome special(DnsQuestion question) {
    if (question.name().subdomain(LOCALHOST)) {
      // RFC 6761 section 6.3: localhost and all below it are the loopback address, and no server is asked.
      IpAddress loopback = IpAddress.parse(question.type() == AddressType.A ? "127.0.0.1" : "::1");
      return new DnsOutcome.Found(question.name(), List.of(loopback), AnswerReader.NO_LIMIT);
    }
    // RFC 6761 section 6.4, RFC 7686 section 2: these never exist.
    return NOWHERE.stream().anyMatch(question.name()::subdomain)
        ? new DnsOutcome.Failed(Reason.NAME_NOT_FOUND, AnswerReader.NO_LIMIT)
        : null;
  }
}
