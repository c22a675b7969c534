package io.reactorstack.ip.forward;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.ForwardedPacket;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.InboundSegments;
import io.reactorstack.ip.input.PacketError;
import io.reactorstack.ip.input.PacketError.Problem;
import io.reactorstack.ip.input.PacketErrorListener;
import io.reactorstack.ip.input.TransitListener;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.nat.engine.NatDrop;
import io.reactorstack.nat.engine.NatVerdict;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Rejections;
import io.reactorstack.routing.ForwardingSettings;
import io.reactorstack.routing.PacketFilter;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Forwards packets of other hosts between the interfaces of this one (RFC 1812 section 5, RFC 8200): checks the addresses,
 * the hop limit, the route and the length of each packet, reports what stands in its way to its sender, and queues a copy
 * for the outgoing interface. If forwarding is off, it drops all of them.
 *
 * <p>Confined to the event loop.
 */
public final class Forwarder implements TransitListener, Translation.Outlet {

  private final IpHost host;
  private final LoopTurn turn;
  private final PacketErrorListener errors;
  private final RedirectListener redirects;
  private final Drops drops;
  private final ForwardingSettings settings;
  private final @Nullable Translation translation;
  private final Scopes scopes;
  private final TransitRoutes routes;
  private final TransitOptions options;
  private final TransitCopies copies;
  private final TransitQueue queue;
  private final Counter consumed;
  /** False while the segments of one received frame are passed on. */
  private boolean countsConsumed = true;
  private boolean forwards;

  /**
   * The listeners that inform the senders of packets.
   *
   * @param errors sends ICMP errors
   * @param redirects sends redirects
   */
  public record Reports(PacketErrorListener errors, RedirectListener redirects) {}

  /**
   * Creates the forwarder of {@code host}.
   *
   * @param turn the turns of the loop, and its clock
   * @param random the source of the choice among equal routes
   * @param reports the listeners that inform the senders of packets
   * @param memory the memory of the copies that wait to be sent
   * @param drops counts dropped packets
   * @param settings the settings of forwarding
   * @param translation the translation of addresses, or {@code null} for none
   */
  public Forwarder(IpHost host, LoopTurn turn, RandomGenerator random, Reports reports, HostMemory memory, Drops drops,
      ForwardingSettings settings, @Nullable Translation translation) {
    this.host = host;
    this.turn = turn;
    this.errors = reports.errors();
    this.redirects = reports.redirects();
    this.drops = drops;
    this.settings = settings;
    this.forwards = settings.forwards();
    this.translation = translation;
    if (translation != null) {
      translation.connect(this);
    }
    this.scopes = new Scopes(host);
    this.routes = new TransitRoutes(host, random);
    this.options = new TransitOptions(host, turn);
    this.copies = new TransitCopies(memory.allocator());
    this.queue = new TransitQueue(settings.queueLimit(), drops);
    this.consumed = drops.meters().consumed("forward");
    Runnable routesChanged = turn.coalesced(queue::follow);
    host.onEvent(event -> routesChanged.run());
  }

  /** Sets whether the host forwards packets; at first the settings say so. */
  public void forwarding(boolean on) {
    forwards = on;
  }

  /** Returns whether the host forwards packets. */
  public boolean forwards() {
    return forwards;
  }

  @Override
  public void onTransit(InboundPacket packet) {
    if (!forwards) {
      // RFC 1122 3.3.1.1: hosts do not forward.
      drops.drop(packet, IpDrop.NOT_FOR_US);
      return;
    }
    DropReason reason;
    try {
      reason = forward(packet);
    } catch (Throwable e) {
      packet.release();
      throw e;
    }
    if (reason != null) {
      drops.drop(packet, reason);
    } else {
      packet.release();
    }
  }

