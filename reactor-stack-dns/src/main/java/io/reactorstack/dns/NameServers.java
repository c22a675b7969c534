package io.reactorstack.dns;

import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The configured servers and the order in which to query them. The order is the configured one, but a server that
 * recently did not answer comes last, so that it does not cost every question a timeout (RFC 1035 section 7.2, RFC 2308
 * section 7.2).
 */
final class NameServers {

  /**
   * The time for which a server that did not answer comes last. RFC 2308 section 7.2 allows five minutes; half a minute
   * covers the questions of one web page.
   */
  static final Duration SILENCE = Duration.ofSeconds(30);

  private final List<Endpoint> servers;
  private final LongSupplier clock;
  private final Map<Endpoint, Long> silentSince = new HashMap<>();

  NameServers(List<Endpoint> servers, LongSupplier clock) {
    this.servers = servers;
    this.clock = clock;
  }

  /** Returns the servers in the order in which to query them. */
  List<Endpoint> inOrder() {
    List<Endpoint> order = new ArrayList<>(servers.size());
    List<Endpoint> silent = new ArrayList<>();
    for (Endpoint server : servers) {
      (isSilent(server) ? silent : order).add(server);
    }
    order.addAll(silent);
    return order;
  }

  void answered(Endpoint server) {
    silentSince.remove(server);
  }

  void keptSilent(Endpoint server) {
    silentSince.put(server, clock.getAsLong());
  }

  private boolean isSilent(Endpoint server) {
    Long since = silentSince.get(server);
    return since != null && clock.getAsLong() - since < SILENCE.toNanos();
  }
}
