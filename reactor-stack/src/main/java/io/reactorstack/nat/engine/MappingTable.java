package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatFiltering;
import io.reactorstack.nat.NatLimits;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.engine.Plan.Refusal;
import io.reactorstack.nat.engine.Step.Via;
import io.reactorstack.packet.Ipv4Address;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The mappings and sessions of a translator, with their limits and timers.
 *
 * <p>A mapping is found by its inside endpoint and by its outside endpoint. It begins with its first session and ends with
 * its last one. Expiry takes time in proportion to what expires.
 */
final class MappingTable {

  private static final int PORT_BITS = 16;
  private static final int ADDRESS_BITS = 32;
  /** Outside hosts open sessions only while less than this part of a limit is in use. */
  private static final int PART_OF_OUTSIDE = 2;

  private final NatLimits limits;
  private final SessionKeys keys;
  private final OutsidePool pool;
  private final Quarantine quarantine;
  private final PortChooser chooser;
  private final RandomGenerator random;
  private final IdleQueue[] queues = new IdleQueue[Idle.values().length];
  private final LongTable<Mapping> byInside;
  private final LongTable<Mapping> byOutside;
  private final LongTable<InsideHost> hosts;
  /** The mappings without port forwardings. */
  private int mappings;
  private int sessions;

  MappingTable(NatSettings settings, OutsidePool pool, LocalPorts localPorts, RandomGenerator random) {
    this.limits = settings.limits();
    this.keys = new SessionKeys(settings.filtering());
    this.pool = pool;
    // RFC 6888 REQ-8 (B): with a stricter filter late packets do not pass in any case.
    boolean isOpen = settings.filtering() == NatFiltering.ENDPOINT_INDEPENDENT;
    this.quarantine = new Quarantine(isOpen ? settings.ports().quarantine().toNanos() : 0);
    this.chooser = new PortChooser(settings.ports(), localPorts, quarantine, random);
    this.random = random;
    for (Idle idle : Idle.values()) {
      queues[idle.ordinal()] = new IdleQueue(idle.timeout(settings.timeouts()).toNanos());
    }
    this.byInside = new LongTable<>(random);
    this.byOutside = new LongTable<>(random);
    this.hosts = new LongTable<>(random);
  }

  private static long key(NatProtocol protocol, Ipv4Address address, int port) {
    return (long) protocol.ordinal() << ADDRESS_BITS + PORT_BITS | SessionKeys.endpoint(address, port);
  }

  private static long key(Ipv4Address address) {
    return Integer.toUnsignedLong(address.bits());
  }

  // ---- questions

  /** Returns the mapping of an outside endpoint, or {@code null}. */
  @Nullable
  Mapping ofOutside(NatProtocol protocol, Ipv4Address address, int port) {
    return byOutside.get(key(protocol, address, port));
  }

  /**
   * Returns the mapping that the inside endpoint of a flow uses toward its remote endpoint, or {@code null} if the inside
   * endpoint has no mapping. Among several it is the one with a session for the flow, or else one of the outside address
   * of the host.
   */
  @Nullable
  Mapping toward(Flow flow) {
    Mapping head = byInside.get(key(flow.protocol(), flow.inside(), flow.port()));
    if (head == null || head.next == null) {
      return head;
    }
    for (Mapping each = head; each != null; each = each.next) {
      if (session(each, flow) != null) {
        return each;
      }
    }
    Mapping chosen = head;
    while (chosen.next != null && !chosen.outside().equals(head.host().paired())) {
      chosen = chosen.next;
    }
    return chosen;
  }

  /** Returns the session of a flow on {@code mapping}, or {@code null}. */
  @Nullable
  Session session(Mapping mapping, Flow flow) {
    return mapping.session(keys.of(flow, mapping.isForwarding()));
  }

  /** Returns whether a new connection from {@code remote} may use {@code mapping}. */
  boolean admits(Mapping mapping, Ipv4Address remote) {
    return keys.admit(mapping, remote);
  }

