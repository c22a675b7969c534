package io.reactorstack.tcp;

import io.reactorstack.layer.Drops;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The connections of a stage by their four-tuple. It hands each received segment to its connection, and a segment without
 * one to the stage. Confined to the stage's event loop.
 */
final class FlowTable {

  /** The order of lists for people: by ports and addresses. */
  static final Comparator<FlowEntry> ORDER = Comparator.comparingInt((FlowEntry entry) -> entry.flow().localPort())
      .thenComparing(entry -> entry.flow().remote().toString()).thenComparing(entry -> entry.flow().local().toString());

  private static final Logger LOG = Loggers.getLogger(FlowTable.class);

  private final Map<FourTuple, FlowEntry> entries = new HashMap<>();
  private final Consumer<? super TcpSegment> stray;
  private final Drops drops;
  private int sources;

  /** Creates a table without connections; {@code stray} takes over each segment that belongs to none. */
  FlowTable(Consumer<? super TcpSegment> stray, Drops drops) {
    this.stray = stray;
    this.drops = drops;
  }

  /**
   * Subscribes to {@code segments} with unbounded demand, until the result is disposed of or they end. There may be
   * several sources; when the last one ends, every connection is stopped.
   */
  Disposable connect(Flux<TcpSegment> segments) {
    sources++;
    return segments.subscribeWith(new Source());
  }

  /** The connection with this four-tuple; {@code null} if there is none. */
  @Nullable
  FlowEntry get(FourTuple flow) {
    return entries.get(flow);
  }

  /** Adds a connection, which takes the place of another one with its four-tuple. */
  void put(FlowEntry entry) {
    entries.put(entry.flow(), entry);
  }

  /** Removes {@code entry}, if it is still the connection of its four-tuple. */
  void remove(FlowEntry entry) {
    entries.remove(entry.flow(), entry);
  }

  /** The number of connections. */
  int size() {
    return entries.size();
  }

  /** The four-tuples of the connections. */
  Set<FourTuple> flows() {
    return entries.keySet();
  }

  /** Returns a list of the connections, without the records of those in TIME-WAIT. */
  List<TcpSocket> sockets() {
    return of(TcpSocket.class);
  }

  /** Returns a list of the records of connections in TIME-WAIT. */
  List<TimeWaitRecord> records() {
    return of(TimeWaitRecord.class);
  }

  private <E extends FlowEntry> List<E> of(Class<E> kind) {
    return entries.values().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** Passes {@code segment} to its connection. An exception loses only this segment. */
  private void route(TcpSegment segment) {
    try {
      FlowEntry entry = entries.get(segment.flow());
      if (entry == null) {
        stray.accept(segment);
      } else {
        entry.onArrival(segment);
      }
    } catch (Throwable e) {
      LOG.error("a segment could not be processed and is lost", e);
      drops.fault(e);
    }
  }

  /** Ends every connection because of {@code why}. */
  void stop(CloseCause why) {
    sockets().forEach(socket -> socket.stop(why));
    records().forEach(TimeWaitRecord::cutOff);
  }

  /** Ends TIME-WAIT of the records whose four-tuple {@code which} accepts. */
  void endTimeWaits(Predicate<FourTuple> which) {
    records().stream().filter(each -> which.test(each.flow())).forEach(TimeWaitRecord::cutOff);
  }

  private void onEnd(CloseCause why) {
    if (--sources == 0) {
      stop(why);
    }
  }

  /** The subscription to one source of segments. */
  private final class Source implements CoreSubscriber<TcpSegment>, Disposable {

    private @Nullable Subscription upstream;
    private boolean over;

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(TcpSegment segment) {
      if (over) {
        segment.release();
      } else {
        route(segment);
      }
    }

    @Override
    public void onComplete() {
      end(CloseCause.STACK_STOPPED);
    }

    @Override
    public void onError(Throwable cause) {
      end(CloseCause.DEVICE_FAILED);
    }

    private void end(CloseCause why) {
      if (!over) {
        over = true;
        onEnd(why);
      }
    }

    @Override
    public void dispose() {
      Subscription segments = upstream;
      if (!over) {
        over = true;
        sources--;
        if (segments != null) {
          segments.cancel();
        }
      }
    }

    @Override
    public boolean isDisposed() { return over; }
  }
}
