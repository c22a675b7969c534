package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.netty.StackLoopResources;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/**
 * An unmodified client with a timeout of two seconds gives up after two seconds of virtual time if the answer takes a
 * minute, with each API of TCP.
 */
@Timeout(30)
class TimeoutsInTheLabTest {

  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  @Test
  void onNativeTcp() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("10.0.0.1/24").connectTo(lan);
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
      server.stack().tcp().listen(7)
          .flatMap(connection -> connection.send(connection.receive().take(1).delayElements(ANSWER)))
          .subscribe(ignored -> {}, error -> {});
      Mono<Integer> answer = client.stack().tcp().connect("10.0.0.2", 7).flatMap(
          connection -> connection
              .send(Mono.fromSupplier(() -> Unpooled.copiedBuffer("hello", StandardCharsets.US_ASCII)))
              .thenMany(connection.receive()).map(buffer -> {
                int octets = buffer.readableBytes();
                buffer.release();
                return octets;
              }).next());
      assertThatThrownBy(() -> lab.await(answer.timeout(PATIENCE))).hasCauseInstanceOf(TimeoutException.class);
      assertThat(lab.now()).isEqualTo(PATIENCE);
      Integer octets = lab.await(answer.timeout(Duration.ofSeconds(61)));
      assertThat(octets).isEqualTo(5);
      assertThat(lab.now()).isEqualTo(PATIENCE.plus(ANSWER));
      assertThat(lab.escapes()).isEmpty();
    }
  }

  @Test
  void onReactorNettysTcp() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("10.0.0.1/24").connectTo(lan);
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
      lab.await(TcpServer.create().runOn(StackLoopResources.of(server.stack())).host("10.0.0.2").port(7)
          .handle((in, out) -> out.sendString(in.receive().asString().take(1).delayElements(ANSWER))).bind());
      Mono<String> answer = TcpClient.create().runOn(StackLoopResources.of(client.stack())).host("10.0.0.2").port(7)
          .connect().flatMap(TimeoutsInTheLabTest::ask);
      assertThatThrownBy(() -> lab.await(answer.timeout(PATIENCE))).hasCauseInstanceOf(TimeoutException.class);
      assertThat(lab.now()).isEqualTo(PATIENCE);
      String text = lab.await(answer.timeout(Duration.ofSeconds(61)));
      assertThat(text).isEqualTo("hello");
      assertThat(lab.now()).isEqualTo(PATIENCE.plus(ANSWER));
      assertThat(lab.escapes()).isEmpty();
    }
  }

  private static Mono<String> ask(Connection connection) {
    return connection.outbound().sendString(Mono.just("hello")).then()
        .thenMany(connection.inbound().receive().asString()).next()
        .doFinally(end -> connection.dispose());
  }
}
