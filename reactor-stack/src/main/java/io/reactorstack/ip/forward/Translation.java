package io.reactorstack.ip.forward;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.input.ArrivalHook;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.PacketError;
import io.reactorstack.ip.input.PacketError.Problem;
import io.reactorstack.ip.input.PacketErrorListener;
import io.reactorstack.ip.output.DepartureHook;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.layer.Gauge;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.MeterTag;
import io.reactorstack.layer.Timers;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.engine.LocalPorts;
import io.reactorstack.nat.engine.NatDrop;
import io.reactorstack.nat.engine.NatEngine;
import io.reactorstack.nat.engine.NatVerdict;
import io.reactorstack.nat.engine.NatVerdict.Answer;
import io.reactorstack.nat.engine.NatVerdict.Path;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.IcmpType;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The network address translation of a router: connects the machine of {@code nat.engine} with the internet layer.
 *
 * <p>A packet to an outside address is translated when it arrives, so that its route is that of the inside host. A packet
 * from inside is translated after its route is known, if that leads outside. Errors that the router itself sends outside
 * are translated when they leave. Confined to the event loop.
 */
public final class Translation implements ArrivalHook, DepartureHook {

  /** The way on for packets whose verdict came late. */
  interface Outlet {

    /** Forwards a packet, whose destination has been translated, by its route. */
    void resume(InboundPacket packet);

    /** Sends a packet, whose source has been translated and whose hop limit has been decremented, to its destination. */
    void send(ByteBuf packet);
  }

  /**
   * The settings of a translator.
   *
   * @param outside the name of the interface to the network that sees only the router's addresses
   * @param settings the settings of the mappings
   */
  public record Plan(String outside, NatSettings settings) {}

  /** A packet in place of the unit in which it arrived. */
  private record Replacement(ByteBuf payload) implements Pdu {}

  private final IpHost host;
  private final LoopTurn turn;
  private final String outside;
  private final NatSettings settings;
  private final NatEngine engine;
  private final TransitCopies copies;
  private final PacketErrorListener errors;
  private final Drops drops;
  private final Gauge heldGauge;
  private final Timers.Timer timer;
  /** The fragments for the router itself whose verdict came late. */
  private final Queue<Pdu> late = new ArrayDeque<>();
  private @Nullable Outlet outlet;
  private long framesHeld;
  private List<Ipv4Address> addresses = List.of();
  /** The packet that was translated last, while the internet layer handles it. */
  private @Nullable ByteBuf translated;
  /** The source of that packet before its translation; {@code null} if it is not known any more. */
  private @Nullable IpAddress sender;

  /**
   * Creates the translation of {@code host}.
   *
   * @param plan the interface and the settings
   * @param ports the ports that the router itself uses
   * @param errors sends ICMP errors
   * @param memory the memory of copies and of held packets
   * @param random the source of ports and secrets
   * @param drops counts dropped packets
   */
  public Translation(IpHost host, LoopTurn turn, Plan plan, LocalPorts ports, PacketErrorListener errors,
      HostMemory memory, RandomGenerator random, Drops drops) {
    this.host = host;
    this.turn = turn;
    this.outside = plan.outside();
    this.settings = plan.settings();
    this.engine = new NatEngine(plan.settings(), ports, memory, random);
    this.copies = new TransitCopies(memory.allocator());
    this.errors = errors;
    this.drops = drops;
    this.heldGauge = drops.meters().with(MeterTag.TAKER, "nat").gauge(FrameMeter.FRAMES_HELD);
    this.timer = turn.timer(this::onTimeout);
    host.reserve(this::isMapped);
    Runnable changed = turn.coalesced(this::readAddresses);
    host.onEvent(event -> changed.run());
  }

  void connect(Outlet next) {
    outlet = next;
  }

  private void readAddresses() {
    NetworkInterface link = host.named(outside);
    List<Ipv4Address> now = link == null
        ? List.of()
        : link.addresses().stream().filter(InterfaceAddress::isAssigned).map(InterfaceAddress::address)
            .filter(Ipv4Address.class::isInstance).map(Ipv4Address.class::cast)
            .filter(address -> !address.isLinkLocal()).toList();
    if (!now.equals(addresses)) {
      addresses = now;
      engine.setOutsideAddresses(now, turn.now());
      settle();
    }
  }

