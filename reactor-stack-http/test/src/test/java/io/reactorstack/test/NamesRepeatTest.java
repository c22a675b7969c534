package io.reactorstack.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.device.Capture;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Impairment;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Tests that a run of HTTP with names resolved by DNS over a bad network depends on the seed only. */
@Timeout(120)
class NamesRepeatTest {

  private static final int REQUESTS = 12;

  /** The result of a run: the answers with their times, and the frames. */
  private record Run(List<String> answers, String frames) {}

  private static Run run(long seed) {
    try (Lab lab = Lab.builder().seed(seed).strict().virtualTime()) {
      ByteArrayOutputStream frames = new ByteArrayOutputStream();
      Capture capture = Capture.inVirtualTime(frames);
      Switch lan = lab.newSwitch("lan");
      UnaryOperator<Impairment> bad = wire -> wire.delay(Duration.ofMillis(20)).jitter(Duration.ofMillis(15))
          .loss(0.05);
      LabNames names = LabNames.of(lab).timeToLive(Duration.ofSeconds(3));
      Host dns = names.dnsHost(lan, "10.0.0.53/24");
      dns.wire().impair(bad);
      Host bank = lab.host("bank").on(lan, "10.0.0.2/24", bad).runs(host -> LabHttp.of(host).server()
          .route(routes -> routes.get("/", (request, response) -> response.sendString(
              Mono.just(request.remoteAddress().getPort() + " at " + lab.now().toMillis()))))
          .bind().subscribe()).start();
      Host shop = lab.host("shop").stack(names.askedAt(dns)).on(lan, "10.0.0.1/24", bad).start();
      List.of(dns, bank, shop).forEach(host -> host.capture(capture));
      WebClient client = LabHttp.webClient(shop);
      Mono.delay(Duration.ofSeconds(4), lab.scheduler()).subscribe(tick -> bank.crash());
      Mono.delay(Duration.ofSeconds(9), lab.scheduler()).subscribe(tick -> bank.restart());
      List<String> answers = lab.await(Flux.range(0, REQUESTS).delayElements(Duration.ofSeconds(1))
          .flatMap(i -> client.get().uri("http://bank/").retrieve().bodyToMono(String.class)
              .timeout(Duration.ofSeconds(2)).retryWhen(Retry.backoff(10, Duration.ofMillis(100)).jitter(0))
              .onErrorResume(e -> Mono.just(String.valueOf(e)))
              .map(answer -> i + ": " + answer + ", " + lab.now().toNanos()))
          .collectList());
      return new Run(answers, sha256(frames.toByteArray()));
    }
  }

  private static String sha256(byte[] octets) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(octets));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void oneSeedGivesOneRunEvenInParallelWorlds() {
    List<Run> alone = LongStream.range(0, 4).mapToObj(NamesRepeatTest::run).toList();
    List<Run> atOnce = LongStream.range(0, 4).parallel().mapToObj(NamesRepeatTest::run).toList();
    assertThat(atOnce).isEqualTo(alone);
    assertThat(alone).doesNotHaveDuplicates();
    assertThat(alone).allSatisfy(run -> assertThat(run.answers()).hasSize(REQUESTS)
        .allMatch(answer -> answer.contains(" at ")));
  }
}
