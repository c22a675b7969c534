package io.reactorstack.lab.jdk;

import io.reactorstack.lab.world.World;

/** Seeds. */
final class JdkChance {
  private JdkChance() {}

  static void seed(Thread thread, World world, long number) {}
}