  /** Returns whether a mapping uses {@code port} of {@code address}, an unspecified one for any. */
  private boolean isMapped(int number, IpAddress address, int port) {
    NatProtocol protocol = NatProtocol.of(number);
    if (protocol == null) {
      return false;
    }
    for (int i = 0; i < addresses.size(); i++) {
      Ipv4Address own = addresses.get(i);
      boolean isMeant = own.equals(address) || address.isV4() && address.isUnspecified();
      if (isMeant && engine.isMapped(protocol, new Endpoint(own, port))) {
        return true;
      }
    }
    return false;
  }

  private boolean isOutside(NetworkInterface link) {
    return link.name().equals(outside);
  }

  // ---- packets that arrive

  @Override
  public @Nullable Pdu onArrival(Pdu unit, PacketFacts facts, NetworkInterface ingress) {
    translated = null;
    Ipv4Header header = Ipv4Header.parse(unit.payload(), Rejections.UNCOUNTED);
    if (header == null || !addresses.contains(header.destination())
        || ingress.isLoopback() && !isError(header, unit.payload())) {
      // Malformed, for an inside address of the router, or in transit: the forwarder asks about the last kind later. The
      // router sends only errors to itself that concern inside hosts: those about hairpinned packets.
      return unit;
    }
    ByteBuf copy = copies.whole(header, unit.payload(), facts);
    NatVerdict verdict = isOutside(ingress)
        ? engine.onOutsidePacket(header, copy, turn.now())
        : engine.onInsidePacket(header, copy, turn.now());
    Pdu next = switch (verdict) {
      case NatVerdict.Translated done -> {
        unit.release();
        translated = done.packet();
        // The router itself may be the sender, of an error about a hairpinned packet.
        sender = ingress.isLoopback() ? null : header.source();
        yield new Replacement(done.packet());
      }
      case NatVerdict.PassedThrough passed -> {
        passed.packet().release();
        yield unit;
      }
      case NatVerdict.Held held -> {
        setHeld(framesHeld + 1);
        unit.release();
        yield null;
      }
      case NatVerdict.Refused refused -> {
        answer(header, refused, ingress);
        refused.packet().release();
        drops.drop(unit, refused.reason());
        yield null;
      }
    };
    settle();
    return next;
  }

  @Override
  public @Nullable Pdu late() {
    return late.poll();
  }

  private void setHeld(long number) {
    framesHeld = number;
    heldGauge.set(number);
  }

  /** Returns whether {@code packet}, in transit from outside, belongs to no mapping although its destination is inside. */
  boolean isUninvited(InboundPacket packet) {
    return isOutside(packet.ingress()) && packet.source().isV4() && !hasTranslated(packet)
        && settings.isInside(packet.destination());
  }

  /** Returns whether {@code packet} was translated when it arrived. */
  @SuppressWarnings("ReferenceEquality") // the same buffer, not one with the same bytes
  boolean hasTranslated(InboundPacket packet) {
    // A packet of IPv6 does not pass onArrival, and may be in a buffer that a pool has handed out again.
    return packet.source().isV4() && packet.payload() == translated;
  }

  /** Returns the source of {@code packet} before a translation on arrival, or {@code null} if it is not known any more. */
  @Nullable
  IpAddress senderOf(InboundPacket packet) {
    return hasTranslated(packet) ? sender : packet.source();
  }

  // ---- packets that leave

  /** Returns whether the packets from {@code packet}'s interface to {@code route} are translated on departure. */
  boolean concerns(InboundPacket packet, Destination route) {
    return packet.source().isV4() && isOutside(route.networkInterface()) && !isOutside(packet.ingress());
  }

  /** Translates {@code copy}, which it owns, of a packet from inside. */
  NatVerdict onDeparture(InboundPacket packet, ByteBuf copy) {
    NatVerdict verdict = engine.onInsidePacket((Ipv4Header) packet.header(), copy, turn.now());
    switch (verdict) {
      case NatVerdict.Refused refused -> answer(packet, refused.answer());
      case NatVerdict.Held held -> setHeld(framesHeld + 1);
      case NatVerdict.Translated done -> {
        // The forwarder sends it.
      }
      case NatVerdict.PassedThrough passed -> {
        // The forwarder sends it.
      }
    }
    settle();
    return verdict;
  }

  @Override
  public boolean onDeparture(NetworkInterface via, ByteBuf packet) {
    Ipv4Header header = isOutside(via) ? Ipv4Header.parse(packet, Rejections.UNCOUNTED) : null;
    if (header == null || !isError(header, packet)) {
      return true;
    }
    NatVerdict verdict = engine.onInsidePacket(header, packet, turn.now());
    settle();
    return switch (verdict) {
      case NatVerdict.Translated done -> true;
      case NatVerdict.PassedThrough passed -> true;
      case NatVerdict.Refused refused -> false;
      case NatVerdict.Held held -> throw new AssertionError("an ICMP error is never held");
    };
  }

