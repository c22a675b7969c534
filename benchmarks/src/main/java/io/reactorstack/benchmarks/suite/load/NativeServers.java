package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.NetworkStack;
import io.reactorstack.tcp.TcpConnection;
import java.net.InetSocketAddress;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The servers of {@link Work} on the reactive API of a stack; they end with it. */
public final class NativeServers {

  private static final int BACKLOG = 1024;

  private NativeServers() {}

  /** Starts the servers on an address of {@code stack}. */
  public static void start(NetworkStack stack, String host) {
    listen(stack, host, Work.SOURCE, connection -> connection.send(Work.endless(new Tally())));
    listen(stack, host, Work.SINK, connection -> connection.receive().doOnNext(Work::consume).then(connection.close()));
    listen(stack, host, Work.ECHO, connection -> connection.send(connection.receive()).then(connection.close()));
    for (int i = 0; i < Work.SERVICES; i++) {
      listen(stack, host, Work.SERVICE + i, connection -> connection.send(connection.receive().map(request -> {
        Work.consume(request);
        return Work.response();
      })).then(connection.close()));
    }
    stack.udp().bind(new InetSocketAddress(host, Work.UDP_ECHO))
        .flatMap(socket -> socket.send(socket.receive().map(datagram -> datagram.reply(datagram.payload()))))
        .subscribe(end -> {}, NativeServers::ignore);
  }

  /** Accepts connections; a connection that fails has been reset by its client, which the load does when it stops. */
  private static void listen(NetworkStack stack, String host, int port,
      Function<TcpConnection, Publisher<Void>> service) {
    accept(stack, host, port).subscribe(
        connection -> Mono.from(service.apply(connection)).subscribe(end -> {}, NativeServers::ignore),
        NativeServers::ignore);
  }

  /** Returns the connections of a listener whose backlog is long enough for the loads. */
  static Flux<TcpConnection> accept(NetworkStack stack, String host, int port) {
    return stack.tcp().backlog(BACKLOG).listen(new InetSocketAddress(host, port));
  }

  /** Takes the error of a connection that its client has reset. */
  static void ignore(Throwable reset) {
    // The client notices the failures that matter.
  }
}
