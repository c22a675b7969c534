package io.reactorstack.benchmarks.suite.load;

import io.reactorstack.tcp.Tcp;
import io.reactorstack.tcp.TcpConnection;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Mono;

/**
 * Connections one after the other, each with a request and a response, over the reactive API of the client's stack; the
 * client closes first. Counts connections.
 */
public final class NativeConnect implements Load {

  private final Tcp tcp;
  private final String server;
  private final Tally tally = new Tally();
  private volatile boolean running;
  private volatile Throwable failure;
  private CountDownLatch ended;
  private int next;

  /** Creates the load on the {@link Work#SERVICE} ports of a server. */
  public NativeConnect(Tcp tcp, String server) {
    this.tcp = tcp.noDelay(true);
    this.server = server;
  }

  @Override
  public void start() {
    running = true;
    ended = new CountDownLatch(1);
    Mono.defer(this::one).repeat(() -> running).doFinally(end -> ended.countDown())
        .subscribe(done -> {}, error -> failure = error);
  }

  private Mono<Void> one() {
    next = (next + 1) % Work.SERVICES;
    return tcp.connect(new InetSocketAddress(server, Work.SERVICE + next)).flatMap(this::exchange);
  }

  private Mono<Void> exchange(TcpConnection connection) {
    return connection.send(Mono.fromSupplier(Work::request))
        .then(connection.receive().map(Work::consume).next())
        .doOnNext(bytes -> {
          if (bytes != Work.RESPONSE_BYTES) {
            throw new IllegalStateException("a response of " + bytes + " bytes");
          }
        })
        .then(Mono.defer(connection::close))
        .doOnSuccess(closed -> tally.add(1));
  }

  @Override
  public long count() {
    return tally.sum();
  }

  @Override
  public void stop() throws InterruptedException, TimeoutException {
    running = false;
    if (!ended.await(Work.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new TimeoutException("a connection did not end");
    }
    if (failure != null) {
      throw new IllegalStateException("a connection failed", failure);
    }
  }
}
