package io.reactorstack.lab.jdk;

import io.netty.util.ResourceLeakDetector;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Excludes draws that do not belong to a run from the random numbers of a world, because they differ between the first
 * run in a JVM and later ones. These are the draws of class initializers and of agents that transform classes, since
 * the first world that uses a class loads and initializes it; and those of Netty's leak detection at its higher levels,
 * which counts the uses of buffers that worlds share.
 *
 * <p>{@code ThreadLocalRandom} calls {@link #getAsLong} before each draw on the world's thread and on threads that it
 * carries, and adds the result to the thread's seed. The first draw of the run after foreign ones resets the seed to
 * its value before them.
 */
final class ForeignDrawFilter implements LongSupplier {

  /** The state of one thread. */
  private static final class State {
    /** The class count at the last draw of the run on this thread. */
    private long clean = -1;
    /** The seed after the last draw of the run, if foreign draws followed it. */
    private @Nullable Long before;
  }

  private static final LongSupplier COUNT = ClassCount.reader();
  private static final StackWalker STACK = StackWalker.getInstance();
  private static final String LEAK_DETECTION = ResourceLeakDetector.class.getName();
  private static final String TRANSFORMATION = "sun.instrument.TransformerManager";
  /**
   * The number of stack frames that are searched for the caller of {@code ThreadLocalRandom}; includes those of this
   * class, the thread and the generator.
   */
  private static final int NEAR = 16;

  private final ToLongFunction<Thread> seeds;
  private final Thread own;
  private final State mine = new State();
  private final Map<Thread, State> carried = new WeakHashMap<>();
  private final boolean detectsLeaks = ResourceLeakDetector.getLevel()
      .compareTo(ResourceLeakDetector.Level.ADVANCED) >= 0;
  private boolean asked;

  /**
   * Creates the filter for the world's thread {@code own}.
   *
   * @param seeds reads the seed of a thread
   */
  ForeignDrawFilter(Thread own, ToLongFunction<Thread> seeds) {
    this.own = own;
    this.seeds = seeds;
  }

  @Override
  public long getAsLong() {
    Thread current = Thread.currentThread();
    State state = current.equals(own) ? mine : carried.computeIfAbsent(current, thread -> new State());
    long count = COUNT.getAsLong();
    if (asked || count == state.clean && state.before == null && !detectsLeaks) {
      return 0;
    }
    asked = true;
    try {
      return correction(current, state, count);
    } finally {
      asked = false;
    }
  }

  private long correction(Thread current, State state, long count) {
    if (detectsLeaks && isLeakDetection() || count != state.clean && isOfAClass()) {
      if (state.before == null) {
        state.before = seeds.applyAsLong(current);
      }
      return 0;
    }
    state.clean = count;
    Long before = state.before;
    state.before = null;
    return before == null ? 0 : before - seeds.applyAsLong(current);
  }

  private static boolean isLeakDetection() {
    return STACK.walk(
        frames -> frames.limit(NEAR).anyMatch(frame -> frame.getClassName().startsWith(LEAK_DETECTION)));
  }

  private static boolean isOfAClass() {
    return STACK.walk(frames -> frames.anyMatch(frame -> frame.getMethodName().equals("<clinit>")
        || frame.getClassName().equals(TRANSFORMATION)));
  }
}
