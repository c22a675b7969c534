package io.reactorstack.dns;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsException.Reason;
import io.reactorstack.dns.transport.StackTransport;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import io.reactorstack.spi.HostLoop;
import java.io.IOException;
import java.io.Reader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A stub resolver on a stack's own UDP and TCP (RFC 1034 section 5.3.1). It queries recursive servers, accepts only
 * responses that match its question (RFC 5452), and caches the results.
 *
 * <p>Immutable: each method that sets something returns a changed copy, whose cache is empty. A resolver has no thread
 * and no clock of its own; it runs on the stack's event loop. Its methods may be called from any thread.
 *
 * <p>To make it the resolver of the stack itself, which then resolves the host names given to TCP, UDP and ICMP:
 * {@code NetworkStack.create().resolver(stack -> DnsResolver.create(stack).servers(router))}.
 */
public final class DnsResolver implements NameResolver {

  private final DnsEnvironment environment;
  private final DnsSettings settings;
  private final Questions questions;
  private final Scheduler onLoop;

  DnsResolver(DnsEnvironment environment, DnsSettings settings) {
    DnsCodec.load();
    this.environment = environment;
    this.settings = settings;
    this.questions = new Questions(settings, environment);
    this.onLoop = Schedulers.fromExecutor(environment.loop()::execute);
  }

  /**
   * Creates a resolver for {@code stack}. Until {@link #servers(List)} sets servers, it queries those that the stack has
   * learnt, by DHCP or from IPv6 routers, at the time of each question; until {@link #searchDomains} sets domains, it
   * uses the learnt ones ({@link NetworkStack#dns}).
   *
   * <p>Its message IDs and ports come from the stack's source of randomness, its time from the stack's loop.
   */
  public static DnsResolver create(NetworkStack stack) {
    HostLoop loop = HostLoop.of(stack);
    return new DnsResolver(
        new DnsEnvironment(loop, new StackTransport(loop, stack.tcp()), stack::dns), DnsSettings.DEFAULTS);
  }

  /** Queries these servers, in this order. A server that did not answer is tried last for the next 30 s. */
  public DnsResolver servers(List<Endpoint> servers) {
    Checks.given("servers", servers);
    return with(s -> s.servers(servers));
  }

  /** Queries port 53 of these addresses, in this order. */
  public DnsResolver servers(IpAddress... servers) {
    return servers(Checks.all("servers", servers).stream().map(address -> new Endpoint(address, 53)).toList());
  }

  /**
   * Resolves these names from the given table, without a query; replaces earlier hosts. All other names are still sent
   * to the servers. A name in the table that has no address of the requested type fails with {@code NO_DATA}.
   *
   * @throws IllegalArgumentException if a key is not a domain name
   */
  public DnsResolver hosts(Map<String, ? extends List<? extends IpAddress>> hosts) {
    HostsTable table = HostsTable.of(hosts);
    return with(s -> s.hosts(table));
  }

  /**
   * Sets the hosts as {@link #hosts(Map)} does, from {@code file} in the format of {@code /etc/hosts}. Reads the file
   * to its end on the caller's thread; the caller closes it.
   *
   * @throws IOException if {@code file} cannot be read
   */
  public DnsResolver hosts(Reader file) throws IOException {
    HostsTable table = HostsTable.parse(file);
    return with(s -> s.hosts(table));
  }

  /**
   * Also tries a name without a trailing dot in these domains (RFC 1123 section 6.1.4.3); by default in those that the
   * stack has learnt.
   *
   * <p>The search continues if a domain has no address for the name, or its servers fail or do not answer. If no domain
   * has an address, the {@link DnsException} carries the worst outcome of all tries: a temporary failure takes
   * precedence over "no data", and "no data" over "not found".
   *
   * @param ndots a name with at least this many dots, 0 to 127, is tried without a domain first; any other name is
   *     tried without a domain last
   * @throws IllegalArgumentException if a domain is not a domain name
   */
  public DnsResolver searchDomains(int ndots, String... domains) {
    List<Name> names = new ArrayList<>();
    for (String domain : Checks.all("domains", domains)) {
      try {
        names.add(HostNameRules.absolute(Checks.text("one of domains", domain)));
      } catch (DnsException e) {
        throw new IllegalArgumentException(e.getMessage(), e);
      }
    }
    SearchList search = new SearchList(names, ndots);
    return with(s -> s.search(search));
  }

