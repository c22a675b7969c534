package io.reactorstack.lab.world;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The lookup of the world that carries a virtual thread. */
final class VirtualThreads {

  static volatile Function<Thread, @Nullable World> worlds = thread -> null;

  private VirtualThreads() {}
}
