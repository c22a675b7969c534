package io.reactorstack.dns.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.reactorstack.dns.wire.MessageFraming;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/**
 * A TCP connection of the kernel. The handler of its channel, which reads only what is requested. Used on the event loop
 * only.
 */
final class KernelConnection extends ChannelInboundHandlerAdapter implements DnsConnection {

  /** The time that a closed connection has for sending the rest; then it is reset. */
  static final Duration FLUSH_LIMIT = Duration.ofSeconds(5);

  private @Nullable Channel channel;
  private @Nullable FluxSink<ByteBuf> reader;
  /**
   * The octets that were received before anybody reads: epoll channels read the rest when the peer closes, even unrequested. Arrays,
   * since a caller who never reads would leak buffers.
   */
  private final List<byte[]> early = new ArrayList<>();
  private @Nullable Throwable error;
  private boolean closing;

  private Channel channel() {
    return Checks.given("channel", channel);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
  }

  @Override
  public void send(byte[] message) {
    if (!closing) {
      // A failed write ends the connection, and exceptionCaught reports it to the reader.
      channel().writeAndFlush(MessageFraming.frame(message))
          .addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
  }

  @Override
  public Flux<byte[]> messages() {
    Flux<ByteBuf> bytes = Flux.<ByteBuf>push(this::read).doOnDiscard(ByteBuf.class, ByteBuf::release);
    return MessageFraming.messages(bytes);
  }

  private void read(FluxSink<ByteBuf> sink) {
    reader = sink;
    sink.onCancel(this::close);
    sink.onDispose(() -> reader = null);
    early.forEach(octets -> sink.next(Unpooled.wrappedBuffer(octets)));
    early.clear();
    if (channel().isActive()) {
      sink.onRequest(n -> channel().read());
    } else {
      end();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    FluxSink<ByteBuf> sink = reader;
    if (sink != null && message instanceof ByteBuf buffer) {
      sink.next(buffer);
      return;
    }
    if (!closing && message instanceof ByteBuf buffer) {
      early.add(ByteBufUtil.getBytes(buffer));
    }
    ReferenceCountUtil.release(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    FluxSink<ByteBuf> sink = reader;
    if (sink != null && sink.requestedFromDownstream() > 0) {
      context.read();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (error == null) {
      error = cause;
    }
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end();
  }

  private void end() {
    closing = true;
    FluxSink<ByteBuf> sink = reader;
    if (sink != null && error != null) {
      sink.error(error);
    } else if (sink != null) {
      sink.complete();
    }
  }

  @Override
  public void close() {
    if (closing) {
      return;
    }
    closing = true;
    ChannelFuture flushed = channel().writeAndFlush(Unpooled.EMPTY_BUFFER);
    flushed.addListener(ChannelFutureListener.CLOSE);
    if (!flushed.isDone()) {
      Future<?> limit = channel().eventLoop()
          .schedule(() -> channel().close(), FLUSH_LIMIT.toNanos(), TimeUnit.NANOSECONDS);
      channel().closeFuture().addListener(closed -> limit.cancel(false));
    }
  }
}
