package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.exchange.Reply;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.outcome.DnsStep.Result;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.xbill.DNS.Name;

/** Describes queries and their results for the path of a resolution. */
final class Steps {

  private Steps() {}

  static DnsStep answered(Name zone, String server, Question question, Reply reply, Reading reading, long start) {
    return new DnsStep(Names.text(zone), server, reply.server(), Names.text(question.name()),
        RecordType.of(question.type()), reply.overTcp(), Duration.ofNanos(start), Duration.ofNanos(reply.roundTrip()),
        result(reading), detail(reading), reply.octets(), records(reading));
  }

  static DnsStep unanswered(Name zone, String server, Question question, Endpoint address, long start, long end,
      Result result, String detail) {
    return new DnsStep(Names.text(zone), server, address, Names.text(question.name()),
        RecordType.of(question.type()), false, Duration.ofNanos(start), Duration.ofNanos(end - start), result, detail,
        0, List.of());
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
    return sets.stream().flatMap(set -> set.values(set.ttl()).stream()).toList();
  }
}
