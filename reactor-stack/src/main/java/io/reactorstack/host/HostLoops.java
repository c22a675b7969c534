package io.reactorstack.host;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The event loops of a host, one for each shard, and the group to shut down with the host.
 *
 * @param each at least one loop; the first belongs to the owner shard
 * @param own the group to shut down when the host has ended; {@code null} if the loops are the caller's
 */
public record HostLoops(List<IoEventLoop> each, @Nullable IoEventLoopGroup own) {

  public HostLoops {
    each = List.copyOf(each);
    if (each.isEmpty()) {
      throw new IllegalArgumentException("a host needs at least one event loop");
    }
  }

  /** Returns loops that belong to the caller, who shuts them down after the host. */
  public static HostLoops given(IoEventLoop... loops) {
    return new HostLoops(List.of(loops), null);
  }

  /** Returns one loop of {@code group}; the group is shut down with the host. */
  public static HostLoops own(IoEventLoopGroup group) {
    return new HostLoops(List.of(group.next()), group);
  }

  /** The loop of the owner shard, on which the host is assembled. */
  public IoEventLoop first() {
    return each.getFirst();
  }

  /**
   * Returns an executor that runs tasks on {@code loop}. It runs a task directly if the caller is on the loop, or if
   * the loop has ended: then no other thread runs the host's code.
   */
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

  /** Shuts down the loops if they are the host's own, and runs {@code ended} when their threads have terminated. */
  public void end(Runnable ended) {
    if (own == null) {
      ended.run();
    } else {
      own.terminationFuture().addListener(future -> ended.run());
      own.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
