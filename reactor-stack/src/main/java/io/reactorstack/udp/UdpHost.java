package io.reactorstack.udp;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.IcmpHost;
import io.reactorstack.icmp.QuotedPacket;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Gauge;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.layer.Meters;
import io.reactorstack.layer.UnitTaker;
import io.reactorstack.multicast.GroupHost;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PortRange;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.UdpHeader;
import java.net.BindException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * The UDP protocol of one host on its event loop: its sockets and their ports.
 *
 * <p>A unicast datagram goes to the socket connected to its sender, else to the one bound to its destination address,
 * else to the one bound to its port on all addresses; if there is none, an ICMP error is sent to its sender (RFC 1122
 * section 4.1.3.1). A multicast or broadcast goes to each socket that accepts it, and never causes an ICMP error.
 */
// Public only for the packages that assemble the stack; users meet Udp. The types used here are not exported from the
// module.
@SuppressWarnings("exports")
public final class UdpHost {

  private static final int TRIES = 32;

  /** The error message of calls made after the stack has stopped. */
  static final String STOPPED = "Network stack stopped";

  /** A protocol of the host itself that receives the datagrams to one port. */
  @FunctionalInterface
  public interface PortService {

    /**
     * Receives a datagram, on the event loop; the buffer is valid only during the call.
     *
     * @param carrier the packet, whose payload is the data of the datagram
     */
    void onDatagram(InboundPacket carrier);
  }

  private record Flow(Endpoint local, Endpoint remote) {}

  private final IpHost host;
  private final LoopTurn turn;
  private final IcmpHost icmp;
  private final GroupHost groups;
  private final RandomGenerator random;
  private final Drops drops;
  private final HostMemory memory;
  private final UdpLayer codec;
  private final Counter consumed;
  private final Counter datagramsReceived;
  private final Counter datagramsSent;
  private final Gauge openSockets;
  private final Map<Flow, UdpSocket> connected = new HashMap<>();
  /** The unconnected sockets by local endpoint, newest first; a queue has several only if they share the port. */
  private final Map<Endpoint, Deque<UdpSocket>> bound = new HashMap<>();
  /**
   * The open sockets and the endpoints that they were bound to, in the order of opening so that runs repeat exactly.
   */
  private final Map<UdpSocket, Endpoint> bindings = new LinkedHashMap<>();
  private final Map<Integer, Set<UdpSocket>> byPort = new HashMap<>();
  private final Map<Integer, PortService> services = new HashMap<>(2);
  private PortRange ports = PortRange.DEFAULT;
  private volatile boolean retired;
  private long lastActivity = Long.MIN_VALUE;

  /** Creates the UDP of {@code host} without a memory limit. */
  public UdpHost(
      IpHost host, LoopTurn turn, IcmpHost icmp, GroupHost groups, RandomGenerator random, Drops drops) {
    this(host, turn, icmp, groups, random, drops, ByteBufAllocator.DEFAULT);
  }

  /** Creates the UDP of {@code host} with buffers of {@code allocator} and without a memory limit. */
  public UdpHost(
      IpHost host,
      LoopTurn turn,
      IcmpHost icmp,
      GroupHost groups,
      RandomGenerator random,
      Drops drops,
      ByteBufAllocator allocator) {
    this(host, turn, icmp, groups, random, drops, HostMemory.unlimited(allocator));
  }

  /**
   * Creates the UDP of {@code host} and registers it with {@code icmp} as the handler of errors about UDP packets.
   *
   * @param random chooses ports
   * @param memory the memory to which datagrams of its sockets are charged
   */
  public UdpHost(
      IpHost host,
      LoopTurn turn,
      IcmpHost icmp,
      GroupHost groups,
      RandomGenerator random,
      Drops drops,
      HostMemory memory) {
    this.memory = memory;
    this.host = host;
    this.turn = turn;
    this.icmp = icmp;
    this.groups = groups;
    this.random = random;
    this.drops = drops;
    this.codec = new UdpLayer(drops);
    Meters meters = drops.meters();
    Meters own = meters.with(MeterTag.PROTOCOL, "udp");
    consumed = meters.consumed("udp");
    datagramsReceived = own.counter(UdpMeter.DATAGRAMS_RECEIVED);
    datagramsSent = own.counter(UdpMeter.DATAGRAMS_SENT);
    openSockets = own.gauge(UdpMeter.SOCKETS);
    icmp.onError(IpProtocol.UDP, this::onError);
    Runnable routesChanged = turn.coalesced(this::followRoutes);
    host.onEvent(event -> routesChanged.run());
  }

