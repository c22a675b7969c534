package io.reactorstack.lab.jdk;

import io.reactorstack.lab.jdk.Takeover.Refused;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGeneratorFactory;

/**
 * Rewrites the JDK's classes with random sources of their own so that they draw from {@link ThreadLocalRandom}, which
 * depends only on its thread's seed. Outside a world the results are as random as before, since the JDK seeds its
 * threads itself.
 *
 * <p>Each rule replaces one kind of instruction in method bodies; nothing else of a class changes.
 */
final class RandomRewriting {

  private static final ClassDesc THREAD_LOCAL_RANDOM = ThreadLocalRandom.class.describeConstable().orElseThrow();
  private static final ClassDesc RANDOM = Random.class.describeConstable().orElseThrow();
  private static final ClassDesc SECURE_RANDOM = ClassDesc.of("java.security.SecureRandom");
  private static final ClassDesc THREAD = ClassDesc.of("java.lang.Thread");
  private static final ClassDesc LONG_SUPPLIER = ClassDesc.of("java.util.function.LongSupplier");
  private static final ClassDesc SECRETS = ClassDesc.of("jdk.internal.access.SharedSecrets");
  private static final ClassDesc LANG_ACCESS = ClassDesc.of("jdk.internal.access.JavaLangAccess");
  private static final String ALL = "java/util/ImmutableCollections";

  /**
   * Replaces the random salt that the JDK draws at startup and that determines the order of immutable sets and maps.
   */
  private static final long SALT = 0x5eed_5a17L;

  private RandomRewriting() {}

  /** Returns the new bytes of each class. */
  static Map<Class<?>, byte[]> all() throws Refused, ClassNotFoundException {
    Map<Class<?>, byte[]> rewritten = new LinkedHashMap<>();
    rewritten.put(ThreadLocalRandom.class,
        Rewriting.of(ThreadLocalRandom.class, "nextSeed"::equals, RandomRewriting::threadNumber));
    rewritten.put(Random.class, Rewriting.of(Random.class, RandomRewriting::seedOfRandom));
    rewritten.put(SplittableRandom.class, Rewriting.of(SplittableRandom.class, RandomRewriting::defaultGenerator));
    rewritten.put(Math.class, Rewriting.of(Math.class, RandomRewriting::sharedRandom));
    rewritten.put(java.util.Collections.class,
        Rewriting.of(java.util.Collections.class, RandomRewriting::sharedRandom));
    rewritten.put(UUID.class, Rewriting.of(UUID.class, RandomRewriting::sharedSecureRandom));
    if (ModuleLayer.boot().findModule("jdk.jfr").isPresent()) {
      Class<?> throttler = Class.forName("jdk.jfr.internal.settings.Throttler");
      rewritten.put(throttler, Rewriting.of(throttler, RandomRewriting::fixedSeed));
    }
    for (Class<?> generator : generators()) {
      rewritten.put(generator, Rewriting.of(generator, RandomRewriting::defaultGenerator));
    }
    for (Class<?> member : Class.forName("java.util.ImmutableCollections").getNestMembers()) {
      if (reads(member, "SALT32L") || reads(member, "REVERSE")) {
        rewritten.put(member, Rewriting.of(member, RandomRewriting::salt));
      }
    }
    return rewritten;
  }

  /** Returns the generator classes that seed themselves from a counter of their own. */
  private static List<Class<?>> generators() throws ClassNotFoundException {
    List<Class<?>> found = new ArrayList<>();
    for (String name : RandomGeneratorFactory.all().map(RandomGeneratorFactory::name).sorted().toList()) {
      Class<?> generator = RandomGeneratorFactory.of(name).create().getClass();
      if (generator.getPackageName().equals("jdk.internal.random")) {
        found.add(generator);
      }
    }
    return found;
  }

