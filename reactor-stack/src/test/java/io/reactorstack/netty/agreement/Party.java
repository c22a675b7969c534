package io.reactorstack.netty.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The end of a pipeline: notes what its channel tells, and lets the test wait for it. */
@ChannelHandler.Sharable
final class Party extends ChannelInboundHandlerAdapter {

  private final List<String> events = new ArrayList<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private @Nullable Channel channel;
  private int reads;
  private int readCompletes;
  private int writabilityChanges;

  // What the test asks

  synchronized SocketChannel channel() {
    awaitThat("a channel", () -> channel != null);
    return (SocketChannel) Objects.requireNonNull(channel);
  }

  synchronized @Nullable Channel channelOrNull() {
    return channel;
  }

  synchronized List<String> events() {
    return List.copyOf(events);
  }

  synchronized String text() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  synchronized byte[] received() {
    return bytes.toByteArray();
  }

  synchronized int reads() {
    return reads;
  }

  synchronized int readCompletes() {
    return readCompletes;
  }

  synchronized int writabilityChanges() {
    return writabilityChanges;
  }

  synchronized void awaitBytes(int count) {
    awaitThat(count + " bytes", () -> bytes.size() >= count);
  }

  synchronized void awaitEvent(String event) {
    awaitThat(event, () -> events.stream().anyMatch(e -> e.startsWith(event)));
  }

  synchronized void awaitReads(int count) {
    awaitThat(count + " reads", () -> reads >= count);
  }

  /** Waits until {@code condition}, which is looked at whenever something has happened. */
  synchronized void awaitThat(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(Seen.LIMIT_SECONDS);
    while (!condition.getAsBoolean()) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      assertThat(left).as("%s in time, seen so far: %s and %s bytes", what, events, bytes.size()).isPositive();
      try {
        wait(left);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  // What the channel tells

  private synchronized void event(String event) {
    events.add(event);
    notifyAll();
  }

  @Override
  public synchronized void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
    notifyAll();
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    event("active");
    context.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    event("inactive");
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    try {
      take(message);
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private synchronized void take(Object message) {
    reads++;
    if (message instanceof ByteBuf data) {
      byte[] copy = new byte[data.readableBytes()];
      data.readBytes(copy);
      bytes.writeBytes(copy);
    } else {
      bytes.writeBytes(message.toString().getBytes(StandardCharsets.UTF_8));
    }
    notifyAll();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    synchronized (this) {
      readCompletes++;
      notifyAll();
    }
    context.fireChannelReadComplete();
  }

  @Override
  public synchronized void channelWritabilityChanged(ChannelHandlerContext context) {
    writabilityChanges++;
    notifyAll();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    event(switch (event) {
      case ChannelInputShutdownEvent ignored -> "input shutdown";
      case ChannelInputShutdownReadComplete ignored -> "input shutdown, read complete";
      case ChannelOutputShutdownEvent ignored -> "output shutdown";
      default -> event.toString();
    });
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    event(Seen.describe(cause));
  }
}
