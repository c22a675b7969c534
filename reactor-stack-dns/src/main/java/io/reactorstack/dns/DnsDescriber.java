package io.reactorstack.dns;

import io.reactorstack.dns.wire.DnsCodec;
import io.reactorstack.dns.wire.Names;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/**
 * Describes a DNS message in one line of text, for the {@linkplain io.reactorstack.telemetry.Story story} of an
 * exchange. Its methods implement {@link io.reactorstack.telemetry.Describer} for port 53: {@link #describe} for UDP,
 * {@link #describeSegment} for TCP.
 */
public final class DnsDescriber {

  private static final int MAX_RECORDS = 4;

  private DnsDescriber() {}

  /**
   * Describes the message in {@code octets}, for example as {@code query A www.example.lab} or {@code answer A 10.0.0.3
   * ttl 60}; returns an empty result if they are not a DNS message.
   */
  public static Optional<String> describe(byte[] octets) {
    return Optional.ofNullable(DnsCodec.decode(octets)).map(DnsDescriber::describe);
  }

  /**
   * Describes, as {@link #describe} does, the message that follows a two-octet length at the start of a TCP segment's
   * data (RFC 1035 section 4.2.2). Returns an empty result if the data does not start with a length and a whole
   * message.
   */
  public static Optional<String> describeSegment(byte[] octets) {
    if (octets.length < 2) {
      return Optional.empty();
    }
    int end = 2 + ((octets[0] & 0xff) << 8 | octets[1] & 0xff);
    return end <= octets.length ? describe(Arrays.copyOfRange(octets, 2, end)) : Optional.empty();
  }

  private static String describe(Message message) {
    Record question = message.getQuestion();
    String asked = question == null ? "" : " " + Type.string(question.getType()) + " " + text(question.getName());
    if (!message.getHeader().getFlag(Flags.QR)) {
      return "query" + asked;
    }
    if (message.getHeader().getFlag(Flags.TC)) {
      return "answer truncated" + asked;
    }
    int rcode = message.getHeader().getRcode();
    if (rcode != Rcode.NOERROR) {
      return "answer " + Rcode.string(rcode) + asked;
    }
    List<Record> records = message.getSection(Section.ANSWER);
    if (records.isEmpty()) {
      String zone = referral(message);
      return zone == null ? "answer no data" + asked : "referral to " + zone + " for" + asked;
    }
    List<String> parts = new ArrayList<>();
    records.stream().limit(MAX_RECORDS).forEach(r -> parts.add(describe(r)));
    if (records.size() > MAX_RECORDS) {
      parts.add((records.size() - MAX_RECORDS) + " more");
    }
    return "answer " + String.join(", ", parts);
  }

  /** Returns the zone to whose servers the message refers, or {@code null} (RFC 2308 section 2.2). */
  private static @Nullable String referral(Message message) {
    List<Record> authority = message.getSection(Section.AUTHORITY);
    return message.getHeader().getFlag(Flags.AA) || authority.stream().anyMatch(r -> r.getType() == Type.SOA)
        ? null
        : authority.stream().filter(r -> r.getType() == Type.NS).map(r -> text(r.getName())).findFirst().orElse(null);
  }

  private static String describe(Record r) {
    String data = switch (r) {
      case ARecord a -> " " + a.getAddress().getHostAddress();
      case AAAARecord aaaa -> " " + aaaa.getAddress().getHostAddress();
      case CNAMERecord alias -> " " + text(alias.getTarget());
      default -> "";
    };
    return Type.string(r.getType()) + data + " ttl " + r.getTTL();
  }

  private static String text(Name name) {
    return Names.text(name.canonicalize()); // a query may have letters of any case
  }
}
