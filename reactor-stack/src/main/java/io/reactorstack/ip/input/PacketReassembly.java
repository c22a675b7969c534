package io.reactorstack.ip.input;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.IpMeter;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.layer.Gauge;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6Header;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The reassembly of fragments that this host receives, on all interfaces of a shard (RFC 791 section 3.2, RFC 815, RFC
 * 8200 section 4.5).
 *
 * <p>If fragments of one packet overlap, the packet is dropped with all its fragments (RFC 5722), for IPv4 too. The
 * memory is bounded for the host and for each source; beyond the bounds the oldest packets are given up. A packet that
 * is not complete after {@link #LIFETIME} is dropped and reported to its source, if its first fragment has arrived.
 *
 * <p>Each fragment is a received frame: it is held until its packet is complete, when all frames but the last count as
 * consumed by the reassembly, and the last passes on as the whole packet.
 */
public final class PacketReassembly {

  /** The time after the arrival of the first fragment at which a packet is given up (RFC 8200 section 4.5). */
  static final Duration LIFETIME = Duration.ofSeconds(60);

  /** The most memory for the fragments of a host, in octets. */
  private static final long MOST = 4L << 20;
  /** The share of the host's memory limit that fragments may hold at most. */
  private static final int PART_OF_MEMORY = 4;
  /** The share of the memory for fragments that one source may use. */
  private static final int PART_OF_SOURCE = 4;
  /** The memory that one source may use in any case, in octets: enough for the longest packet. */
  private static final long LEAST_OF_SOURCE = 128 * 1024;
  /** The octets charged for the objects of one partial packet. */
  private static final long PACKET_OVERHEAD = 512;

  /** A whole packet, which is handled as a received one. */
  private record WholePacket(ByteBuf payload, PacketFacts facts) implements Pdu {}

  /** The partial packets of one source, oldest first. */
  private static final class Share {

    private final Set<PartialPacket> packets = new LinkedHashSet<>();
    private long octets;
  }

  private final LoopTurn turn;
  private final RandomGenerator random;
  private final PacketErrorListener complaints;
  private final HostMemory memory;
  private final HostMemory.Holding held;
  private final Drops drops;
  private final long most;
  private final long mostOfSource;
  private final Timers.Timer timer;
  private final Counter consumed;
  private final Counter reassembled;
  private final Gauge framesHeld;
  private final Gauge partialPackets;
  private final Gauge octetsHeld;
  /** The partial packets in the order of their deadlines. */
  private final Map<PartialPacket.Key, PartialPacket> packets = new LinkedHashMap<>();
  private final Map<PartialPacket.Key, Share> shares = new HashMap<>();
  private @Nullable KeyedHash hash;
  private long frames;
  private boolean closed;

  /**
   * Creates an empty reassembly.
   *
   * @param turn the clock and the timer
   * @param random the source of the secret of a hash table, used when the first fragment arrives
   * @param complaints reports packets that remained incomplete to their senders
   * @param memory the memory to which the fragments are charged
   * @param drops counts dropped fragments
   */
  public PacketReassembly(
      LoopTurn turn, RandomGenerator random, PacketErrorListener complaints, HostMemory memory, Drops drops) {
    this.turn = turn;
    this.random = random;
    this.complaints = complaints;
    this.memory = memory;
    this.held = memory.open();
    this.drops = drops;
    this.most = Math.min(MOST, memory.limit() / PART_OF_MEMORY);
    this.mostOfSource = Math.min(most, Math.max(LEAST_OF_SOURCE, most / PART_OF_SOURCE));
    this.timer = turn.timer(this::onTimeout);
    this.consumed = drops.meters().consumed("reassembly");
    this.reassembled = drops.meters().counter(IpMeter.PACKETS_REASSEMBLED);
    this.framesHeld = drops.meters().gauge(FrameMeter.FRAMES_HELD);
    this.partialPackets = drops.meters().gauge(IpMeter.PARTIAL_PACKETS);
    this.octetsHeld = drops.meters().gauge(IpMeter.REASSEMBLY_OCTETS);
  }

  /**
   * Takes ownership of {@code fragment}. Returns the packet that it has completed, in a buffer of its own, or
   * {@code null} if the fragment is held or was dropped and counted.
   */
  @Nullable
  Pdu add(Fragment fragment, int identification) {
    PartialPacket.Key key = key(fragment, identification);
    PartialPacket present = packets.get(key);
    IpDrop refusal = present == null ? null : present.refusal(fragment);
    if (present != null && refusal != null) {
      if (refusal == IpDrop.OVERLAPPING_FRAGMENT) {
        abandon(present, refusal);
      }
      drops.drop(fragment, refusal);
      return null;
    }
    Fragment kept = fragment.in(memory.compact(fragment.payload()));
    PartialPacket packet = hold(key, kept);
    if (packet == null) {
      drops.drop(kept, IpDrop.REASSEMBLY_LIMIT);
      return null;
    }
    return packet.isComplete() ? complete(packet, kept) : null;
  }

  /** Adds {@code fragment} to its packet; returns {@code null} if there is no room for it. */
  private @Nullable PartialPacket hold(PartialPacket.Key key, Fragment fragment) {
    long octets = HostMemory.pinnedBy(fragment.payload());
    PartialPacket.Key source = ofSource(key);
    if (closed || !makeRoom(source, octets + PACKET_OVERHEAD)) {
      return null;
    }
    PartialPacket packet = packets.get(key);
    if (packet == null) {
      packet = new PartialPacket(key, source, turn.now() + LIFETIME.toNanos());
      packets.put(key, packet);
      shares.computeIfAbsent(source, added -> new Share()).packets.add(packet);
      charge(packet, PACKET_OVERHEAD);
      timer.set(packets.values().iterator().next().deadline());
    }
    packet.add(fragment);
    charge(packet, octets);
    setFrames(frames + 1);
    return packet;
  }

  /** Gives up old packets until there is room for {@code octets} more of {@code source}. */
  private boolean makeRoom(PartialPacket.Key source, long octets) {
    for (Share own = shares.get(source); own != null && own.octets + octets > mostOfSource; own = shares.get(source)) {
      giveUp(own.packets.iterator().next(), IpDrop.REASSEMBLY_LIMIT);
    }
    while (held.octets() + octets > most || octets > held.room(HostMemory.Use.GROWTH)) {
      if (packets.isEmpty()) {
        return false;
      }
      giveUp(packets.values().iterator().next(), IpDrop.REASSEMBLY_LIMIT);
    }
    return octets <= mostOfSource;
  }

  private @Nullable Pdu complete(PartialPacket packet, Fragment last) {
    Fragment first = Objects.requireNonNull(packet.first(), "a complete packet begins with its first fragment");
    if (first.wholeLength(packet.dataLength()) > Fragment.MAXIMUM_PACKET) {
      return giveUp(packet, IpDrop.BAD_FRAGMENT);
    }
    if (packet.hasContradictingMarks()) {
      return giveUp(packet, IpDrop.CONTRADICTING_ECN);
    }
    ByteBuf whole;
    try {
      whole = first.whole(packet.fragments(), packet.ecn(first), memory.allocator());
    } catch (Throwable e) {
      onFault(packet, e);
      throw e;
    }
    PacketFacts facts = PacketFacts.receivedAt(last.facts().ingressNanos());
    int others = packet.fragments().size() - 1;
    remove(packet);
    consumed.add(others);
    reassembled.increment();
    return new WholePacket(whole, facts);
  }

  /** Counts all frames of {@code packet} but the last, which the stage counts when it catches {@code cause}. */
  private void onFault(PartialPacket packet, Throwable cause) {
    int others = packet.fragments().size() - 1;
    remove(packet);
    for (int i = 0; i < others; i++) {
      drops.fault(cause);
    }
  }

  private void onTimeout() {
    long now = turn.now();
    while (!packets.isEmpty()) {
      PartialPacket oldest = packets.values().iterator().next();
      if (oldest.deadline() > now) {
        timer.set(oldest.deadline());
        return;
      }
      Fragment first = oldest.first();
      try {
        if (first != null) {
          // RFC 1122 3.3.2, RFC 8200 4.5: only the first fragment identifies the packet to its sender.
          complaints.complain(new PacketError(first.quotable(), PacketError.Problem.REASSEMBLY_TIME_EXCEEDED, 0));
        }
      } finally {
        giveUp(oldest, IpDrop.REASSEMBLY_TIMEOUT);
      }
    }
  }

  /** Drops the fragments of {@code packet} for {@code reason}, and forgets it. */
  private @Nullable Pdu giveUp(PartialPacket packet, DropReason reason) {
    int lost = packet.fragments().size();
    remove(packet);
    count(reason, lost);
    return null;
  }

  /** Drops the fragments of {@code packet}, and remembers it until its deadline, to drop the fragments yet to arrive. */
  private void abandon(PartialPacket packet, IpDrop reason) {
    int lost = packet.fragments().size();
    setFrames(frames - lost);
    charge(packet, PACKET_OVERHEAD - packet.octets());
    packet.abandon(reason);
    count(reason, lost);
  }

  private void count(DropReason reason, int lost) {
    for (int i = 0; i < lost; i++) {
      drops.count(reason);
    }
  }

  private void remove(PartialPacket packet) {
    packets.remove(packet.key());
    setFrames(frames - packet.fragments().size());
    Share share = shares.get(packet.source());
    charge(packet, -packet.octets());
    if (share != null) {
      share.packets.remove(packet);
      if (share.packets.isEmpty()) {
        shares.remove(packet.source());
      }
    }
    packet.release();
    if (packets.isEmpty()) {
      timer.cancel();
    }
    partialPackets.set(packets.size());
  }

  private void charge(PartialPacket packet, long octets) {
    packet.charge(octets);
    Share share = shares.get(packet.source());
    if (share != null) {
      share.octets += octets;
    }
    held.set(held.octets() + octets);
    octetsHeld.set(held.octets());
    partialPackets.set(packets.size());
  }

  private void setFrames(long now) {
    frames = now;
    framesHeld.set(now);
  }

  private PartialPacket.Key key(Fragment fragment, int identification) {
    IpAddress source = fragment.header().source();
    IpAddress destination = fragment.header().destination();
    int protocol = switch (fragment.header()) {
      case Ipv4Header v4 -> v4.protocol();
      case Ipv6Header v6 -> Ipv6Chain.FRAGMENT;
    };
    Object link = source instanceof Ipv6Address v6 && v6.isLinkLocal() ? fragment.ingress() : null;
    int keyed = hash().of(source, identification, destination, protocol);
    return new PartialPacket.Key(source, destination, protocol, identification, link, keyed);
  }

  /** Returns the key of the share of the source of {@code key}. */
  private PartialPacket.Key ofSource(PartialPacket.Key key) {
    IpAddress source = key.source();
    return new PartialPacket.Key(source, source, 0, 0, key.link(), hash().of(source, 0, source, 0));
  }

  private KeyedHash hash() {
    if (hash == null) {
      hash = new KeyedHash(random);
    }
    return hash;
  }

  /** Drops all fragments; those that arrive later are dropped too. */
  public void close() {
    closed = true;
    while (!packets.isEmpty()) {
      giveUp(packets.values().iterator().next(), IpDrop.REASSEMBLY_LIMIT);
    }
    held.close();
  }
}
