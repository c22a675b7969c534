package io.reactorstack.dns.resolve;

import io.reactorstack.dns.exchange.Query;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.resolve.Tries.Try;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import reactor.core.publisher.Mono;

/**
 * Asks configured recursive servers (RFC 1034 section 5.3.1). A round asks each server once before any is asked again (RFC
 * 1035 section 7.2).
 */
public final class StubFinder implements Finder {

  private final Tools tools;
  private final Supplier<List<Endpoint>> servers;
  private final IntSupplier retries;
  private final IntFunction<Duration> timeout;

  /**
   * Creates a finder.
   *
   * @param servers returns the current servers, most preferred first
   * @param retries returns the number of further rounds
   * @param timeout returns the time to wait for an answer in a round, which is counted from 0
   */
  public StubFinder(Tools tools, Supplier<List<Endpoint>> servers, IntSupplier retries,
      IntFunction<Duration> timeout) {
    this.tools = tools;
    this.servers = servers;
    this.retries = retries;
    this.timeout = timeout;
  }

  @Override
  public Mono<Reading> find(Question question, Job job) {
    List<Endpoint> order = tools.book().configuredOrder(servers.get());
    if (order.isEmpty()) {
      return Mono.just(new Reading.Failed(Reason.NO_SERVER, "no server"));
    }
    Query query = new Query(question, true, false);
    return new Tries(tools, job, query, Name.root, new Rounds(order),
        reply -> ReplyReader.fromRecursive(reply.message(), question, tools.host().nanoTime())).first();
  }

  /** The servers in rounds. */
  private final class Rounds implements Tries.Source {

    private final List<Endpoint> order;
    private final Set<Endpoint> useless = new HashSet<>();
    private final int rounds = 1 + retries.getAsInt();
    private int turn;

    Rounds(List<Endpoint> order) {
      this.order = order;
    }

    @Override
    public @Nullable Try next() {
      while (turn < order.size() * rounds) {
        int round = turn / order.size();
        Endpoint server = order.get(turn++ % order.size());
        if (!useless.contains(server)) {
          return new Try(server, "", timeout.apply(round), round);
        }
      }
      return null;
    }

    /** RFC 1035 section 7.2: a server that returned an error is not queried again. */
    @Override
    public void useless(Endpoint server, Reason reason) {
      useless.add(server);
    }
  }
}
