package io.reactorstack.dns.transport;

import io.reactorstack.NetworkStack;
import io.reactorstack.layer.Drops;
import io.reactorstack.name.DnsConfiguration;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import io.reactorstack.spi.HostLoop;
import java.util.List;
import java.util.random.RandomGenerator;
import reactor.core.scheduler.Scheduler;

/** A stack as the host of a resolver. */
public final class StackHost implements DnsHost {

  private final NetworkStack stack;
  private final HostLoop loop;
  private final DnsTransport transport;

  /** Creates the host on the event loop of {@code stack} that the caller is on, or that of the stack's devices. */
  public StackHost(NetworkStack stack) {
    this.stack = Checks.given("stack", stack);
    this.loop = HostLoop.of(stack);
    this.transport = new StackTransport(loop, stack.tcp());
  }

  @Override
  public void execute(Runnable task) {
    loop.execute(task);
  }

  @Override
  public boolean isOnLoop() {
    return loop.isOnHost();
  }

  @Override
  public Scheduler scheduler() {
    return loop.scheduler();
  }

  @Override
  public long nanoTime() {
    return loop.nanoTime();
  }

  @Override
  public RandomGenerator random() {
    return loop.random();
  }

  @Override
  public Drops drops() {
    return loop.drops();
  }

  @Override
  public DnsConfiguration learned() {
    return stack.dns();
  }

  @Override
  public List<IpAddress> sorted(List<IpAddress> addresses) {
    return loop.sorted(addresses);
  }

  @Override
  public boolean hasAddress(boolean v4) {
    return loop.hasAddress(v4);
  }

  @Override
  public DnsTransport transport() {
    return transport;
  }
}
