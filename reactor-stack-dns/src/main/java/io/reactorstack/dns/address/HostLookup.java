package io.reactorstack.dns.address;

import io.reactorstack.dns.configuration.HostsTable;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Details;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.outcome.DnsPath;
import io.reactorstack.dns.outcome.DnsStep;
import io.reactorstack.dns.resolve.Answer;
import io.reactorstack.dns.resolve.Resolutions;
import io.reactorstack.dns.resolve.SpecialNames;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.packet.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Type;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Looks up the addresses of host names. */
public final class HostLookup {

  /** The time to live of addresses that no query was needed for, in seconds. */
  public static final long FOREVER = Integer.MAX_VALUE;

  private final Supplier<HostsTable> hosts;
  private final Resolutions resolutions;
  private final LongSupplier clock;

  /**
   * Creates a look-up.
   *
   * @param hosts returns the names that need no query
   * @param clock the time in nanoseconds
   */
  public HostLookup(Supplier<HostsTable> hosts, Resolutions resolutions, LongSupplier clock) {
    this.hosts = hosts;
    this.resolutions = resolutions;
    this.clock = clock;
  }

  /**
   * The addresses of a name, or the reason why it has none.
   *
   * @param name the canonical name without the trailing dot, or the name asked for
   * @param ttl the time for which the result may be reused, in seconds
   * @param details what is known about the failure, if there is one
   */
  public record Found(
      String name, List<IpAddress> addresses, long ttl, @Nullable Reason reason, Details details) {

    /** Returns the result for {@code text}, which is that of {@code address}. */
    public static Found literal(String text, IpAddress address) {
      return new Found(text, List.of(address), FOREVER, null, Details.NONE);
    }

    private static Found of(Name name, List<IpAddress> addresses) {
      return new Found(Names.text(name), addresses, FOREVER, addresses.isEmpty() ? Reason.NO_DATA : null,
          Details.NONE);
    }

    private Found and(Found other) {
      if (reason != null && other.reason != null) {
        return new Found(name, List.of(), Math.min(ttl, other.ttl), reason.orWorse(other.reason),
            both(details, other.details));
      }
      if (reason != null || other.reason != null) {
        return reason == null ? this : other;
      }
      return new Found(name, both(addresses, other.addresses), Math.min(ttl, other.ttl), null, Details.NONE);
    }

    /** The aliases and the zone are those of the last failure that has any: several names may have been tried. */
    private static Details both(Details one, Details other) {
      Details denial = other.aliases().isEmpty() && other.soa() == null ? one : other;
      return new Details(denial.aliases(), denial.soa(), both(one.errors(), other.errors()),
          both(one.path(), other.path()));
    }

    private static <T> List<T> both(List<T> one, List<T> other) {
      if (other.isEmpty()) {
        return one;
      }
      List<T> all = new ArrayList<>(one);
      all.addAll(other);
      return all;
    }

    private static DnsPath both(DnsPath one, DnsPath other) {
      List<DnsStep> steps = both(one.steps(), other.steps());
      return steps.isEmpty()
          ? DnsPath.NONE
          : new DnsPath(steps, one.elapsed().compareTo(other.elapsed()) > 0 ? one.elapsed() : other.elapsed());
    }
  }

  /**
   * Returns the addresses of {@code name} if no query is needed, or {@code null}. May be called on any thread.
   *
   * @param types the numbers of the types A and AAAA, or one of them
   */
  public @Nullable Found known(Name name, List<Integer> types) {
    Found all = null;
    for (int type : types) {
      Found found = local(name, type);
      if (found == null) {
        Answer answer = resolutions.known(new Question(name, type));
        if (answer == null) {
          return null;
        }
        found = found(answer);
      }
      all = all == null ? found : all.and(found);
    }
    return all;
  }

  private @Nullable Found local(Name name, int type) {
    List<IpAddress> listed = hosts.get().addresses(name);
    if (listed != null) {
      return Found.of(name, listed.stream().filter(address -> address.isV4() == (type == Type.A)).toList());
    }
    IpAddress loopback = SpecialNames.localhost(name, type);
    if (loopback != null) {
      return Found.of(name, List.of(loopback));
    }
    return SpecialNames.isNowhere(name)
        ? new Found(Names.text(name), List.of(), FOREVER, Reason.NAME_NOT_FOUND, Details.NONE)
        : null;
  }

  private Found found(Answer answer) {
    List<IpAddress> addresses = answer.sets().isEmpty() ? List.of() : answer.sets().getFirst().addresses();
    Name name = answer.sets().isEmpty() ? answer.question().name() : answer.sets().getFirst().name();
    long now = clock.getAsLong();
    Reason reason = answer.reason();
    return new Found(Names.text(name), addresses, answer.ttl(now), reason,
        reason == null ? Details.NONE : answer.details(now));
  }

  /**
   * Tries the candidates until one has addresses, as glibc's {@code res_search} does. A failure of one zone's servers
   * does not end the search: it proves nothing about the zones that follow in the list.
   *
   * <p>Fails with a {@link DnsException} with the worst outcome of all tries. To be subscribed to on the event loop.
   *
   * @param host the name as the application wrote it, for the error
   */
  public Mono<Found> search(String host, List<Name> candidates, List<Integer> types) {
    return search(host, candidates, types, null);
  }

  private Mono<Found> search(String host, List<Name> candidates, List<Integer> types, @Nullable Found before) {
    return all(candidates.getFirst(), types).flatMap(now -> {
      if (now.reason == null) {
        return Mono.just(now);
      }
      Found worst = before == null ? now : before.and(now);
      return candidates.size() > 1
          ? search(host, candidates.subList(1, candidates.size()), types, worst)
          : Mono.<Found>error(failure(host, worst));
    });
  }

  /** Returns the exception for a look-up that has found nothing. */
  public static DnsException failure(String host, Found found) {
    return new DnsException(host, found.reason == null ? Reason.NO_DATA : found.reason, found.details);
  }

  /** Asks for the addresses of {@code name} of all {@code types} at the same time. */
  private Mono<Found> all(Name name, List<Integer> types) {
    return Flux.fromIterable(types).flatMapSequential(type -> one(name, type)).reduce(Found::and);
  }

  private Mono<Found> one(Name name, int type) {
    Found local = local(name, type);
    return local != null ? Mono.just(local) : resolutions.ask(new Question(name, type)).map(this::found);
  }

}
