package io.reactorstack.tcp.engine;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The search for the path MTU with segments of the connection itself (RFC 4821 sections 7.1 to 7.8): which sizes are known to
 * pass, which are known not to, which to try next and when. All sizes are those of IP packets, in bytes with their headers.
 *
 * <p>What to send, and what became of it, is {@link MtuProbing}'s business.
 */
final class PathMtuSearch {

  /** A search whose result cannot become better by more than this is over (RFC 4821 section 7.3). */
  static final int THRESHOLD = 8;

  /** After this time the path may have changed, and larger packets are tried again (RFC 4821 section 7.3). */
  static final long PAUSE = TimeUnit.MINUTES.toNanos(10);

  /** RFC 4821 7.2: a size that passes nearly everywhere. */
  static final int CAUTIOUS_IPV4 = 1024;

  /** RFC 4821 7.6.3: a probe that ended in a timeout has cost too much. */
  private static final int AFTER_TIMEOUT = 5;

  private static final long NEVER = Long.MAX_VALUE;

  private final SegmentSize size;
  private final int cautious;
  private final int limit;
  private boolean active;
  /** search_low: known to pass; eff_pmtu, which {@link SegmentSize#pathMtu} is, except after a black hole. */
  private int low;
  /** search_high: the largest that may pass. */
  private int high;
  /** Whether more than {@link #high} was found not to pass, so that it is no more likely than anything else. */
  private boolean bounded;
  private long nextProbeAt;
  private long searchAgainAt = NEVER;
  /** What eff_pmtu was before it was raised and is not yet verified, or 0. */
  private int saved;
  /** Where the search stood when nothing got through any more. */
  private @Nullable Standing beforeBlackHole;

  private record Standing(boolean active, int low, int high, boolean bounded, long searchAgainAt, int pathMtu) {}

  /**
   * A search that has not begun.
   *
   * @param size where eff_pmtu is kept
   * @param cautious the initial search_low; 0 for the RFC's
   * @param limit the initial search_high: the largest packet that the link takes and the peer accepts
   */
  PathMtuSearch(SegmentSize size, int cautious, int limit) {
    this.size = size;
    int least = Math.max(cautious == 0 ? CAUTIOUS_IPV4 : cautious, size.leastSearched());
    this.cautious = Math.min(least, limit);
    this.limit = limit;
    this.low = this.cautious;
    this.high = limit;
  }

  boolean isActive() {
    return active;
  }

  int low() {
    return low;
  }

  int high() {
    return high;
  }

  /** Begins with what passes everywhere, and works its way up. */
  void begin() {
    active = true;
    low = Math.min(cautious, size.pathMtu());
    high = Math.min(limit, size.pathMtu());
    size.tryOut(low);
  }

  /** The size to be tried now, or 0; it lies above search_low and not above search_high (RFC 4821 section 7.1). */
  int due(long now) {
    if (!active || now < nextProbeAt || saved != 0) {
      return 0;
    }
    if (now >= searchAgainAt) {
      // RFC 4821 7.3
      searchAgainAt = NEVER;
      high = limit;
      bounded = false;
    }
    if (isOver()) {
      return 0;
    }
    // Most paths take what the link takes: that is tried first, then halves.
    return bounded ? (low + high + 1) / 2 : high;
  }

  private boolean isOver() {
    // The largest size is worth a try however near it is.
    return high <= low || bounded && high - low < THRESHOLD;
  }

  /** The peer has a packet of {@code bytes} that was sent as a probe. No search ends before that is verified. */
  void onSuccess(int bytes) {
    saved = size.pathMtu();
    low = bytes;
    size.tryOut(bytes);
  }

  /** The raised MTU has proved itself. */
  void onVerified(long now) {
    saved = 0;
    conclude(now);
  }

  /** With the raised MTU much more is lost than before (RFC 4821 section 7.8). */
  void onVerificationFailed(long wait, long now) {
    low = saved;
    saved = 0;
    onFailure(size.pathMtu(), wait, now);
  }

  /** Something of the raised size timed out: packets have the size before it until it is known whether that was the reason. */
  void onVerificationDoubted() {
    beforeBlackHole = standing();
    size.tryOut(saved);
    low = saved;
    saved = 0;
  }

  /** The size before the MTU was raised and not yet verified, in bytes. */
  int verified() {
    return saved;
  }

  boolean isVerifying() {
    return saved != 0;
  }

