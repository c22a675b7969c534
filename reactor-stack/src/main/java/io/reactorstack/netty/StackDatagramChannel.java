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
 * <p>Datagrams come up whole, whatever their size, each with the address it was sent to; without demand they wait in the
 * socket's bounded queue and are dropped beyond it. A write's promise is kept when the datagram is in the send queue.
 *
 * <p>Options that work: those of every channel, {@code SO_RCVBUF} and {@code SO_SNDBUF} (bytes of the queues, at any
 * time), {@code SO_REUSEADDR} (a port shared by sockets that all say so, before binding), {@code SO_BROADCAST} (without it
 * nothing is sent to a broadcast address), {@code IP_TOS}, {@code IP_MULTICAST_TTL}, {@code IP_MULTICAST_LOOP_DISABLED} (true:
 * this host does not hear what it sends to groups), {@code IP_MULTICAST_IF}, {@code IP_MULTICAST_ADDR} (an address of the
 * stack), {@code DATAGRAM_CHANNEL_ACTIVE_ON_REGISTRATION}.
 *
 * <p>Where groups are concerned, an interface of the machine stands for the stack's of the same name, the machine's loopback
 * for the stack's, and any other for the one that the stack sends to groups through: that of {@code IP_MULTICAST_IF} or
 * {@code IP_MULTICAST_ADDR}, of the address that the channel is bound to, or of the route. Groups may be joined before binding.
 */
public final class StackDatagramChannel extends StackChannel implements DatagramChannel {

  private static final ChannelMetadata METADATA = new ChannelMetadata(true, 16);
  private static final String INTERFACE = "networkInterface";
  private static final Endpoint ANY = new Endpoint(Ipv4Address.UNSPECIFIED, 0);

  private final StackDatagramChannelConfig config = new StackDatagramChannelConfig(this);
  private final ChannelGroups groups;
  private final ReadDemand demand = new ReadDemand(this, this::hasNews, this::takeIn);

  private volatile boolean open = true;

  // The rest belongs to the event loop.
  private @Nullable UdpSocket socket;
  private @Nullable Disposable tap;
  private boolean flushBlocked;

  StackDatagramChannel(StackHost host) {
    super(null, new ChannelHome(host));
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

  /** The socket; one that was not bound takes any address and a port of the stack's choice, as a kernel's does. */
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

  /** Automatic reading was switched off: a read that was asked for and not yet served is forgotten. */
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
      // An ICMP error is told, but ends nothing: the next datagram may get through.
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
      // Codecs (DNS names point to the message's start) take index 0 for the first byte, which here is a header's. The
      // recipient is what the channel is bound to, be it any address, as with the kernel's channels: QUIC takes a
      // datagram to another than localAddress() for one on a path that it does not know, and drops it.
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
        // The next one may go to another peer, be whole, or find memory: only this write's promise fails.
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
    // RFC 1122 3.3.6: not by accident; the error is the one that the JDK makes of the kernel's EACCES.
    if (!config.isBroadcast() && shard().ip().isBroadcast(destination.address())) {
      throw new BindException("Permission denied");
    }
    return new Datagram(ANY, destination, config.getTrafficClass(), 0, data.retain());
  }

  /** The bounds of the queues are others. */
  void queuesChanged() {
    home().run(() -> {
      if (socket != null) {
        socket.queues(config.settings());
      }
    });
  }

  // Multicast

  /** The options about groups have changed. */
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
