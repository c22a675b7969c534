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
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The last handler of a pipeline: records the events of its channel, and lets the test wait for them. */
@ChannelHandler.Sharable
final class Party extends ChannelInboundHandlerAdapter {

  private final Net net;
  private final Watch watch = new Watch();
  private final List<String> events = new ArrayList<>();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private @Nullable Channel channel;
  private int reads;
  private int readCompletes;
  private int writabilityChanges;
  private boolean unregistered;

  Party(Net net) {
    this.net = net;
  }

  // Queries of the test

  SocketChannel channel() {
    awaitThat("a channel", () -> channel != null);
    return (SocketChannel) Objects.requireNonNull(channelOrNull());
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

  void awaitBytes(int count) {
    awaitThat(count + " bytes", () -> bytes.size() >= count);
  }

  void awaitEvent(String event) {
    awaitThat(event, () -> events.stream().anyMatch(e -> e.startsWith(event)));
  }

  /** Netty deregisters a closed channel after it has completed the close promise, so wait for that separately. */
  void awaitUnregistered() {
    awaitThat("unregistered", () -> unregistered);
  }

  void awaitReads(int count) {
    awaitThat(count + " reads", () -> reads >= count);
  }

  /** Runs until {@code condition} holds; it is checked after each event. */
  void awaitThat(String what, BooleanSupplier condition) {
    CompletableFuture<Void> met;
    synchronized (this) {
      met = watch.until(condition);
    }
    assertThat(net.until(met, Net.LIMIT))
        .as("%s in time, seen so far: %s and %s bytes", what, events(), text().length())
        .isTrue();
  }

  // Events of the channel

  private synchronized void event(String event) {
    events.add(event);
    watch.look();
  }

  @Override
  public synchronized void handlerAdded(ChannelHandlerContext context) {
    channel = context.channel();
    watch.look();
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
  public synchronized void channelUnregistered(ChannelHandlerContext context) {
    unregistered = true;
    watch.look();
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
    watch.look();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    synchronized (this) {
      readCompletes++;
      watch.look();
    }
    context.fireChannelReadComplete();
  }

  @Override
  public synchronized void channelWritabilityChanged(ChannelHandlerContext context) {
    writabilityChanges++;
    watch.look();
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
