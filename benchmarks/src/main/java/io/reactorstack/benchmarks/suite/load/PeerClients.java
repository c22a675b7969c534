package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.benchmarks.suite.Contestant;
import io.reactorstack.benchmarks.suite.Quantity;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A contestant that is a server; its clients are in the process of a {@link KernelHost}, which measures. */
public final class PeerClients implements Contestant {

  private static final Quantity MEDIAN = new Quantity("round trip, p50", "us", false);
  private static final Quantity HIGH = new Quantity("round trip, p99", "us", false);
  private static final Quantity CONNECTIONS = Quantity.perSecond("connections");
  private static final double NANOS_PER_MICRO = TimeUnit.MICROSECONDS.toNanos(1);
  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);

  private final String name;
  private final Role role;
  private final KernelHost host;
  private final String command;
  private final Runnable end;

  private PeerClients(String name, Role role, KernelHost host, String command, Runnable end) {
    this.name = name;
    this.role = role;
    this.host = host;
    this.command = command;
    this.end = end;
  }

  /**
   * Returns a contestant that is measured by the times of round trips of one byte.
   *
   * @param port the port of a server that sends back what it receives
   * @param end closes the server and its hosts
   */
  public static PeerClients roundTrips(String name, Role role, KernelHost host, int port, Runnable end) {
    return new PeerClients(name, role, host, KernelPeer.ROUND_TRIPS + " " + host.near() + " " + port, end);
  }

  /**
   * Returns a contestant that is measured by the connections of several clients, each with a request and a response.
   *
   * @param clients the number of clients at once
   * @param end closes the server and its hosts
   */
  public static PeerClients connections(String name, Role role, KernelHost host, int clients, Runnable end) {
    return new PeerClients(name, role, host, KernelPeer.CONNECTIONS + " " + host.near() + " " + clients, end);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Role role() {
    return role;
  }

  @Override
  public Map<Quantity, Double> run(Duration time) throws IOException {
    String[] answer = host.ask(command + " " + time.toMillis());
    double first = Double.parseDouble(answer[0]);
    double second = Double.parseDouble(answer[1]);
    if (first == 0) {
      throw new IllegalStateException(name + " made no progress in " + time);
    }
    if (answer.length == 2) {
      return Map.of(CONNECTIONS, first * NANOS / second);
    }
    Map<Quantity, Double> percentiles = new LinkedHashMap<>();
    percentiles.put(MEDIAN, second / NANOS_PER_MICRO);
    percentiles.put(HIGH, Double.parseDouble(answer[2]) / NANOS_PER_MICRO);
    return percentiles;
  }

  @Override
  public void close() {
    end.run();
  }
}
