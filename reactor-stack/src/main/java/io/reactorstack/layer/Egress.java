package io.reactorstack.layer;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The pulled, fair transmit source at the top of the way down through one interface: nothing above it queues packets.
 *
 * <p>Each sender opens an {@link Outlet} on a {@link Way} and marks it ready when it has something to send. When the device has
 * credit, at the end of a loop turn, the ready outlets are polled round robin, one unit each, until the credit or the units are
 * exhausted. A unit is therefore built at the moment in which the device can take it. An outlet whose way leads through another
 * egress than before moves there, also if the device of the old one takes nothing any more.
 *
 * <p>Confined to one event loop.
 *
 * @param <T> the unit: a packet
 */
public final class Egress<T> implements Way<T> {

  private static final Logger LOG = Loggers.getLogger(Egress.class);

  /** Failures for want of memory in a row after which a source is left until it is marked ready again. */
  private static final int FAILURES = 8;

  /** Something that may have units to send. */
  @FunctionalInterface
  public interface Source<T> {

    /** Builds the next unit, or returns {@code null} if there is none until the outlet is marked ready again. */
    @Nullable
    T poll();
  }

  /** The ready outlets, first to last, linked in themselves: one that is closed leaves at once, whatever the device does. */
  private @Nullable Outlet<T> first;
  private @Nullable Outlet<T> last;
  private final LoopTurn turn;
  private @Nullable Pull pull;

  /** An egress that is drained at the end of each of {@code turn}'s turns. */
  public Egress(LoopTurn turn) {
    this.turn = turn;
    turn.atEnd(this::drain);
  }

  /** Opens an outlet for {@code source} that stays with this egress. */
  public Outlet<T> open(Source<? extends T> source) {
    return new Outlet<>(this, source);
  }

  /** Opens an outlet for {@code source} that follows {@code way}. */
  public static <T> Outlet<T> open(Way<T> way, Source<? extends T> source) {
    return new Outlet<>(way, source);
  }

  /** This egress: the way of a sender that is bound to one interface. */
  @Override
  public Egress<T> egress() {
    return this;
  }

  /** Whether any outlet waits for credit. */
  public boolean isBlocked() { return first != null; }

  /**
   * The packets to send.
   *
   * <p><b>Backpressure:</b> {@code request(n)} polls at most n units. <b>Buffer ownership:</b> units pass to the
   * subscriber. <b>Threading:</b> the event loop. <b>Cancellation:</b> stops polling; sources keep their state, and a
   * new subscriber (one at a time) goes on with them.
   */
  public Flux<T> flux() {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super T> actual) {
        if (pull != null) {
          Operators.error(actual, new IllegalStateException("an egress has one subscriber"));
          return;
        }
        Pull next = new Pull(actual);
        pull = next;
        actual.onSubscribe(next);
      }
    };
  }

  private void append(Outlet<T> outlet) {
    Outlet<T> before = last;
    outlet.previous = before;
    last = outlet;
    if (before == null) {
      first = outlet;
    } else {
      before.next = outlet;
    }
  }

  private void remove(Outlet<T> outlet) {
    Outlet<T> before = outlet.previous;
    Outlet<T> after = outlet.next;
    outlet.previous = null;
    outlet.next = null;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.previous = before;
    }
  }

  private void drain() {
    if (pull != null) {
      pull.drain();
    }
  }

  /** One sender's place among those that send. */
  public static final class Outlet<T> {

    private final Way<T> way;
    private final Source<? extends T> source;
    private @Nullable Outlet<T> previous;
    private @Nullable Outlet<T> next;
    /** The egress in whose line this outlet stands. */
    private @Nullable Egress<T> queuedAt;
    private boolean closed;
    private int failures;

    private Outlet(Way<T> way, Source<? extends T> source) {
      this.way = way;
      this.source = source;
    }

    /** Says that the source has something to send, or that the way may have changed; saying it twice has no effect. */
    public void ready() {
      if (closed) {
        return;
      }
      Egress<T> egress = way.egress();
      if (queuedAt != egress) {
        leave();
        queuedAt = egress;
        egress.append(this);
        egress.turn.schedule();
      }
    }

    /** Stands in the line of the egress that the way leads through now, if it stands in one. */
    public void follow() {
      if (queuedAt != null) {
        ready();
      }
    }

    /** Closes the outlet: the source is not polled again. */
    public void close() {
      closed = true;
      leave();
    }

    private void leave() {
      Egress<T> left = queuedAt;
      if (left != null) {
        queuedAt = null;
        left.remove(this);
      }
    }

    /**
     * The next unit. A source that finds no memory has lost one; many have others to send, so that it is asked again, and one
     * that only fails is left alone until it says that there is something new. One that fails otherwise is closed, since its
     * state can no longer be trusted.
     */
    private @Nullable T poll() {
      Egress<T> polled = queuedAt;
      leave();
      if (way.egress() != polled) {
        ready();
        return null;
      }
      try {
        T unit = source.poll();
        failures = 0;
        if (unit != null) {
          ready();
        }
        return unit;
      } catch (Throwable e) {
        onFailure(e);
        return null;
      }
    }

    private void onFailure(Throwable e) {
      if (!Exceptions.isJvmFatal(e)) {
        LOG.error("a source failed and is closed", e);
        closed = true;
        return;
      }
      LOG.error("a source failed on a unit, which is lost", e);
      if (++failures < FAILURES) {
        ready();
      } else {
        failures = 0;
      }
    }
  }

  private final class Pull implements Subscription {

    private final CoreSubscriber<? super T> actual;
    private long credit;
    private boolean draining;

    Pull(CoreSubscriber<? super T> actual) {
      this.actual = actual;
    }

    @Override
    public void request(long n) {
      credit = Operators.addCap(credit, n);
      if (first != null) {
        turn.schedule();
      }
    }

    /** Not re-entrant: credit that comes back within {@code onNext} is used by the running loop. */
    void drain() {
      if (draining) {
        return;
      }
      draining = true;
      try {
        while (credit > 0 && pull == this) {
          Outlet<T> outlet = first;
          if (outlet == null) {
            return;
          }
          T unit = outlet.poll();
          if (unit != null) {
            if (credit != Long.MAX_VALUE) {
              credit--;
            }
            actual.onNext(unit);
          }
        }
      } finally {
        draining = false;
      }
    }

    @Override
    public void cancel() {
      if (pull == this) {
        pull = null;
      }
    }
  }
}