  /** The number of mappings, without port forwardings. */
  int mappings() {
    return mappings;
  }

  int sessions() {
    return sessions;
  }

  /** The number of inside hosts with a mapping. */
  int hosts() {
    return hosts.size();
  }

  /** The slots of all hash tables, for tests of the memory in use. */
  int capacity() {
    return byInside.capacity() + byOutside.capacity() + hosts.capacity();
  }

  /** The ports that no other mapping gets for a while. */
  int quarantined() {
    return quarantine.size();
  }

  void forEach(Consumer<? super Mapping> action) {
    byOutside.forEach(action);
  }

  // ---- sessions

  /**
   * Opens a session for a flow that has none, and a mapping if {@code mapping} is {@code null}. At a limit nothing is
   * changed, and the result is a refusal; a port forwarding then works without a session.
   *
   * @param fromOutside whether the remote host begins the flow
   */
  Step open(Flow flow, @Nullable Mapping mapping, boolean fromOutside, Idle idle, long now) {
    NatDrop obstacle = sessionObstacle(flow.inside(), fromOutside);
    if (obstacle != null && mapping != null && mapping.isForwarding()) {
      return new Via(mapping, null);
    }
    if (obstacle == null && mapping == null) {
      obstacle = mappingObstacle(flow.inside());
    }
    if (obstacle != null) {
      return fromOutside ? Refusal.silent(obstacle) : Refusal.prohibited(obstacle);
    }
    Mapping used = mapping == null ? map(flow) : mapping;
    if (used == null) {
      return Refusal.prohibited(NatDrop.NO_PORT);
    }
    Session session = new Session(used, keys.of(flow, used.isForwarding()));
    used.add(session, () -> new LongTable<>(random));
    used.host().addSessions(1);
    sessions++;
    restart(session, idle, now);
    return new Via(used, session);
  }

  private @Nullable NatDrop sessionObstacle(Ipv4Address inside, boolean fromOutside) {
    int part = fromOutside ? PART_OF_OUTSIDE : 1;
    if (sessions >= limits.sessions() / part) {
      return NatDrop.SESSION_LIMIT;
    }
    InsideHost host = hosts.get(key(inside));
    return host != null && host.sessions() >= limits.sessionsOfHost() / part ? NatDrop.HOST_SESSION_LIMIT : null;
  }

  private @Nullable NatDrop mappingObstacle(Ipv4Address inside) {
    if (pool.isEmpty()) {
      return NatDrop.NO_OUTSIDE_ADDRESS;
    }
    if (mappings >= limits.mappings()) {
      return NatDrop.MAPPING_LIMIT;
    }
    InsideHost host = hosts.get(key(inside));
    return host != null && host.mappings() >= limits.mappingsOfHost() ? NatDrop.HOST_MAPPING_LIMIT : null;
  }

  /** Begins the timeout of {@code session} anew. */
  void restart(Session session, Idle idle, long now) {
    queues[idle.ordinal()].restart(session, now);
  }

  private void close(Session session, long now) {
    IdleQueue.stop(session);
    Mapping mapping = session.mapping();
    mapping.remove(session);
    mapping.host().addSessions(-1);
    sessions--;
    if (mapping.sessions() == 0 && !mapping.isForwarding()) {
      unmap(mapping, now);
    }
  }

  // ---- mappings

  /** Creates the mapping of a flow; returns {@code null} if no port is free. */
  private @Nullable Mapping map(Flow flow) {
    InsideHost known = hosts.get(key(flow.inside()));
    OutsideAddress paired = known == null ? null : known.paired();
    // RFC 4787 REQ-2: all mappings of a host have the same outside address.
    List<OutsideAddress> candidates = paired == null ? pool.byUse() : List.of(paired);
    for (OutsideAddress outside : candidates) {
      long inside = key(flow.protocol(), flow.inside(), flow.port());
      int port = chooser.choose(outside, flow.protocol(), inside, flow.port());
      if (port != PortChooser.NONE) {
        mappings++;
        return add(new Mapping(flow.protocol(), host(flow.inside()), flow.port(), outside, port, false));
      }
    }
    return null;
  }