  /**
   * Queues a copy of {@code packet} and counts its frame as consumed, unless the translation holds it; or returns the
   * reason to drop it, which its sender has been informed about.
   */
  private @Nullable DropReason forward(InboundPacket packet) {
    boolean translated = translation != null && translation.hasTranslated(packet);
    IpAddress sender = translation == null ? packet.source() : translation.senderOf(packet);
    ForwardDrop refusal = scopes.refusal(packet.source(), packet.destination(), !packet.source().equals(sender));
    if (refusal != null) {
      return refusal == ForwardDrop.BEYOND_SCOPE ? beyondScope(packet) : refusal;
    }
    if (translation != null && translation.isUninvited(packet)) {
      return NatDrop.INSIDE_DESTINATION;
    }
    if (sender != null && !isFromPlausibleLink(sender, packet.ingress())) {
      return ForwardDrop.REVERSE_PATH;
    }
    PacketFilter.Action action = settings.filter().of(packet.source(), packet.destination());
    if (action != PacketFilter.Action.PASS) {
      return action == PacketFilter.Action.REJECT
          ? refuse(packet, ForwardDrop.FILTERED, Problem.PROHIBITED, 0)
          : ForwardDrop.FILTERED;
    }
    if (settings.excluded().contains(packet.ingress().name())) {
      return ForwardDrop.INTERFACE_EXCLUDED;
    }
    if (packet.hopLimit() <= 1) {
      return refuse(packet, ForwardDrop.HOP_LIMIT_EXCEEDED, Problem.HOP_LIMIT_EXCEEDED, 0);
    }
    Destination route = routes.of(packet);
    if (route == null || !route.isReachable()) {
      return refuse(packet, ForwardDrop.NO_ROUTE, Problem.NO_ROUTE, 0);
    }
    if (settings.excluded().contains(route.networkInterface().name())) {
      return refuse(packet, ForwardDrop.INTERFACE_EXCLUDED, Problem.NO_ROUTE, 0);
    }
    return InboundSegments.areIn(packet) && InboundSegments.longest(packet) > route.linkMtu()
        ? passSegments(packet, route, translated)
        : pass(packet, route, translated);
  }

  /** Passes the segments of {@code packet} on, which do not fit the outgoing link, as the packets that they are. */
  private @Nullable DropReason passSegments(InboundPacket packet, Destination route, boolean translated) {
    DropReason refusal = ForwardDrop.NOT_SEGMENTABLE;
    boolean passed = false;
    countsConsumed = false;
    try (InboundSegments segments = InboundSegments.of(packet)) {
      for (InboundPacket segment = segments.next(); segment != null; segment = segments.next()) {
        DropReason reason = passAndRelease(segment, route, translated);
        passed |= reason == null;
        refusal = reason == null ? refusal : reason;
      }
    } finally {
      countsConsumed = true;
    }
    if (!passed) {
      return refusal;
    }
    // One frame was received, so one is counted.
    consumed.increment();
    return null;
  }

  private @Nullable DropReason passAndRelease(InboundPacket segment, Destination route, boolean translated) {
    try {
      return pass(segment, route, translated);
    } finally {
      segment.release();
    }
  }

  private @Nullable DropReason pass(InboundPacket packet, Destination route, boolean translated) {
    if (isTooBig(packet, route.linkMtu())) {
      return refuse(packet, ForwardDrop.TOO_BIG, Problem.PACKET_TOO_BIG, route.linkMtu());
    }
    boolean returns = !translated && route.networkInterface().equals(packet.ingress());
    if (returns && packet.ingress().capabilities().medium() == Medium.IP) {
      return refuse(packet, ForwardDrop.BACK_TO_SENDER, Problem.NEXT_HOP_UNREACHABLE, 0);
    }
    return send(packet, route, returns);
  }

  private @Nullable DropReason send(InboundPacket packet, Destination route, boolean returns) {
    Ipv4Options given = options.of(packet);
    if (given == null) {
      int pointer = TransitOptions.pointer(packet);
      if (pointer != Ipv4Options.UNTOLD) {
        errors.complain(new PacketError(packet, Problem.HEADER_FIELD, pointer));
      }
      return options.defect();
    }
    // RFC 1812 5.2.7.2, RFC 4861 8.2: the sender and the better first hop are on one link.
    if (returns && settings.sendsRedirects() && packet.ingress().isOnLink(packet.source())
        && isOfOneNetwork(packet, route)) {
      redirects.onBetterHop(packet, route.nextHop());
    }
    ByteBuf copy = copies.of(packet, options.passedOn(given, route));
    if (translation == null || !translation.concerns(packet, route)) {
      queue(packet, copy, null, route);
      return null;
    }
    byte[] beginning = TransitOrigin.beginningOf(packet);
    return switch (translation.onDeparture(packet, copy)) {
      case NatVerdict.Translated done -> {
        queue(packet, done.packet(), beginning, route);
        yield null;
      }
      case NatVerdict.PassedThrough passed -> {
        queue(packet, passed.packet(), null, route);
        yield null;
      }
      case NatVerdict.Held held -> null;
      case NatVerdict.Refused refused -> {
        refused.packet().release();
        yield refused.reason();
      }
    };
  }

