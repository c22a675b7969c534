package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.Takeover.Refused;
import io.reactorstack.lab.world.World;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Access to the private parts of the JDK's virtual threads that the lab needs: a constructor with the scheduler as an
 * argument, which the JDK reserves for its own tests, and the fields that show what a thread waits for. Written for JDK
 * 25.
 */
@SuppressWarnings("ReferenceEquality") // Threads and worlds are compared by identity.
final class JdkVirtualThreads {

  private static final String REMEDY = "Blocking code of a world runs on the world's own thread, where block() is refused. Add"
      + " --add-opens java.base/java.lang=" + Takeover.self() + " to the JVM's flags, on JDK 25.";

  private static @Nullable Handles found;

  /** The result of the takeover: if it succeeded, virtual threads can be carried by a thread of the lab. */
  static final Takeover TAKEOVER = Takeover.attempt("virtual threads", REMEDY, () -> {
    Handles handles = Handles.find();
    found = handles;
    test(handles);
    // The JDK starts threads that serve all sockets when the first virtual thread waits for one. If a carried thread
    // did that, they would become threads of its world and end with it.
    Class.forName("sun.nio.ch.Poller", true, null);
  });

  private static final @Nullable Handles HANDLES = TAKEOVER.stands() ? found : null;

  private JdkVirtualThreads() {}

  /** The state of an unmounted thread. */
  enum State {
    RUNNABLE, PARKED, WAITS_FOR_MONITOR, WAITS_FOR_NOTIFICATION, TERMINATED
  }

  private static Handles handles() {
    return Objects.requireNonNull(HANDLES, TAKEOVER.refusal());
  }

  /** Returns an unstarted virtual thread whose continuations are submitted to {@code scheduler}. */
  static Thread unstarted(Executor scheduler, String name, Runnable task) {
    return handles().unstarted(scheduler, name, task);
  }

  /** Returns the world that carries {@code thread}, or {@code null}; reads one field. */
  static @Nullable World worldOf(Thread thread) {
    Handles handles = HANDLES;
    return handles != null && handles.scheduler.get(thread) instanceof CarriedThreads carried ? carried.world() : null;
  }

  /** Returns the thread of {@code continuation}, an object that the JDK has submitted to a scheduler. */
  static Thread threadOf(Runnable continuation) {
    return handles().threadOf(continuation);
  }

  /** Returns the state of a thread that is not mounted. */
  static State state(Thread thread) {
    return handles().state(thread);
  }

  /**
   * Returns whether the owner of a monitor has passed it to {@code thread} but the JVM has not submitted the thread
   * yet.
   */
  static boolean isBeingUnblocked(Thread thread) {
    return (boolean) handles().onWaitingList.getVolatile(thread);
  }

  /** Returns the timeout of a parked thread, in nanoseconds; {@code unlimited} if it has none. */
  static long timedWaitNanos(Thread thread, long unlimited) {
    Handles handles = handles();
    return (int) handles.state.getVolatile(thread) == handles.codes.timedParked
        ? (long) handles.timeout.get(thread)
        : unlimited;
  }

  /**
   * Starts, parks, unparks, blocks and ends such threads, on a scheduler that only collects the submitted
   * continuations.
   */
  private static void test(Handles handles) throws Refused {
    Queue<Runnable> given = new ArrayDeque<>();
    List<State> seen = new ArrayList<>();
    Object monitor = new Object();
    Thread first = handles.unstarted(given::add, "self-test", () -> {
      synchronized (monitor) {
        LockSupport.park();
      }
    });
    Thread second = handles.unstarted(given::add, "self-test", () -> {
      synchronized (monitor) {
        seen.add(State.RUNNABLE);
      }
    });
    first.start();
    second.start();
    expect(given.size() == 2 && handles.threadOf(given.element()) == first && handles.scheduler.get(first) != null,
        "a started thread is not given to its scheduler");
    given.remove().run();
    given.remove().run();
    expect(handles.state(first) == State.PARKED, "a parked thread is not recognized");
    expect(handles.state(second) == State.WAITS_FOR_MONITOR, "a thread that waits for a monitor is not recognized");
    LockSupport.unpark(first);
    expect(given.size() == 1, "an unparked thread is not given to its scheduler");
    given.remove().run();
    expect(handles.state(first) == State.TERMINATED && seen.isEmpty(), "a thread does not end");
    // The second thread is submitted by another thread of the JVM, and is left to it.
  }

  private static void expect(boolean holds, String fault) throws Refused {
    if (!holds) {
      throw new Refused(fault);
    }
  }

