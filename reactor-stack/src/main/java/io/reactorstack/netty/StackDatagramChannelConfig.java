package io.reactorstack.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DatagramChannelConfig;
import io.netty.util.internal.ObjectUtil;
import io.reactorstack.device.Capture;
import io.reactorstack.udp.UdpSettings;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The options of a UDP channel; {@link StackDatagramChannel} says what each does.
 *
 * <p>May be set from any thread.
 */
final class StackDatagramChannelConfig extends DefaultChannelConfig implements DatagramChannelConfig {

  /** A datagram is handed up whole whatever its size; this only sets how reading is paced. */
  private static final int READ_SIZE = 2048;

  private final StackDatagramChannel channel;
  private final AtomicReference<UdpSettings> settings = new AtomicReference<>(UdpSettings.DEFAULT);
  private volatile int trafficClass;
  private volatile int multicastHopLimit = 1;
  private volatile boolean broadcast;
  private volatile boolean loopbackDisabled;
  private volatile @Nullable NetworkInterface networkInterface;
  private volatile @Nullable InetAddress interfaceAddress;
  private volatile boolean activeOnRegistration;
  private volatile @Nullable Capture capture;

  StackDatagramChannelConfig(StackDatagramChannel channel) {
    super(channel, new FixedRecvByteBufAllocator(READ_SIZE));
    this.channel = channel;
  }

  /** With what the socket is bound. */
  UdpSettings settings() {
    return settings.get();
  }

  /** Where the packets of the port are shown. */
  @Nullable
  Capture capture() {
    return capture;
  }

  /** Whether the channel counts as active before it is bound: Netty's resolver wants that. */
  boolean isActiveOnRegistration() {
    return activeOnRegistration;
  }

  @Override
  public Map<ChannelOption<?>, Object> getOptions() {
    return getOptions(
        super.getOptions(),
        ChannelOption.SO_BROADCAST,
        ChannelOption.SO_REUSEADDR,
        ChannelOption.SO_RCVBUF,
        ChannelOption.SO_SNDBUF,
        ChannelOption.IP_TOS,
        ChannelOption.IP_MULTICAST_ADDR,
        ChannelOption.IP_MULTICAST_IF,
        ChannelOption.IP_MULTICAST_TTL,
        ChannelOption.IP_MULTICAST_LOOP_DISABLED);
  }

  @Override
  @SuppressWarnings({"unchecked", "deprecation"})
  public <T> @Nullable T getOption(ChannelOption<T> option) {
    if (ChannelOption.SO_BROADCAST.equals(option)) {
      return (T) Boolean.valueOf(isBroadcast());
    }
    if (ChannelOption.SO_REUSEADDR.equals(option)) {
      return (T) Boolean.valueOf(isReuseAddress());
    }
    if (ChannelOption.SO_RCVBUF.equals(option)) {
      return (T) Integer.valueOf(getReceiveBufferSize());
    }
    if (ChannelOption.SO_SNDBUF.equals(option)) {
      return (T) Integer.valueOf(getSendBufferSize());
    }
    if (ChannelOption.IP_TOS.equals(option)) {
      return (T) Integer.valueOf(getTrafficClass());
    }
    if (ChannelOption.IP_MULTICAST_TTL.equals(option)) {
      return (T) Integer.valueOf(getTimeToLive());
    }
    if (ChannelOption.IP_MULTICAST_LOOP_DISABLED.equals(option)) {
      return (T) Boolean.valueOf(isLoopbackModeDisabled());
    }
    if (ChannelOption.IP_MULTICAST_IF.equals(option)) {
      return (T) getNetworkInterface();
    }
    if (ChannelOption.IP_MULTICAST_ADDR.equals(option)) {
      return (T) getInterface();
    }
    if (ChannelOption.DATAGRAM_CHANNEL_ACTIVE_ON_REGISTRATION.equals(option)) {
      return (T) Boolean.valueOf(activeOnRegistration);
    }
    if (StackChannelOption.CAPTURE.equals(option)) {
      return (T) capture;
    }
    return super.getOption(option);
  }

