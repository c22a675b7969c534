package io.reactorstack.dns.resolve;

import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.exchange.Query;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.resolve.Tries.Try;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One descent to the servers that are authoritative for a name. It starts at the closest zone that the cache knows, and
 * follows referrals. Confined to the event loop.
 */
final class Descent {

  /** The largest number of times that a server is asked the same (RFC 9520 section 3.1). */
  private static final int MAX_ATTEMPTS = 2;

  /** The least time to wait for the last server that is left, unless it is known to be silent. */
  private static final Duration LAST_PATIENCE = Duration.ofSeconds(5);

  /** The number of servers' names whose addresses are looked for at the same time. */
  private static final int NAMES_AT_ONCE = 2;

  /** The largest number of jobs that may wait one for the other. */
  private static final int MAX_DEPTH = 6;

  private final IterativeFinder finder;
  private final Question question;
  private final Job job;
  private final Minimisation minimisation;
  private final Set<Name> dead = new HashSet<>();
  /** The number of times that each server was asked each question (RFC 9520 section 3.1). */
  private final Map<Question, Map<Endpoint, Integer>> attempts = new HashMap<>();
  private Reading.@Nullable Failed last;

  Descent(IterativeFinder finder, Question question, Job job) {
    this.finder = finder;
    this.question = question;
    this.job = job;
    this.minimisation = new Minimisation(question, finder.minimises());
  }

  /** Returns the answer of an authoritative server, or {@link Reading.Failed}. Never fails. */
  Mono<Reading> reading() {
    return closest().flatMap(this::enter);
  }

  /** Returns the closest zone to the name that the cache knows and that is not dead, or the root. */
  private Mono<Delegation> closest() {
    // The records of the type DS are in the zone above (RFC 4035 section 3.1.4.1).
    int most = question.name().labels() - (question.type() == Type.DS && question.name().labels() > 1 ? 1 : 0);
    for (int labels = most; labels > 1; labels--) {
      Name zone = Names.suffix(question.name(), labels);
      RRset servers = dead.contains(zone) ? null : finder.cache().set(zone, Type.NS);
      if (servers != null) {
        Delegation known = Delegation.cached(servers, finder.cache(), finder::reaches);
        if (known.isUsable()) {
          return Mono.just(known);
        }
      }
    }
    return root();
  }

  private Mono<Delegation> root() {
    Question priming = new Question(Name.root, Type.NS);
    RRset servers = finder.cache().set(Name.root, Type.NS);
    if (servers != null) {
      return Mono.just(completed(Delegation.cached(servers, finder.cache(), finder::reaches)));
    }
    if (question.equals(priming)) {
      return Mono.just(hints());
    }
    // RFC 8109: the hints lead to a server that knows the current ones; if none answers, the hints have to do.
    return finder.helper().ask(priming, job).map(answer -> answer.sets().isEmpty()
        ? hints()
        : completed(Delegation.cached(answer.sets().getFirst(), finder.cache(), finder::reaches)));
  }

  private Delegation hints() {
    return Delegation.of(finder.hints(), finder::reaches);
  }

  private Delegation completed(Delegation root) {
    root.complete(finder.hints());
    return root;
  }

  private Mono<Reading> enter(Delegation zone) {
    minimisation.enter(zone.zone());
    return next(zone);
  }

  private Mono<Reading> goBack(Delegation zone) {
    minimisation.goBack(zone.zone());
    return next(zone);
  }

  private Mono<Reading> next(Delegation zone) {
    Question probe = minimisation.next();
    return ask(zone, probe).flatMap(reading -> switch (reading) {
      case Reading.Referral referral -> {
        if (dead.contains(referral.zone())) {
          finder.cache().replace(referral.servers());
        } else {
          finder.cache().put(referral.servers());
        }
        referral.glue().forEach(finder.cache()::put);
        yield enter(Delegation.of(referral, finder.cache(), finder::reaches));
      }
      case Reading.Failed failed -> afterFailure(zone, probe, failed);
      case Reading other when probe.equals(question) -> Mono.just(other);
      case Reading.Absent absent when absent.absence().isNameError() && absent.name().equals(probe.name()) -> {
        // Some servers say so about a name that has nothing but names below it; the whole name decides.
        minimisation.stop();
        yield next(zone).doOnNext(whole -> {
          if (whole instanceof Reading.Absent same && same.absence().isNameError() && same.aliases().isEmpty()) {
            finder.cache().put(probe, absent.absence()); // RFC 8020
          }
        });
      }
      case Reading exists -> next(zone);
    });
  }

  private Mono<Reading> afterFailure(Delegation zone, Question probe, Reading.Failed failed) {
    boolean isSilence = failed.reason() == Reason.TIMEOUT || failed.reason() == Reason.UNREACHABLE
        || failed.reason() == Reason.TOO_MUCH_WORK;
    if (!probe.equals(question) && !isSilence) {
      minimisation.stop(); // RFC 9156 section 3: some servers answer only queries that they know
      return next(zone);
    }
    if (zone.isFromCache() && dead.add(zone.zone()) && !job.budget().isSpent()) {
      // RFC 1035 section 7.2: the zone above may have other servers by now.
      return zone.zone().equals(Name.root) ? Mono.just(failed) : closest().flatMap(this::goBack);
    }
    return Mono.just(failed);
  }

