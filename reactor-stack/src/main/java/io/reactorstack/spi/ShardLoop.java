package io.reactorstack.spi;

import io.reactorstack.host.StackHost;
import io.reactorstack.host.StackShard;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.udp.UdpSocket;
import java.net.BindException;
import java.util.List;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;

/** The {@link HostLoop} of one shard. */
final class ShardLoop implements HostLoop {

  private final StackHost host;
  private final StackShard shard;
  private final Scheduler scheduler;

  private ShardLoop(StackHost host, StackShard shard) {
    this.host = host;
    this.shard = shard;
    this.scheduler = new LoopScheduler(shard.loop());
  }

  static ShardLoop of(StackHost host) {
    StackShard shard = host.shards().stream()
        .filter(each -> each.loop().inEventLoop())
        .findFirst()
        .orElseGet(host::owner);
    return new ShardLoop(host, shard);
  }

  @Override
  public void execute(Runnable task) {
    shard.turn().execute(task);
  }

  @Override
  public boolean isOnHost() {
    return host.shards().stream().anyMatch(each -> each.loop().inEventLoop());
  }

  @Override
  public Scheduler scheduler() {
    return scheduler;
  }

  @Override
  public long nanoTime() {
    return shard.turn().loop().ticker().nanoTime();
  }

  @Override
  public RandomGenerator random() {
    return host.settings().random();
  }

  @Override
  public Drops drops() {
    return shard.drops();
  }

  @Override
  public UdpSocket bind(Endpoint local, UdpSettings settings, UdpSocket.Watcher watcher) throws BindException {
    return shard.udp().bind(local, settings, watcher);
  }

  @Override
  public int unfinishedConnections() {
    return shard.tcp().unfinishedConnections();
  }

  @Override
  public List<IpAddress> sorted(List<IpAddress> addresses) {
    return shard.ip().now().sorted(addresses.stream().map(shard.ip()::inOwnZone).toList());
  }

  @Override
  public boolean hasAddress(boolean v4) {
    return shard.ip().now().hasAddress(v4);
  }
}
