package io.reactorstack.nat.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.nat.engine.NatVerdict.Answer;
import io.reactorstack.nat.engine.NatVerdict.Refused;
import io.reactorstack.nat.engine.Plan.Refusal;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.wire.Ipv4Header;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The decisions about fragmented datagrams. Only the first fragment of a datagram has ports, so the decision about it
 * applies to all others; fragments that arrive before the first one are held until then (RFC 4787 REQ-14). Nothing is
 * reassembled: fragments leave as they came, and those in order do not wait.
 *
 * <p>Datagrams with a decision are stored apart from those that wait for one, so that fragments without a beginning, which
 * cost an attacker nothing, displace only each other.
 */
final class FragmentMemory {

  /** The time for which the decision about an incomplete datagram is remembered, in nanoseconds. */
  static final long DECIDED_TIME = TimeUnit.SECONDS.toNanos(30);
  /** The time for which fragments wait for the first one, in nanoseconds; reordering takes much less. */
  static final long WAITING_TIME = TimeUnit.SECONDS.toNanos(5);

  /**
   * A datagram (RFC 791 section 3.2).
   *
   * @param fromInside whether it comes from inside
   * @param hash a keyed hash, which senders of packets cannot compute
   */
  record Key(boolean fromInside, Ipv4Address source, Ipv4Address destination, int identification, int protocol,
      int hash) {

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** A fragment without the first one. */
  record Fragment(Ipv4Header header, ByteBuf packet) {}

  /** A datagram of which some fragments have arrived. */
  private static final class Datagram {

    private final long until;
    /** The decision; {@code null} if the first fragment has not arrived. */
    private final @Nullable Plan plan;
    private final List<Fragment> held = new ArrayList<>();
    private int passed;
    private int length = Integer.MAX_VALUE;

    Datagram(@Nullable Plan plan, long until) {
      this.plan = plan;
      this.until = until;
    }

    /** Notes that a fragment has passed; returns whether all octets of the datagram have. */
    boolean onPassed(Ipv4Header header) {
      int octets = header.totalLength() - header.length();
      passed += octets;
      if (!header.moreFragments()) {
        length = header.fragmentOffset() + octets;
      }
      return passed >= length;
    }
  }

  private final HostMemory memory;
  private final HostMemory.Holding holding;
  private final int mostDatagrams;
  private final int mostOctets;
  private final KeyedHash hash;
  private final Consumer<? super NatVerdict> verdicts;
  /** The datagrams that pass, in the order of their ends. */
  private final Map<Key, Datagram> decided = new LinkedHashMap<>();
  /** The datagrams whose first fragment is missing or was refused, in the order of their ends. */
  private final Map<Key, Datagram> others = new LinkedHashMap<>();

  /**
   * Creates an empty memory.
   *
   * @param mostDatagrams the most datagrams that pass, and the most others
   * @param mostOctets the most octets of memory for held fragments
   * @param verdicts takes the verdicts about fragments that are dropped while they wait
   */
  FragmentMemory(HostMemory memory, int mostDatagrams, int mostOctets, KeyedHash hash,
      Consumer<? super NatVerdict> verdicts) {
    this.memory = memory;
    this.holding = memory.open();
    this.mostDatagrams = mostDatagrams;
    this.mostOctets = mostOctets;
    this.hash = hash;
    this.verdicts = verdicts;
  }

  Key key(boolean fromInside, Ipv4Header header) {
    int keyed = hash.of(header.source(), header.identification(), header.destination(), header.protocol());
    return new Key(fromInside, header.source(), header.destination(), header.identification(), header.protocol(),
        keyed);
  }

  /**
   * Stores the decision about a first fragment; returns the fragments that have waited for it, oldest first, which the
   * caller now owns.
   */
  List<Fragment> onFirst(Key key, Ipv4Header header, Plan plan, long now) {
    Datagram waiting = others.remove(key);
    decided.remove(key);
    boolean passes = !(plan instanceof Refusal);
    Plan ofOthers = plan instanceof Refusal refusal ? Refusal.silent(refusal.reason()) : plan;
    Datagram datagram = new Datagram(ofOthers, now + (passes ? DECIDED_TIME : WAITING_TIME));
    boolean isComplete = datagram.onPassed(header);
    List<Fragment> released = waiting == null ? List.of() : waiting.held;
    for (Fragment each : released) {
      holding.give(each.packet);
      isComplete = datagram.onPassed(each.header);
    }
    if (!isComplete) {
      Map<Key, Datagram> store = passes ? decided : others;
      store.put(key, datagram);
      trim(store);
    }
    return released;
  }

  /** Returns the decision about the datagram of a later fragment, or {@code null} if the fragment must be held. */
  @Nullable
  Plan onLater(Key key, Ipv4Header header) {
    Datagram datagram = decided.get(key);
    if (datagram != null) {
      if (datagram.onPassed(header)) {
        decided.remove(key);
      }
      return datagram.plan;
    }
    Datagram other = others.get(key);
    return other == null ? null : other.plan;
  }

  /** Holds a fragment, or refuses it if it is larger than the memory for fragments. */
  NatVerdict hold(Key key, Ipv4Header header, ByteBuf packet, long now) {
    ByteBuf kept = memory.compact(packet);
    if (!makeRoom(HostMemory.pinnedBy(kept)) || !holding.take(kept)) {
      return new Refused(kept, NatDrop.FRAGMENT_LIMIT, Answer.NONE);
    }
    others.computeIfAbsent(key, added -> new Datagram(null, now + WAITING_TIME)).held.add(new Fragment(header, kept));
    trim(others);
    return new NatVerdict.Held();
  }

  /** Drops the oldest waiting datagrams until there is room for {@code octets}. */
  private boolean makeRoom(long octets) {
    while (holding.octets() + octets > mostOctets && !others.isEmpty()) {
      dropOldest(others, NatDrop.FRAGMENT_LIMIT);
    }
    return holding.octets() + octets <= mostOctets;
  }

  private void trim(Map<Key, Datagram> store) {
    while (store.size() > mostDatagrams) {
      dropOldest(store, NatDrop.FRAGMENT_LIMIT);
    }
  }

  private void dropOldest(Map<Key, Datagram> store, NatDrop reason) {
    Iterator<Datagram> oldest = store.values().iterator();
    Datagram dropped = oldest.next();
    oldest.remove();
    drop(dropped, reason);
  }

  private void drop(Datagram dropped, NatDrop reason) {
    for (Fragment each : dropped.held) {
      holding.give(each.packet);
      verdicts.accept(new Refused(each.packet, reason, Answer.NONE));
    }
  }

  /** Ends the datagrams whose time has come. */
  void expire(long now) {
    expire(decided, now);
    expire(others, now);
  }

  private void expire(Map<Key, Datagram> store, long now) {
    while (deadline(store) <= now) {
      dropOldest(store, NatDrop.FRAGMENT_TIMEOUT);
    }
  }

  /** Forgets the decisions, which may name an outside address that is gone. */
  void forgetDecisions() {
    decided.clear();
  }

  void close() {
    decided.clear();
    others.values().forEach(each -> drop(each, NatDrop.CLOSED));
    others.clear();
  }

  /** The number of datagrams of which some fragments have arrived. */
  int datagrams() {
    return decided.size() + others.size();
  }

  long nextDeadline() {
    return Math.min(deadline(decided), deadline(others));
  }

  private static long deadline(Map<Key, Datagram> store) {
    return store.isEmpty() ? IdleQueue.NEVER : store.values().iterator().next().until;
  }
}