  /**
   * Lets {@code service} receive the datagrams to {@code port}, also those to addresses that the host does not have
   * yet. Unlike a socket it does not keep a stopping host alive. Sockets cannot use the port from now on.
   *
   * @throws BindException if a socket uses the port
   */
  public void serve(int port, PortService service) throws BindException {
    if (byPort.containsKey(port)) {
      throw new BindException("Address already in use: port " + port);
    }
    services.put(port, service);
  }

  /** Sets the range from which ports of sockets that are bound to port 0 are chosen. */
  public void ephemeralPorts(PortRange range) {
    ports = range;
  }

  /**
   * Subscribes to {@code packets} with unbounded demand, until the result is disposed of, and delivers their datagrams.
   */
  public Disposable connect(Flux<InboundPacket> packets) {
    return UnitTaker.subscribe(codec.receive(packets), this::route, drops);
  }

  /** Returns the user's API without name resolution. */
  public Udp api() {
    return api(NameResolver.none());
  }

  /** Returns the user's API, sockets as reactive streams; {@code resolver} resolves the names of peers. */
  public Udp api(NameResolver resolver) {
    return new UdpFace(this, turn, resolver);
  }

  /**
   * Opens a socket.
   *
   * @param local the address and the port. The address is unspecified for all of the host's addresses; with a multicast
   * or broadcast address the socket receives only datagrams sent to it. Port 0 lets the stack choose (RFC 6056)
   * @throws BindException if the endpoint is taken or not this host's, no port is free, the host's memory limit is
   * reached, the host has no interface of the settings' name, or the stack is stopped
   */
  public UdpSocket bind(Endpoint local, UdpSettings settings, UdpSocket.Watcher watcher) throws BindException {
    if (retired) {
      throw new BindException(STOPPED);
    }
    IpAddress scoped = host.inOwnZone(local.address());
    IpAddress address = scoped.isMulticast() ? scoped.withoutZone() : scoped;
    if (!address.isUnspecified()
        && !host.isLocal(address)
        && !address.isMulticast()
        && !host.isBroadcast(address)) {
      throw new BindException("Cannot assign requested address: " + local);
    }
    String only = settings.interfaceName();
    if (only != null && host.named(only) == null) {
      throw new BindException("No such device: " + only);
    }
    if (memory.room(HostMemory.Use.OPENING) < UdpSocket.OWN_MEMORY) {
      throw new BindException(memory.refusal());
    }
    Endpoint end = local.port() == 0 ? new Endpoint(address, freePort(address)) : local.with(address);
    boolean isForOthers = !address.isUnspecified() && host.isReserved(IpProtocol.UDP, address, end.port());
    if (isForOthers || isTaken(end, settings.reuseAddress(), only)) {
      throw new BindException("Address already in use: " + end);
    }
    UdpGroups groupsOfSocket = new UdpGroups(host, groups.newSocket(), settings);
    UdpSocket socket = new UdpSocket(this, turn, host, drops, settings, groupsOfSocket, end, watcher);
    bound.computeIfAbsent(end, any -> new ArrayDeque<>(1)).addFirst(socket);
    bindings.put(socket, end);
    openSockets.set(bindings.size());
    byPort.computeIfAbsent(end.port(), port -> new LinkedHashSet<>()).add(socket);
    return socket;
  }

  HostMemory memory() {
    return memory;
  }

  RandomGenerator random() {
    return random;
  }

