package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.exchange.Reply;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.outcome.DnsStep.Flag;
import io.reactorstack.dns.outcome.DnsStep.Response;
import io.reactorstack.dns.outcome.DnsStep.Result;
import io.reactorstack.dns.outcome.DnsStep.Server;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.wire.DnsCodec;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Header;
import org.xbill.DNS.Rcode;

/** Describes queries and their results for the path of a resolution. */
final class Steps {

  private static final Map<Flag, Integer> BITS = new EnumMap<>(Map.of(
      Flag.AUTHORITATIVE, (int) Flags.AA,
      Flag.TRUNCATED, (int) Flags.TC,
      Flag.RECURSION_DESIRED, (int) Flags.RD,
      Flag.RECURSION_AVAILABLE, (int) Flags.RA,
      Flag.AUTHENTIC_DATA, (int) Flags.AD,
      Flag.CHECKING_DISABLED, (int) Flags.CD));

  private Steps() {}

  /** Returns {@code question} as steps have it. */
  static DnsStep.Question value(Question question) {
    return new DnsStep.Question(Names.text(question.name()), RecordType.of(question.type()));
  }

  static DnsStep answered(Server server, Question question, Job job, Reply reply, Reading reading, long start) {
    Header header = reply.message().getHeader();
    Set<Flag> flags = EnumSet.noneOf(Flag.class);
    BITS.forEach((flag, bit) -> {
      if (header.getFlag(bit)) {
        flags.add(flag);
      }
    });
    Response response = new Response(Rcode.string(DnsCodec.rcode(reply.message())), flags, reply.overTcp(),
        reply.octets(), records(reading));
    return new DnsStep(server, value(question), job.goal(), Duration.ofNanos(start),
        Duration.ofNanos(reply.roundTrip()),
        result(reading), detail(reading), Optional.of(response));
  }

  static DnsStep unanswered(Server server, Question question, Job job, Duration start, Duration time, Result result,
      String detail) {
    return new DnsStep(server, value(question), job.goal(), start, time, result, detail, Optional.empty());
  }

  private static Result result(Reading reading) {
    return switch (reading) {
      case Reading.Records r -> Result.ANSWER;
      case Reading.Alias a -> Result.ANSWER;
      case Reading.Referral r -> Result.REFERRAL;
      case Reading.Absent a -> a.absence().isNameError() ? Result.NAME_NOT_FOUND : Result.NO_DATA;
      case Reading.Broken b -> Result.ANSWER;
      case Reading.Lame l -> Result.LAME;
      case Reading.Failed f -> Result.ERROR;
    };
  }

  private static String detail(Reading reading) {
    return switch (reading) {
      case Reading.Records r -> "answer";
      case Reading.Alias a -> "alias of " + Names.text(a.target());
      case Reading.Referral r -> "referral to " + Names.text(r.zone());
      case Reading.Absent a -> a.absence().isNameError() ? "no such name" : "no data";
      case Reading.Broken b -> b.reason() == Reason.NAME_TOO_LONG ? "alias that makes the name too long" : "alias loop";
      case Reading.Lame l -> "lame: " + l.detail();
      case Reading.Failed f -> f.detail();
    };
  }

  private static List<DnsRecord> records(Reading reading) {
    List<RRset> sets = new ArrayList<>(reading.aliases());
    switch (reading) {
      case Reading.Records r -> sets.addAll(r.sets());
      case Reading.Referral r -> {
        sets.add(r.servers());
        sets.addAll(r.glue());
      }
      case Reading.Absent a -> {
        if (a.absence().soa() != null) {
          sets.add(a.absence().soa());
        }
      }
      default -> {
        // no records
      }
    }
    List<DnsRecord> records = new ArrayList<>(sets.size());
    sets.forEach(set -> records.addAll(set.values(set.ttl())));
    return records;
  }
}
