package io.reactorstack.lab.world;

import io.reactorstack.layer.LoopThread;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one platform thread of a world in virtual time. It keeps its world in a field, which is the fastest lookup.
 *
 * <p>It is a {@link LongSupplier} for {@code ThreadLocalRandom}: once that class is rewritten, it calls {@link
 * #getAsLong} before each draw on this thread, or on a thread that it carries, and adds the result to its seed.
 */
public final class WorldThread extends LoopThread implements LongSupplier {

  private volatile @Nullable World world;
  private volatile LongSupplier draws = () -> 0;

  /** Creates a thread that runs {@code task}, without a world yet. */
  public WorldThread(Runnable task, String name) {
    super(null, task, name);
  }

  /** The world that this thread drives. */
  public @Nullable World world() {
    return world;
  }

  /** Assigns the thread to the world {@code mine}, or to none. */
  public void world(@Nullable World mine) {
    this.world = mine;
  }

  @Override
  public long getAsLong() {
    return draws.getAsLong();
  }

  /** Sets the source of the values that {@link #getAsLong} returns. */
  public void draws(LongSupplier asked) {
    this.draws = asked;
  }
}
