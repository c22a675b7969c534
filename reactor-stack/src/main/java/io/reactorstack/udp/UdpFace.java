package io.reactorstack.udp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.setting.Checks;
import java.io.IOException;
import java.net.BindException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** The implementation of {@link Udp}: opens sockets on the loop and returns them as streams. */
final class UdpFace implements Udp {

  private final UdpHost udp;
  private final LoopTurn turn;
  private final NameResolver resolver;

  UdpFace(UdpHost udp, LoopTurn turn, NameResolver resolver) {
    this.udp = udp;
    this.turn = turn;
    this.resolver = resolver;
  }

  @Override
  public Mono<UdpConnection> bind(Endpoint local, UdpSettings settings) {
    return Mono.create(sink -> execute(() -> open(local, null, settings, sink), sink));
  }

  @Override
  public Mono<UdpConnection> connect(String host, int port) {
    Checks.range("port", port, 1, 65535, "to send to");
    if (IpAddress.isLiteral(host)) {
      return connect(new Endpoint(IpAddress.parse(host), port), UdpSettings.DEFAULT);
    }
    return resolver.resolve(host).next()
        .flatMap(address -> connect(new Endpoint(address, port), UdpSettings.DEFAULT))
        .doOnDiscard(UdpConnection.class, unwanted -> unwanted.close().subscribe());
  }

  @Override
  public Mono<UdpConnection> connect(Endpoint peer, UdpSettings settings) {
    Endpoint any = new Endpoint(peer.address().isV4() ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED, 0);
    return Mono.create(sink -> execute(() -> open(any, peer, settings, sink), sink));
  }

  private void execute(Runnable action, MonoSink<UdpConnection> sink) {
    if (!turn.offer(action)) {
      sink.error(new BindException(UdpHost.STOPPED));
    }
  }

  private void open(
      Endpoint local, @Nullable Endpoint peer, UdpSettings settings, MonoSink<UdpConnection> sink) {
    UdpSocket socket = null;
    try {
      socket = udp.bind(local, settings, nobody -> {});
      if (peer != null) {
        socket.connect(peer);
      }
    } catch (IOException e) {
      if (socket != null) {
        socket.close();
      }
      sink.error(e);
      return;
    }
    UdpStream stream = new UdpStream(socket, turn);
    // After a cancellation nobody receives the socket, so it must be closed here.
    UdpSocket opened = socket;
    sink.onCancel(() -> turn.offer(opened::close));
    sink.success(stream);
  }
}