  /** A probe of {@code bytes} was lost, and nothing else. */
  void onFailure(int bytes, long wait, long now) {
    high = Math.max(low, Math.min(high, bytes - 1));
    bounded = true;
    if (size.pathMtu() > high) {
      // RFC 4821 7.6.2
      size.tryOut(low);
    }
    nextProbeAt = now + wait;
    conclude(now);
  }

  /** The loss of a probe of {@code bytes} was found by a timeout. */
  void onTimeout(int bytes, long wait, long now) {
    onFailure(bytes, AFTER_TIMEOUT * wait, now);
  }

  /** A probe timed out, and nothing that followed it has arrived either: the same size may be tried again, later. */
  void onTimeoutOfAll(long wait, long now) {
    nextProbeAt = now + AFTER_TIMEOUT * wait;
  }

  /** A probe was lost beside other packets: that says nothing. */
  void onInconclusive(long wait, long now) {
    nextProbeAt = now + wait;
  }

  /** Somebody who can know says that no more than {@code bytes} pass. */
  void onReport(int bytes, long now) {
    if (bytes >= high) {
      return;
    }
    saved = 0;
    high = Math.min(high, bytes);
    low = Math.min(low, high);
    bounded = true;
    if (active) {
      conclude(now);
    }
  }

  /** A packet of {@code bytes} that was no probe has arrived: as good as one (RFC 4821 section 7.1). */
  void onDelivered(int bytes) {
    if (bytes > low && bytes <= high) {
      low = bytes;
    }
  }

  /**
   * The size to fall back to when nothing gets through any more (RFC 4821 section 7.7).
   *
   * @param first whether this is the first time since something got through
   * @param stuck bytes of the packet that does not get through, whatever has passed before
   */
  int retreat(boolean first, int stuck) {
    int now = size.pathMtu();
    int cautiously = Math.min(now, stuck > low ? low : cautious);
    // What is cautious already is halved, as it is each further time.
    boolean halved = !first || stuck == now && cautiously == now;
    return halved ? Math.max(Math.min(now, size.leastSearched()), Math.min(now, low) / 2) : cautiously;
  }

  /** Nothing gets through any more, least of all the largest packets. */
  void onBlackHole(boolean first, long wait, long now) {
    onBlackHole(first, size.pathMtu(), wait, now);
  }

  /** Nothing gets through any more, and nobody says why: packets have {@link #retreat} bytes from now on. */
  void onBlackHole(boolean first, int stuck, long wait, long now) {
    int before = size.pathMtu();
    if (first) {
      beforeBlackHole = standing();
    }
    active = true;
    saved = 0;
    low = retreat(first, stuck);
    size.tryOut(low);
    if (size.pathMtu() < before) {
      high = Math.min(high, before);
      bounded = true;
    }
    nextProbeAt = now + wait;
    searchAgainAt = NEVER;
  }

  private Standing standing() {
    return new Standing(active, low, high, bounded, searchAgainAt, size.pathMtu());
  }

  /** Largest packet before nothing got through any more, in bytes. */
  int pathMtuBefore() {
    return beforeBlackHole == null ? size.pathMtu() : beforeBlackHole.pathMtu;
  }

  /** Packets of {@code bytes} do not pass: what was known before does not count any more. */
  void onVanished(int bytes, long now) {
    beforeBlackHole = null;
    high = Math.max(low, Math.min(high, bytes));
    bounded = true;
    conclude(now);
  }

  /** Since nothing got through any more, a packet of {@code bytes} has passed that is larger than others since. */
  void onTrialInPart(int bytes) {
    low = bytes;
    // What makes no difference to a search makes the difference between one segment and two for messages of equal length.
    size.tryOut(Math.min(pathMtuBefore(), bytes + THRESHOLD - 1));
  }

  /** That nothing got through had nothing to do with size: what was known before counts again. */
  void undoBlackHole(long now) {
    Standing before = beforeBlackHole;
    if (before != null) {
      beforeBlackHole = null;
      active = before.active;
      low = before.low;
      high = before.high;
      bounded = before.bounded;
      searchAgainAt = before.searchAgainAt;
      size.tryOut(before.pathMtu);
      if (active) {
        conclude(now);
      }
    }
  }

  private void conclude(long now) {
    if (isOver() && searchAgainAt == NEVER) {
      searchAgainAt = now + PAUSE;
      size.settle();
    }
  }
}
