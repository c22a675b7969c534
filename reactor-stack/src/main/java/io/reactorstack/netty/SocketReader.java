package io.reactorstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.reactorstack.tcp.TcpSocket;

/**
 * The reading side of a TCP channel: reads from the socket only what the pipeline has requested.
 *
 * <p>Confined to the event loop, except {@link #isShutdown}.
 */
final class SocketReader {

  /**
   * Upper limit on the bytes of one {@code channelRead}, and therefore on the data passed to a subscriber beyond its
   * demand.
   */
  private static final int MAX_READ = 1 << 16;

  private final StackSocketChannel channel;
  private final ReadDemand demand;
  private volatile boolean shutdown;
  private boolean shutdownTold;

  SocketReader(StackSocketChannel channel) {
    this.channel = channel;
    this.demand = new ReadDemand(channel, this::hasNews, this::look);
  }

  /** Returns whether the end of the input was reached, or the application has shut the input down. */
  boolean isShutdown() {
    return shutdown;
  }

  /** Called when the pipeline requests a read. */
  void request() {
    demand.request();
  }

  /** Clears the pending read. */
  void forget() {
    demand.clear();
  }

  /** Returns whether data, or the peer's FIN, waits for a read of the pipeline. */
  boolean isDue(TcpSocket socket) {
    return !shutdown && hasNews(socket);
  }

  /** Called when the application shuts the input down. */
  void shutdownInput() {
    shutdown = true;
    demand.schedule();
  }

  /** Called when the state of the socket may have changed. */
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
    // A short read does not mean that the receive buffer is empty; check the buffer itself.
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

  /** Called at the end of the input: closes the channel or, with ALLOW_HALF_CLOSURE, its input only. */
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
