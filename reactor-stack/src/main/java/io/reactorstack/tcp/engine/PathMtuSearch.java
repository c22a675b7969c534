package io.reactorstack.tcp.engine;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The search for the path MTU with segments of the connection itself (RFC 4821 sections 7.1 to 7.8): which sizes are
 * known to pass, which are known not to pass, and which to try next and when. All sizes are those of IP packets, in
 * bytes with their headers.
 *
 * <p>{@link MtuProbing} decides what to send and reports the outcome.
 */
final class PathMtuSearch {

  /** A search ends when its result could improve by less than this many bytes (RFC 4821 section 7.3). */
  static final int THRESHOLD = 8;

  /**
   * The time in nanoseconds after which larger packets are tried again, because the path may have changed (RFC 4821
   * section 7.3).
   */
  static final long PAUSE = TimeUnit.MINUTES.toNanos(10);

  /** RFC 4821 7.2: a size that passes on nearly every path, in bytes. */
  static final int CAUTIOUS_IPV4 = 1024;

  /** The factor on the pause after a probe whose loss caused a timeout, because that cost too much (RFC 4821 7.6.3). */
  private static final int AFTER_TIMEOUT = 5;

  private static final long NEVER = Long.MAX_VALUE;

  private final SegmentSize size;
  private final int cautious;
  private final int limit;
  private boolean active;
  /**
   * search_low: known to pass. Equal to eff_pmtu, which {@link SegmentSize#pathMtu} returns, except after a black hole.
   */
  private int low;
  /** search_high: the largest size that may pass. */
  private int high;
  /**
   * True if a size above {@link #high} was found not to pass, so that high itself is no likelier than any other size.
   */
  private boolean bounded;
  private long nextProbeAt;
  private long searchAgainAt = NEVER;
  /** The eff_pmtu from before it was raised, while the raised one is not verified; otherwise 0. */
  private int saved;
  /** The state of the search before a black hole was suspected. */
  private @Nullable Standing beforeBlackHole;

  private record Standing(boolean active, int low, int high, boolean bounded, long searchAgainAt, int pathMtu) {}

  /**
   * Creates a search that is not active yet.
   *
   * @param size holds eff_pmtu
   * @param cautious the initial search_low, in bytes; 0 for the value of the RFC
   * @param limit the initial search_high, in bytes: the largest packet that the link carries and the peer accepts
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

  /** Starts from a size that passes on nearly every path. */
  void begin() {
    active = true;
    low = Math.min(cautious, size.pathMtu());
    high = Math.min(limit, size.pathMtu());
    size.tryOut(low);
  }

  /**
   * Returns the size to probe at {@code now}, or 0. It is above search_low and not above search_high (RFC 4821 section
   * 7.1).
   */
  int due(long now) {
    if (!active || now < nextProbeAt || saved != 0) {
      return 0;
    }
    if (now >= searchAgainAt) {
      // RFC 4821 7.3: try larger packets again.
      searchAgainAt = NEVER;
      high = limit;
      bounded = false;
    }
    if (isOver()) {
      return 0;
    }
    // Most paths carry what the link carries, so the largest size is tried first; after that the interval is halved.
    return bounded ? (low + high + 1) / 2 : high;
  }

  private boolean isOver() {
    // The largest size itself is tried even if it is within the threshold.
    return high <= low || bounded && high - low < THRESHOLD;
  }

  /**
   * Raises eff_pmtu to {@code bytes}, the size of a probe that has arrived. The search goes on only after this has been
   * verified.
   */
  void onSuccess(int bytes) {
    saved = size.pathMtu();
    low = bytes;
    size.tryOut(bytes);
  }

  /** Notes that the raised MTU was verified. */
  void onVerified(long now) {
    saved = 0;
    conclude(now);
  }

  /** Returns to the former MTU: with the raised one many more packets are lost (RFC 4821 section 7.8). */
  void onVerificationFailed(long wait, long now) {
    low = saved;
    saved = 0;
    onFailure(size.pathMtu(), wait, now);
  }

  /**
   * Falls back to the size before the raise: a packet of the raised size timed out, and it is not known yet whether the
   * size was the reason.
   */
  void onVerificationDoubted() {
    beforeBlackHole = standing();
    size.tryOut(saved);
    low = saved;
    saved = 0;
  }

  /** The verified size, in bytes, while a raised one is being verified; otherwise 0. */
  int verified() {
    return saved;
  }

  boolean isVerifying() {
    return saved != 0;
  }

  /**
   * Processes the loss of a probe of {@code bytes} when nothing else was lost.
   *
   * @param wait the pause before the next probe, in nanoseconds
   */
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

  /** Processes the loss of a probe of {@code bytes} that was detected by a timeout. */
  void onTimeout(int bytes, long wait, long now) {
    onFailure(bytes, AFTER_TIMEOUT * wait, now);
  }

  /**
   * Processes the timeout of a probe when nothing that followed it has arrived either. The same size may be tried again
   * later.
   */
  void onTimeoutOfAll(long wait, long now) {
    nextProbeAt = now + AFTER_TIMEOUT * wait;
  }

  /** Processes the loss of a probe together with other packets, which proves nothing about its size. */
  void onInconclusive(long wait, long now) {
    nextProbeAt = now + wait;
  }

  /** Processes a trusted report that at most {@code bytes} pass. */
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

  /**
   * Notes that a packet of {@code bytes} that was not a probe has arrived, which proves as much (RFC 4821 section 7.1).
   */
  void onDelivered(int bytes) {
    if (bytes > low && bytes <= high) {
      low = bytes;
    }
  }

  /**
   * Returns the packet size to use after a full stop (RFC 4821 section 7.7).
   *
   * @param first whether this is the first full stop since data was last acknowledged
   * @param stuck the size of the packet that times out, in bytes, whatever sizes have passed before
   */
  int retreat(boolean first, int stuck) {
    int now = size.pathMtu();
    int cautiously = Math.min(now, stuck > low ? low : cautious);
    // A size that is cautious already is halved, and so is the size after each further full stop.
    boolean halved = !first || stuck == now && cautiously == now;
    return halved ? Math.max(Math.min(now, size.leastSearched()), Math.min(now, low) / 2) : cautiously;
  }

  /** As {@link #onBlackHole(boolean, int, long, long)} with a packet of the present path MTU. */
  void onBlackHole(boolean first, long wait, long now) {
    onBlackHole(first, size.pathMtu(), wait, now);
  }

  /** Processes a full stop without any report about its reason: packets shrink to {@link #retreat} bytes. */
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

  /** The path MTU before a black hole was suspected, in bytes. */
  int pathMtuBefore() {
    return beforeBlackHole == null ? size.pathMtu() : beforeBlackHole.pathMtu;
  }

  /** Confirms the black hole: packets of {@code bytes} do not pass, and the state from before is dropped. */
  void onVanished(int bytes, long now) {
    beforeBlackHole = null;
    high = Math.max(low, Math.min(high, bytes));
    bounded = true;
    conclude(now);
  }

  /**
   * Raises the size to a trial of {@code bytes}, which has passed: it is larger than other packets since the full stop,
   * but smaller than the one that got stuck.
   */
  void onTrialInPart(int bytes) {
    low = bytes;
    // The few bytes below the threshold do not matter to a search, but they can decide whether a message fits into one
    // segment or needs two.
    size.tryOut(Math.min(pathMtuBefore(), bytes + THRESHOLD - 1));
  }

  /** Restores the state from before the full stop, because the packet size was not its reason. */
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
