package io.reactorstack.neighbor;

import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Gauge;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The neighbour cache of one Ethernet interface, and the stage in which packets get their MAC address.
 *
 * <p>It is the state machine of neighbour unreachability detection (RFC 4861 section 7.3), for all resolution
 * protocols: a protocol such as ARP sends requests on its behalf and reports received claims to it. A packet to an
 * unresolved neighbour waits here, within bounds; the stage requests another packet in its place, so that one silent
 * neighbour does not block the packets to other ones.
 *
 * <p>Confined to the host's event loop.
 */
public final class NeighborCache implements Consumer<NeighborClaim>, Neighbors {

  private static final Logger LOG = Loggers.getLogger(NeighborCache.class);

  private final LoopTurn turn;
  private final LocalAddresses local;
  private final RandomGenerator random;
  private final NeighborSettings.Detection detection;
  private final NeighborSettings.Keeping keeping;
  private final Drops drops;
  private final LinkOutput output;
  private final Map<IpAddress, Entry> entries = new LinkedHashMap<>();
  private final Timers.Timer purge;
  private final Solicitor ipv4;
  private final Solicitor ipv6;
  private final NeighborListener listener;
  private final FamilyTimes ipv4Times;
  private final FamilyTimes ipv6Times;
  /** The number of uses of all entries so far; orders the entries by their last use. */
  private long uses;
  private final HostMemory.Holding held;
  private int waitingInAll;
  private final Gauge known;
  private final Gauge waits;
  private final Neighbor everybody = new Group(MacAddress.BROADCAST);
  private final Neighbor unresolvable;
  private boolean closed;

  /**
   * Creates the cache of one interface.
   *
   * @param output sends the interface's packets, and the messages of the resolution protocols
   * @param ipv4 requests the MAC addresses of IPv4 neighbours
   * @param ipv6 requests the MAC addresses of IPv6 neighbours
   * @param listener notified of next hops that stop or start to answer
   * @param settings times and bounds
   * @param random varies the reachable time
   */
  public NeighborCache(
      LinkContext link,
      LinkOutput output,
      Solicitor ipv4,
      Solicitor ipv6,
      NeighborListener listener,
      NeighborSettings settings,
      RandomGenerator random) {
    this.held = link.memory().open();
    this.turn = link.turn();
    this.local = link.local();
    this.drops = link.drops();
    this.unresolvable = new Unresolvable(drops, () -> closed);
    this.known = drops.meters().gauge(NeighborMeter.NEIGHBORS);
    this.waits = drops.meters().gauge(NeighborMeter.PACKETS_WAITING);
    this.output = output;
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
    this.listener = listener;
    this.detection = settings.detection();
    this.keeping = settings.keeping();
    this.ipv4Times = new FamilyTimes(detection, false);
    this.ipv6Times = new FamilyTimes(detection, true);
    this.random = random;
    this.purge = turn.timer(this::purge);
    drawReachableTime();
  }

  /**
   * Returns the frames for the packets of {@code above}, with their MAC addresses: the stage between IP and Ethernet.
   *
   * <p><b>Backpressure:</b> the link's own frames use the demand first, the remaining demand is requested from
   * {@code above}. A packet that waits or is dropped is replaced by a request for one more. <b>Buffer ownership:</b>
   * frames pass to the subscriber. <b>Threading:</b> the event loop. <b>Cancellation:</b> cancels {@code above} and
   * releases the frames that wait for the device; one subscriber at a time.
   */
  public Flux<EthernetFrame> resolve(Flux<LinkPacket> above) {
    return output.merge(above);
  }

  @Override
  public Neighbor of(IpAddress nextHop) {
    if (closed) {
      return unresolvable;
    }
    if (local.isBroadcast(nextHop)) {
      return everybody;
    }
    if (nextHop.isMulticast()) {
      return new Group(GroupAddresses.of(nextHop));
    }
    Entry entry = entries.get(nextHop);
    if (entry != null) {
      return entry;
    }
    boolean askable = !nextHop.isUnspecified() && !nextHop.isLoopback() && !local.owns(nextHop);
    return askable ? add(nextHop) : unresolvable;
  }

  @Override
  public boolean hasFailed(IpAddress neighbor) {
    Entry entry = entries.get(neighbor);
    return entry != null && entry.failed;
  }

  /** Returns the state of {@code neighbor}, or {@code null} if it has no entry. */
  public @Nullable NeighborState state(IpAddress neighbor) {
    Entry entry = entries.get(neighbor);
    return entry == null ? null : entry.state();
  }

  /** Returns the MAC address of {@code neighbor}, or {@code null} if it is not known. */
  public @Nullable MacAddress linkAddress(IpAddress neighbor) {
    Entry entry = entries.get(neighbor);
    return entry == null ? null : entry.mac;
  }

