package io.reactorstack.benchmarks.dns;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** A resolver that asks the {@link NameServer}, with or without a cache. */
interface Resolver extends AutoCloseable {

  /** The limit for a batch of queries. */
  int LIMIT_SECONDS = 60;

  /** The types of records that a resolver is asked for. */
  enum Type {
    /** IPv4 addresses. */
    A,
    /** IPv6 addresses. */
    AAAA
  }

  /**
   * Asks for the addresses of {@code name} and calls {@code end} once, on any thread, with the failure or with
   * {@code null}.
   */
  void ask(String name, Type type, Consumer<Throwable> end);

  @Override
  void close();

  /**
   * Asks {@code count} questions, of which {@code outstanding} are outstanding at a time, and waits for their answers.
   *
   * @param names returns the name of a question by its number
   */
  default void askAll(IntFunction<String> names, int count, int outstanding, List<Type> types)
      throws InterruptedException {
    CountDownLatch done = new CountDownLatch(outstanding);
    AtomicInteger next = new AtomicInteger();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Consumer<Throwable> chain = new Consumer<>() {
      @Override
      public void accept(Throwable failed) {
        failure.compareAndSet(null, failed);
        int number = next.getAndIncrement();
        if (number < count * types.size() && failure.get() == null) {
          ask(names.apply(number / types.size()), types.get(number % types.size()), this);
        } else {
          done.countDown();
        }
      }
    };
    for (int i = 0; i < outstanding; i++) {
      chain.accept(null);
    }
    if (!done.await(LIMIT_SECONDS, TimeUnit.SECONDS) || failure.get() != null) {
      throw new IllegalStateException("question " + next.get() + " has no answer", failure.get());
    }
  }
}