  /** The allocator of buffers for datagrams to be sent. */
  ByteBufAllocator allocator() {
    return memory.allocator();
  }

  /** Returns the open sockets, in the order in which they were opened. */
  public List<UdpSocket> sockets() {
    return List.copyOf(bindings.keySet());
  }

  /** Permanently refuses to open sockets; may be called from any thread. */
  public void retire() {
    retired = true;
  }

  /** Returns whether no socket is open. */
  public boolean isIdle() {
    return bindings.isEmpty();
  }

  /**
   * The last time at which a socket received or sent a datagram, in the loop's time; {@link Long#MIN_VALUE} if none
   * has.
   */
  public long lastActivity() {
    return lastActivity;
  }

  /** Counts {@code datagrams} that a socket has queued for a device. */
  void onSent(int datagrams) {
    datagramsSent.add(datagrams);
  }

  /** Records that a socket received or sent a datagram at {@code now}. */
  void onActivity(long now) {
    lastActivity = now;
  }

  /** Closes all sockets and refuses to open more. */
  public void close() {
    retire();
    List.copyOf(bindings.keySet()).forEach(UdpSocket::close);
  }

  /** Drops the datagrams that wait for the device of {@code failed}, which is gone. */
  public void onDeviceFailure(NetworkInterface failed) {
    bindings.keySet().forEach(socket -> socket.onDeviceFailure(failed));
  }

  private void followRoutes() {
    bindings.keySet().forEach(UdpSocket::onRoutesChanged);
  }

  /** Returns whether a socket or a service of the host uses the local port {@code port}. */
  public boolean usesPort(int port) {
    return services.containsKey(port) || byPort.containsKey(port);
  }

  /** Returns a free port of {@code local} for probes to {@code remote}, or 0 if there is none. */
  public int choosePort(IpAddress local, Endpoint remote) {
    try {
      return freePort(local);
    } catch (BindException e) {
      return 0;
    }
  }

  // RFC 6056 3.3.1: a random port; after TRIES failures the next free one in sequence.
  private int freePort(IpAddress address) throws BindException {
    int port = 0;
    for (int i = 0; i < TRIES; i++) {
      port = random.nextInt(ports.first(), ports.last() + 1);
      if (isFree(address, port)) {
        return port;
      }
    }
    for (int i = 0; i < ports.count(); i++) {
      port = port < ports.last() ? port + 1 : ports.first();
      if (isFree(address, port)) {
        return port;
      }
    }
    throw new BindException("Cannot assign requested address: no port is free");
  }

  private boolean isFree(IpAddress address, int port) {
    return !isTaken(new Endpoint(address, port), false, null) && !host.isReserved(IpProtocol.UDP, address, port);
  }

  /**
   * Returns whether {@code end} conflicts with an open socket. Two sockets may share a port only if both set
   * reuseAddress, if they are bound to different addresses and neither of these is unspecified, if their IP versions
   * differ, or if each has another interface.
   *
   * @param only the interface of the new socket, or {@code null} for all
   */
  private boolean isTaken(Endpoint end, boolean reuse, @Nullable String only) {
    if (services.containsKey(end.port())) {
      return true;
    }
    for (UdpSocket socket : byPort.getOrDefault(end.port(), Set.of())) {
      Endpoint other = binding(socket);
      if (other.address().bitLength() != end.address().bitLength() || (reuse && socket.reusesAddress())
          || !socket.groups().sharesInterface(only)) {
        continue;
      }
      if (other.address().isUnspecified()
          || end.address().isUnspecified()
          || other.address().equals(end.address())) {
        return true;
      }
    }
    return false;
  }

  void connect(UdpSocket socket, Endpoint local, Endpoint remote) throws BindException {
    Flow flow = new Flow(local, remote);
    if (connected.containsKey(flow)) {
      throw new BindException("Address already in use: " + local + " to " + remote);
    }
    forget(socket);
    connected.put(flow, socket);
  }