  /**
   * Sets the time to wait for an answer before the next server is queried. It doubles with each round through the
   * servers, up to 30 s (RFC 1123 section 6.1.3.3). 1 ms to 1 h; 2 s by default.
   */
  public DnsResolver queryTimeout(Duration timeout) {
    return with(s -> s.queryTimeout(timeout));
  }

  /** Sets the number of retries of a server that does not answer: 0 to 2 (RFC 9520 section 3.1), 2 by default. */
  public DnsResolver retries(int retries) {
    return with(s -> s.retries(retries));
  }

  /**
   * Limits all messages sent for one question, to all servers, over UDP and TCP, including the queries for its aliases
   * (RFC 1035 section 7.1): 1 to 1000, 16 by default.
   */
  public DnsResolver maxQueriesPerResolve(int queries) {
    return with(s -> s.maxQueriesPerResolve(queries));
  }

  /**
   * Limits the number of different outstanding questions; beyond it a resolution fails immediately: 1 to 65536, 512 by
   * default. Each outstanding question occupies one UDP port.
   */
  public DnsResolver maxQuestions(int questions) {
    return with(s -> s.maxQuestions(questions));
  }

  /** Limits the number of cached outcomes: 0 (no cache) to 2<sup>24</sup>, 10,000 by default. */
  public DnsResolver cacheSize(int outcomes) {
    return with(s -> s.cache(c -> c.size(outcomes)));
  }

  /** Limits the time for which addresses are cached, whatever their TTL; 7 days by default (RFC 8767 section 4). */
  public DnsResolver cacheMaxTimeToLive(Duration timeToLive) {
    return with(s -> s.cache(c -> c.maxTtl(timeToLive)));
  }

  /**
   * Limits the time for which a negative answer (no such name or address) is cached, whatever the zone's SOA says; 3
   * hours by default (RFC 2308 section 5).
   */
  public DnsResolver cacheMaxNegativeTimeToLive(Duration timeToLive) {
    return with(s -> s.cache(c -> c.maxNegativeTtl(timeToLive)));
  }

  /**
   * Sets the time for which a failure of the servers is cached, which keeps a broken name from causing a flood of
   * queries: 1 s to 5 min (RFC 9520 section 3.2), 5 s by default.
   */
  public DnsResolver cacheFailureTimeToLive(Duration timeToLive) {
    return with(s -> s.cache(c -> c.failureTtl(timeToLive)));
  }

  private DnsResolver with(UnaryOperator<DnsSettings> change) {
    return new DnsResolver(environment, change.apply(settings));
  }

  /** The configured servers; empty if those of the stack are used. */
  public List<Endpoint> servers() {
    return settings.servers();
  }

  /**
   * Resolves the addresses of {@code host}, of the IP versions that the stack has an address for: a stack without a
   * global IPv6 address does not query AAAA records, and one that has only those does not query A records. The addresses
   * are in the order of RFC 6724 section 6, computed by the stack at each resolution. A literal address, of either
   * version, is returned as it is.
   *
   * <p>If one of the two queries fails, the addresses that the other one has found are the result.
   *
   * <p>Fails with a {@link DnsException}. Identical questions that are outstanding at the same time share one query.
   *
   * <p><b>Backpressure:</b> one list, on demand. <b>Buffer ownership:</b> values, nothing to release. <b>Threading:</b>
   * signals on the stack's event loop. <b>Cancellation:</b> if no other subscriber waits for the same answer, the
   * question is abandoned and its port is closed.
   */
  @Override
  public Mono<List<IpAddress>> resolve(String host) {
    return Mono.defer(() -> begin(host, types()))
        .map(found -> environment.loop().sorted(found.addresses()))
        .subscribeOn(onLoop).cancelOn(onLoop);
  }

  /** The types of the addresses that the stack can use; A if it has no address at all. */
  private List<AddressType> types() {
    boolean v6 = environment.loop().hasAddress(false);
    if (!v6) {
      return List.of(AddressType.A);
    }
    return environment.loop().hasAddress(true) ? List.of(AddressType.AAAA, AddressType.A) : List.of(AddressType.AAAA);
  }

