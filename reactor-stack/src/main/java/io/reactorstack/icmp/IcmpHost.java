package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.LastDestination;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.PacketError;
import io.reactorstack.ip.input.PacketErrorListener;
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
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The ICMP (RFC 1122 section 3.2.2) and ICMPv6 (RFC 4443) of a host: answers echo requests, passes received errors to
 * the protocol whose packet they quote, reports undeliverable packets to their senders, and runs
 * {@linkplain Icmp pings}.
 *
 * <p>Confined to the host's event loop, except {@link #retire}.
 */
// Public only for the packages that assemble the stack; users meet Icmp. The types used here are not exported from the
// module.
@SuppressWarnings("exports")
public final class IcmpHost implements PacketErrorListener {

  private static final IcmpSettings.Rate ECHO_RATE = new IcmpSettings.Rate(20_000, 1000);

  private final IpHost host;
  private final LoopTurn turn;
  private final Drops drops;
  private final ByteBufAllocator allocator;
  private final IcmpLayer layer;
  private final IcmpMeters.OfBoth meters;
  private final IcmpOutput output = new IcmpOutput();
  private final LastDestination lastEcho;
  private final EchoReplies replies = new EchoReplies();
  private final IcmpErrors errors;
  private final Redirection redirection;
  private final TokenBucket echoLimit;
  private final boolean answersEcho;
  private final Pings pings;
  private final Traces traces;
  private final Map<Integer, Consumer<? super IcmpError>> errorHandlers = new HashMap<>();

  /** As the other constructor, with buffers of Netty's default allocator and the default settings. */
  public IcmpHost(IpHost host, LoopTurn turn, RandomGenerator random, Drops drops) {
    this(host, turn, random, drops, ByteBufAllocator.DEFAULT, IcmpSettings.DEFAULTS);
  }

  /**
   * Creates the ICMP of {@code host}.
   *
   * @param random randomizes the rate limits and chooses echo identifiers
   * @param allocator the allocator for messages that this host sends
   * @param settings the rate limits, and what is sent and followed
   */
  public IcmpHost(IpHost host, LoopTurn turn, RandomGenerator random, Drops drops, ByteBufAllocator allocator,
      IcmpSettings settings) {
    this.host = host;
    this.allocator = allocator;
    this.turn = turn;
    this.drops = drops;
    this.meters = IcmpMeters.OfBoth.in(drops.meters());
    this.layer = new IcmpLayer(drops);
    this.lastEcho = new LastDestination(host);
    this.errors = new IcmpErrors(host, turn, random, output, allocator, meters, settings);
    this.redirection = new Redirection(host, drops, settings.acceptsRedirects());
    this.answersEcho = settings.answersEcho();
    this.echoLimit = new TokenBucket(ECHO_RATE, random, turn.now());
    this.pings = new Pings(host, turn, random, output, allocator, meters);
    this.traces = new Traces(host, turn, random, output, allocator);
    Runnable routesChanged = turn.coalesced(output::follow);
    host.onEvent(event -> routesChanged.run());
    errorHandlers.put(IpProtocol.ICMP, pings::onError);
    errorHandlers.put(IpProtocol.ICMPV6, pings::onError);
  }

  /** Returns the user's API without name resolution. */
  public Icmp api() {
    return api(NameResolver.none());
  }

  /** Returns the user's API for pings and traces; {@code resolver} resolves the names of targets. */
  public Icmp api(NameResolver resolver) {
    return new IcmpFace(pings, traces, resolver);
  }

  /** Sets whether the host forwards packets; it does not at first. A router follows no redirects. */
  public void forwarding(boolean on) {
    redirection.forwarding(on);
  }

  /** Sets the sources of local ports for the probes of traces. */
  public void probePorts(ProbePorts udp, ProbePorts tcp) {
    traces.ports(udp, tcp);
  }

  /**
   * Sets the handler of ICMP errors about packets of {@code protocol}.
   *
   * <p>Called while the message is being handled. A packet that this host itself could not send is not reported here,
   * but to the {@linkplain Originator originator} of the packet.
   */
  public void onError(int protocol, Consumer<? super IcmpError> handler) {
    errorHandlers.put(protocol, handler);
  }