  void disconnect(UdpSocket socket, Endpoint local, Endpoint remote) {
    connected.remove(new Flow(local, remote), socket);
    bound.computeIfAbsent(binding(socket), any -> new ArrayDeque<>(1)).addFirst(socket);
  }

  /** Returns the endpoint that an open socket was bound to, even if it has been connected since. */
  Endpoint binding(UdpSocket socket) {
    return Objects.requireNonNull(bindings.get(socket), "the socket is closed");
  }

  void remove(UdpSocket socket) {
    forget(socket);
    byPort.computeIfPresent(
        socket.local().port(),
        (port, sockets) -> {
          sockets.remove(socket);
          return sockets.isEmpty() ? null : sockets;
        });
    bindings.remove(socket);
    openSockets.set(bindings.size());
  }

  private void forget(UdpSocket socket) {
    Endpoint remote = socket.remote();
    if (remote == null) {
      bound.computeIfPresent(binding(socket), (end, sockets) -> {
        sockets.remove(socket);
        return sockets.isEmpty() ? null : sockets;
      });
    } else {
      connected.remove(new Flow(socket.local(), remote), socket);
    }
  }

  /**
   * Delivers a copy of the multicast or broadcast {@code sent}, whose payload is still the data alone, to the host's own
   * sockets.
   */
  void loop(OriginatedPacket sent, int sourcePort, int destinationPort) {
    UdpDatagram datagram;
    try {
      datagram = UdpDatagram.looped(sent, sourcePort, destinationPort, turn.now());
    } catch (VirtualMachineError e) {
      // Only the sockets of this host lose the datagram; it is still sent to the link.
      drops.note(UdpDrop.NO_MEMORY);
      return;
    }
    UdpDrop refusal = deliverToAll(datagram);
    if (refusal == UdpDrop.NO_SOCKET) {
      datagram.release();
    } else if (refusal != null) {
      drops.note(refusal);
    }
  }

  /**
   * Delivers a multicast or broadcast: each socket that accepts it receives its own copy (RFC 1112 7.1, RFC 1122
   * 4.1.3).
   *
   * @return {@code null} if a socket has taken it; otherwise the reason why none has. With {@code NO_SOCKET} the caller
   * still owns the datagram, with other reasons it is released
   */
  private @Nullable UdpDrop deliverToAll(UdpDatagram datagram) {
    UdpSocket last = null;
    boolean taken = false;
    for (UdpSocket socket : byPort.getOrDefault(datagram.destinationPort(), Set.of())) {
      if (socket.accepts(datagram)) {
        if (last != null) {
          taken |= deliverCopy(datagram, last);
        }
        last = socket;
      }
    }
    if (last == null) {
      return UdpDrop.NO_SOCKET;
    }
    UdpDrop refusal = last.onDatagram(datagram);
    if (refusal != null && taken) {
      drops.note(refusal);
      return null;
    }
    return refusal;
  }

  /**
   * Delivers a copy to one of several sockets. A drop is counted as a notice, because the frame must be counted only
   * once.
   */
  private boolean deliverCopy(UdpDatagram datagram, UdpSocket socket) {
    UdpDatagram copy;
    try {
      copy = datagram.copy();
    } catch (VirtualMachineError e) {
      // Only this socket loses the datagram.
      drops.note(UdpDrop.NO_MEMORY);
      return false;
    }
    UdpDrop refusal = socket.onDatagram(copy);
    if (refusal != null) {
      drops.note(refusal);
    }
    return refusal == null;
  }

  private void route(UdpDatagram datagram) {
    int count = datagram.count();
    datagramsReceived.add(count);
    InboundPacket carrier = datagram.carrier();
    PortService service = services.get(datagram.destinationPort());
    if (service != null) {
      serve(service, datagram);
      return;
    }
    UdpDrop refusal = count == 1 ? deliver(datagram) : deliverEach(datagram, count);
    if (refusal == null) {
      consumed.increment();
      return;
    }
    drops.count(refusal);
    if (refusal != UdpDrop.NO_SOCKET) {
      return;
    }
    // Restores the UDP header, because the ICMP error quotes the packet as it was received.
    carrier.payload().readerIndex(carrier.payload().readerIndex() - UdpHeader.LENGTH);
    icmp.portUnreachable(carrier);
  }