  /** Asks the servers of {@code zone}: those with known addresses first, then those whose addresses can be found. */
  private Mono<Reading> ask(Delegation zone, Question probe) {
    Servers servers = new Servers(zone, attempts.computeIfAbsent(probe, asked -> new HashMap<>()));
    if (servers.isEmpty()) {
      return findAddresses(zone)
          .flatMap(found -> found ? ask(zone, probe) : Mono.just(last != null ? last : noServer(zone)));
    }
    Query query = new Query(probe, false, false);
    return new Tries(finder.tools(), job, query, zone.zone(), servers, reply -> {
      long now = finder.tools().host().nanoTime();
      Reading reading = ReplyReader.fromAuthority(reply.message(), probe, zone.zone(), now);
      if (!(reading instanceof Reading.Lame || reading instanceof Reading.Failed)) {
        ReplyReader.zoneServers(reply.message(), zone.zone(), now).forEach(finder.cache()::put);
      }
      return reading;
    }).first().flatMap(reading -> {
      if (reading instanceof Reading.Failed failed) {
        last = failed;
        return ask(zone, probe);
      }
      return Mono.just(reading);
    });
  }

  private Reading.Failed noServer(Delegation zone) {
    return new Reading.Failed(job.budget().isSpent() ? Reason.TOO_MUCH_WORK : Reason.SERVER_FAILURE,
        "no address of a server of " + Names.text(zone.zone()));
  }

  /**
   * Looks for addresses of servers of {@code zone} that have none so far, within the limits of the job. Returns whether
   * one was found.
   */
  private Mono<Boolean> findAddresses(Delegation zone) {
    List<Name> names = new ArrayList<>();
    while (names.size() < NAMES_AT_ONCE && job.depth() < MAX_DEPTH && !job.budget().isSpent()) {
      Name name = zone.nextUnknown();
      if (name == null || !job.takeServerName()) {
        break;
      }
      names.add(name);
    }
    if (names.isEmpty()) {
      return Mono.just(false);
    }
    return Flux.fromIterable(names).flatMap(name -> addresses(zone, name))
        .reduce(false, (one, other) -> one || other)
        .flatMap(found -> found ? Mono.just(true) : findAddresses(zone));
  }

  private Mono<Boolean> addresses(Delegation zone, Name name) {
    List<Question> questions = new ArrayList<>();
    if (finder.tools().host().hasAddress(true)) {
      questions.add(new Question(name, Type.A));
    }
    if (finder.tools().host().hasAddress(false)) {
      questions.add(new Question(name, Type.AAAA));
    }
    return Flux.fromIterable(questions)
        .flatMap(asked -> finder.helper().ask(asked, job))
        .map(answer -> {
          List<IpAddress> found = answer.sets().stream().flatMap(set -> set.addresses().stream()).toList();
          // RFC 2181 section 10.3: the name of a server is not an alias.
          return answer.aliases().isEmpty() && zone.add(name, found);
        })
        .reduce(false, (one, other) -> one || other);
  }

  /** The servers of a zone with known addresses, the best first, each a limited number of times. */
  private final class Servers implements Tries.Source {

    private final Delegation zone;
    private final Map<Endpoint, Integer> attempts;
    private final Deque<Endpoint> order = new ArrayDeque<>();
    private final Set<Endpoint> silent = new HashSet<>();

    Servers(Delegation zone, Map<Endpoint, Integer> attempts) {
      this.zone = zone;
      this.attempts = attempts;
      List<Endpoint> usable = zone.addresses().stream()
          .filter(server -> !attempts.containsKey(server)).toList();
      usable.stream().filter(finder.tools().book()::isSilent).forEach(silent::add);
      List<Endpoint> best = finder.tools().book().bestOrder(usable, zone.zone());
      for (int round = 0; round < MAX_ATTEMPTS; round++) {
        order.addAll(best);
      }
    }

    boolean isEmpty() {
      return order.isEmpty();
    }

    @Override
    public @Nullable Try next() {
      Endpoint server = order.poll();
      if (server == null) {
        return null;
      }
      int attempt = attempts.merge(server, 1, Integer::sum) - 1;
      return new Try(server, Names.text(zone.nameOf(server.address())), patience(server), attempt);
    }

    /** RFC 1035 section 7.2: when no other server is left, an answer is worth a longer wait. */
    private Duration patience(Endpoint server) {
      Duration patience = finder.tools().book().patience(server);
      boolean isLast = order.isEmpty() && !silent.contains(server) && !zone.hasUnknown();
      return isLast && patience.compareTo(LAST_PATIENCE) < 0 ? LAST_PATIENCE : patience;
    }

    @Override
    public void useless(Endpoint server, Reason reason) {
      while (order.remove(server)) {
        // each place in the order
      }
      if (reason != Reason.UNREACHABLE) {
        finder.tools().book().lame(server, zone.zone());
      }
    }
  }
}
