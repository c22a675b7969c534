package io.reactorstack.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannelConfig;
import io.netty.util.internal.ObjectUtil;
import io.reactorstack.device.Capture;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.TcpSettings;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The options of a TCP channel; {@link StackSocketChannel} says what each does.
 *
 * <p>May be set from any thread.
 */
final class StackSocketChannelConfig extends DefaultChannelConfig implements SocketChannelConfig {

  private final StackSocketChannel channel;
  private final AtomicReference<TcpSettings> settings;
  private volatile int soLinger = -1;
  private volatile @Nullable Capture capture;
  private volatile boolean cork;
  private volatile boolean quickAck;
  private volatile boolean reuseAddress;
  private volatile boolean allowHalfClosure;

  StackSocketChannelConfig(StackSocketChannel channel, TcpSettings settings) {
    super(channel);
    this.channel = channel;
    this.settings = new AtomicReference<>(settings);
    this.quickAck = settings.timers().quickAck();
  }

  /** With what a connection is opened. */
  TcpSettings settings() {
    return settings.get();
  }

  /** Whether what does not fill a segment is held back. */
  boolean isCorked() { return cork; }

  /** Where the connection's packets are shown. */
  @Nullable
  Capture capture() {
    return capture;
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(
        super.getOptions(),
        ChannelOption.SO_RCVBUF,
        ChannelOption.SO_SNDBUF,
        ChannelOption.TCP_NODELAY,
        ChannelOption.SO_KEEPALIVE,
        ChannelOption.SO_REUSEADDR,
        ChannelOption.SO_LINGER,
        ChannelOption.IP_TOS,
        ChannelOption.ALLOW_HALF_CLOSURE,
        ChannelOption.TCP_FASTOPEN_CONNECT,
        StackChannelOption.TCP_KEEPIDLE,
        StackChannelOption.TCP_KEEPINTVL,
        StackChannelOption.TCP_KEEPCNT,
        StackChannelOption.TCP_USER_TIMEOUT,
        StackChannelOption.TCP_QUICKACK,
        StackChannelOption.TCP_CORK,
        StackChannelOption.TCP_MAXSEG,
        StackChannelOption.CONGESTION_CONTROL);
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> @Nullable T getOption(ChannelOption<T> option) {
    if (option.equals(ChannelOption.SO_RCVBUF)) {
      return (T) Integer.valueOf(getReceiveBufferSize());
    }
    if (option.equals(ChannelOption.SO_SNDBUF)) {
      return (T) Integer.valueOf(getSendBufferSize());
    }
    if (option.equals(ChannelOption.TCP_NODELAY)) {
      return (T) Boolean.valueOf(isTcpNoDelay());
    }
    if (option.equals(ChannelOption.SO_KEEPALIVE)) {
      return (T) Boolean.valueOf(isKeepAlive());
    }
    if (option.equals(ChannelOption.SO_REUSEADDR)) {
      return (T) Boolean.valueOf(isReuseAddress());
    }
    if (option.equals(ChannelOption.SO_LINGER)) {
      return (T) Integer.valueOf(getSoLinger());
    }
    if (option.equals(ChannelOption.ALLOW_HALF_CLOSURE)) {
      return (T) Boolean.valueOf(isAllowHalfClosure());
    }
    if (option.equals(ChannelOption.IP_TOS)) {
      return (T) Integer.valueOf(getTrafficClass());
    }
    if (option.equals(ChannelOption.TCP_FASTOPEN_CONNECT)) {
      return (T) Boolean.valueOf(settings().security().fastOpen());
    }
    return switch (StackChannelOption.simpleName(option)) {
      case "TCP_KEEPIDLE" -> (T) Integer.valueOf((int) settings().probing().keepAliveIdle().toSeconds());
      case "TCP_KEEPINTVL" -> (T) Integer.valueOf((int) settings().probing().keepAliveInterval().toSeconds());
      case "TCP_KEEPCNT" -> (T) Integer.valueOf(settings().probing().keepAliveProbes());
      case "TCP_USER_TIMEOUT" -> (T) Integer.valueOf((int) settings().closing().userTimeout().toMillis());
      case "TCP_QUICKACK" -> (T) Boolean.valueOf(quickAck);
      case "TCP_CORK" -> (T) Boolean.valueOf(cork);
      case "TCP_MAXSEG" -> (T) Integer.valueOf(settings().wire().maxSegmentSize());
      case "CONGESTION_CONTROL" -> (T) settings().congestion().congestionControl();
      case "CAPTURE" -> (T) capture;
      case "TCP_INFO" -> (T) channel.tcpInfo();
      case "CLOSE_REPORT" -> (T) channel.closeReport();
      default -> super.getOption(option);
    };
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    if (option.equals(ChannelOption.SO_RCVBUF)) {
      setReceiveBufferSize((Integer) value);
    } else if (option.equals(ChannelOption.SO_SNDBUF)) {
      setSendBufferSize((Integer) value);
    } else if (option.equals(ChannelOption.TCP_NODELAY)) {
      setTcpNoDelay((Boolean) value);
    } else if (option.equals(ChannelOption.SO_KEEPALIVE)) {
      setKeepAlive((Boolean) value);
    } else if (option.equals(ChannelOption.SO_REUSEADDR)) {
      setReuseAddress((Boolean) value);
    } else if (option.equals(ChannelOption.SO_LINGER)) {
      setSoLinger((Integer) value);
    } else if (option.equals(ChannelOption.ALLOW_HALF_CLOSURE)) {
      setAllowHalfClosure((Boolean) value);
    } else if (option.equals(ChannelOption.IP_TOS)) {
      setTrafficClass((Integer) value);
    } else if (option.equals(ChannelOption.TCP_FASTOPEN_CONNECT)) {
      boolean on = (Boolean) value;
      change(old -> old.withSecurity(security -> security.withFastOpen(on)));
    } else {
      return setStackOption(option, value);
    }
    return true;
  }

  private <T> boolean setStackOption(ChannelOption<T> option, T value) {
    switch (StackChannelOption.simpleName(option)) {
      case "TCP_KEEPIDLE" ->
        changeKeepAlive(old -> old.withProbing(probing -> probing.withKeepAliveIdle(seconds(value))));
      case "TCP_KEEPINTVL" ->
        changeKeepAlive(old -> old.withProbing(probing -> probing.withKeepAliveInterval(seconds(value))));
      case "TCP_KEEPCNT" -> {
        int probes = ObjectUtil.checkPositive((Integer) value, "probes");
        changeKeepAlive(old -> old.withProbing(probing -> probing.withKeepAliveProbes(probes)));
      }
      case "TCP_USER_TIMEOUT" -> {
        Duration timeout = Duration.ofMillis(ObjectUtil.checkPositiveOrZero((Integer) value, "milliseconds"));
        change(old -> old.withClosing(closing -> closing.withUserTimeout(timeout)));
        channel.apply(socket -> socket.options().userTimeout(timeout));
      }
      case "TCP_QUICKACK" -> {
        boolean on = (Boolean) value;
        quickAck = on;
        change(old -> old.withTimers(timers -> timers.withQuickAck(on)));
        channel.apply(socket -> socket.options().quickAck(on));
      }
      case "TCP_CORK" -> {
        boolean on = (Boolean) value;
        cork = on;
        channel.apply(socket -> socket.options().cork(on));
      }
      case "TCP_MAXSEG" -> {
        int cap = BufferSizes.segment((Integer) value);
        change(old -> old.withWire(wire -> wire.withMaxSegmentSize(cap)));
      }
      case "CONGESTION_CONTROL" -> {
        CongestionControl.Factory factory = (CongestionControl.Factory) value;
        change(old -> old.withCongestion(congestion -> congestion.withCongestionControl(factory)));
        channel.apply(socket -> socket.options().congestionControl(factory));
      }
      case "CAPTURE" -> {
        Capture given = (Capture) value;
        capture = given;
        channel.capture(given);
      }
      case "TCP_INFO", "CLOSE_REPORT" -> throw new UnsupportedOperationException(option + " can only be read");
      default -> {
        return super.setOption(option, value);
      }
    }
    return true;
  }

  private static Duration seconds(Object value) {
    return Duration.ofSeconds(ObjectUtil.checkPositive((Integer) value, "seconds"));
  }

  private void changeKeepAlive(UnaryOperator<TcpSettings> change) {
    TcpSettings now = settings.updateAndGet(change);
    channel.apply(socket -> socket.options().keepAlive(
        now.probing().keepAlive(), now.probing().keepAliveIdle(), now.probing().keepAliveInterval(),
        now.probing().keepAliveProbes()));
  }

  private void change(UnaryOperator<TcpSettings> change) {
    settings.updateAndGet(change);
  }

  @Override
  protected void autoReadCleared() {
    channel.forgetRead();
  }

  @Override
  public boolean isTcpNoDelay() { return settings().timers().noDelay(); }

  @Override
  public StackSocketChannelConfig setTcpNoDelay(boolean tcpNoDelay) {
    settings.updateAndGet(old -> old.withTimers(timers -> timers.withNoDelay(tcpNoDelay)));
    channel.apply(socket -> socket.options().noDelay(tcpNoDelay));
    return this;
  }

  @Override
  public int getSoLinger() { return soLinger; }

  @Override
  public StackSocketChannelConfig setSoLinger(int seconds) {
    soLinger = Math.max(-1, seconds);
    return this;
  }

  @Override
  public int getSendBufferSize() { return settings().buffers().sendBuffer(); }

  @Override
  public StackSocketChannelConfig setSendBufferSize(int bytes) {
    int size = BufferSizes.atLeastMinimum(bytes);
    // As with every socket: a buffer that was set does not grow by itself.
    settings.updateAndGet(old -> old.withBuffers(buffers -> buffers.withSendBuffer(size).withMaxSendBuffer(size)));
    channel.apply(socket -> socket.options().sendBuffer(size));
    return this;
  }

  @Override
  public int getReceiveBufferSize() { return settings().buffers().receiveBuffer(); }

  @Override
  public StackSocketChannelConfig setReceiveBufferSize(int bytes) {
    int size = BufferSizes.atLeastMinimum(bytes);
    // As with every socket: a buffer that was set does not grow by itself.
    settings
        .updateAndGet(old -> old.withBuffers(buffers -> buffers.withReceiveBuffer(size).withMaxReceiveBuffer(size)));
    channel.apply(socket -> socket.options().receiveBuffer(size));
    return this;
  }

  @Override
  public boolean isKeepAlive() { return settings().probing().keepAlive(); }

  @Override
  public StackSocketChannelConfig setKeepAlive(boolean keepAlive) {
    changeKeepAlive(old -> old.withProbing(probing -> probing.withKeepAlive(keepAlive)));
    return this;
  }

  @Override
  public int getTrafficClass() { return settings().wire().trafficClass(); }

  @Override
  public StackSocketChannelConfig setTrafficClass(int trafficClass) {
    ObjectUtil.checkInRange(trafficClass, 0, 255, "trafficClass");
    change(old -> old.withWire(wire -> wire.withTrafficClass(trafficClass)));
    channel.apply(socket -> socket.options().packetFields(trafficClass, settings().wire().hopLimit()));
    return this;
  }

  @Override
  public boolean isReuseAddress() { return reuseAddress; }

  @Override
  public StackSocketChannelConfig setReuseAddress(boolean reuseAddress) {
    this.reuseAddress = reuseAddress;
    return this;
  }

  @Override
  public boolean isAllowHalfClosure() { return allowHalfClosure; }

  @Override
  public StackSocketChannelConfig setAllowHalfClosure(boolean allowHalfClosure) {
    this.allowHalfClosure = allowHalfClosure;
    return this;
  }

  @Override
  public StackSocketChannelConfig setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
    return this;
  }

  @Override
  public StackSocketChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
    super.setConnectTimeoutMillis(connectTimeoutMillis);
    return this;
  }

  @Override
  @Deprecated
  public StackSocketChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
    super.setMaxMessagesPerRead(maxMessagesPerRead);
    return this;
  }

  @Override
  public StackSocketChannelConfig setWriteSpinCount(int writeSpinCount) {
    super.setWriteSpinCount(writeSpinCount);
    return this;
  }

  @Override
  public StackSocketChannelConfig setAllocator(ByteBufAllocator allocator) {
    super.setAllocator(allocator);
    return this;
  }

  @Override
  public StackSocketChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
    super.setRecvByteBufAllocator(allocator);
    return this;
  }

  @Override
  public StackSocketChannelConfig setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return this;
  }

  @Override
  public StackSocketChannelConfig setAutoClose(boolean autoClose) {
    super.setAutoClose(autoClose);
    return this;
  }

  @Override
  public StackSocketChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return this;
  }

  @Override
  public StackSocketChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
    super.setWriteBufferWaterMark(writeBufferWaterMark);
    return this;
  }
}
