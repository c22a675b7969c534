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
 * Routes the units of one source to one subscriber a key, without a queue.
 *
 * <p>A unit whose key has no subscriber goes to the {@code nobodyHome} handler, which owns it. Branches may be subscribed
 * and cancelled at any time on the event loop; a cancelled branch is forgotten and its key may be used again.
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

  /** A demultiplexer by {@code key} whose orphans are handed to {@code nobodyHome}; faults are counted in {@code drops}. */
  public Demux(Function<? super T, ? extends K> key, Consumer<? super T> nobodyHome, Drops drops) {
    this.key = key;
    this.nobodyHome = nobodyHome;
    this.drops = drops;
  }

  /** A demultiplexer by {@code key} that drops and counts orphans. */
  public Demux(Function<? super T, ? extends K> key, Drops drops) {
    this(key, unit -> drops.drop(unit, StageDrop.NOBODY_HOME), drops);
  }

  /**
   * Subscribes to {@code source}, with unbounded demand, until the result is disposed of or the source ends. There may be
   * several sources, one an interface; the branches end with the last of them.
   */
  public Disposable connect(Flux<? extends T> source) {
    return connect(source, cause -> {
      // The branches hear of it, if it is the last source.
    });
  }

  /** As {@link #connect(Flux)}, and tells {@code onFailure} of an error of the source before the branches hear of it. */
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
        LOG.error("the failure of a source could not be handled", e);
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
   * Hands {@code unit} to its branch: what {@link #connect} does with each unit of the source. Whatever a branch throws
   * costs this unit and not the source, on which all other branches live.
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
      LOG.error("a branch failed on a unit", e);
      drops.fault(e);
    }
  }

  /** Whether somebody subscribes to {@code k}. */
  public boolean has(K k) {
    return branches.containsKey(k);
  }

  /** Number of subscribed branches. */
  public int size() {
    return branches.size();
  }

  /**
   * The units whose key is {@code k}.
   *
   * <p><b>Backpressure:</b> none; the subscriber takes each unit at once. <b>Buffer ownership:</b> units pass to the
   * subscriber. <b>Threading:</b> subscribe and cancel on the event loop. <b>Cancellation:</b> frees the key. A second
   * subscriber to a key gets an {@link IllegalStateException}.
   */
  public Flux<T> branch(K k) {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super T> actual) {
        if (branches.containsKey(k)) {
          Operators.error(actual, new IllegalStateException("branch " + k + " has a subscriber"));
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
      // Inbound demand between floors is unbounded (see Layer).
    }

    @Override
    public void cancel() {
      branches.remove(k, this);
    }
  }
}
