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
 * A TCP connection of the stack as a Netty channel; it behaves as Netty's channel on the JDK's sockets does.
 *
 * <p>Reading is the demand: what the pipeline has not asked for with {@code read()} stays in the receive buffer, closes
 * the advertised window and so stops the peer. A write's promise is kept when the bytes are in the send buffer. Closing
 * lets the connection deliver them and end by itself, unless unread input makes it a reset (RFC 9293 section 3.10.4). When the
 * peer resets the connection, or it ends in any other way than by FIN, writes fail at once; what was received before is read
 * first, as the pipeline asks for it, and then {@code exceptionCaught} tells the end and the channel closes.
 *
 * <p>Options that work: those of every channel, {@code CONNECT_TIMEOUT_MILLIS}, {@code ALLOW_HALF_CLOSURE}, {@code
 * TCP_NODELAY} (at any time; on by default), {@code TCP_FASTOPEN_CONNECT} (before connecting: the first buffer written
 * before goes out with the SYN when the server is known, RFC 7413), {@code SO_RCVBUF} and {@code SO_SNDBUF} (bytes, at any time), {@code
 * IP_TOS} and {@code SO_KEEPALIVE} (at any time), {@code SO_LINGER} (0: closing resets the connection; more: the close
 * future waits for at most so many seconds until the peer has acknowledged everything), and {@link StackChannelOption}.
 * Accepted without effect: {@code SO_REUSEADDR}, since a connection in TIME-WAIT never blocks listening of the stack; {@code
 * WRITE_SPIN_COUNT}. Not known: what belongs to other transports.
 */
public final class StackSocketChannel extends StackChannel implements SocketChannel {

  /** Index of the writability flag that stands for the host's memory; applications count from 1 on. */
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

    /** A channel reads until it is closed. */
    @Override
    public boolean isReading() {
      return true;
    }
  };

  private volatile Phase phase = Phase.OPEN;
  private volatile boolean outputShutdown;

  // The rest belongs to the event loop.
  private @Nullable TcpSocket socket;
  /** The connection even after the channel was closed. */
  private @Nullable TcpSocket opened;
  private @Nullable ConnectAttempt connecting;
  private boolean flushBlocked;
  /** Whether the pipeline was told that the channel is not writable because the host is short of memory. */
  private boolean shortOfMemory;
  private boolean changedUnregistered;
  /** The output is to be shut down when what was flushed before has found room in the send buffer. */
  private @Nullable ChannelPromise shutdownDue;

  /** A channel to connect from. */
  StackSocketChannel(StackHost host) {
    super(null, new ChannelHome(host));
    this.config = new StackSocketChannelConfig(this,
        host.settings().tcp().withTimers(timers -> timers.withNoDelay(true)));
    config.setAllocator(host.settings().memory().allocator());
  }

  /** A channel for a connection that was accepted on {@code home}; called on its loop, in the turn in which it was accepted. */
  StackSocketChannel(StackServerSocketChannel parent, ChannelHome home, TcpSocket accepted) {
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

  /** The connection; {@code null} before it was opened and after the channel was closed. */
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

  /** Remembers the local end; it is taken, and found taken, only when the channel connects. */
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

    /** As Netty's epoll transport: what was written before connecting counts as flushed, and its first buffer opens fast. */
    private void sendWithSyn(TcpSocket opening, ChannelOutboundBuffer out) {
      out.addFlush();
      if (opening.isDataInSynAllowed() && out.current() instanceof ByteBuf data && send(data, opening, out)) {
        out.remove();
      }
    }

    /** The handshake has ended one way or the other. */
    void finishConnect(TcpSocket connected) {
      ConnectAttempt attempt = Objects.requireNonNull(connecting);
      CloseReport report = connected.closeReport();
      if (connected.wasConnected()) {
        connecting = null;
        remote(attempt.remote());
        phase = Phase.CONNECTED;
        boolean kept = attempt.succeed();
        // Even a cancelled attempt became a connection: the pipeline sees it become active, then inactive.
        pipeline().fireChannelActive();
        if (kept) {
          // Data that was written before connecting with Fast Open, and did not go out with the SYN.
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

    /** As Netty's epoll transport: with Fast Open, what is flushed while connecting waits for the connection. */
    @Override
    protected void flush0() {
      if (phase != Phase.CONNECTING || !config.settings().security().fastOpen()) {
        super.flush0();
      }
    }

    /** A positive SO_LINGER lets the close wait, without holding up the loop. */
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

  /** Called in a loop turn, never from inside the arrival of a segment. */
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
   * A connection that ended otherwise than by both FINs is over for the writer at once, and for the reader when it has got what
   * was received before. With nothing left to read that is at once too, with or without demand.
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

  /** Automatic reading was switched off: a read that was asked for and not yet served is forgotten. */
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
      // Only now: the promise's listener may close the channel, and what it promised is in the send buffer.
      in.remove();
    }
    to.stage(0);
    tellMemory(false, in);
    shutdownIfDue();
  }

  /** Below the high water mark too, the channel is not writable while the host has no memory for its data. */
  private void tellMemory(boolean missing, ChannelOutboundBuffer out) {
    if (missing != shortOfMemory) {
      shortOfMemory = missing;
      out.setUserDefinedWritability(WRITABLE_WITH_MEMORY, !missing);
    }
  }

  /** Nothing can be written any more. An exception would close the channel, and lose what is left to be read. */
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

  /** Changes an open connection; before there is one, the settings that it starts with say it. */
  void apply(Consumer<TcpSocket> change) {
    home().run(() -> {
      if (socket != null && isOpen()) {
        change.accept(socket);
      }
    });
  }

  /** Shows the connection's packets to {@code capture}; before there is a connection, its beginning will. */
  void capture(@Nullable Capture capture) {
    if (capture != null) {
      apply(open -> open.options().observer(capture.packets(shard().loop().ticker())));
    }
  }

  /** How the connection stands; {@code null} before there is one. */
  @Nullable
  TcpInfo tcpInfo() {
    TcpSocket asked = asked(StackChannelOption.TCP_INFO);
    return asked == null ? null : asked.info();
  }

  /** How the connection ended; {@code null} if it has not. */
  @Nullable
  CloseReport closeReport() {
    TcpSocket asked = asked(StackChannelOption.CLOSE_REPORT);
    return asked == null ? null : asked.closeReport();
  }

  private @Nullable TcpSocket asked(ChannelOption<?> option) {
    StackShard known = home().known();
    if (known != null && !known.loop().inEventLoop()) {
      throw new IllegalStateException(option + " is read on the channel's event loop");
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

  /** Closes {@code given}, and runs {@code end} when the peer has acknowledged everything or the time is up. */
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
        // A kernel's send buffer, which is larger, has most often room for what a short answer wants to say before its FIN.
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

  /** Nothing that was flushed waits any more; run later, since the flush that has found this out is not over. */
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
