package io.reactorstack.dns;

import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.spi.HostLoop;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.udp.UdpSocket;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** An event loop in virtual time without a host. */
final class VirtualHostLoop implements HostLoop {

  private final VirtualLoop loop;
  private final Drops drops;
  private final RandomGenerator random = new SplittableRandom(1);
  private final Scheduler scheduler;

  VirtualHostLoop(VirtualLoop loop, Drops drops) {
    this.loop = loop;
    this.drops = drops;
    this.scheduler = Schedulers.fromExecutorService(loop);
  }

  @Override
  public void execute(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  @Override
  public Scheduler scheduler() {
    return scheduler;
  }

  @Override
  public long nanoTime() {
    return loop.now();
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public Drops drops() {
    return drops;
  }

  @Override
  public UdpSocket bind(Endpoint local, UdpSettings settings, UdpSocket.Watcher watcher) {
    throw new UnsupportedOperationException("there is no host");
  }

  @Override
  public int unfinishedConnections() {
    return 0;
  }

  @Override
  public List<IpAddress> sorted(List<IpAddress> addresses) {
    return addresses;
  }

  @Override
  public boolean hasAddress(boolean v4) {
    return v4;
  }
}
