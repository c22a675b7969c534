package io.reactorstack.pathmtu.engine;

import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtu.Cause;
import io.reactorstack.pathmtu.PathMtu.Phase;
import io.reactorstack.pathmtu.PathMtuSettings;
import org.jspecify.annotations.Nullable;

/**
 * The discovery of the path MTU of one flow by probes (RFC 8899), as a machine without I/O. Times are nanoseconds of one
 * clock.
 *
 * <pre>{@code
 * engine.start(now);
 * Probe probe = engine.poll(now);        // after each input: a probe to send, or null
 * PathMtu found = engine.current();      // after each input: what applies now
 * engine.onProbeAcknowledged(probe.id(), later);
 * engine.onTimeout(now);                 // when nextDeadline() is reached
 * }</pre>
 *
 * <p>One probe is in flight at a time, and the next one is sent a round trip after it or later (RFC 8899 section 3, item
 * 7). The caller passes only reports of routers that it has verified (section 4.6.1).
 */
public final class PathMtuEngine {

  /** The value of {@link #nextDeadline} for "none". */
  public static final long NEVER = Long.MAX_VALUE;

  /** After this many reductions within PMTU_RAISE_TIMER the search pauses. */
  private static final int MAX_REDUCTIONS = 3;

  private final PathMtuSettings settings;
  private final int ipHeader;
  private final int header;
  private final long probeTimer;
  private final long raiseTimer;
  private final long confirmationTimer;
  private SizeBounds bounds;
  private PathMtu current;
  private SizeSearch search;
  private @Nullable Trial trial;
  private boolean started;
  private long lastId;
  /** The earliest time for the next probe: a round trip after the last one. */
  private long nextProbeAt;
  /** The time from the last acknowledged probe to its acknowledgement; 0 if none was acknowledged. */
  private long roundTrip;
  /** In phase SEARCH_COMPLETE, the expiry of PMTU_RAISE_TIMER; in phase DISABLED, the time of the next start. */
  private long raiseAt = NEVER;
  /** In phase SEARCH_COMPLETE, the expiry of CONFIRMATION_TIMER. */
  private long confirmAt = NEVER;
  /** Whether a datagram was sent since the last probe. */
  private boolean busy;
  /** In phase ERROR, the first size of the search that follows. */
  private int doubted;
  /** A verified report that the next search begins with; 0 for none. */
  private int reported;
  private int reductions;
  private long firstReductionAt;

  /**
   * Creates a discovery in phase DISABLED.
   *
   * @param ipHeader the length of the IP header: 20 for IPv4, 40 for IPv6
   * @param header the length of the transport's header, such as 8 for UDP
   * @param linkMtu the MTU of the first link, with the IP header
   */
  public PathMtuEngine(PathMtuSettings settings, int ipHeader, int header, int linkMtu) {
    this.settings = settings;
    this.ipHeader = ipHeader;
    this.header = header;
    this.probeTimer = settings.timers().probe().toNanos();
    this.raiseTimer = settings.timers().raise().toNanos();
    this.confirmationTimer = settings.timers().confirmation().toNanos();
    this.bounds = SizeBounds.of(settings, ipHeader, linkMtu);
    this.search = new SizeSearch(ipHeader, bounds.base(), bounds.max());
    this.current = value(Phase.DISABLED, bounds.base(), Cause.STARTED);
  }

  // ---- questions

  /** The present result. */
  public PathMtu current() {
    return current;
  }

  /** Returns whether an acknowledgement of the probe {@code id} would have an effect. */
  public boolean awaits(long id) {
    return trial != null && trial.contains(id);
  }

  /** Returns whether the probe {@code id} is the one in flight. */
  public boolean isInFlight(long id) {
    return trial != null && trial.isLast(id);
  }

