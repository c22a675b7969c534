package io.reactorstack.benchmarks;

import io.reactorstack.NetworkStack;
import io.reactorstack.benchmarks.ServiceChain.Place;
import io.reactorstack.benchmarks.ServiceChain.Style;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.Wire;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.resources.ConnectionProvider;

/**
 * Runs the three services of {@link ServiceChain} in a lab. Each wire loses 2 % of its frames and delays the other
 * frames by 2 to 4 ms; the shop's wire is cut for one second and then repaired.
 */
final class SimulatedChain {

  private static final int PORT = 80;
  private static final int CONNECTIONS = 8;
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final Duration CUT_AT = Duration.ofMillis(150);
  private static final Duration CUT_FOR = Duration.ofSeconds(1);
  private static final Duration DELAY = Duration.ofMillis(2);
  private static final double LOSS = 0.02;

  /**
   * The result of one run.
   *
   * @param frames the number of frames sent on the wires
   * @param took the virtual time of the run
   */
  record Run(long frames, Duration took) {}

  private SimulatedChain() {}

  /**
   * Runs one world from its creation to its end.
   *
   * @throws IllegalStateException if a request was not answered
   */
  static Run run(long seed, Style style) {
    try (Lab lab = Lab.virtual(seed)) {
      ServiceChain chain = chain(lab, style, IDLE);
      List<DisposableServer> servers = Objects.requireNonNull(lab.await(chain.start()));
      Wire shop = wireOf(lab, "shop");
      Mono<Long> cut = Mono.delay(CUT_AT).doOnNext(now -> shop.cut()).delayElement(CUT_FOR)
          .doOnNext(now -> shop.mend());
      Long answered = lab.await(Mono.zip(chain.requests(), cut, (all, now) -> all));
      if (answered == null || answered != ServiceChain.REQUESTS) {
        throw new IllegalStateException("answered " + answered);
      }
      Run run = new Run(frames(lab), lab.now());
      lab.await(chain.stop(servers));
      return run;
    }
  }

  /**
   * Returns a chain in {@code lab}, in which each place keeps idle connections for {@code idle}; with zero, without
   * limit.
   */
  static ServiceChain chain(Lab lab, Style style, Duration idle) {
    Switch lan = lab.newSwitch("lan");
    AtomicInteger number = new AtomicInteger();
    return new ServiceChain(style, name -> {
      Host host = lab.host(name).address("10.0.0." + number.incrementAndGet() + "/24")
          .wire(wire -> wire.delay(DELAY).jitter(DELAY).loss(LOSS)).connectTo(lan);
      return place(host, idle);
    });
  }

  private static Place place(Host host, Duration idle) {
    NetworkStack stack = host.stack();
    ConnectionProvider pool = StackHttp.pool(stack, host.name(), idle, Duration.ZERO)
        .maxConnections(CONNECTIONS).build();
    String address = host.address().toString();
    return new Place(StackHttp.server(stack, new InetSocketAddress(address, PORT)),
        StackHttp.client(stack, DnsResolver.create(stack), pool), pool, "http://" + address);
  }

  private static Wire wireOf(Lab lab, String name) {
    return lab.hosts().stream().filter(host -> host.name().equals(name)).findFirst().orElseThrow().wire();
  }

  private static long frames(Lab lab) {
    return lab.wires().stream().mapToLong(wire -> wire.countersToLeft().sent() + wire.countersToRight().sent()).sum();
  }
}
