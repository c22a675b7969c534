package io.reactorstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AddressedEnvelope;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.DatagramChannelConfig;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.unix.SegmentedDatagramPacket;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.internal.ObjectUtil;
import io.netty.util.internal.StringUtil;
import io.reactorstack.device.Capture;
import io.reactorstack.host.StackHost;
import io.reactorstack.ip.host.PacketFlow;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpSocket;
import io.reactorstack.wire.IpProtocol;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.NotYetConnectedException;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * A UDP socket of the stack as a Netty channel.
 *
 * <p>Each datagram is read whole, whatever its size, as one message. Without demand, datagrams wait in the socket's
 * bounded queue; when it is full, further ones are dropped. The promise of a write succeeds when the datagram is in the
 * send queue.
 *
 * <p>Supported options: those of every channel, {@code SO_RCVBUF} and {@code SO_SNDBUF} (bytes of the queues, at any
 * time), {@code SO_REUSEADDR} (sockets that all set it share a port; before binding), {@code SO_BROADCAST} (without it,
 * sending to a broadcast address fails), {@code IP_TOS}, {@code IP_MULTICAST_TTL}, {@code IP_MULTICAST_LOOP_DISABLED}
 * (true: this host does not receive what it sends to groups), {@code IP_MULTICAST_IF}, {@code IP_MULTICAST_ADDR} (an
 * address of the stack), {@code DATAGRAM_CHANNEL_ACTIVE_ON_REGISTRATION}.
 *
 * <p>In calls and options for multicast groups, a {@code NetworkInterface} of the machine selects an interface of the
 * stack: the one with the same name, or the stack's loopback for the machine's loopback. Any other selects the
 * interface through which the stack sends to groups: that of {@code IP_MULTICAST_IF} or {@code IP_MULTICAST_ADDR}, of
 * the address that the channel is bound to, or of the route. Groups may be joined before binding.
 */
public final class StackDatagramChannel extends StackChannel implements DatagramChannel {

  private static final ChannelMetadata METADATA = new ChannelMetadata(true, 16);
  private static final String INTERFACE = "networkInterface";
  private static final Endpoint ANY = new Endpoint(Ipv4Address.UNSPECIFIED, 0);

  private final StackDatagramChannelConfig config = new StackDatagramChannelConfig(this);
  private final ChannelGroups groups;
  private final ReadDemand demand = new ReadDemand(this, this::hasNews, this::takeIn);

  private volatile boolean open = true;

  // The following fields are confined to the event loop.
  private @Nullable UdpSocket socket;
  private @Nullable Disposable tap;
  private boolean flushBlocked;

  StackDatagramChannel(StackHost host) {
    super(null, new ChannelShard(host));
    this.groups = new ChannelGroups(home(), config);
    config.setAllocator(host.settings().memory().allocator());
  }

  // Properties of the channel

