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
 * The transmit source of one interface: the device's demand pulls packets from the senders in turn, without a queue.
 *
 * <p>Each sender opens an {@link Outlet} on an {@link EgressRef} and marks it ready when it has something to send. At the end
 * of a loop turn, as long as the device has credit, the ready outlets are polled in rotation, one unit each, so that a
 * packet is built only when the device can take it. An outlet whose reference has changed to another egress moves to that
 * egress, even if the device of the old one takes nothing any more.
 *
 * <p>Confined to one event loop.
 *
 * @param <T> the unit: a packet
 */
public final class Egress<T> implements EgressRef<T> {

  private static final Logger LOG = Loggers.getLogger(Egress.class);

  /**
   * The number of consecutive out-of-memory failures after which a source is not polled until it is marked ready again.
   */
  private static final int FAILURES = 8;

  /** A sender's supply of units. */
  @FunctionalInterface
  public interface Source<T> {

    /** Builds the next unit, or returns {@code null} if there is none until the outlet is marked ready again. */
    @Nullable
    T poll();

    /** Returns whether the source may have more units; it is asked after {@link #poll} has returned one. */
    default boolean mayHaveMore() {
      return true;
    }
  }

  /**
   * The ready outlets, a doubly linked list: a closed outlet is removed in constant time, even if the device takes
   * nothing.
   */
  private @Nullable Outlet<T> first;
  private @Nullable Outlet<T> last;
  private final LoopTurn turn;
  private @Nullable Pull pull;

  /** Creates an egress that sends at the end of each turn of {@code turn}. */
  public Egress(LoopTurn turn) {
    this.turn = turn;
    turn.atEnd(this::drain);
  }

  /** Opens an outlet for {@code source} that always sends through this egress. */
  public Outlet<T> open(Source<? extends T> source) {
    return new Outlet<>(this, source);
  }

  /** Opens an outlet for {@code source} that sends through the current egress of {@code ref}. */
  public static <T> Outlet<T> open(EgressRef<T> ref, Source<? extends T> source) {
    return new Outlet<>(ref, source);
  }

  /** Returns this egress: it is the reference of a sender that is bound to one interface. */
  @Override
  public Egress<T> egress() {
    return this;
  }

  /** Returns whether any outlet waits for the device's credit. */
  public boolean isBlocked() { return first != null; }

  /**
   * Returns the packets to send.
   *
   * <p><b>Backpressure:</b> {@code request(n)} polls at most n units. <b>Buffer ownership:</b> units pass to the
   * subscriber. <b>Threading:</b> the event loop. <b>Cancellation:</b> stops polling; sources keep their state, and a
   * new subscriber (one at a time) continues with them.
   */
  public Flux<T> flux() {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super T> actual) {
        if (pull != null) {
          Operators.error(actual, new IllegalStateException("the egress already has a subscriber"));
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

  /** The registration of one sender at an egress. */
  public static final class Outlet<T> {

    private final EgressRef<T> ref;
    private final Source<? extends T> source;
    private @Nullable Outlet<T> previous;
    private @Nullable Outlet<T> next;
    /** The egress whose list of ready outlets contains this one; {@code null} if none does. */
    private @Nullable Egress<T> queuedAt;
    private boolean closed;
    private int failures;

    private Outlet(EgressRef<T> ref, Source<? extends T> source) {
      this.ref = ref;
      this.source = source;
    }

    /**
     * Marks the source as having something to send, or the reference as changed; has no effect if the outlet is ready and its
     * egress unchanged.
     */
    public void ready() {
      if (closed) {
        return;
      }
      Egress<T> egress = ref.egress();
      if (queuedAt != egress) {
        leave();
        queuedAt = egress;
        egress.append(this);
        egress.turn.schedule();
      }
    }

    /** Moves a ready outlet to the current egress of its reference; does nothing if the outlet is not ready. */
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
     * Polls the source for its next unit. If the source runs out of memory, it has lost one unit but may have others,
     * so it stays ready; after {@link #FAILURES} failures in a row it is not polled until it is marked ready again.
     * After any other exception the outlet is closed, because the source's state can no longer be trusted.
     */
    private @Nullable T poll() {
      Egress<T> polled = queuedAt;
      leave();
      if (ref.egress() != polled) {
        ready();
        return null;
      }
      try {
        T unit = source.poll();
        failures = 0;
        if (unit != null && source.mayHaveMore()) {
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
        LOG.error("a source threw; its outlet is closed", e);
        closed = true;
        return;
      }
      LOG.error("a source threw a fatal JVM error; its unit is lost", e);
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
      if (!Operators.validate(n)) {
        return;
      }
      credit = Operators.addCap(credit, n);
      // While units are sent, the loop of drain uses the credit.
      if (first != null && !draining) {
        turn.schedule();
      }
    }

    /**
     * Sends until credit or units run out. Not re-entrant: the running loop uses credit that arrives during
     * {@code onNext}.
     */
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
            turn.refreshTime();
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
