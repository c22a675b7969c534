package io.reactorstack.udp;

import io.reactorstack.icmp.IcmpError;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.setting.Checks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The reactive API of a {@link UdpSocket}: the implementation of {@link UdpConnection}. */
final class UdpStream implements UdpConnection, UdpSocket.Watcher {

  private static final Logger LOG = Loggers.getLogger(UdpStream.class);

  private final UdpSocket socket;
  private final LoopTurn turn;
  private final InetSocketAddress localAddress;
  private final @Nullable InetSocketAddress remoteAddress;
  private final Set<UdpSend> sends = new LinkedHashSet<>();
  private final Sinks.Empty<Void> onClose = Sinks.empty();
  private @Nullable UdpReceive receiver;

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
    for (UdpSend send : List.copyOf(sends)) {
      try {
        send.drain();
      } catch (Throwable e) {
        // A subscriber may throw from its terminal signal; that must not affect the other sends.
        LOG.error("the subscriber of a send of {} threw", localAddress, e);
      }
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
        UdpReceive receive = new UdpReceive(UdpStream.this, socket, turn, actual);
        actual.onSubscribe(receive);
        if (!turn.offer(() -> start(receive))) {
          actual.onComplete();
        }
      }
    };
  }

  private void start(UdpReceive receive) {
    if (receiver != null) {
      receive.refuse();
    } else {
      receiver = receive;
      receive.start();
    }
  }

  /** Called on the loop when {@code receive} is over. */
  void over(UdpReceive receive) {
    if (receiver == receive) {
      receiver = null;
    }
  }

  @Override
  public Mono<Void> send(Publisher<? extends Datagram> datagrams) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        UdpSend send = new UdpSend(UdpStream.this, socket, turn, datagrams, actual);
        actual.onSubscribe(send);
        if (!turn.offer(() -> start(send))) {
          send.refuse(new ClosedChannelException());
        }
      }
    };
  }

  private void start(UdpSend send) {
    sends.add(send);
    send.start();
  }

  /** Called on the loop when {@code send} is over. */
  void over(UdpSend send) {
    sends.remove(send);
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

  @Override
  public Flux<PathMtu> discoverPathMtu(PathMtuProber prober, PathMtuSettings settings) {
    Checks.given("prober", prober);
    Checks.given("settings", settings);
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super PathMtu> actual) {
        PathMtuReports reports = new PathMtuReports(turn, actual);
        actual.onSubscribe(reports);
        if (!turn.offer(() -> discover(prober, settings, reports))) {
          reports.reject(new ClosedChannelException());
        }
      }
    };
  }

  private void discover(PathMtuProber prober, PathMtuSettings settings, PathMtuReports reports) {
    try {
      socket.discover(settings, prober, reports);
    } catch (IOException | IllegalStateException e) {
      reports.reject(e);
    }
  }

  @Override
  public Mono<Integer> maximumPayload() {
    return Mono.create(sink -> {
      if (!turn.offer(() -> answer(sink))) {
        sink.error(new ClosedChannelException());
      }
    });
  }

  private void answer(MonoSink<Integer> sink) {
    Endpoint peer = socket.remote();
    int octets = peer == null || socket.isClosed() ? -1 : socket.maximumPayload(peer.address());
    if (octets >= 0) {
      sink.success(octets);
    } else if (socket.isClosed()) {
      sink.error(new ClosedChannelException());
    } else {
      sink.error(peer == null
          ? new IllegalStateException("the socket is not connected")
          : new NoRouteToHostException("No route to host: " + peer.address()));
    }
  }

  private interface Call {
    void run() throws IOException;
  }

  private Mono<Void> onLoop(Call call) {
    return Mono.create(sink -> {
      if (!turn.offer(() -> run(call, sink))) {
        sink.error(new ClosedChannelException());
      }
    });
  }

  private static void run(Call call, MonoSink<Void> sink) {
    try {
      call.run();
    } catch (IOException | RuntimeException e) {
      sink.error(e);
      return;
    }
    sink.success();
  }

  @Override
  public Flux<IcmpError> icmpErrors() {
    return socket.icmpErrors();
  }

  @Override
  public Mono<Void> close() {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        // Subscribe on the loop, so that a caller on another thread is signalled there even if the socket closes before
        // this returns.
        boolean onLoop = turn.offer(() -> {
          socket.close();
          onClose.asMono().subscribe(actual);
        });
        if (!onLoop) {
          onClose.asMono().subscribe(actual);
        }
      }
    };
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
}
