package io.reactorstack.tcp;

import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.PacketFlow;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Demux;
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
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import java.net.BindException;
import java.net.SocketException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/**
 * The TCP of one host on its event loop: connections, listeners and the ports they use.
 *
 * <p>As a {@link ReceivingStage} it only parses, and composes anywhere. As the host's TCP it is given the packets by {@link
 * #serve}; what its connections send leaves by the destinations that {@link IpHost} names.
 */
// Public only for the rooms that assemble the stack; a user meets Tcp. Their types stay inside the module.
@SuppressWarnings("exports")
public final class TcpStage implements ReceivingStage<InboundPacket, TcpSegment> {

  /** Most connections in TIME-WAIT: what a minute of a thousand a second leaves takes some tens of megabytes. */
  static final int MAX_TIME_WAIT = 65_536;

  /** Connections that have ended whose reports are kept. */
  public static final int REPORTS = 8;

  /** The message of a call that comes too late. */
  static final String STOPPED = "Network stack stopped";

  private final LoopTurn turn;
  private final IpHost host;
  private final Drops drops;
  private final HostMemory memory;
  private final Demux<FourTuple, TcpSegment> flows;
  private final Map<FourTuple, TcpSocket> sockets = new HashMap<>();
  private final Set<TcpSocket> timeWait = new LinkedHashSet<>();
  private final Deque<CloseReport> lastReports = new ArrayDeque<>(REPORTS);
  private final Leftovers leftovers;
  private int maxTimeWait = MAX_TIME_WAIT;
  private final TcpMeters meters;
  private final Listeners listeners;
  private final InitialSequenceNumbers sequenceNumbers;
  private final EphemeralPorts ports;
  private final ConnectingEnds ends;
  private final StatelessReplies replies;
  private final SynCookies cookies;
  private final FastOpenCookies fastOpen;
  private volatile boolean retired;
  private long lastEndAt = Long.MIN_VALUE;

  /** The TCP of {@code host}, without a limit on memory. */
  public TcpStage(LoopTurn turn, IpHost host, Drops drops, ByteBufAllocator allocator, RandomGenerator random) {
    this(turn, host, drops, HostMemory.unlimited(allocator), random);
  }

  /**
   * The TCP of {@code host}.
   *
   * @param memory what its connections hold their data in; whoever assembles the host runs {@link HostMemory#relieve} in each turn
   * @param random where secrets come from; secure except in a simulation (RFC 4086)
   */
  public TcpStage(LoopTurn turn, IpHost host, Drops drops, HostMemory memory, RandomGenerator random) {
    this.turn = turn;
    this.host = host;
    this.drops = drops;
    this.memory = memory;
    meters = new TcpMeters(drops.meters());
    listeners = new Listeners(meters);
    leftovers = new Leftovers(this, memory.limit());
    flows = new Demux<>(TcpSegment::flow, this::onStray, drops);
    sequenceNumbers = new InitialSequenceNumbers(random);
    ports = new EphemeralPorts(random);
    ends = new ConnectingEnds(host, listeners, ports, sockets);
    replies = new StatelessReplies(host, memory.allocator(), drops, meters);
    cookies = new SynCookies(random);
    fastOpen = new FastOpenCookies(random);
    host.onPathMtu((destination, mtu) -> onPathMtuLowered(destination));
    Runnable waysChanged = turn.coalesced(this::followWays);
    host.onEvent(event -> waysChanged.run());
  }

  @Override
  public Flux<TcpSegment> receive(Flux<InboundPacket> below) {
    return Stage.of(below, this::decode, drops);
  }

  /**
   * Gives this host the segments in {@code packets}, until the result is disposed of. When {@code packets} ends, every
   * connection ends.
   */
  public Disposable serve(Flux<InboundPacket> packets) {
    return flows.connect(receive(packets));
  }

  private @Nullable TcpSegment decode(InboundPacket packet) {
    // RFC 9293 3.9.2.3 MUST-57, of which every segment is worth (RFC 1122 4.2.3.10).
    if (packet.broadcast() || packet.destination().isMulticast()) {
      drops.drop(packet, TcpDrop.NOT_UNICAST);
      return null;
    }
    TcpSegment segment = TcpSegment.parse(packet.payload(), packet, drops);
    if (segment == null) {
      packet.release();
      return null;
    }
    meters.onReceived();
    if (segment.options().windowScale() > TcpOptions.MAX_WINDOW_SCALE) {
      drops.count(TcpDrop.SCALE_ABOVE_MAXIMUM);
    }
    return segment;
  }

