package io.reactorstack.lab.jdk;

import io.reactorstack.lab.world.World;
import java.util.List;

/** All parts of the JDK that worlds take over. */
public final class Takeovers {

  private static volatile boolean tried;

  private Takeovers() {}

  /**
   * Attempts all takeovers, once in this JVM, and logs each refused one once. To be called before the first world is
   * created.
   */
  public static void prepare() {
    all().forEach(Takeover::warnOnce);
  }

  /** Returns all of them, in a fixed order. */
  public static List<Takeover> all() {
    if (!tried && Thread.currentThread().isVirtual()) {
      // JNI and JVM TI are available on platform threads only.
      Thread platform = Thread.ofPlatform().daemon().name("reactor-stack-lab-takeovers").unstarted(Takeovers::prepare);
      platform.start();
      join(platform);
    }
    List<Takeover> all = Tried.ALL;
    tried = true;
    return all;
  }

  private static void join(Thread platform) {
    boolean interrupted = false;
    while (platform.isAlive()) {
      try {
        platform.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Tried {

    static final List<Takeover> ALL = all();

    private static List<Takeover> all() {
      if (CarriedThreads.available()) {
        World.carriedBy(JdkVirtualThreads::worldOf);
      }
      return List.of(CarriedThreads.takeover(), LoopChildren.TAKEOVER, JdkClocks.TAKEOVER, JdkRandom.TAKEOVER,
          SecureRandomTakeover.TAKEOVER);
    }
  }
}
