package io.reactorstack.dns;

import io.reactorstack.dns.RecentResponses.Recent;
import io.reactorstack.dns.address.HostLookup;
import io.reactorstack.dns.address.HostLookup.Found;
import io.reactorstack.dns.cache.DumpReader;
import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.cache.RecordCache;
import io.reactorstack.dns.configuration.HostsTable;
import io.reactorstack.dns.configuration.ResolverOptions;
import io.reactorstack.dns.configuration.SearchList;
import io.reactorstack.dns.exchange.Exchange;
import io.reactorstack.dns.exchange.ServerBook;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.resolve.Answer;
import io.reactorstack.dns.resolve.IterativeFinder;
import io.reactorstack.dns.resolve.Resolutions;
import io.reactorstack.dns.resolve.RootHints;
import io.reactorstack.dns.resolve.StubFinder;
import io.reactorstack.dns.resolve.Tools;
import io.reactorstack.dns.transport.DnsHost;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The working parts of a resolver with certain settings, put together. It answers from the cache on the caller's thread,
 * and does everything else on the event loop.
 */
final class DnsEngine {

  private static final int PORT = 53;
  private static final String LOCALHOST = "localhost";

  private final DnsHost host;
  private final DnsSettings settings;
  private final RecordCache cache;
  private final Resolutions resolutions;
  private final HostLookup lookup;
  private final RecentResponses recents = new RecentResponses();
  private final Supplier<HostsTable> hosts;
  private final RecentValues<Searched> searched = new RecentValues<>();
  private int questions;

  /** The names to try for {@code host} by {@code search}. */
  private record Searched(String host, SearchList search, List<Name> candidates) {}

  DnsEngine(DnsHost host, DnsSettings settings) {
    this.host = host;
    this.settings = settings;
    this.cache = new RecordCache(settings.cache(), host::nanoTime);
    ServerBook book = new ServerBook(host::nanoTime, host.random());
    Tools tools = new Tools(host, new Exchange(host, book, settings.exchange()), book);
    RootHints hints = settings.hints();
    QuerySettings queries = settings.queries();
    this.resolutions = new Resolutions(host, cache, queries.limits(hints != null), helper -> hints == null
        ? new StubFinder(tools, this::currentServers, () -> queries.retries(host.options()),
            round -> queries.timeout(round, host.options()))
        : new IterativeFinder(tools, cache, hints, queries.minimises(), helper));
    HostsTable own = settings.hosts();
    this.hosts = own == null ? host::hosts : () -> own;
    this.lookup = new HostLookup(hosts, resolutions, host::nanoTime);
  }

  /** Returns the configured servers; without any, those that the stack has learnt (RFC 8106 section 1.2). */
  private List<Endpoint> currentServers() {
    List<Endpoint> servers = settings.servers().isEmpty()
        ? host.learned().servers().stream().map(server -> new Endpoint(server, PORT)).toList()
        : settings.servers();
    if (servers.size() < 2 || !settings.queries().rotates(host.options())) {
      return servers;
    }
    List<Endpoint> rotated = new ArrayList<>(servers);
    Collections.rotate(rotated, -(questions++ % servers.size()));
    return rotated;
  }

  private SearchList currentSearch() {
    SearchList configured = settings.search();
    if (!configured.domains().isEmpty()) {
      return configured;
    }
    ResolverOptions options = host.options();
    int ndots = options == null || !configured.equals(SearchList.NONE) ? configured.ndots() : options.ndots();
    return SearchList.of(host.learned().searchDomains(), ndots);
  }

  /** Subscribes to {@code work}, and cancels it, on the event loop: at once if the subscriber is on it. */
  private <T> Mono<T> onLoop(Supplier<Mono<T>> work) {
    return Mono.create(sink -> {
      Disposable.Swap running = Disposables.swap();
      sink.onCancel(() -> host.execute(running::dispose));
      host.execute(() -> {
        if (!running.isDisposed()) {
          running.update(Mono.defer(work).subscribe(sink::success, sink::error, sink::success));
        }
      });
    });
  }

  /** Returns the response to a query. To be called at the subscription. */
  Mono<DnsResponse> query(String name, RecordType type) {
    Recent recent = recents.find(name, type);
    Question question;
    try {
      question = recent == null ? new Question(Names.absolute(name), type.number()) : recent.question();
    } catch (IllegalArgumentException e) {
      return Mono.error(new DnsException(name, Reason.INVALID_NAME));
    }
    long now = host.nanoTime();
    Answer known = resolutions.known(question, now);
    if (known == null) {
      return onLoop(() -> resolutions.ask(question)).flatMap(answer -> response(name, type, answer, host.nanoTime()));
    }
    if (recent != null && recent.answers(known, now)) {
      return recent.response();
    }
    Mono<DnsResponse> response = response(name, type, known, now);
    recents.keep(name, question, known, now, response);
    return response;
  }

