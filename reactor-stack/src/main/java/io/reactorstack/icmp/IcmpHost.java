package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.LastDestination;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.input.Complaint;
import io.reactorstack.ip.input.Complaints;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.UnitTaker;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.PacketFields;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The ICMP of a host (RFC 1122 section 3.2.2) and ICMPv6 (RFC 4443): answers echoes, hands errors to the protocol whose packet they
 * quote, tells senders what it cannot deliver, and runs {@linkplain Icmp pings}.
 *
 * <p>Confined to the host's event loop.
 */
// Public only for the rooms that assemble the stack; a user meets Icmp. Their types stay inside the module.
@SuppressWarnings("exports")
public final class IcmpHost implements Complaints {

  private static final int ECHOES_PER_SECOND = 20_000;
  private static final int ECHO_BURST = 1000;

  private final IpHost host;
  private final LoopTurn turn;
  private final Drops drops;
  private final ByteBufAllocator allocator;
  private final IcmpLayer layer;
  private final IcmpMeters.OfBoth meters;
  private final IcmpOutput output = new IcmpOutput();
  private final LastDestination lastEcho;
  private final IcmpErrors errors;
  private final TokenBucket echoLimit;
  private final Pings pings;
  private final Map<Integer, Consumer<? super IcmpError>> errorHandlers = new HashMap<>();

  /** As the other, with buffers of Netty's default allocator. */
  public IcmpHost(IpHost host, LoopTurn turn, RandomGenerator random, Drops drops) {
    this(host, turn, random, drops, ByteBufAllocator.DEFAULT);
  }

  /**
   * The ICMP of {@code host}.
   *
   * @param random spreads limits and draws identifiers
   * @param allocator where the messages of this host come from
   */
  public IcmpHost(IpHost host, LoopTurn turn, RandomGenerator random, Drops drops, ByteBufAllocator allocator) {
    this.host = host;
    this.allocator = allocator;
    this.turn = turn;
    this.drops = drops;
    this.meters = IcmpMeters.OfBoth.in(drops.meters());
    this.layer = new IcmpLayer(drops);
    this.lastEcho = new LastDestination(host);
    this.errors = new IcmpErrors(host, turn, random, output, allocator, meters);
    this.echoLimit = new TokenBucket(ECHOES_PER_SECOND, ECHO_BURST, random, turn.now());
    this.pings = new Pings(host, turn, random, output, allocator, meters);
    Runnable waysChanged = turn.coalesced(output::follow);
    host.onEvent(event -> waysChanged.run());
    errorHandlers.put(IpProtocol.ICMP, pings::onError);
    errorHandlers.put(IpProtocol.ICMPV6, pings::onError);
  }

  /** The user's side without names. */
  public Icmp api() {
    return api(NameResolver.none());
  }

  /** The user's side: pings, whose targets {@code resolver} finds by name. */
  public Icmp api(NameResolver resolver) {
    return pings.api(resolver);
  }

  /**
   * Sets who takes the errors about {@code protocol}'s packets.
   *
   * <p>Called while the message is being handled. What this host itself could not send is no error of ICMP: it comes back to the
   * {@linkplain Originator originator} of the packet.
   */
  public void onError(int protocol, Consumer<? super IcmpError> handler) {
    errorHandlers.put(protocol, handler);
  }

  /**
   * Takes the echoes and the errors of ICMP for IPv4, and whatever no other has a branch for.
   *
   * @return where others find the types that are theirs; to be connected to the packets
   */
  public IcmpTypes ipv4Types() {
    IcmpTypes types = new IcmpTypes(this::onOther, drops);
    take(types, Icmpv4Header.ECHO_REQUEST, this::answerEcho);
    take(types, Icmpv4Header.ECHO_REPLY, this::echoReply);
    take(types, Icmpv4Header.DESTINATION_UNREACHABLE, this::onIpv4Error);
    take(types, Icmpv4Header.TIME_EXCEEDED, this::onIpv4Error);
    take(types, Icmpv4Header.PARAMETER_PROBLEM, this::onIpv4Error);
    return types;
  }

