package io.reactorstack.dns.resolve;

import io.reactorstack.dns.exchange.Budget;
import io.reactorstack.dns.exchange.ExchangeException;
import io.reactorstack.dns.exchange.Query;
import io.reactorstack.dns.exchange.Reply;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.outcome.DnsStep.Result;
import io.reactorstack.dns.outcome.ExtendedError;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Asks one server after the other until one has a usable answer. The next server is asked when the last one has failed or
 * is silent for its time; the answer of a silent one is still accepted until then. Confined to the event loop.
 */
final class Tries {

  /** The patience for a repeated query is this multiple of that for the first one: over TCP it needs a handshake. */
  private static final int REPETITION = 4;

  /**
   * A server to ask.
   *
   * @param server its address and port
   * @param name its name, or an empty text
   * @param patience the time to wait before the next server is asked
   * @param attempt the number of times that it was asked the same before
   */
  record Try(Endpoint server, String name, Duration patience, int attempt) {}

  /** Supplies the servers to ask. */
  interface Source {

    /** Returns the next server, or {@code null} if there is none. */
    @Nullable
    Try next();

    /** Notes that {@code server} has no usable answer. */
    void useless(Endpoint server, Reason reason);
  }

  /** Reads the response of a server. */
  interface Reader {
    Reading read(Reply reply);
  }

  private final Tools tools;
  private final Job job;
  private final Query query;
  private final Name zone;
  private final Source source;
  private final Reader reader;
  private @Nullable Reason failure;
  private String detail = "";

  Tries(Tools tools, Job job, Query query, Name zone, Source source, Reader reader) {
    this.tools = tools;
    this.job = job;
    this.query = query;
    this.zone = zone;
    this.source = source;
    this.reader = reader;
  }

  /** Returns the first usable answer, or {@link Reading.Failed} when no server is left. Never fails. */
  Mono<Reading> first() {
    return Mono.defer(this::from);
  }

  private Mono<Reading> from() {
    Try next = job.budget().isSpent() ? null : source.next();
    if (next == null) {
      return Mono.just(end());
    }
    long start = job.elapsed();
    Sinks.Empty<Void> useless = Sinks.empty();
    Sinks.Many<Integer> messages = Sinks.many().replay().latest();
    int[] sent = {0};
    Budget budget = job.budget().watchedBy(() -> messages.tryEmitNext(sent[0]++));
    Mono<Reading> answer = tools.exchange().ask(query, next.server, next.attempt, budget)
        .mapNotNull(reply -> usable(next, reply, start))
        .onErrorResume(e -> unreachable(next, e, start))
        .switchIfEmpty(Mono.fromRunnable(useless::tryEmitEmpty));
    // A server that has caused a repetition, such as one over TCP, has answered, and gets more time.
    Mono<Void> silent = messages.asFlux()
        .switchMap(n -> Mono.delay(n == 0 ? next.patience : next.patience.multipliedBy(REPETITION),
            tools.host().scheduler()))
        .next()
        .doOnNext(tick -> silent(next, start)).then();
    Mono<Reading> rest = Mono.firstWithSignal(silent, useless.asMono()).then(Mono.defer(this::from));
    return Flux.merge(answer, rest).next();
  }

  private Reading end() {
    return new Reading.Failed(failure == null ? Reason.TOO_MUCH_WORK : failure, detail);
  }

  private @Nullable Reading usable(Try tried, Reply reply, long start) {
    Reading reading = reader.read(reply);
    note(reply);
    job.add(Steps.answered(server(tried), query.question(), job.goal(), reply, reading, start));
    switch (reading) {
      case Reading.Lame(var why) -> useless(tried, Reason.SERVER_FAILURE, why);
      case Reading.Failed(var reason, var why) -> useless(tried, reason, why);
      default -> {
        return reading;
      }
    }
    return null;
  }

  private Mono<Reading> unreachable(Try tried, Throwable e, long start) {
    if (e instanceof ExchangeException failed && failed.kind() == ExchangeException.Kind.OUT_OF_BUDGET) {
      return Mono.empty();
    }
    Reason reason = e instanceof ExchangeException failed && failed.kind() == ExchangeException.Kind.MALFORMED
        ? Reason.MALFORMED
        : Reason.UNREACHABLE;
    String why = reason == Reason.MALFORMED ? "malformed response" : "unreachable";
    unanswered(tried, start, reason == Reason.MALFORMED ? Result.ERROR : Result.NO_ANSWER, why);
    useless(tried, reason, why);
    return Mono.empty();
  }

  private void unanswered(Try tried, long start, Result result, String why) {
    job.add(Steps.unanswered(server(tried), query.question(), job.goal(), Duration.ofNanos(start),
        Duration.ofNanos(job.elapsed() - start), result, why));
  }

  private DnsStep.Server server(Try tried) {
    return new DnsStep.Server(Names.text(zone), tried.name, tried.server);
  }

  private void useless(Try tried, Reason reason, String why) {
    source.useless(tried.server, reason);
    failed(reason, why);
  }

  private void silent(Try tried, long start) {
    tools.book().silent(tried.server, tried.patience);
    tools.exchange().abandonConnection(tried.server);
    unanswered(tried, start, Result.NO_ANSWER, "no answer");
    failed(Reason.TIMEOUT, "no answer");
  }

  private void failed(Reason reason, String why) {
    if (failure == null || reason.orWorse(failure) == reason) {
      failure = reason;
      detail = why;
    }
  }

  private void note(Reply reply) {
    OPTRecord opt = reply.message().getOPT();
    if (opt != null) {
      for (EDNSOption option : opt.getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR)) {
        if (option instanceof ExtendedErrorCodeOption error) {
          job.add(new ExtendedError(error.getErrorCode(), error.getText() == null ? "" : error.getText()));
        }
      }
    }
  }
}
