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
 * The options of a UDP channel; {@link StackDatagramChannel} says what each does.
 *
 * <p>May be set from any thread.
 */
final class StackDatagramChannelConfig extends StackChannelConfig<StackDatagramChannelConfig>
    implements
      DatagramChannelConfig {

  private static final OptionTable OPTIONS = OptionTable.of(StackDatagramChannelConfig.class);

  /** A datagram is handed up whole whatever its size; this only sets how reading is paced. */
  private static final int READ_SIZE = 2048;

  final StackDatagramChannel channel;
  private final AtomicReference<UdpSettings> settings = new AtomicReference<>(UdpSettings.DEFAULT);
  private volatile @Nullable NetworkInterface networkInterface;
  private volatile @Nullable InetAddress interfaceAddress;

  /** Only the table of options writes these, after its checks. */
  volatile int trafficClass;
  volatile int multicastHopLimit = 1;
  volatile boolean broadcast;
  volatile boolean loopbackDisabled;
  volatile boolean activeOnRegistration;

  StackDatagramChannelConfig(StackDatagramChannel channel) {
    super(channel, new FixedRecvByteBufAllocator(READ_SIZE), OPTIONS);
    this.channel = channel;
  }

  /** The settings that the socket is bound with. */
  UdpSettings settings() {
    return settings.get();
  }

  /** Changes the settings for a socket that is bound from now on. */
  void change(UnaryOperator<UdpSettings> change) {
    settings.updateAndGet(change);
  }

  /** Chooses the interface of groups, by its address or by itself. */
  void chooseInterface(@Nullable InetAddress address, @Nullable NetworkInterface chosen) {
    interfaceAddress = address;
    networkInterface = chosen;
    channel.groupOptionsChanged();
  }

  /** Whether the channel counts as active before it is bound: Netty's resolver wants that. */
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

  /** The address that was set, and not the one of an interface that was. */
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
