package io.reactorstack.lab.world;

import io.reactorstack.layer.LoopThread;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one platform thread of a world in virtual time. It carries its world in a field: the cheapest way to find it.
 *
 * <p>As a {@link LongSupplier} it is asked by {@code ThreadLocalRandom}, once that is taken over, before each draw on this thread
 * or on one that it carries, for what is to be added to the seed.
 */
public final class WorldThread extends LoopThread implements LongSupplier {

  private volatile @Nullable World world;
  private volatile LongSupplier draws = () -> 0;

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

  @Override
  public long getAsLong() {
    return draws.getAsLong();
  }

  /** Lets {@code asked} return what {@link #getAsLong} returns. */
  public void draws(LongSupplier asked) {
    this.draws = asked;
  }
}
