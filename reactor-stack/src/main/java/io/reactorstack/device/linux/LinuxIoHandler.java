package io.reactorstack.device.linux;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.local.LocalIoHandle;
import io.netty.channel.local.LocalIoHandler;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.concurrent.Ticker;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The I/O handler of an event loop that serves Linux devices. It waits in epoll with nanosecond timeouts, and is woken
 * through an eventfd.
 *
 * <p>Besides handles with file descriptors it accepts the in-memory handles of Netty's local transport, which need no
 * polling.
 */
public final class LinuxIoHandler implements IoHandler {

  private static final Logger LOG = Loggers.getLogger(LinuxIoHandler.class);

  private static final int CLOEXEC = 0x80000;
  private static final int NONBLOCK = 0x800;
  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int MODIFY = 3;
  private static final int MAX_EVENTS = 256;
  private static final long WAKE_UP_TAG = 0;
  private static final long FOREVER = -1;

  private final Libc libc = new Libc();
  private final ThreadAwareExecutor executor;
  private final IoHandler inMemory;
  private final EpollEvents events = new EpollEvents(MAX_EVENTS);
  private final EpollEvents change = new EpollEvents(1);
  private final MemorySegment timespec = Arena.ofAuto().allocate(16, 8);
  /**
   * Keyed by tag and not by descriptor: an event of a closed descriptor must not reach the next owner of its number.
   */
  private final LongObjectMap<Registration> registrations = new LongObjectHashMap<>();
  private final AtomicBoolean asleep = new AtomicBoolean();
  private final Object wakeUpLock = new Object();
  private final int epoll;
  private final int eventfd;
  private boolean nanoTimeouts = true;
  private boolean destroyed;
  private long lastTag = WAKE_UP_TAG;
  private @Nullable Ticker ticker;

  private LinuxIoHandler(ThreadAwareExecutor executor) {
    this.executor = executor;
    this.inMemory = LocalIoHandler.newFactory().newHandler(executor);
    this.epoll = opened("epoll_create1", libc.epollCreate1(CLOEXEC));
    this.eventfd = opened("eventfd", libc.eventfd(0, CLOEXEC | NONBLOCK));
    // Edge-triggered, so the counter never has to be read.
    control(ADD, eventfd, Readiness.IN | Readiness.EDGE_TRIGGERED, WAKE_UP_TAG);
  }

  /**
   * Returns the factory that creates the handler of each loop.
   *
   * @throws io.reactorstack.device.DeviceException if this system is not a supported Linux
   */
  public static IoHandlerFactory newFactory() {
    Platform.require("an event loop for raw devices");
    return LinuxIoHandler::new;
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return FdHandle.class.isAssignableFrom(handleType) || LocalIoHandle.class.isAssignableFrom(handleType);
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    if (!(handle instanceof FdHandle descriptor)) {
      return inMemory.register(handle);
    }
    Registration registration = new Registration(descriptor, ++lastTag);
    control(ADD, descriptor.fd(), 0, registration.tag);
    registrations.put(registration.tag, registration);
    descriptor.registered();
    return registration;
  }

  @Override
  public int run(IoHandlerContext context) {
    int ready;
    if (context.canBlock()) {
      asleep.set(true);
      try {
        // Check again: a thread that added a task just before the flag was set did not wake this loop.
        ready = await(context.canBlock() ? timeout(context) : 0);
      } finally {
        asleep.set(false);
      }
    } else {
      ready = await(0);
    }
    if (!context.shouldReportActiveIoTime()) {
      return dispatch(ready);
    }
    long started = now();
    int handled = dispatch(ready);
    context.reportActiveIoTime(now() - started);
    return handled;
  }

  private int dispatch(int ready) {
    int handled = 0;
    for (int i = 0; i < ready; i++) {
      Registration registration = registrations.get(events.tag(i));
      if (registration != null) {
        handled++;
        registration.handle(Readiness.of(events.flags(i)));
      }
    }
    return handled;
  }

  /**
   * The time until the deadline, by the loop's ticker; {@code delayNanos} would expect the clock
   * {@code System.nanoTime}.
   */
  private long timeout(IoHandlerContext context) {
    long deadline = context.deadlineNanos();
    return deadline == -1 ? FOREVER : Math.max(0, deadline - now());
  }

  private long now() {
    Ticker t = ticker;
    if (t == null) {
      t = executor instanceof EventExecutor loop ? loop.ticker() : Ticker.systemTicker();
      ticker = t;
    }
    return t.nanoTime();
  }

