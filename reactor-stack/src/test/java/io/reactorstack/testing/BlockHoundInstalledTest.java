package io.reactorstack.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.blockhound.BlockingOperationError;
import reactor.core.scheduler.Schedulers;

/** Fails a test run without BlockHound, since such a run proves nothing about blocking calls. */
class BlockHoundInstalledTest {
  @Test
  void catchesSleepOnFastThreadLocalThread() throws Exception {
    var task = new FutureTask<>(() -> catchThrowable(BlockHoundInstalledTest::block));
    new FastThreadLocalThread(task, "loop-of-its-own").start();
    assertThat(task.get(10, TimeUnit.SECONDS)).isInstanceOf(BlockingOperationError.class);
  }

  @Test
  void catchesSleepOnReactorsNonBlockingThreads() throws Exception {
    var task = new FutureTask<>(() -> catchThrowable(BlockHoundInstalledTest::block));
    Schedulers.parallel().schedule(task);
    assertThat(task.get(10, TimeUnit.SECONDS)).isInstanceOf(BlockingOperationError.class);
  }

  @Test
  void letsIdleLocalLoopPark() throws ExecutionException, InterruptedException {
    var group = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    try {
      // The timer makes the loop park before it runs the task; a loop that is not permitted to park would die instead.
      assertThat(group.schedule(() -> "awake", 20, TimeUnit.MILLISECONDS).get()).isEqualTo("awake");
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }

  private static Void block() throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(1);
    return null;
  }
}
