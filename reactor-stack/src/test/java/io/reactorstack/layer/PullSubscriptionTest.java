package io.reactorstack.layer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.VirtualLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

class PullSubscriptionTest {

  private final VirtualLoop loop = new VirtualLoop();
  private final LoopTurn turn = loop.newTurn();
  private final List<String> log = new ArrayList<>();
  private final Deque<Integer> source = new ArrayDeque<>(List.of(1, 2, 3));
  private boolean over;
  private @Nullable Throwable cause;
  private Consumer<String> onNext = value -> {
  };
  private final Pull pull = new Pull();

  @Test
  void emitsAsManyUnitsAsRequested() {
    pull.request(2);
    loop.settle();
    assertThat(log).as("before it has begun").isEmpty();
    pull.start();
    loop.settle();
    assertThat(log).containsExactly("u1", "u2");
    assertThat(source).containsExactly(3);
    over = true;
    pull.request(1);
    loop.settle();
    assertThat(log).containsExactly("u1", "u2", "u3", "ended", "complete");
    pull.request(1);
    pull.drain();
    loop.settle();
    assertThat(log).hasSize(5);
  }

  @Test
  void requestInsideOnNextIsServedWithoutRecursion() {
    onNext = value -> {
      pull.request(1);
      log.add("after " + value);
    };
    pull.start();
    pull.request(1);
    loop.settle();
    assertThat(log).containsExactly("u1", "after u1", "u2", "after u2", "u3", "after u3");
  }

  @Test
  void failsWithTheErrorOfTheSource() {
    cause = new IllegalStateException("of the source");
    over = true;
    source.clear();
    pull.start();
    loop.settle();
    assertThat(log).containsExactly("ended", "error of the source");
  }

  @Test
  void badRequestFailsTheSubscription() {
    pull.start();
    pull.request(0);
    pull.request(1);
    loop.settle();
    assertThat(log).hasSize(2).startsWith("ended early");
    assertThat(log.get(1)).startsWith("error");
  }

  @Test
  void cancelInsideOnNextEndsTheSubscriptionEarly() {
    onNext = value -> pull.cancel();
    pull.start();
    pull.request(9);
    loop.settle();
    assertThat(log).containsExactly("u1", "ended early");
  }

  @Test
  void aSubscriberThatThrowsCountsAsCancelled() {
    onNext = value -> {
      throw new IllegalStateException("a defect made for this test");
    };
    pull.start();
    pull.request(9);
    loop.settle();
    assertThat(log).containsExactly("u1", "failed", "ended early");
  }

  @Test
  void survivedJvmErrorLosesOneUnitButNoDemand() {
    onNext = value -> {
      if (value.equals("u1")) {
        throw new OutOfMemoryError("made for this test");
      }
    };
    pull.start();
    pull.request(1);
    loop.settle();
    assertThat(log).containsExactly("u1", "lost 1", "u2");
  }

  @Test
  void refusedSubscriberReceivesOneError() {
    pull.refused();
    pull.start();
    pull.request(1);
    loop.settle();
    assertThat(log).containsExactly("error refused");
  }

  private final class Pull extends PullSubscription<Integer, String> {

    Pull() {
      super(turn, new CoreSubscriber<>() {
        @Override
        public void onSubscribe(Subscription subscription) {
          throw new AssertionError("the test has the subscription");
        }

        @Override
        public void onNext(String value) {
          log.add(value);
          onNext.accept(value);
        }

        @Override
        public void onError(Throwable e) {
          log.add("error " + e.getMessage());
        }

        @Override
        public void onComplete() {
          log.add("complete");
        }
      });
    }

    void start() {
      turn.execute(() -> {
        begin();
        drain();
      });
    }

    void refused() {
      refuse(new IllegalStateException("refused"));
    }

    @Override
    protected @Nullable Integer poll() {
      return source.poll();
    }

    @Override
    protected String emission(Integer unit) {
      return "u" + unit;
    }

    @Override
    protected boolean isOver() { return over && source.isEmpty(); }

    @Override
    protected @Nullable Throwable cause() {
      return cause;
    }

    @Override
    protected boolean survives(Integer unit, Throwable fatal) {
      log.add("lost " + unit);
      return true;
    }

    @Override
    protected void failed(Throwable e) {
      log.add("failed");
    }

    @Override
    protected void ended(boolean early) {
      log.add(early ? "ended early" : "ended");
    }
  }
}
