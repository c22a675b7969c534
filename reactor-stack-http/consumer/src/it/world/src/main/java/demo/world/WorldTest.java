package demo.world;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.reactorstack.http.StackHttp;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.test.LabTest;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** Two hosts that use HTTP over a lossy wire, with several seeds and server delays. */
class WorldTest {

  private static final Scheduler KEPT = Schedulers.parallel();

  static Stream<Duration> delays() {
    return Stream.of(Duration.ZERO, Duration.ofHours(1));
  }

  @LabTest(seeds = 2, arguments = "delays")
  void pageIsFetched(Lab lab, Duration delay) {
    Switch lan = lab.newSwitch("lan");
    Host server = lab.host("server").address("10.0.0.1/24").wire(wire -> wire.loss(0.1)).connectTo(lan);
    Host client = lab.host("client").address("10.0.0.2/24").connectTo(lan);
    lab.await(StackHttp.server(server.stack(), new InetSocketAddress("10.0.0.1", 80))
        .route(routes -> routes.get("/", (request, response) -> response
            .sendString(Mono.delay(delay, KEPT).map(tick -> "a page"))))
        .bind());
    assertEquals("a page", lab.await(
        StackHttp.client(client.stack()).get().uri("http://10.0.0.1/").responseContent().aggregate().asString(),
        Duration.ofHours(2)));
  }
}
