package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.wire.UdpHeader;
import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * A UDP socket on its event loop. It has two thin adapters for users: {@link UdpConnection} and the Netty channel.
 *
 * <p>Received datagrams wait in a queue that is bounded in bytes and datagrams; those that do not fit are dropped and
 * counted. Datagrams to be sent wait, bounded too, until the device has credit. All methods must be called on the loop.
 */
public final class UdpSocket {

  /** A listener for changes of the socket, implemented by its adapters. */
  @FunctionalInterface
  public interface Watcher {

    /**
     * Called when the socket may have changed since the last call: it has datagrams to read, space to send, an error,
     * or it was closed. Called at most once a loop turn, from the turn's dirty list.
     */
    void changed(UdpSocket socket);
  }

  /** The largest value of a length field of IP. */
  private static final int LONGEST = 0xffff;

  /** The memory charged for a socket's objects, in octets, apart from its datagrams. */
  static final long OWN_MEMORY = 1024;

  private final UdpHost owner;
  private final LoopTurn turn;
  private final IpHost host;
  private final Drops drops;
  private final UdpPackets packets;
  private UdpSettings settings;
  private final UdpGroups groups;
  private final UdpInput input;
  private final UdpOutput output;
  private Watcher watcher;
  private Endpoint local;
  private @Nullable Endpoint remote;
  /**
   * Is notified of datagrams to {@link #remote} that could not be sent; {@code NOBODY} while the socket is not
   * connected.
   */
  private Originator peer = Originator.NOBODY;
  private @Nullable IOException error;
  private final IcmpFeed feed;
  private @Nullable UdpPathMtu discovery;
  private boolean dirty;
  private boolean closed;

  UdpSocket(UdpHost owner, LoopTurn turn, IpHost host, Drops drops, UdpSettings settings, UdpGroups groups,
      Endpoint local, Watcher watcher) {
    this.owner = owner;
    this.input = new UdpInput(owner.memory());
    this.output = new UdpOutput(owner.memory(), drops, this::touch);
    this.turn = turn;
    this.feed = new IcmpFeed(turn);
    this.host = host;
    this.drops = drops;
    this.packets = new UdpPackets(host, turn, groups, owner.allocator(), drops);
    this.settings = settings;
    this.groups = groups;
    this.local = local;
    this.watcher = watcher;
  }

  /** Replaces the listener; the new one is called in the next turn. */
  public void watch(Watcher next) {
    watcher = next;
    touch();
  }

  /**
   * Changes the queue bounds and the treatment of long datagrams to those of {@code changed}; queued datagrams remain
   * queued.
   */
  public void adopt(UdpSettings changed) {
    settings = settings
        .withReceiveQueue(changed.receiveBytes(), changed.receiveDatagrams())
        .withSendQueue(changed.sendBytes(), changed.sendDatagrams())
        .withLongDatagrams(changed.longDatagrams());
    // The listener may be waiting for space in the send queue.
    touch();
  }

  /** The local endpoint; its address is unspecified if the socket receives datagrams to all of the host's packets. */
  public Endpoint local() {
    return local;
  }

  /** The peer that the socket is connected to, or {@code null}. */
  public @Nullable Endpoint remote() {
    return remote;
  }

  /**
   * Connects the socket to {@code wanted}: it receives datagrams from this peer only, sends to it by default, and reports
   * ICMP errors about it. Datagrams in the receive queue remain there.
   *
   * @throws NoRouteToHostException if there is no route
   * @throws BindException if another socket is connected to the same peer from the same local endpoint
   * @throws SocketException if the port is 0
   * @throws ClosedChannelException if the socket is closed
   */
  public void connect(Endpoint wanted) throws IOException {
    checkOpen();
    Endpoint to = wanted.with(host.inOwnZone(wanted.address()));
    if (to.port() == 0) {
      throw new SocketException("cannot connect to port 0");
    }
    Destination path = groups.pathTo(to.address(), local);
    if (path == null) {
      throw noRoute(to.address());
    }
    Endpoint binding = owner.binding(this);
    Endpoint end = binding.address().isUnspecified() ? new Endpoint(path.source(), binding.port()) : binding;
    owner.connect(this, end, to);
    local = end;
    remote = to;
    peer = new ConnectedPeer(to);
  }

  /** Reverses {@link #connect}; the local endpoint is again the one that the socket was bound to. */
  public void disconnect() {
    if (remote != null) {
      endDiscovery();
      owner.disconnect(this, local, remote);
      local = owner.binding(this);
      remote = null;
      peer = Originator.NOBODY;
    }
  }

  /** The multicast and broadcast settings of the socket. */
  public UdpGroups groups() {
    return groups;
  }

