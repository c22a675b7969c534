package io.reactorstack.dns;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsException.Reason;
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
 * A stub resolver on a stack's own UDP and TCP (RFC 1034 section 5.3.1): it asks recursive servers, believes only what
 * belongs to its question (RFC 5452), and remembers.
 *
 * <p>Immutable: each method that sets something returns a changed copy, whose cache is empty. A resolver has no thread and
 * no clock of its own, it lives on the stack's event loop. Its methods may be called from any thread.
 *
 * <p>To make it the stack's own, which finds the hosts that TCP, UDP and ICMP are given by name: {@code
 * NetworkStack.create().resolver(stack -> DnsResolver.create(stack).servers(router))}.
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
   * The resolver of {@code stack}, which does not know any server yet.
   *
   * <p>Its ids and ports come from the stack's source of randomness, its time from the stack's loop.
   */
  public static DnsResolver create(NetworkStack stack) {
    HostLoop loop = HostLoop.of(stack);
    return new DnsResolver(
        new DnsEnvironment(loop, new StackTransport(loop, stack.tcp())), DnsSettings.DEFAULTS);
  }

  /** Asks these servers, in this order; one that keeps silent is asked last for a while. */
  public DnsResolver servers(List<Endpoint> servers) {
    Checks.given("servers", servers);
    return with(s -> s.servers(servers));
  }

  /** Asks port 53 of these addresses, in this order. */
  public DnsResolver servers(IpAddress... servers) {
    return servers(Checks.all("servers", servers).stream().map(address -> new Endpoint(address, 53)).toList());
  }

  /**
   * Answers for these names, and no others, without asking a server; replaces earlier hosts. A name in the table whose
   * addresses are all of another type than asked for has no data.
   *
   * @throws IllegalArgumentException if a key is no domain name
   */
  public DnsResolver hosts(Map<String, ? extends List<? extends IpAddress>> hosts) {
    HostsTable table = HostsTable.of(hosts);
    return with(s -> s.hosts(table));
  }

  /**
   * As {@link #hosts(Map)}, with what {@code file} says in the format of {@code /etc/hosts}. Reads to the end, on the
   * caller's thread; the caller closes it.
   *
   * @throws IOException if {@code file} cannot be read
   */
  public DnsResolver hosts(Reader file) throws IOException {
    HostsTable table = HostsTable.parse(file);
    return with(s -> s.hosts(table));
  }

  /**
   * Looks for a name without a trailing dot in these domains too (RFC 1123 section 6.1.4.3); none by default.
   *
   * <p>A domain in which the name has no address, or whose servers fail or keep silent, does not end the search. If no domain
   * has an address the {@link DnsException} carries the worst outcome met: a temporary failure before "no data", and that
   * before "not found".
   *
   * @param ndots a name with at least this many dots, 0 to 127, is first tried as it stands, any other last
   * @throws IllegalArgumentException if a domain is no domain name
   */
  public DnsResolver searchDomains(int ndots, String... domains) {
    List<Name> names = new ArrayList<>();
    for (String domain : Checks.all("domains", domains)) {
      try {
        names.add(HostNames.absolute(Checks.text("one of domains", domain)));
      } catch (DnsException e) {
        throw new IllegalArgumentException(e.getMessage(), e);
      }
    }
    SearchList search = new SearchList(names, ndots);
    return with(s -> s.search(search));
  }

  /**
   * How long to wait for an answer before the next server is asked; doubles with each round through the servers, up to 30 s
   * (RFC 1123 section 6.1.3.3). 1 ms to 1 h; 2 s by default.
   */
  public DnsResolver queryTimeout(Duration timeout) {
    return with(s -> s.queryTimeout(timeout));
  }

  /** Retries of a server that does not answer: 0 to 2 times (RFC 9520 section 3.1), 2 by default. */
  public DnsResolver retries(int retries) {
    return with(s -> s.retries(retries));
  }

  /**
   * Bound on all messages sent for one question, to all servers, over UDP and TCP, with those for its aliases (RFC 1035
   * section 7.1): 1 to 1000, 16 by default.
   */
  public DnsResolver maxQueriesPerResolve(int queries) {
    return with(s -> s.maxQueriesPerResolve(queries));
  }

  /**
   * Bound on the different questions under way at a time, beyond which a resolution fails at once: 1 to 65536, 512 by
   * default. Each occupies one UDP port.
   */
  public DnsResolver maxQuestions(int questions) {
    return with(s -> s.maxQuestions(questions));
  }

  /** Bound on the outcomes remembered; 0 for none, to 2<sup>24</sup>; 10,000 by default. */
  public DnsResolver cacheSize(int outcomes) {
    return with(s -> s.cache(c -> c.size(outcomes)));
  }

  /** Longest time for which addresses are remembered, whatever their TTL; 7 days by default (RFC 8767 section 4). */
  public DnsResolver cacheMaxTimeToLive(Duration timeToLive) {
    return with(s -> s.cache(c -> c.maxTtl(timeToLive)));
  }

  /**
   * Longest time for which it is remembered that there is no such name or address, whatever the zone says; 3 hours by
   * default (RFC 2308 section 5).
   */
  public DnsResolver cacheMaxNegativeTimeToLive(Duration timeToLive) {
    return with(s -> s.cache(c -> c.maxNegativeTtl(timeToLive)));
  }

  /**
   * How long it is remembered that the servers failed, so that a broken name does not make a flood: 1 s to 5 min (RFC 9520
   * section 3.2), 5 s by default.
   */
  public DnsResolver cacheFailureTimeToLive(Duration timeToLive) {
    return with(s -> s.cache(c -> c.failureTtl(timeToLive)));
  }

  private DnsResolver with(UnaryOperator<DnsSettings> change) {
    return new DnsResolver(environment, change.apply(settings));
  }

  /** The servers that are asked. */
  public List<Endpoint> servers() {
    return settings.servers();
  }

  /**
   * The IPv4 addresses of {@code host}; a literal address, of either version, is its own.
   *
   * <p>Errs with a {@link DnsException}. Identical questions under way at the same time are asked once.
   *
   * <p><b>Backpressure:</b> one list, on demand. <b>Buffer ownership:</b> values, nothing to release. <b>Threading:</b>
   * signals on the stack's event loop. <b>Cancellation:</b> when nobody else waits for the same answer, the question is
   * given up and its port closed.
   */
  @Override
  public Mono<List<IpAddress>> resolve(String host) {
    return lookup(host, AddressType.A).map(HostAddresses::addresses);
  }

  /**
   * As {@link #resolve}, one by one.
   *
   * <p><b>Backpressure:</b> addresses are emitted on demand. <b>Buffer ownership:</b> values, nothing to release.
   * <b>Threading:</b> signals on the stack's event loop, or where more is requested. <b>Cancellation:</b> as
   * {@link #resolve}.
   */
  public Flux<IpAddress> addresses(String host) {
    return resolve(host).flatMapIterable(list -> list);
  }

  /**
   * The addresses of {@code host} of one type, with the canonical name and the time for which they hold. A literal address
   * is its own, whatever the type.
   *
   * <p>Errs with a {@link DnsException}. <b>Backpressure:</b> one value, on demand. <b>Buffer ownership:</b> values, nothing
   * to release. <b>Threading:</b> signals on the stack's event loop. <b>Cancellation:</b> as {@link #resolve}.
   */
  public Mono<HostAddresses> lookup(String host, AddressType type) {
    return Mono.defer(() -> begin(host, type)).subscribeOn(onLoop).cancelOn(onLoop);
  }

  /**
   * Forgets all that was learnt, for example because the network changed (RFC 9460 section 12).
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> completes on the stack's event
   * loop. <b>Cancellation:</b> has no effect once it runs.
   */
  public Mono<Void> clearCache() {
    return Mono.<Void>fromRunnable(questions::clearCache).subscribeOn(onLoop);
  }

  private Mono<HostAddresses> begin(String host, AddressType type) {
    try {
      IpAddress literal = IpAddress.parse(host);
      return Mono.just(new HostAddresses(host, List.of(literal), HostAddresses.FOREVER));
    } catch (IllegalArgumentException notAnAddress) {
      // A name, then.
    }
    try {
      return search(host, settings.search().candidates(host), type, null);
    } catch (DnsException e) {
      return Mono.error(e);
    }
  }

  /**
   * Tries the candidates until one has addresses, as glibc's {@code res_search} does: a zone whose servers fail says nothing
   * about the zones that follow it in the list.
   *
   * @param worst the worst outcome of the candidates before these; {@code null} if there were none
   */
  private Mono<HostAddresses> search(String host, List<Name> candidates, AddressType type, @Nullable Reason worst) {
    return questions.ask(new DnsQuestion(candidates.getFirst(), type)).flatMap(outcome -> switch (outcome) {
      case DnsOutcome.Found(var name, var addresses, var ttl) ->
        Mono.just(new HostAddresses(HostNames.text(name), addresses, Duration.ofSeconds(ttl)));
      case DnsOutcome.Failed(var reason, var ttl) -> {
        Reason soFar = worst == null ? reason : worst.orWorse(reason);
        yield candidates.size() > 1
            ? search(host, candidates.subList(1, candidates.size()), type, soFar)
            : Mono.<HostAddresses>error(new DnsException(host, soFar));
      }
    });
  }
}