  private static boolean isError(Ipv4Header header, ByteBuf packet) {
    return IcmpType.isError(IpProtocol.ICMP, packet.slice(packet.readerIndex() + header.length(),
        packet.readableBytes() - header.length()));
  }

  // ---- late verdicts and time

  private void onTimeout() {
    engine.onTimeout(turn.now());
    settle();
  }

  /** Handles the verdicts about held packets, and sets the timer. */
  private void settle() {
    for (NatVerdict verdict = engine.poll(); verdict != null; verdict = engine.poll()) {
      setHeld(framesHeld - 1);
      switch (verdict) {
        case NatVerdict.Translated done -> turn.dirty(() -> resume(done));
        case NatVerdict.Refused refused -> turn.dirty(() -> refuse(refused));
        case NatVerdict.PassedThrough passed -> late.add(new Replacement(passed.packet()));
        case NatVerdict.Held held -> throw new AssertionError("a packet is held once");
      }
    }
    long deadline = engine.nextDeadline();
    if (deadline == NatEngine.NEVER) {
      timer.cancel();
    } else {
      timer.set(deadline);
    }
  }

  private void resume(NatVerdict.Translated done) {
    Outlet next = outlet;
    if (next == null) {
      drop(done.packet(), NatDrop.CLOSED);
    } else if (done.path() == Path.OUTBOUND) {
      next.send(done.packet());
    } else {
      resume(done.packet(), done.path());
    }
  }

  private void resume(ByteBuf packet, Path path) {
    Ipv4Header header = Ipv4Header.parse(packet, Rejections.UNCOUNTED);
    NetworkInterface link = host.named(outside);
    if (header == null || link == null || outlet == null) {
      drop(packet, NatDrop.CLOSED);
      return;
    }
    InboundPacket inbound = packet(header, packet, link);
    translated = inbound.payload();
    sender = path == Path.INBOUND ? inbound.source() : null;
    outlet.resume(inbound);
  }

  private void refuse(NatVerdict.Refused refused) {
    Ipv4Header header = Ipv4Header.parse(refused.packet(), Rejections.UNCOUNTED);
    NetworkInterface link = host.named(outside);
    if (header != null && link != null) {
      answer(header, refused, link);
    }
    drop(refused.packet(), refused.reason());
  }

  private void drop(ByteBuf packet, NatDrop reason) {
    drops.count(reason);
    packet.release();
  }

  private void answer(Ipv4Header header, NatVerdict.Refused refused, NetworkInterface ingress) {
    if (refused.answer() != Answer.NONE && header.fragmentOffset() == 0) {
      answer(packet(header, refused.packet(), ingress), refused.answer());
    }
  }

  private void answer(InboundPacket packet, Answer answer) {
    switch (answer) {
      case NONE -> {
        // RFC 5382 REQ-10: most refusals are silent.
      }
      case PORT_UNREACHABLE -> errors.complain(new PacketError(packet, Problem.PORT_UNREACHABLE, 0));
      case PROHIBITED -> errors.complain(new PacketError(packet, Problem.PROHIBITED, 0));
    }
  }

  /** Returns the packet with {@code header}. Moves the indices of {@code bytes} to the payload. */
  private static InboundPacket packet(Ipv4Header header, ByteBuf bytes, NetworkInterface ingress) {
    int start = bytes.readerIndex();
    bytes.setIndex(start + header.length(), start + header.totalLength());
    return new InboundPacket(header, header.protocol(), Ipv4Options.NONE, header.length(), false, bytes,
        PacketFacts.LOCAL, ingress);
  }

  /** Returns the present mappings, with the port forwardings, in no particular order. */
  public List<NatMapping> mappings() {
    return engine.mappings(turn.now());
  }

  /** The machine. */
  public NatEngine engine() {
    return engine;
  }

  /** Ends all mappings and releases the held packets. */
  void close() {
    engine.close(turn.now());
    for (NatVerdict verdict = engine.poll(); verdict != null; verdict = engine.poll()) {
      if (verdict instanceof NatVerdict.Refused refused) {
        drop(refused.packet(), NatDrop.CLOSED);
      }
    }
    setHeld(0);
    for (Pdu unit = late.poll(); unit != null; unit = late.poll()) {
      drops.drop(unit, NatDrop.CLOSED);
    }
    timer.cancel();
  }
}
