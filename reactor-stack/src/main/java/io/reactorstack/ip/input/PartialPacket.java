package io.reactorstack.ip.input;

import io.reactorstack.ip.IpDrop;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Pdu;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A packet of which some fragments have arrived. Its fragments are kept in order and do not overlap, so that it is
 * complete when their lengths add up to the end of the last one (RFC 815 describes an equivalent list of holes).
 */
final class PartialPacket {

  /**
   * Identifies the fragments of one packet (RFC 791 section 3.2, RFC 8200 section 4.5).
   *
   * @param source the source address
   * @param destination the destination address
   * @param protocol the protocol for IPv4; the number of the fragment header for IPv6, whose fragments may differ in
   *     their next header
   * @param identification the identification
   * @param link the interface, for addresses that are unique on one link only; otherwise {@code null}
   * @param hash a keyed hash of the other components, so that nobody can choose fragments that collide
   */
  record Key(
      IpAddress source, IpAddress destination, int protocol, int identification, @Nullable Object link, int hash) {

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private static final int UNKNOWN = -1;
  private static final int NOT_ECT = 0;
  private static final int CE = 3;

  private final Key key;
  private final Key source;
  private final long deadline;
  private final TreeMap<Integer, Fragment> fragments = new TreeMap<>();
  private long octets;
  private int received;
  private int end = UNKNOWN;
  private int ecns;
  private @Nullable IpDrop abandoned;

  /**
   * Creates a packet without fragments.
   *
   * @param source the key of its source
   * @param deadline the time at which it is given up
   */
  PartialPacket(Key key, Key source, long deadline) {
    this.key = key;
    this.source = source;
    this.deadline = deadline;
  }

  Key key() {
    return key;
  }

  Key source() {
    return source;
  }

  long deadline() {
    return deadline;
  }

  /** The octets of memory charged for it. */
  long octets() {
    return octets;
  }

  void charge(long more) {
    octets += more;
  }

  /** Returns the reason to drop {@code fragment}, or {@code null} if it is a part that was missing. */
  @Nullable
  IpDrop refusal(Fragment fragment) {
    if (abandoned != null) {
      return abandoned;
    }
    if (contradictsEnd(fragment)) {
      return IpDrop.OVERLAPPING_FRAGMENT;
    }
    Map.Entry<Integer, Fragment> before = fragments.floorEntry(fragment.offset());
    if (before != null && before.getValue().end() > fragment.offset()) {
      Fragment present = before.getValue();
      boolean same = present.offset() == fragment.offset() && present.end() == fragment.end();
      // RFC 8200 4.5: an exact duplicate may be ignored.
      return same && fragment.isCopyOf(present) ? IpDrop.DUPLICATE_FRAGMENT : IpDrop.OVERLAPPING_FRAGMENT;
    }
    Map.Entry<Integer, Fragment> after = fragments.higherEntry(fragment.offset());
    return after != null && after.getKey() < fragment.end() ? IpDrop.OVERLAPPING_FRAGMENT : null;
  }

  /** Returns whether {@code fragment} and those received place the end of the packet differently. */
  private boolean contradictsEnd(Fragment fragment) {
    if (fragment.more()) {
      return end != UNKNOWN && fragment.end() >= end;
    }
    return end == UNKNOWN
        ? !fragments.isEmpty() && fragments.lastEntry().getValue().end() > fragment.end()
        : fragment.end() != end;
  }

  /** Adds a fragment for which {@link #refusal} has returned {@code null}. */
  void add(Fragment fragment) {
    fragments.put(fragment.offset(), fragment);
    received += fragment.length();
    ecns |= 1 << fragment.ecn();
    if (!fragment.more()) {
      end = fragment.end();
    }
  }

  boolean isComplete() {
    return received == end;
  }

  /** The octets of data received so far. */
  int dataLength() {
    return received;
  }

  /** The fragments received so far, in order. */
  Collection<Fragment> fragments() {
    return fragments.values();
  }

  /** The first fragment, or {@code null} if it has not arrived. */
  @Nullable
  Fragment first() {
    return fragments.get(0);
  }

  /** Returns whether congestion marks and fragments of a transport without ECN are mixed (RFC 3168 section 5.3). */
  boolean hasContradictingMarks() {
    return isMarked() && (ecns & 1 << NOT_ECT) != 0;
  }

  /** The ECN bits of the whole packet, whose first fragment is {@code first} (RFC 3168 section 5.3). */
  int ecn(Fragment first) {
    return isMarked() ? CE : first.ecn();
  }

  private boolean isMarked() {
    return (ecns & 1 << CE) != 0;
  }

  /** Releases the fragments. */
  void release() {
    fragments.values().forEach(Pdu::release);
    fragments.clear();
  }

  /** Releases the fragments; those that arrive later are dropped for {@code reason} (RFC 5722 section 4). */
  void abandon(IpDrop reason) {
    release();
    abandoned = reason;
  }
}
