package io.reactorstack.lab.jdk;

import io.reactorstack.lab.world.World;
import java.util.List;

/** All that worlds take over of the JDK. */
public final class Takeovers {

  private static final List<Takeover> ALL = tried();

  private Takeovers() {}

  private static List<Takeover> tried() {
    if (CarriedThreads.available()) {
      World.carriedBy(JdkVirtualThreads::worldOf);
    }
    return List.of(CarriedThreads.takeover(), LoopChildren.TAKEOVER, JdkClocks.TAKEOVER, JdkChance.TAKEOVER,
        SecureChance.TAKEOVER);
  }

  /** Takes over what can be taken, once in this JVM, and says in the log once what cannot. Before the first world is made. */
  public static void prepare() {
    ALL.forEach(Takeover::warnOnce);
  }

  /** Each of them, in a fixed order. */
  public static List<Takeover> all() {
    return ALL;
  }
}
