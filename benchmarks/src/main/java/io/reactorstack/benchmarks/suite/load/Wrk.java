package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.benchmarks.suite.Contestant;
import io.reactorstack.benchmarks.suite.Quantity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A contestant that is an HTTP server; {@code wrk} on a {@link KernelHost} sends it requests and measures. */
public final class Wrk implements Contestant {

  private static final List<Integer> CONNECTIONS = List.of(32, 256);
  private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
  private static final Pattern ERRORS = Pattern.compile("(Socket errors:.*|Non-2xx.*)");
  private static final long MILLIS = 1000;

  private final String name;
  private final Role role;
  private final KernelHost host;
  private final Runnable end;

  /**
   * Creates the contestant.
   *
   * @param host the host of the clients; the server is on the port {@link Work#HTTP} of this side
   * @param end closes the server and its hosts
   */
  public Wrk(String name, Role role, KernelHost host, Runnable end) {
    this.name = name;
    this.role = role;
    this.host = host;
    this.end = end;
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
  public Map<Quantity, Double> run(Duration time) throws IOException, InterruptedException {
    Map<Quantity, Double> rates = new LinkedHashMap<>();
    for (int connections : CONNECTIONS) {
      rates.put(Quantity.perSecond("requests, " + connections + " connections"), rate(connections, time));
    }
    return rates;
  }

  /** Runs wrk for at least the time; it takes whole seconds. */
  private double rate(int connections, Duration time) throws IOException, InterruptedException {
    long seconds = Math.max(1, (time.toMillis() + MILLIS - 1) / MILLIS);
    Process process = new ProcessBuilder(host.inside(List.of("wrk", "-t1", "-c" + connections, "-d" + seconds + "s",
        "http://" + host.near() + ":" + Work.HTTP + "/"))).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher rate = RATE.matcher(output);
    if (process.waitFor() != 0 || !rate.find() || Double.parseDouble(rate.group(1)) == 0) {
      throw new IllegalStateException("wrk failed: " + output);
    }
    Matcher errors = ERRORS.matcher(output);
    if (errors.find()) {
      System.err.println("WARNING: " + name + ": " + errors.group());
    }
    return Double.parseDouble(rate.group(1));
  }

  @Override
  public void close() {
    end.run();
  }
}
