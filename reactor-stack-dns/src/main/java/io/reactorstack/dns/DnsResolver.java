package io.reactorstack.dns;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.address.HostLookup.Found;
import io.reactorstack.dns.configuration.HostNameRules;
import io.reactorstack.dns.configuration.HostsTable;
import io.reactorstack.dns.configuration.SearchList;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.resolve.ResolverHandle;
import io.reactorstack.dns.resolve.RootHints;
import io.reactorstack.dns.transport.DnsHost;
import io.reactorstack.dns.transport.KernelFiles;
import io.reactorstack.dns.transport.KernelHost;
import io.reactorstack.dns.transport.StackHost;
import io.reactorstack.dns.wire.DnsCodec;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.reactivestreams.Publisher;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpResources;

/**
 * A DNS resolver, on a stack's own UDP and TCP or on the kernel's. By default it is a stub resolver (RFC 1034 section 5.3.1): it queries
 * recursive servers. {@link #iterative()} makes it resolve names itself, from the root. It accepts only responses that
 * match its question (RFC 5452), and caches records with their trust (RFC 2181).
 *
 * <p>Immutable: each method that sets something returns a changed copy, whose cache is empty. A resolver has no thread
 * and no clock of its own; it runs on an event loop of the stack, or of Reactor Netty. Its methods may be called from any thread.
 *
 * <p>What the cache knows is emitted on the subscriber's thread, without a change of threads.
 *
 * <p>To make it the resolver of the stack itself, which then resolves the host names given to TCP, UDP and ICMP:
 * {@code NetworkStack.create().resolver(stack -> DnsResolver.create(stack).servers(router))}.
 */
@SuppressWarnings("exports") // The superclass offers users nothing.
public final class DnsResolver extends ResolverHandle implements NameResolver {

  private static final int PORT = 53;
  private static final int MAX_DUMP_AGE = 36_500;

  private final DnsHost host;
  private final DnsSettings settings;
  private final DnsEngine engine;

  DnsResolver(DnsHost host, DnsSettings settings) {
    DnsCodec.load();
    DnsEngine parts = new DnsEngine(host, settings);
    super(host, parts.resolutions());
    this.host = host;
    this.settings = settings;
    this.engine = parts;
  }

  /**
   * Creates a resolver for {@code stack}. Until {@link #servers(List)} sets servers, it queries those that the stack has
   * learnt, by DHCP or from IPv6 routers, at the time of each question; until {@link #searchDomains} sets domains, it
   * uses the learnt ones ({@link NetworkStack#dns}).
   *
   * <p>Its message IDs and ports come from the stack's source of randomness, its time from the stack's loop.
   */
  public static DnsResolver create(NetworkStack stack) {
    return new DnsResolver(new StackHost(stack), DnsSettings.DEFAULTS);
  }

  /**
   * Creates a resolver on the kernel's sockets, without a stack: it runs on one of the event loops that Reactor Netty's
   * clients share. Until {@link #servers(List)}, {@link #searchDomains} or {@link #hosts(Map)} sets others, it uses the
   * servers, search domains and options in {@code /etc/resolv.conf} and the names in {@code /etc/hosts}, and notices
   * within a second when these files change.
   *
   * <p>Reads the files on the caller's thread, which should not be an event loop.
   *
   * @throws UncheckedIOException if a file exists and cannot be read
   */
  public static DnsResolver create() {
    return create(TcpResources.get());
  }

