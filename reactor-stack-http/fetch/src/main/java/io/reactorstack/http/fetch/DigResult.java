package io.reactorstack.http.fetch;

import io.reactorstack.dns.DnsResponse;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.DnsPath;
import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.outcome.DnsStep.Response;
import io.reactorstack.dns.outcome.ExtendedError;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a question of {@code dig}: records, their absence, or a failure.
 *
 * @param question the question, without a trailing dot of the name
 * @param last the last query with a response to the question itself; {@code null} if there is none
 * @param answers the records that answer, with the aliases before them
 * @param authority the SOA record that goes with the absence of a name or of data
 * @param errors details that servers gave
 * @param path all queries
 * @param reason why there are no records; {@code null} if there are
 */
record DigResult(
    DnsStep.Question question,
    @Nullable DnsStep last,
    List<DnsRecord> answers,
    List<DnsRecord> authority,
    List<ExtendedError> errors,
    DnsPath path,
    @Nullable Reason reason) {

  static DigResult of(DnsStep.Question question, DnsResponse response) {
    List<DnsRecord> answers = new ArrayList<>(response.aliases());
    answers.addAll(response.records());
    return new DigResult(question, last(response.path()), answers, List.of(), response.errors(), response.path(), null);
  }

  static DigResult of(DnsStep.Question question, DnsException failure) {
    AliasChain chain = new AliasChain(question);
    failure.path().steps().stream().filter(DigResult::isOwn).forEach(chain::add);
    DnsStep last = last(failure.path());
    List<DnsRecord> authority = last == null
        ? List.of()
        : last.response().map(Response::records).orElse(List.of()).stream()
            .filter(r -> r.type().equals(RecordType.SOA)).toList();
    return new DigResult(question, last, chain.aliases(), authority, failure.errors(), failure.path(),
        failure.reason());
  }

  private static boolean isOwn(DnsStep step) {
    return step.goal().parent().isEmpty();
  }

  private static @Nullable DnsStep last(DnsPath path) {
    return path.steps().stream().filter(step -> isOwn(step) && step.response().isPresent())
        .reduce((one, other) -> other).orElse(null);
  }

  /** Returns whether it is certain which records the name has, even if it has none. */
  boolean isCertain() {
    return reason == null || reason == Reason.NAME_NOT_FOUND || reason == Reason.NO_DATA;
  }
}
