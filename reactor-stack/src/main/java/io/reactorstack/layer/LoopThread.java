package io.reactorstack.layer;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.reactorstack.setting.Checks;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.NonBlocking;

/**
 * A daemon thread of an event loop. As a {@link NonBlocking} thread it makes {@code block()}, {@code blockFirst()},
 * {@code toIterable()} and {@code toStream()} fail immediately with Reactor's {@link IllegalStateException}; without
 * that mark such a call in a handler would block the loop that it waits for, and never return.
 */
public class LoopThread extends FastThreadLocalThread implements NonBlocking {

  /** Creates a thread that runs {@code task}; {@code group} is {@code null} for the group of the current thread. */
  public LoopThread(@Nullable ThreadGroup group, Runnable task, String name) {
    super(group, task, Checks.text("name", name));
    setDaemon(true);
  }

  /**
   * Returns a factory of threads named {@code name-1-1}, {@code name-1-2} and so on; the first number counts the
   * factories in the JVM.
   */
  public static ThreadFactory factory(String name) {
    return new DefaultThreadFactory(Checks.text("name", name), true) {
      @Override
      protected Thread newThread(Runnable task, String threadName) {
        return new LoopThread(threadGroup, task, threadName);
      }
    };
  }
}
