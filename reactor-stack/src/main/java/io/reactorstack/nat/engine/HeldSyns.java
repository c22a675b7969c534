package io.reactorstack.nat.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.nat.engine.NatVerdict.Answer;
import io.reactorstack.nat.engine.NatVerdict.Refused;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.KeyedHash;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The SYN segments from outside that nothing inside expects. An inside host may open the same connection at the same time,
 * so none is answered for six seconds (RFC 5382 REQ-4). If the inside host sends its own SYN in that time, the held one is
 * dropped.
 */
final class HeldSyns {

  /** The time for which a SYN is held, in nanoseconds. */
  static final long TIME = TimeUnit.SECONDS.toNanos(6);

  /**
   * A connection.
   *
   * @param local the outside endpoint of the translator
   * @param remote the endpoint that has sent the SYN
   * @param hash a keyed hash, which senders of packets cannot compute
   */
  record Key(long local, long remote, int hash) {

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private record Syn(ByteBuf packet, long until) {}

  private final HostMemory memory;
  private final HostMemory.Holding held;
  private final int limit;
  private final KeyedHash hash;
  private final Consumer<? super NatVerdict> verdicts;
  /** The segments in the order of their ends. */
  private final Map<Key, Syn> syns = new LinkedHashMap<>();

  /**
   * Creates an empty store.
   *
   * @param limit the most octets of memory for held segments
   * @param verdicts takes the verdicts about segments that are held no longer
   */
  HeldSyns(HostMemory memory, int limit, KeyedHash hash, Consumer<? super NatVerdict> verdicts) {
    this.memory = memory;
    this.held = memory.open();
    this.limit = limit;
    this.hash = hash;
    this.verdicts = verdicts;
  }

  Key key(Ipv4Address local, int localPort, Ipv4Address remote, int remotePort) {
    return new Key(SessionKeys.endpoint(local, localPort), SessionKeys.endpoint(remote, remotePort),
        hash.of(local, localPort, remote, remotePort));
  }

  /** Holds a SYN, or refuses it without an answer if it is held already or there is no room. */
  NatVerdict hold(Key key, ByteBuf packet, long now) {
    if (syns.containsKey(key)) {
      return new Refused(packet, NatDrop.DUPLICATE_SYN, Answer.NONE);
    }
    ByteBuf kept = memory.compact(packet);
    if (held.octets() + HostMemory.pinnedBy(kept) > limit || !held.take(kept)) {
      return new Refused(kept, NatDrop.UNSOLICITED_SYN, Answer.NONE);
    }
    syns.put(key, new Syn(kept, now + TIME));
    return new NatVerdict.Held();
  }

  /** Drops the SYN of a connection that an inside host opens itself. */
  void supersede(Key key) {
    Syn syn = syns.isEmpty() ? null : syns.remove(key);
    if (syn != null) {
      release(syn, NatDrop.SUPERSEDED_SYN, Answer.NONE);
    }
  }

  /** Answers the segments whose time has come. */
  void expire(long now) {
    Iterator<Syn> oldest = syns.values().iterator();
    while (oldest.hasNext()) {
      Syn syn = oldest.next();
      if (syn.until > now) {
        return;
      }
      oldest.remove();
      release(syn, NatDrop.UNSOLICITED_SYN, Answer.PORT_UNREACHABLE);
    }
  }

  void close() {
    syns.values().forEach(syn -> release(syn, NatDrop.CLOSED, Answer.NONE));
    syns.clear();
  }

  private void release(Syn syn, NatDrop reason, Answer answer) {
    held.give(syn.packet);
    verdicts.accept(new Refused(syn.packet, reason, answer));
  }

  long nextDeadline() {
    return syns.isEmpty() ? IdleQueue.NEVER : syns.values().iterator().next().until;
  }
}
