package io.reactorstack.test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.nat.NatProtocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.util.retry.Retry;

/** Runs examples of README.md and of the guide with small services, and checks that the pages contain exactly this code. */
class ReadmeLabTest {

  /** Charges each order once; it checks for the order on a thread that may block. */
  private static final class Bank {

    private final List<String> charged;

    Bank(List<String> charged) {
      this.charged = charged;
    }

    void start(HttpServer server) {
      server.route(routes -> routes.post("/charge/{order}", (request, response) -> {
        String order = request.param("order");
        return response.sendString(Mono.fromCallable(() -> charge(order)).subscribeOn(Schedulers.boundedElastic()));
      })).bindNow();
    }

    private synchronized String charge(String order) throws InterruptedException {
      Thread.sleep(5);
      if (!charged.contains(order)) {
        charged.add(order);
      }
      return "charged";
    }
  }

  /** Calls the bank to charge an order, and retries if it does not answer. */
  private record Shop(HttpClient http) {

    Mono<String> order(String order) {
      return http.post().uri("http://bank/charge/" + order).responseContent().aggregate().asString()
          .timeout(Duration.ofSeconds(1))
          .retryWhen(Retry.backoff(10, Duration.ofMillis(100)).maxBackoff(Duration.ofSeconds(1)));
    }
  }

  @LabTest(seeds = 200)
  @Tag("long")
  void ordersSurviveALossyNetwork(Lab lab) {
    example(lab);
  }

  @LabTest(seeds = 10)
  void ordersSurviveALossyNetworkWithFewSeeds(Lab lab) {
    example(lab);
  }

  private static void example(Lab lab) {
    // README: begin
    List<String> charged = new ArrayList<>(); // stands for the bank's database
    Switch lan = lab.newSwitch("lan");
    Host bank = lab.host("bank").on(lan, "10.0.0.2/24", wire -> wire.delay(Duration.ofMillis(10)).loss(0.02))
        .runs(host -> new Bank(charged).start(LabHttp.of(host).server())).start();
    Host client = lab.host("client").on(lan, "10.0.0.1/24").start();
    Shop shop = new Shop(LabHttp.of(client).client()); // Reactor Netty's HttpClient; it asks http://bank/

    lab.at(Duration.ofSeconds(1)).run(() -> lab.partition(bank, client));
    lab.at(Duration.ofSeconds(2)).run(lab::repair);
    lab.at(Duration.ofSeconds(3)).run(bank::crash); // power cut: silence, memory gone
    lab.at(Duration.ofSeconds(4)).run(bank::restart); // runs its software again
    lab.always("no order is charged twice", () -> new HashSet<>(charged).size() == charged.size());

    lab.await(Flux.range(1, 30).delayElements(Duration.ofMillis(200)).concatMap(n -> shop.order("order-" + n)).then());
    assertEquals(30, charged.size());
    // README: end
  }

  @LabTest(seeds = 1)
  void anInternetHasHomesAndAServerPark(Lab lab) {
    // guide: begin
    Internet internet = Internet.in(lab); // three networks, three routers, a DNS server
    internet.server("shop", host -> host.runs(shop -> LabHttp.of(shop).server()
        .handle((request, response) -> response.sendString(Mono.just("welcome"))).bindNow()));
    AccessPoint home = internet.home("home", box -> box.forward(NatProtocol.TCP, 8080, "192.168.1.20", 80));
    Host laptop = home.host("laptop"); // its address comes from the access point by DHCP
    lab.await(internet.configured(Duration.ofSeconds(30)));
    internet.link(1).impair(link -> link.loss(0.01)); // between the routers 1 and 2
    HttpClient http = LabHttp.of(laptop).client();
    String page = lab.await(http.get().uri("http://shop/").responseContent().aggregate().asString());
    System.out.print(lab.await(home.host().stack().natMappings())); // TCP 192.168.1.100:… > 192.0.2.10:…
    lab.at(Duration.ofSeconds(60)).run(internet.router(2)::crash);
    lab.at(Duration.ofSeconds(62)).run(internet.router(2)::restart);
    // guide: end
    assertEquals("welcome", page);
  }

  @Test
  void readmeHasThisExample() throws IOException {
    expectExample("README", Path.of("../../README.md"));
  }

  @Test
  void guideHasThisExample() throws IOException {
    expectExample("guide", Path.of("../../reactor-stack/docs/guide.md"));
  }

  /** Expects that the page and this file have the same lines between the marks of {@code name}. */
  private static void expectExample(String name, Path page) throws IOException {
    List<String> source = Files.readAllLines(Path.of("src/test/java/io/reactorstack/test/ReadmeLabTest.java"));
    List<String> lines = Files.readAllLines(page).stream().map(ReadmeLabTest::squeezed).toList();
    List<String> example = source.stream().map(String::strip)
        .dropWhile(line -> !line.equals("// " + name + ": begin")).skip(1)
        .takeWhile(line -> !line.equals("// " + name + ": end"))
        .filter(line -> !line.isEmpty()).map(ReadmeLabTest::squeezed).toList();
    assertTrue(example.size() > 10, "the example was not found");
    assertEquals(List.of(), example.stream().filter(line -> !lines.contains(line)).toList());
  }

  private static String squeezed(String line) {
    return line.strip().replaceAll(" +", " ");
  }
}
