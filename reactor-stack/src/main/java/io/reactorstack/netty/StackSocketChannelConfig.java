package io.reactorstack.netty;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannelConfig;
import io.reactorstack.device.Capture;
import io.reactorstack.tcp.TcpSocketOptions;
import io.reactorstack.tcp.model.TcpSettings;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;

/**
 * The options of a TCP channel; {@link StackSocketChannel} describes them.
 *
 * <p>May be set from any thread.
 */
final class StackSocketChannelConfig extends StackChannelConfig<StackSocketChannelConfig>
    implements
      SocketChannelConfig,
      TcpConfig {

  private static final OptionTable OPTIONS = OptionTable.of(StackSocketChannelConfig.class);

  final StackSocketChannel channel;
  private final AtomicReference<TcpSettings> settings;

  /**
   * These fields are written by {@link OptionTable} only, after its checks. The linger time is in seconds; -1 means
   * none.
   */
  volatile int linger = -1;
  volatile boolean cork;
  volatile boolean reuseAddress;
  volatile boolean allowHalfClosure;

  StackSocketChannelConfig(StackSocketChannel channel, TcpSettings settings) {
    super(channel, new AdaptiveRecvByteBufAllocator(), OPTIONS);
    this.channel = channel;
    this.settings = new AtomicReference<>(settings);
  }

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
    TcpSettings now = settings.updateAndGet(change);
    channel.apply(socket -> open.accept(socket.options(), now));
  }

  /** Returns whether data that does not fill a segment is held back. */
  boolean isCorked() { return cork; }

  @Override
  void capture(Capture capture) {
    super.capture(capture);
    channel.capture(capture);
  }

  @Override
  protected void autoReadCleared() {
    channel.forgetRead();
  }

  @Override
  public boolean isTcpNoDelay() { return settings().timers().noDelay(); }

  @Override
  public StackSocketChannelConfig setTcpNoDelay(boolean tcpNoDelay) {
    return with(ChannelOption.TCP_NODELAY, tcpNoDelay);
  }

  @Override
  public int getSoLinger() { return linger; }

  @Override
  public StackSocketChannelConfig setSoLinger(int seconds) {
    return with(ChannelOption.SO_LINGER, seconds);
  }

  @Override
  public int getSendBufferSize() { return settings().buffers().sendBuffer(); }

  @Override
  public StackSocketChannelConfig setSendBufferSize(int bytes) {
    return with(ChannelOption.SO_SNDBUF, bytes);
  }

  @Override
  public int getReceiveBufferSize() { return settings().buffers().receiveBuffer(); }

  @Override
  public StackSocketChannelConfig setReceiveBufferSize(int bytes) {
    return with(ChannelOption.SO_RCVBUF, bytes);
  }

  @Override
  public boolean isKeepAlive() { return settings().probing().keepAlive(); }

  @Override
  public StackSocketChannelConfig setKeepAlive(boolean keepAlive) {
    return with(ChannelOption.SO_KEEPALIVE, keepAlive);
  }

  @Override
  public int getTrafficClass() { return settings().wire().trafficClass(); }

  @Override
  public StackSocketChannelConfig setTrafficClass(int trafficClass) {
    return with(ChannelOption.IP_TOS, trafficClass);
  }

  @Override
  public boolean isReuseAddress() { return reuseAddress; }

  @Override
  public StackSocketChannelConfig setReuseAddress(boolean reuseAddress) {
    return with(ChannelOption.SO_REUSEADDR, reuseAddress);
  }

  @Override
  public boolean isAllowHalfClosure() { return allowHalfClosure; }

  @Override
  public StackSocketChannelConfig setAllowHalfClosure(boolean allowHalfClosure) {
    return with(ChannelOption.ALLOW_HALF_CLOSURE, allowHalfClosure);
  }

  @Override
  public StackSocketChannelConfig setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
    return this;
  }
}