  /**
   * {@code nextSeed} adds twice the thread's number, which depends on how many threads were created before. This is
   * replaced by the number that the carrier returns if it is the thread of a world, for itself and for the threads that
   * it carries, and by zero otherwise.
   */
  private static boolean threadNumber(CodeBuilder code, CodeElement element) {
    if (element instanceof OperatorInstruction operator && operator.opcode() == Opcode.LSHL) {
      code.pop();
      return true;
    }
    if (!calls(element, "java/lang/Thread", "threadId")) {
      return false;
    }
    code.pop()
        .invokestatic(SECRETS, "getJavaLangAccess", MethodTypeDesc.of(LANG_ACCESS))
        .invokeinterface(LANG_ACCESS, "currentCarrierThread", MethodTypeDesc.of(THREAD))
        .dup().instanceOf(LONG_SUPPLIER)
        .ifThenElse(Opcode.IFNE,
            then -> then.checkcast(LONG_SUPPLIER)
                .invokeinterface(LONG_SUPPLIER, "getAsLong", MethodTypeDesc.of(ConstantDescs.CD_long)),
            otherwise -> otherwise.pop().lconst_0());
    return true;
  }

  /** {@code new Random()} combines a counter and the clock. */
  private static boolean seedOfRandom(CodeBuilder code, CodeElement element) {
    if (calls(element, "java/util/Random", "seedUniquifier")) {
      drawLong(code);
      return true;
    }
    if (calls(element, "java/lang/System", "nanoTime")) {
      code.lconst_0();
      return true;
    }
    return false;
  }

  /**
   * Flight Recorder creates a generator for each event type when the type is first used, as Netty's buffers do,
   * possibly on the thread of a world. Without a fixed seed the first world of a JVM would draw other numbers than the
   * next one.
   */
  private static boolean fixedSeed(CodeBuilder code, CodeElement element) {
    if (!calls(element, "java/util/Random", "<init>")) {
      return false;
    }
    code.loadConstant(SALT).invokespecial(RANDOM, ConstantDescs.INIT_NAME,
        MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_long));
    return true;
  }

  /** Other generators take their seed from a counter that all instances share. */
  private static boolean defaultGenerator(CodeBuilder code, CodeElement element) {
    if (!calls(element, "java/util/concurrent/atomic/AtomicLong", "getAndAdd")) {
      return false;
    }
    code.pop2().pop();
    drawLong(code);
    return true;
  }

  /** {@code Math.random} and {@code Collections.shuffle} use one generator for all threads. */
  private static boolean sharedRandom(CodeBuilder code, CodeElement element) {
    if (!reads(element, "java/lang/Math$RandomNumberGeneratorHolder", "randomNumberGenerator")
        && !reads(element, "java/util/Collections", "r")) {
      return false;
    }
    current(code);
    return true;
  }

  /** The generator of {@code UUID.randomUUID} may have been created before the lab's provider was installed. */
  private static boolean sharedSecureRandom(CodeBuilder code, CodeElement element) {
    if (!reads(element, "java/util/UUID$Holder", "numberGenerator")) {
      return false;
    }
    code.new_(SECURE_RANDOM).dup().invokespecial(SECURE_RANDOM, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void);
    return true;
  }

  private static boolean salt(CodeBuilder code, CodeElement element) {
    if (reads(element, ALL, "SALT32L")) {
      code.loadConstant(SALT);
      return true;
    }
    if (reads(element, ALL, "REVERSE")) {
      code.iconst_0();
      return true;
    }
    return false;
  }

  private static void current(CodeBuilder code) {
    code.invokestatic(THREAD_LOCAL_RANDOM, "current", MethodTypeDesc.of(THREAD_LOCAL_RANDOM));
  }

  private static void drawLong(CodeBuilder code) {
    current(code);
    code.invokevirtual(THREAD_LOCAL_RANDOM, "nextLong", MethodTypeDesc.of(ConstantDescs.CD_long));
  }

  private static boolean calls(CodeElement element, String owner, String name) {
    return element instanceof InvokeInstruction call && call.owner().asInternalName().equals(owner)
        && call.name().equalsString(name);
  }

  private static boolean reads(CodeElement element, String owner, String name) {
    return element instanceof FieldInstruction access && access.opcode() == Opcode.GETSTATIC
        && access.owner().asInternalName().equals(owner) && access.name().equalsString(name);
  }

  private static boolean reads(Class<?> owner, String field) throws Refused {
    return Rewriting.parse(owner).methods().stream().flatMap(method -> method.code().stream())
        .filter(code -> !code.parent().orElseThrow().methodName().equalsString(ConstantDescs.CLASS_INIT_NAME))
        .flatMap(code -> code.elementStream()).anyMatch(element -> reads(element, ALL, field));
  }
}