  /**
   * Takes the echoes and the errors of ICMPv6, and whatever no other has a branch for.
   *
   * @return where others find the types that are theirs; to be connected to the packets
   */
  public IcmpTypes ipv6Types() {
    IcmpTypes types = new IcmpTypes(this::onOther, drops);
    take(types, Icmpv6Header.ECHO_REQUEST, this::answerEcho);
    take(types, Icmpv6Header.ECHO_REPLY, this::echoReply);
    take(types, Icmpv6Header.DESTINATION_UNREACHABLE, this::onIpv6Error);
    take(types, Icmpv6Header.PACKET_TOO_BIG, this::onIpv6Error);
    take(types, Icmpv6Header.TIME_EXCEEDED, this::onIpv6Error);
    take(types, Icmpv6Header.PARAMETER_PROBLEM, this::onIpv6Error);
    return types;
  }

  private void take(IcmpTypes types, int type, Consumer<IcmpMessage> taker) {
    UnitTaker.subscribe(layer.receive(types.branch(type)), message -> handle(message, taker), drops);
  }

  private void handle(IcmpMessage message, Consumer<IcmpMessage> taker) {
    meters.of(message.source().isV4()).received().increment();
    try {
      taker.accept(message);
    } finally {
      message.release();
    }
  }

  private void onOther(InboundPacket packet) {
    IcmpMessage message = layer.decode(packet);
    if (message != null) {
      handle(message, this::onOther);
    }
  }

  private void onOther(IcmpMessage message) {
    if (!message.source().isV4() && Icmpv6Header.isError(message.type())) {
      onIpv6Error(message);
    } else {
      // RFC 6633 (source quench), RFC 1122 3.2.2.7 to 9, and a host that is told its routes follows no redirect.
      // RFC 4443 2.4 (b): an informational type that is not known is dropped in silence.
      drops.count(IcmpDrop.IGNORED_TYPE);
    }
  }

  private void onIpv4Error(IcmpMessage message) {
    handleError(IcmpQuote.read(message, this::pathMtu, drops));
  }

  private void onIpv6Error(IcmpMessage message) {
    handleError(Icmpv6Quote.read(message, drops));
  }

  private void echoReply(IcmpMessage message) {
    if (!pings.onReply(message)) {
      drops.count(IcmpDrop.UNKNOWN_ECHO);
    } else {
      consumed(message.source());
    }
  }

  /** A message from {@code source} has reached the part of the host that it was for: its frame ends there. */
  private void consumed(IpAddress source) {
    meters.of(source.isV4()).consumed().increment();
  }

  private void answerEcho(IcmpMessage request) {
    // RFC 1122 3.2.2.6: one packet to a group must not make a thousand (smurf).
    // RFC 4443 4.2: over IPv6 it is answered, within the rate.
    if (request.carrier().broadcast() && request.source().isV4()) {
      drops.count(IcmpDrop.GROUP_ECHO);
      return;
    }
    Destination path = lastEcho.to(request.source());
    if (path == null) {
      drops.count(IcmpDrop.NO_ROUTE);
      return;
    }
    if (!echoLimit.take(turn.now())) {
      drops.count(IcmpDrop.ECHO_LIMIT);
      return;
    }
    if (reply(request, path)) {
      consumed(request.source());
      meters.of(request.source().isV4()).echoReplies().increment();
    } else {
      drops.count(IcmpDrop.ECHO_LIMIT);
    }
  }

