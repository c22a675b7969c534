package io.reactorstack.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ServerSocketChannelConfig;
import io.netty.util.internal.ObjectUtil;
import io.reactorstack.device.Capture;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.TcpSettings;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The options of a listening channel; {@link StackServerSocketChannel} says what each does.
 *
 * <p>May be set from any thread; what is set after binding has no effect on the listener.
 */
final class StackServerSocketChannelConfig extends DefaultChannelConfig implements ServerSocketChannelConfig {

  private static final int DEFAULT_BACKLOG = 1024;

  private final StackServerSocketChannel channel;
  private final AtomicReference<TcpSettings> settings;
  private volatile int backlog = DEFAULT_BACKLOG;
  private volatile boolean reuseAddress = true;
  private volatile int fastOpens;
  private volatile @Nullable Capture capture;

  StackServerSocketChannelConfig(StackServerSocketChannel channel, TcpSettings settings) {
    super(channel, new ServerChannelRecvByteBufAllocator());
    this.channel = channel;
    this.settings = new AtomicReference<>(settings);
  }

  /** With what accepted connections start. */
  TcpSettings settings() {
    return settings.get();
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(
        super.getOptions(), ChannelOption.SO_RCVBUF, ChannelOption.SO_REUSEADDR, ChannelOption.SO_BACKLOG,
        ChannelOption.TCP_FASTOPEN);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> @Nullable T getOption(ChannelOption<T> option) {
    if (option.equals(ChannelOption.SO_RCVBUF)) {
      return (T) Integer.valueOf(getReceiveBufferSize());
    }
    if (option.equals(ChannelOption.SO_REUSEADDR)) {
      return (T) Boolean.valueOf(isReuseAddress());
    }
    if (option.equals(ChannelOption.SO_BACKLOG)) {
      return (T) Integer.valueOf(getBacklog());
    }
    if (option.equals(ChannelOption.TCP_FASTOPEN)) {
      return (T) Integer.valueOf(fastOpens);
    }
    if (option.equals(StackChannelOption.TCP_MAXSEG)) {
      return (T) Integer.valueOf(settings().wire().maxSegmentSize());
    }
    if (option.equals(StackChannelOption.CAPTURE)) {
      return (T) capture;
    }
    if (option.equals(StackChannelOption.CONGESTION_CONTROL)) {
      return (T) settings().congestion().congestionControl();
    }
    return super.getOption(option);
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    if (option.equals(ChannelOption.SO_RCVBUF)) {
      setReceiveBufferSize((Integer) value);
    } else if (option.equals(ChannelOption.SO_REUSEADDR)) {
      setReuseAddress((Boolean) value);
    } else if (option.equals(ChannelOption.SO_BACKLOG)) {
      setBacklog((Integer) value);
    } else if (option.equals(ChannelOption.TCP_FASTOPEN)) {
      setFastOpens((Integer) value);
    } else if (option.equals(StackChannelOption.TCP_MAXSEG)) {
      int cap = BufferSizes.segment((Integer) value);
      settings.updateAndGet(old -> old.withWire(wire -> wire.withMaxSegmentSize(cap)));
    } else if (option.equals(StackChannelOption.CAPTURE)) {
      capture = (Capture) value;
    } else if (option.equals(StackChannelOption.CONGESTION_CONTROL)) {
      settings.updateAndGet(
          old -> old.withCongestion(congestion -> congestion.withCongestionControl((CongestionControl.Factory) value)));
    } else {
      return super.setOption(option, value);
    }
    return true;
  }

  /** Where the packets of the port are shown. */
  @Nullable
  Capture capture() {
    return capture;
  }

  /** Connections whose data may be taken before their handshake has ended; 0 for none. */
  int fastOpens() {
    return fastOpens;
  }

  private void setFastOpens(int connections) {
    fastOpens = ObjectUtil.checkPositiveOrZero(connections, "connections");
    settings.updateAndGet(old -> old.withSecurity(security -> security.withFastOpen(connections > 0)));
  }

  @Override
  protected void autoReadCleared() {
    channel.forgetRead();
  }

  @Override
  public int getBacklog() { return backlog; }

  @Override
  public StackServerSocketChannelConfig setBacklog(int backlog) {
    ObjectUtil.checkPositiveOrZero(backlog, "backlog");
    this.backlog = backlog;
    return this;
  }

  @Override
  public boolean isReuseAddress() { return reuseAddress; }

  @Override
  public StackServerSocketChannelConfig setReuseAddress(boolean reuseAddress) {
    this.reuseAddress = reuseAddress;
    return this;
  }

  @Override
  public int getReceiveBufferSize() { return settings().buffers().receiveBuffer(); }

  @Override
  public StackServerSocketChannelConfig setReceiveBufferSize(int bytes) {
    int size = BufferSizes.atLeastMinimum(bytes);
    // As with every socket: a buffer that was set does not grow by itself.
    settings
        .updateAndGet(old -> old.withBuffers(buffers -> buffers.withReceiveBuffer(size).withMaxReceiveBuffer(size)));
    return this;
  }

  @Override
  public StackServerSocketChannelConfig setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
    return this;
  }

  @Override
  public StackServerSocketChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
    super.setConnectTimeoutMillis(connectTimeoutMillis);
    return this;
  }

  @Override
  @Deprecated
  public StackServerSocketChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
    super.setMaxMessagesPerRead(maxMessagesPerRead);
    return this;
  }

  @Override
  public StackServerSocketChannelConfig setWriteSpinCount(int writeSpinCount) {
    super.setWriteSpinCount(writeSpinCount);
    return this;
  }

  @Override
  public StackServerSocketChannelConfig setAllocator(ByteBufAllocator allocator) {
    super.setAllocator(allocator);
    return this;
  }

  @Override
  public StackServerSocketChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
    super.setRecvByteBufAllocator(allocator);
    return this;
  }

  @Override
  public StackServerSocketChannelConfig setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return this;
  }

  @Override
  public StackServerSocketChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return this;
  }

  @Override
  public StackServerSocketChannelConfig setWriteBufferHighWaterMark(int writeBufferHighWaterMark) {
    super.setWriteBufferHighWaterMark(writeBufferHighWaterMark);
    return this;
  }

  @Override
  public StackServerSocketChannelConfig setWriteBufferLowWaterMark(int writeBufferLowWaterMark) {
    super.setWriteBufferLowWaterMark(writeBufferLowWaterMark);
    return this;
  }

  @Override
  public StackServerSocketChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
    super.setWriteBufferWaterMark(writeBufferWaterMark);
    return this;
  }
}
