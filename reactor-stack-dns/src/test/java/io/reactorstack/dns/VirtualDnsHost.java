package io.reactorstack.dns;

import io.reactorstack.dns.transport.DnsHost;
import io.reactorstack.dns.transport.DnsTransport;
import io.reactorstack.layer.Drops;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.VirtualLoop;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A host in virtual time, by default with IPv4 only. */
public final class VirtualDnsHost implements DnsHost {

  private final VirtualLoop loop;
  private final Drops drops;
  private final DnsTransport transport;
  private final RandomGenerator random = new SplittableRandom(1);
  private final Scheduler scheduler;
  DnsConfiguration learned = DnsConfiguration.NONE;
  public boolean hasIpv4 = true;
  public boolean hasIpv6;

  public VirtualDnsHost(VirtualLoop loop, Drops drops, DnsTransport transport) {
    this.loop = loop;
    this.drops = drops;
    this.transport = transport;
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
  public boolean isOnLoop() {
    return loop.inEventLoop();
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
  public DnsConfiguration learned() {
    return learned;
  }

  @Override
  public List<IpAddress> sorted(List<IpAddress> addresses) {
    return addresses;
  }

  @Override
  public boolean hasAddress(boolean v4) {
    return v4 ? hasIpv4 : hasIpv6;
  }

  @Override
  public DnsTransport transport() {
    return transport;
  }
}
