package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.linux.PacketSocketDevice;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.device.linux.TunDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.device.stream.StreamSocketDevice;
import io.reactorstack.testing.UnprobedStack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * A handler that blocks would stop its own loop, so Reactor rejects blocking calls on each kind of thread that the
 * library creates for a loop.
 */
@Timeout(30)
class BlockingOnALoopTest {

  private static final List<Callable<?>> BLOCKING = List.of(
      () -> Mono.never().block(),
      () -> Mono.never().block(Duration.ofSeconds(5)),
      () -> Mono.delay(Duration.ofMillis(1)).blockOptional(),
      () -> Flux.never().blockFirst(),
      () -> Flux.never().blockLast(Duration.ofSeconds(5)),
      () -> Flux.never().toIterable().iterator().hasNext(),
      () -> Flux.never().toStream().count());

  @Test
  void inAVirtualWorld() {
    try (Lab lab = Lab.virtual(1)) {
      BLOCKING.forEach(call -> assertRefused(() -> lab.call(call)));
      assertRefused(() -> lab.await(Mono.fromCallable(() -> Mono.never().block())));
    }
  }

  @Test
  void inARealTimeWorld() {
    try (Lab lab = Lab.realTime(1)) {
      BLOCKING.forEach(call -> assertRefused(() -> lab.call(call)));
    }
  }

  /** A host without a configured loop creates one of the kind that its first device needs. */
  @ParameterizedTest
  @MethodSource
  void onTheLoopThatADeviceMakes(NetworkDevice.Factory device) throws Exception {
    IoEventLoopGroup group = device.newLoopGroup("host");
    try {
      IoEventLoop loop = group.next();
      BLOCKING.forEach(call -> assertRefused(() -> on(loop, call)));
      assertThat(on(loop, () -> Thread.currentThread().isDaemon())).isTrue();
      assertThat(on(loop, () -> Thread.currentThread().getName())).matches("host-\\d+-1");
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).await();
    }
  }

  static Stream<NetworkDevice.Factory> onTheLoopThatADeviceMakes() {
    return Stream.of(TapDevice.named("tap0"), TunDevice.named("tun0"), PacketSocketDevice.on("lo"),
        StreamSocketDevice.at(Path.of("none")), MemoryCable.ethernet(1500).left());
  }

  /** An accept handler that blocks until another host answers. */
  @Test
  void inTheHandlerOfAHostThatHasItsOwnLoop() throws Exception {
    NetworkStack stack = UnprobedStack.create().name("alone").startNow();
    try {
      CompletableFuture<Throwable> refused = new CompletableFuture<>();
      stack.tcp().listen(7).flatMap(connection -> Mono.fromRunnable(() -> connection.receive().blockFirst())
          .doOnError(refused::complete)).subscribe(ignored -> {}, error -> {});
      stack.tcp().connect("127.0.0.1", 7).subscribe();
      assertThat(refused.get(20, TimeUnit.SECONDS)).isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("not supported in thread alone-");
    } finally {
      stack.dispose();
    }
  }

  @Test
  void codeOutsideALoopMayBlock() {
    assertThat(Mono.just(1).delayElement(Duration.ofMillis(1)).subscribeOn(Schedulers.boundedElastic()).block())
        .isEqualTo(1);
  }

  private static <T> T on(IoEventLoop loop, Callable<T> call) throws Exception {
    try {
      return loop.submit(call).get(20, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(IllegalStateException.class)
        .hasMessageMatching(
            "(?s).*(block|toIterable|toStream|Iterating over a).*not supported in thread .*|.*blocking.*");
  }
}
