package io.reactorstack.testing;

import io.netty.channel.IoEventLoop;
import io.reactorstack.NetworkStack;
import io.reactorstack.host.Hosts;
import io.reactorstack.host.StackShard;

/** What tests see of a host that its users do not. */
public final class Inside {

  private Inside() {}

  /** The layers of {@code stack}, which has one shard; confined to its loop. */
  public static StackShard shard(NetworkStack stack) {
    return Hosts.of(stack).owner();
  }

  /** The event loop of {@code stack}. */
  public static IoEventLoop loop(NetworkStack stack) {
    return shard(stack).loop();
  }
}
