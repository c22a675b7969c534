package io.reactorstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.FileRegion;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketChannelConfig;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.PromiseCombiner;
import io.netty.util.internal.StringUtil;
import io.reactorstack.device.Capture;
import io.reactorstack.host.StackHost;
import io.reactorstack.host.StackShard;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.CloseReport;
import io.reactorstack.tcp.TcpSocket;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpInfo;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection of the stack as a Netty channel; it behaves as Netty's NIO socket channel does.
 *
 * <p>Received data that the pipeline has not requested with {@code read()} stays in the receive buffer, closes the
 * advertised window and thereby stops the peer. The promise of a write succeeds when the bytes are in the send buffer.
 * After the channel is closed, the connection delivers these bytes and ends by itself, unless unread input makes the
 * close a reset (RFC 9293 section 3.10.4). If the connection ends in any other way than by FIN, writes fail
 * immediately; the pipeline first reads the data received before, then {@code exceptionCaught} reports the error and
 * the channel closes.
 *
 * <p>Supported options: those of every channel, {@code CONNECT_TIMEOUT_MILLIS}, {@code ALLOW_HALF_CLOSURE},
 * {@code TCP_NODELAY} (at any time; on by default), {@code TCP_FASTOPEN_CONNECT} (before connecting: if the server is
 * known, the first buffer written before connecting is sent with the SYN, RFC 7413), {@code SO_RCVBUF} and
 * {@code SO_SNDBUF} (bytes, at any time), {@code IP_TOS} and {@code SO_KEEPALIVE} (at any time), {@code SO_LINGER} (0:
 * closing resets the connection; positive: the close future waits for at most so many seconds until the peer has
 * acknowledged all data), and {@link StackChannelOption}. Accepted without effect: {@code SO_REUSEADDR}, because a
 * connection in TIME-WAIT never prevents the stack from listening, and {@code WRITE_SPIN_COUNT}.
 */
public final class StackSocketChannel extends StackChannel implements SocketChannel {

  /** Index of the writability flag for lack of memory in the host; applications use the indices from 1. */
  private static final int WRITABLE_WITH_MEMORY = 31;

  private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

  private enum Phase {
    OPEN,
    CONNECTING,
    CONNECTED,
    CLOSED
  }

  private final StackSocketChannelConfig config;
  private final SocketReader reader = new SocketReader(this);
  private final TcpSocket.Watcher face = new TcpSocket.Watcher() {
    @Override
    public void changed(TcpSocket changed) {
      StackSocketChannel.this.changed(changed);
    }

    /** A channel counts as reading until it is closed. */
    @Override
    public boolean isReading() {
      return true;
    }
  };

  private volatile Phase phase = Phase.OPEN;
  private volatile boolean outputShutdown;

  // The following fields are confined to the event loop.
  private @Nullable TcpSocket socket;
  /** The connection; kept after the channel was closed. */
  private @Nullable TcpSocket opened;
  private @Nullable ConnectAttempt connecting;
  private boolean flushBlocked;
  /** True if the channel is marked unwritable because the host is short of memory. */
  private boolean shortOfMemory;
  private boolean changedUnregistered;
  /** Set if the output is to be shut down as soon as all flushed data is in the send buffer. */
  private @Nullable ChannelPromise shutdownDue;

  /** Creates an unconnected channel. */
  StackSocketChannel(StackHost host) {
    super(null, new ChannelShard(host));
    this.config = new StackSocketChannelConfig(this,
        host.settings().tcp().withTimers(timers -> timers.withNoDelay(true)));
    config.setAllocator(host.settings().memory().allocator());
  }

  /** Creates the channel of a connection accepted on {@code home}; called on its loop, in the turn that accepted it. */
  StackSocketChannel(StackServerSocketChannel parent, ChannelShard home, TcpSocket accepted) {
    super(parent, home);
    this.config = new StackSocketChannelConfig(this, parent.settings());
    config.setAllocator(host().settings().memory().allocator());
    adopt(accepted);
    remote(accepted.remote().toInetSocketAddress());
    this.phase = Phase.CONNECTED;
    accepted.watch(face);
  }

  private void adopt(TcpSocket adopted) {
    this.socket = adopted;
    this.opened = adopted;
    local(adopted.local().toInetSocketAddress());
  }

  /** The connection; {@code null} before it is opened and after the channel is closed. */
  @Nullable
  TcpSocket socket() {
    return socket;
  }

  // The state of the channel

  @Override
  public @Nullable ServerSocketChannel parent() {
    return (ServerSocketChannel) super.parent();
  }