  // RFC 1812 5.2.7.2: a station of IPv4 reaches only the routers in its own prefix directly.
  private static boolean isOfOneNetwork(InboundPacket packet, Destination route) {
    return !packet.source().isV4() || packet.ingress().addresses().stream().map(InterfaceAddress::prefix)
        .anyMatch(prefix -> prefix.contains(packet.source()) && prefix.contains(route.nextHop()));
  }

  private void queue(InboundPacket packet, ByteBuf copy, byte @Nullable [] beginning, Destination route) {
    queue.add(new ForwardedPacket(route, copy, copies.finish(copy, packet),
        new TransitOrigin(packet, copy, beginning, turn, errors)));
    if (countsConsumed) {
      consumed.increment();
    }
  }

  /** Forwards a packet that was held, and counts its frame. */
  @Override
  public void resume(InboundPacket packet) {
    try {
      DropReason reason = forward(packet);
      if (reason != null) {
        drops.count(reason);
      }
    } finally {
      packet.release();
    }
  }

  /** Sends a translated packet that was held and whose hop limit has been decremented, and counts its frame. */
  @Override
  public void send(ByteBuf packet) {
    Ipv4Header header = Ipv4Header.parse(packet, Rejections.UNCOUNTED);
    Destination route = header == null ? null : host.transit(header.destination(), 0);
    if (route == null) {
      packet.release();
      drops.count(ForwardDrop.NO_ROUTE);
    } else {
      queue.add(new ForwardedPacket(route, packet, PacketFacts.LOCAL, Originator.NOBODY));
      consumed.increment();
    }
  }

  private boolean isFromPlausibleLink(IpAddress sender, NetworkInterface ingress) {
    return switch (settings.reversePath()) {
      case OFF -> true;
      case LOOSE -> host.transit(sender, 0) != null;
      case STRICT -> host.leadsOver(ingress, sender);
    };
  }

  // RFC 4443 3.1: only IPv6 has an error for an address that is not valid beyond the link of the sender.
  private ForwardDrop beyondScope(InboundPacket packet) {
    boolean told = packet.source() instanceof Ipv6Address source && source.isLinkLocal()
        && packet.destination() instanceof Ipv6Address destination && !destination.isLinkLocal();
    return told
        ? refuse(packet, ForwardDrop.BEYOND_SCOPE, Problem.BEYOND_SCOPE, 0)
        : ForwardDrop.BEYOND_SCOPE;
  }

  private static boolean isTooBig(InboundPacket packet, int mtu) {
    if (packet.headerLength() + packet.payload().readableBytes() <= mtu || InboundSegments.areIn(packet)) {
      return false;
    }
    // RFC 791 3.2, RFC 8200 5: a router fragments packets of IPv4 only.
    return !(packet.header() instanceof Ipv4Header header) || header.dontFragment();
  }

  private ForwardDrop refuse(InboundPacket packet, ForwardDrop reason, Problem problem, int detail) {
    errors.complain(new PacketError(packet, problem, detail));
    return reason;
  }

  /** The number of destinations that are remembered; bounded. */
  int destinations() {
    return routes.size();
  }

  /** Drops the packets that wait for the device of {@code gone}, which has been removed or has failed. */
  public void onDeviceGone(NetworkInterface gone) {
    queue.remove(gone);
  }

  /** Releases all waiting packets. */
  public void close() {
    queue.close();
    if (translation != null) {
      translation.close();
    }
  }
}