  @Override
  @SuppressWarnings("deprecation")
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    if (ChannelOption.SO_BROADCAST.equals(option)) {
      setBroadcast((Boolean) value);
    } else if (ChannelOption.SO_REUSEADDR.equals(option)) {
      setReuseAddress((Boolean) value);
    } else if (ChannelOption.SO_RCVBUF.equals(option)) {
      setReceiveBufferSize((Integer) value);
    } else if (ChannelOption.SO_SNDBUF.equals(option)) {
      setSendBufferSize((Integer) value);
    } else if (ChannelOption.IP_TOS.equals(option)) {
      setTrafficClass((Integer) value);
    } else if (ChannelOption.IP_MULTICAST_TTL.equals(option)) {
      setTimeToLive((Integer) value);
    } else if (ChannelOption.IP_MULTICAST_LOOP_DISABLED.equals(option)) {
      setLoopbackModeDisabled((Boolean) value);
    } else if (ChannelOption.IP_MULTICAST_IF.equals(option)) {
      setNetworkInterface((NetworkInterface) value);
    } else if (ChannelOption.IP_MULTICAST_ADDR.equals(option)) {
      setInterface((InetAddress) value);
    } else if (ChannelOption.DATAGRAM_CHANNEL_ACTIVE_ON_REGISTRATION.equals(option)) {
      activeOnRegistration = (Boolean) value;
    } else if (StackChannelOption.CAPTURE.equals(option)) {
      capture = (Capture) value;
    } else {
      return super.setOption(option, value);
    }
    return true;
  }

  @Override
  protected void autoReadCleared() {
    channel.forgetRead();
  }

  @Override
  public boolean isBroadcast() { return broadcast; }

  @Override
  public StackDatagramChannelConfig setBroadcast(boolean broadcast) {
    this.broadcast = broadcast;
    return this;
  }

  @Override
  public boolean isReuseAddress() { return settings().reuseAddress(); }

  @Override
  public StackDatagramChannelConfig setReuseAddress(boolean reuseAddress) {
    settings.updateAndGet(old -> old.withReuseAddress(reuseAddress));
    return this;
  }

  @Override
  public int getSendBufferSize() {
    return settings().sendBytes();
  }

  @Override
  public StackDatagramChannelConfig setSendBufferSize(int bytes) {
    ObjectUtil.checkPositive(bytes, "bytes");
    int size = Math.min(bytes, UdpSettings.MOST_BYTES);
    settings.updateAndGet(old -> old.withSendQueue(size, old.sendDatagrams()));
    channel.queuesChanged();
    return this;
  }

  @Override
  public int getReceiveBufferSize() {
    return settings().receiveBytes();
  }

  @Override
  public StackDatagramChannelConfig setReceiveBufferSize(int bytes) {
    ObjectUtil.checkPositive(bytes, "bytes");
    int size = Math.min(bytes, UdpSettings.MOST_BYTES);
    settings.updateAndGet(old -> old.withReceiveQueue(size, old.receiveDatagrams()));
    channel.queuesChanged();
    return this;
  }

  @Override
  public int getTrafficClass() {
    return trafficClass;
  }

  @Override
  public StackDatagramChannelConfig setTrafficClass(int trafficClass) {
    this.trafficClass = ObjectUtil.checkInRange(trafficClass, 0, 255, "trafficClass");
    return this;
  }

  @Override
  public int getTimeToLive() {
    return multicastHopLimit;
  }

  @Override
  public StackDatagramChannelConfig setTimeToLive(int hops) {
    multicastHopLimit = ObjectUtil.checkInRange(hops, 0, 255, "hops");
    channel.groupOptionsChanged();
    return this;
  }

  @Override
  public boolean isLoopbackModeDisabled() { return loopbackDisabled; }

  @Override
  public StackDatagramChannelConfig setLoopbackModeDisabled(boolean loopbackModeDisabled) {
    loopbackDisabled = loopbackModeDisabled;
    channel.groupOptionsChanged();
    return this;
  }

  @Override
  public @Nullable InetAddress getInterface() {
    InetAddress address = interfaceAddress;
    NetworkInterface chosen = networkInterface;
    return address != null || chosen == null ? address : chosen.inetAddresses().findFirst().orElse(null);
  }

  /** The address that was set, and not the one of an interface that was. */
  @Nullable
  InetAddress chosenAddress() {
    return interfaceAddress;
  }

  @Override
  public StackDatagramChannelConfig setInterface(InetAddress address) {
    interfaceAddress = ObjectUtil.checkNotNull(address, "interfaceAddress");
    networkInterface = null;
    channel.groupOptionsChanged();
    return this;
  }

  @Override
  public @Nullable NetworkInterface getNetworkInterface() {
    return networkInterface;
  }

  @Override
  public StackDatagramChannelConfig setNetworkInterface(NetworkInterface chosen) {
    networkInterface = ObjectUtil.checkNotNull(chosen, "networkInterface");
    interfaceAddress = null;
    channel.groupOptionsChanged();
    return this;
  }

  // Covariant returns

  @Override
  public StackDatagramChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
    super.setConnectTimeoutMillis(connectTimeoutMillis);
    return this;
  }

  @Override
  @Deprecated
  public StackDatagramChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
    super.setMaxMessagesPerRead(maxMessagesPerRead);
    return this;
  }

  @Override
  public StackDatagramChannelConfig setWriteSpinCount(int writeSpinCount) {
    super.setWriteSpinCount(writeSpinCount);
    return this;
  }

  @Override
  public StackDatagramChannelConfig setAllocator(ByteBufAllocator allocator) {
    super.setAllocator(allocator);
    return this;
  }

  @Override
  public StackDatagramChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
    super.setRecvByteBufAllocator(allocator);
    return this;
  }

  @Override
  public StackDatagramChannelConfig setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return this;
  }

  @Override
  public StackDatagramChannelConfig setAutoClose(boolean autoClose) {
    super.setAutoClose(autoClose);
    return this;
  }

  @Override
  public StackDatagramChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return this;
  }

  @Override
  public StackDatagramChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
    super.setWriteBufferWaterMark(writeBufferWaterMark);
    return this;
  }
}
