package io.reactorstack.neighbor;

import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The neighbours of one Ethernet interface, and the stage in which packets get their link address.
 *
 * <p>One state machine for all protocols, that of neighbour unreachability detection (RFC 4861 section 7.3): ARP and
 * neighbour discovery ask on its behalf and report what they hear. A packet for an unknown neighbour waits here, within
 * bounds, and its place is filled from above, so that one silent neighbour does not stop the others.
 *
 * <p>Confined to the host's event loop.
 */
public final class NeighborCache implements Consumer<NeighborClaim> {

  private final LoopTurn turn;
  private final LocalAddresses local;
  private final RandomGenerator random;
  private final NeighborSettings settings;
  private final Drops drops;
  private final LinkOutput output;
  private final Map<IpAddress, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final Deque<OutboundPacket> undeliverable = new ArrayDeque<>();
  private final Timers.Timer purge;
  private Consumer<? super OutboundPacket> onUndeliverable = packet -> {};
  private @Nullable Solicitor ipv4;
  private @Nullable Solicitor ipv6;
  private long reachableNanos;
  private int waitingInAll;

  /**
   * The neighbours of one interface.
   *
   * @param turn the host's rhythm
   * @param mac the interface's link address
   * @param local the interface's IP addresses
   * @param random spreads the reachable time
   * @param settings times and bounds
   * @param drops where dropped packets are counted
   */
  public NeighborCache(
      LoopTurn turn,
      MacAddress mac,
      LocalAddresses local,
      RandomGenerator random,
      NeighborSettings settings,
      Drops drops) {
    this.turn = turn;
    this.local = local;
    this.random = random;
    this.settings = settings;
    this.drops = drops;
    this.output = new LinkOutput(turn, mac, drops);
    this.purge = turn.timer(this::purge);
    drawReachableTime();
  }

  /** Sets who asks for IPv4 addresses. */
  public void solicitIpv4With(Solicitor solicitor) {
    ipv4 = solicitor;
  }

  /** Sets who asks for IPv6 addresses. */
  public void solicitIpv6With(Solicitor solicitor) {
    ipv6 = solicitor;
  }

  /**
   * Sets who is told of packets whose next hop did not answer; told in a turn of its own, and the packet is released
   * afterwards.
   */
  public void onUndeliverable(Consumer<? super OutboundPacket> listener) {
    onUndeliverable = listener;
  }

  /**
   * Gives packets their link address: the stage between IP and Ethernet.
   *
   * <p><b>Backpressure:</b> the link's own frames use credit first; what is left is passed up, and a packet that waits or
   * is dropped is replaced by a request for one more. <b>Buffer ownership:</b> frames pass to the subscriber. <b>Threading:</b>
   * the event loop. <b>Cancellation:</b> cancels {@code above} and releases what waits for the device; one subscriber at a
   * time.
   */
  public Flux<EthernetFrame> resolve(Flux<OutboundPacket> above) {
    return output.merge(above, this::addressOf);
  }

  /** Sends a frame of the link's own protocols in the next turn, before any packet; within bounds, else it is dropped. */
  public void transmit(EthernetFrame frame) {
    output.transmit(frame);
  }

  /** Takes forward progress above as proof that {@code neighbor} is there (RFC 4861 section 7.3.1). */
  public void confirm(IpAddress neighbor) {
    Entry entry = entries.get(neighbor);
    if (entry != null && entry.mac != null) {
      entry.becomeReachable();
    }
  }

  /** Takes want of progress above as a reason to ask {@code neighbor} with the next packet (RFC 1122 section 3.3.1.4). */
  public void doubt(IpAddress neighbor) {
    Entry entry = entries.get(neighbor);
    if (entry != null && entry.state == NeighborState.REACHABLE) {
      entry.state = NeighborState.STALE;
    }
  }

  /** Whether {@code neighbor} was asked for in vain a moment ago. */
  public boolean hasFailed(IpAddress neighbor) {
    Entry entry = entries.get(neighbor);
    return entry != null && entry.state == NeighborState.FAILED;
  }

  /** How much is known of {@code neighbor}, or {@code null} if nothing is. */
  public @Nullable NeighborState state(IpAddress neighbor) {
    Entry entry = entries.get(neighbor);
    return entry == null ? null : entry.state();
  }

  /** The link address of {@code neighbor}, or {@code null} if it is not known. */
  public @Nullable MacAddress linkAddress(IpAddress neighbor) {
    Entry entry = entries.get(neighbor);
    return entry == null ? null : entry.mac;
  }

  /** Number of entries. */
  public int size() {
    return entries.size();
  }

  /** Number of packets that wait for an answer. */
  public int waiting() {
    return waitingInAll;
  }