  /**
   * Joins a group, in addition to those joined before; joining twice has no effect.
   *
   * @throws SocketException if the interface does not exist, or there are too many groups or sources
   * @throws IllegalStateException if the group was joined for all sources and {@code group} names one, or vice versa
   * @throws ClosedChannelException if the socket is closed
   */
  public void join(MulticastGroup group) throws IOException {
    checkOpen();
    groups.join(group, local);
  }

  /**
   * Reverses a {@link #join} of the same group, interface and source; leaving a group that was not joined has no
   * effect.
   *
   * @throws SocketException if the interface does not exist
   * @throws ClosedChannelException if the socket is closed
   */
  public void leave(MulticastGroup group) throws IOException {
    checkOpen();
    groups.leave(group, local);
  }

  /**
   * Blocks the datagrams of {@code source} to a group that was joined for all sources.
   *
   * @throws SocketException if the interface does not exist, or there are too many sources
   * @throws IllegalStateException if the group was not joined for all sources
   * @throws ClosedChannelException if the socket is closed
   */
  public void block(MulticastGroup group, IpAddress source) throws IOException {
    checkOpen();
    groups.block(group, source, local);
  }

  /**
   * Reverses a {@link #block}.
   *
   * @throws SocketException if the interface does not exist
   * @throws IllegalStateException if {@code source} is not blocked
   * @throws ClosedChannelException if the socket is closed
   */
  public void unblock(MulticastGroup group, IpAddress source) throws IOException {
    checkOpen();
    groups.unblock(group, source, local);
  }

  /**
   * Returns whether the socket receives from any source of {@code group} on its interface.
   *
   * @throws SocketException if the interface does not exist
   */
  public boolean isMember(MulticastGroup group) throws SocketException {
    return groups.isMember(group, local);
  }

  /** Returns whether the port may be shared. */
  boolean reusesAddress() {
    return settings.reuseAddress();
  }

  /** Returns whether the socket accepts a multicast or broadcast datagram to its port. */
  boolean accepts(UdpDatagram datagram) {
    InboundPacket carrier = datagram.carrier();
    // RFC 1122 4.1.3.5: a socket that is bound to one address, or has one by connecting, receives only datagrams to
    // that address.
    if (!local.address().isUnspecified() && !local.address().equals(carrier.destination())) {
      return false;
    }
    boolean fromPeer = remote == null
        || remote.equals(new Endpoint(carrier.peer(), datagram.sourcePort()));
    return fromPeer && groups.accepts(carrier);
  }

  /** Returns whether a datagram of {@code bytes} bytes fits into the send queue; an empty queue accepts any. */
  public boolean hasRoomFor(int bytes) {
    return output.hasRoomFor(bytes, settings);
  }

  /** The number of datagrams that wait for the device. */
  public int waiting() {
    return output.waiting();
  }

  /**
   * Returns the maximum number of data bytes in one datagram to {@code destination} that needs no fragments (RFC 1122
   * section 3.3.3), or -1 without a route.
   */
  public int maximumPayload(IpAddress destination) {
    Destination path = groups.pathTo(destination, local);
    int options = destination.isV4() ? settings.header().options().length() : 0;
    return path == null ? -1 : unfragmented(path) - destination.headerLength() - options - UdpHeader.LENGTH;
  }

  /** The longest packet that leaves in one piece, in octets. */
  private int unfragmented(Destination path) {
    // RFC 8899 4.5: the discovery replaces the path MTU of the internet layer.
    UdpPathMtu running = discovery(path);
    if (running != null) {
      return running.mtu();
    }
    return settings.longDatagrams() == LongDatagrams.PROBES ? path.linkMtu() : path.mtu();
  }

  /** The longest packet that the socket sends, in octets: without fragments, or as the length field permits. */
  private int limit(Destination path) {
    if (settings.longDatagrams() != LongDatagrams.FRAGMENTED || discovery(path) != null) {
      return unfragmented(path);
    }
    // The payload length of IPv6 does not count the header.
    return path.address().isV4() ? LONGEST : LONGEST + path.address().headerLength();
  }

  /**
   * Queues a datagram for sending. The socket owns it from this call on, also if the call fails; its bytes are copied.
   * A datagram that cannot be sent is counted by reason, and the socket remains usable: the next one may succeed.
   *
   * @return {@code false} if the queue is full and the datagram was dropped
   * @throws NoRouteToHostException if there is no route
   * @throws BindException if the source address is not this host's
   * @throws SocketException if the datagram is too long for {@link LongDatagrams} or for UDP ("Message too long"), or has no
   * valid destination or source, or an error about an earlier one is pending: an ICMP error ({@link PortUnreachableException}
   * among others), or that it could not leave this host
   * @throws IllegalReferenceCountException if its buffer was already released
   * @throws OutOfMemoryError if there is no memory for the copy
   * @throws ClosedChannelException if the socket is closed
   */
  public boolean send(Datagram datagram) throws IOException {
    try {
      checkOpen();
      throwError();
      return queue(datagram);
    } catch (VirtualMachineError e) {
      // Memory may be available again for the next datagram.
      drops.count(UdpDrop.NO_MEMORY);
      throw e;
    } finally {
      if (datagram.payload().refCnt() > 0) {
        datagram.release();
      }
    }
  }

