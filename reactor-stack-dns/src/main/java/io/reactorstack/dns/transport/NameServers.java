package io.reactorstack.dns.transport;

import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The servers and the order in which to query them. The order is that of the configuration, but a server that
 * recently did not answer comes last, so that it does not cost every question a timeout (RFC 1035 section 7.2, RFC 2308
 * section 7.2).
 */
public final class NameServers {

  /**
   * The time for which a server that did not answer comes last. RFC 2308 section 7.2 allows five minutes; half a minute
   * covers the questions of one web page.
   */
  public static final Duration SILENCE = Duration.ofSeconds(30);

  private final Supplier<List<Endpoint>> servers;
  private final LongSupplier clock;
  private final Map<Endpoint, Long> silentSince = new HashMap<>();

  /**
   * Creates the order of {@code servers}.
   *
   * @param servers returns the current servers, most preferred first
   * @param clock the time in nanoseconds
   */
  public NameServers(Supplier<List<Endpoint>> servers, LongSupplier clock) {
    this.servers = servers;
    this.clock = clock;
  }

  /** Returns the servers in the order in which to query them. */
  public List<Endpoint> inOrder() {
    List<Endpoint> current = servers.get();
    silentSince.keySet().retainAll(current);
    List<Endpoint> order = new ArrayList<>(current.size());
    List<Endpoint> silent = new ArrayList<>();
    for (Endpoint server : current) {
      (isSilent(server) ? silent : order).add(server);
    }
    order.addAll(silent);
    return order;
  }

  /** Records that {@code server} has answered. */
  public void answered(Endpoint server) {
    silentSince.remove(server);
  }

  /** Records that {@code server} has not answered in time. */
  public void keptSilent(Endpoint server) {
    silentSince.put(server, clock.getAsLong());
  }

  private boolean isSilent(Endpoint server) {
    Long since = silentSince.get(server);
    return since != null && clock.getAsLong() - since < SILENCE.toNanos();
  }
}