  /** A segment for no connection: RFC 9293 sections 3.10.7.1 (CLOSED) and 3.10.7.2 (LISTEN). */
  private void onStray(TcpSegment segment) {
    FourTuple flow = segment.flow();
    IpAddress remote = flow.remoteAddress();
    // RFC 9293 3.9.2.3 MUST-63; a connection from a socket to itself would be among the flows.
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
      reset(segment);
    }
  }

  /**
   * Starts a connection to {@code remote}.
   *
   * @param local the end to use; {@code null}, an unspecified address or port 0 let the stack choose
   * @param watcher told of every change, at the latest when the handshake has ended one way or the other
   * @throws java.net.SocketException {@code BindException} if the local end is taken or not ours, {@code
   *     NoRouteToHostException} if there is no route, another if {@code remote} is no single host's socket, the host's memory
   *     limit is reached, or the stack is stopped
   */
  public TcpSocket connect(
      Endpoint remote, @Nullable Endpoint local, TcpSettings settings, TcpSocket.Watcher watcher)
      throws SocketException {
    return connect(remote, local, settings, Quirks.NONE, watcher);
  }

  /** As the other, for drivers that want the connection to behave like another stack's. */
  TcpSocket connect(
      Endpoint remote, @Nullable Endpoint local, TcpSettings settings, Quirks quirks, TcpSocket.Watcher watcher)
      throws SocketException {
    if (retired) {
      throw new SocketException(STOPPED);
    }
    Destination path = ends.pathTo(remote);
    if (!hasMemoryFor(TcpSocket.LEAST_MEMORY)) {
      throw new SocketException(memory.refusal());
    }
    FourTuple flow = ends.flow(remote, local, path);
    TcpSocket old = sockets.get(flow);
    int iss = old == null ? initialSequenceNumber(flow) : old.replace();
    TcpEngine engine = TcpEngine.connect(setup(settings, quirks, flow, iss, path.linkMtu()), turn.now());
    byte[] cookie = settings.security().fastOpen() ? fastOpen.forServer(flow.remoteAddress(), turn.now()) : null;
    if (cookie != null) {
      engine.requestFastOpen(cookie, fastOpen.mss(flow.remoteAddress()));
    }
    TcpSocket socket = new TcpSocket(this, engine, path, null);
    socket.watch(watcher);
    open(socket);
    return socket;
  }

  private Setup setup(TcpSettings settings, Quirks quirks, FourTuple flow, int iss, int mtu) {
    return new Setup(settings, quirks, flow, iss, sequenceNumbers.timestampOffset(flow), mtu, memory);
  }

  /**
   * Listens.
   *
   * @param local the address, unspecified for all of the host's, and the port, 0 to let the stack choose
   * @param backlog most connections that wait to be accepted, and most in handshake; at least 1
   * @param acceptable run in a loop turn when a connection can be accepted, or when the stack has closed the listener
   * @throws java.net.BindException if the end is taken or not ours, or the stack is stopped
   */
  public TcpListener listen(Endpoint local, int backlog, TcpSettings settings, Runnable acceptable)
      throws BindException {
    if (retired) {
      throw new BindException(STOPPED);
    }
    IpAddress address = local.address();
    Checks.positive("backlog", backlog, "connections");
    if (!address.isUnspecified() && !host.isLocal(address)) {
      throw new BindException("Cannot assign requested address: " + local);
    }
    Endpoint bound = local.port() != 0
        ? local
        : new Endpoint(address, ports.choose(address, address, 0, port -> !listeners.usesPort(port)));
    if (bound.port() == 0 || !listeners.isFree(bound)) {
      throw new BindException("Address already in use: " + local);
    }
    TcpListener listener = new TcpListener(this, bound, backlog, settings, acceptable);
    listeners.add(listener);
    return listener;
  }

  /** Opens a connection in SYN-RECEIVED, or drops the SYN if there is no way back. */
  @Nullable
  TcpSocket openPassively(TcpListener listener, TcpSettings settings, TcpSegment syn, int iss) {
    Destination path = host.destination(syn.flow().remoteAddress());
    if (path == null) {
      drops.drop(syn, TcpDrop.NO_ROUTE);
      return null;
    }
    if (!hasMemoryFor(TcpSocket.LEAST_MEMORY)) {
      drops.drop(syn, TcpDrop.MEMORY_LIMIT);
      return null;
    }
    Setup setup = setup(settings, listener.quirks(), syn.flow(), iss, path.linkMtu());
    TcpEngine engine = TcpEngine.accept(setup, syn, turn.now());
    TcpSocket socket = new TcpSocket(this, engine, path, listener);
    open(socket);
    return socket;
  }

  /** Answers {@code syn} with a cookie and forgets it. */
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
   * Opens the connection whose handshake {@code ack} completes by giving back a cookie, and hands it the segment; {@code null}
   * if it does not, and the segment stays the caller's.
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
    Setup setup = setup(settings, listener.quirks(), flow, cookie, path.linkMtu());
    TcpEngine engine = TcpEngine.resume(setup, syn, turn.now());
    TcpSocket socket = new TcpSocket(this, engine, path, listener);
    open(socket);
    return socket;
  }

  /**
   * Whether a connection that is being opened finds {@code octets} of memory. What ended connections have left to nobody gives way,
   * and then connections in TIME-WAIT, the oldest first: what they guard against is less likely than what a refused connection
   * costs.
   */
  boolean hasMemoryFor(long octets) {
    while (memory.room(HostMemory.Use.OPENING) < octets) {
      if (leftovers.giveUpOldest()) {
        continue;
      }
      if (timeWait.isEmpty()) {
        return false;
      }
      endOldestTimeWait();
    }
    return true;
  }

  private void endOldestTimeWait() {
    drops.count(TcpDrop.TIME_WAIT_OVERFLOW);
    timeWait.iterator().next().cutOff();
  }

  private void open(TcpSocket socket) {
    sockets.put(socket.flow(), socket);
    countConnections();
    socket.open();
  }

  /** A connection has ended, as {@code report} says; it may still be in TIME-WAIT. */
  void onReport(CloseReport report) {
    if (lastReports.size() == REPORTS) {
      lastReports.remove();
    }
    lastReports.add(report);
  }

  /** Only TIME-WAIT is left of {@code socket}; beyond a bound the oldest of these ends before its time. */
  void onTimeWait(TcpSocket socket) {
    timeWait.add(socket);
    countConnections();
    if (timeWait.size() > maxTimeWait) {
      endOldestTimeWait();
    }
  }

  /** Changes the ports that connections get which ask for none. */
  public void ephemeralPorts(PortRange range) {
    ports.range(range);
  }

  /** Changes the bound on connections in TIME-WAIT. */
  void maxTimeWait(int connections) {
    maxTimeWait = connections;
  }

  /** {@code socket} is closed: its ends may be used again. */
  void forget(TcpSocket socket) {
    sockets.remove(socket.flow(), socket);
    timeWait.remove(socket);
    countConnections();
    lastEndAt = turn.now();
  }

  /**
   * Takes the errors about TCP's packets, as {@link io.reactorstack.icmp.IcmpHost#onError} hands them out; one that quotes
   * no connection's segment is counted and ignored (RFC 9293 section 3.9.2.2 MUST-54, RFC 5927).
   */
  public void onIcmpError(IcmpError error) {
    TcpSocket socket = sockets.get(
        new FourTuple(error.source(), error.sourcePort(), error.destination(), error.destinationPort()));
    if (socket == null) {
      drops.count(TcpDrop.STRAY_ICMP_ERROR);
    } else {
      socket.onIcmpError(error);
    }
  }

  private void followWays() {
    replies.follow();
    new ArrayList<>(sockets.values()).forEach(TcpSocket::onWaysChanged);
  }

  private void onPathMtuLowered(IpAddress destination) {
    for (TcpSocket socket : sockets.values()) {
      if (socket.remote().address().equals(destination)) {
        // Not from here: the connection that has found it out is in the middle of something.
        turn.dirty(socket::onPathMtuLowered);
      }
    }
  }

  /** Refuses, from now on and for good, to open connections and listeners; may be called from any thread. */
  public void retire() {
    retired = true;
  }

  /** Closes every listener; connections that nobody has accepted are reset, as closing a listener does. */
  public void stopListening() {
    listeners.all().forEach(TcpListener::stop);
  }

  /**
   * When something has happened last, in the loop's time: data came or went, or a connection ended. {@link
   * io.reactorstack.layer.Timers#NEVER} while a connection is being opened or closed, or has something to deliver.
   */
  public long lastActivity() {
    long last = lastEndAt;
    for (TcpSocket socket : sockets.values()) {
      if (!timeWait.contains(socket)) {
        last = Math.max(last, socket.lastActivity());
      }
    }
    return last;
  }

  /**
   * Ends every connection, with RST where one is due, and closes every listener; none can be opened any more. Of what was
   * received, readers get what they have asked for, in the next turn; the rest is thrown away.
   */
  public void stop() {
    retire();
    stopListening();
    new ArrayList<>(sockets.values()).forEach(socket -> socket.stop(CloseCause.STACK_STOPPED));
    if (!leftovers.isEmpty()) {
      // After the faces, which the line above has put on the dirty list.
      turn.dirty(leftovers::clear);
    }
  }

  /**
   * The device of {@code failed} is gone, and the host has forgotten the interface. Connections whose address was the interface's,
   * or for which no other interface has a route, end; the others go on.
   */
  public void onDeviceFailure(NetworkInterface failed) {
    for (TcpSocket socket : new ArrayList<>(sockets.values())) {
      if (!host.isLocal(socket.local().address()) || socket.leavesThrough(failed)) {
        socket.stop(CloseCause.DEVICE_FAILED);
        // Its RST will never leave.
        socket.onSilent();
      }
    }
  }

  /** The device of {@code gone} takes nothing any more: answers that wait for it are released. */
  public void onDeviceGone(NetworkInterface gone) {
    replies.onDeviceGone(gone);
  }

  /** Shows the packets between {@code local} and {@code remote}, {@code null} for any, until the result is disposed of. */
  public Disposable observe(Endpoint local, @Nullable Endpoint remote, FrameObserver observer) {
    return host.observe(new PacketFlow(IpProtocol.TCP, local, remote), observer);
  }

  /**
   * {@code address} is about to be taken from the host: ends the connections from it, with RST while that may still be sent (RFC
   * 5227 section 2.4). Listeners that are bound to it stay, as Linux leaves them: they hear nothing until it comes back.
   */
  public void onAddressRemoval(IpAddress address) {
    for (TcpSocket socket : new ArrayList<>(sockets.values())) {
      if (socket.local().address().equals(address)) {
        socket.stop(CloseCause.ADDRESS_REMOVED);
      }
    }
  }

  /**
   * The link of {@code restored} was down and is up again: connections that have sent in vain meanwhile try at once, a segment
   * each, instead of waiting for a timer that was doubled for nothing. RFC 1122 section 4.2.3.5 leaves that open, and Linux
   * waits; a minute of silence on a healthy link would be the worse choice.
   */
  public void onLinkUp(NetworkInterface restored) {
    for (TcpSocket socket : new ArrayList<>(sockets.values())) {
      if (socket.leavesThrough(restored)) {
        socket.onLinkUp();
      }
    }
  }

  /** The connections, from SYN-SENT and SYN-RECEIVED to the end of TIME-WAIT, in the order of their ends. */
  public List<TcpSocket> sockets() {
    return sockets.values().stream()
        .sorted(Comparator.comparingInt((TcpSocket socket) -> socket.local().port())
            .thenComparing(socket -> socket.remote().toString()).thenComparing(socket -> socket.local().toString()))
        .toList();
  }

  /** The listeners, in the order of their ports. */
  public List<TcpListener> listening() {
    return listeners.all().stream()
        .sorted(Comparator.comparingInt((TcpListener listener) -> listener.local().port())
            .thenComparing(listener -> listener.local().toString()))
        .toList();
  }

  /** The reports of the connections that have ended last, at most {@link #REPORTS}, the latest last. */
  public List<CloseReport> lastReports() {
    return List.copyOf(lastReports);
  }

  private void countConnections() {
    meters.connections(sockets.size(), timeWait.size());
  }

  TcpMeters meters() {
    return meters;
  }

  /** Number of connections, from SYN-SENT and SYN-RECEIVED to the end of TIME-WAIT. */
  public int connections() {
    return sockets.size();
  }

  /**
   * Number of connections that still have something to say or to hear: all but those in TIME-WAIT, and those that have ended
   * and whose last data a subscriber or a channel has yet to read.
   */
  public int unfinishedConnections() {
    return sockets.size() - timeWait.size() + leftovers.awaited();
  }

  /** The rhythm that everything here follows. */
  LoopTurn turn() {
    return turn;
  }

  Drops drops() {
    return drops;
  }

  HostMemory memory() {
    return memory;
  }

  Demux<FourTuple, TcpSegment> flows() {
    return flows;
  }

  Leftovers leftovers() {
    return leftovers;
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

  void reset(TcpSegment segment) {
    replies.reset(segment, turn.now());
  }
}
