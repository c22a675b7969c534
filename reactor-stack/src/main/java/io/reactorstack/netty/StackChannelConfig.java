package io.reactorstack.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.reactorstack.device.Capture;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The common part of the configurations of the stack's channels. Options with a row in {@link OptionTable} for the kind
 * of channel are handled by the row; Netty handles the other options.
 *
 * <p>The setters of Netty's interfaces call {@link #with}, so all checks are in the table. The getters read a field
 * directly, because some are called for each datagram. May be set from any thread.
 *
 * @param <C> this class
 */
abstract sealed class StackChannelConfig<C extends StackChannelConfig<C>> extends DefaultChannelConfig
    permits StackSocketChannelConfig, StackServerSocketChannelConfig, StackDatagramChannelConfig {

  private final OptionTable options;
  private volatile @Nullable Capture capture;

  StackChannelConfig(Channel channel, RecvByteBufAllocator allocator, OptionTable options) {
    super(channel, allocator);
    this.options = options;
  }

  /** Sets {@code option} as {@link #setOption} does, and returns this configuration. */
  final <T> C with(ChannelOption<T> option, T value) {
    setOption(option, value);
    return self();
  }

  /** The capture that records the channel's packets, or {@code null}. */
  final @Nullable Capture capture() {
    return capture;
  }

  /** Sets the capture that records the channel's packets, from the next connecting or binding on. */
  void capture(Capture capture) {
    this.capture = capture;
  }

  @Override
  public final Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(super.getOptions(), options.listed());
  }

  @Override
  public final <T> @Nullable T getOption(ChannelOption<T> option) {
    OptionTable.Access<T> access = options.find(option);
    return access == null ? super.getOption(option) : access.get(this);
  }

  @Override
  public final <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    OptionTable.Access<T> access = options.find(option);
    if (access == null) {
      return super.setOption(option, value);
    }
    access.set(this, value);
    return true;
  }

  // The setters below have covariant return types, which Netty's interfaces for each kind of channel require.

  @Override
  public C setConnectTimeoutMillis(int connectTimeoutMillis) {
    super.setConnectTimeoutMillis(connectTimeoutMillis);
    return self();
  }

  @Override
  @Deprecated
  public C setMaxMessagesPerRead(int maxMessagesPerRead) {
    super.setMaxMessagesPerRead(maxMessagesPerRead);
    return self();
  }

  @Override
  public C setWriteSpinCount(int writeSpinCount) {
    super.setWriteSpinCount(writeSpinCount);
    return self();
  }

  @Override
  public C setAllocator(ByteBufAllocator allocator) {
    super.setAllocator(allocator);
    return self();
  }

  @Override
  public C setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
    super.setRecvByteBufAllocator(allocator);
    return self();
  }

  @Override
  public C setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return self();
  }

  @Override
  public C setAutoClose(boolean autoClose) {
    super.setAutoClose(autoClose);
    return self();
  }

  @Override
  public C setMessageSizeEstimator(MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return self();
  }

  @Override
  public C setWriteBufferHighWaterMark(int writeBufferHighWaterMark) {
    super.setWriteBufferHighWaterMark(writeBufferHighWaterMark);
    return self();
  }

  @Override
  public C setWriteBufferLowWaterMark(int writeBufferLowWaterMark) {
    super.setWriteBufferLowWaterMark(writeBufferLowWaterMark);
    return self();
  }

  @Override
  public C setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
    super.setWriteBufferWaterMark(writeBufferWaterMark);
    return self();
  }

  @SuppressWarnings("unchecked")
  private C self() {
    return (C) this;
  }
}
