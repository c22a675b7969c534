package io.reactorstack.test.clients;

import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.test.AccessPoint;
import io.reactorstack.test.Internet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * The services of {@link ThreeServices} on the three networks of an internet, and their client at home: the client's
 * requests pass the translator and three routers, and each of the others at least two.
 *
 * <p>One of the three routers, or the access point, loses its power for two seconds meanwhile.
 */
final class ThreeNetworks implements ThreeServices.Place {

  private static final Duration DOWN = Duration.ofSeconds(2);

  private final Lab lab;
  private final boolean crashes;
  private final Internet internet;
  private final AccessPoint home;

  /** @param crashes whether a router crashes */
  ThreeNetworks(Lab lab, boolean crashes) {
    this.lab = lab;
    this.crashes = crashes;
    this.internet = Internet.in(lab);
    this.home = internet.home("home");
  }

  @Override
  public Host host(String name) {
    return switch (name) {
      case "gateway" -> internet.server(name);
      case "shop" -> internet.host(name, internet.networks().get(1));
      case "stock" -> internet.host(name, internet.networks().getFirst());
      default -> home.host(name, "192.168.1.10");
    };
  }

  @Override
  public Mono<?> fault() {
    if (!crashes) {
      return Mono.empty();
    }
    var chance = lab.random("crash");
    List<Host> routers = new ArrayList<>(List.of(home.host()));
    for (int number = 1; number <= 3; number++) {
      routers.add(internet.router(number));
    }
    Host victim = routers.get(chance.nextInt(routers.size()));
    return Mono.delay(Duration.ofMillis(chance.nextInt(20, 400))).doOnNext(tick -> victim.crash())
        .then(Mono.delay(DOWN)).doOnNext(tick -> victim.restart());
  }
}
