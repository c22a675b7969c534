package io.reactorstack.dns;

import io.reactorstack.dns.AnswerReader.Reading;
import io.reactorstack.dns.DnsException.Reason;
import io.reactorstack.dns.transport.NameServers;
import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * One outstanding question. It queries each server once, then again with a doubled timeout, until one answers or the
 * limits are reached (RFC 1035 section 4.2.1, RFC 1123 section 6.1.3.3).
 */
final class Lookup {

  /**
   * The number of mismatching messages for one query after which the question is repeated over TCP: so many suggest an
   * attack, and an attacker who cannot see the packets cannot forge TCP segments (RFC 5452 section 9.3).
   */
  static final int MAX_MISMATCHES = 16;

  /** Signals that a server did not answer, or that its answer is not usable. */
  private static final class TryFailed extends Exception {

    private static final long serialVersionUID = 1L;
    private final Reason reason;

    TryFailed(Reason reason) {
      super(reason.name(), null, false, false);
      this.reason = reason;
    }
  }

  /** Signals that the query must be repeated over TCP: the answer does not fit a datagram, or forged answers arrive. */
  private static final class NeedsTcp extends Exception {

    private static final long serialVersionUID = 1L;

    NeedsTcp() {
      super(null, null, false, false);
    }
  }

  private final DnsEnvironment environment;
  private final DnsSettings settings;
  private final NameServers nameServers;
  private final Scheduler scheduler;
  private final List<Endpoint> servers;
  private final Set<Endpoint> useless = new HashSet<>();
  private final Set<Name> names = new HashSet<>();
  private DnsQuestion question;
  private long aliasTtl = AnswerReader.NO_LIMIT;
  private int turn;
  private int queries;
  private Reason failure = Reason.UNREACHABLE;

  Lookup(DnsQuestion question, DnsSettings settings, NameServers nameServers, DnsEnvironment environment,
      Scheduler scheduler) {
    this.question = question;
    this.settings = settings;
    this.nameServers = nameServers;
    this.environment = environment;
    this.scheduler = scheduler;
    this.servers = nameServers.inOrder();
    names.add(question.name());
  }

  /**
   * Sends queries until there is an outcome; never fails. To be subscribed to once. Cancellation closes the open port
   * or connection.
   */
  Mono<DnsOutcome> outcome() {
    return Mono.defer(this::next);
  }

  /**
   * Starts the next try: a round queries every server once before any server is queried again (RFC 1035 section 7.2).
   */
  private Mono<DnsOutcome> next() {
    while (turn < servers.size() * (1 + settings.retries()) && queries < settings.maxQueriesPerResolve()) {
      int round = turn / servers.size();
      Endpoint server = servers.get(turn++ % servers.size());
      if (!useless.contains(server)) {
        return ask(server, settings.timeout(round))
            .flatMap(answer -> conclude(server, answer))
            .onErrorResume(TryFailed.class, e -> afterFailure(server, e.reason));
      }
    }
    return Mono.just(new DnsOutcome.Failed(failure, AnswerReader.NO_LIMIT));
  }

  private Mono<DnsOutcome> afterFailure(Endpoint server, Reason reason) {
    if (reason == Reason.TIMEOUT) {
      nameServers.keptSilent(server);
    } else {
      useless.add(server); // RFC 1035 section 7.2: a server that returned an error is not queried again
    }
    failure = failure.orWorse(reason);
    return next();
  }

