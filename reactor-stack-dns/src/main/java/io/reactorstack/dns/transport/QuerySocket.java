package io.reactorstack.dns.transport;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.FluxSink;

/**
 * A connected UDP socket with a random port, which carries one query at a time. Order of use: {@link #open}, then
 * {@link #ask} once the socket is free, until {@link #close}. Used on the event loop only.
 */
final class QuerySocket extends ChannelInboundHandlerAdapter {

  /** The largest datagram that is received whole, in octets; a stub resolver announces less (RFC 6891 section 6.2.5). */
  static final int MAX_DATAGRAM = 4 * 1024;

  /** The lowest port that is drawn (RFC 5452 section 9.2: all ports from 1024 on). */
  static final int LEAST_PORT = 1024;

  /** Ports are drawn so many times before the kernel chooses one: drawing fails where nearly all ports are taken. */
  private static final int DRAWS = 8;

  private final DatagramChannel channel;
  private final Endpoint server;
  private final InetSocketAddress peer;
  private final long opened;
  /** Notified when the socket is free for another query, and when it has closed. */
  private final Consumer<QuerySocket> released;
  private int uses;
  /** True while the first datagram for the present query is being emitted. */
  private boolean answering;
  private int received;
  private boolean spoilt;
  private @Nullable FluxSink<byte[]> asker;

  private QuerySocket(DatagramChannel channel, Endpoint server, long opened, Consumer<QuerySocket> released) {
    this.channel = channel;
    this.server = server;
    this.peer = server.toInetSocketAddress();
    this.opened = opened;
    this.released = released;
  }

  /**
   * Opens a socket that is connected to {@code server}.
   *
   * @param channel a new channel
   * @param random draws the port
   * @param released called when a query has ended, and when the socket closes without a query
   * @throws IOException if the system refuses the socket, or has no route to the server
   */
  static QuerySocket open(DatagramChannel channel, EventLoop loop, Endpoint server, RandomGenerator random,
      Consumer<QuerySocket> released) throws IOException {
    QuerySocket socket = new QuerySocket(channel, server, loop.ticker().nanoTime(), released);
    channel.config().setOption(ChannelOption.RECVBUF_ALLOCATOR,
        new FixedRecvByteBufAllocator(MAX_DATAGRAM).maxMessagesPerRead(1));
    ChannelFuture registered = loop.register(channel);
    if (!registered.isSuccess()) {
      channel.unsafe().closeForcibly();
      throw failure(registered);
    }
    try {
      socket.bind(random);
      // Now the kernel drops datagrams from elsewhere, and reports ICMP errors.
      check(channel.connect(socket.peer));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.pipeline().addLast(socket);
    return socket;
  }

  private void bind(RandomGenerator random) throws IOException {
    IpAddress any = server.address().isV4() ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED;
    for (int draw = 0; draw < DRAWS; draw++) {
      // A port may be taken, or reserved for others by the administrator.
      if (channel.bind(new Endpoint(any, random.nextInt(LEAST_PORT, 1 << 16)).toInetSocketAddress()).isSuccess()) {
        return;
      }
    }
    check(channel.bind(new Endpoint(any, 0).toInetSocketAddress()));
  }

  /** Throws the error of an operation; all operations of a datagram channel end inside the call on its loop. */
  private static void check(ChannelFuture ended) throws IOException {
    if (!ended.isSuccess()) {
      throw failure(ended);
    }
  }

  private static IOException failure(ChannelFuture ended) {
    return ended.cause() instanceof IOException e ? e : new IOException("a UDP socket cannot be opened", ended.cause());
  }

  Endpoint server() {
    return server;
  }

  /** The number of queries sent. */
  int uses() {
    return uses;
  }

  /** The time at which the socket was opened, in nanoseconds of the loop's clock. */
  long opened() {
    return opened;
  }

  /** Whether only answers that ended their query have been received, and the socket is open. */
  boolean isClean() {
    return !spoilt && channel.isActive();
  }

  void close() {
    spoilt = true;
    channel.close();
  }

  /** Sends {@code query} and emits what comes back, until the subscriber cancels or the socket fails. */
  void ask(byte[] query, FluxSink<byte[]> sink) {
    uses++;
    received = 0;
    asker = sink;
    sink.onDispose(this::end);
    // A failure reaches exceptionCaught.
    channel.writeAndFlush(channel.alloc().directBuffer(query.length).writeBytes(query), channel.voidPromise());
  }

  /**
   * Ends the present query. If the subscriber left while it was given the first datagram, that was the answer. In all
   * other cases an answer may still arrive, or forged ones have arrived already.
   */
  private void end() {
    asker = null;
    spoilt |= !answering;
    released.accept(this);
  }

  private void fail(Throwable cause) {
    spoilt = true;
    FluxSink<byte[]> sink = asker;
    if (sink != null) {
      sink.error(cause);
    } else {
      released.accept(this);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      if (message instanceof DatagramPacket datagram && isFromServer(datagram)) {
        take(ByteBufUtil.getBytes(datagram.content()));
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /** A datagram from elsewhere may have arrived between the calls that bound and that connected the socket. */
  private boolean isFromServer(DatagramPacket datagram) {
    InetSocketAddress sender = datagram.sender();
    return sender.getPort() == peer.getPort() && sender.getAddress().equals(peer.getAddress());
  }

  private void take(byte[] octets) {
    FluxSink<byte[]> sink = asker;
    if (sink == null) {
      fail(new ClosedChannelException()); // nothing is outstanding: a duplicate, or somebody guesses ports
      return;
    }
    answering = ++received == 1;
    sink.next(octets);
    answering = false;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    fail(cause); // PortUnreachableException and other ICMP errors
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    fail(new ClosedChannelException());
  }
}
