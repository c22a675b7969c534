package io.reactorstack.lab.world;

import io.reactorstack.layer.LoopThread;
import org.jspecify.annotations.Nullable;

/** The one platform thread of a world in virtual time. It carries its world in a field: the cheapest way to find it. */
public final class WorldThread extends LoopThread {

  private volatile @Nullable World world;

  /** A thread that runs {@code task}, still without a world. */
  public WorldThread(Runnable task, String name) {
    super(null, task, name);
  }

  /** The world that this thread moves. */
  public @Nullable World world() {
    return world;
  }

  /** Gives the thread to {@code mine}, or to none. */
  public void world(@Nullable World mine) {
    this.world = mine;
  }
}