  /** Returns the time at which {@link #onTimeout} must be called, or {@link #NEVER}. */
  public long nextDeadline() {
    if (!started) {
      return NEVER;
    }
    Trial running = trial;
    if (running != null) {
      return running.isInFlight() ? running.lastSentAt() + patience() : nextProbeAt;
    }
    if (phase() == Phase.SEARCH_COMPLETE || phase() == Phase.DISABLED) {
      return mayProbe() ? Math.max(nextProbeAt, Math.min(raiseAt, confirmAt)) : NEVER;
    }
    return nextProbeAt;
  }

  /** RFC 8899 5.1.1: PROBE_TIMER is longer than a round trip. */
  private long patience() {
    return Math.max(probeTimer, 2 * roundTrip);
  }

  /** RFC 8899 4.3 and 5.1.1: without datagrams of the application there is nothing to find out. */
  private boolean mayProbe() {
    return busy || settings.probesWhenIdle();
  }

  private Phase phase() {
    return current.phase();
  }

  private PathMtu value(Phase phase, int plpmtu, Cause cause) {
    return new PathMtu(phase, plpmtu, plpmtu + ipHeader, plpmtu - header, cause);
  }

  private void become(Phase phase, int plpmtu, Cause cause) {
    if (phase != current.phase() || plpmtu != current.plpmtu()) {
      current = value(phase, plpmtu, cause);
    }
  }

  // ---- output

  /** Returns the probe to send at {@code now}, which counts as sent; {@code null} if none is due. */
  public @Nullable Probe poll(long now) {
    if (!started || now < nextProbeAt) {
      return null;
    }
    Trial running = trial;
    if (running == null) {
      int size = wanted(now);
      if (size == 0) {
        return null;
      }
      trial = new Trial(size, ++lastId, now);
      return sent(size, now);
    }
    if (running.isInFlight()) {
      return null;
    }
    running.onSent(++lastId, now);
    return sent(running.size(), now);
  }

  private Probe sent(int size, long now) {
    busy = false;
    nextProbeAt = now + roundTrip;
    return new Probe(lastId, size);
  }

  private int wanted(long now) {
    return switch (phase()) {
      case DISABLED -> 0;
      case BASE -> bounds.base();
      case ERROR -> bounds.min();
      case SEARCHING -> search.next();
      case SEARCH_COMPLETE -> now >= confirmAt && mayProbe() ? current.plpmtu() : 0;
    };
  }

  // ---- inputs

  /** Begins with a probe of BASE_PLPMTU. */
  public void start(long now) {
    started = true;
    nextProbeAt = now;
    base(Cause.STARTED);
  }

  /** Processes the expiry of timers. */
  public void onTimeout(long now) {
    Trial running = trial;
    if (!started || now < nextDeadline()) {
      return;
    }
    if (running != null) {
      if (running.isInFlight()) {
        lost(running, true, roundTrip, now);
      }
    } else if (raiseAt <= now && mayProbe()) {
      if (phase() == Phase.DISABLED) {
        base(Cause.STARTED);
      } else {
        raise();
      }
    }
  }

  private void raise() {
    raiseAt = NEVER;
    reductions = 0;
    search = new SizeSearch(ipHeader, current.plpmtu(), bounds.max());
    if (!search.isOver()) {
      confirmAt = NEVER;
      become(Phase.SEARCHING, current.plpmtu(), Cause.RAISE_TIMER);
    }
  }

