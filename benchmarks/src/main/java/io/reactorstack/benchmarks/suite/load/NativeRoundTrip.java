package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.tcp.Tcp;
import io.reactorstack.tcp.TcpConnection;
import java.net.InetSocketAddress;
import reactor.core.publisher.Mono;

/** One byte that goes to and fro, over the reactive API of the client's stack. Counts round trips. */
public final class NativeRoundTrip implements Load {

  private final Tcp tcp;
  private final InetSocketAddress server;
  private final Tally tally = new Tally();
  private TcpConnection connection;

  /** Creates the load on a server of the kind {@link Work#ECHO}. */
  public NativeRoundTrip(Tcp tcp, InetSocketAddress server) {
    this.tcp = tcp.noDelay(true);
    this.server = server;
  }

  @Override
  public void start() {
    connection = tcp.connect(server).block(Work.LIMIT);
    connection.send(Mono.fromSupplier(Work::one).concatWith(connection.receive().doOnNext(data -> tally.add(1))))
        .subscribe(end -> {}, NativeServers::ignore);
  }

  @Override
  public long count() {
    return tally.sum();
  }

  @Override
  public void stop() {
    connection.abort();
    connection.onClose().block(Work.LIMIT);
  }
}