  @Override
  public SocketChannelConfig config() {
    return config;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  public boolean isOpen() { return phase != Phase.CLOSED; }

  @Override
  public boolean isActive() { return phase == Phase.CONNECTED; }

  @Override
  public boolean isInputShutdown() { return reader.isShutdown() || !isActive(); }

  @Override
  public boolean isOutputShutdown() { return outputShutdown || !isActive(); }

  @Override
  public boolean isShutdown() { return (reader.isShutdown() && outputShutdown) || !isActive(); }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new StackUnsafe();
  }

  private StackUnsafe stackUnsafe() {
    return (StackUnsafe) unsafe();
  }

  // Opening

  /** Stores the local address; it is claimed, and a conflict reported, only when the channel connects. */
  @Override
  protected void doBind(SocketAddress localAddress) {
    if (localAddress() != null) {
      throw new AlreadyBoundException();
    }
    local(Addresses.resolved(localAddress));
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    if (changedUnregistered) {
      changedUnregistered = false;
      eventLoop().execute(() -> {
        if (socket != null) {
          changed(socket);
        }
      });
    }
    super.doRegister(promise);
  }

  private final class StackUnsafe extends AbstractUnsafe {

    @Override
    public void connect(SocketAddress remoteAddress, @Nullable SocketAddress localAddress, ChannelPromise promise) {
      if (promise.isDone() || !ensureOpen(promise)) {
        return;
      }
      try {
        switch (phase) {
          case CONNECTING -> throw new ConnectionPendingException();
          case CONNECTED -> throw new AlreadyConnectedException();
          case OPEN, CLOSED -> open(Addresses.resolved(remoteAddress), localAddress, promise);
        }
      } catch (IOException | RuntimeException e) {
        if (phase == Phase.OPEN) {
          phase = Phase.CLOSED;
        }
        Throwable cause = ConnectionErrors.onRefusedCall(e);
        promise.tryFailure(annotateConnectException(cause, remoteAddress));
        closeIfClosed();
      }
    }

    private void open(InetSocketAddress to, @Nullable SocketAddress from, ChannelPromise promise) throws IOException {
      InetSocketAddress bound = from == null ? StackSocketChannel.this.localAddress() : Addresses.resolved(from);
      Endpoint end = bound == null ? null : Endpoint.of(bound);
      TcpSocket opening = shard().tcp().connect(
          Endpoint.of(to), end, config.settings(), face);
      adopt(opening);
      capture(config.capture());
      opening.options().cork(config.isCorked());
      phase = Phase.CONNECTING;
      connecting = new ConnectAttempt(to, promise);
      connecting.watch(eventLoop(), config.getConnectTimeoutMillis(), () -> close(voidPromise()));
      ChannelOutboundBuffer out = outboundBuffer();
      if (config.settings().security().fastOpen() && out != null) {
        sendWithSyn(opening, out);
      }
    }

    /** As in Netty's epoll transport: flushes data written before connecting, its first buffer with the SYN. */
    private void sendWithSyn(TcpSocket opening, ChannelOutboundBuffer out) {
      out.addFlush();
      if (opening.isDataInSynAllowed() && out.current() instanceof ByteBuf data && send(data, opening, out)) {
        out.remove();
      }
    }

    /** Called when the handshake may have succeeded or failed. */
    void finishConnect(TcpSocket connected) {
      ConnectAttempt attempt = Objects.requireNonNull(connecting);
      CloseReport report = connected.closeReport();
      if (connected.wasConnected()) {
        connecting = null;
        remote(attempt.remote());
        phase = Phase.CONNECTED;
        boolean kept = attempt.succeed();
        // Even after a cancelled attempt there is a connection: the pipeline sees it become active, then inactive.
        pipeline().fireChannelActive();
        if (kept) {
          // Fast Open: data written before connecting that was not sent with the SYN.
          flush0();
        } else {
          close(voidPromise());
        }
      } else if (report != null) {
        connecting = null;
        phase = Phase.CLOSED;
        attempt.fail(annotateConnectException(ConnectionErrors.onConnect(report), attempt.remote()));
        closeIfClosed();
      }
    }

    void resumeFlush() {
      flush0();
    }

    /** As in Netty's epoll transport: with Fast Open, flushed data waits until the channel is connected. */
    @Override
    protected void flush0() {
      if (phase != Phase.CONNECTING || !config.settings().security().fastOpen()) {
        super.flush0();
      }
    }

