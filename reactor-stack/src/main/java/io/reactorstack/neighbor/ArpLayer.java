package io.reactorstack.neighbor;

import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Meters;
import io.reactorstack.layer.Stage;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.EtherType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * ARP on one Ethernet interface (RFC 826): sends requests for the neighbour cache, answers requests for the interface's
 * own addresses, and defends them against a station that claims one (RFC 5227 section 2.4).
 *
 * <p>It is a stage only in the receiving direction; its own messages go straight to {@link LinkOutput}.
 */
public final class ArpLayer implements Solicitor {

  private static final long DEFEND_INTERVAL = Duration.ofSeconds(10).toNanos();
  private static final long ANNOUNCE_INTERVAL = Duration.ofSeconds(2).toNanos();
  private static final int MAX_CONFLICTS = 10;
  private static final long RATE_LIMIT_INTERVAL = Duration.ofSeconds(60).toNanos();

  private final MacAddress own;
  private final LocalAddresses local;
  private final ArpOutput output;
  private final ConflictListener conflicts;
  private final AddressDefense defense;
  private final LoopTurn turn;
  private final Drops drops;
  private final Map<Ipv4Address, Long> lastConflict = new HashMap<>();
  private final List<AddressProbe> probes = new ArrayList<>();
  private final Map<Ipv4Address, Timers.Timer> repetitions = new HashMap<>();
  /** The number of conflicts on this link: over candidates, and over addresses that were given up. */
  private int lost;
  private long lastProbe;
  private final Counter consumed;
  private final Counter requests;
  private final Counter replies;
  private boolean closed;

  /**
   * Creates ARP for the interface of {@code link}.
   *
   * @param output sends the requests and replies
   * @param conflicts notified of other stations that use an address of this interface
   * @param defense the reaction to such stations
   */
  public ArpLayer(LinkContext link, LinkOutput output, ConflictListener conflicts, AddressDefense defense) {
    this.own = link.mac();
    this.local = link.local();
    this.turn = link.turn();
    this.drops = link.drops();
    Meters meters = drops.meters();
    this.consumed = meters.consumed("arp");
    this.requests = meters.counter(NeighborMeter.ARP_REQUESTS_SENT);
    this.replies = meters.counter(NeighborMeter.ARP_REPLIES_SENT);
    this.output = new ArpOutput(link, output, EtherType.ARP);
    this.conflicts = conflicts;
    this.defense = defense;
  }

  /**
   * Parses ARP packets, answers requests for the interface's addresses, and emits the claim of each packet.
   *
   * <p><b>Backpressure:</b> unbounded. <b>Buffer ownership:</b> no buffer is passed on. <b>Threading:</b> the event
   * loop. <b>Cancellation:</b> cancels the source.
   */
  public Flux<NeighborClaim> receive(Flux<EthernetFrame> below) {
    return Stage.of(below, this::decode, drops);
  }

  /** Announces {@code address} on the link twice, two seconds apart (RFC 5227 section 2.3). */
  public void announce(Ipv4Address address) {
    if (closed) {
      return;
    }
    announceOnce(address);
    repetitions.computeIfAbsent(address, again -> turn.timer(() -> repeat(again))).set(turn.now() + ANNOUNCE_INTERVAL);
  }

  private void repeat(Ipv4Address address) {
    repetitions.remove(address);
    announceOnce(address);
  }

  /** Cancels the outstanding announcements, and sends no further ones. */
  public void close() {
    closed = true;
    repetitions.values().forEach(Timers.Timer::cancel);
    List.copyOf(probes).forEach(AddressProbe::cancel);
  }

  /**
   * Finds out whether another station uses or probes {@code address}, which is not an address of this interface. After
   * ten conflicts on the link, one probe a minute begins (RFC 5227 section 2.1.1).
   *
   * @param random varies the times of the probes
   * @param listener receives the result, unless the probe is cancelled or the interface is closed before
   */
  public AddressProbe probe(Ipv4Address address, RandomGenerator random, AddressProbe.Listener listener) {
    long now = turn.now();
    long begin = lost >= MAX_CONFLICTS ? Math.max(now, lastProbe + RATE_LIMIT_INTERVAL) : now;
    lastProbe = begin;
    AddressProbe probe = new AddressProbe(address, begin, turn, random, this, listener);
    probes.add(probe);
    return probe;
  }

  /** Sends a request with the sender 0.0.0.0, which changes no station's cache (RFC 5227 section 2.1.1). */
  void sendProbe(Ipv4Address address) {
    send(MacAddress.BROADCAST,
        new ArpPacket(ArpPacket.REQUEST, own, Ipv4Address.UNSPECIFIED, ArpPacket.UNKNOWN, address));
  }