  private boolean reply(IcmpMessage request, Destination path) {
    IpAddress own = request.destination().isMulticast() ? path.source() : request.destination();
    boolean v4 = own.isV4();
    ByteBuf data = request.payload();
    Ipv4Options options = own instanceof Ipv4Address here ? recorded(request, here) : Ipv4Options.NONE;
    // RFC 1122 3.2.2.6: all of the data, or without fragmentation as much as a packet holds.
    int room = path.mtu() - own.headerLength() - options.length() - IcmpMessage.HEADER;
    int length = Math.min(data.readableBytes(), room);
    ByteBuf copy = Headroom.allocate(allocator, length).writeBytes(data, data.readerIndex(), length);
    // RFC 792 changes nothing but the type; RFC 4443 4.2 wants the code to be 0.
    var reply = v4
        ? new IcmpOutput.Message(Icmpv4Header.ECHO_REPLY, request.code(), request.rest(), options, copy)
        : new IcmpOutput.Message(Icmpv6Header.ECHO_REPLY, 0, request.rest(), options, copy);
    var fields = new PacketFields(0, PacketFields.DEFAULT_HOP_LIMIT, request.carrier().header().dontFragment());
    return output.offer(path, own, fields, reply, Originator.NOBODY);
  }

  /** RFC 1122 3.2.2.6: the reply goes on with the route and the times that the request has recorded. */
  private Ipv4Options recorded(IcmpMessage request, Ipv4Address here) {
    return request.carrier().options().recorded(here, TimeUnit.NANOSECONDS.toMillis(turn.now()));
  }

  private void handleError(@Nullable IcmpError error) {
    if (error == null) {
      return;
    }
    if (!host.isLocal(error.source())) {
      drops.count(IcmpDrop.NOT_OUR_PACKET);
    } else if (error.kind() == IcmpError.Kind.PACKET_TOO_BIG && error.mtu() < leastMtu(error)) {
      drops.count(IcmpDrop.BAD_MTU);
    } else if (!dispatch(error)) {
      drops.count(IcmpDrop.UNWANTED_ERROR);
    } else {
      consumed(error.source());
    }
  }

  private int pathMtu(IpAddress destination) {
    Destination path = host.destination(destination);
    return path == null ? 0 : path.mtu();
  }

  // RFC 791 3.2; RFC 8201 4: a smaller value must have no effect at all.
  private static int leastMtu(IcmpError error) {
    return error.destination().isV4() ? 68 : Ipv6Header.MINIMUM_MTU;
  }

  private boolean dispatch(IcmpError error) {
    Consumer<? super IcmpError> handler = errorHandlers.get(error.protocol());
    if (handler == null) {
      return false;
    }
    handler.accept(error);
    return true;
  }

  /**
   * Answers a packet to a port where nobody listens, and releases it; the caller has counted it. The packet's reader index
   * stands at its transport header.
   */
  public void portUnreachable(InboundPacket packet) {
    try {
      errors.portUnreachable(packet);
    } finally {
      packet.release();
    }
  }

  /** Answers a packet of a protocol that nobody here speaks, and drops it: the orphans of the protocols' demultiplexer. */
  public void protocolUnreachable(InboundPacket packet) {
    try {
      drops.count(IpDrop.UNKNOWN_PROTOCOL);
      errors.protocolUnreachable(packet);
    } finally {
      packet.release();
    }
  }

  /** Tells the sender of a packet what was wrong with it. */
  @Override
  public void complain(Complaint complaint) {
    errors.complain(complaint);
  }

  /** The device of {@code gone} takes nothing any more: messages that wait for it are released. */
  public void onDeviceGone(NetworkInterface gone) {
    output.onDeviceGone(gone);
  }

  /** Errors sent so far. */
  public long errorsSent() {
    return errors.sent();
  }

  /** Errors not sent because of a rule or a limit. */
  public long errorsSuppressed() {
    return errors.suppressed();
  }

  /** Refuses, from now on and for good, to begin pings; may be called from any thread. */
  public void retire() {
    pings.retire();
  }

  /** Whether no ping is under way. */
  public boolean isIdle() {
    return pings.isIdle();
  }

  /** Ends all pings, and releases what waits to be sent. */
  public void close() {
    pings.close();
    output.close();
  }
}
