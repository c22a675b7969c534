package io.reactorstack.test.junit6;

import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServer;
import reactor.util.retry.Retry;

/** The beans of a shop, and the network that tests configure. */
@Configuration
class Shop {

  @Bean
  LabNetwork network() {
    return new LabNetwork();
  }

  @Bean
  WebClient bank(LabNetwork network) {
    return WebClient.builder().baseUrl("http://10.0.0.2").clientConnector(network.connector()).build();
  }

  @Bean
  Payments payments(WebClient bank) {
    return new Payments(bank);
  }

  /** Starts a bank that answers after {@code delay}. */
  static void openBank(Lab lab, Switch lan, Duration delay) {
    Host bank = lab.host("bank").address("10.0.0.2/24").wire(wire -> wire.delay(Duration.ofMillis(20)).loss(0.05))
        .connectTo(lan);
    HttpServer server = StackHttp.server(bank.stack(), new InetSocketAddress("10.0.0.2", 80))
        .route(routes -> routes.post("/pay/{amount}", (request, response) -> response
            .sendString(Mono.delay(delay).map(tick -> "paid " + request.param("amount")))));
    lab.await(server.bind());
  }

  /** A service that is independent of labs. */
  static final class Payments {

    private final WebClient bank;

    Payments(WebClient bank) {
      this.bank = bank;
    }

    Mono<String> pay(int amount) {
      return bank.post().uri("/pay/" + amount).retrieve().bodyToMono(String.class).timeout(Duration.ofSeconds(2))
          .retryWhen(Retry.backoff(5, Duration.ofMillis(200)));
    }
  }
}