  /** Waits for at most {@code nanos}, or without a limit; returns the number of ready descriptors. */
  private int await(long nanos) {
    int ready;
    if (nanos == 0 || !nanoTimeouts) {
      ready = libc.epollWait(epoll, events.memory(), events.capacity(), millis(nanos));
    } else {
      ready = libc.epollPwait2(epoll, events.memory(), events.capacity(), timespec(nanos));
      // Before Linux 5.11 the call does not exist; some container filters return EPERM instead.
      if (ready == -Errno.ENOSYS || ready == -Errno.EPERM) {
        nanoTimeouts = false;
        return await(nanos);
      }
    }
    if (ready < 0 && ready != -Errno.EINTR) {
      throw new IllegalStateException("epoll: " + Libc.errorText(-ready));
    }
    return Math.max(0, ready);
  }

  private MemorySegment timespec(long nanos) {
    if (nanos == FOREVER) {
      return MemorySegment.NULL;
    }
    timespec.set(ValueLayout.JAVA_LONG, 0, nanos / 1_000_000_000L);
    timespec.set(ValueLayout.JAVA_LONG, 8, nanos % 1_000_000_000L);
    return timespec;
  }

  /** Converts to milliseconds, rounded up: a loop must not spin through the last millisecond before its deadline. */
  private static int millis(long nanos) {
    return nanos == FOREVER
        ? -1
        : (int) Math.min(Integer.MAX_VALUE, nanos / 1_000_000 + (nanos % 1_000_000 == 0 ? 0 : 1));
  }

  /** For tests: waits with millisecond timeouts, as on a kernel without {@code epoll_pwait2}. */
  void useMillisecondTimeouts() {
    nanoTimeouts = false;
  }

  @Override
  public void wakeup() {
    if (!executor.isExecutorThread(Thread.currentThread()) && asleep.compareAndSet(true, false)) {
      // A late caller must not write into a descriptor whose number was assigned to another file.
      synchronized (wakeUpLock) {
        if (!destroyed) {
          Libc.eventfdWrite(eventfd);
        }
      }
    }
  }

  @Override
  public void prepareToDestroy() {
    inMemory.prepareToDestroy();
    closeHandles();
  }

  private void closeHandles() {
    List<Registration> open = new ArrayList<>(registrations.values());
    for (Registration registration : open) {
      try {
        registration.handle.close();
      } catch (RuntimeException e) {
        LOG.warn("a handle could not be closed with its loop", e);
      }
    }
  }

  @Override
  public void destroy() {
    inMemory.destroy();
    // If a loop is shut down while it runs its last tasks, it skips prepareToDestroy.
    closeHandles();
    synchronized (wakeUpLock) {
      if (!destroyed) {
        destroyed = true;
        libc.close(eventfd);
        libc.close(epoll);
      }
    }
  }

  private void control(int operation, int fd, int flags, long tag) {
    change.set(0, flags, tag);
    int result = libc.epollCtl(epoll, operation, fd, change.memory());
    if (result < 0) {
      throw new IllegalStateException("epoll_ctl of descriptor " + fd + ": " + Libc.errorText(-result));
    }
  }

  private static int opened(String call, int fd) {
    if (fd < 0) {
      throw new IllegalStateException(call + ": " + Libc.errorText(-fd));
    }
    return fd;
  }

  /** The registration of one descriptor on this loop; confined to the loop. */
  private final class Registration implements IoRegistration {

    private final FdHandle handle;
    private final long tag;
    private int interest;
    private boolean cancelled;

    Registration(FdHandle handle, long tag) {
      this.handle = handle;
      this.tag = tag;
    }

    void handle(Readiness ready) {
      try {
        handle.handle(this, ready);
      } catch (Throwable t) {
        // A defect of one device must not stop the loop of the other devices.
        LOG.error("a handle failed on " + ready, t);
      }
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    public <T> T attachment() {
      return (T) handle;
    }

    @Override
    public long submit(IoOps ops) {
      int flags = ((Readiness) ops).flags();
      if (!cancelled && flags != interest) {
        control(MODIFY, handle.fd(), flags, tag);
        interest = flags;
      }
      return tag;
    }

    @Override
    public boolean isValid() { return !cancelled; }

    @Override
    public boolean cancel() {
      if (cancelled) {
        return false;
      }
      cancelled = true;
      registrations.remove(tag);
      control(DELETE, handle.fd(), 0, tag);
      handle.unregistered();
      return true;
    }
  }
}
