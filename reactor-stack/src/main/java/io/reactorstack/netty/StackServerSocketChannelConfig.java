package io.reactorstack.netty;

import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.socket.ServerSocketChannelConfig;
import io.reactorstack.tcp.TcpSocketOptions;
import io.reactorstack.tcp.model.TcpSettings;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The options of a listening channel; {@link StackServerSocketChannel} describes them.
 *
 * <p>May be set from any thread; an option that is set after binding does not affect the listener.
 */
final class StackServerSocketChannelConfig extends StackChannelConfig<StackServerSocketChannelConfig>
    implements
      ServerSocketChannelConfig,
      TcpConfig {

  private static final OptionTable OPTIONS = OptionTable.of(StackServerSocketChannelConfig.class);

  private static final int DEFAULT_BACKLOG = 1024;

  private final StackServerSocketChannel channel;
  private final AtomicReference<TcpSettings> settings;

  /** These fields are written by {@link OptionTable} only, after its checks. */
  volatile int backlog = DEFAULT_BACKLOG;
  volatile boolean reuseAddress = true;
  volatile int fastOpens;

  StackServerSocketChannelConfig(StackServerSocketChannel channel, TcpSettings settings) {
    super(channel, new ServerChannelRecvByteBufAllocator(), OPTIONS);
    this.channel = channel;
    this.settings = new AtomicReference<>(settings);
  }

  /** The settings with which accepted connections start. */
  @Override
  public TcpSettings settings() {
    return settings.get();
  }

  @Override
  public void change(UnaryOperator<TcpSettings> change) {
    settings.updateAndGet(change);
  }

  @Override
  public void change(UnaryOperator<TcpSettings> change, BiConsumer<TcpSocketOptions, TcpSettings> open) {
    change(change);
  }

  /** The number of connections whose data may be accepted before their handshake has ended; 0 for none. */
  int fastOpens() {
    return fastOpens;
  }

  @Override
  protected void autoReadCleared() {
    channel.forgetRead();
  }

  @Override
  public int getBacklog() { return backlog; }

  @Override
  public StackServerSocketChannelConfig setBacklog(int backlog) {
    return with(ChannelOption.SO_BACKLOG, backlog);
  }

  @Override
  public boolean isReuseAddress() { return reuseAddress; }

  @Override
  public StackServerSocketChannelConfig setReuseAddress(boolean reuseAddress) {
    return with(ChannelOption.SO_REUSEADDR, reuseAddress);
  }

  @Override
  public int getReceiveBufferSize() { return settings().buffers().receiveBuffer(); }

  @Override
  public StackServerSocketChannelConfig setReceiveBufferSize(int bytes) {
    return with(ChannelOption.SO_RCVBUF, bytes);
  }

  @Override
  public StackServerSocketChannelConfig setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
    return this;
  }
}
