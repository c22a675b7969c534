package io.reactorstack.testing;

import io.netty.channel.IoEventLoop;
import io.reactorstack.NetworkStack;
import io.reactorstack.host.Hosts;
import io.reactorstack.host.StackShard;

/** A way for tests into the inside of a host, which is no API. */
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