  /**
   * Creates a resolver on the kernel's sockets, as {@link #create()} does, on an event loop of {@code loops}.
   *
   * @throws UncheckedIOException if a file exists and cannot be read
   */
  public static DnsResolver create(LoopResources loops) {
    try {
      return new DnsResolver(KernelHost.create(Checks.given("loops", loops), KernelFiles.DEFAULT),
          DnsSettings.DEFAULTS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Queries these recursive servers, in this order. A server that did not answer is tried last for the next 30 s, longer
   * if it stays silent.
   */
  public DnsResolver servers(List<Endpoint> servers) {
    Checks.given("servers", servers);
    return with(s -> s.servers(servers));
  }

  /** Queries port 53 of these addresses, in this order. */
  public DnsResolver servers(IpAddress... servers) {
    return servers(Checks.all("servers", servers).stream().map(address -> new Endpoint(address, PORT)).toList());
  }

  /**
   * Resolves names itself: it asks the servers of the root, which IANA publishes, and follows their referrals (RFC 1034
   * section 5.3.3). A query has no more labels of the name than its server needs (RFC 9156).
   */
  public DnsResolver iterative() {
    return with(s -> s.hints(RootHints.IANA));
  }

  /**
   * Resolves names itself, as {@link #iterative()} does, from these servers of the root.
   *
   * @param rootServers the addresses of at least one server, by name
   * @throws IllegalArgumentException if a key is not a domain name
   */
  public DnsResolver iterative(Map<String, ? extends List<? extends IpAddress>> rootServers) {
    Map<Name, List<IpAddress>> servers = new LinkedHashMap<>();
    Checks.given("rootServers", rootServers).forEach((name, addresses) -> servers.put(
        Names.absolute(Checks.text("name in rootServers", name)),
        List.copyOf(Checks.given("addresses in rootServers of " + name, addresses))));
    if (servers.values().stream().allMatch(List::isEmpty)) {
      throw new IllegalArgumentException("rootServers have no address");
    }
    RootHints hints = new RootHints(servers);
    return with(s -> s.hints(hints));
  }

  /**
   * Resolves names itself, as {@link #iterative()} does, from the servers of the root in {@code hints}, a file like IANA's
   * {@code named.root}. Reads the file to its end on the caller's thread; the caller closes it.
   *
   * @throws IOException if {@code hints} cannot be read
   * @throws IllegalArgumentException if it has a line that is no record, or no address
   */
  public DnsResolver iterative(Reader hints) throws IOException {
    RootHints parsed = RootHints.parse(Checks.given("hints", hints));
    return with(s -> s.hints(parsed));
  }

  /** Sets whether an iterative resolver hides the name from servers that need not know it (RFC 9156); true by default. */
  public DnsResolver minimiseNames(boolean minimise) {
    return with(s -> s.queries(q -> q.minimises(minimise)));
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
   * Sets the time to wait for an answer before the next recursive server is queried. It doubles with each round through
   * the servers, up to 30 s (RFC 1123 section 6.1.3.3). 1 ms to 1 h; 2 s by default. An iterative resolver waits as long
   * as the round-trip times of a server make it expect.
   */
  public DnsResolver queryTimeout(Duration timeout) {
    Checks.given("queryTimeout", timeout);
    return with(s -> s.queries(q -> q.timeout(timeout)));
  }

  /**
   * Sets the number of retries of a recursive server that does not answer: 0 to 2 (RFC 9520 section 3.1), 2 by default.
   */
  public DnsResolver retries(int retries) {
    return with(s -> s.queries(q -> q.retries(retries)));
  }

  /**
   * Sets whether each question begins with another one of the configured recursive servers; false by default, or as
   * {@code resolv.conf} says.
   */
  public DnsResolver rotateServers(boolean rotate) {
    return with(s -> s.queries(q -> q.rotates(rotate)));
  }

  /**
   * Limits all messages sent for one question, to all servers, over UDP and TCP, including the queries for its aliases
   * and for the addresses of servers (RFC 1035 section 7.1): 1 to 1000; by default 16, and 100 for an iterative resolver.
   */
  public DnsResolver maxQueriesPerResolve(int queries) {
    return with(s -> s.queries(q -> q.maxQueries(queries)));
  }

  /**
   * Limits the number of different outstanding questions; beyond it a resolution fails immediately: 1 to 65536, 512 by
   * default. Each outstanding question occupies at least one UDP port.
   */
  public DnsResolver maxQuestions(int questions) {
    return with(s -> s.queries(q -> q.maxQuestions(questions)));
  }

  /**
   * Sets the size of the largest UDP response that servers may send: 512 to 4096 octets, 1232 by default (RFC 9715
   * section 3). A larger response comes over TCP.
   */
  public DnsResolver maxUdpSize(int octets) {
    return with(s -> s.exchange(e -> e.udpSize(octets)));
  }

  /** Sets whether queries have an OPT record (RFC 6891); true by default. A server that has no EDNS is queried without. */
  public DnsResolver edns(boolean edns) {
    return with(s -> s.exchange(e -> e.edns(edns)));
  }

  /** Sets whether queries have a cookie, which protects from forged answers (RFC 7873); true by default. */
  public DnsResolver cookies(boolean cookies) {
    return with(s -> s.exchange(e -> e.cookies(cookies)));
  }

  /**
   * Sets whether the letter case of the names in queries is random, which makes answers harder to forge; true by default.
   */
  public DnsResolver randomCase(boolean randomCase) {
    return with(s -> s.exchange(e -> e.randomCase(randomCase)));
  }

  /** Sets whether all queries are sent over TCP; false by default. */
  public DnsResolver tcpOnly(boolean tcpOnly) {
    return with(s -> s.exchange(e -> e.tcpOnly(tcpOnly)));
  }

  /** Limits the estimated size of the cache: 0 (no cache) to 2<sup>36</sup> octets, 16 MiB by default. */
  public DnsResolver cacheSize(long octets) {
    return with(s -> s.cache(c -> c.weight(octets)));
  }

  /** Limits the time for which records are cached, whatever their TTL; 7 days by default (RFC 8767 section 4). */
  public DnsResolver cacheMaxTimeToLive(Duration timeToLive) {
    return with(s -> s.cache(c -> c.maxTtl(timeToLive)));
  }

  /**
   * Limits the time for which a negative answer (no such name or data) is cached, whatever the zone's SOA says; 3 hours
   * by default (RFC 2308 section 5).
   */
  public DnsResolver cacheMaxNegativeTimeToLive(Duration timeToLive) {
    return with(s -> s.cache(c -> c.maxNegativeTtl(timeToLive)));
  }

  /**
   * Sets the time for which a failure of the servers is cached, which keeps a broken name from causing a flood of
   * queries: 1 s to 5 min (RFC 9520 section 3.2), 5 s by default. It doubles with each further failure, up to 5 min.
   */
  public DnsResolver cacheFailureTimeToLive(Duration timeToLive) {
    return with(s -> s.cache(c -> c.failureTtl(timeToLive)));
  }

  /**
   * Uses records that have ended no longer than {@code maxAge} ago when they cannot be renewed, or not within 1.8 s (RFC
   * 8767). Zero to 30 days; zero, for no stale records, by default; RFC 8767 recommends one to three days.
   */
  public DnsResolver serveStale(Duration maxAge) {
    return with(s -> s.cache(c -> c.maxStale(maxAge)));
  }

  /**
   * Sets whether records that are asked for in the last tenth of their time to live are renewed in the background; true
   * by default.
   */
  public DnsResolver prefetch(boolean prefetch) {
    return with(s -> s.queries(q -> q.renews(prefetch)));
  }

  private DnsResolver with(UnaryOperator<DnsSettings> change) {
    return new DnsResolver(host, change.apply(settings));
  }

  /** The configured servers; empty if those of the stack are used, or the resolver is iterative. */
  public List<Endpoint> servers() {
    return settings.servers();
  }

  /**
   * Returns the records of {@code name} and {@code type}, and the aliases that lead to them.
   *
   * <p>The name is taken as complete: no search domain and no hosts entry is used. Fails with a {@link DnsException} if
   * there are no records, or they cannot be found. Equal questions that are outstanding at the same time share one query.
   *
   * <p><b>Backpressure:</b> one value, on demand. <b>Buffer ownership:</b> values, nothing to release. <b>Threading:</b>
   * signals on the subscriber's thread if the cache has the answer, otherwise on the stack's event loop.
   * <b>Cancellation:</b> if no other subscriber waits for the same answer, the question is abandoned and its port is
   * closed.
   *
   * @param name a domain name, with or without a trailing dot; {@code "."} for the root
   */
  public Mono<DnsResponse> query(String name, RecordType type) {
    Checks.given("name", name);
    Checks.given("type", type);
    return Mono.defer(() -> engine.query(name, type));
  }

  /**
   * Returns the mail servers of {@code domain}, the most preferred first, equal ones in random order (RFC 5321 section
   * 5.1).
   *
   * <p>Fails as {@link #query} does. <b>Backpressure:</b> on demand. <b>Buffer ownership:</b> values. <b>Threading:</b> as
   * {@link #query}. <b>Cancellation:</b> as {@link #query}.
   */
  public Flux<RecordData.Mx> mx(String domain) {
    return data(domain, RecordType.MX, RecordData.Mx.class)
        .transform(all -> engine.ordered(all, ServiceOrder::mx));
  }

  /**
   * Returns the hosts of a service, such as {@code _xmpp-client._tcp.example.com}, in the order in which to try them: by
   * priority, and among those of one priority at random by weight (RFC 2782).
   *
   * <p>Fails as {@link #query} does. <b>Backpressure:</b> on demand. <b>Buffer ownership:</b> values. <b>Threading:</b> as
   * {@link #query}. <b>Cancellation:</b> as {@link #query}.
   */
  public Flux<RecordData.Srv> srv(String service) {
    return data(service, RecordType.SRV, RecordData.Srv.class)
        .transform(all -> engine.ordered(all, ServiceOrder::srv));
  }

  /**
   * Returns the texts of {@code name}.
   *
   * <p>Fails as {@link #query} does. <b>Backpressure:</b> on demand. <b>Buffer ownership:</b> values. <b>Threading:</b> as
   * {@link #query}. <b>Cancellation:</b> as {@link #query}.
   */
  public Flux<RecordData.Txt> txt(String name) {
    return data(name, RecordType.TXT, RecordData.Txt.class);
  }

  /**
   * Returns the certification authorities that may issue certificates for {@code name} itself; a caller that has to obey
   * them asks for the names above too (RFC 8659 section 3).
   *
   * <p>Fails as {@link #query} does. <b>Backpressure:</b> on demand. <b>Buffer ownership:</b> values. <b>Threading:</b> as
   * {@link #query}. <b>Cancellation:</b> as {@link #query}.
   */
  public Flux<RecordData.Caa> caa(String name) {
    return data(name, RecordType.CAA, RecordData.Caa.class);
  }

  /**
   * Returns the endpoints of the service {@code name}, such as {@code _dns.resolver.arpa}, in the order in which to try
   * them: by priority, equal ones in random order (RFC 9460 section 2.4.1).
   *
   * <p>Aliases of the service are followed, at most eight. Endpoints with a mandatory parameter that
   * {@link io.reactorstack.dns.record.SvcParameters} does not know are left out. The target of an endpoint is never
   * {@code "."}: it is the name whose addresses are to be resolved.
   *
   * <p>Fails as {@link #query} does; with {@code NO_DATA} if no endpoint can be used, or the service does not exist. A
   * client then connects as if it had not asked (RFC 9460 section 3). <b>Backpressure:</b> on demand. <b>Buffer
   * ownership:</b> values. <b>Threading:</b> as {@link #query}. <b>Cancellation:</b> as {@link #query}.
   */
  public Flux<RecordData.Svcb> svcb(String name) {
    Checks.given("name", name);
    return new ServiceBindings(engine, name, RecordType.SVCB).endpoints();
  }

  /**
   * Returns the endpoints of the origin {@code https://host:port}, as {@link #svcb} does, by its HTTPS records (RFC 9460
   * section 9).
   *
   * <p>Fails as {@link #svcb} does. <b>Backpressure:</b> on demand. <b>Buffer ownership:</b> values. <b>Threading:</b> as
   * {@link #query}. <b>Cancellation:</b> as {@link #query}.
   *
   * @param port the port of the origin, 1 to 65535; 443 is the default of the scheme
   */
  public Flux<RecordData.Svcb> https(String host, int port) {
    Checks.text("host", host);
    Checks.range("port", port, 1, 65535, "");
    return new ServiceBindings(engine, ServiceBindings.ofOrigin(host, port), RecordType.HTTPS).endpoints();
  }

  /**
   * Returns the names of {@code address} (RFC 1035 section 3.5, RFC 3596 section 2.5), without trailing dots. Anyone who
   * has an address can give it any name; whoever needs a proof resolves the name again.
   *
   * <p>Fails as {@link #query} does. <b>Backpressure:</b> on demand. <b>Buffer ownership:</b> values. <b>Threading:</b> as
   * {@link #query}. <b>Cancellation:</b> as {@link #query}.
   */
  public Flux<String> ptr(IpAddress address) {
    return data(ReverseNames.of(Checks.given("address", address)), RecordType.PTR, RecordData.Target.class)
        .map(RecordData.Target::target);
  }

  /**
   * Returns the name of {@code address}: that of the hosts entries, {@code localhost} for a loopback address, or else
   * the first one of {@link #ptr}.
   *
   * <p>Fails as {@link #query} does. <b>Backpressure:</b> one value, on demand. <b>Buffer ownership:</b> values.
   * <b>Threading:</b> as {@link #query}. <b>Cancellation:</b> as {@link #query}.
   */
  public Mono<String> hostName(IpAddress address) {
    Checks.given("address", address);
    return Mono.defer(() -> {
      String known = engine.knownName(address);
      return known == null ? ptr(address).next() : Mono.just(known);
    });
  }

  private <T extends RecordData> Flux<T> data(String name, RecordType type, Class<T> kind) {
    return query(name, type).flatMapIterable(DnsResponse::records).map(r -> r.data()).ofType(kind);
  }

  /**
   * Resolves the addresses of {@code host}, of the IP versions that the stack has an address for: a stack without a
   * global IPv6 address does not query AAAA records, and one that has only those does not query A records. The addresses
   * are in the order of RFC 6724 section 6, computed by the stack at each resolution. A literal address, of either
   * version, is returned as it is.
   *
   * <p>If one of the two queries fails, the addresses that the other one has found are the result.
   *
   * <p>Fails with a {@link DnsException}, before the first address: all addresses are known when the first one is
   * emitted. Use {@code next()} for the address to try first, {@code collectList()} for all. Identical questions that
   * are outstanding at the same time share one query.
   *
   * <p><b>Backpressure:</b> addresses on demand; the query is sent at the subscription. <b>Buffer ownership:</b>
   * values, nothing to release. <b>Threading:</b> signals on the stack's event loop, or on the thread that requests
   * more. If the cache has the answer, signals during the subscription if there is a single address, or the subscriber
   * is on the event loop. <b>Cancellation:</b> if no other subscriber waits for the same answer, the question is
   * abandoned and its port is closed.
   */
  @Override
  public Flux<IpAddress> resolve(String host) {
    return Flux.defer(() -> engine.resolve(host));
  }

  /**
   * Resolves the addresses of {@code host} of one type, also if the stack has no address of that IP version; in the order
   * of RFC 6724 section 6. A literal address is returned as it is, whatever the type.
   *
   * <p>Fails as {@link #resolve(String)} does. <b>Backpressure:</b> as {@link #resolve(String)}. <b>Buffer
   * ownership:</b> values, nothing to release. <b>Threading:</b> as {@link #resolve(String)}. <b>Cancellation:</b> as
   * {@link #resolve(String)}.
   */
  public Flux<IpAddress> resolve(String host, AddressType type) {
    List<Integer> types = numbers(type);
    return Flux.defer(() -> engine.resolve(host, types));
  }

  private static List<Integer> numbers(AddressType type) {
    return List.of(Checks.given("type", type) == AddressType.A ? Type.A : Type.AAAA);
  }

  /**
   * Resolves the addresses of {@code host} of one type, with the canonical name and the time to live. A literal address
   * is returned as it is, whatever the type.
   *
   * <p>Fails with a {@link DnsException}. <b>Backpressure:</b> one value, on demand. <b>Buffer ownership:</b> values,
   * nothing to release. <b>Threading:</b> signals on the stack's event loop, or on the subscriber's thread if the cache
   * has the answer. <b>Cancellation:</b> as {@link #resolve(String)}.
   */
  public Mono<HostAddresses> lookup(String host, AddressType type) {
    List<Integer> types = numbers(type);
    return Mono.defer(() -> engine.lookup(host, types)).map(DnsResolver::value);
  }

  private static HostAddresses value(Found found) {
    return new HostAddresses(found.name(), found.addresses(), Duration.ofSeconds(found.ttl()));
  }

  /** Returns figures of the cache. May be called on any thread. */
  public DnsCacheStatistics cacheStatistics() {
    return engine.statistics();
  }

  /**
   * Returns the content of the cache as lines, for a file that {@link #loadCache} can read later: records in the form of a
   * master file (RFC 1035 section 5.1) with their remaining times to live and, as a comment, the trust in them and the
   * number of records of their set; names and types that do not exist as comments. Failures, and records that have ended,
   * are left out.
   *
   * <p>The cache may change meanwhile; each line was true when it was emitted.
   *
   * <p><b>Backpressure:</b> lines are made on demand. <b>Buffer ownership:</b> texts, nothing to release.
   * <b>Threading:</b> signals on the subscriber's thread, or on the one that requests more. <b>Cancellation:</b> ends the
   * dump.
   */
  public Flux<String> dumpCache() {
    return engine.dumpCache();
  }

  /**
   * Puts lines that {@link #dumpCache} has emitted into the cache. Skips and counts what has ended since, lines that are
   * malformed, and sets of which lines are missing. Times to live are limited as those of responses are. Records that the
   * cache already has with more trust stay (RFC 2181 section 5.4.1).
   *
   * <p>The lines are believed, so they must come from a trusted source.
   *
   * <p>Fails only if {@code lines} fail; what was read until then stays. <b>Backpressure:</b> takes all lines without a
   * limit, and emits one value. <b>Buffer ownership:</b> texts, nothing to release. <b>Threading:</b> works and signals on
   * the threads of {@code lines}. <b>Cancellation:</b> cancels {@code lines}; what was read stays.
   *
   * @param age the time since the dump, zero to 100 years
   */
  public Mono<DnsCacheLoad> loadCache(Duration age, Publisher<String> lines) {
    Checks.range("age", age, Duration.ZERO, Duration.ofDays(MAX_DUMP_AGE));
    Checks.given("lines", lines);
    return Mono.defer(() -> engine.loadCache(age, lines));
  }

  /**
   * Clears the cache, for example because the network changed (RFC 9460 section 12).
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> completes on the
   * stack's event loop. <b>Cancellation:</b> has no effect once it runs.
   */
  public Mono<Void> clearCache() {
    return engine.clearCache();
  }
}
