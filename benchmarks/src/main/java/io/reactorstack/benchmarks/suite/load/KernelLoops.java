package io.reactorstack.benchmarks.suite.load;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.util.concurrent.EventExecutor;
import io.reactorstack.benchmarks.SystemCalls;
import java.time.Duration;
import reactor.netty.resources.LoopResources;

/** Reactor Netty's loops on the kernel's TCP: one thread, on epoll where its library can be loaded. */
public final class KernelLoops {

  private static final Duration QUIET = Duration.ZERO;

  private KernelLoops() {}

  /** Returns new loops. Prints a warning if they are not on epoll, which is the faster transport. */
  public static LoopResources create() {
    if (!Epoll.isAvailable()) {
      System.err.println("WARNING: no native epoll, Reactor Netty runs on NIO: " + Epoll.unavailabilityCause());
    }
    return LoopResources.create("kernel", 1, true);
  }

  /** The name of the transport in the report. */
  public static String transport() {
    return Epoll.isAvailable() ? "epoll" : "NIO";
  }

  /** Lets the threads of {@code loops} run on processor 0 only. */
  public static void pin(EventLoopGroup loops) {
    for (EventExecutor loop : loops) {
      loop.submit(() -> new SystemCalls().pinToFirstProcessor()).syncUninterruptibly();
    }
  }

  /** Ends the loops. */
  public static void end(LoopResources loops) {
    loops.disposeLater(QUIET, Work.LIMIT).block(Work.LIMIT);
  }
}