  /** The link may be another one than before: the conflicts on it do not count any more. */
  public void relearn() {
    lost = 0;
    lastConflict.clear();
  }

  /** Counts the conflict that has ended a probe. */
  void onProbeConflict() {
    lost++;
  }

  /** Removes a probe that has ended; returns whether it was there. */
  boolean forget(AddressProbe probe) {
    return probes.remove(probe);
  }

  private void announceOnce(Ipv4Address address) {
    if (local.owns(address)) {
      send(MacAddress.BROADCAST, new ArpPacket(ArpPacket.REQUEST, own, address, ArpPacket.UNKNOWN, address));
    }
  }

  @Override
  public void solicit(IpAddress target, @Nullable MacAddress probed) {
    // An interface without an address sends the request as a probe, with sender 0.0.0.0, which changes no station's
    // cache (RFC 5227 2.1.1).
    Ipv4Address sender = local.sourceFor(target) instanceof Ipv4Address v4 ? v4 : Ipv4Address.UNSPECIFIED;
    if (target instanceof Ipv4Address wanted) {
      send(
          probed == null ? MacAddress.BROADCAST : probed,
          new ArpPacket(ArpPacket.REQUEST, own, sender, ArpPacket.UNKNOWN, wanted));
    }
  }

  private @Nullable NeighborClaim decode(EthernetFrame frame) {
    ArpPacket packet = ArpPacket.parse(frame.payload(), drops);
    frame.release();
    if (packet == null) {
      return null;
    }
    NeighborDrop defect = defect(packet);
    if (defect != null) {
      drops.count(defect);
      return null;
    }
    consumed.increment();
    for (int i = 0; i < probes.size(); i++) {
      probes.get(i).onPacket(packet);
    }
    boolean forUs = local.owns(packet.target());
    // RFC 826 checks the opcode after the cache update; here the claim for the cache is emitted after the answer is
    // sent.
    if (forUs && packet.operation() == ArpPacket.REQUEST) {
      answer(packet);
    }
    // RFC 3927 2.5: the replies of stations with a link-local address are broadcast.
    boolean directed = !frame.destination().isGroup() || packet.sender().isLinkLocal();
    NeighborClaim.Proof proof = packet.operation() == ArpPacket.REPLY && forUs && directed
        ? NeighborClaim.Proof.IF_REQUESTED
        : NeighborClaim.Proof.NONE;
    return new NeighborClaim(packet.sender(), packet.senderMac(), proof, true, forUs);
  }

  private @Nullable NeighborDrop defect(ArpPacket packet) {
    MacAddress mac = packet.senderMac();
    Ipv4Address sender = packet.sender();
    if (mac.equals(own)) {
      return NeighborDrop.ARP_OWN_PACKET;
    }
    if (mac.isGroup() || mac.bits() == 0) {
      return NeighborDrop.ARP_BAD_SENDER;
    }
    if (sender.isMulticast() || sender.isLoopback() || local.isBroadcast(sender)) {
      return NeighborDrop.ARP_BAD_SENDER;
    }
    if (local.owns(sender)) {
      defend(sender, mac);
      return NeighborDrop.ADDRESS_CONFLICT;
    }
    return null;
  }

  // RFC 5227 2.4: whatever the reaction, the host announces the address at most once in ten seconds, so that two hosts
  // do not defend against each other forever.
  private void defend(Ipv4Address address, MacAddress claimant) {
    long now = turn.now();
    Long last = lastConflict.put(address, now);
    boolean first = last == null || now - last >= DEFEND_INTERVAL;
    boolean keeps = switch (defense.reactionFor(address)) {
      case GIVE_UP -> false;
      case DEFEND_ONCE -> first;
      case DEFEND_ALWAYS -> true;
    };
    if (keeps && first) {
      announceOnce(address);
    }
    turn.dirty(() -> {
      conflicts.onConflict(address, claimant);
      if (!keeps && local.owns(address)) {
        lost++;
        lastConflict.remove(address);
        defense.onGivenUp(address);
      }
    });
  }

  private void answer(ArpPacket asked) {
    send(
        asked.senderMac(),
        new ArpPacket(ArpPacket.REPLY, own, asked.target(), asked.senderMac(), asked.sender()));
  }

  private void send(MacAddress destination, ArpPacket packet) {
    // RFC 3927 2.5: all stations on the link see the use of a link-local address, and so detect a conflict early.
    MacAddress to = packet.sender().isLinkLocal() ? MacAddress.BROADCAST : destination;
    output.send(to, packet, packet.operation() == ArpPacket.REQUEST ? requests : replies);
  }
}
