package io.reactorstack.lab.jdk;

import io.reactorstack.lab.world.World;
import java.util.List;

/** All that worlds take over of the JDK. */
public final class Takeovers {

  private static volatile boolean tried;

  private Takeovers() {}

  /** Takes over what can be taken, once in this JVM, and says in the log once what cannot. Before the first world is made. */
  public static void prepare() {
    all().forEach(Takeover::warnOnce);
  }

  /** Each of them, in a fixed order. */
  public static List<Takeover> all() {
    if (!tried && Thread.currentThread().isVirtual()) {
      // The JVM's native interfaces are for platform threads.
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
      return List.of(CarriedThreads.takeover(), LoopChildren.TAKEOVER, JdkClocks.TAKEOVER, JdkChance.TAKEOVER,
          SecureChance.TAKEOVER);
    }
  }
}
