package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.tcp.TcpConnection;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Two hosts with much data for each other, while one or both do not read. */
@Timeout(120)
class ClosedWindowsInTheLabTest {

  private static final int PIECE = 10_000;
  private static final long BYTES = 1_000_000;

  private static Flux<ByteBuf> stream() {
    return Flux.range(0, (int) (BYTES / PIECE)).map(i -> Unpooled.wrappedBuffer(new byte[PIECE]));
  }

  private static Mono<Void> count(TcpConnection connection, AtomicLong bytes) {
    return connection.receive().doOnNext(buffer -> {
      bytes.addAndGet(buffer.readableBytes());
      buffer.release();
    }).then();
  }

  /**
   * 1,000,000 octets in each direction; the server starts to send after 2 s, and reads only when it has sent
   * everything.
   */
  @ParameterizedTest
  @ValueSource(ints = {2920, 32_768, 1 << 20})
  void theServerSendsBeforeItReads(int serverBuffer) {
    AtomicLong read = new AtomicLong();
    AtomicLong answered = new AtomicLong();
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("10.0.0.1/24").wire(w -> w.delay(Duration.ofMillis(1))).connectTo(lan);
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
      Mono<Void> serving = server.stack().tcp().receiveBuffer(serverBuffer).listen(7).next()
          .flatMap(connection -> Mono.delay(Duration.ofSeconds(2), lab.scheduler())
              .then(connection.sendAcknowledged(stream()))
              .then(Mono.defer(() -> Mono.when(connection.shutdownOutput(), count(connection, read)))));
      Mono<Void> asking = client.stack().tcp().connect("10.0.0.2", 7)
          .flatMap(connection -> Mono.when(
              connection.send(stream()).then(Mono.defer(connection::shutdownOutput)), count(connection, answered)));

      lab.await(Mono.when(serving, asking), Duration.ofSeconds(3));

      assertThat(read).hasValue(BYTES);
      assertThat(answered).hasValue(BYTES);
    }
  }

  /** An echo server that does not read while it cannot write, and a client that does not read for 30 s. */
  @Test
  void theClientOfAnEchoReadsLate() {
    AtomicLong answered = new AtomicLong();
    try (Lab lab = Lab.virtual(2)) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("10.0.0.1/24").wire(w -> w.delay(Duration.ofMillis(5))).connectTo(lan);
      Host server = lab.host("server").address("10.0.0.2/24").connectTo(lan);
      Mono<Void> serving = server.stack().tcp().receiveBuffer(16_384).sendBuffer(16_384).listen(7).next()
          .flatMap(connection -> connection.receive().concatMap(b -> connection.send(Mono.just(b)), 0)
              .then(Mono.defer(connection::shutdownOutput)));
      Mono<Void> asking = client.stack().tcp().receiveBuffer(16_384).sendBuffer(16_384).connect("10.0.0.2", 7)
          .flatMap(connection -> Mono.when(
              connection.send(stream()).then(Mono.defer(connection::shutdownOutput)),
              Mono.delay(Duration.ofSeconds(30), lab.scheduler()).then(count(connection, answered))));

      lab.await(Mono.when(serving, asking), Duration.ofSeconds(60));

      assertThat(answered).hasValue(BYTES);
    }
  }
}
