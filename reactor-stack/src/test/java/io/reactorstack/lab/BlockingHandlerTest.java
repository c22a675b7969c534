package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.device.Capture;
import io.reactorstack.netty.StackLoopResources;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/**
 * A seed has one run, with the same capture, however long a blocking handler really takes and although it waits for
 * another host.
 */
@Timeout(120)
class BlockingHandlerTest {

  private static final int[] MILLIS = {0, 1, 5, 50};

  @Test
  void oneCaptureHoweverLongTheHandlerTakes() {
    assertThat(captures(12)).hasSize(1);
  }

  @Test
  @Tag("long")
  void oneCaptureInAHundredRuns() {
    assertThat(captures(100)).hasSize(1);
  }

  /** Returns the different captures in {@code runs} runs of one seed. */
  private static Set<List<Byte>> captures(int runs) {
    Set<List<Byte>> seen = new HashSet<>();
    for (int run = 0; run < runs; run++) {
      byte[] capture = capture(17, MILLIS[run % MILLIS.length]);
      assertThat(capture).hasSizeGreaterThan(2_000);
      seen.add(Arrays.asList(box(capture)));
    }
    return seen;
  }

  private static Byte[] box(byte[] bytes) {
    Byte[] boxed = new Byte[bytes.length];
    Arrays.setAll(boxed, i -> bytes[i]);
    return boxed;
  }

  private static byte[] capture(long seed, long millis) {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ConnectionProvider pool = ConnectionProvider.create("handler", 4);
    try (Capture capture = Capture.inVirtualTime(file); Lab lab = Lab.virtual(seed)) {
      Switch lan = lab.newSwitch("lan");
      Host client = host(lab, lan, "client", "10.0.0.1/24");
      Host shop = host(lab, lan, "shop", "10.0.0.2/24");
      Host bank = host(lab, lan, "bank", "10.0.0.3/24");
      shop.capture(capture);
      HttpClient toBank = client(pool, shop, "10.0.0.3");
      lab.await(HttpServer.create().runOn(StackLoopResources.of(bank.stack())).host("10.0.0.3").port(80)
          .handle((request, response) -> response.sendString(Mono.just("paid").delayElement(Duration.ofMillis(20))))
          .bind());
      lab.await(HttpServer.create().runOn(StackLoopResources.of(shop.stack())).host("10.0.0.2").port(80)
          .handle((request, response) -> response.sendString(Mono.fromCallable(() -> {
            lab.outside(() -> {
              Thread.sleep(millis);
              return true;
            });
            work(millis);
            return request.uri() + toBank.get().uri("/pay").responseContent().aggregate().asString().block();
          }).subscribeOn(Schedulers.boundedElastic()))).bind());
      List<String> answers = lab.await(Flux.range(0, 4).flatMap(n -> client(pool, client, "10.0.0.2").get().uri("/" + n)
          .responseContent().aggregate().asString()).collectList());
      assertThat(answers).hasSize(4).allMatch(text -> text.endsWith("paid"));
      lab.await(pool.disposeLater());
      assertThat(lab.escapes()).isEmpty();
    }
    return file.toByteArray();
  }

  /**
   * Keeps the CPU busy for a while, without reading the machine's clock; the number of iterations depends on
   * {@code millis}.
   */
  private static void work(long millis) {
    double sum = 0;
    for (long i = 0; i < millis * 20_000; i++) {
      sum += Math.sqrt(i);
    }
    assertThat(sum).isNotNegative();
  }

  private static HttpClient client(ConnectionProvider pool, Host host, String server) {
    return HttpClient.create(pool).runOn(StackLoopResources.of(host.stack())).host(server).port(80);
  }

  private static Host host(Lab lab, Switch lan, String name, String address) {
    return lab.host(name).address(address)
        .wire(w -> w.delay(Duration.ofMillis(3)).jitter(Duration.ofMillis(2)).loss(0.02))
        .connectTo(lan);
  }
}