  private InsideHost host(Ipv4Address address) {
    InsideHost known = hosts.get(key(address));
    if (known != null) {
      return known;
    }
    InsideHost added = new InsideHost(address);
    hosts.put(key(address), added);
    return added;
  }

  private Mapping add(Mapping mapping) {
    long inside = key(mapping.protocol(), mapping.insideAddress(), mapping.insidePort());
    mapping.next = byInside.get(inside);
    byInside.put(inside, mapping);
    byOutside.put(key(mapping.protocol(), mapping.outsideAddress(), mapping.outsidePort()), mapping);
    mapping.host().pair(mapping.outside());
    mapping.host().addMappings(1, mapping.isForwarding());
    return mapping;
  }

  /** Adds a port forwarding, unless the outside endpoint has a mapping already. */
  void forward(NatProtocol protocol, OutsideAddress outside, int port, Ipv4Address inside, int insidePort) {
    if (ofOutside(protocol, outside.address(), port) == null) {
      quarantine.cancel(outside, protocol, port);
      outside.used(protocol).add(port);
      add(new Mapping(protocol, host(inside), insidePort, outside, port, true));
    }
  }

  /** Removes a mapping with its sessions. */
  void remove(Mapping mapping, long now) {
    for (Session each = mapping.first(); each != null; each = mapping.first()) {
      close(each, now);
    }
    if (mapping.isForwarding()) {
      unmap(mapping, now);
    }
  }

  private void unmap(Mapping mapping, long now) {
    long inside = key(mapping.protocol(), mapping.insideAddress(), mapping.insidePort());
    Mapping head = byInside.get(inside);
    if (!mapping.equals(head)) {
      unlink(head, mapping);
    } else if (mapping.next == null) {
      byInside.remove(inside);
    } else {
      byInside.put(inside, mapping.next);
    }
    byOutside.remove(key(mapping.protocol(), mapping.outsideAddress(), mapping.outsidePort()));
    if (mapping.isForwarding() || mapping.protocol() == NatProtocol.TCP) {
      mapping.outside().used(mapping.protocol()).remove(mapping.outsidePort());
    } else {
      quarantine.onEnded(mapping, inside, now);
    }
    mappings -= mapping.isForwarding() ? 0 : 1;
    InsideHost host = mapping.host();
    host.addMappings(-1, mapping.isForwarding());
    if (!host.hasMappings()) {
      hosts.remove(key(host.address()));
      host.unpair();
    }
  }

  private static void unlink(@Nullable Mapping head, Mapping removed) {
    Mapping before = head;
    while (before != null && !removed.equals(before.next)) {
      before = before.next;
    }
    if (before != null) {
      before.next = removed.next;
    }
  }

  /** Removes the mappings of an outside address that the translator has no more. */
  void forget(OutsideAddress outside, long now) {
    List<Mapping> gone = new ArrayList<>();
    byOutside.forEach(mapping -> {
      if (mapping.outside().equals(outside)) {
        gone.add(mapping);
      }
    });
    gone.forEach(mapping -> remove(mapping, now));
    quarantine.forget(outside);
  }

  // ---- time

  /** Ends the sessions whose time has come. */
  void expire(long now) {
    for (IdleQueue queue : queues) {
      for (Session idle = queue.expired(now); idle != null; idle = queue.expired(now)) {
        close(idle, now);
      }
    }
    quarantine.expire(now);
  }

  /** The time of the next expiry, or {@link IdleQueue#NEVER}. */
  long nextDeadline() {
    long next = quarantine.nextDeadline();
    for (IdleQueue queue : queues) {
      next = Math.min(next, queue.nextDeadline());
    }
    return next;
  }
}
