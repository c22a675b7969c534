package io.reactorstack.lab.jdk;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.reactorstack.lab.jdk.Takeover.Refused;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Takes over the clocks of the JDK on the threads of a world: {@code System.nanoTime} and {@code
 * System.currentTimeMillis}, and with them {@code Instant.now} and everything built on it. Their native methods are
 * bound to functions of {@link ClockFunctions}, which read the time of the current thread's world, and on any other
 * thread call the original functions.
 *
 * <p>Compiled code reads the machine's clock without calling these methods, unless JVM flags disable that. Without the
 * flags nothing is bound.
 */
public final class JdkClocks {

  private static final String FLAGS = "-XX:+UnlockDiagnosticVMOptions -XX:DisableIntrinsic=_nanoTime,_currentTimeMillis";

  private static final String REMEDY = "Instant.now(), System.nanoTime() and what is built on them show the machine's time, and a"
      + " timed wait of blocking code that nothing ends takes real time. Add --enable-native-access=" + Takeover.self()
      + " "
      + FLAGS + " to the JVM's flags, and -Xlog:jni+resolve=off to silence the JVM about it.";

  /** The result of the takeover: if it succeeded, these clocks show the world's time on its threads. */
  public static final Takeover TAKEOVER = Takeover.attempt("the clocks of the JDK", REMEDY, () -> {
    checkFlags();
    NativeInterface jvm = new NativeInterface();
    ClockFunctions.bind(jvm);
    try {
      test();
    } catch (Throwable e) {
      ClockFunctions.restore(jvm);
      throw e;
    }
  });

  private JdkClocks() {}

  /** Returns the machine's {@code System.nanoTime}, on any thread. */
  static long machineNanoTime() {
    return TAKEOVER.stands() ? ClockFunctions.machineNanos() : System.nanoTime();
  }

  private static void checkFlags() throws Refused {
    String disabled;
    try {
      disabled = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).getVMOption("DisableIntrinsic")
          .getValue();
    } catch (IllegalArgumentException e) {
      disabled = "";
    }
    if (!Set.of(disabled.split("[,\\s]+")).containsAll(Set.of("_nanoTime", "_currentTimeMillis"))) {
      throw new Refused("compiled code would bypass the takeover");
    }
  }

  private static void test() throws Throwable {
    expect(SelfTestWorld.ask(System::nanoTime) == SelfTestWorld.NANO_TIME, "System.nanoTime");
    expect(SelfTestWorld.ask(System::currentTimeMillis) == SelfTestWorld.NOW / 1_000_000, "System.currentTimeMillis");
    Instant now = SelfTestWorld.ask(Instant::now);
    expect(now.getEpochSecond() * ClockFunctions.NANOS + now.getNano() == SelfTestWorld.NOW, "Instant.now");
    long before = ClockFunctions.machineNanos();
    long between = System.nanoTime();
    expect(before <= between && between <= ClockFunctions.machineNanos(), "System.nanoTime outside all worlds");
    long millis = ClockFunctions.machineMillis();
    long said = System.currentTimeMillis();
    expect(millis <= said && said <= ClockFunctions.machineMillis(), "System.currentTimeMillis outside all worlds");
    expect(Math.abs(Instant.now().toEpochMilli() - said) < TimeUnit.MINUTES.toMillis(1),
        "Instant.now outside all worlds");
  }

  private static void expect(boolean holds, String clock) throws Refused {
    if (!holds) {
      throw new Refused(clock + " is wrong after it was taken over");
    }
  }
}