  @Override
  public DatagramChannelConfig config() {
    return config;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isActive() {
    return open && (localAddress() != null || (config.isActiveOnRegistration() && isRegistered()));
  }

  @Override
  public boolean isConnected() {
    return open && remoteAddress() != null;
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new StackUnsafe();
  }

  // Opening and closing

  private final class StackUnsafe extends AbstractUnsafe {

    @Override
    public void connect(SocketAddress remoteAddress, @Nullable SocketAddress localAddress, ChannelPromise promise) {
      if (!promise.setUncancellable() || !ensureOpen(promise)) {
        return;
      }
      boolean wasActive = isActive();
      try {
        connectTo(Addresses.resolved(remoteAddress), localAddress);
      } catch (IOException | RuntimeException e) {
        promise.tryFailure(e);
        close(voidPromise());
        return;
      }
      promise.trySuccess();
      if (!wasActive && isActive()) {
        pipeline().fireChannelActive();
      }
    }

    void resumeFlush() {
      flush0();
    }
  }

  private void connectTo(InetSocketAddress to, @Nullable SocketAddress from) throws IOException {
    if (remoteAddress() != null) {
      throw new AlreadyConnectedException();
    }
    UdpSocket connecting = from == null ? bound() : bind(Endpoint.of(Addresses.resolved(from)));
    connecting.connect(Endpoint.of(to));
    local(connecting.local().toInetSocketAddress());
    remote(to);
  }

  @Override
  protected void doBind(SocketAddress localAddress) throws IOException {
    if (localAddress() != null) {
      throw new AlreadyBoundException();
    }
    bind(Endpoint.of(Addresses.resolved(localAddress)));
  }

  private UdpSocket bind(Endpoint end) throws IOException {
    UdpSocket bound;
    try {
      bound = shard().udp().bind(end, config.settings(), this::changed);
    } catch (BindException e) {
      throw ConnectionErrors.onBind(e);
    }
    try {
      groups.bound(bound);
    } catch (IOException | RuntimeException e) {
      bound.close();
      throw e;
    }
    if (socket != null) {
      socket.close();
    }
    socket = bound;
    show(bound);
    local(bound.local().toInetSocketAddress());
    return bound;
  }

  private void show(UdpSocket bound) {
    Capture capture = config.capture();
    hide();
    if (capture != null) {
      PacketFlow port = new PacketFlow(IpProtocol.UDP, bound.local(), null);
      tap = shard().ip().observe(port, capture.packets(shard().loop().ticker()));
    }
  }

  private void hide() {
    if (tap != null) {
      tap.dispose();
      tap = null;
    }
  }

  /**
   * Returns the socket. If the channel is not bound, binds it to any address and a port that the stack chooses, as the
   * kernel does.
   */
  private UdpSocket bound() throws IOException {
    return socket == null ? bind(ANY) : socket;
  }

  @Override
  protected void doDisconnect() {
    if (socket != null) {
      socket.disconnect();
      local(socket.local().toInetSocketAddress());
    }
    remote(null);
  }

  @Override
  protected void doClose() {
    open = false;
    demand.clear();
    groups.close();
    UdpSocket closing = socket;
    hide();
    if (closing != null) {
      socket = null;
      closing.close();
    }
  }

  // Events of the socket

  private void changed(UdpSocket changed) {
    if (!open || !changed.equals(socket)) {
      return;
    }
    if (changed.isClosed()) {
      unsafe().close(unsafe().voidPromise());
      return;
    }
    if (flushBlocked) {
      flushBlocked = false;
      ((StackUnsafe) unsafe()).resumeFlush();
    }
    takeIn();
  }

  // Reading

  @Override
  protected void doBeginRead() {
    demand.request();
  }

  /** Called when automatic reading is switched off: clears the pending read. */
  void forgetRead() {
    home().run(demand::clear);
  }

  private boolean hasNews() {
    return socket != null && socket.receivable() > 0;
  }

  private void takeIn() {
    if (!demand.isOpen() || socket == null) {
      return;
    }
    IOException error = socket.takeError();
    if (socket.receivable() > 0) {
      readDatagrams(socket);
    }
    if (error != null) {
      // Report an ICMP error without closing the channel: later datagrams may arrive.
      pipeline().fireExceptionCaught(error);
    }
    demand.schedule();
  }

  private void readDatagrams(UdpSocket from) {
    ExtendedHandle handle = (ExtendedHandle) unsafe().recvBufAllocHandle();
    handle.reset(config);
    demand.reading(() -> readDatagrams(from, handle));
    handle.readComplete();
    pipeline().fireChannelReadComplete();
  }

  private void readDatagrams(UdpSocket from, ExtendedHandle handle) {
    do {
      Datagram datagram = from.receive();
      if (datagram == null) {
        return;
      }
      handle.lastBytesRead(datagram.payload().readableBytes());
      handle.incMessagesRead(1);
      demand.clear();
      // Pass a slice: some codecs (DNS, whose name pointers count from the start of the message) expect the first byte
      // at index 0, but the buffer begins with a header. The recipient is the address that the channel is bound to,
      // even if that is the wildcard, as in the kernel's channels. QUIC drops a datagram whose recipient is not
      // localAddress(), because it takes it for one on an unknown path.
      pipeline().fireChannelRead(new DatagramPacket(
          datagram.payload().slice(),
          localAddress(),
          datagram.remote().toInetSocketAddress()));
    } while (open && handle.continueReading(UncheckedBooleanSupplier.TRUE_SUPPLIER));
  }

  // Writing

  @Override
  protected Object filterOutboundMessage(Object message) {
    if (message instanceof ByteBuf) {
      return message;
    }
    if (message instanceof AddressedEnvelope<?, ?> envelope && envelope.content() instanceof ByteBuf) {
      if (envelope.recipient() != null) {
        Addresses.resolved(envelope.recipient());
      }
      return message;
    }
    throw new UnsupportedOperationException("unsupported message type: " + StringUtil.simpleClassName(message)
        + " (expected: DatagramPacket, AddressedEnvelope<ByteBuf, InetSocketAddress>, ByteBuf)");
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws IOException {
    UdpSocket to = bound();
    groups.applyOptions();
    for (Object message = in.current(); message != null; message = in.current()) {
      ByteBuf data = (ByteBuf) (message instanceof AddressedEnvelope<?, ?> envelope ? envelope.content() : message);
      if (!to.hasRoomFor(data.readableBytes())) {
        flushBlocked = true;
        return;
      }
      try {
        to.send(datagram(message, data));
        in.remove();
      } catch (IOException | RuntimeException | VirtualMachineError e) {
        // Fail the promise of this write only: the next datagram may have another peer, be shorter, or find memory.
        in.remove(e);
      }
    }
  }

  private Datagram datagram(Object message, ByteBuf data) throws BindException {
    Endpoint destination = message instanceof AddressedEnvelope<?, ?> envelope
        && envelope.recipient() instanceof InetSocketAddress recipient ? Endpoint.of(recipient) : Datagram.CONNECTED;
    if (destination.equals(Datagram.CONNECTED) && remoteAddress() == null) {
      throw new NotYetConnectedException();
    }
    // RFC 1122 section 3.3.6: do not send broadcasts by accident. The JDK throws this exception for the kernel's
    // EACCES.
    if (!config.isBroadcast() && shard().ip().isBroadcast(destination.address())) {
      throw new BindException("Permission denied");
    }
    Datagram datagram = new Datagram(ANY, destination, config.getTrafficClass(), 0, data.retain());
    return message instanceof SegmentedDatagramPacket burst ? datagram.withSegmentSize(burst.segmentSize()) : datagram;
  }

  /** Called when the settings that an open socket follows have changed. */
  void settingsChanged() {
    home().run(() -> {
      if (socket != null) {
        socket.adopt(config.settings());
      }
    });
  }

  // Multicast

  /** Called when an option for multicast has changed. */
  void groupOptionsChanged() {
    groups.optionsChanged();
  }

  @Override
  public ChannelFuture joinGroup(InetAddress group) {
    return joinGroup(group, newPromise());
  }

  @Override
  public ChannelFuture joinGroup(InetAddress group, ChannelPromise promise) {
    groups.join(group, config.getNetworkInterface(), null, promise);
    return promise;
  }

  @Override
  public ChannelFuture joinGroup(InetSocketAddress group, NetworkInterface networkInterface) {
    return joinGroup(group, networkInterface, newPromise());
  }

  @Override
  public ChannelFuture joinGroup(InetSocketAddress group, NetworkInterface networkInterface, ChannelPromise promise) {
    return joinGroup(group.getAddress(), networkInterface, null, promise);
  }

  @Override
  public ChannelFuture joinGroup(InetAddress group, NetworkInterface networkInterface, @Nullable InetAddress source) {
    return joinGroup(group, networkInterface, source, newPromise());
  }

  @Override
  public ChannelFuture joinGroup(
      InetAddress group, NetworkInterface networkInterface, @Nullable InetAddress source, ChannelPromise promise) {
    groups.join(group, ObjectUtil.checkNotNull(networkInterface, INTERFACE), source, promise);
    return promise;
  }

  @Override
  public ChannelFuture leaveGroup(InetAddress group) {
    return leaveGroup(group, newPromise());
  }

  @Override
  public ChannelFuture leaveGroup(InetAddress group, ChannelPromise promise) {
    groups.leave(group, config.getNetworkInterface(), null, promise);
    return promise;
  }

  @Override
  public ChannelFuture leaveGroup(InetSocketAddress group, NetworkInterface networkInterface) {
    return leaveGroup(group, networkInterface, newPromise());
  }

  @Override
  public ChannelFuture leaveGroup(InetSocketAddress group, NetworkInterface networkInterface, ChannelPromise promise) {
    return leaveGroup(group.getAddress(), networkInterface, null, promise);
  }

  @Override
  public ChannelFuture leaveGroup(InetAddress group, NetworkInterface networkInterface, @Nullable InetAddress source) {
    return leaveGroup(group, networkInterface, source, newPromise());
  }

  @Override
  public ChannelFuture leaveGroup(
      InetAddress group, NetworkInterface networkInterface, @Nullable InetAddress source, ChannelPromise promise) {
    groups.leave(group, ObjectUtil.checkNotNull(networkInterface, INTERFACE), source, promise);
    return promise;
  }

  @Override
  public ChannelFuture block(InetAddress group, NetworkInterface networkInterface, InetAddress source) {
    return block(group, networkInterface, source, newPromise());
  }

  @Override
  public ChannelFuture block(
      InetAddress group, NetworkInterface networkInterface, InetAddress source, ChannelPromise promise) {
    groups.block(group, ObjectUtil.checkNotNull(networkInterface, INTERFACE), source, promise);
    return promise;
  }

  @Override
  public ChannelFuture block(InetAddress group, InetAddress source) {
    return block(group, source, newPromise());
  }

  @Override
  public ChannelFuture block(InetAddress group, InetAddress source, ChannelPromise promise) {
    groups.block(group, config.getNetworkInterface(), source, promise);
    return promise;
  }
}
