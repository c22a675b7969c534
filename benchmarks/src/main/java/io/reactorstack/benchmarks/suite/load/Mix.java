package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.netty.StackLoopResources;
import io.reactorstack.udp.Datagram;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/**
 * Traffic of all kinds: TCP and UDP, IPv4 and IPv6, the reactive API and Netty's channels. A group begins with it, so that
 * the compiler does not see one kind only, as no user's program has.
 */
public final class Mix {

  private static final int CHANNEL_PORTS = 2000;

  private Mix() {}

  /** Runs each kind for {@code time}. */
  public static void run(Duration time) throws Exception {
    try (StackPair pair = new StackPair(Cables.cut(), 1)) {
      StackLoopResources clients = StackLoopResources.of(pair.client());
      try (var servers = new ReactorServers(StackLoopResources.of(pair.server()), StackPair.SERVER, CHANNEL_PORTS)) {
        List<Load> loads = List.of(
            NativeStream.from(pair.tcp(), at(StackPair.SERVER, Work.SOURCE)),
            NativeStream.to(pair.tcp(), at(StackPair.SERVER6, Work.SINK)),
            new NativeRoundTrip(pair.tcp(), at(StackPair.SERVER, Work.ECHO)),
            new NativeRoundTrip(pair.tcp(), at(StackPair.SERVER6, Work.ECHO)),
            new NativeConnect(pair.tcp(), StackPair.SERVER),
            new NativeConnect(pair.tcp(), StackPair.SERVER6),
            ReactorStream.from(clients, StackPair.SERVER, Work.SOURCE + CHANNEL_PORTS),
            ReactorStream.to(clients, StackPair.SERVER, Work.SINK + CHANNEL_PORTS));
        for (Load load : loads) {
          load.start();
          Thread.sleep(time);
          load.stop();
        }
        datagrams(pair, StackPair.SERVER, time);
        datagrams(pair, StackPair.SERVER6, time);
        requests(clients, time);
      }
    }
  }

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(host, port);
  }

  private static void datagrams(StackPair pair, String host, Duration time) {
    pair.client().udp().connect(at(host, Work.UDP_ECHO))
        .flatMap(socket -> socket.send(Mono.fromSupplier(Work::one).map(Datagram::toPeer).concatWith(
            socket.receive().take(time).map(datagram -> datagram.reply(datagram.payload()))))
            .then(socket.close()))
        .block(Work.LIMIT);
  }

  private static void requests(StackLoopResources clients, Duration time) {
    ConnectionProvider pool = ConnectionProvider.create("mix", 1);
    long end = System.nanoTime() + time.toNanos();
    HttpClient.create(pool).runOn(clients)
        .baseUrl("http://" + StackPair.SERVER + ":" + (Work.HTTP + CHANNEL_PORTS)).get().uri("/")
        .responseSingle((response, content) -> content.asByteArray().map(bytes -> bytes.length))
        .repeat(() -> System.nanoTime() < end).blockLast(Work.LIMIT);
    pool.disposeLater().block(Work.LIMIT);
  }
}
