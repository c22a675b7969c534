package io.reactorstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.reactorstack.tcp.TcpSocket;

/**
 * The reading side of a channel: takes from the socket what the pipeline has asked for, and nothing else.
 *
 * <p>Belongs to the event loop, except the question whether input is shut down.
 */
final class SocketReader {

  /** Most bytes of one {@code channelRead}: it is what may go up beyond the demand of a subscriber. */
  private static final int MAX_READ = 1 << 16;

  private final StackSocketChannel channel;
  private final Runnable task = this::runTask;
  private volatile boolean shutdown;
  private boolean shutdownTold;
  private boolean pending;
  private boolean reading;
  private boolean scheduled;

  SocketReader(StackSocketChannel channel) {
    this.channel = channel;
  }

  /** Whether the end of the input was reached, or input was shut down from this side. */
  boolean isShutdown() {
    return shutdown;
  }

  /** The pipeline asks for a read. */
  void request() {
    pending = true;
    schedule();
  }

  /** A read that was asked for and not yet served is not wanted any more. */
  void forget() {
    pending = false;
  }

  /** Nothing will be read any more, by the user's wish. */
  void shutdownInput() {
    shutdown = true;
    schedule();
  }

  /** The socket may have something new. */
  void changed(TcpSocket socket) {
    if (pending && !reading && hasNews(socket)) {
      read(socket);
    }
  }

  private boolean hasNews(TcpSocket socket) {
    return shutdown ? !shutdownTold : socket.readableBytes() > 0 || socket.isInputFinished();
  }

  /** The socket tells of news only: what is there already when a read is asked for, is read in a task. */
  private void schedule() {
    TcpSocket socket = channel.socket();
    if (pending && !reading && !scheduled && socket != null && hasNews(socket)) {
      scheduled = true;
      channel.eventLoop().execute(task);
    }
  }

  private void runTask() {
    scheduled = false;
    TcpSocket socket = channel.socket();
    if (socket != null && channel.isActive()) {
      channel.changed(socket);
    }
  }

  private void read(TcpSocket socket) {
    if (!shutdown && socket.readableBytes() > 0) {
      readMessages(socket);
    } else {
      readEnd();
    }
    schedule();
  }

  private void readMessages(TcpSocket socket) {
    ExtendedHandle handle = (ExtendedHandle) channel.unsafe().recvBufAllocHandle();
    handle.reset(channel.config());
    reading = true;
    try {
      // A read shorter than asked for does not mean that the buffer is empty: ask the buffer.
      do {
        int length = Math.min(handle.guess(), MAX_READ);
        ByteBuf data = socket.read(length);
        if (data == null) {
          break;
        }
        handle.attemptedBytesRead(length);
        handle.lastBytesRead(data.readableBytes());
        handle.incMessagesRead(1);
        pending = false;
        channel.pipeline().fireChannelRead(data);
      } while (channel.isActive() && !shutdown && handle.continueReading(() -> socket.readableBytes() > 0));
    } finally {
      reading = false;
    }
    handle.readComplete();
    channel.pipeline().fireChannelReadComplete();
  }

  /** The peer's FIN was reached: the whole channel closes, or half of it. */
  private void readEnd() {
    pending = false;
    if (!channel.config().isAllowHalfClosure()) {
      if (!shutdown) {
        channel.unsafe().close(channel.unsafe().voidPromise());
      }
    } else if (!shutdown) {
      shutdown = true;
      channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      pending |= channel.isOpen() && channel.config().isAutoRead();
    } else if (!shutdownTold) {
      shutdownTold = true;
      channel.pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
    }
  }
}
