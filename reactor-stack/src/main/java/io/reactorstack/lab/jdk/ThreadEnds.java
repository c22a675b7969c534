package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.Takeover.Refused;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Ends virtual threads that will never be resumed. The JDK registers virtual threads that have begun and not ended, and
 * so keeps them, and everything they refer to, from being garbage collected. The JDK's own method that follows a
 * thread's last step removes the registration. Written for JDK 25.
 */
final class ThreadEnds {

  private static @Nullable MethodHandle afterDone;

  private static final Takeover TAKEOVER = Takeover.attempt("the end of virtual threads",
      "The JVM keeps worlds that are closed while their blocking code waits. Use JDK 25.", () -> {
        MethodHandle found = find();
        test(found);
        afterDone = found;
      });

  private ThreadEnds() {}

  /** Ends {@code thread}, which is not mounted and will never be resumed: none of its code runs. */
  static void end(Thread thread) {
    MethodHandle handle = afterDone;
    if (handle == null) {
      TAKEOVER.warnOnce();
    } else {
      end(handle, thread);
    }
  }

  private static MethodHandle find() throws ReflectiveOperationException {
    Class<?> virtual = Class.forName("java.lang.VirtualThread");
    return MethodHandles.privateLookupIn(virtual, MethodHandles.lookup())
        .findVirtual(virtual, "afterDone", MethodType.methodType(void.class, boolean.class))
        .asType(MethodType.methodType(void.class, Thread.class, boolean.class));
  }

  private static void test(MethodHandle handle) throws Refused {
    Thread thread = JdkVirtualThreads.unstarted(continuation -> {}, "self-test", () -> {});
    thread.start();
    boolean began = thread.isAlive();
    end(handle, thread);
    if (!began || thread.isAlive()) {
      throw new Refused("a thread cannot be ended");
    }
  }

  private static void end(MethodHandle handle, Thread thread) {
    try {
      // true: notifies the register or executor that contains the thread.
      handle.invokeExact(thread, true);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("the JDK failed to end a virtual thread", e);
    }
  }
}
