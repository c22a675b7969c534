package io.reactorstack.dns.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.dns.wire.MessageFraming;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.spi.HostLoop;
import io.reactorstack.tcp.Tcp;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpSettings;
import io.reactorstack.udp.UdpSocket;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.FluxSink.OverflowStrategy;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Sends and receives DNS messages over a stack's own sockets. */
public final class StackTransport implements DnsTransport {

  /**
   * A socket for one query and its answer. The receive queue has space for more than one datagram because forged
   * answers may arrive before the real one.
   */
  private static final UdpSettings ONE_QUESTION = new UdpSettings(64 * 1024, 32, 4 * 1024, 1);

  private final HostLoop loop;
  private final Tcp tcp;

  /** Creates the transport of one host, on its loop. */
  public StackTransport(HostLoop loop, Tcp tcp) {
    this.loop = loop;
    this.tcp = tcp;
  }

  @Override
  public Flux<byte[]> overUdp(byte[] query, Endpoint server) {
    return Flux.create(sink -> open(query, server, sink), OverflowStrategy.DROP);
  }

  /**
   * Opens a socket for one query. Its port is drawn at random by the stack from all but the lowest ports (RFC 5452
   * section 9.2), and it is connected, so that only datagrams and ICMP errors from the server reach it.
   */
  private void open(byte[] query, Endpoint server, FluxSink<byte[]> sink) {
    Endpoint any = new Endpoint(server.address().isV4() ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED, 0);
    try {
      UdpSocket socket = loop.bind(any, ONE_QUESTION, changed -> drain(changed, sink));
      sink.onDispose(socket::close);
      socket.connect(server);
      socket.send(Datagram.toPeer(Unpooled.wrappedBuffer(query)));
    } catch (IOException e) {
      sink.error(e);
    } catch (VirtualMachineError e) {
      // Reactor does not turn such an error into a signal, and all subscribers of this question would wait for ever.
      sink.error(new IOException("not enough memory to send a DNS query", e));
    }
  }

  private static void drain(UdpSocket socket, FluxSink<byte[]> sink) {
    for (Datagram datagram = socket.receive(); datagram != null; datagram = socket.receive()) {
      byte[] octets = ByteBufUtil.getBytes(datagram.payload());
      datagram.release();
      sink.next(octets);
    }
    IOException error = socket.isClosed() ? new ClosedChannelException() : socket.takeError();
    if (error != null) {
      sink.error(error);
    }
  }

  @Override
  public Mono<DnsConnection> connect(Endpoint server) {
    return tcp.connect(server.toInetSocketAddress()).map(StackConnection::new);
  }

  /** A connection of the stack. */
  private static final class StackConnection implements DnsConnection {

    private final TcpConnection connection;
    private final Sinks.Many<ByteBuf> queue = Sinks.unsafe().many().unicast().onBackpressureBuffer();

    StackConnection(TcpConnection connection) {
      this.connection = connection;
      // An error of the connection also ends the messages, which report it.
      connection.send(queue.asFlux().doOnDiscard(ByteBuf.class, ByteBuf::release)).then(connection.close())
          .onErrorComplete().subscribe();
    }

    @Override
    public void send(byte[] message) {
      ByteBuf framed = MessageFraming.frame(message);
      if (queue.tryEmitNext(framed).isFailure()) {
        framed.release();
      }
    }

    @Override
    public Flux<byte[]> messages() {
      return MessageFraming.messages(connection.receive()).doOnCancel(this::close);
    }

    @Override
    public void close() {
      queue.tryEmitComplete();
    }
  }
}
