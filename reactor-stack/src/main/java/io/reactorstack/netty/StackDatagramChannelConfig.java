package io.reactorstack.netty;

import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DatagramChannelConfig;
import io.reactorstack.udp.UdpSettings;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The options of a UDP channel; {@link StackDatagramChannel} describes them.
 *
 * <p>May be set from any thread.
 */
final class StackDatagramChannelConfig extends StackChannelConfig<StackDatagramChannelConfig>
    implements
      DatagramChannelConfig {

  private static final OptionTable OPTIONS = OptionTable.of(StackDatagramChannelConfig.class);

  /** Only paces the reading; a datagram is passed to the pipeline whole, whatever its size. */
  private static final int READ_SIZE = 2048;

  final StackDatagramChannel channel;
  private final AtomicReference<UdpSettings> settings = new AtomicReference<>(UdpSettings.DEFAULT);
  private volatile @Nullable NetworkInterface networkInterface;
  private volatile @Nullable InetAddress interfaceAddress;

  /** These fields are written by {@link OptionTable} only, after its checks. */
  volatile int trafficClass;
  volatile int multicastHopLimit = 1;
  volatile boolean broadcast;
  volatile boolean loopbackDisabled;
  volatile boolean activeOnRegistration;

  StackDatagramChannelConfig(StackDatagramChannel channel) {
    super(channel, new FixedRecvByteBufAllocator(READ_SIZE), OPTIONS);
    this.channel = channel;
  }

  /** The settings with which the socket is bound. */
  UdpSettings settings() {
    return settings.get();
  }

  /** Changes the settings with which a later socket is bound. */
  void change(UnaryOperator<UdpSettings> change) {
    settings.updateAndGet(change);
  }

  /** Sets the interface for multicast, by an address of it or by itself. */
  void chooseInterface(@Nullable InetAddress address, @Nullable NetworkInterface chosen) {
    interfaceAddress = address;
    networkInterface = chosen;
    channel.groupOptionsChanged();
  }

  /** Returns whether the channel counts as active before it is bound, which Netty's resolver needs. */
  boolean isActiveOnRegistration() {
    return activeOnRegistration;
  }

  @Override
  protected void autoReadCleared() {
    channel.forgetRead();
  }

  @Override
  public boolean isBroadcast() { return broadcast; }

  @Override
  public StackDatagramChannelConfig setBroadcast(boolean broadcast) {
    return with(ChannelOption.SO_BROADCAST, broadcast);
  }

  @Override
  public boolean isReuseAddress() { return settings().reuseAddress(); }

  @Override
  public StackDatagramChannelConfig setReuseAddress(boolean reuseAddress) {
    return with(ChannelOption.SO_REUSEADDR, reuseAddress);
  }

  @Override
  public int getSendBufferSize() { return settings().sendBytes(); }

  @Override
  public StackDatagramChannelConfig setSendBufferSize(int bytes) {
    return with(ChannelOption.SO_SNDBUF, bytes);
  }

  @Override
  public int getReceiveBufferSize() { return settings().receiveBytes(); }

  @Override
  public StackDatagramChannelConfig setReceiveBufferSize(int bytes) {
    return with(ChannelOption.SO_RCVBUF, bytes);
  }

  @Override
  public int getTrafficClass() { return trafficClass; }

  @Override
  public StackDatagramChannelConfig setTrafficClass(int trafficClass) {
    return with(ChannelOption.IP_TOS, trafficClass);
  }

  @Override
  public int getTimeToLive() { return multicastHopLimit; }

  @Override
  public StackDatagramChannelConfig setTimeToLive(int hops) {
    return with(ChannelOption.IP_MULTICAST_TTL, hops);
  }

  @Override
  public boolean isLoopbackModeDisabled() { return loopbackDisabled; }

  @Override
  public StackDatagramChannelConfig setLoopbackModeDisabled(boolean loopbackModeDisabled) {
    return with(ChannelOption.IP_MULTICAST_LOOP_DISABLED, loopbackModeDisabled);
  }

  @Override
  public @Nullable InetAddress getInterface() {
    InetAddress address = interfaceAddress;
    NetworkInterface chosen = networkInterface;
    return address != null || chosen == null ? address : chosen.inetAddresses().findFirst().orElse(null);
  }

  /** The address that was set for the interface, or {@code null} if an interface was set instead. */
  @Nullable
  InetAddress chosenAddress() {
    return interfaceAddress;
  }

  @Override
  public StackDatagramChannelConfig setInterface(InetAddress address) {
    return with(ChannelOption.IP_MULTICAST_ADDR, address);
  }

  @Override
  public @Nullable NetworkInterface getNetworkInterface() { return networkInterface; }

  @Override
  public StackDatagramChannelConfig setNetworkInterface(NetworkInterface chosen) {
    return with(ChannelOption.IP_MULTICAST_IF, chosen);
  }
}
