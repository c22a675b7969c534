package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OutboundPacket;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.PacketFields;
import io.reactorstack.wire.UdpHeader;
import java.io.IOException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * One UDP socket on its event loop, without a face: {@link UdpConnection} and the Netty channel are two thin faces of it.
 *
 * <p>What arrives waits in a queue that is bounded in bytes and datagrams; what does not fit is dropped and counted, as UDP
 * may. What is sent waits, bounded too, until the device has credit. All methods are called on the loop.
 */
public final class UdpSocket {

  /** A face of the socket. */
  @FunctionalInterface
  public interface Watcher {

    /**
     * Something about the socket may have changed since the last call: it has datagrams to read, room to send, an error,
     * or it was closed. At most one call a loop turn, from the turn's dirty list.
     */
    void changed(UdpSocket socket);
  }

  /** What becomes of datagrams that are longer than what is known to pass (RFC 4821 section 9). */
  public enum LongDatagrams {
    /** Refused; others may be fragmented by routers (DF clear). */
    REFUSED,
    /** Refused; others may not be fragmented either (DF set): the sender looks for the path's MTU. */
    REFUSED_UNFRAGMENTED,
    /**
     * Sent whole up to the link's MTU, and not to be fragmented (DF set): they are the sender's probes, whatever is known of the path.
     */
    PROBES
  }

  /** Octets charged for a socket beside its datagrams, for the objects that it consists of. */
  static final long OWN_MEMORY = 1024;

  private final UdpHost owner;
  private final LoopTurn turn;
  private final IpHost host;
  private final Drops drops;
  private UdpSettings settings;
  private final UdpGroups groups;
  private final Deque<Datagram> received = new ArrayDeque<>();
  private final UdpOutput output;
  private LongDatagrams longDatagrams = LongDatagrams.REFUSED;
  private Watcher watcher;
  private Endpoint local;
  private @Nullable Endpoint remote;
  /** Hears of datagrams to {@link #remote} that cannot leave; nobody while the socket is not connected. */
  private Originator peer = Originator.NOBODY;
  private @Nullable IOException error;
  private final HostMemory.Holding incoming;
  private int receivedBytes;
  private boolean dirty;
  private boolean closed;

  UdpSocket(UdpHost owner, LoopTurn turn, IpHost host, Drops drops, UdpSettings settings, UdpGroups groups,
      Endpoint local, Watcher watcher) {
    this.owner = owner;
    this.incoming = owner.memory().open();
    this.output = new UdpOutput(owner.memory(), drops, this::touch);
    incoming.reserve(OWN_MEMORY);
    this.turn = turn;
    this.host = host;
    this.drops = drops;
    this.settings = settings;
    this.groups = groups;
    this.local = local;
    this.watcher = watcher;
  }

  /** Replaces the face; the new one is called in the next turn. */
  public void watch(Watcher next) {
    watcher = next;
    touch();
  }

  /** The bounds of the queues are those of {@code changed} from now on; what waits in them stays. */
  public void queues(UdpSettings changed) {
    settings = settings
        .withReceiveQueue(changed.receiveBytes(), changed.receiveDatagrams())
        .withSendQueue(changed.sendBytes(), changed.sendDatagrams());
    // There may be room that the face waits for.
    touch();
  }

  /** This end; the address is unspecified if the socket takes datagrams to any of the host's addresses. */
  public Endpoint local() {
    return local;
  }

  /** The peer that the socket is connected to, or {@code null}. */
  public @Nullable Endpoint remote() {
    return remote;
  }

