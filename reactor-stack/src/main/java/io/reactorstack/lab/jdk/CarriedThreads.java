package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.JdkVirtualThreads.State;
import io.reactorstack.lab.world.Life;
import io.reactorstack.lab.world.LogContext;
import io.reactorstack.lab.world.World;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The threads of a world for blocking code: virtual threads that the world's own thread carries. Each step of a thread,
 * from one wait to the next, is a task on the world's thread. So at most one of them runs at a time, their steps are
 * ordered like the world's other tasks, and the world continues while a thread waits. Threads that they start are
 * carried by the same world.
 *
 * <p>Order of use: {@link #start} creates a thread. The code that drives the world calls {@link #settle} whenever the
 * world has nothing left to do at one instant, and {@link #awaitOutside} when it has no timer either. All methods
 * except {@link #execute} and {@link #outside} are called on the world's thread.
 *
 * <p>No step may run inside a {@code synchronized} block of the carrier: monitors belong to the carrier thread, so a
 * carried thread could enter those that the carrier holds.
 */
@SuppressWarnings("ReferenceEquality") // Threads and worlds are compared by identity.
public final class CarriedThreads implements Executor, Thread.UncaughtExceptionHandler {

  /** The longest real time for which a world pauses for a thread that waits for a socket without a timeout. */
  private static final long SOCKET_LIMIT = TimeUnit.SECONDS.toNanos(10);

  /** The number of stack frames of a waiting thread that are searched for those of a socket. */
  private static final int FRAMES = 8;

  /** A wait shorter than this counts as polling. */
  private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private static final long POLL_NANOS_AT_MOST = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int POLL_DOUBLINGS = 10;

  private static final String WOKEN = "a thread outside the world woke blocking code of the world;"
      + " wrap the wait in lab.outside(...) if this is intended";

  private static final String SOCKET = "blocking code of the world waited for a real socket;"
      + " wrap it in lab.outside(...) if this is intended";

  private static final Takeover TAKEOVER = Takeover.firstRefused(JdkVirtualThreads.TAKEOVER, WorldTimers.TAKEOVER,
      Unblocker.TAKEOVER);

  private final World world;
  private final Thread carrier;
  private final RandomGenerator seeds;
  private final Map<Thread, Carried> live = new LinkedHashMap<>();
  /** Threads that wait for a monitor or for a notification, in the order in which they began to wait. */
  private final Set<Thread> atMonitors = new LinkedHashSet<>();
  /** Threads of hosts that have ended; the JDK may still reference them. */
  private final Set<Thread> dropped = Collections.newSetFromMap(new WeakHashMap<>());
  private final Queue<Thread> unblocked = new ConcurrentLinkedQueue<>();
  private final Queue<Wake> wakes = new ConcurrentLinkedQueue<>();
  private @Nullable Carried stepping;
  private @Nullable Looked looked;
  // Written only by the carrier.
  private volatile long steps;
  private volatile boolean driven;
  private volatile boolean closed;
  private volatile @Nullable Thread mounted;
  private volatile @Nullable Thread outsider;

  /** Creates the threads of {@code world} on {@code carrier}, which must be the world's thread. */
  public CarriedThreads(World world, Thread carrier) {
    this.world = world;
    this.carrier = carrier;
    this.seeds = world.random("threads");
    JdkRandom.seed(carrier, seeds.nextLong());
    LoopChildren.adopt(carrier, this);
  }

  /**
   * Handles an exception that ends the carrier as the JDK does by default. This object is the carrier's handler only so
   * that {@link LoopChildren} finds it.
   */
  @Override
  public void uncaughtException(Thread thread, Throwable error) {
    ThreadGroup group = thread.getThreadGroup();
    if (group != null) {
      group.uncaughtException(thread, error);
    }
  }

  /** The result of taking over the JDK's virtual threads for worlds; attempted at the first call. */
  public static Takeover takeover() {
    return TAKEOVER;
  }

  /** Returns whether {@link #takeover} has succeeded. */
  public static boolean available() {
    return TAKEOVER.stands();
  }

  /** Returns the threads of {@code world}. To be called on its own thread. */
  static CarriedThreads of(World world) {
    return world.kept(CarriedThreads.class, CarriedThreads.class, none -> {
      throw new IllegalStateException("this world does not carry threads");
    });
  }

  World world() {
    return world;
  }

  /** The thread whose step is running; for observers on other threads. */
  public @Nullable Thread mounted() {
    return mounted;
  }

  /** The number of steps begun; for observers on other threads. */
  public long steps() {
    return steps;
  }

  /** Sets whether the world is being driven: a wake-up from outside is an escape only while it is. */
  public void driven(boolean moves) {
    driven = moves;
  }

  /** Starts a thread; its first step is a task of the world. */
  public Thread start(String name, Runnable task) {
    Thread thread = JdkVirtualThreads.unstarted(this, name, LogContext.inherited(task));
    thread.start();
    return thread;
  }

  /** Accepts the continuation of a thread that can run; the JDK calls this on the thread that has woken it. */
  @Override
  public void execute(Runnable continuation) {
    Thread waker = Thread.currentThread();
    if (closed) {
      return;
    }
    if (looked != null && waker == carrier) {
      if (looked == Looked.WAITING) {
        wakes.add(new Wake(JdkVirtualThreads.threadOf(continuation), continuation, waker.getName(), null));
      }
      return;
    }
    boolean ours = World.of(waker) == world;
    if (ours && outsider == null) {
      Carried known = live.get(JdkVirtualThreads.threadOf(continuation));
      submit(known == null ? world.lives().currentInside() : known.life, continuation);
      return;
    }
    Thread thread = JdkVirtualThreads.threadOf(continuation);
    if (Unblocker.is(waker)) {
      unblocked.add(thread);
    } else {
      boolean expected = ours || waker == outsider || !driven;
      wakes.add(new Wake(thread, continuation, waker.getName(), expected ? null : waker.getStackTrace()));
    }
  }

  private void submit(@Nullable Life life, Runnable continuation) {
    Carried known = live.get(JdkVirtualThreads.threadOf(continuation));
    if (known != null) {
      known.queued = true;
    }
    world.lives().inheriting().execute(life, JdkVirtualThreads.threadOf(continuation), () -> step(continuation));
  }

  private void step(Runnable continuation) {
    Thread thread = JdkVirtualThreads.threadOf(continuation);
    if (dropped.contains(thread)) {
      return;
    }
    Carried carried = live.get(thread);
    if (carried == null) {
      carried = new Carried(thread, continuation, world.lives().currentInside());
      live.put(thread, carried);
      JdkRandom.seed(thread, seeds.nextLong());
    }
    atMonitors.remove(thread);
    carried.holdsNanos = Carried.UNKNOWN;
    carried.queued = false;
    run(carried);
    while (isLockedOutside(carried)) {
      mount(carried);
    }
    if (dropped.contains(thread)) {
      ThreadEnds.end(thread);
      return;
    }
    switch (JdkVirtualThreads.state(thread)) {
      case TERMINATED -> live.remove(thread);
      case WAITS_FOR_MONITOR, WAITS_FOR_NOTIFICATION -> atMonitors.add(thread);
      default -> {
      }
    }
    passMonitors();
  }

  private void run(Carried carried) {
    mount(carried);
    while (outsider != null) {
      // The world pauses until the work outside ends, and then continues with the thread that waits for it.
      Wake wake = awaitWakeOf(carried.thread);
      report(wake);
      mount(carried);
    }
  }

  /**
   * Returns whether the thread waited for a lock that a thread outside this world, for example of another world, has
   * released meanwhile. It then continues in the same step, as if the lock had been free.
   */
  private boolean isLockedOutside(Carried carried) {
    State state = JdkVirtualThreads.state(carried.thread);
    if (state != State.WAITS_FOR_MONITOR && !(state == State.PARKED && LockSites.waitsForLock(carried.thread))) {
      return false;
    }
    StackTraceElement site = LockSites.of(stackOf(carried.thread));
    boolean alone = live.size() == 1 && dropped.isEmpty();
    if (site == null || !alone && LockSites.isOwn(site)) {
      return false;
    }
    boolean inside = live.keySet().stream()
        .anyMatch(other -> other != carried.thread && LockSites.isInside(site, stackOf(other)));
    // A world's only thread does not wait for a thread of its own.
    long patience = alone ? LockSites.SURE_NANOS : LockSites.patience(site, inside);
    boolean outside = RealTimeWait.until(() -> takeWakeOf(carried.thread) != null || unblocked.remove(carried.thread),
        patience);
    LockSites.learn(site, outside);
    return outside;
  }

  private void mount(Carried carried) {
    mounted = carried.thread;
    stepping = carried;
    long begun = steps + 1;
    steps = begun;
    long before = carried.polls;
    try {
      carried.continuation.run();
    } finally {
      mounted = null;
      stepping = null;
      carried.polls = carried.polls == before ? 0 : carried.polls;
    }
  }

  /**
   * Returns the duration of a wait of the current step, in nanoseconds, if the code requests {@code nanos}. Polling
   * code requests a series of very short waits during which nothing can happen; these are lengthened up to a limit, as
   * a real machine lengthens them by its timer slack. A wait that is satisfied still ends immediately.
   */
  long stretched(long nanos) {
    Carried carried = stepping;
    if (carried == null || nanos >= POLL_NANOS) {
      return nanos;
    }
    long polls = carried.polls++;
    return Math.max(nanos, Math.min(POLL_NANOS << Math.min(polls, POLL_DOUBLINGS), POLL_NANOS_AT_MOST));
  }

  private Wake awaitWakeOf(Thread thread) {
    List<Wake> found = new ArrayList<>(1);
    RealTimeWait.until(() -> {
      Wake wake = takeWakeOf(thread);
      return wake != null && found.add(wake);
    });
    return found.getFirst();
  }

  private @Nullable Wake takeWakeOf(Thread thread) {
    for (Iterator<Wake> all = wakes.iterator(); all.hasNext();) {
      Wake wake = all.next();
      if (wake.thread == thread) {
        all.remove();
        return wake;
      }
    }
    return null;
  }

  /** Submits the threads that have received a monitor through the actions of the world, in a defined order. */
  private boolean passMonitors() {
    if (atMonitors.stream().noneMatch(thread -> JdkVirtualThreads.state(thread) == State.WAITS_FOR_MONITOR)) {
      return false;
    }
    Unblocker.await(atMonitors);
    return deliverUnblocked();
  }

  private boolean deliverUnblocked() {
    Set<Thread> given = new LinkedHashSet<>();
    for (Thread thread = unblocked.poll(); thread != null; thread = unblocked.poll()) {
      given.add(thread);
    }
    boolean any = !given.isEmpty();
    for (Thread thread : List.copyOf(atMonitors)) {
      if (given.remove(thread)) {
        submit(thread);
      }
    }
    given.forEach(this::submit);
    return any;
  }

  private void submit(Thread thread) {
    Carried carried = live.get(thread);
    if (carried != null) {
      submit(carried.life, carried.continuation);
    }
  }

  /**
   * Handles waits that can still end at this instant although the world has nothing left to do: submits threads that
   * have received a monitor and threads woken from outside, and pauses the world for threads that wait for a real
   * socket.
   *
   * @return whether there may be something to do at this instant
   */
  public boolean settle() {
    if (live.isEmpty()) {
      return false;
    }
    boolean any = passMonitors();
    any |= deliverWakes();
    return any || awaitSockets();
  }

  private boolean deliverWakes() {
    boolean any = false;
    for (Wake wake = wakes.poll(); wake != null; wake = wakes.poll()) {
      if (dropped.contains(wake.thread)) {
        continue;
      }
      report(wake);
      Carried known = live.get(wake.thread);
      submit(known == null ? null : known.life, wake.continuation);
      any = true;
    }
    return any;
  }

  private void report(Wake wake) {
    StackTraceElement[] source = wake.stack;
    if (source != null) {
      StackTraceElement[] waiting = stackOf(wake.thread);
      StackTraceElement site = LockSites.waitsForLock(wake.thread) ? LockSites.of(waiting) : null;
      if (site != null) {
        LockSites.learn(site, true);
      }
      world.escape(isSocket(waiting) ? SOCKET : WOKEN, wake.waker, source, waiting);
    }
  }

  /**
   * Returns the stack of a thread that is not mounted. Afterwards the JDK submits the thread again: if it was runnable,
   * that has to be ignored; if another thread woke it during the call, the submission that arrives here is the only
   * one.
   */
  private StackTraceElement[] stackOf(Thread thread) {
    looked = JdkVirtualThreads.state(thread) == State.RUNNABLE ? Looked.RUNNABLE : Looked.WAITING;
    try {
      return thread.getStackTrace();
    } finally {
      looked = null;
    }
  }

  private boolean awaitSockets() {
    while (true) {
      long least = Long.MAX_VALUE;
      for (Carried carried : live.values()) {
        long holds = holdsNanos(carried);
        least = holds > 0 ? Math.min(least, holds) : least;
      }
      if (least == Long.MAX_VALUE) {
        return false;
      }
      if (RealTimeWait.until(() -> !wakes.isEmpty() || !unblocked.isEmpty(), least)) {
        deliverUnblocked();
        deliverWakes();
        return true;
      }
      for (Carried carried : live.values()) {
        // The time of this wait has passed, so its timer, if it has one, may fire.
        carried.holdsNanos = Math.max(0, carried.holdsNanos - least);
      }
    }
  }

  /** The real time for which the world pauses for this wait, in nanoseconds; 0 if it does not pause. */
  private long holdsNanos(Carried carried) {
    if (carried.holdsNanos == Carried.UNKNOWN) {
      boolean socket = JdkVirtualThreads.state(carried.thread) == State.PARKED
          && LockSupport.getBlocker(carried.thread) == null && isSocket(stackOf(carried.thread));
      if (!carried.queued && JdkVirtualThreads.state(carried.thread) == State.RUNNABLE) {
        // A thread outside has made it runnable and is about to submit it.
        return SOCKET_LIMIT;
      }
      carried.holdsNanos = socket ? JdkVirtualThreads.timedWaitNanos(carried.thread, SOCKET_LIMIT) : 0;
    }
    return carried.holdsNanos;
  }

  private static boolean isSocket(StackTraceElement[] stack) {
    return Arrays.stream(stack).limit(FRAMES).anyMatch(frame -> frame.getClassName().startsWith("sun.nio.ch."));
  }

  /**
   * Gives threads outside the world {@code nanos} of real time to wake a thread of the world, or to make {@code other}
   * true. Called when the world has nothing left to do.
   *
   * @return whether there is something to do
   */
  public boolean awaitOutside(long nanos, BooleanSupplier other) {
    if (live.isEmpty()
        || !RealTimeWait.until(() -> !wakes.isEmpty() || !unblocked.isEmpty() || other.getAsBoolean(), nanos)) {
      return false;
    }
    deliverUnblocked();
    deliverWakes();
    return true;
  }

  /** Returns whether all started threads have ended. */
  public boolean isEmpty() { return live.isEmpty(); }

  /** Returns the waiting threads with their stacks, in the order in which they were started. */
  public List<Waiting> waiting() {
    return live.keySet().stream().map(thread -> new Waiting(thread.getName(), List.of(stackOf(thread)))).toList();
  }

  /**
   * Runs {@code work} on a new thread outside the world and pauses the world until it ends: no task runs and no virtual
   * time passes.
   *
   * @throws Exception the exception of {@code work}
   */
  public <T> T outside(Callable<T> work) throws Exception {
    FutureTask<T> task = new FutureTask<>(work);
    Thread current = Thread.currentThread();
    Thread worker = Thread.ofPlatform().daemon().name(current.getName() + "-outside").unstarted(() -> {
      task.run();
      LockSupport.unpark(current);
    });
    if (current == carrier) {
      worker.start();
      RealTimeWait.until(task::isDone);
    } else {
      outsider = worker;
      worker.start();
      boolean interrupted = false;
      while (!task.isDone()) {
        LockSupport.park(this);
        if (Thread.interrupted()) {
          interrupted = true;
          worker.interrupt();
        }
      }
      outsider = null;
      if (interrupted) {
        current.interrupt();
      }
    }
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw (Error) Objects.requireNonNull(e.getCause());
    }
  }

  /** Interrupts all threads, as a thread pool does when it is shut down; the resulting steps are tasks of the world. */
  public void interrupt() {
    live.keySet().forEach(Thread::interrupt);
  }

  /** Drops the threads of a life wherever they wait: they are never resumed, and their code is not notified. */
  public void drop(Life life) {
    for (Carried carried : List.copyOf(live.values())) {
      if (carried.life == life) {
        dropped.add(carried.thread);
        live.remove(carried.thread);
        atMonitors.remove(carried.thread);
        if (carried != stepping) {
          ThreadEnds.end(carried.thread);
        }
      }
    }
  }

  /** Drops all remaining threads: they are never resumed. */
  public void close() {
    closed = true;
    live.keySet().forEach(ThreadEnds::end);
    live.clear();
    atMonitors.clear();
  }

  /** The state of the thread whose stack is being read. */
  private enum Looked {
    RUNNABLE, WAITING
  }

  /** A thread and its continuation, which is the same object for all its steps. */
  private static final class Carried {

    static final long UNKNOWN = -1;

    final Thread thread;
    final Runnable continuation;
    /** The host whose code has started the thread. */
    final @Nullable Life life;
    /** The real time for which the world may pause for the current wait, in nanoseconds. */
    long holdsNanos = UNKNOWN;
    /** True if its next step is queued as a task of the world. */
    boolean queued;
    /** The number of consecutive waits that counted as polling. */
    long polls;

    Carried(Thread thread, Runnable continuation, @Nullable Life life) {
      this.life = life;
      this.thread = thread;
      this.continuation = continuation;
    }
  }

  /**
   * The wake-up of a thread by a thread outside the world.
   *
   * @param stack stack of the thread outside; {@code null} if this is not an escape
   */
  private record Wake(Thread thread, Runnable continuation, String waker, StackTraceElement @Nullable [] stack) {}

  /**
   * A waiting thread.
   *
   * @param name name of the thread
   * @param stack its stack, innermost frame first
   */
  public record Waiting(String name, List<StackTraceElement> stack) {

    /**
     * Returns the innermost line of code that is neither the JDK's nor Reactor's nor this package's, or the innermost
     * of all.
     */
    public String line() {
      return stack.stream().filter(frame -> !isLibrary(frame.getClassName())).findFirst()
          .or(() -> stack.stream().findFirst())
          .map(StackTraceElement::toString).orElse("an unknown line");
    }

    private static boolean isLibrary(String owner) {
      return owner.startsWith("java.") || owner.startsWith("jdk.") || owner.startsWith("sun.")
          || owner.startsWith("reactor.core.") || owner.startsWith("io.reactorstack.lab.jdk.");
    }

    @Override
    public String toString() {
      return name + " waits at " + line();
    }
  }
}
