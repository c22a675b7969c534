package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.spi.WorldNames;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Tests the look-up of host names by code that has no stack, on the threads of a world and outside. */
@Timeout(60)
class WorldNamesTest {

  private final Lab lab = Lab.builder().seed(4).virtualTime();
  private final Switch front = lab.newSwitch("front");
  private final Switch back = lab.newSwitch("back");

  @BeforeEach
  void start() {
    lab.host("db").on(front, "10.0.0.2/24").on(back, "10.0.1.2/24").start();
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private static List<String> texts(List<IpAddress> addresses) {
    return addresses.stream().map(IpAddress::toString).toList();
  }

  private static WorldNames names() {
    return Objects.requireNonNull(WorldNames.current());
  }

  private static List<String> addresses(String name) throws UnknownHostException {
    return texts(names().addresses(name));
  }

  private <T> T onTheLoop(Callable<T> code) {
    return lab.await(Mono.delay(Duration.ofSeconds(1)).flatMap(tick -> Mono.fromCallable(code)));
  }

  @Test
  void codeOnTheLoopFindsHosts() {
    for (String name : List.of("db", "DB", "db.lab", "db.lab.")) {
      assertThat(onTheLoop(() -> addresses(name))).as(name).containsExactly("10.0.0.2", "10.0.1.2");
    }
    assertThat(onTheLoop(() -> names().name(IpAddress.parse("10.0.1.2")))).isEqualTo("db");
    assertThat(onTheLoop(() -> addresses("localhost"))).containsExactly("127.0.0.1");
    assertThat(onTheLoop(() -> names().name(IpAddress.parse("127.0.0.1")))).isEqualTo("localhost");
  }

  @Test
  void blockingCodeFindsHostsWithoutWaiting() {
    assertThat(lab.await(Mono.fromCallable(() -> addresses("db")).subscribeOn(Schedulers.boundedElastic())))
        .containsExactly("10.0.0.2", "10.0.1.2");
    assertThat(lab.now()).isZero();
  }

  /** RFC 6724 section 6 rule 9: the address in the caller's own network comes first. */
  @Test
  void programOfAHostGetsTheOrderOfItsHost() {
    List<String> found = new ArrayList<>();
    lab.host("report").on(back, "10.0.1.9/24").runs(host -> found.addAll(addresses("db"))).start();
    lab.advance(Duration.ofSeconds(1));
    assertThat(found).containsExactly("10.0.1.2", "10.0.0.2");
  }

  @Test
  void unknownNamesAndAddressesFail() {
    assertThatThrownBy(() -> onTheLoop(() -> addresses("none"))).hasRootCauseInstanceOf(UnknownHostException.class)
        .hasRootCauseMessage("none: no host of the lab has this name; its hosts are db");
    assertThatThrownBy(() -> onTheLoop(() -> names().name(IpAddress.parse("10.9.9.9"))))
        .hasRootCauseMessage("10.9.9.9: no host of the lab has this address");
  }

  @Test
  void hostOfAnotherLabIsUnknown() {
    try (Lab other = Lab.virtual(1)) {
      other.host("db").on(other.newSwitch("lan"), "10.7.0.7/24").start();
      assertThat(other.await(Mono.fromCallable(() -> addresses("db")))).containsExactly("10.7.0.7");
      assertThat(onTheLoop(() -> addresses("db"))).containsExactly("10.0.0.2", "10.0.1.2");
    }
  }

  @Test
  void threadOutsideSeesNoWorld() throws Exception {
    assertThat(WorldNames.current()).isNull();
    assertThat(lab.await(Mono.fromCallable(() -> lab.outside(() -> WorldNames.current() == null)))).isTrue();
  }

  @Test
  void reportsAnEscape() {
    onTheLoop(() -> {
      names().escaped("the answer leaves the world");
      return true;
    });
    assertThat(lab.escapes()).singleElement()
        .satisfies(escape -> assertThat(escape.sentence()).isEqualTo("the answer leaves the world"));
  }
}