    /** A positive SO_LINGER makes the close wait, without blocking the loop. */
    @Override
    protected @Nullable Executor prepareToClose() {
      TcpSocket given = socket;
      int seconds = config.getSoLinger();
      if (phase != Phase.CONNECTED || seconds <= 0 || given == null) {
        return null;
      }
      socket = null;
      phase = Phase.CLOSED;
      reader.forget();
      return end -> linger(given, seconds, end);
    }
  }

  // Events of the socket

  /** Called when the socket's state has changed; called in a loop turn, never while a segment is being processed. */
  void changed(TcpSocket changed) {
    if (phase == Phase.CLOSED) {
      return;
    }
    if (!isRegistered()) {
      changedUnregistered = true;
      return;
    }
    if (phase == Phase.CONNECTING) {
      stackUnsafe().finishConnect(changed);
    }
    if (phase == Phase.CONNECTED && changed.writableBytes() > 0) {
      resumeFlush();
    }
    if (phase == Phase.CONNECTED) {
      reader.changed(changed);
    }
    CloseReport report = changed.closeReport();
    if (phase == Phase.CONNECTED && report != null && report.cause() != CloseCause.FINISHED) {
      onLost(changed, report);
    }
  }

  private void resumeFlush() {
    if (flushBlocked) {
      flushBlocked = false;
      stackUnsafe().resumeFlush();
    }
  }

  /**
   * Handles a connection that ended in any other way than by both FINs: writes fail immediately, and reads after the
   * received data was read. Without unread data reads fail immediately too, with or without demand.
   */
  private void onLost(TcpSocket ended, CloseReport report) {
    if (reader.isDue(ended)) {
      resumeFlush();
    } else {
      reader.forget();
      pipeline().fireExceptionCaught(ConnectionErrors.whileOpen(report.cause()));
      unsafe().close(voidPromise());
    }
  }

  // Reading

  @Override
  protected void doBeginRead() {
    reader.request();
  }

  /** Called when automatic reading is switched off: clears the pending read. */
  void forgetRead() {
    home().run(reader::forget);
  }

  // Writing

