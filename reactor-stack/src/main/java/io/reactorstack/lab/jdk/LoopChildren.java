package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.Takeover.Refused;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * Makes virtual threads that code on a world's loop starts belong to the world. The JDK passes the scheduler of a
 * virtual thread on to its children, so children of carried threads belong to the world already; but a child of a
 * platform thread gets the JVM's scheduler. The method that creates all virtual threads is therefore rewritten: if the
 * current thread's handler of uncaught exceptions is also an {@code Executor}, it becomes the scheduler.
 */
final class LoopChildren {

  private static final ClassDesc THREAD = Thread.class.describeConstable().orElseThrow();
  private static final ClassDesc EXECUTOR = Executor.class.describeConstable().orElseThrow();
  private static final ClassDesc HANDLER = Thread.UncaughtExceptionHandler.class.describeConstable().orElseThrow();

  /** The result of the takeover: if it succeeded, virtual threads started by a world's loop belong to the world. */
  static final Takeover TAKEOVER = Takeover.attempt("virtual threads that code on a loop starts",
      "They run on the JVM's own threads, and what they do in the world is reported as an escape. Add --enable-native-access="
          + Takeover.self() + " to the JVM's flags, on JDK 25.",
      LoopChildren::install);

  private LoopChildren() {}

  /** Makes virtual threads that {@code loop}, a platform thread, starts belong to {@code threads}. */
  static void adopt(Thread loop, CarriedThreads threads) {
    if (TAKEOVER.stands()) {
      loop.setUncaughtExceptionHandler(threads);
    }
  }

  private static void install() throws Throwable {
    if (!CarriedThreads.available()) {
      throw new Refused("virtual threads cannot be carried");
    }
    Class<?> builders = Class.forName("java.lang.ThreadBuilders");
    Redefinition.of(Map.of(builders, Rewriting.of(builders, "newVirtualThread"::equals, LoopChildren::scheduler)));
    Thread outside = Thread.ofVirtual().unstarted(() -> {});
    if (JdkVirtualThreads.worldOf(outside) != null) {
      throw new Refused("a thread outside all worlds belongs to one");
    }
  }

  /** The method's first argument is the scheduler; the JDK's builders pass {@code null} for the default one. */
  private static boolean scheduler(CodeBuilder code, CodeElement element) {
    if (!(element instanceof LoadInstruction load) || load.slot() != 0) {
      return false;
    }
    code.aload(0).ifThenElse(Opcode.IFNONNULL, given -> given.aload(0), absent -> {
      handler(absent);
      absent.instanceOf(EXECUTOR).ifThenElse(own -> {
        handler(own);
        own.checkcast(EXECUTOR);
      }, none -> none.aconst_null());
    });
    return true;
  }

  private static void handler(CodeBuilder code) {
    code.invokestatic(THREAD, "currentThread", MethodTypeDesc.of(THREAD))
        .invokevirtual(THREAD, "getUncaughtExceptionHandler", MethodTypeDesc.of(HANDLER));
  }
}
