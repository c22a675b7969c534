package io.reactorstack.nat.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatMapping;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.engine.FragmentMemory.Fragment;
import io.reactorstack.nat.engine.NatVerdict.PassedThrough;
import io.reactorstack.nat.engine.NatVerdict.Refused;
import io.reactorstack.nat.engine.NatVerdict.Translated;
import io.reactorstack.nat.engine.Plan.ErrorRewrite;
import io.reactorstack.nat.engine.Plan.Hold;
import io.reactorstack.nat.engine.Plan.Pass;
import io.reactorstack.nat.engine.Plan.Refusal;
import io.reactorstack.nat.engine.Plan.Rewrite;
import io.reactorstack.nat.engine.Plan.Stop;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.wire.Ipv4Header;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A network address and port translator for IPv4, as a machine without I/O (RFC 4787, RFC 5382, RFC 5508, RFC 7857). Times
 * are nanoseconds of one clock and never decrease.
 *
 * <pre>{@code
 * engine.setOutsideAddresses(addresses, now);
 * NatVerdict verdict = engine.onInsidePacket(header, packet, now);   // or onOutsidePacket
 * NatVerdict earlier = engine.poll();                                // after each input, until it returns null
 * engine.onTimeout(now);                                             // when nextDeadline() is reached
 * }</pre>
 *
 * <p>A packet is a buffer with an IPv4 header at its reader index that {@link Ipv4Header#parse} has accepted; the header is
 * passed as well. Nothing else reads the buffer, and its transport checksum is complete, not left to a device. The engine changes a translated packet in
 * place: addresses, ports, identifiers, quotes, and their checksums incrementally, so that a damaged packet remains
 * damaged. It does not look at options or the TTL.
 *
 * <p>Buffer ownership: the engine takes each packet over and returns it in the verdict, unless it holds the packet.
 *
 * <p>Threading: confined to one thread.
 */
public final class NatEngine {

  /** The value of {@link #nextDeadline} for "none". */
  public static final long NEVER = IdleQueue.NEVER;

  private final NatSettings settings;
  private final OutsidePool pool = new OutsidePool();
  private final MappingTable table;
  private final HeldSyns heldSyns;
  private final FragmentMemory fragments;
  private final TransitRules rules;
  private final Forwardings forwardings;
  private final Queue<NatVerdict> verdicts = new ArrayDeque<>();

  /**
   * Creates a translator without outside addresses.
   *
   * @param localPorts the ports of the translator's own host
   * @param memory the account of the memory for held packets
   * @param random the source of ports, identifications and the secrets of hash tables, which must be cryptographically
   *     secure outside of tests (RFC 4086)
   * @throws IllegalArgumentException if two port forwardings of the settings have the same outside endpoint
   */
  public NatEngine(NatSettings settings, LocalPorts localPorts, HostMemory memory, RandomGenerator random) {
    this.settings = settings;
    KeyedHash hash = new KeyedHash(random);
    this.table = new MappingTable(settings, pool, localPorts, random);
    this.heldSyns = new HeldSyns(memory, settings.limits().heldOctets(), hash, verdicts::add);
    this.fragments = new FragmentMemory(memory, settings.limits().datagrams(), settings.limits().heldOctets(), hash,
        verdicts::add);
    DatagramIds ids = new DatagramIds(hash, random);
    boolean refreshed = settings.refreshedFromOutside();
    this.rules = new TransitRules(settings, pool, table, localPorts, new TransitRules.Parts(
        new DatagramTranslator(table, Idle.UDP, refreshed),
        new DatagramTranslator(table, Idle.ICMP, refreshed),
        new TcpTranslator(table, heldSyns, settings.answersUnsolicitedSyn()),
        new ErrorTranslator(table, pool, localPorts, ids)), ids);
    this.forwardings = new Forwardings(table, pool);
    for (NatForwarding forwarding : settings.forwardings()) {
      if (!forwardings.add(forwarding)) {
        throw new IllegalArgumentException("forwarding " + forwarding + " uses an outside port that another one uses");
      }
    }
  }

  // ---- configuration

  /**
   * Replaces the outside addresses. The mappings of removed addresses end; port forwardings are added to new addresses.
   */
  public void setOutsideAddresses(List<Ipv4Address> addresses, long now) {
    expire(now);
    for (OutsideAddress gone : pool.set(addresses)) {
      table.forget(gone, now);
    }
    fragments.forgetDecisions();
    forwardings.install();
  }

  /**
   * Adds a port forwarding.
   *
   * @return false, without an effect, if a mapping or another forwarding has the outside endpoint
   * @throws IllegalArgumentException if its host is not inside
   */
  public boolean addForwarding(NatForwarding forwarding, long now) {
    settings.check(forwarding);
    expire(now);
    return forwardings.add(forwarding);
  }

  /** Removes a port forwarding with its sessions; returns false if there was none. */
  public boolean removeForwarding(NatForwarding forwarding, long now) {
    expire(now);
    return forwardings.remove(forwarding, now);
  }

  // ---- packets

  /**
   * Translates a packet that has arrived from inside, including packets to an outside address of the translator, and ICMP
   * errors that the translator's own host sends about packets from outside.
   *
   * @param header the header of {@code packet}; its TTL may be out of date
   * @param packet the packet, from its IP header
   */
  public NatVerdict onInsidePacket(Ipv4Header header, ByteBuf packet, long now) {
    expire(now);
    if (header.fragmentOffset() != 0) {
      Stop stop = rules.checkFromInside(header);
      return stop == null ? onLaterFragment(true, header, packet, now) : settle(header, packet, stop, now);
    }
    return settleFirst(true, header, packet, rules.fromInside(header, packet, now), now);
  }

  /**
   * Translates a packet that has arrived from outside, including packets for the translator's own host.
   *
   * @param header the header of {@code packet}; its TTL may be out of date
   * @param packet the packet, from its IP header
   */
  public NatVerdict onOutsidePacket(Ipv4Header header, ByteBuf packet, long now) {
    expire(now);
    if (header.fragmentOffset() != 0) {
      Stop stop = rules.checkFromOutside(header);
      return stop == null ? onLaterFragment(false, header, packet, now) : settle(header, packet, stop, now);
    }
    return settleFirst(false, header, packet, rules.fromOutside(header, packet, now), now);
  }

  /** Returns the next verdict about a packet that was held, in the order of the decisions, or {@code null}. */
  public @Nullable NatVerdict poll() {
    return verdicts.poll();
  }

  private NatVerdict settleFirst(boolean fromInside, Ipv4Header header, ByteBuf packet, Plan plan, long now) {
    if (!header.moreFragments()) {
      return settle(header, packet, plan, now);
    }
    // A SYN needs no fragments, so a fragmented one is not held.
    Plan decision = plan instanceof Hold ? Refusal.silent(NatDrop.UNSOLICITED_SYN) : plan;
    for (Fragment waiting : fragments.onFirst(fragments.key(fromInside, header), header, decision, now)) {
      verdicts.add(settle(waiting.header(), waiting.packet(), silent(decision), now));
    }
    return settle(header, packet, decision, now);
  }

  private static Plan silent(Plan plan) {
    return plan instanceof Refusal refusal ? Refusal.silent(refusal.reason()) : plan;
  }

  private NatVerdict onLaterFragment(boolean fromInside, Ipv4Header header, ByteBuf packet, long now) {
    if (Transit.isWithinHeader(header)) {
      return new Refused(packet, NatDrop.TINY_FRAGMENT, NatVerdict.Answer.NONE);
    }
    FragmentMemory.Key key = fragments.key(fromInside, header);
    Plan plan = fragments.onLater(key, header);
    return plan == null ? fragments.hold(key, header, packet, now) : settle(header, packet, plan, now);
  }

  private NatVerdict settle(Ipv4Header header, ByteBuf packet, Plan plan, long now) {
    return switch (plan) {
      case Rewrite rewrite -> {
        Rewriter.packet(header, packet, rewrite);
        yield new Translated(packet, rewrite.path());
      }
      case ErrorRewrite rewrite -> {
        Rewriter.error(header, packet, rewrite);
        yield new Translated(packet, rewrite.error().path());
      }
      case Refusal refusal -> new Refused(packet, refusal.reason(), refusal.answer());
      case Pass pass -> new PassedThrough(packet);
      case Hold hold -> heldSyns.hold(hold.key(), packet, now);
    };
  }

  // ---- time

  /** Returns the time at which {@link #onTimeout} must be called, or {@link #NEVER}. */
  public long nextDeadline() {
    return Math.min(table.nextDeadline(), Math.min(heldSyns.nextDeadline(), fragments.nextDeadline()));
  }

  /** Ends what has expired at {@code now}. Each other input does the same first. */
  public void onTimeout(long now) {
    expire(now);
  }

  private void expire(long now) {
    table.expire(now);
    heldSyns.expire(now);
    fragments.expire(now);
  }

  /**
   * Ends all mappings and port forwardings, and refuses the held packets, which {@link #poll} returns. The translator has no
   * outside address any more.
   */
  public void close(long now) {
    heldSyns.close();
    fragments.close();
    forwardings.clear();
    setOutsideAddresses(List.of(), now);
  }

  // ---- questions

  /** The number of mappings, without port forwardings. */
  public int mappingCount() {
    return table.mappings();
  }

  /** The number of sessions of all mappings. */
  public int sessionCount() {
    return table.sessions();
  }

  /** Returns whether an outside endpoint has a mapping, so that the translator's own host must not use the port. */
  public boolean isMapped(NatProtocol protocol, Endpoint outside) {
    return outside.address() instanceof Ipv4Address address
        && table.ofOutside(protocol, address, outside.port()) != null;
  }

  /**
   * Returns the mappings at {@code now}, with the port forwardings, in no particular order. Takes time in proportion to the
   * number of sessions.
   */
  public List<NatMapping> mappings(long now) {
    List<NatMapping> list = new ArrayList<>();
    table.forEach(mapping -> list.add(MappingView.of(mapping, now)));
    return list;
  }

  /** The table, for tests. */
  MappingTable table() {
    return table;
  }

  /** The fragments, for tests. */
  FragmentMemory fragments() {
    return fragments;
  }
}
