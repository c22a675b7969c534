package io.reactorstack.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/** Tests Reactor Netty in real time on the threads of Netty's own loops, which virtual time does not cover. */
class ReactorNettyRealTimeTest {

  static Stream<Named<IoHandlerFactory>> loops() {
    return Stream.of(Named.of("local", LocalIoHandler.newFactory()), Named.of("NIO", NioIoHandler.newFactory()));
  }

  /** BlockHound and the leak guard observe this run, as every test run. */
  @ParameterizedTest
  @MethodSource("loops")
  void aThousandRequestsOnAnyLoop(IoHandlerFactory factory) {
    var group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("a-loop", true), factory);
    try (TwoHosts hosts = TwoHosts.realTime(5, group.next())) {
      Set<String> threads = ConcurrentHashMap.newKeySet();
      hosts.await(HttpServer.create().runOn(hosts.serverLoops()).host(TwoHosts.SERVER).port(80)
          .route(routes -> routes.post("/{n}", (request, response) -> {
            threads.add(Thread.currentThread().getName());
            return response.sendString(request.receive().aggregate().asString().map(body -> request.param("n") + body));
          })).bind());
      ConnectionProvider pool = ConnectionProvider.create("test", 8);
      HttpClient client = HttpClient.create(pool).runOn(hosts.clientLoops()).host(TwoHosts.SERVER).port(80);

      List<String> answers = hosts.await(Flux.range(0, 1000)
          .flatMap(n -> client.post().uri("/" + n).send(ByteBufFlux.fromString(Mono.just("#" + n)))
              .responseContent().aggregate().asString(), 8)
          .collectList());

      assertThat(answers).hasSize(1000).doesNotHaveDuplicates();
      assertThat(threads).as("everything runs on the one loop").hasSize(1).allMatch(name -> name.startsWith("a-loop"));
      hosts.await(pool.disposeLater());
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  @Test
  void idleConnectionIsEvictedInTheBackground() {
    try (TwoHosts hosts = TwoHosts.realTime(6)) {
      Sinks.Empty<Void> gone = Sinks.empty();
      hosts.await(HttpServer.create().runOn(hosts.serverLoops()).host(TwoHosts.SERVER).port(80)
          .doOnConnection(connection -> connection.onDispose(gone::tryEmitEmpty))
          .route(routes -> routes.get("/", (request, response) -> response.sendString(Mono.just("ok")))).bind());
      ConnectionProvider pool = ConnectionProvider.builder("test").maxConnections(1)
          .maxIdleTime(Duration.ofMillis(50)).evictInBackground(Duration.ofMillis(20)).build();
      HttpClient client = HttpClient.create(pool).runOn(hosts.clientLoops()).host(TwoHosts.SERVER).port(80);
      assertThat(hosts.await(client.get().uri("/").responseContent().aggregate().asString())).isEqualTo("ok");

      hosts.await(gone.asMono());

      hosts.await(pool.disposeLater());
    }
  }

  @Test
  void disposingLoopResourcesLeavesTheStackRunning() {
    try (TwoHosts hosts = TwoHosts.realTime(7)) {
      hosts.await(hosts.clientLoops().disposeLater());
      hosts.clientLoops().onClient(true).shutdownGracefully().awaitUninterruptibly();
      assertThat(hosts.clientLoops().isDisposed()).isFalse();
      hosts.await(HttpServer.create().runOn(hosts.serverLoops()).host(TwoHosts.SERVER).port(80)
          .route(routes -> routes.get("/", (request, response) -> response.sendString(Mono.just("still")))).bind());
      HttpClient client = HttpClient.create(ConnectionProvider.newConnection()).runOn(hosts.clientLoops())
          .host(TwoHosts.SERVER).port(80);
      assertThat(hosts.await(client.get().uri("/").responseContent().aggregate().asString())).isEqualTo("still");
    }
  }
}
