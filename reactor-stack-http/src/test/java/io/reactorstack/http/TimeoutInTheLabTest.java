package io.reactorstack.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.lab.Lab;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.util.retry.Retry;

/** Tests that timeouts and retries of code that is independent of the lab run on the world's clock. */
class TimeoutInTheLabTest {

  private final TwoHosts hosts = new TwoHosts(Lab.builder().seed(10).strict().virtualTime(), wire -> wire);
  private final List<Duration> asked = new ArrayList<>();

  @BeforeEach
  void start() {
    hosts.await(hosts.server(80).protocol(HttpProtocol.H2C, HttpProtocol.HTTP11).route(routes -> routes
        .get("/late", (request, response) -> {
          asked.add(hosts.lab.now());
          return response.sendString(Mono.delay(Duration.ofSeconds(60)).map(tick -> "late"));
        })
        .get("/elastic", (request, response) -> response.sendString(
            Mono.fromCallable(() -> "counted").subscribeOn(Schedulers.boundedElastic()))))
        .bind());
  }

  @AfterEach
  void close() {
    hosts.close();
  }

  static Stream<HttpProtocol> protocols() {
    return Stream.of(HttpProtocol.HTTP11, HttpProtocol.H2C);
  }

  private Mono<String> late(HttpProtocol protocol) {
    HttpClient client = hosts.client().protocol(protocol).baseUrl("http://" + TwoHosts.NAME);
    return client.get().uri("/late").responseContent().aggregate().asString();
  }

  @ParameterizedTest
  @MethodSource("protocols")
  void aLateAnswerFailsAtTheInstantOfTheTimeout(HttpProtocol protocol) {
    Duration before = hosts.lab.now();
    assertThatThrownBy(() -> hosts.await(late(protocol).timeout(Duration.ofSeconds(2))))
        .hasCauseInstanceOf(TimeoutException.class);
    assertThat(hosts.lab.now()).isEqualTo(before.plusSeconds(2));
    String text = hosts.await(late(protocol).timeout(Duration.ofSeconds(61)));
    assertThat(text).isEqualTo("late");
    assertThat(hosts.lab.now()).isBetween(before.plusSeconds(62), before.plusSeconds(63));
  }

  @Test
  void retriesWithBackoffRunWhenTheyAreDue() {
    assertThatThrownBy(() -> hosts.await(late(HttpProtocol.HTTP11).timeout(Duration.ofSeconds(2))
        .retryWhen(Retry.backoff(2, Duration.ofSeconds(1)).jitter(0)))).hasMessageContaining("Retries exhausted");
    // Each try takes two seconds; the pauses between them are one and two seconds.
    assertThat(asked).containsExactly(Duration.ZERO, Duration.ofSeconds(3), Duration.ofSeconds(7));
    assertThat(hosts.lab.now()).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void aHandlerOnBoundedElasticStaysInTheWorld() {
    assertThat(hosts.get(hosts.client(), "http://" + TwoHosts.NAME + "/elastic")).isEqualTo("counted");
    assertThat(hosts.lab.now()).isZero();
  }
}