  /**
   * Creates the demultiplexer of ICMP for IPv4, with branches for echoes and errors. Messages of types without a branch
   * are counted as {@link IcmpDrop#IGNORED_TYPE}.
   *
   * @return the demultiplexer, on which other parts of the host may subscribe to further types; to be connected to the
   * packets
   */
  public IcmpTypes ipv4Types() {
    IcmpTypes types = new IcmpTypes(this::onOther, drops);
    take(types, Icmpv4Header.ECHO_REQUEST, this::answerEcho);
    take(types, Icmpv4Header.ECHO_REPLY, this::echoReply);
    take(types, Icmpv4Header.DESTINATION_UNREACHABLE, this::onIpv4Error);
    take(types, Icmpv4Header.TIME_EXCEEDED, this::onIpv4Error);
    take(types, Icmpv4Header.PARAMETER_PROBLEM, this::onIpv4Error);
    take(types, Icmpv4Header.REDIRECT, this::onRedirect);
    return types;
  }

  /**
   * Creates the demultiplexer of ICMPv6, with branches for echoes and errors. Errors of types without a branch are
   * handled as {@link IcmpError.Kind#PARAMETER_PROBLEM}, other messages are counted as {@link IcmpDrop#IGNORED_TYPE}.
   *
   * @return the demultiplexer, on which other parts of the host may subscribe to further types; to be connected to the
   * packets
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
      // RFC 6633 (source quench), RFC 1122 3.2.2.7 to 9.
      // RFC 4443 2.4 (b): an unknown informational message is silently dropped.
      drops.count(IcmpDrop.IGNORED_TYPE);
    }
  }

  private void onIpv4Error(IcmpMessage message) {
    handleError(IcmpQuote.read(message, this::pathMtu, drops));
  }

  private void onIpv6Error(IcmpMessage message) {
    handleError(Icmpv6Quote.read(message, drops));
  }

  private void onRedirect(IcmpMessage message) {
    if (redirection.apply(message)) {
      meters.v4().redirects().increment();
      consumed(message.source());
    }
  }

  private void echoReply(IcmpMessage message) {
    if (!pings.onReply(message) && !traces.onReply(message)) {
      drops.count(IcmpDrop.UNKNOWN_ECHO);
    } else {
      consumed(message.source());
    }
  }

  /**
   * Counts the frame of a message from {@code source} as consumed: it has reached the part of the host that it was for.
   */
  private void consumed(IpAddress source) {
    meters.of(source.isV4()).consumed().increment();
  }

  private void answerEcho(IcmpMessage request) {
    // RFC 1122 3.2.2.6: one broadcast must not cause replies of all hosts (smurf attack).
    // RFC 4443 4.2: over IPv6 a multicast echo request is answered, within the rate limit.
    if (request.carrier().broadcast() && request.source().isV4()) {
      drops.count(IcmpDrop.GROUP_ECHO);
      return;
    }
    if (!answersEcho) {
      drops.count(IcmpDrop.ECHO_IGNORED);
      return;
    }
    Destination path = lastEcho.to(request.carrier().peer());
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
    // RFC 4443 2.2 (b): the reply to a group or an anycast address comes from a unicast address.
    IpAddress own = host.isLocal(request.destination()) ? request.destination() : path.source();
    boolean v4 = own.isV4();
    ByteBuf data = request.payload();
    Ipv4Options options = own instanceof Ipv4Address here
        // RFC 1122 3.2.2.6: the reply continues the recorded route of the request. Its timestamp was added on arrival.
        ? request.carrier().options().recorded(here)
        : Ipv4Options.NONE;
    // RFC 1122 3.2.2.6: echo all of the data, in fragments if necessary.
    int length = data.readableBytes();
    ByteBuf copy = Headroom.allocate(allocator, length).writeBytes(data, data.readerIndex(), length);
    // RFC 792 changes only the type; RFC 4443 4.2 requires code 0.
    var reply = v4
        ? new IcmpOutput.Message(Icmpv4Header.ECHO_REPLY, request.code(), request.rest(), options, copy)
        : new IcmpOutput.Message(Icmpv6Header.ECHO_REPLY, 0, request.rest(), options, copy);
    int whole = own.headerLength() + options.length() + IcmpMessage.HEADER + length;
    var fields = new PacketFields(0, path.hopLimit(),
        whole <= path.mtu() && request.carrier().header().dontFragment());
    replies.onSent(path, request.rest(), whole);
    return output.offer(path, own, fields, reply, Originator.NOBODY);
  }