  @Override
  protected Object filterOutboundMessage(Object message) throws ChannelOutputShutdownException {
    if (shutdownDue != null) {
      throw new ChannelOutputShutdownException("Channel output shutdown");
    }
    if (message instanceof ByteBuf || message instanceof FileRegion) {
      return message;
    }
    throw new UnsupportedOperationException("unsupported message type: " + StringUtil.simpleClassName(message)
        + " (expected: ByteBuf, FileRegion)");
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws IOException {
    TcpSocket to = Objects.requireNonNull(socket);
    CloseReport report = to.closeReport();
    if (report != null) {
      fail(in, ConnectionErrors.whileOpen(report.cause()), to);
      return;
    }
    flushBlocked = false;
    for (Object message = in.current(); message != null; message = in.current()) {
      boolean all = message instanceof ByteBuf data ? send(data, to, in) : send((FileRegion) message, to, in);
      if (!all) {
        flushBlocked = true;
        to.stage(in.totalPendingWriteBytes());
        tellMemory(to.isShortOfMemory(), in);
        return;
      }
      // Remove it last: the promise's listener may close the channel, and the bytes must be in the send buffer by then.
      in.remove();
    }
    to.stage(0);
    tellMemory(false, in);
    shutdownIfDue();
  }

  /** Marks the channel unwritable, even below the high water mark, while the host has no memory for its data. */
  private void tellMemory(boolean missing, ChannelOutboundBuffer out) {
    if (missing != shortOfMemory) {
      shortOfMemory = missing;
      out.setUserDefinedWritability(WRITABLE_WITH_MEMORY, !missing);
    }
  }

  /** Fails all flushed writes. If data is unread, it does not throw: that would close the channel and lose the data. */
  private void fail(ChannelOutboundBuffer in, IOException cause, TcpSocket ended) throws IOException {
    if (!reader.isDue(ended)) {
      throw cause;
    }
    while (in.current() != null) {
      in.remove(cause);
    }
    shutdownIfDue();
  }

  private static boolean send(ByteBuf data, TcpSocket to, ChannelOutboundBuffer in) {
    if (data.isReadable()) {
      in.progress(to.write(data));
    }
    return !data.isReadable();
  }

  private boolean send(FileRegion region, TcpSocket to, ChannelOutboundBuffer in) throws IOException {
    in.progress(new RegionWriter(to, config.getAllocator()).write(region));
    return region.transferred() >= region.count();
  }

  /** Applies {@code change} to an open connection; a later connection starts with the changed settings. */
  void apply(Consumer<TcpSocket> change) {
    home().run(() -> {
      if (socket != null && isOpen()) {
        change.accept(socket);
      }
    });
  }

  /** Passes the packets of an open connection to {@code capture}; a later connection does so from its start. */
  void capture(@Nullable Capture capture) {
    if (capture != null) {
      apply(open -> open.options().observer(capture.packets(shard().loop().ticker())));
    }
  }

  /** A snapshot of the connection; {@code null} before it is opened. */
  @Nullable
  TcpInfo tcpInfo() {
    TcpSocket asked = asked(StackChannelOption.TCP_INFO);
    return asked == null ? null : asked.info();
  }

  /** The report of how the connection ended; {@code null} if it has not. */
  @Nullable
  CloseReport closeReport() {
    TcpSocket asked = asked(StackChannelOption.CLOSE_REPORT);
    return asked == null ? null : asked.closeReport();
  }

  private @Nullable TcpSocket asked(ChannelOption<?> option) {
    StackShard known = home().known();
    if (known != null && !known.loop().inEventLoop()) {
      throw new IllegalStateException(option + " can only be read on the channel's event loop");
    }
    return opened;
  }

  // Closing

  @Override
  protected void doDisconnect() {
    doClose();
  }

  @Override
  protected void doClose() {
    phase = Phase.CLOSED;
    reader.forget();
    if (shutdownDue != null) {
      shutdownDue.tryFailure(new ClosedChannelException());
      shutdownDue = null;
    }
    ConnectAttempt attempt = connecting;
    if (attempt != null) {
      connecting = null;
      attempt.abandon();
    }
    TcpSocket given = socket;
    if (given != null) {
      socket = null;
      if (config.getSoLinger() == 0) {
        given.abort();
      } else {
        given.close();
      }
    }
  }

  /** Closes {@code given}, and runs {@code end} when the peer has acknowledged all data or the time has expired. */
  private void linger(TcpSocket given, int seconds, Runnable end) {
    Future<?> limit = eventLoop().schedule(() -> {
      given.watch(nobody -> {});
      end.run();
    }, seconds, TimeUnit.SECONDS);
    given.close();
    given.watch(closing -> {
      if ((closing.isOutputFinished() || closing.closeReport() != null) && limit.cancel(false)) {
        end.run();
      }
    });
  }

  @Override
  protected void doShutdownOutput() {
    outputShutdown = true;
    if (socket != null) {
      socket.shutdownOutput();
    }
  }

  private boolean isUnconnected() {
    return phase == Phase.OPEN || phase == Phase.CONNECTING;
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    shard().turn().execute(() -> {
      ChannelPromise due = shutdownDue;
      if (isUnconnected()) {
        promise.tryFailure(new NotYetConnectedException());
      } else if (due != null) {
        due.addListener(done -> complete(promise, done.cause()));
      } else if (flushBlocked) {
        // The kernel's send buffer is larger and usually has space for a short answer; here the FIN must wait for it.
        shutdownDue = promise;
      } else {
        stackUnsafe().shutdownOutput(promise);
      }
    });
    return promise;
  }

  private static void complete(ChannelPromise promise, @Nullable Throwable cause) {
    if (cause == null) {
      promise.trySuccess();
    } else {
      promise.tryFailure(cause);
    }
  }

  /** Shuts the output down when no flushed data waits; run as a task, because the current flush is not complete. */
  private void shutdownIfDue() {
    ChannelPromise due = shutdownDue;
    if (due != null) {
      eventLoop().execute(() -> {
        if (shutdownDue != null) {
          shutdownDue = null;
          stackUnsafe().shutdownOutput(due);
        }
      });
    }
  }

  @Override
  public ChannelFuture shutdownInput() {
    return shutdownInput(newPromise());
  }

  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    shard().turn().execute(() -> {
      if (socket == null || !isActive()) {
        promise.tryFailure(isUnconnected() ? new NotYetConnectedException() : new ClosedChannelException());
        return;
      }
      socket.shutdownInput();
      promise.trySuccess();
      reader.shutdownInput();
    });
    return promise;
  }

  @Override
  public ChannelFuture shutdown() {
    return shutdown(newPromise());
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    shard().turn().execute(() -> {
      PromiseCombiner both = new PromiseCombiner(shard().loop());
      both.add((Future<?>) shutdownOutput());
      both.add((Future<?>) shutdownInput());
      both.finish(promise);
    });
    return promise;
  }
}
