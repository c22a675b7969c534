package io.reactorstack.benchmarks.suite.load;

import io.netty.buffer.ByteBuf;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Mono;

/**
 * One byte that goes to and fro on a connection, then on another: each is drawn among many. Counts round trips. One
 * connection alone has the same cost for the calls.
 */
public final class RandomRoundTrip implements Load {

  private static final long SEED = 1;

  private final IdleConnections connections;
  private final SplittableRandom random = new SplittableRandom(SEED);
  private final Tally tally = new Tally();
  private volatile boolean running;
  private CountDownLatch ended;

  /** Subscribes to both ends of all connections; the servers' ends send back what they receive. */
  public RandomRoundTrip(IdleConnections connections) {
    this.connections = connections;
    connections.servers(
        connection -> connection.send(connection.receive()).subscribe(end -> {}, NativeServers::ignore));
    connections.clients(connection -> connection.receive().subscribe(this::onEcho, NativeServers::ignore));
  }

  private void onEcho(ByteBuf data) {
    Work.consume(data);
    tally.add(1);
    if (running) {
      next();
    } else {
      ended.countDown();
    }
  }

  private void next() {
    connections.client(random.nextInt(connections.size())).send(Mono.fromSupplier(Work::one))
        .subscribe(end -> {}, NativeServers::ignore);
  }

  @Override
  public void start() {
    running = true;
    ended = new CountDownLatch(1);
    next();
  }

  @Override
  public long count() {
    return tally.sum();
  }

  @Override
  public void stop() throws InterruptedException, TimeoutException {
    running = false;
    if (!ended.await(Work.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new TimeoutException("a byte did not come back");
    }
  }
}
