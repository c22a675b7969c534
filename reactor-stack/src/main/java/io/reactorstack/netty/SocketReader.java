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
  private final ReadDemand demand;
  private volatile boolean shutdown;
  private boolean shutdownTold;

  SocketReader(StackSocketChannel channel) {
    this.channel = channel;
    this.demand = new ReadDemand(channel, this::hasNews, this::look);
  }

  /** Whether the end of the input was reached, or input was shut down from this side. */
  boolean isShutdown() {
    return shutdown;
  }

  /** The pipeline asks for a read. */
  void request() {
    demand.request();
  }

  /** A read that was asked for and not yet served is not wanted any more. */
  void forget() {
    demand.clear();
  }

  /** Whether there is data, or the peer's FIN, that the pipeline has not asked for yet. */
  boolean isDue(TcpSocket socket) {
    return !shutdown && hasNews(socket);
  }

  /** Nothing will be read any more, by the user's wish. */
  void shutdownInput() {
    shutdown = true;
    demand.schedule();
  }

  /** The socket may have something new. */
  void changed(TcpSocket socket) {
    if (demand.isOpen() && hasNews(socket)) {
      read(socket);
    }
  }

  private boolean hasNews() {
    TcpSocket socket = channel.socket();
    return socket != null && hasNews(socket);
  }

  private boolean hasNews(TcpSocket socket) {
    return shutdown ? !shutdownTold : socket.readableBytes() > 0 || socket.isInputFinished();
  }

  private void look() {
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
    demand.schedule();
  }

  private void readMessages(TcpSocket socket) {
    ExtendedHandle handle = (ExtendedHandle) channel.unsafe().recvBufAllocHandle();
    handle.reset(channel.config());
    demand.reading(() -> readMessages(socket, handle));
    handle.readComplete();
    channel.pipeline().fireChannelReadComplete();
  }

  private void readMessages(TcpSocket socket, ExtendedHandle handle) {
    // A read shorter than asked for does not mean that the buffer is empty: ask the buffer.
    do {
      int length = Math.min(handle.guess(), MAX_READ);
      ByteBuf data = socket.read(length);
      if (data == null) {
        return;
      }
      handle.attemptedBytesRead(length);
      handle.lastBytesRead(data.readableBytes());
      handle.incMessagesRead(1);
      demand.clear();
      channel.pipeline().fireChannelRead(data);
    } while (channel.isActive() && !shutdown && handle.continueReading(() -> socket.readableBytes() > 0));
  }

  /** The peer's FIN was reached: the whole channel closes, or half of it. */
  private void readEnd() {
    demand.clear();
    if (!channel.config().isAllowHalfClosure()) {
      if (!shutdown) {
        channel.unsafe().close(channel.unsafe().voidPromise());
      }
    } else if (!shutdown) {
      shutdown = true;
      channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      if (channel.isOpen() && channel.config().isAutoRead()) {
        demand.request();
      }
    } else if (!shutdownTold) {
      shutdownTold = true;
      channel.pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
    }
  }
}