  private boolean queue(Datagram datagram) throws IOException {
    if (datagram.payload().refCnt() == 0) {
      drops.count(UdpDrop.RELEASED);
      throw new IllegalReferenceCountException(0);
    }
    Endpoint destination = packets.destination(datagram, remote);
    Destination path = pathTo(destination);
    int length = datagram.payload().readableBytes();
    int headers = destination.address().headerLength() + UdpHeader.LENGTH
        + UdpPackets.options(datagram, destination.address(), settings).length();
    if (headers + datagram.longest() > limit(path)) {
      throw packets.refusal(UdpDrop.TOO_LONG,
          new SocketException("Message too long: " + length + " bytes to " + destination));
    }
    IpAddress source = packets.source(datagram, local.address(), path);
    if (!hasRoomFor(length)) {
      return false;
    }
    owner.onActivity(turn.now());
    boolean whole = headers + datagram.longest() <= unfragmented(path);
    Originator originator = destination.equals(remote) ? peer : Originator.NOBODY;
    UdpPathMtu running = discovery(path);
    // A discovery recognizes each datagram by its checksum; a looped one is delivered by itself.
    boolean single = !whole || running != null || groups.loops(destination.address(), path);
    int step = single ? datagram.longest() : UdpPackets.burst(datagram, path, headers);
    int offset = 0;
    do {
      Datagram part = datagram.segmentSize() == 0 ? datagram : datagram.part(offset, Math.min(step, length - offset));
      int sent = dispatch(packets.packet(part, source, path, settings, whole, originator), destination.port());
      if (running != null && destination.equals(remote)) {
        running.onSent(sent);
      }
      offset += step;
    } while (offset < length);
    return true;
  }

  /**
   * Sends a probe of the path MTU discovery to the peer, of any size up to the MTU of the interface, even if the send
   * queue is full; the caller keeps {@code payload}.
   *
   * @param originator notified if the probe cannot leave this host
   * @return the second word of the UDP header: length and checksum
   */
  int sendProbe(ByteBuf payload, Originator originator) throws IOException {
    checkOpen();
    Endpoint to = Objects.requireNonNull(remote, "a discovery ends before its socket is disconnected");
    Destination path = pathTo(to);
    Datagram datagram = Datagram.toPeer(payload);
    IpAddress source = packets.source(datagram, local.address(), path);
    return dispatch(packets.packet(datagram, source, path, settings, true, originator), to.port());
  }

  /**
   * Begins the path MTU discovery to the peer.
   *
   * @throws IllegalStateException if the socket is not connected to one host, or a discovery runs
   * @throws NoRouteToHostException if there is no route
   * @throws ClosedChannelException if the socket is closed
   */
  void discover(PathMtuSettings wanted, PathMtuProber prober, PathMtuReports reports) throws IOException {
    checkOpen();
    Endpoint to = remote;
    if (to == null || to.address().isMulticast() || host.isBroadcast(to.address())) {
      throw new IllegalStateException("the socket is not connected to one host");
    }
    if (discovery != null) {
      throw new IllegalStateException("a path MTU discovery runs on this socket already");
    }
    Destination path = groups.pathTo(to.address(), local);
    if (path == null) {
      throw noRoute(to.address());
    }
    discovery = new UdpPathMtu(this, turn, path, wanted, prober, owner.random(), reports);
    discovery.start();
  }

  /** Returns the discovery of the path MTU to the destination of {@code path}, if one runs. */
  private @Nullable UdpPathMtu discovery(Destination path) {
    UdpPathMtu running = discovery;
    return running != null && path.address().equals(running.peer()) ? running : null;
  }

  /** Called by a discovery that has ended. */
  void discoveryEnded(UdpPathMtu ended) {
    if (discovery == ended) {
      discovery = null;
    }
  }

  private void endDiscovery() {
    if (discovery != null) {
      discovery.close();
    }
  }

  /**
   * Processes a router's report that a datagram to {@code destination} was too big.
   *
   * @return whether other senders of the host may use it
   */
  boolean acceptsPacketTooBig(IcmpError.PacketTooBig report, Endpoint destination) {
    return discovery == null || !destination.equals(remote) || discovery.onPacketTooBig(report);
  }

  ByteBufAllocator allocator() {
    return owner.allocator();
  }

