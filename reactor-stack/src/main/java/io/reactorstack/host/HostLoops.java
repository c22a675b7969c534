package io.reactorstack.host;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The event loops of a host, one for each shard, and whether they end with it.
 *
 * @param each at least one loop; the first is the owner of what the shards have in common
 * @param own the group to shut down when the host has ended; {@code null} if the loops are the caller's
 */
public record HostLoops(List<IoEventLoop> each, @Nullable IoEventLoopGroup own) {

  public HostLoops {
    each = List.copyOf(each);
    if (each.isEmpty()) {
      throw new IllegalArgumentException("a host needs an event loop");
    }
  }

  /** Loops that belong to the caller, who ends them after the host. */
  public static HostLoops given(IoEventLoop... loops) {
    return new HostLoops(List.of(loops), null);
  }

  /** One loop of {@code group}, which ends with the host. */
  public static HostLoops own(IoEventLoopGroup group) {
    return new HostLoops(List.of(group.next()), group);
  }

  /** The loop on which the host is assembled. */
  public IoEventLoop first() {
    return each.getFirst();
  }

  /** Runs tasks on {@code loop}, at once if the caller is on it, or if it has ended: then nothing but the caller runs there. */
  static Executor executor(IoEventLoop loop) {
    return task -> {
      if (loop.inEventLoop()) {
        task.run();
        return;
      }
      try {
        loop.execute(task);
      } catch (RejectedExecutionException e) {
        task.run();
      }
    };
  }

  /** Ends the loops if they are the host's own, and runs {@code ended} when their threads are done. */
  public void end(Runnable ended) {
    if (own == null) {
      ended.run();
    } else {
      own.terminationFuture().addListener(future -> ended.run());
      own.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