  private Mono<DnsOutcome> conclude(Endpoint server, Message answer) {
    nameServers.answered(server);
    return switch (AnswerReader.read(answer, question, names)) {
      case Reading.Addresses(var owner, var addresses, var ttl) ->
        Mono.just(new DnsOutcome.Found(owner, addresses, Math.min(ttl, aliasTtl)));
      case Reading.Absent(var reason, var ttl) -> Mono.just(new DnsOutcome.Failed(reason, Math.min(ttl, aliasTtl)));
      case Reading.Loop() -> Mono.just(new DnsOutcome.Failed(Reason.ALIAS_LOOP, AnswerReader.NO_LIMIT));
      case Reading.Useless(var reason) -> Mono.error(new TryFailed(reason));
      case Reading.Alias(var target, var ttl) -> {
        // RFC 1034 section 3.6.2: restart with the canonical name, within the same limits.
        aliasTtl = Math.min(aliasTtl, ttl);
        question = question.about(target);
        turn = 0;
        yield queries < settings.maxQueriesPerResolve()
            ? next()
            : Mono.just(new DnsOutcome.Failed(Reason.ALIAS_LOOP, AnswerReader.NO_LIMIT));
      }
    };
  }

  private Mono<Message> ask(Endpoint server, Duration timeout) {
    return overUdp(server, timeout)
        .onErrorResume(NeedsTcp.class, e -> overTcp(server, timeout))
        .onErrorMap(e -> switch (e) {
          case TryFailed failed -> failed;
          case TimeoutException late -> new TryFailed(Reason.TIMEOUT);
          default -> new TryFailed(Reason.UNREACHABLE);
        });
  }

  private Mono<Message> overUdp(Endpoint server, Duration timeout) {
    queries++;
    int id = environment.loop().random().nextInt(1 << 16); // RFC 5452 section 9.2: unpredictable, over the full range
    int[] mismatches = {0};
    return environment.transport().overUdp(DnsCodec.query(id, question), server)
        .<Message>handle((octets, sink) -> {
          Message answer = accept(octets, id);
          if (answer != null) {
            sink.next(answer);
          } else if (++mismatches[0] == MAX_MISMATCHES) {
            sink.error(new NeedsTcp());
          }
        })
        .next()
        .switchIfEmpty(Mono.error(() -> new TryFailed(Reason.UNREACHABLE)))
        .timeout(timeout, scheduler)
        // RFC 2181 section 9: a truncated response is not used at all.
        .flatMap(answer -> DnsCodec.isTruncated(answer) ? Mono.error(new NeedsTcp()) : Mono.just(answer));
  }

  private Mono<Message> overTcp(Endpoint server, Duration timeout) {
    if (queries >= settings.maxQueriesPerResolve()) {
      return Mono.error(new TryFailed(Reason.SERVER_FAILURE));
    }
    queries++;
    int id = environment.loop().random().nextInt(1 << 16);
    return over(DnsCodec.query(id, question), server)
        .<Message>handle((octets, sink) -> {
          // The connection carries one query, so a message that does not answer it makes the server useless.
          Message answer = accept(octets, id);
          if (answer != null) {
            sink.next(answer);
          } else {
            sink.error(new TryFailed(Reason.SERVER_FAILURE));
          }
        })
        .next()
        .switchIfEmpty(Mono.error(() -> new TryFailed(Reason.UNREACHABLE)))
        .timeout(timeout, scheduler)
        .flatMap(answer -> DnsCodec.isTruncated(answer)
            ? Mono.error(new TryFailed(Reason.SERVER_FAILURE))
            : Mono.just(answer));
  }

  private Flux<byte[]> over(byte[] query, Endpoint server) {
    return Flux.usingWhen(environment.transport().connect(server), connection -> {
      connection.send(query);
      return connection.messages();
    }, connection -> Mono.fromRunnable(connection::close));
  }

  /**
   * Returns the message if it answers the question; otherwise counts the reason and returns {@code null} (RFC 5452
   * section 9.1).
   */
  private @Nullable Message accept(byte[] octets, int id) {
    DnsDrop drop = DnsCodec.mismatch(octets, id);
    if (drop == null) {
      Message answer = DnsCodec.decode(octets);
      if (answer == null) {
        drop = DnsDrop.MALFORMED;
      } else {
        drop = DnsCodec.mismatch(answer, question);
        if (drop == null) {
          return answer;
        }
      }
    }
    environment.loop().drops().count(drop);
    return null;
  }
}