  private Destination pathTo(Endpoint destination) throws IOException {
    Destination path = groups.pathTo(destination.address(), local);
    if (path == null) {
      throw packets.refusal(UdpDrop.NO_ROUTE, noRoute(destination.address()));
    }
    if (path.isReservedGroup()) {
      throw packets.refusal(UdpDrop.BAD_DESTINATION,
          new SocketException("Invalid argument: " + destination + " is reserved"));
    }
    return path;
  }

  /** Returns the second word of the UDP header, or 0 if the datagram does not leave this host. */
  private int dispatch(OriginatedPacket packet, int destinationPort) {
    if (groups.loops(packet.destination(), packet.route())) {
      owner.loop(packet, local.port(), destinationPort);
    }
    if (packet.fields().hopLimit() == 0) {
      // RFC 1112 6.1: with hop limit 0 a multicast does not leave this host.
      packet.release();
      return 0;
    }
    int length = packet.payload().readableBytes();
    int sent = output.add(packet, local.port(), destinationPort);
    owner.onSent(UdpPackets.count(packet.facts(), length));
    return sent;
  }

  /** Returns the oldest received datagram, which the caller owns, or {@code null}. */
  public @Nullable Datagram receive() {
    Datagram datagram = input.poll();
    if (datagram != null && owner.memory().isReliefDue()) {
      turn.schedule();
    }
    return datagram;
  }

  /**
   * Counts, as a notice, a datagram that could not be passed to the subscriber; its frame counted as consumed when it
   * was queued.
   */
  void lost(UdpDrop reason) {
    drops.note(reason);
  }

  /** The number of datagrams received and not read. */
  public int receivable() {
    return input.size();
  }

  /** Returns the pending error of an earlier datagram and clears it; {@code null} if there is none. */
  public @Nullable IOException takeError() {
    IOException taken = error;
    error = null;
    return taken;
  }

  /** Returns whether the socket was closed. */
  public boolean isClosed() {
    return closed;
  }

  /** Closes the socket: frees its port and releases all queued datagrams. */
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    endDiscovery();
    owner.remove(this);
    groups.close();
    feed.end();
    input.close();
    output.close();
    touch();
  }

  /**
   * Queues a received datagram, which the socket owns; returns {@code null}, or the reason for which it was released.
   */
  @Nullable
  UdpDrop onDatagram(UdpDatagram datagram) {
    long at = datagram.carrier().facts().ingressNanos();
    UdpDrop refusal = input.add(datagram, settings);
    if (refusal != null) {
      return refusal;
    }
    owner.onActivity(at);
    touch();
    return null;
  }

  /** Drops the datagrams that wait for the device of {@code failed}, which is gone, and so frees space for others. */
  void onDeviceFailure(NetworkInterface failed) {
    output.onDeviceFailure(failed);
  }

  /** Moves datagrams whose interface has changed to the queue of their current interface. */
  void onRoutesChanged() {
    output.follow();
    if (discovery != null) {
      discovery.onRoutesChanged();
    }
  }

  /** The ICMP errors about datagrams of this socket. */
  Flux<IcmpError> icmpErrors() {
    return feed.flux();
  }

  /**
   * Processes an ICMP error about a datagram of this socket to {@code destination} (RFC 1122 section 4.1.3.3). It fails
   * the next send of a connected socket; an unconnected one could not attribute it to the datagrams of that send.
   */
  void onError(IcmpError reported, Endpoint destination) {
    feed.add(reported);
    // The discovery has processed a report that a datagram was too big.
    boolean handled = discovery != null && reported instanceof IcmpError.PacketTooBig;
    IOException cause = destination.equals(remote) && !handled ? UdpErrors.exception(reported) : null;
    if (cause != null) {
      error = cause;
      touch();
    }
  }

  private void checkOpen() throws ClosedChannelException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  private void throwError() throws IOException {
    IOException pending = takeError();
    if (pending != null) {
      throw pending;
    }
  }

  private NoRouteToHostException noRoute(IpAddress destination) {
    String fault = host.zoneFault(destination);
    return new NoRouteToHostException("No route to host: " + (fault == null ? destination : fault));
  }

  private void touch() {
    if (!dirty) {
      turn.dirty(this::tell);
      // Set last: if there is no memory for the task, the next change must add it.
      dirty = true;
    }
  }

  private void tell() {
    dirty = false;
    watcher.changed(this);
  }

  /**
   * The originator of datagrams to the peer of a connected socket; has no effect after the socket was disconnected or
   * reconnected.
   */
  private final class ConnectedPeer implements Originator {

    private final Endpoint end;

    ConnectedPeer(Endpoint end) {
      this.end = end;
    }

    @Override
    public void onRejected(Rejection rejection) {
      if (peer == this) {
        error = UdpErrors.exception(new DeliveryFailure.Unsent(rejection, local.address()), end);
        touch();
      }
    }
  }
}