  /**
   * The link was down and is up again, perhaps somewhere else: nothing that was known counts any more. Neighbours are asked for
   * when they are next used; those for which packets wait, at once.
   */
  public void relearn() {
    for (Entry entry : List.copyOf(entries.values())) {
      if (entry.state == NeighborState.INCOMPLETE) {
        entry.askAnew();
      } else {
        remove(entry);
      }
    }
  }

  /** Forgets those neighbours that {@code gone} matches, as those of a network that is not on the link any more. */
  public void forget(Predicate<? super IpAddress> gone) {
    for (Entry entry : List.copyOf(entries.values())) {
      if (gone.test(entry.neighbor)) {
        remove(entry);
      }
    }
  }

  /** Forgets everything, and releases what waits. */
  public void close() {
    List.copyOf(entries.values()).forEach(this::remove);
    undeliverable.forEach(OutboundPacket::release);
    undeliverable.clear();
    output.close();
    purge.cancel();
  }

  /** Takes in what a resolution protocol has heard. */
  @Override
  public void accept(NeighborClaim claim) {
    if (claim.address().isUnspecified() || local.owns(claim.address())) {
      return;
    }
    Entry entry = entries.get(claim.address());
    if (entry != null) {
      entry.onClaim(claim);
    } else if (claim.addressedToUs()) {
      // RFC 826: who asks for us will be answered by us; RFC 4861 7.2.3: what it says of itself is unconfirmed.
      add(claim.address()).become(claim.mac(), NeighborState.STALE);
    }
  }

  /** The link address for {@code packet}, or {@code null} if the packet now waits or was dropped. */
  private @Nullable MacAddress addressOf(OutboundPacket packet) {
    IpAddress hop = packet.nextHop();
    if (local.isBroadcast(hop)) {
      return MacAddress.BROADCAST;
    }
    if (hop.isMulticast()) {
      return GroupAddresses.of(hop);
    }
    Entry entry = entries.get(hop);
    if (entry == null) {
      if (solicitor(hop) == null || hop.isUnspecified() || hop.isLoopback() || local.owns(hop)) {
        drops.drop(packet, NeighborDrop.UNRESOLVABLE);
        return null;
      }
      entry = add(hop);
      entry.ask();
    }
    return entry.use(packet);
  }

  private @Nullable Solicitor solicitor(IpAddress neighbor) {
    return neighbor.isV4() ? ipv4 : ipv6;
  }

  private Entry add(IpAddress neighbor) {
    if (entries.size() >= settings.entries()) {
      remove(leastUseful());
    }
    Entry entry = new Entry(neighbor);
    entries.put(neighbor, entry);
    if (purge.deadline() == Timers.NEVER) {
      purge.set(turn.now() + settings.idleTime().toNanos());
    }
    return entry;
  }

  /** The entry that was longest not in use, if possible one for which nothing waits. */
  private Entry leastUseful() {
    for (Entry entry : entries.values()) {
      if (entry.state != NeighborState.INCOMPLETE) {
        return entry;
      }
    }
    return entries.values().iterator().next();
  }

  private void remove(Entry entry) {
    entries.remove(entry.neighbor);
    entry.timer.cancel();
    for (OutboundPacket packet : entry.takeWaiting()) {
      drops.drop(packet, NeighborDrop.ENTRY_REMOVED);
    }
  }

  private void purge() {
    long oldest = turn.now() - settings.idleTime().toNanos();
    for (Iterator<Entry> all = entries.values().iterator(); all.hasNext();) {
      Entry entry = all.next();
      if (entry.isQuiet() && entry.usedAt - oldest <= 0) {
        entry.timer.cancel();
        all.remove();
      }
    }
    drawReachableTime();
    if (!entries.isEmpty()) {
      purge.set(turn.now() + settings.idleTime().toNanos());
    }
  }

  // RFC 4861 6.3.2: between half and one and a half of the base value, drawn anew from time to time.
  private void drawReachableTime() {
    reachableNanos = (long) (settings.reachableTime().toNanos() * (0.5 + random.nextDouble()));
  }

  private void giveUp(OutboundPacket packet) {
    drops.count(NeighborDrop.NEXT_HOP_UNREACHABLE);
    if (undeliverable.size() >= settings.waitingTotal()) {
      packet.release();
      return;
    }
    undeliverable.addLast(packet);
    if (undeliverable.size() == 1) {
      // Not from here: the sender of the packet may be in the middle of sending it.
      turn.dirty(this::reportUndeliverable);
    }
  }