  /**
   * Resolves addresses as {@link #resolve} does, and emits them one by one.
   *
   * <p><b>Backpressure:</b> addresses are emitted on demand. <b>Buffer ownership:</b> values, nothing to release.
   * <b>Threading:</b> signals on the stack's event loop, or on the thread that requests more. <b>Cancellation:</b> as
   * {@link #resolve}.
   */
  public Flux<IpAddress> addresses(String host) {
    return resolve(host).flatMapIterable(list -> list);
  }

  /**
   * Resolves the addresses of {@code host} of one type, with the canonical name and the time to live. A literal address
   * is returned as it is, whatever the type.
   *
   * <p>Fails with a {@link DnsException}. <b>Backpressure:</b> one value, on demand. <b>Buffer ownership:</b> values,
   * nothing to release. <b>Threading:</b> signals on the stack's event loop. <b>Cancellation:</b> as {@link #resolve}.
   */
  public Mono<HostAddresses> lookup(String host, AddressType type) {
    return Mono.defer(() -> begin(host, List.of(type))).subscribeOn(onLoop).cancelOn(onLoop);
  }

  /**
   * Clears the cache, for example because the network changed (RFC 9460 section 12).
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> completes on the
   * stack's event loop. <b>Cancellation:</b> has no effect once it runs.
   */
  public Mono<Void> clearCache() {
    return Mono.<Void>fromRunnable(questions::clearCache).subscribeOn(onLoop);
  }

  private Mono<HostAddresses> begin(String host, List<AddressType> types) {
    try {
      IpAddress literal = IpAddress.parse(host);
      return Mono.just(new HostAddresses(host, List.of(literal), HostAddresses.FOREVER));
    } catch (IllegalArgumentException notAnAddress) {
      // Not a literal: resolve it as a name.
    }
    try {
      return search(host, currentSearch().candidates(host), types, null);
    } catch (DnsException e) {
      return Mono.error(e);
    }
  }

  private SearchList currentSearch() {
    return settings.search().domains().isEmpty()
        ? SearchList.of(environment.learned().get().searchDomains(), settings.search().ndots())
        : settings.search();
  }

  /**
   * Tries the candidates until one has addresses, as glibc's {@code res_search} does. A failure of one zone's servers
   * does not end the search: it proves nothing about the zones that follow in the list.
   *
   * @param worst the worst outcome of the candidates tried before, or {@code null} if there were none
   */
  private Mono<HostAddresses> search(
      String host, List<Name> candidates, List<AddressType> types, @Nullable Reason worst) {
    return outcome(candidates.getFirst(), types).flatMap(outcome -> switch (outcome) {
      case DnsOutcome.Found(var name, var addresses, var ttl) ->
        Mono.just(new HostAddresses(HostNameRules.text(name), addresses, Duration.ofSeconds(ttl)));
      case DnsOutcome.Failed(var reason, var ttl) -> {
        Reason soFar = worst == null ? reason : worst.orWorse(reason);
        yield candidates.size() > 1
            ? search(host, candidates.subList(1, candidates.size()), types, soFar)
            : Mono.<HostAddresses>error(new DnsException(host, soFar));
      }
    });
  }

  /** Asks for the addresses of {@code name} of all {@code types} at the same time. */
  private Mono<DnsOutcome> outcome(Name name, List<AddressType> types) {
    return Flux.fromIterable(types)
        .flatMapSequential(type -> questions.ask(new DnsQuestion(name, type)))
        .reduce(DnsResolver::both);
  }

  private static DnsOutcome both(DnsOutcome one, DnsOutcome other) {
    return switch (one) {
      case DnsOutcome.Failed(var reason, var ttl) -> other instanceof DnsOutcome.Failed(var second, var secondTtl)
          ? new DnsOutcome.Failed(reason.orWorse(second), Math.min(ttl, secondTtl))
          : other;
      case DnsOutcome.Found(var name, var addresses, var ttl) -> {
        if (!(other instanceof DnsOutcome.Found(var unused, var more, var secondTtl))) {
          yield one;
        }
        List<IpAddress> all = new ArrayList<>(addresses);
        all.addAll(more);
        yield new DnsOutcome.Found(name, all, Math.min(ttl, secondTtl));
      }
    };
  }
}