  private void serve(PortService service, UdpDatagram datagram) {
    consumed.increment();
    try {
      int count = datagram.count();
      for (int i = 0; i < count; i++) {
        service.onDatagram(count == 1 ? datagram.carrier() : datagram.segment(i).carrier());
      }
    } finally {
      datagram.release();
    }
  }

  private @Nullable UdpDrop deliver(UdpDatagram datagram) {
    return datagram.carrier().broadcast() ? deliverToAll(datagram) : deliverToOne(datagram);
  }

  /**
   * Delivers the datagrams that {@code merged} stands for. Their frame is counted once: as consumed if one of them was
   * taken.
   */
  private @Nullable UdpDrop deliverEach(UdpDatagram merged, int count) {
    if (!merged.carrier().broadcast() && socketOf(merged) == null) {
      return UdpDrop.NO_SOCKET;
    }
    UdpDrop last = null;
    int refused = 0;
    for (int i = 0; i < count; i++) {
      UdpDatagram segment = merged.segment(i);
      segment.payload().retain();
      UdpDrop refusal = deliver(segment);
      if (refusal == UdpDrop.NO_SOCKET) {
        segment.release();
        return refusal;
      }
      if (refusal != null) {
        refused++;
        last = refusal;
      }
    }
    merged.release();
    for (int i = refused == count ? 1 : 0; i < refused; i++) {
      drops.note(Objects.requireNonNull(last));
    }
    return refused == count ? last : null;
  }

  private @Nullable UdpDrop deliverToOne(UdpDatagram datagram) {
    UdpSocket socket = socketOf(datagram);
    return socket == null ? UdpDrop.NO_SOCKET : socket.onDatagram(datagram);
  }

  private @Nullable UdpSocket socketOf(UdpDatagram datagram) {
    InboundPacket carrier = datagram.carrier();
    return find(
        new Endpoint(carrier.destination(), datagram.destinationPort()),
        new Endpoint(carrier.peer(), datagram.sourcePort()), carrier.ingress());
  }

  /** @param on the interface on which a packet arrived, or {@code null} for a packet that was sent */
  private @Nullable UdpSocket find(Endpoint local, Endpoint remote, @Nullable NetworkInterface on) {
    UdpSocket socket = connected.get(new Flow(local, remote));
    if (socket == null || !socket.groups().isOn(on)) {
      socket = newest(local, on);
    }
    if (socket == null) {
      socket = newest(anyAddress(local.address().isV4(), local.port()), on);
    }
    // A socket on all addresses of the other IP version also receives this one, unless a socket has the port in this
    // version.
    return socket != null ? socket : newest(anyAddress(!local.address().isV4(), local.port()), on);
  }

  private @Nullable UdpSocket newest(Endpoint end, @Nullable NetworkInterface on) {
    Deque<UdpSocket> sockets = bound.get(end);
    if (sockets != null) {
      for (UdpSocket socket : sockets) {
        if (socket.groups().isOn(on)) {
          return socket;
        }
      }
    }
    return null;
  }

  private static Endpoint anyAddress(boolean v4, int port) {
    return new Endpoint(v4 ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED, port);
  }

  private void onError(IcmpError error) {
    QuotedPacket quote = error.quote();
    Endpoint remote = new Endpoint(quote.destination(), quote.destinationPort());
    UdpSocket socket = find(new Endpoint(quote.source(), quote.sourcePort()), remote, null);
    if (socket == null) {
      return;
    }
    if (error instanceof IcmpError.PacketTooBig tooBig) {
      if (!socket.acceptsPacketTooBig(tooBig, remote)) {
        drops.note(UdpDrop.UNVERIFIED_REPORT);
        return;
      }
      Destination path = host.destination(quote.destination());
      if (path != null) {
        path.lowerMtu(tooBig.mtu());
      }
    }
    socket.onError(error, remote);
  }
}