  /**
   * Processes the acknowledgement of the probe {@code id}. One that is late, repeated or out of order has no effect
   * unless probes of its size are still being sent.
   */
  public void onProbeAcknowledged(long id, long now) {
    Trial running = trial;
    if (running == null || !running.contains(id)) {
      return;
    }
    trial = null;
    roundTrip = running.age(id, now);
    // RFC 8899 3 (7): a probe that was sent again is still on its way.
    nextProbeAt = running.isLast(id) ? now : Math.max(now, running.lastSentAt() + roundTrip);
    switch (phase()) {
      case DISABLED -> {}
      case BASE -> onBaseAcknowledged(now);
      case ERROR -> {
        // BASE_PLPMTU may have been lost because nothing passed at all.
        search = new SizeSearch(ipHeader, running.size(), bounds.max());
        search.tryFirst(doubted);
        beginSearch(running.size(), now);
      }
      case SEARCHING -> {
        search.onPassed(running.size());
        become(Phase.SEARCHING, running.size(), Cause.PROBE_ACKNOWLEDGED);
        concludeIfOver(Cause.PROBE_ACKNOWLEDGED, now);
      }
      case SEARCH_COMPLETE -> confirmed(now);
    }
  }

  private void onBaseAcknowledged(long now) {
    if (reductions >= MAX_REDUCTIONS) {
      // RFC 8899 5.2 and 8: contradictory information must not make the size of datagrams oscillate.
      reported = 0;
      complete(bounds.base(), Cause.UNSTABLE_PATH, now);
      return;
    }
    search = new SizeSearch(ipHeader, bounds.base(), bounds.max());
    beginSearch(bounds.base(), now);
  }

  private void beginSearch(int plpmtu, long now) {
    if (reported > 0) {
      search.onReport(reported);
      reported = 0;
    }
    become(Phase.SEARCHING, plpmtu, Cause.PROBE_ACKNOWLEDGED);
    concludeIfOver(Cause.PROBE_ACKNOWLEDGED, now);
  }

  private void concludeIfOver(Cause cause, long now) {
    if (search.isOver()) {
      complete(current.plpmtu(), cause, now);
    }
  }

  private void complete(int plpmtu, Cause cause, long now) {
    become(Phase.SEARCH_COMPLETE, plpmtu, cause);
    raiseAt = now + raiseTimer;
    confirmed(now);
  }

  private void confirmed(long now) {
    // RFC 8899 5.1.1: this timer is not used by transports with acknowledgements.
    confirmAt = confirmationTimer == 0 ? NEVER : now + confirmationTimer;
  }

  /**
   * Processes the loss of the probe {@code id}, which its sender has detected before PROBE_TIMER; it has no effect if
   * another probe is in flight.
   */
  public void onProbeLost(long id, long now) {
    Trial running = trial;
    if (running != null && running.isLast(id)) {
      // RFC 8899 3 (7): the next probe follows after a round trip at least. PROBE_TIMER exceeds an unknown one.
      lost(running, true, roundTrip == 0 ? probeTimer : roundTrip, now);
    }
  }

  /**
   * Processes that the probe {@code id} could not leave this host, for example because there is no route. That proves
   * nothing about its size; it is repeated after PROBE_TIMER.
   */
  public void onProbeNotSent(long id, long now) {
    Trial running = trial;
    if (running != null && running.isLast(id)) {
      lost(running, phase() == Phase.BASE || phase() == Phase.ERROR, probeTimer, now);
    }
  }

  private void lost(Trial running, boolean counted, long pause, long now) {
    nextProbeAt = Math.max(now, running.lastSentAt() + pause);
    running.onLost(counted);
    if (running.lost() < settings.maxProbes()) {
      return;
    }
    trial = null;
    switch (phase()) {
      case DISABLED -> {}
      case BASE -> error(bounds.base(), Cause.PROBES_LOST);
      case ERROR -> disable(now);
      case SEARCHING -> {
        search.onLost(running.size());
        concludeIfOver(Cause.PROBES_LOST, now);
      }
      case SEARCH_COMPLETE -> blackHole(now);
    }
  }

  private void base(Cause cause) {
    trial = null;
    raiseAt = NEVER;
    confirmAt = NEVER;
    become(Phase.BASE, bounds.base(), cause);
  }

  private void error(int doubtful, Cause cause) {
    trial = null;
    raiseAt = NEVER;
    confirmAt = NEVER;
    doubted = doubtful;
    become(Phase.ERROR, bounds.min(), cause);
  }