  private void reportUndeliverable() {
    try {
      for (int n = undeliverable.size(); n > 0 && !undeliverable.isEmpty(); n--) {
        OutboundPacket packet = undeliverable.removeFirst();
        try {
          onUndeliverable.accept(packet);
        } finally {
          packet.release();
        }
      }
    } finally {
      // Also if a listener has failed: nobody else would come back for the rest.
      if (!undeliverable.isEmpty()) {
        turn.dirty(this::reportUndeliverable);
      }
    }
  }

  private final class Entry {

    private final IpAddress neighbor;
    private final Timers.Timer timer;
    private final Deque<OutboundPacket> waiting = new ArrayDeque<>(1);
    private NeighborState state = NeighborState.INCOMPLETE;
    private @Nullable MacAddress mac;
    private int solicits;
    private long reachableUntil;
    private long usedAt;

    Entry(IpAddress neighbor) {
      this.neighbor = neighbor;
      this.timer = turn.timer(this::onTimer);
      this.usedAt = turn.now();
    }

    NeighborState state() {
      return state == NeighborState.REACHABLE && turn.now() - reachableUntil >= 0 ? NeighborState.STALE : state;
    }

    boolean isQuiet() {
      return state == NeighborState.REACHABLE || state == NeighborState.STALE;
    }

    /** The link address to send {@code packet} to, or {@code null} if it waits now or is given up. */
    @Nullable
    MacAddress use(OutboundPacket packet) {
      usedAt = turn.now();
      switch (state()) {
        case INCOMPLETE -> await(packet);
        case FAILED -> giveUp(packet);
        case STALE -> startDelay();
        case REACHABLE, DELAY, PROBE -> {}
      }
      return mac;
    }

    /** RFC 4861 7.3.3: the first packet to a stale neighbour is sent, and then it has to prove itself. */
    private void startDelay() {
      state = NeighborState.DELAY;
      timer.set(turn.now() + settings.delayFirstProbe().toNanos());
    }

    private void await(OutboundPacket packet) {
      if (waiting.size() >= settings.waitingPerEntry() || waitingInAll >= settings.waitingTotal()) {
        // RFC 1122 2.3.2.2: the latest packet is the one to keep.
        OutboundPacket oldest = waiting.pollFirst();
        if (oldest == null) {
          drops.drop(packet, NeighborDrop.WAITING_QUEUE_FULL);
          return;
        }
        waitingInAll--;
        drops.drop(oldest, NeighborDrop.WAITING_QUEUE_FULL);
      }
      waiting.addLast(packet);
      waitingInAll++;
    }

    List<OutboundPacket> takeWaiting() {
      List<OutboundPacket> taken = new ArrayList<>(waiting);
      waiting.clear();
      waitingInAll -= taken.size();
      return taken;
    }

    void ask() {
      solicits++;
      timer.set(turn.now() + settings.retransTimer().toNanos());
      Solicitor solicitor = solicitor(neighbor);
      if (solicitor != null) {
        solicitor.solicit(neighbor, mac);
      }
    }

    void askAnew() {
      solicits = 0;
      ask();
    }

    void onTimer() {
      switch (state) {
        case INCOMPLETE -> askAgain(settings.multicastSolicits());
        case DELAY -> {
          state = NeighborState.PROBE;
          solicits = 0;
          ask();
        }
        case PROBE -> askAgain(settings.unicastSolicits());
        case FAILED -> remove(this);
        case REACHABLE, STALE -> {}
      }
    }

    private void askAgain(int most) {
      if (solicits < most) {
        ask();
        return;
      }
      state = NeighborState.FAILED;
      mac = null;
      timer.set(turn.now() + settings.negativeTime().toNanos());
      takeWaiting().forEach(NeighborCache.this::giveUp);
    }

    void onClaim(NeighborClaim claim) {
      boolean asked = state == NeighborState.INCOMPLETE || state == NeighborState.PROBE;
      if (asked && claim.solicited()) {
        become(claim.mac(), NeighborState.REACHABLE);
      } else if (!claim.mac().equals(mac)) {
        // RFC 826: the new address supersedes the old one. RFC 4861 7.2.3: unconfirmed until used.
        become(claim.mac(), NeighborState.STALE);
      }
    }

    void become(MacAddress address, NeighborState next) {
      mac = address;
      if (next == NeighborState.REACHABLE) {
        becomeReachable();
      } else {
        state = next;
        timer.cancel();
      }
      List<OutboundPacket> released = takeWaiting();
      if (!released.isEmpty() && state == NeighborState.STALE) {
        startDelay();
      }
      released.forEach(packet -> output.transmit(packet, address));
    }

    void becomeReachable() {
      state = NeighborState.REACHABLE;
      reachableUntil = turn.now() + reachableNanos;
      timer.cancel();
    }
  }
}
