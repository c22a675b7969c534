package io.reactorstack.dns;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordData.Svcb;
import io.reactorstack.dns.record.RecordType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The search for the endpoints of a service by its SVCB or HTTPS records (RFC 9460 section 3). */
final class ServiceBindings {

  /** RFC 9460 section 2.4.2: the number of aliases of a service that are followed. */
  static final int MAX_ALIASES = 8;

  /** The keys from mandatory to ipv6hint, which a caller can read (RFC 9460 section 14.3.2). */
  private static final Set<Integer> UNDERSTOOD = Set.of(0, 1, 2, 3, 4, 5, 6);

  private final DnsEngine engine;
  private final String service;
  private final RecordType type;

  ServiceBindings(DnsEngine engine, String service, RecordType type) {
    this.engine = engine;
    this.service = service;
    this.type = type;
  }

  /** Returns the usable endpoints in the order in which to try them. */
  Flux<Svcb> endpoints() {
    return Flux.defer(() -> follow(service, 0));
  }

  private Flux<Svcb> follow(String name, int aliases) {
    // RFC 9460 section 6: the query for the target of an alias has the same type.
    return engine.query(name, type).flatMapMany(response -> engine.drawn(response.records(), this::ordered)
        .flatMapMany(records -> decide(records, aliases)));
  }

  /** Returns the records by ascending priority, equal ones in random order (RFC 9460 section 2.4.1). */
  private List<DnsRecord> ordered(List<DnsRecord> records, RandomGenerator random) {
    List<DnsRecord> order = new ArrayList<>(records);
    Collections.shuffle(order, Random.from(random));
    order.sort(Comparator.comparingInt(r -> r.data() instanceof Svcb svcb ? svcb.priority() : 0));
    return order;
  }

  private Flux<Svcb> decide(List<DnsRecord> records, int aliases) {
    if (records.getFirst().data() instanceof Svcb first && first.isAlias()) {
      // RFC 9460 section 2.4: an alias stands for the whole service, and of several aliases one is drawn at random.
      return alias(first, aliases);
    }
    List<Svcb> usable = new ArrayList<>();
    for (DnsRecord record : records) {
      if (record.data() instanceof Svcb endpoint && isUsable(endpoint)) {
        usable.add(endpoint.target().equals(".") // RFC 9460 section 2.5.2
            ? new Svcb(endpoint.priority(), record.name(), endpoint.parameters())
            : endpoint);
      }
    }
    return usable.isEmpty() ? failed(Reason.NO_DATA) : Flux.fromIterable(usable);
  }

  private Flux<Svcb> alias(Svcb alias, int aliases) {
    if (alias.target().equals(".")) {
      return failed(Reason.NO_DATA); // RFC 9460 section 2.5.1: the service does not exist
    }
    if (aliases == MAX_ALIASES) {
      return failed(Reason.ALIAS_LOOP);
    }
    return follow(alias.target(), aliases + 1);
  }

  /**
   * RFC 9460 section 8: a client that does not understand a mandatory key must not use the endpoint; a mandatory key that
   * is missing, or the key itself, makes the record invalid.
   */
  private static boolean isUsable(Svcb endpoint) {
    Set<Integer> mandatory = endpoint.parameters().mandatory();
    return UNDERSTOOD.containsAll(mandatory) && endpoint.parameters().keys().containsAll(mandatory)
        && !mandatory.contains(0)
        // RFC 9460 section 7.1.1: without the default protocol there must be another one.
        && (!endpoint.parameters().noDefaultAlpn() || !endpoint.parameters().alpn().isEmpty());
  }

  private Flux<Svcb> failed(Reason reason) {
    return Flux.from(Mono.error(() -> new DnsException(service, reason)));
  }

  /** Returns the name to query for an HTTP origin (RFC 9460 section 9.1). */
  static String ofOrigin(String host, int port) {
    return port == 443 ? host : "_" + port + "._https." + host;
  }
}