  private void disable(long now) {
    become(Phase.DISABLED, bounds.min(), Cause.PROBES_LOST);
    reported = 0;
    raiseAt = now + (confirmationTimer == 0 ? raiseTimer : confirmationTimer);
    confirmAt = NEVER;
  }

  private void blackHole(long now) {
    reduced(now);
    if (current.plpmtu() <= bounds.base()) {
      // Datagrams of BASE_PLPMTU would not pass either.
      error(current.plpmtu(), Cause.BLACK_HOLE);
    } else {
      base(Cause.BLACK_HOLE);
    }
  }

  private void reduced(long now) {
    if (reductions == 0 || now - firstReductionAt > raiseTimer) {
      reductions = 0;
      firstReductionAt = now;
    }
    reductions++;
  }

  /**
   * Processes a report that a router has dropped a datagram because its next link carries only {@code size} octets. The
   * caller has verified that it quotes a datagram of this flow. The report never sets the PLPMTU: it selects the next
   * probe, or the phase (RFC 8899 section 4.6.2).
   */
  public void onPacketTooBig(int size, long now) {
    if (!settings.usesPacketTooBig() || phase() == Phase.DISABLED || size < bounds.min()) {
      return;
    }
    Trial running = trial;
    int probed = running == null ? 0 : running.size();
    if (size >= Math.max(probed, current.plpmtu())) {
      // RFC 8899 4.6.2: a router that carries what was sent has no reason for the report.
      return;
    }
    if (size < current.plpmtu()) {
      onPathReduced(size, now);
    } else if (phase() == Phase.SEARCHING) {
      search.onReport(size);
      trial = null;
      concludeIfOver(Cause.PACKET_TOO_BIG, now);
    }
  }

  private void onPathReduced(int size, long now) {
    reduced(now);
    if (size < bounds.base()) {
      error(size, Cause.PACKET_TOO_BIG);
    } else {
      base(Cause.PACKET_TOO_BIG);
    }
    reported = size;
  }

  /** Processes that the application sends a datagram. */
  public void onDatagramSent() {
    busy = true;
  }

  /**
   * Processes evidence from the application that datagrams of the PLPMTU arrive: the next confirmation is put off, and a
   * disabled discovery begins again.
   */
  public void onDelivered(long now) {
    if (phase() == Phase.SEARCH_COMPLETE) {
      trial = null;
      confirmed(now);
    } else if (started && phase() == Phase.DISABLED) {
      base(Cause.STARTED);
    }
  }

  /** Processes evidence from the application that datagrams of the PLPMTU do not arrive any more. */
  public void onBlackHole(long now) {
    if (phase() == Phase.SEARCH_COMPLETE || phase() == Phase.SEARCHING) {
      trial = null;
      blackHole(now);
    }
  }

  /**
   * Processes that the path begins differently, or that the first link has another MTU: what was found does not apply
   * any more.
   *
   * @param linkMtu the MTU of the first link, with the IP header
   */
  public void onLinkChanged(int linkMtu) {
    bounds = SizeBounds.of(settings, ipHeader, linkMtu);
    reported = 0;
    reductions = 0;
    if (started) {
      base(Cause.LINK_CHANGED);
    }
  }

  /** Processes that the first link refused the probe {@code id}, because it carries only {@code linkMtu} octets. */
  public void onTooLongForLink(long id, int linkMtu, long now) {
    Trial running = trial;
    if (running == null || !running.isLast(id)) {
      return;
    }
    bounds = SizeBounds.of(settings, ipHeader, linkMtu);
    trial = null;
    if (phase() == Phase.SEARCHING && bounds.max() >= current.plpmtu()) {
      search.onLinkLimit(bounds.max());
      concludeIfOver(Cause.LINK_CHANGED, now);
    } else {
      base(Cause.LINK_CHANGED);
    }
  }
}
