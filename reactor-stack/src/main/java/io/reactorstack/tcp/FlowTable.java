package io.reactorstack.tcp;

import io.reactorstack.layer.Drops;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
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

  private static final Logger LOG = Loggers.getLogger(FlowTable.class);

  private final Map<FourTuple, TcpSocket> sockets = new HashMap<>();
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
  TcpSocket get(FourTuple flow) {
    return sockets.get(flow);
  }

  /** Adds a connection whose four-tuple no other has. */
  void add(TcpSocket socket) {
    sockets.put(socket.flow(), socket);
  }

  /** Removes {@code socket}, if it is still the connection of its four-tuple. */
  void remove(TcpSocket socket) {
    sockets.remove(socket.flow(), socket);
  }

  /** The number of connections. */
  int size() {
    return sockets.size();
  }

  /** The four-tuples of the connections. */
  Set<FourTuple> flows() {
    return sockets.keySet();
  }

  /** The connections; not to be used while one may be added or removed. */
  Collection<TcpSocket> sockets() {
    return sockets.values();
  }

  /** Returns a copy of the list of connections. */
  List<TcpSocket> copy() {
    return new ArrayList<>(sockets.values());
  }

  /** Passes {@code segment} to its connection. An exception loses only this segment. */
  private void route(TcpSegment segment) {
    try {
      TcpSocket socket = sockets.get(segment.flow());
      if (socket == null) {
        stray.accept(segment);
      } else {
        socket.arrivals().onNext(segment);
      }
    } catch (Throwable e) {
      LOG.error("a segment could not be processed and is lost", e);
      drops.fault(e);
    }
  }

  private void onEnd(CloseCause why) {
    if (--sources == 0) {
      copy().forEach(socket -> socket.stop(why));
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
