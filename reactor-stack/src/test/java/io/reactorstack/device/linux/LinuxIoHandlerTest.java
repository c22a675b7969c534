package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalServerChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@EnabledOnOs(OS.LINUX)
@Timeout(30)
class LinuxIoHandlerTest {

  private final LinuxEventLoopGroup loops = new LinuxEventLoopGroup(1, "io-test");
  private final IoEventLoop loop = loops.next();

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void everyTaskWakesASleepingLoop() throws Exception {
    for (int i = 0; i < 2000; i++) {
      CountDownLatch ran = new CountDownLatch(1);
      loop.execute(ran::countDown);
      assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void tasksFromManyThreadsAllRun() throws Exception {
    int threads = 4;
    int tasks = 20_000;
    CountDownLatch ran = new CountDownLatch(threads * tasks);
    for (int t = 0; t < threads; t++) {
      new Thread(() -> {
        for (int i = 0; i < tasks; i++) {
          loop.execute(ran::countDown);
        }
      }).start();
    }
    assertThat(ran.await(20, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void timersFireAndNotEarly(boolean nanoseconds) throws Exception {
    IoEventLoop timed = nanoseconds ? loop : millisecondLoop();
    List<Long> lateness = new ArrayList<>();
    CountDownLatch fired = new CountDownLatch(3);
    timed.submit(() -> {
      for (int i : new int[] {3, 1, 2}) {
        long start = timed.ticker().nanoTime();
        timed.schedule(() -> {
          lateness.add(timed.ticker().nanoTime() - start - i * 1_500_000L);
          fired.countDown();
        }, i * 1_500_000L, TimeUnit.NANOSECONDS);
      }
    }).sync();
    assertThat(fired.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(lateness).allMatch(nanos -> nanos >= 0);
    timed.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static IoEventLoop millisecondLoop() {
    return new SingleThreadIoEventLoop(null, new DefaultThreadFactory("millis", true), executor -> {
      LinuxIoHandler handler = (LinuxIoHandler) LinuxIoHandler.newFactory().newHandler(executor);
      handler.useMillisecondTimeouts();
      return handler;
    });
  }

  @Test
  void manyDescriptorsAreServedAndFreed() throws Exception {
    long before = KernelPeer.descriptors();
    int count = 1000;
    List<Event> events = new ArrayList<>();
    CountDownLatch ready = new CountDownLatch(count);
    loop.submit(() -> {
      for (int i = 0; i < count; i++) {
        Event event = new Event(ready);
        events.add(event);
        event.registration = loop.register(event).getNow();
        event.registration.submit(Readiness.of(Readiness.IN));
      }
    }).sync();
    events.forEach(event -> Libc.eventfdWrite(event.fd()));
    assertThat(ready.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(events).allSatisfy(event -> assertThat(event.seen).isEqualTo(1));
    loop.submit(() -> events.forEach(Event::close)).sync();
    assertThat(KernelPeer.descriptors()).isEqualTo(before);
  }

  @Test
  void failingHandleDoesNotStopTheLoop() throws Exception {
    CountDownLatch ready = new CountDownLatch(1);
    loop.submit(() -> {
      Event broken = new Event(ready) {
        @Override
        public void handle(IoRegistration registration, IoEvent ioEvent) {
          super.handle(registration, ioEvent);
          throw new IllegalStateException("on purpose");
        }
      };
      broken.registration = loop.register(broken).getNow();
      broken.registration.submit(Readiness.of(Readiness.IN));
      Libc.eventfdWrite(broken.fd());
    }).sync();
    assertThat(ready.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(loop.submit(() -> "alive").get()).isEqualTo("alive");
  }

  @Test
  void eventOfCancelledRegistrationDoesNotReachTheNextOwnerOfItsDescriptor() throws Exception {
    AtomicInteger wrong = new AtomicInteger();
    loop.submit(() -> {
      CountDownLatch ignored = new CountDownLatch(2);
      List<Event> pair = List.of(new Event(ignored), new Event(ignored));
      for (Event event : pair) {
        event.registration = loop.register(event).getNow();
        event.registration.submit(Readiness.of(Readiness.IN));
        Libc.eventfdWrite(event.fd());
      }
      // Both are ready in the same wait; the first one to be handled closes the other and takes over its number.
      for (int i = 0; i < 2; i++) {
        Event other = pair.get(1 - i);
        pair.get(i).then = () -> {
          int number = other.fd();
          other.close();
          Event successor = new Event(ignored) {
            @Override
            public void handle(IoRegistration registration, IoEvent ioEvent) {
              wrong.incrementAndGet();
            }
          };
          assertThat(successor.fd()).isEqualTo(number);
          successor.registration = loop.register(successor).getNow();
          successor.registration.submit(Readiness.of(Readiness.IN));
        };
      }
    }).sync();
    for (int i = 0; i < 10; i++) {
      loop.submit(() -> {
      }).sync();
    }
    assertThat(wrong).hasValue(0);
  }

  @Test
  void descriptorsAreServedWhileTasksKeepTheLoopBusy() throws Exception {
    CountDownLatch ready = new CountDownLatch(1);
    AtomicBoolean busy = new AtomicBoolean(true);
    AtomicInteger tasksBefore = new AtomicInteger();
    loop.submit(() -> {
      Event event = new Event(ready);
      event.registration = loop.register(event).getNow();
      event.registration.submit(Readiness.of(Readiness.IN));
      Libc.eventfdWrite(event.fd());
      again(busy, ready, tasksBefore);
    }).sync();
    assertThat(ready.await(10, TimeUnit.SECONDS)).isTrue();
    busy.set(false);
    // With Netty's default quantum of one second there would be millions.
    assertThat(tasksBefore.get()).isLessThan(200_000);
  }

  private void again(AtomicBoolean busy, CountDownLatch ready, AtomicInteger tasks) {
    if (busy.get()) {
      if (ready.getCount() > 0) {
        tasks.incrementAndGet();
      }
      loop.execute(() -> again(busy, ready, tasks));
    }
  }

  @Test
  void nettysLocalChannelsRunOnTheSameLoop() throws Exception {
    LocalAddress address = new LocalAddress("io-handler-test");
    CountDownLatch received = new CountDownLatch(1);
    Channel server = new ServerBootstrap().group(loops).channel(LocalServerChannel.class)
        .childHandler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext context, Object message) {
                if (message.equals("hello")) {
                  received.countDown();
                }
              }
            });
          }
        }).bind(address).sync().channel();
    Channel client = new Bootstrap().group(loops).channel(LocalChannel.class)
        .handler(new ChannelInboundHandlerAdapter()).connect(address).sync().channel();
    client.writeAndFlush("hello").sync();
    assertThat(received.await(10, TimeUnit.SECONDS)).isTrue();
    client.close().sync();
    server.close().sync();
  }

  @Test
  void threadsAreFastThreadLocalThreadsAndDescriptorsAreClosedWithTheLoop() throws Exception {
    assertThat(loop.submit(Thread::currentThread).get()).isInstanceOf(FastThreadLocalThread.class);
    long before = KernelPeer.descriptors();
    LinuxEventLoopGroup group = new LinuxEventLoopGroup(2, "short-lived");
    IoEventLoop other = group.next();
    AtomicBoolean closed = new AtomicBoolean();
    other.submit(() -> {
      Event event = new Event(new CountDownLatch(1)) {
        @Override
        public void close() {
          super.close();
          closed.set(true);
        }
      };
      event.registration = other.register(event).getNow();
    }).sync();
    group.next().submit(() -> {
    }).sync();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    assertThat(closed).isTrue();
    assertThat(KernelPeer.descriptors()).isEqualTo(before);
    other.terminationFuture().sync();
  }

  @Test
  void handlesAreClosedEvenIfTheLoopSkipsThePreparation() throws Exception {
    long before = KernelPeer.descriptors();
    IoHandler handler = LinuxIoHandler.newFactory().newHandler(new SameThread());
    for (int i = 0; i < 3; i++) {
      Event event = new Event(new CountDownLatch(1));
      event.registration = handler.register(event);
    }
    handler.destroy();
    handler.destroy();
    assertThat(KernelPeer.descriptors()).isEqualTo(before);
  }

  @Test
  void taskAddedJustBeforeSleepingKeepsTheLoopAwake() {
    IoHandler handler = LinuxIoHandler.newFactory().newHandler(new SameThread());
    AtomicInteger questions = new AtomicInteger();
    IoHandlerContext context = new IoHandlerContext() {
      @Override
      public boolean canBlock() {
        // The task arrives after the first call, when the loop does not sleep yet; therefore nothing wakes it.
        return questions.getAndIncrement() == 0;
      }

      @Override
      public long delayNanos(long currentTimeNanos) {
        return Long.MAX_VALUE;
      }

      @Override
      public long deadlineNanos() {
        return -1;
      }
    };
    // In a thread with a time limit, because a defect would make the loop sleep forever.
    int handled = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> handler.run(context));
    assertThat(handled).isZero();
    assertThat(questions).hasValue(2);
    handler.destroy();
  }

  @Test
  void foreignHandlesAreRefused() {
    IoHandle foreign = new IoHandle() {
      @Override
      public void handle(IoRegistration registration, IoEvent event) {
        throw new AssertionError();
      }

      @Override
      public void close() {
        // No resource is open.
      }
    };
    assertThat(loop.isCompatible(foreign.getClass())).isFalse();
    assertThatThrownBy(() -> loop.register(foreign).sync()).isInstanceOf(IllegalArgumentException.class);
  }

  /** An executor that uses the test's thread as the loop. */
  private static final class SameThread implements ThreadAwareExecutor {

    @Override
    public boolean isExecutorThread(Thread thread) {
      return true;
    }

    @Override
    public void execute(Runnable task) {
      task.run();
    }
  }

  /** An eventfd, which becomes readable when it is written. */
  private static class Event implements FdHandle {

    private final Libc libc = new Libc();
    private final int fd = libc.eventfd(0, 0x800);
    private final CountDownLatch ready;
    private IoRegistration registration;
    private Runnable then = () -> {
    };
    private int seen;

    Event(CountDownLatch ready) {
      this.ready = ready;
    }

    @Override
    public int fd() {
      return fd;
    }

    @Override
    public void handle(IoRegistration ignored, IoEvent event) {
      assertThat(((Readiness) event).in()).isTrue();
      seen++;
      ready.countDown();
      registration.submit(Readiness.of(0));
      then.run();
    }

    @Override
    public void close() {
      registration.cancel();
      libc.close(fd);
    }
  }
}
