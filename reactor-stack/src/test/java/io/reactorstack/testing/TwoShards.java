package io.reactorstack.testing;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.host.HostLoops;
import io.reactorstack.host.HostSettings;
import io.reactorstack.host.StackHost;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.routing.ForwardingSettings;
import io.reactorstack.tcp.model.TcpSettings;
import java.time.Duration;
import java.util.Random;

/**
 * A host with two shards, each on a loop in virtual time, without devices: each shard only exchanges packets with
 * itself.
 */
public final class TwoShards {

  private final VirtualLoop first = new VirtualLoop();
  private final VirtualLoop second = new VirtualLoop();
  private final StackHost host;

  public TwoShards() {
    HostMemory memory = new HostMemory(UnpooledByteBufAllocator.DEFAULT, HostMemory.MIN_LIMIT);
    host = new StackHost(
        new HostSettings("two", new Random(1), memory, TcpSettings.DEFAULTS,
            HostSettings.Network.DEFAULT.withAnnouncesAddresses(false), AddressSelection.DEFAULT,
            ForwardingSettings.DEFAULTS, null),
        HostLoops.given(first, second));
    host.attachLoopback();
    settle();
  }

  public StackHost host() {
    return host;
  }

  /** The owner's loop. */
  public VirtualLoop first() {
    return first;
  }

  /** The other shard's loop. */
  public VirtualLoop second() {
    return second;
  }

  /** Runs the tasks due on both loops at the present instant. */
  public void settle() {
    for (int i = 0; i < 3; i++) {
      first.settle();
      second.settle();
    }
  }

  /** Ends the host immediately. */
  public void end() {
    host.end(Duration.ZERO, Duration.ZERO).subscribe();
    settle();
  }
}