  /** Returns whether {@code neighbor} was a router according to its last message that says so. */
  public boolean isRouter(IpAddress neighbor) {
    Entry entry = entries.get(neighbor);
    return entry != null && entry.router;
  }

  /** Sets BaseReachableTime for IPv6, as a router has advertised it (RFC 4861 section 6.3.4). */
  public void ipv6ReachableTime(Duration base) {
    if (ipv6Times.base(base)) {
      ipv6Times.draw(random.nextDouble());
    }
  }

  /** Sets RetransTimer for IPv6, as a router has advertised it (RFC 4861 section 6.3.4). */
  public void ipv6RetransTimer(Duration time) {
    ipv6Times.retransTimer(time);
  }

  /** RetransTimer for IPv6, in nanoseconds. */
  public long ipv6RetransTimer() {
    return ipv6Times.retransTimer();
  }

  /** The number of entries. */
  public int size() {
    return entries.size();
  }

  /** The number of packets that wait for address resolution. */
  public int waiting() {
    return waitingInAll;
  }

  @Override
  public List<NeighborSnapshot> snapshots() {
    return entries.values().stream()
        .map(entry -> new NeighborSnapshot(entry.neighbor, entry.mac, entry.state(), entry.router)).toList();
  }

  @Override
  public void relearn() {
    for (Entry entry : List.copyOf(entries.values())) {
      if (entry.state == NeighborState.INCOMPLETE && entry.used) {
        entry.setFailed(false);
        entry.askAnew();
      } else {
        remove(entry);
      }
    }
  }