  private void handleError(@Nullable IcmpError error) {
    if (error == null) {
      return;
    }
    if (!host.isLocal(error.quote().source())) {
      drops.count(IcmpDrop.NOT_OUR_PACKET);
    } else if (error instanceof IcmpError.PacketTooBig tooBig && tooBig.mtu() < leastMtu(error)) {
      drops.count(IcmpDrop.BAD_MTU);
    } else if (!dispatch(error)) {
      drops.count(IcmpDrop.UNWANTED_ERROR);
    } else {
      consumed(error.quote().source());
    }
  }

  private int pathMtu(IpAddress destination) {
    Destination path = host.destination(destination);
    return path == null ? 0 : path.mtu();
  }

  // RFC 791 3.2; RFC 8201 4: a smaller value must have no effect.
  private static int leastMtu(IcmpError error) {
    return error.quote().destination().isV4() ? 68 : Ipv6Header.MINIMUM_MTU;
  }

  private boolean dispatch(IcmpError error) {
    if (traces.onError(error) || replies.onError(error)) {
      return true;
    }
    Consumer<? super IcmpError> handler = errorHandlers.get(error.quote().protocol());
    if (handler == null) {
      return false;
    }
    handler.accept(error);
    return true;
  }

  /**
   * Sends an ICMP error about a packet to a port without a socket, and releases the packet; the caller has counted it.
   * The packet's reader index must be at its transport header.
   */
  public void portUnreachable(InboundPacket packet) {
    try {
      errors.portUnreachable(packet);
    } finally {
      packet.release();
    }
  }

  /**
   * Drops a packet of an unsupported protocol and sends an ICMP error about it: the handler of packets for which the
   * protocol demultiplexer has no branch.
   */
  public void protocolUnreachable(InboundPacket packet) {
    try {
      drops.count(IpDrop.UNKNOWN_PROTOCOL);
      errors.protocolUnreachable(packet);
    } finally {
      packet.release();
    }
  }

  /**
   * Informs the sender of {@code packet}, a station on its link, that {@code firstHop} on that link is a better first hop
   * (RFC 1812 section 5.2.7.2).
   */
  public void redirect(InboundPacket packet, Ipv4Address firstHop) {
    errors.redirect(packet, firstHop);
  }

  /**
   * Returns whether a redirect of neighbor discovery about {@code packet} may be sent now: those count as errors, for the
   * rate limit too (RFC 4861 section 8.2).
   */
  public boolean allowsRedirect(InboundPacket packet) {
    return errors.allowsRedirect(packet);
  }

  /** Sends an ICMP error about a packet to its sender. */
  @Override
  public void complain(PacketError complaint) {
    errors.complain(complaint);
  }

  /** Releases the messages that wait for the device of {@code gone}, which has been removed or has failed. */
  public void onDeviceGone(NetworkInterface gone) {
    output.onDeviceGone(gone);
  }

  /** The number of errors sent so far. */
  public long errorsSent() {
    return errors.sent();
  }

  /** The number of errors not sent because of a rule or a limit. */
  public long errorsSuppressed() {
    return errors.suppressed();
  }

  /** Permanently refuses to begin pings; may be called from any thread. */
  public void retire() {
    pings.retire();
    traces.retire();
  }

  /** Returns whether a ping or a trace uses {@code identifier}, 0 to 65535, for its echo requests. */
  public boolean usesIdentifier(int identifier) {
    return pings.uses(identifier) || traces.uses(identifier);
  }

  /** Returns whether no ping and no trace is under way. */
  public boolean isIdle() {
    return pings.isIdle() && traces.isIdle();
  }

  /** Fails all pings and traces, and releases the messages that wait to be sent. */
  public void close() {
    pings.close();
    traces.close();
    output.close();
  }
}
