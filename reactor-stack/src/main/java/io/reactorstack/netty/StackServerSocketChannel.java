package io.reactorstack.netty;

import io.netty.channel.AbstractServerChannel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.ServerSocketChannelConfig;
import io.reactorstack.device.Capture;
import io.reactorstack.host.StackHost;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.TcpListener;
import io.reactorstack.tcp.TcpSocket;
import io.reactorstack.tcp.model.TcpSettings;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AlreadyBoundException;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * A listening TCP port of the stack as a Netty channel.
 *
 * <p>A connection is taken from the accept queue when the pipeline calls {@code read()}. When the queue holds as many
 * connections as the backlog allows, the stack ignores further connection attempts, and the peers retry.
 *
 * <p>Supported options: those of every channel, {@code SO_BACKLOG} (connections; 1024 by default), {@code SO_RCVBUF}
 * (bytes, for the accepted connections), {@code TCP_FASTOPEN} (number of connections whose data is accepted before
 * their handshake has ended, RFC 7413; 0 by default), and of {@link StackChannelOption} {@code CONGESTION_CONTROL},
 * {@code TCP_MAXSEG} and {@code CAPTURE}, all before binding. Accepted without effect: {@code SO_REUSEADDR}, because a
 * connection in TIME-WAIT never blocks a port of the stack.
 */
public final class StackServerSocketChannel extends AbstractServerChannel implements ServerSocketChannel {

  private static final Logger LOG = Loggers.getLogger(StackServerSocketChannel.class);

  private final ChannelShard home;
  private final StackServerSocketChannelConfig config;
  private final ReadDemand demand = new ReadDemand(this, this::hasNews, this::acceptable);

  private volatile boolean open = true;
  private volatile @Nullable InetSocketAddress local;

  // The following field is confined to the event loop.
  private @Nullable TcpListener listener;

  StackServerSocketChannel(StackHost host) {
    this.home = new ChannelShard(host);
    this.config = new StackServerSocketChannelConfig(this,
        host.settings().tcp().withTimers(timers -> timers.withNoDelay(true)));
  }

  @Override
  public ServerSocketChannelConfig config() {
    return config;
  }

  ChannelShard home() {
    return home;
  }

  /** The settings with which accepted connections start. */
  TcpSettings settings() {
    return config.settings();
  }

  @Override
  public boolean isOpen() { return open; }

  @Override
  public boolean isActive() { return open && local != null; }

  @Override
  public @Nullable InetSocketAddress localAddress() {
    return local;
  }

  @Override
  protected @Nullable SocketAddress localAddress0() {
    return local;
  }

  @Override
  public @Nullable InetSocketAddress remoteAddress() {
    return null;
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return home.accepts(loop);
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    home.register(eventLoop());
    promise.setSuccess();
  }

  @Override
  protected void doBind(SocketAddress localAddress) throws BindException {
    if (listener != null) {
      throw new AlreadyBoundException();
    }
    Endpoint end = Endpoint.of(Addresses.resolved(localAddress));
    int backlog = Math.max(1, config.getBacklog());
    try {
      TcpListener bound = home.shard().tcp().listen(end, backlog, config.settings(), this::acceptable);
      bound.maxFastOpens(Math.min(config.fastOpens(), backlog));
      Capture capture = config.capture();
      if (capture != null) {
        bound.observer(capture.packets(home.shard().loop().ticker()));
      }
      listener = bound;
      local = bound.local().toInetSocketAddress();
    } catch (BindException e) {
      throw ConnectionErrors.onBind(e);
    }
  }

  @Override
  protected void doClose() {
    open = false;
    demand.clear();
    TcpListener bound = listener;
    if (bound != null) {
      listener = null;
      bound.close();
    }
  }

  @Override
  protected void doBeginRead() {
    demand.request();
  }

  /** Called when automatic reading is switched off: clears the pending read. */
  void forgetRead() {
    home.run(demand::clear);
  }

  private void acceptable() {
    if (listener != null && !listener.isOpen()) {
      // The stack has closed the listener.
      unsafe().close(unsafe().voidPromise());
      return;
    }
    if (demand.isOpen() && isRegistered()) {
      accept();
    }
  }

  private boolean hasNews() {
    return listener != null && listener.acceptable() > 0;
  }

  /**
   * Creates the channel of {@code accepted} and passes it to the pipeline. If that fails, for example for lack of
   * memory, the connection is reset and the port continues to accept.
   */
  private void hand(TcpSocket accepted) {
    StackSocketChannel child;
    try {
      child = new StackSocketChannel(this, new ChannelShard(home.host(), home.shard()), accepted);
    } catch (Throwable e) {
      LOG.error("cannot create a channel for a connection of {}; the connection is reset", local, e);
      home.shard().drops().fault(e);
      accepted.abort();
      return;
    }
    pipeline().fireChannelRead(child);
  }

  private void accept() {
    RecvByteBufAllocator.ExtendedHandle handle = (RecvByteBufAllocator.ExtendedHandle) unsafe().recvBufAllocHandle();
    handle.reset(config);
    boolean any = false;
    do {
      TcpSocket accepted = listener == null ? null : listener.accept();
      if (accepted == null) {
        break;
      }
      any = true;
      handle.incMessagesRead(1);
      demand.clear();
      hand(accepted);
    } while (handle.continueReading());
    if (any) {
      handle.readComplete();
      pipeline().fireChannelReadComplete();
    }
    demand.schedule();
  }
}
