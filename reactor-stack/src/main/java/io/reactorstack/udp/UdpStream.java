package io.reactorstack.udp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;

/** The reactive face of a socket. */
final class UdpStream implements UdpConnection, UdpSocket.Watcher {

  /** Datagrams that a sender's publisher is asked for ahead. */
  private static final int AHEAD = 16;

  private final UdpSocket socket;
  private final LoopTurn turn;
  private final InetSocketAddress localAddress;
  private final @Nullable InetSocketAddress remoteAddress;
  private final Set<Sender> senders = new LinkedHashSet<>();
  private final Sinks.Empty<Void> onClose = Sinks.empty();
  private @Nullable Receiver receiver;

  UdpStream(UdpSocket socket, LoopTurn turn) {
    this.socket = socket;
    this.turn = turn;
    this.localAddress = socket.local().toInetSocketAddress();
    Endpoint remote = socket.remote();
    this.remoteAddress = remote == null ? null : remote.toInetSocketAddress();
    socket.watch(this);
  }

  @Override
  public void changed(UdpSocket changed) {
    if (receiver != null) {
      receiver.drain();
    }
    for (Sender sender : List.copyOf(senders)) {
      sender.drain();
    }
    if (changed.isClosed()) {
      onClose.tryEmitEmpty();
    }
  }

  @Override
  public Flux<Datagram> receive() {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Datagram> actual) {
        if (!turn.offer(() -> subscribeOnLoop(actual))) {
          Operators.complete(actual);
        }
      }
    };
  }

  private void subscribeOnLoop(CoreSubscriber<? super Datagram> actual) {
    if (receiver != null) {
      Operators.error(actual, new IllegalStateException("a socket has one receiver at a time"));
      return;
    }
    Receiver next = new Receiver(actual);
    receiver = next;
    actual.onSubscribe(next);
    next.drain();
  }

  @Override
  public Mono<Void> send(Publisher<? extends Datagram> datagrams) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        datagrams.subscribe(new Sender(actual));
      }
    };
  }

  @Override
  public Mono<Void> join(MulticastGroup group) {
    return onLoop(() -> socket.join(group));
  }

  @Override
  public Mono<Void> leave(MulticastGroup group) {
    return onLoop(() -> socket.leave(group));
  }

  @Override
  public Mono<Void> block(MulticastGroup group, IpAddress source) {
    return onLoop(() -> socket.block(group, source));
  }

  @Override
  public Mono<Void> unblock(MulticastGroup group, IpAddress source) {
    return onLoop(() -> socket.unblock(group, source));
  }

  private interface Call {
    void run() throws IOException;
  }

  private Mono<Void> onLoop(Call call) {
    return Mono.create(sink -> turn.execute(() -> {
      try {
        call.run();
      } catch (IOException | RuntimeException e) {
        sink.error(e);
        return;
      }
      sink.success();
    }));
  }

  @Override
  public Mono<Void> close() {
    return Mono.defer(
        () -> {
          turn.offer(socket::close);
          return onClose.asMono();
        });
  }

  @Override
  public Mono<Void> onClose() {
    return onClose.asMono();
  }

  @Override
  public InetSocketAddress localAddress() {
    return localAddress;
  }

  @Override
  public @Nullable InetSocketAddress remoteAddress() {
    return remoteAddress;
  }

  /** The subscriber to what is received; everything but the hop to the loop happens there. */
  private final class Receiver implements Subscription {

    private final CoreSubscriber<? super Datagram> actual;
    private long demand;
    private boolean draining;

    Receiver(CoreSubscriber<? super Datagram> actual) {
      this.actual = actual;
    }

    @Override
    public void request(long n) {
      turn.offer(
          () -> {
            if (n <= 0) {
              fail(new IllegalArgumentException("Reactive Streams 3.9: request(" + n + ")"));
              return;
            }
            demand = Operators.addCap(demand, n);
            drain();
          });
    }

    void drain() {
      if (draining) {
        return;
      }
      draining = true;
      try {
        while (receiver == this && demand > 0) {
          Datagram datagram = socket.receive();
          if (datagram == null) {
            break;
          }
          if (demand != Long.MAX_VALUE) {
            demand--;
          }
          actual.onNext(datagram);
        }
      } finally {
        draining = false;
      }
      if (receiver == this && socket.isClosed()) {
        receiver = null;
        actual.onComplete();
      }
    }

    private void fail(Throwable cause) {
      if (receiver == this) {
        receiver = null;
        actual.onError(cause);
      }
    }

    @Override
    public void cancel() {
      turn.offer(
          () -> {
            if (receiver == this) {
              receiver = null;
            }
          });
    }
  }

  /** The subscriber to what is to be sent. Its publisher may signal anywhere; everything else happens on the loop. */
  private final class Sender implements CoreSubscriber<Datagram>, Subscription {

    private final CoreSubscriber<? super Void> actual;
    private final Deque<Datagram> pending = new ArrayDeque<>(AHEAD);
    private @Nullable Subscription upstream;
    private boolean complete;
    private boolean ended;

    Sender(CoreSubscriber<? super Void> actual) {
      this.actual = actual;
    }

    @Override
    public reactor.util.context.Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      boolean begun = turn.offer(() -> {
        upstream = subscription;
        senders.add(this);
        actual.onSubscribe(this);
        if (!ended) {
          subscription.request(AHEAD);
        }
      });
      if (!begun) {
        subscription.cancel();
        Operators.error(actual, new ClosedChannelException());
      }
    }

    @Override
    public void onNext(Datagram datagram) {
      boolean taken = turn.offer(() -> {
        if (ended) {
          datagram.release();
        } else {
          pending.addLast(datagram);
          drain();
        }
      });
      if (!taken) {
        datagram.release();
      }
    }

    void drain() {
      int taken = 0;
      try {
        if (socket.isClosed()) {
          throw new ClosedChannelException();
        }
        while (!ended && !pending.isEmpty() && hasRoom(pending.getFirst())) {
          taken++;
          socket.send(pending.removeFirst());
        }
      } catch (IOException e) {
        fail(e);
        return;
      }
      if (!ended && complete && pending.isEmpty()) {
        end();
        actual.onComplete();
      } else if (taken > 0 && upstream != null && !ended) {
        upstream.request(taken);
      }
    }

    private boolean hasRoom(Datagram datagram) {
      return socket.hasRoomFor(datagram.payload().readableBytes());
    }

    private void fail(Throwable cause) {
      if (!ended) {
        end();
        if (upstream != null) {
          upstream.cancel();
        }
        actual.onError(cause);
      }
    }

    @Override
    public void onError(Throwable cause) {
      turn.offer(
          () -> {
            if (!ended) {
              end();
              actual.onError(cause);
            }
          });
    }

    @Override
    public void onComplete() {
      turn.offer(
          () -> {
            complete = true;
            if (!ended) {
              drain();
            }
          });
    }

    private void end() {
      ended = true;
      senders.remove(this);
      pending.forEach(Datagram::release);
      pending.clear();
    }

    @Override
    public void request(long n) {
      // A Mono<Void> signals only its end.
    }

    @Override
    public void cancel() {
      turn.offer(
          () -> {
            if (!ended) {
              end();
              if (upstream != null) {
                upstream.cancel();
              }
            }
          });
    }
  }
}
