package io.reactorstack.udp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** Opens sockets on the loop and hands them out as streams. */
final class UdpFace implements Udp {

  private final UdpHost host;
  private final LoopTurn turn;

  UdpFace(UdpHost host, LoopTurn turn) {
    this.host = host;
    this.turn = turn;
  }

  @Override
  public Mono<UdpConnection> bind(Endpoint local, UdpSettings settings) {
    return Mono.create(sink -> execute(() -> open(local, null, settings, sink), sink));
  }

  @Override
  public Mono<UdpConnection> connect(InetSocketAddress remote) {
    Endpoint peer = Endpoint.of(remote);
    Endpoint any = new Endpoint(peer.address().isV4() ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED, 0);
    return Mono.create(sink -> execute(() -> open(any, peer, UdpSettings.DEFAULT, sink), sink));
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
      socket = host.bind(local, settings, nobody -> {});
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
    // Cancelled before it was handed over: nobody would close it.
    UdpSocket opened = socket;
    sink.onCancel(() -> turn.offer(opened::close));
    sink.success(stream);
  }
}
