package io.reactorstack.layer;

import io.reactorstack.packet.Pdu;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * A demultiplexer: routes each unit to the one subscriber of its key, without a queue.
 *
 * <p>A unit whose key has no subscriber goes to the {@code nobodyHome} handler, which owns it. Branches may be
 * subscribed and cancelled at any time on the event loop; a cancelled branch is removed, and its key may be used again.
 *
 * @param <K> the key: an EtherType, a protocol number, a four-tuple
 * @param <T> the unit
 */
public final class Demux<K, T extends Pdu> {

  private static final Logger LOG = Loggers.getLogger(Demux.class);

  private final Function<? super T, ? extends K> key;
  private final Consumer<? super T> nobodyHome;
  private final Drops drops;
  private final Map<K, Branch> branches = new HashMap<>();
  private int sources;

  /**
   * Creates a demultiplexer by {@code key} that passes units without a branch to {@code nobodyHome} and counts faults
   * in {@code drops}.
   */
  public Demux(Function<? super T, ? extends K> key, Consumer<? super T> nobodyHome, Drops drops) {
    this.key = key;
    this.nobodyHome = nobodyHome;
    this.drops = drops;
  }

  /**
   * Creates a demultiplexer by {@code key} that drops units without a branch and counts them as
   * {@link StageDrop#NOBODY_HOME}.
   */
  public Demux(Function<? super T, ? extends K> key, Drops drops) {
    this(key, unit -> drops.drop(unit, StageDrop.NOBODY_HOME), drops);
  }

  /**
   * Subscribes to {@code source} with unbounded demand, until the result is disposed of or the source terminates. There
   * may be several sources, one for each interface; the branches terminate when the last source does.
   */
  public Disposable connect(Flux<? extends T> source) {
    return connect(source, cause -> {
      // The branches receive the error if this is the last source.
    });
  }

  /**
   * As {@link #connect(Flux)}, and calls {@code onFailure} with an error of the source before the branches receive it.
   */
  public Disposable connect(Flux<? extends T> source, Consumer<? super Throwable> onFailure) {
    sources++;
    return source.subscribeWith(new Source(onFailure));
  }

  /** The subscription to one source. */
  private final class Source implements CoreSubscriber<T>, Disposable {

    private final Consumer<? super Throwable> onFailure;
    private @Nullable Subscription upstream;
    private boolean over;

    Source(Consumer<? super Throwable> onFailure) {
      this.onFailure = onFailure;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(T unit) {
      if (over) {
        unit.release();
      } else {
        route(unit);
      }
    }

    @Override
    public void onComplete() {
      if (!over) {
        over = true;
        end(CoreSubscriber::onComplete);
      }
    }

    @Override
    public void onError(Throwable cause) {
      if (over) {
        return;
      }
      over = true;
      try {
        onFailure.accept(cause);
      } catch (Throwable e) {
        LOG.error("the handler of a source's failure threw", e);
      }
      end(branch -> branch.onError(cause));
    }

    @Override
    public void dispose() {
      if (!over) {
        over = true;
        sources--;
        Objects.requireNonNull(upstream).cancel();
      }
    }

    @Override
    public boolean isDisposed() { return over; }
  }

  /**
   * Passes {@code unit} to its branch; {@link #connect} does this with each unit of the source. An exception from a
   * branch loses only this unit: the source, which feeds all other branches, continues.
   */
  public void route(T unit) {
    try {
      Branch branch = branches.get(key.apply(unit));
      if (branch == null) {
        nobodyHome.accept(unit);
      } else {
        branch.actual.onNext(unit);
      }
    } catch (Throwable e) {
      LOG.error("a branch threw on a unit; the unit is lost", e);
      drops.fault(e);
    }
  }

  /** Returns whether key {@code k} has a subscriber. */
  public boolean has(K k) {
    return branches.containsKey(k);
  }

  /** The number of subscribed branches. */
  public int size() {
    return branches.size();
  }

  /**
   * Returns the units whose key is {@code k}.
   *
   * <p><b>Backpressure:</b> none; the subscriber must accept every unit immediately. <b>Buffer ownership:</b> units
   * pass to the subscriber. <b>Threading:</b> subscribe and cancel on the event loop. <b>Cancellation:</b> frees the
   * key. A second subscriber to a key receives an {@link IllegalStateException}.
   */
  public Flux<T> branch(K k) {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super T> actual) {
        if (branches.containsKey(k)) {
          Operators.error(actual, new IllegalStateException("branch " + k + " already has a subscriber"));
          return;
        }
        Branch branch = new Branch(k, actual);
        branches.put(k, branch);
        actual.onSubscribe(branch);
      }
    };
  }

  private void end(Consumer<CoreSubscriber<? super T>> signal) {
    if (--sources == 0) {
      Map<K, Branch> ended = new HashMap<>(branches);
      branches.clear();
      ended.values().forEach(branch -> signal.accept(branch.actual));
    }
  }

  private final class Branch implements Subscription {

    private final K k;
    private final CoreSubscriber<? super T> actual;

    Branch(K k, CoreSubscriber<? super T> actual) {
      this.k = Objects.requireNonNull(k);
      this.actual = actual;
    }

    @Override
    public void request(long n) {
      // Received units are pushed without backpressure (see ReceivingStage).
    }

    @Override
    public void cancel() {
      branches.remove(k, this);
    }
  }
}
