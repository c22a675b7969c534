package io.reactorstack.testing;

import io.netty.channel.IoEventLoop;
import io.reactorstack.NetworkStack;
import io.reactorstack.host.Hosts;
import io.reactorstack.host.StackShard;

/** Gives tests access to the implementation of a host, which is not API. */
public final class Inside {

  private Inside() {}

  /** Returns the only shard of {@code stack}; confined to its loop. */
  public static StackShard shard(NetworkStack stack) {
    return Hosts.of(stack).owner();
  }

  /** Returns the event loop of {@code stack}. */
  public static IoEventLoop loop(NetworkStack stack) {
    return shard(stack).loop();
  }
}