  /**
   * Takes only datagrams from {@code to} from now on, sends to it by default, and hears of ICMP errors about it.
   * Datagrams in the queue stay.
   *
   * @throws NoRouteToHostException if there is no route
   * @throws BindException if another socket is connected to the same peer from the same end
   * @throws SocketException if the port is 0
   * @throws ClosedChannelException if the socket is closed
   */
  public void connect(Endpoint to) throws IOException {
    checkOpen();
    if (to.port() == 0) {
      throw new SocketException("port 0 cannot be connected to");
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

  /** Takes {@link #connect} back; the address that it chose goes as well. */
  public void disconnect() {
    if (remote != null) {
      owner.disconnect(this, local, remote);
      local = owner.binding(this);
      remote = null;
      peer = Originator.NOBODY;
    }
  }

  /** Sets what becomes of datagrams that are longer than what is known to pass; {@link LongDatagrams#REFUSED} at the beginning. */
  public void longDatagrams(LongDatagrams treatment) {
    longDatagrams = treatment;
  }

  /** How the socket sends to groups. */
  public UdpGroups groups() {
    return groups;
  }

  /**
   * Joins a group, in addition to those joined before; joining twice has no effect.
   *
   * @throws SocketException if there is no such interface, or too many groups or sources
   * @throws IllegalStateException if the group was joined for everybody and is now to be for one source, or the other way
   * @throws ClosedChannelException if the socket is closed
   */
  public void join(MulticastGroup group) throws IOException {
    checkOpen();
    groups.join(group, local);
  }

  /**
   * Takes {@link #join} of the same back; leaving what was not joined has no effect.
   *
   * @throws SocketException if there is no such interface
   * @throws ClosedChannelException if the socket is closed
   */
  public void leave(MulticastGroup group) throws IOException {
    checkOpen();
    groups.leave(group, local);
  }

  /**
   * Takes nothing more from {@code source} though the group was joined for everybody.
   *
   * @throws SocketException if there is no such interface, or too many sources
   * @throws IllegalStateException if the group was not joined for everybody
   * @throws ClosedChannelException if the socket is closed
   */
  public void block(MulticastGroup group, IpAddress source) throws IOException {
    checkOpen();
    groups.block(group, source, local);
  }

  /**
   * Takes {@link #block} back.
   *
   * @throws SocketException if there is no such interface
   * @throws IllegalStateException if {@code source} is not blocked
   * @throws ClosedChannelException if the socket is closed
   */
  public void unblock(MulticastGroup group, IpAddress source) throws IOException {
    checkOpen();
    groups.unblock(group, source, local);
  }

  /**
   * Whether anything of {@code group} is heard on its interface.
   *
   * @throws SocketException if there is no such interface
   */
  public boolean isMember(MulticastGroup group) throws SocketException {
    return groups.isMember(group, local);
  }

  /** Whether the port may be shared. */
  boolean reusesAddress() {
    return settings.reuseAddress();
  }

  /** Whether the socket takes a datagram to more than one host that has come to its port. */
  boolean accepts(UdpDatagram datagram) {
    InboundPacket carrier = datagram.carrier();
    // RFC 1122 4.1.3.5: who is bound to one address, also by connecting, hears what is sent to that address only.
    if (!local.address().isUnspecified() && !local.address().equals(carrier.destination())) {
      return false;
    }
    boolean fromPeer = remote == null
        || remote.equals(new Endpoint(carrier.source(), datagram.sourcePort()));
    return fromPeer && groups.accepts(carrier);
  }

  /** Whether a datagram of {@code bytes} fits into the queue; an empty queue takes any. */
  public boolean hasRoomFor(int bytes) {
    return output.hasRoomFor(bytes, settings);
  }

  /** Datagrams that wait for the device. */
  public int waiting() {
    return output.waiting();
  }

  /** Most bytes of data in one datagram to {@code destination} (RFC 1122 section 3.3.3), or -1 without a route. */
  public int maximumPayload(IpAddress destination) {
    Destination path = groups.pathTo(destination, local);
    return path == null ? -1 : limit(path) - destination.headerLength() - UdpHeader.LENGTH;
  }

  private int limit(Destination path) {
    return longDatagrams == LongDatagrams.PROBES ? path.linkMtu() : path.mtu();
  }

  /**
   * Queues a datagram, which belongs to the socket from here on, whatever happens; its bytes are copied. One that cannot be
   * sent is counted by reason, and ends nothing: the next may get through.
   *
   * @return {@code false} if the queue is full and the datagram was dropped
   * @throws NoRouteToHostException if there is no route
   * @throws BindException if the address to send from is not this host's
   * @throws SocketException if it is longer than the path's MTU ("Message too long"), has no destination, or an earlier
   *     one drew an ICMP error ({@link PortUnreachableException} among others)
   * @throws IllegalReferenceCountException if its buffer had been released
   * @throws OutOfMemoryError if there is no memory for the copy
   * @throws ClosedChannelException if the socket is closed
   */
  public boolean send(Datagram datagram) throws IOException {
    try {
      checkOpen();
      throwError();
      return queue(datagram);
    } catch (VirtualMachineError e) {
      // Memory that is exhausted now may be there for the next datagram.
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
    Endpoint destination = destination(datagram);
    Destination path = groups.pathTo(destination.address(), local);
    if (path == null) {
      throw refusal(UdpDrop.NO_ROUTE, noRoute(destination.address()));
    }
    int length = datagram.payload().readableBytes();
    if (length > limit(path) - destination.address().headerLength() - UdpHeader.LENGTH) {
      throw refusal(UdpDrop.TOO_LONG, new SocketException("Message too long: " + length + " bytes to " + destination));
    }
    IpAddress source = source(datagram, path);
    if (source.isV4() != destination.address().isV4()) {
      throw refusal(UdpDrop.BAD_SOURCE,
          new SocketException("Address family not supported: " + source + " to " + destination));
    }
    if (source.isLoopback() && !path.networkInterface().isLoopback()) {
      throw refusal(UdpDrop.BAD_SOURCE, new SocketException("Invalid argument: " + source + " cannot leave this host"));
    }
    if (!hasRoomFor(length)) {
      return false;
    }
    owner.onActivity(turn.now());
    dispatch(packet(datagram, source, destination, path), destination.port());
    return true;
  }

  private IOException refusal(UdpDrop reason, IOException cause) {
    drops.count(reason);
    return cause;
  }

  private void dispatch(OutboundPacket packet, int destinationPort) {
    if (groups.loops(packet.destination(), packet.way())) {
      loop(packet, destinationPort);
    }
    if (packet.fields().hopLimit() == 0) {
      // RFC 1112 6.1: not beyond this host.
      packet.release();
    } else {
      output.add(packet, local.port(), destinationPort);
      owner.onSent();
    }
  }

  private void loop(OutboundPacket packet, int destinationPort) {
    UdpDatagram copy;
    try {
      copy = UdpDatagram.looped(packet, local.port(), destinationPort, turn.now());
    } catch (VirtualMachineError e) {
      // Those who listen on this host miss it; the link does not.
      drops.note(UdpDrop.NO_MEMORY);
      return;
    }
    owner.loop(copy);
  }

  private Endpoint destination(Datagram datagram) throws IOException {
    Endpoint to = datagram.remote().equals(Datagram.CONNECTED) ? remote : datagram.remote();
    if (to == null) {
      throw refusal(UdpDrop.BAD_DESTINATION, new SocketException("Destination address required"));
    }
    if (to.port() == 0) {
      throw refusal(UdpDrop.BAD_DESTINATION, new SocketException("port 0 cannot be sent to"));
    }
    if (to.address().isUnspecified()) {
      throw refusal(UdpDrop.BAD_DESTINATION, new SocketException("Invalid argument: " + to + " names no host"));
    }
    return to;
  }

  // RFC 1122 4.1.3.5: the application may choose; 4.1.3.6: but only among our own addresses.
  private IpAddress source(Datagram datagram, Destination path) throws IOException {
    IpAddress wanted = datagram.local().address();
    if (!wanted.isUnspecified() && host.isLocal(wanted)) {
      return wanted;
    }
    if (!wanted.isUnspecified() && !wanted.isMulticast() && !host.isBroadcast(wanted)) {
      throw refusal(UdpDrop.BAD_SOURCE, new BindException("Cannot assign requested address: " + wanted));
    }
    IpAddress own = local.address();
    if (host.isLocal(own)) {
      return own;
    }
    if (!own.isUnspecified() && !own.isMulticast() && !host.isBroadcast(own)) {
      // It was this host's when the socket was bound or connected.
      throw refusal(UdpDrop.BAD_SOURCE, new BindException("Cannot assign requested address: " + own));
    }
    // Who is bound to a group, to hear nothing else, sends like who is bound to no address.
    return path.source();
  }

  private OutboundPacket packet(Datagram datagram, IpAddress source, Endpoint destination, Destination path) {
    ByteBuf data = datagram.payload();
    int length = data.readableBytes();
    // RFC 1112 6.1: a group is on the link unless the application says otherwise.
    int defaultHopLimit = destination.address().isMulticast() ? groups.hopLimit() : PacketFields.DEFAULT_HOP_LIMIT;
    var fields = new PacketFields(datagram.trafficClass(),
        datagram.hopLimit() == 0 ? defaultHopLimit : datagram.hopLimit(), longDatagrams != LongDatagrams.REFUSED);
    ByteBuf copy = Headroom.allocate(owner.allocator(), length).writeBytes(data, data.readerIndex(), length);
    return new OutboundPacket(
        path, source, IpProtocol.UDP, fields, copy, destination.equals(remote) ? peer : Originator.NOBODY);
  }

  /** Takes the oldest received datagram, owned by the caller, or {@code null}. */
  public @Nullable Datagram receive() {
    Datagram datagram = received.pollFirst();
    if (datagram != null) {
      receivedBytes -= datagram.payload().readableBytes();
      incoming.give(datagram.payload());
      if (owner.memory().isReliefDue()) {
        turn.schedule();
      }
    }
    return datagram;
  }

  /** Counts a datagram that the face could not hand on; its frame has ended when the socket took it. */
  void lost(UdpDrop reason) {
    drops.note(reason);
  }

  /** Datagrams received and not read. */
  public int receivable() {
    return received.size();
  }

  /** Takes the error that a datagram drew, or {@code null}. */
  public @Nullable IOException takeError() {
    IOException taken = error;
    error = null;
    return taken;
  }

  /** Whether the socket was closed. */
  public boolean isClosed() {
    return closed;
  }

  /** Closes the socket: its port is free, and what is queued either way is released. */
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    owner.remove(this);
    groups.close();
    received.forEach(Datagram::release);
    received.clear();
    incoming.close();
    output.close();
    touch();
  }

  /** Takes over a datagram for this socket; returns {@code null}, or the reason for which it was released. */
  @Nullable
  UdpDrop onDatagram(UdpDatagram datagram) {
    int bytes = datagram.payload().readableBytes();
    if (received.size() >= settings.receiveDatagrams() || receivedBytes + bytes > settings.receiveBytes()) {
      datagram.release();
      return UdpDrop.RECEIVE_QUEUE_FULL;
    }
    InboundPacket carrier = datagram.carrier();
    ByteBuf payload = owner.memory().compact(carrier.payload());
    if (!incoming.take(payload)) {
      payload.release();
      return UdpDrop.MEMORY_LIMIT;
    }
    received.addLast(
        new Datagram(
            new Endpoint(carrier.destination(), datagram.destinationPort()),
            new Endpoint(carrier.source(), datagram.sourcePort()),
            carrier.trafficClass(),
            carrier.hopLimit(),
            payload));
    receivedBytes += bytes;
    owner.onActivity(carrier.facts().ingressNanos());
    touch();
    return null;
  }

  /** The device of {@code failed} is gone: what waits for it makes room for what can still be sent. */
  void onDeviceFailure(NetworkInterface failed) {
    output.onDeviceFailure(failed);
  }

  /** Ways may lead through other interfaces than before. */
  void onWaysChanged() {
    output.follow();
  }

  /** A datagram of this socket drew an ICMP error. */
  void onError(IcmpError reported) {
    IOException cause = UdpErrors.exception(reported);
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

  private static NoRouteToHostException noRoute(IpAddress destination) {
    return new NoRouteToHostException("No route to host: " + destination);
  }

  private void touch() {
    if (!dirty) {
      turn.dirty(this::tell);
      // Only now: without memory for the task the next change must make one.
      dirty = true;
    }
  }

  private void tell() {
    dirty = false;
    watcher.changed(this);
  }

  /** The peer of a connected socket, as long as it is connected to it. */
  private final class ConnectedPeer implements Originator {

    private final Endpoint end;

    ConnectedPeer(Endpoint end) {
      this.end = end;
    }

    @Override
    public void onRejected(Rejection rejection) {
      if (peer == this) {
        error = UdpErrors.exception(rejection, end);
        touch();
      }
    }
  }
}
