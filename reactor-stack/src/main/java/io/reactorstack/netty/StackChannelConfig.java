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
 * The settings of one of the stack's channels, by the rows of {@link OptionTable} for its kind; options without a row are left
 * to Netty.
 *
 * <p>The methods of Netty's interfaces that set an option go through {@link #with}, so that each check stands in the table
 * alone; those that read one read a field, since some are called for each datagram. May be set from any thread.
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

  /** Sets {@code option} as a call of {@link #setOption} does. */
  final <T> C with(ChannelOption<T> option, T value) {
    setOption(option, value);
    return self();
  }

  /** The capture that gets the channel's packets, or {@code null}. */
  final @Nullable Capture capture() {
    return capture;
  }

  /** Sets the capture that gets the channel's packets; in effect from the next connecting or binding on. */
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

  // Covariant returns, which Netty's interfaces for each kind of channel ask for.

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