  private static Mono<DnsResponse> response(String name, RecordType type, Answer answer, long now) {
    Reason reason = answer.reason();
    if (reason != null) {
      return Mono.error(new DnsException(name, reason, answer.details(now)));
    }
    return Mono.just(new DnsResponse(Names.text(answer.question().name()), type, values(answer.aliases(), now),
        values(answer.sets(), now), answer.isStale(), answer.errors(), answer.path()));
  }

  private static List<DnsRecord> values(List<RRset> sets, long now) {
    return sets.size() == 1
        ? sets.getFirst().values(sets.getFirst().ttl(now))
        : sets.stream().flatMap(set -> set.values(set.ttl(now)).stream()).toList();
  }

  /** Puts the elements of {@code all} into an order that may be random. */
  <T> Flux<T> ordered(Flux<T> all, BiFunction<List<T>, RandomGenerator, List<T>> order) {
    return all.collectList().flatMap(list -> drawn(list, order)).flatMapIterable(sorted -> sorted);
  }

  /** Returns the elements of {@code list} in an order that may be random. */
  <T> Mono<List<T>> drawn(List<T> list, BiFunction<List<T>, RandomGenerator, List<T>> order) {
    return list.size() < 2 ? Mono.just(list) : onLoop(() -> Mono.just(order.apply(list, host.random())));
  }

  /** Returns the addresses of {@code name} in the order in which to try them. To be called at the subscription. */
  Flux<IpAddress> resolve(String name) {
    return resolve(name, types());
  }

  /** As {@link #resolve(String)}, of the given types. */
  Flux<IpAddress> resolve(String name, List<Integer> types) {
    return lookup(name, types).flatMapMany(found -> found.addresses().size() == 1
        ? Flux.just(found.addresses().getFirst())
        : onLoop(() -> Mono.just(host.sorted(found.addresses()))).flatMapIterable(sorted -> sorted));
  }

  /** The types of the addresses that the stack can use; A if it has no address at all. */
  private List<Integer> types() {
    ResolverOptions options = host.options();
    if (!host.hasAddress(false) || options != null && options.noAaaa()) {
      return List.of(Type.A);
    }
    return host.hasAddress(true) ? List.of(Type.AAAA, Type.A) : List.of(Type.AAAA);
  }

  /** Returns the addresses of {@code name} of the given types. To be called at the subscription. */
  Mono<Found> lookup(String name, List<Integer> types) {
    if (IpAddress.isLiteral(name)) {
      return literal(name);
    }
    try {
      List<Name> candidates = candidates(name);
      Found known = lookup.known(candidates.getFirst(), types);
      if (known != null && (known.reason() == null || candidates.size() == 1)) {
        return known.reason() == null ? Mono.just(known) : Mono.error(HostLookup.failure(name, known));
      }
      return onLoop(() -> lookup.search(name, candidates, types));
    } catch (DnsException e) {
      return Mono.error(e);
    }
  }

  private List<Name> candidates(String host) throws DnsException {
    SearchList search = currentSearch();
    int hash = host.hashCode();
    Searched last = searched.find(hash);
    if (last != null && last.host.equals(host) && last.search.equals(search)) {
      return last.candidates;
    }
    List<Name> candidates = List.copyOf(search.candidates(host));
    if (searched.isAskedAgain(hash)) {
      searched.keep(hash, new Searched(host, search, candidates));
    }
    return candidates;
  }

  private static Mono<Found> literal(String text) {
    try {
      return Mono.just(Found.literal(text, IpAddress.parse(text)));
    } catch (IllegalArgumentException e) {
      return Mono.error(new DnsException(text, Reason.INVALID_NAME));
    }
  }

  /** Returns the name that {@code address} has without a query, or {@code null}. */
  @Nullable
  String knownName(IpAddress address) {
    String name = hosts.get().name(address);
    return name == null && address.isLoopback() ? LOCALHOST : name;
  }

  Mono<Void> clearCache() {
    return onLoop(() -> Mono.fromRunnable(cache::clear));
  }

  Flux<String> dumpCache() {
    return Flux.fromStream(cache::dump);
  }

  Mono<DnsCacheLoad> loadCache(Duration age, Publisher<String> lines) {
    return Flux.from(lines).reduceWith(() -> cache.load(age), DumpReader::line).map(DumpReader::end)
        .map(result -> new DnsCacheLoad(result.loaded(), result.ended(), result.malformed()));
  }

  DnsCacheStatistics statistics() {
    return new DnsCacheStatistics(cache.names(), cache.weight(), resolutions.hits(), resolutions.misses(),
        resolutions.staleAnswers(), resolutions.renewals(), cache.evictions());
  }

  Resolutions resolutions() {
    return resolutions;
  }
}