  /**
   * Handles to private members; in constants, so that the compiler can inline them.
   *
   * @param constructor creates a thread from a scheduler, a name, characteristics and a task
   * @param scheduler field of a thread
   * @param state field of a thread
   * @param notified field of a thread: whether it was notified while it waited
   * @param onWaitingList field of a thread: whether it has received a monitor and is to be submitted
   * @param timeout field of a thread: the duration of a timed wait, in nanoseconds
   * @param continued field of a continuation: its thread
   * @param codes values of the field {@code state}
   */
  private record Handles(
      MethodHandle constructor,
      VarHandle scheduler,
      VarHandle state,
      VarHandle notified,
      VarHandle onWaitingList,
      VarHandle timeout,
      Field continued,
      Codes codes) {

    static Handles find() throws ReflectiveOperationException, Refused {
      Class<?> virtual = Class.forName("java.lang.VirtualThread");
      Class<?> builders = Class.forName("java.lang.ThreadBuilders");
      MethodHandles.Lookup own = MethodHandles.lookup();
      MethodHandles.Lookup threads = MethodHandles.privateLookupIn(virtual, own);
      MethodHandle constructor = MethodHandles.privateLookupIn(builders, own).findStatic(builders, "newVirtualThread",
          MethodType.methodType(Thread.class, Executor.class, String.class, int.class, Runnable.class));
      return new Handles(constructor,
          threads.findVarHandle(virtual, "scheduler", Executor.class),
          threads.findVarHandle(virtual, "state", int.class),
          threads.findVarHandle(virtual, "notified", boolean.class),
          threads.findVarHandle(virtual, "onWaitingList", boolean.class),
          threads.findVarHandle(virtual, "timeout", long.class),
          continued(constructor, virtual),
          Codes.find(threads, virtual));
    }

    /**
     * Returns the field of a continuation that holds its thread; a continuation is a lambda that captures only this.
     */
    private static Field continued(MethodHandle constructor, Class<?> virtual) throws Refused {
      List<Runnable> given = new ArrayList<>();
      try {
        ((Thread) constructor.invoke((Executor) given::add, (String) null, 0, (Runnable) () -> {})).start();
      } catch (Throwable e) {
        throw new Refused(e.toString());
      }
      Field[] fields = given.getFirst().getClass().getDeclaredFields();
      given.getFirst().run();
      expect(fields.length == 1 && fields[0].getType() == virtual, "a continuation has other fields than its thread");
      fields[0].setAccessible(true);
      return fields[0];
    }

    Thread unstarted(Executor executor, String name, Runnable task) {
      try {
        return (Thread) constructor.invokeExact(executor, name, 0, task);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("the JDK failed to create a virtual thread", e);
      }
    }

    Thread threadOf(Runnable continuation) {
      try {
        return (Thread) Objects.requireNonNull(continued.get(continuation));
      } catch (IllegalAccessException e) {
        throw new IllegalStateException("the JDK hides the thread of a continuation", e);
      }
    }

    State state(Thread thread) {
      int code = (int) state.getVolatile(thread);
      if (code == codes.parked || code == codes.timedParked) {
        return State.PARKED;
      }
      if (code == codes.blocked || code == codes.unblocked) {
        return State.WAITS_FOR_MONITOR;
      }
      if (code == codes.waiting || code == codes.timedWaiting) {
        return (boolean) notified.getVolatile(thread) ? State.WAITS_FOR_MONITOR : State.WAITS_FOR_NOTIFICATION;
      }
      return code == codes.terminated ? State.TERMINATED : State.RUNNABLE;
    }
  }

  /** The values of {@code VirtualThread.state}, read from the class, since releases number them differently. */
  private record Codes(int parked, int timedParked, int blocked, int unblocked, int waiting, int timedWaiting,
      int terminated) {

    static Codes find(MethodHandles.Lookup lookup, Class<?> virtual) throws ReflectiveOperationException {
      return new Codes(code(lookup, virtual, "PARKED"), code(lookup, virtual, "TIMED_PARKED"),
          code(lookup, virtual, "BLOCKED"), code(lookup, virtual, "UNBLOCKED"), code(lookup, virtual, "WAIT"),
          code(lookup, virtual, "TIMED_WAIT"), code(lookup, virtual, "TERMINATED"));
    }

    private static int code(MethodHandles.Lookup lookup, Class<?> virtual, String name)
        throws ReflectiveOperationException {
      return (int) lookup.findStaticVarHandle(virtual, name, int.class).get();
    }
  }
}
