package io.reactorstack.tcp;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.QuotedPacket;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.PacketFlow;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.ReceivingStage;
import io.reactorstack.layer.Stage;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PortRange;
import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.engine.CookieHandshake;
import io.reactorstack.tcp.engine.Quirks;
import io.reactorstack.tcp.engine.Setup;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.engine.TimeWait;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.net.BindException;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * The TCP of one shard of a host: its connections, its listeners and the ports that they use.
 *
 * <p>As a {@link ReceivingStage} it only parses packets into segments and keeps no state. As the host's TCP it receives
 * packets through {@link #serve} and delivers their segments to connections and listeners; the connections send through
 * the destinations that {@link IpHost} returns.
 */
// Public only for the packages that assemble the stack; users call Tcp. The types in its signatures are not exported.
@SuppressWarnings("exports")
public final class TcpStage implements ReceivingStage<InboundPacket, TcpSegment> {

  /** The number of reports of ended connections that are kept. */
  public static final int REPORTS = 8;

  /** The error message of calls made after the stack has been stopped. */
  static final String STOPPED = "Network stack stopped";

  private final LoopTurn turn;
  private final IpHost host;
  private final Drops drops;
  private final HostMemory memory;
  private final FlowTable flows;
  private final TimeWaits timeWaits;
  private final Deque<CloseReport> lastReports = new ArrayDeque<>(REPORTS);
  private final UnreadConnections leftovers;
  private final TcpMeters meters;
  private final Listeners listeners;
  private final InitialSequenceNumbers sequenceNumbers;
  private final EphemeralPorts ports;
  private final ConnectEndpoints ends;
  private final StatelessReplies replies;
  private final SynCookies cookies;
  private final FastOpenCookies fastOpen;
  private volatile boolean retired;
  private long lastEndAt = Long.MIN_VALUE;

  /** Creates the TCP of {@code host}, without a limit on memory. */
  public TcpStage(LoopTurn turn, IpHost host, Drops drops, ByteBufAllocator allocator, RandomGenerator random) {
    this(turn, host, drops, HostMemory.unlimited(allocator), random);
  }

  /**
   * Creates the TCP of {@code host}.
   *
   * @param memory the memory for the data of its connections; the caller must run {@link HostMemory#relieve} in each
   *     turn
   * @param random the source of secrets; must be cryptographically secure except in a simulation (RFC 4086)
   */
  public TcpStage(LoopTurn turn, IpHost host, Drops drops, HostMemory memory, RandomGenerator random) {
    this.turn = turn;
    this.host = host;
    this.drops = drops;
    this.memory = memory;
    meters = new TcpMeters(drops.meters());
    listeners = new Listeners(meters);
    leftovers = new UnreadConnections(this, memory.limit());
    flows = new FlowTable(this::onStray, drops);
    timeWaits = new TimeWaits(memory, turn);
    sequenceNumbers = new InitialSequenceNumbers(random);
    ports = new EphemeralPorts(random);
    ends = new ConnectEndpoints(host, listeners, ports, flows);
    replies = new StatelessReplies(host, memory.allocator(), drops, meters);
    cookies = new SynCookies(random);
    fastOpen = new FastOpenCookies(random);
    host.onPathMtu((destination, mtu) -> onPathMtuLowered(destination));
    Runnable routesChanged = turn.coalesced(this::followRoutes);
    host.onEvent(event -> routesChanged.run());
  }

  @Override
  public Flux<TcpSegment> receive(Flux<InboundPacket> below) {
    return Stage.of(below, this::decode, drops);
  }

  /**
   * Delivers the segments in {@code packets} to this host's connections and listeners, until the result is disposed of.
   * When {@code packets} ends, every connection ends.
   */
  public Disposable serve(Flux<InboundPacket> packets) {
    return flows.connect(receive(packets));
  }

  private @Nullable TcpSegment decode(InboundPacket packet) {
    // RFC 9293 3.9.2.3 MUST-57 requires this for a SYN; RFC 1122 4.2.3.10 has the same rule. Here it applies to every
    // segment.
    if (packet.broadcast() || packet.destination().isMulticast() || host.isSubnetRouter(packet.destination())) {
      drops.drop(packet, TcpDrop.NOT_UNICAST);
      return null;
    }
    TcpSegment segment = TcpSegment.parse(packet.payload(), packet.carrierFromPeer(), drops);
    if (segment == null) {
      packet.release();
      return null;
    }
    meters.onReceived(segment);
    if (segment.options().windowScale() > TcpOptions.MAX_WINDOW_SCALE) {
      drops.count(TcpDrop.SCALE_ABOVE_MAXIMUM);
    }
    return segment;
  }

  /** Processes a segment without a connection: RFC 9293 sections 3.10.7.1 (CLOSED) and 3.10.7.2 (LISTEN). */
  private void onStray(TcpSegment segment) {
    FourTuple flow = segment.flow();
    IpAddress remote = flow.remoteAddress();
    // RFC 9293 3.9.2.3 MUST-63. A legitimate connection of a socket to itself would have been found among the flows.
    if (remote.isUnspecified() || remote.isMulticast() || host.isBroadcast(remote) || flow.equals(flow.reversed())) {
      drops.drop(segment, TcpDrop.BAD_SOURCE);
      return;
    }
    // Port 0 is reserved (RFC 6335 section 6): no listener has it, and no connection is accepted from it.
    TcpListener listener = flow.remotePort() == 0 ? null : listeners.find(flow.localAddress(), flow.localPort());
    if (listener != null) {
      listener.onSegment(segment);
    } else {
      drops.count(TcpDrop.NO_CONNECTION);
      replies.reset(segment, turn.now());
    }
  }

  /**
   * Starts a connection to {@code remote}.
   *
   * @param local the local address and port; {@code null}, an unspecified address or port 0 let the stack choose
   * @param watcher notified of every change, at the latest when the handshake has succeeded or failed
   * @throws java.net.SocketException {@code BindException} if the local address is not the host's or its port is in
   *     use, {@code NoRouteToHostException} if there is no route, another one if the address of {@code remote} is not
   *     unicast or its port is 0, the host's memory limit is reached, or the stack is stopped
   */
  public TcpSocket connect(
      Endpoint remote, @Nullable Endpoint local, TcpSettings settings, TcpSocket.Watcher watcher)
      throws SocketException {
    return connect(remote, local, settings, Quirks.NONE, watcher);
  }

  /** Starts a connection with {@code quirks}, with which test drivers imitate another stack. */
  TcpSocket connect(
      Endpoint remote, @Nullable Endpoint local, TcpSettings settings, Quirks quirks, TcpSocket.Watcher watcher)
      throws SocketException {
    if (retired) {
      throw new SocketException(STOPPED);
    }
    Endpoint peer = remote.with(host.inOwnZone(remote.address()));
    Destination path = ends.pathTo(peer);
    if (!hasMemoryFor(TcpSocket.MIN_MEMORY)) {
      throw new SocketException(memory.refusal());
    }
    FourTuple flow = ends.flow(peer, local, path);
    FlowEntry old = flows.get(flow);
    int iss = old == null ? initialSequenceNumber(flow) : old.replace();
    TcpEngine engine = TcpEngine.connect(setup(settings, quirks, flow, iss, path), turn.now());
    byte[] cookie = settings.security().fastOpen() ? fastOpen.forServer(flow.remoteAddress(), turn.now()) : null;
    if (cookie != null) {
      engine.requestFastOpen(cookie, fastOpen.mss(flow.remoteAddress()));
    }
    TcpSocket socket = new TcpSocket(this, engine, path, null);
    socket.watch(watcher);
    open(socket);
    return socket;
  }

  /** Returns whether a listener or a connection uses the local port {@code port}. Takes time in proportion to the connections. */
  public boolean usesPort(int port) {
    return listeners.usesPort(port) || flows.flows().stream().anyMatch(flow -> flow.localPort() == port);
  }

  /** Returns whether a connection has the local address {@code address}. Takes time in proportion to the connections. */
  public boolean usesAddress(IpAddress address) {
    return flows.flows().stream().anyMatch(flow -> flow.localAddress().equals(address));
  }

  /** Returns a port of {@code local} that no connection to {@code remote} uses, or 0 if there is none. */
  public int choosePort(IpAddress local, Endpoint remote) {
    return ends.choosePort(local, remote);
  }

  private Setup setup(TcpSettings settings, Quirks quirks, FourTuple flow, int iss, Destination path) {
    return new Setup(onLink(settings, path), quirks, flow, iss, sequenceNumbers.timestampOffset(flow), path.linkMtu(),
        memory);
  }

  /** RFC 4861 6.3.2: a connection without a hop limit of its own has that of its link. */
  private TcpSettings onLink(TcpSettings settings, Destination path) {
    int chosen = settings.wire().hopLimit();
    return chosen != host.defaultHopLimit() || chosen == path.hopLimit()
        ? settings
        : settings.withWire(wire -> wire.withHopLimit(path.hopLimit()));
  }

  /**
   * Opens a listener.
   *
   * @param local the address, unspecified for all of the host's, and the port, 0 to let the stack choose
   * @param backlog the maximum number of connections that wait to be accepted, and of handshakes; at least 1
   * @param acceptable run in a loop turn when a connection can be accepted, or when the stack has closed the listener
   * @throws java.net.BindException if the address is not the host's, the port is in use, or the stack is stopped
   */
  public TcpListener listen(Endpoint local, int backlog, TcpSettings settings, Runnable acceptable)
      throws BindException {
    if (retired) {
      throw new BindException(STOPPED);
    }
    IpAddress address = host.inOwnZone(local.address());
    Checks.positive("backlog", backlog, "connections");
    if (!address.isUnspecified() && !host.isLocal(address)) {
      throw new BindException("Cannot assign requested address: " + local);
    }
    Endpoint bound = local.port() != 0
        ? local.with(address)
        : new Endpoint(address, ports.choose(address, address, 0, port -> !listeners.usesPort(port)));
    if (bound.port() == 0 || !listeners.isFree(bound)) {
      throw new BindException("Address already in use: " + local);
    }
    TcpListener listener = new TcpListener(this, bound, backlog, settings, acceptable);
    listeners.add(listener);
    return listener;
  }

  /**
   * Opens a connection in SYN-RECEIVED, or drops the SYN and returns {@code null} if there is no route or no memory.
   */
  @Nullable
  TcpSocket openPassively(TcpListener listener, TcpSettings settings, TcpSegment syn, int iss) {
    Destination path = host.destination(syn.flow().remoteAddress());
    if (path == null) {
      drops.drop(syn, TcpDrop.NO_ROUTE);
      return null;
    }
    if (!hasMemoryFor(TcpSocket.MIN_MEMORY)) {
      drops.drop(syn, TcpDrop.MEMORY_LIMIT);
      return null;
    }
    Setup setup = setup(settings, listener.quirks(), syn.flow(), iss, path);
    TcpEngine engine = TcpEngine.accept(setup, syn, turn.now());
    TcpSocket socket = new TcpSocket(this, engine, path, listener);
    open(socket);
    return socket;
  }

  /** Answers {@code syn} with a cookie, and keeps no state for it. */
  void sendCookie(TcpSettings settings, TcpSegment syn) {
    FourTuple flow = syn.flow();
    Destination path = host.destination(flow.remoteAddress());
    if (path == null || !replies.hasRoom()) {
      drops.drop(syn, path == null ? TcpDrop.NO_ROUTE : TcpDrop.SYN_QUEUE_FULL);
      return;
    }
    syn.release();
    meters.onConsumedByListener();
    CookieHandshake answer = CookieHandshake.of(syn, settings);
    int offset = sequenceNumbers.timestampOffset(flow);
    boolean sent = replies.send(() -> {
      int cookie = cookies.encode(flow, syn.seq(), answer.mssClass(), turn.now());
      return answer.synAck(syn, settings, cookie, offset, path.linkMtu(), memory.allocator(), turn.now());
    }, path);
    if (sent) {
      meters.onCookieSent();
    }
  }

  /**
   * Opens the connection whose handshake {@code ack} completes by returning a cookie; returns {@code null} if the
   * cookie is not valid or there is no route. The caller still owns {@code ack} and passes it to the connection.
   */
  @Nullable
  TcpSocket openByCookie(TcpListener listener, TcpSettings settings, TcpSegment ack) {
    FourTuple flow = ack.flow();
    int cookie = ack.ack() - 1;
    int mssClass = cookies.decode(flow, ack.seq() - 1, cookie, turn.now());
    Destination path = host.destination(flow.remoteAddress());
    if (mssClass == SynCookies.INVALID || path == null) {
      return null;
    }
    TcpSegment syn = CookieHandshake.returned(mssClass, ack, settings).syn(ack, memory.allocator());
    Setup setup = setup(settings, listener.quirks(), flow, cookie, path);
    TcpEngine engine = TcpEngine.resume(setup, syn, turn.now());
    TcpSocket socket = new TcpSocket(this, engine, path, listener);
    open(socket);
    return socket;
  }

  /**
   * Returns whether {@code octets} of memory are free for a connection that is being opened. To free them, discards the
   * data of ended connections without a reader, and then ends connections in TIME-WAIT, the oldest first: refusing the
   * new connection would be certain harm, while the old segments that TIME-WAIT guards against are unlikely.
   */
  boolean hasMemoryFor(long octets) {
    while (memory.room(HostMemory.Use.OPENING) < octets) {
      if (leftovers.giveUpOldest()) {
        continue;
      }
      if (timeWaits.size() == 0) {
        return false;
      }
      endOldestTimeWait();
    }
    return true;
  }

  private void endOldestTimeWait() {
    drops.count(TcpDrop.TIME_WAIT_OVERFLOW);
    timeWaits.oldest().cutOff();
  }

  private void open(TcpSocket socket) {
    flows.put(socket);
    countConnections();
    socket.open();
  }

  /** Stores the report of a connection that has ended; the connection may still be in TIME-WAIT. */
  void onReport(CloseReport report) {
    if (lastReports.size() == REPORTS) {
      lastReports.remove();
    }
    lastReports.add(report);
  }

  /**
   * Called when {@code socket} has entered TIME-WAIT; ends the oldest connection in TIME-WAIT if there are too many.
   */
  void onTimeWait(TcpSocket socket) {
    boolean full = timeWaits.add(socket);
    countConnections();
    if (full) {
      endOldestTimeWait();
    }
  }

  /** Replaces {@code socket}, of which only {@code rest} is left, by a record. */
  TimeWaitRecord retire(TcpSocket socket, TimeWait rest) {
    TimeWaitRecord successor = new TimeWaitRecord(this, rest, timeWaits.timers());
    flows.put(successor);
    timeWaits.retire(socket, successor);
    return successor;
  }

  /** Changes the range of local ports for connections whose user has not set one. */
  public void ephemeralPorts(PortRange range) {
    ports.range(range);
  }

  /** Changes the maximum number of connections in TIME-WAIT. */
  void maxTimeWait(int connections) {
    timeWaits.most(connections);
  }

  /** Removes {@code entry}, which is closed: its four-tuple may be used again. */
  void forget(FlowEntry entry) {
    flows.remove(entry);
    timeWaits.remove(entry);
    countConnections();
    lastEndAt = turn.now();
  }

  /**
   * Delivers an ICMP error about a TCP packet, from {@link io.reactorstack.icmp.IcmpHost#onError}, to its connection;
   * an error that quotes no connection's segment is counted and ignored (RFC 9293 section 3.9.2.2 MUST-54, RFC 5927).
   */
  public void onIcmpError(IcmpError error) {
    QuotedPacket quote = error.quote();
    FlowEntry entry = flows.get(
        new FourTuple(quote.source(), quote.sourcePort(), quote.destination(), quote.destinationPort()));
    if (entry == null) {
      drops.count(TcpDrop.STRAY_ICMP_ERROR);
    } else {
      entry.onIcmpError(error);
    }
  }

  private void followRoutes() {
    replies.follow();
    flows.sockets().forEach(TcpSocket::onRoutesChanged);
  }

  private void onPathMtuLowered(IpAddress destination) {
    for (TcpSocket socket : flows.sockets()) {
      if (socket.remote().address().withoutZone().equals(destination)) {
        // Deferred: the connection that has lowered the path MTU is still processing its input.
        turn.dirty(socket::onPathMtuLowered);
      }
    }
  }

  /** Refuses to open further connections and listeners, irrevocably; may be called from any thread. */
  public void retire() {
    retired = true;
  }

  /** Closes every listener, which resets the connections that were not accepted. */
  public void stopListening() {
    listeners.all().forEach(TcpListener::stop);
  }

  /**
   * Returns the time of the last activity, on the loop's clock: the last data sent or received, or the last end of a
   * connection. {@link io.reactorstack.layer.Timers#NEVER} while a connection is being opened or closed, or has data to
   * deliver.
   */
  public long lastActivity() {
    long last = lastEndAt;
    for (TcpSocket socket : flows.sockets()) {
      if (!timeWaits.contains(socket)) {
        last = Math.max(last, socket.lastActivity());
      }
    }
    return last;
  }

  /**
   * Ends every connection, with RST where one is due, and closes every listener; none can be opened any more. In the
   * next turn, readers receive the bytes that they have requested; other unread bytes are discarded.
   */
  public void stop() {
    retire();
    stopListening();
    flows.stop(CloseCause.STACK_STOPPED);
    if (!leftovers.isEmpty()) {
      // This runs after the watchers of the connections, which the loop above has put on the dirty list.
      turn.dirty(leftovers::clear);
    }
  }

  /**
   * Called when the device of {@code failed} has failed and the host has removed the interface. Ends the connections
   * whose local address was the interface's, or that have no route over another interface; other connections continue.
   */
  public void onDeviceFailure(NetworkInterface failed) {
    for (TcpSocket socket : flows.sockets()) {
      if (!host.isLocal(socket.local().address()) || socket.leavesThrough(failed)) {
        socket.stop(CloseCause.DEVICE_FAILED);
        // Its RST can never leave.
        socket.onSilent();
      }
    }
    flows.endTimeWaits(flow -> !host.isLocal(flow.localAddress()) || host.destination(flow.remoteAddress()) == null);
  }

  /** Releases the replies that wait for the device of {@code gone}, which accepts no more packets. */
  public void onDeviceGone(NetworkInterface gone) {
    replies.onDeviceGone(gone);
  }

  /**
   * Shows the packets between {@code local} and {@code remote}, {@code null} for any, to {@code observer} until the
   * result is disposed of.
   */
  public Disposable observe(Endpoint local, @Nullable Endpoint remote, FrameObserver observer) {
    return host.observe(new PacketFlow(IpProtocol.TCP, local, remote), observer);
  }

  /**
   * Called before {@code address} is removed from the host: ends the connections from it, with RST while the address
   * may still be used (RFC 5227 section 2.4). Listeners that are bound to it remain open, as in Linux, and receive
   * nothing until it is added again.
   */
  public void onAddressRemoval(IpAddress address) {
    for (TcpSocket socket : flows.sockets()) {
      if (socket.local().address().equals(address)) {
        socket.stop(CloseCause.ADDRESS_REMOVED);
      }
    }
    flows.endTimeWaits(flow -> flow.localAddress().equals(address));
  }

  /**
   * Called when the link of {@code restored} is up again: each connection with unacknowledged data immediately sends
   * one segment, instead of waiting for a retransmission timer that was backed off while the link was down. RFC 1122
   * section 4.2.3.5 leaves this open, and Linux waits; up to a minute of silence on a healthy link would be worse.
   */
  public void onLinkUp(NetworkInterface restored) {
    for (TcpSocket socket : flows.sockets()) {
      if (socket.leavesThrough(restored)) {
        socket.onLinkUp();
      }
    }
  }

  /**
   * The connections from SYN-SENT and SYN-RECEIVED on, without those of which only {@link #timeWaits} are left, in the
   * order of their ports and addresses.
   */
  public List<TcpSocket> sockets() {
    return flows.sockets().stream().sorted(FlowTable.ORDER).toList();
  }

  /** The rest of the connections in TIME-WAIT that hold no data, in the order of their ports and addresses. */
  public List<TimeWait> timeWaits() {
    return flows.records().stream().sorted(FlowTable.ORDER).map(TimeWaitRecord::rest).toList();
  }

  /** The listeners, in the order of their ports. */
  public List<TcpListener> listening() {
    return listeners.all().stream()
        .sorted(Comparator.comparingInt((TcpListener listener) -> listener.local().port())
            .thenComparing(listener -> listener.local().toString()))
        .toList();
  }

  /** The reports of the last connections that have ended, at most {@link #REPORTS}, the latest last. */
  public List<CloseReport> lastReports() {
    return List.copyOf(lastReports);
  }

  private void countConnections() {
    meters.connections(flows.size(), timeWaits.size());
  }

  TcpMeters meters() {
    return meters;
  }

  /** The number of connections, from SYN-SENT and SYN-RECEIVED to the end of TIME-WAIT. */
  public int connections() {
    return flows.size();
  }

  /**
   * The number of connections with work left: all that are not in TIME-WAIT, and those that have ended and whose last
   * data a subscriber or a channel has yet to read.
   */
  public int unfinishedConnections() {
    return flows.size() - timeWaits.size() + leftovers.awaited();
  }

  /** The turn of this stage's event loop. */
  LoopTurn turn() {
    return turn;
  }

  Drops drops() {
    return drops;
  }

  HostMemory memory() {
    return memory;
  }

  UnreadConnections leftovers() {
    return leftovers;
  }

  StatelessReplies replies() {
    return replies;
  }

  FastOpenCookies fastOpen() {
    return fastOpen;
  }

  Listeners listeners() {
    return listeners;
  }

  int initialSequenceNumber(FourTuple flow) {
    return sequenceNumbers.next(flow, turn.now());
  }
}
