package io.reactorstack.dns;

import io.reactorstack.dns.DnsException.Reason;
import io.reactorstack.dns.transport.NameServers;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The outstanding questions of a resolver. It answers a question from the hosts table, the special-use names or the
 * cache, joins it to an identical outstanding question, or sends it to the servers. Confined to the event loop.
 */
final class Questions {

  private static final int PORT = 53;

  private final DnsSettings settings;
  private final DnsEnvironment environment;
  private final DnsCache cache;
  private final NameServers servers;
  private final Scheduler scheduler;
  private final Map<DnsQuestion, UnderWay> underWay = new HashMap<>();

  Questions(DnsSettings settings, DnsEnvironment environment) {
    this.settings = settings;
    this.environment = environment;
    this.cache = new DnsCache(settings, environment.loop()::nanoTime);
    this.servers = new NameServers(this::current, environment.loop()::nanoTime);
    this.scheduler = environment.loop().scheduler();
  }

  /** Returns the configured servers; without any, those that the stack has learnt (RFC 8106 section 1.2). */
  private List<Endpoint> current() {
    return settings.servers().isEmpty()
        ? environment.learned().get().servers().stream().map(server -> new Endpoint(server, PORT)).toList()
        : settings.servers();
  }

  /** Returns the outcome of {@code question}; never fails. To be called and subscribed to on the event loop. */
  Mono<DnsOutcome> ask(DnsQuestion question) {
    DnsOutcome known = known(question);
    if (known != null) {
      return Mono.just(known);
    }
    UnderWay same = underWay.get(question);
    if (same != null) {
      return same.outcome;
    }
    if (current().isEmpty()) {
      return Mono.just(new DnsOutcome.Failed(Reason.NO_SERVER, 0));
    }
    if (underWay.size() >= settings.maxQuestions()) {
      // RFC 1123 section 6.1.3.3: limit resources
      return Mono.just(new DnsOutcome.Failed(Reason.TOO_MANY_QUESTIONS, 0));
    }
    UnderWay sent = new UnderWay(question);
    underWay.put(question, sent);
    return sent.outcome;
  }

  private @Nullable DnsOutcome known(DnsQuestion question) {
    List<IpAddress> listed = settings.hosts().addresses(question.name());
    if (listed != null) {
      List<IpAddress> fitting = listed.stream().filter(a -> a.isV4() == (question.type() == AddressType.A)).toList();
      return fitting.isEmpty()
          ? new DnsOutcome.Failed(Reason.NO_DATA, AnswerReader.NO_LIMIT)
          : new DnsOutcome.Found(question.name(), fitting, AnswerReader.NO_LIMIT);
    }
    DnsOutcome special = HostNameRules.special(question);
    return special != null ? special : cache.get(question);
  }

  void clearCache() {
    cache.clear();
  }

  int underWay() {
    return underWay.size();
  }

  /**
   * One outstanding question, shared by all its subscribers. When the last subscriber cancels, the question is
   * abandoned.
   */
  private final class UnderWay {

    private final DnsQuestion question;
    private final Mono<DnsOutcome> outcome;

    UnderWay(DnsQuestion question) {
      this.question = question;
      this.outcome = new Lookup(question, settings, servers, environment, scheduler)
          .outcome()
          .doOnNext(found -> cache.put(question, found))
          // before the signal, so a subscriber that asks again while handling it finds the cached outcome
          .doOnTerminate(this::end)
          .doOnCancel(this::end)
          .flux()
          .publish()
          .refCount()
          .next();
    }

    private void end() {
      underWay.remove(question, this);
    }
  }
}
