package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.Absence;
import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.cache.Trust;
import io.reactorstack.dns.outcome.DnsPath;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.packet.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;

/** The names of special use that a resolver answers itself and never queries (RFC 6761). */
public final class SpecialNames {

  /** The time to live of such an answer, in seconds. */
  private static final long TTL = 10_800;

  private static final Name LOCALHOST = Name.fromConstantString("localhost.");
  private static final List<Name> NOWHERE = List.of(Name.fromConstantString("invalid."),
      Name.fromConstantString("onion."), Name.fromConstantString("254.169.in-addr.arpa."));
  private static final IpAddress LOOPBACK_4 = IpAddress.parse("127.0.0.1");
  private static final IpAddress LOOPBACK_6 = IpAddress.parse("::1");

  private SpecialNames() {}

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

  /** Returns the answer to a question about a name of special use, or {@code null} if the name is an ordinary one. */
  public static @Nullable Answer answer(Question question, long now) {
    Name name = question.name();
    boolean isLocalhost = name.subdomain(LOCALHOST);
    if (!isLocalhost && !isNowhere(name)) {
      return null;
    }
    if (!isLocalhost || question.type() != Type.A && question.type() != Type.AAAA) {
      Absence absence = new Absence(!isLocalhost, null, now + TTL * 1_000_000_000L);
      return new Answer(question, List.of(), List.of(), absence, null, false, List.of(), DnsPath.NONE);
    }
    Record loopback = question.type() == Type.A
        ? new ARecord(name, DClass.IN, TTL, LOOPBACK_4.toInetAddress())
        : new AAAARecord(name, DClass.IN, TTL, LOOPBACK_6.toInetAddress());
    RRset set = RRset.of(List.of(loopback), Trust.ANSWER, now);
    return new Answer(question, List.of(), List.of(set), null, null, false, List.of(), DnsPath.NONE);
  }
}