  @Override
  public void forget(Predicate<? super IpAddress> gone) {
    for (Entry entry : List.copyOf(entries.values())) {
      if (gone.test(entry.neighbor)) {
        remove(entry);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    List.copyOf(entries.values()).forEach(this::remove);
    output.close();
    purge.cancel();
  }

  /** Processes a claim that a resolution protocol has received. */
  @Override
  public void accept(NeighborClaim claim) {
    if (closed || claim.address().isUnspecified() || local.owns(claim.address())) {
      return;
    }
    Entry entry = entries.get(claim.address());
    if (entry != null) {
      entry.onClaim(claim);
    } else if (claim.addressedToUs() && claim.mac() != null) {
      // RFC 826: a station that requests an address of this host will get packets from it, so its address is worth an
      // entry. RFC 4861 7.2.3: the claim is unconfirmed.
      Entry added = add(claim.address());
      added.router = claim.role() == NeighborClaim.Role.ROUTER;
      added.become(claim.mac(), NeighborState.STALE);
    }
  }

  private Entry add(IpAddress neighbor) {
    if (entries.size() >= keeping.entries()) {
      remove(leastUseful());
    }
    Entry entry = new Entry(neighbor);
    entries.put(neighbor, entry);
    known.set(entries.size());
    if (purge.deadline() == Timers.NEVER) {
      purge.set(turn.now() + keeping.idleTime().toNanos());
    }
    return entry;
  }

  /**
   * Returns the entry to evict for a new one: the least recently used one of the least worth. Neither a station that
   * claims many addresses nor packets to many addresses may evict the neighbours in use (RFC 6583 section 7.1).
   */
  private Entry leastUseful() {
    EnumMap<Worth, Entry> eldest = new EnumMap<>(Worth.class);
    int incomplete = 0;
    for (Entry entry : entries.values()) {
      Worth worth = entry.worth();
      if (worth == Worth.NEVER_USED) {
        return entry;
      }
      eldest.merge(worth, entry, (before, next) -> next.lastUse < before.lastUse ? next : before);
      incomplete += worth == Worth.INCOMPLETE ? 1 : 0;
    }
    Entry active = eldest.get(Worth.ACTIVE);
    if (active != null && incomplete <= keeping.entries() / 4) {
      // At most a quarter of the entries is being resolved: keep those, and evict an active entry.
      eldest.remove(Worth.INCOMPLETE);
    }
    return eldest.values().iterator().next();
  }

  /** Returns the entry with the most waiting packets. */
  private @Nullable Entry longestQueue() {
    Entry longest = null;
    for (Entry entry : entries.values()) {
      if (longest == null || entry.waiting.size() > longest.waiting.size()) {
        longest = entry;
      }
    }
    return longest;
  }

  private void remove(Entry entry) {
    entries.remove(entry.neighbor);
    known.set(entries.size());
    entry.removed = true;
    entry.setFailed(false);
    entry.timer.cancel();
    for (LinkPacket packet : entry.takeWaiting()) {
      drops.drop(packet, NeighborDrop.ENTRY_REMOVED);
    }
  }

  private void purge() {
    long oldest = turn.now() - keeping.idleTime().toNanos();
    for (Iterator<Entry> all = entries.values().iterator(); all.hasNext();) {
      Entry entry = all.next();
      if (entry.isQuiet() && entry.usedAt - oldest <= 0) {
        all.remove();
        entry.removed = true;
        entry.setFailed(false);
      }
    }
    known.set(entries.size());
    drawReachableTime();
    if (!entries.isEmpty()) {
      purge.set(turn.now() + keeping.idleTime().toNanos());
    }
  }

  // RFC 4861 6.3.2: uniformly distributed between 0.5 and 1.5 times the base value, drawn again from time to time.
  private void drawReachableTime() {
    double fraction = random.nextDouble();
    ipv4Times.draw(fraction);
    ipv6Times.draw(fraction);
  }

  private void giveUp(LinkPacket packet) {
    try {
      packet.originator().onRejected(Rejection.of(Rejection.Why.NEXT_HOP_UNREACHABLE));
    } catch (Throwable e) {
      // An exception of one packet's originator must not affect the other packets that wait for the neighbour.
      LOG.error("the originator of a packet failed on the packet's rejection", e);
    } finally {
      drops.drop(packet, NeighborDrop.NEXT_HOP_UNREACHABLE);
    }
  }

  /** The worth of an entry when the cache is full, in ascending order. */
  private enum Worth {
    NEVER_USED,
    FAILED,
    IDLE,
    INCOMPLETE,
    ACTIVE
  }

  private final class Entry implements Neighbor {

    private final IpAddress neighbor;
    private final FamilyTimes times;
    private final Timers.Timer timer;
    private final Deque<LinkPacket> waiting = new ArrayDeque<>(1);
    private NeighborState state = NeighborState.INCOMPLETE;
    private @Nullable MacAddress mac;
    private int solicits;
    private long reachableUntil;
    private long usedAt;
    private long lastUse = ++uses;
    private boolean used;
    private boolean removed;
    /** RFC 4861 7.3.3: IsRouter. */
    private boolean router;
    /** The source of the packet that has begun the current resolution or probe; {@code null} for IPv4. */
    private @Nullable IpAddress sender;
    /** Resolution failed, and no claim has been received since. */
    private boolean failed;
    /** The number of failed resolutions since the last claim. */
    private int failures;
    /** The time in nanoseconds after which a failed neighbour may be requested again. */
    private long askAgainAt;

    Entry(IpAddress neighbor) {
      this.neighbor = neighbor;
      this.times = neighbor.isV4() ? ipv4Times : ipv6Times;
      this.timer = turn.timer(this::onTimer);
      this.usedAt = turn.now();
    }

    NeighborState state() {
      return state == NeighborState.REACHABLE && turn.now() - reachableUntil >= 0 ? NeighborState.STALE : state;
    }

    boolean isQuiet() {
      return !used || state == NeighborState.REACHABLE || state == NeighborState.STALE || state == NeighborState.FAILED;
    }

    @Override
    public boolean isCurrent() { return !removed; }

    @Override
    public void confirm() {
      if (mac != null && !removed) {
        becomeReachable();
      }
    }

    @Override
    public void doubt() {
      if (state == NeighborState.REACHABLE) {
        state = NeighborState.STALE;
      }
    }

    Worth worth() {
      if (!used) {
        return Worth.NEVER_USED;
      }
      return switch (state) {
        case FAILED -> Worth.FAILED;
        case INCOMPLETE -> Worth.INCOMPLETE;
        case REACHABLE, STALE, DELAY, PROBE -> turn.now() - usedAt >= detection.reachableTime().toNanos()
            ? Worth.IDLE
            : Worth.ACTIVE;
      };
    }

    @Override
    public @Nullable MacAddress linkAddressFor(LinkPacket packet) {
      if (removed) {
        drops.drop(packet, NeighborDrop.ENTRY_REMOVED);
        return null;
      }
      usedAt = turn.now();
      lastUse = ++uses;
      if (mac == null || state() == NeighborState.STALE) {
        sender = packet.ipv6Source();
      }
      if (!used) {
        used = true;
        if (state == NeighborState.INCOMPLETE) {
          ask();
        }
      }
      if (state == NeighborState.FAILED && usedAt - askAgainAt >= 0) {
        state = NeighborState.INCOMPLETE;
        askAnew();
      }
      switch (state()) {
        case INCOMPLETE -> await(packet);
        case FAILED -> giveUp(packet);
        case STALE -> startDelay();
        case REACHABLE, DELAY, PROBE -> {}
      }
      return mac;
    }

    /**
     * RFC 4861 7.3.3: the first packet to a stale neighbour is sent, and a probe follows unless its reachability is
     * confirmed in time.
     */
    private void startDelay() {
      state = NeighborState.DELAY;
      timer.set(turn.now() + detection.delayFirstProbe().toNanos());
    }

    // RFC 1122 2.3.2.2: keep the latest packet to each neighbour, however many packets wait for other neighbours.
    private void await(LinkPacket packet) {
      if (waiting.size() >= keeping.waitingPerEntry()) {
        dropOldest();
      } else if (waitingInAll >= keeping.waitingTotal()
          || HostMemory.pinnedBy(packet.payload()) > held.room(HostMemory.Use.GROWTH)) {
        Entry longest = waiting.isEmpty() ? longestQueue() : this;
        if (longest != null) {
          longest.dropOldest();
        }
      }
      waiting.addLast(packet);
      held.set(held.octets() + HostMemory.pinnedBy(packet.payload()));
      waits.set(++waitingInAll);
    }

    private void dropOldest() {
      LinkPacket oldest = waiting.pollFirst();
      if (oldest != null) {
        waits.set(--waitingInAll);
        held.give(oldest.payload());
        drops.drop(oldest, NeighborDrop.WAITING_QUEUE_FULL);
      }
    }

    List<LinkPacket> takeWaiting() {
      List<LinkPacket> taken = new ArrayList<>(waiting);
      waiting.clear();
      taken.forEach(packet -> held.give(packet.payload()));
      waitingInAll -= taken.size();
      waits.set(waitingInAll);
      return taken;
    }

    void ask() {
      solicits++;
      timer.set(turn.now() + times.retransTimer());
      (neighbor.isV4() ? ipv4 : ipv6).solicit(neighbor, mac, sender);
    }

    void setFailed(boolean now) {
      if (failed != now) {
        failed = now;
        listener.onFailureChanged(neighbor);
      }
    }

    void askAnew() {
      solicits = 0;
      ask();
    }

    void onTimer() {
      switch (state) {
        case INCOMPLETE -> askAgain(detection.multicastSolicits());
        case DELAY -> {
          state = NeighborState.PROBE;
          solicits = 0;
          ask();
        }
        case PROBE -> askAgain(detection.unicastSolicits());
        case FAILED, REACHABLE, STALE -> {}
      }
    }

    private void askAgain(int most) {
      if (solicits < most) {
        ask();
        return;
      }
      // RFC 4861 7.3.3: a neighbour that does not answer unicast probes is requested by broadcast with the next packet,
      // without a pause.
      long pause = state == NeighborState.PROBE ? 0 : times.pause(keeping.negativeTime(), failures++);
      state = NeighborState.FAILED;
      if (failed) {
        listener.onFailureChanged(neighbor);
      } else {
        setFailed(true);
      }
      mac = null;
      askAgainAt = turn.now() + pause;
      takeWaiting().forEach(NeighborCache.this::giveUp);
    }

    /** RFC 4861 7.2.5, and RFC 826, whose claims always override. */
    void onClaim(NeighborClaim claim) {
      if (claim.role() != NeighborClaim.Role.UNKNOWN) {
        router = claim.role() == NeighborClaim.Role.ROUTER;
      }
      MacAddress claimed = claim.mac();
      MacAddress known = mac;
      if (known == null) {
        if (claimed != null) {
          become(claimed, confirms(claim) ? NeighborState.REACHABLE : NeighborState.STALE);
        }
        return;
      }
      MacAddress next = claimed == null ? known : claimed;
      boolean differs = !next.equals(known);
      if (differs && !claim.overrides()) {
        // The known address may no longer be right, which a probe finds out.
        doubt();
      } else if (confirms(claim)) {
        become(next, NeighborState.REACHABLE);
      } else if (differs) {
        // RFC 826: the new address supersedes the old one. RFC 4861 7.2.3: it is stale until it is used and confirmed.
        become(next, NeighborState.STALE);
      }
    }

    private boolean confirms(NeighborClaim claim) {
      return switch (claim.proof()) {
        case NONE -> false;
        case IF_REQUESTED -> state == NeighborState.INCOMPLETE || state == NeighborState.PROBE;
        case REACHABLE -> state != NeighborState.FAILED;
      };
    }

    void become(MacAddress address, NeighborState next) {
      mac = address;
      failures = 0;
      setFailed(false);
      if (next == NeighborState.REACHABLE) {
        becomeReachable();
      } else {
        state = next;
        timer.cancel();
      }
      List<LinkPacket> released = takeWaiting();
      if (!released.isEmpty() && state == NeighborState.STALE) {
        startDelay();
      }
      released.forEach(packet -> output.transmit(packet, address));
    }

    void becomeReachable() {
      state = NeighborState.REACHABLE;
      reachableUntil = turn.now() + times.reachable();
      timer.cancel();
    }
  }
}
