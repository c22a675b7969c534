package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.tcp.TcpConnection;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;

/** Many connections between the two stacks of a pair, which stay open and are held at both ends. */
public final class IdleConnections {

  /** The servers' ports: a client has no more than 65,535 connections to one port. */
  private static final int FIRST_PORT = 7300;
  private static final int PORTS = 8;

  private static final int AT_ONCE = 64;
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final StackPair pair;
  private final List<TcpConnection> clients;
  private final List<TcpConnection> servers;
  private final Disposable.Composite listeners = Disposables.composite();
  private CountDownLatch accepted = new CountDownLatch(0);

  /** Listens, and allocates the lists for {@code most} connections, so that they do not count as memory of the stack. */
  public IdleConnections(StackPair pair, int most) {
    this.pair = pair;
    clients = new ArrayList<>(most);
    servers = new ArrayList<>(most);
    for (int i = 0; i < PORTS; i++) {
      listeners.add(NativeServers.accept(pair.server(), StackPair.SERVER, FIRST_PORT + i).subscribe(connection -> {
        servers.add(connection);
        accepted.countDown();
      }));
    }
  }

  /** Opens connections until there are {@code total}. */
  public void openUpTo(int total) throws InterruptedException, TimeoutException {
    int more = total - clients.size();
    accepted = new CountDownLatch(more);
    Flux.range(0, more)
        .flatMap(i -> pair.tcp().connect(new InetSocketAddress(StackPair.SERVER, FIRST_PORT + i % PORTS)), AT_ONCE)
        .doOnNext(clients::add).blockLast(LIMIT);
    if (!accepted.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new TimeoutException(accepted.getCount() + " connections were not accepted");
    }
    settle();
  }

  /** Calls {@code action} with the clients' end of each connection. */
  void clients(Consumer<TcpConnection> action) {
    clients.forEach(action);
    settle();
  }

  /** Calls {@code action} with the servers' end of each connection. */
  void servers(Consumer<TcpConnection> action) {
    servers.forEach(action);
    settle();
  }

  /** Subscribes to both ends of all connections: each waits for data. */
  public void read() {
    servers(end -> end.receive().subscribe(Work::consume, NativeServers::ignore));
    clients(end -> end.receive().subscribe(Work::consume, NativeServers::ignore));
  }

  /** Returns the clients' end of a connection. */
  TcpConnection client(int index) {
    return clients.get(index);
  }

  /** The number of connections. */
  public int size() {
    return clients.size();
  }

  /** Waits until the loops have run what they were given. */
  private void settle() {
    pair.clientLoop().submit(() -> {}).syncUninterruptibly();
    pair.serverLoop().submit(() -> {}).syncUninterruptibly();
  }
}
