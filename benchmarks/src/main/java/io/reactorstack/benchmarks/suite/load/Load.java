package io.reactorstack.benchmarks.suite.load;

/** Traffic that runs between {@link #start} and {@link #stop}, as often as needed. Called by one thread. */
public interface Load extends AutoCloseable {

  /** Begins the traffic; returns when its connections are open. */
  void start() throws Exception;

  /** The bytes, round trips or connections so far. */
  long count();

  /** Ends the traffic; returns when nothing of it is under way. */
  void stop() throws Exception;

  /** Releases what the load holds between two starts. */
  @Override
  default void close() {
    // Most loads hold nothing.
  }
}
