package io.reactorstack.pathmtu;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * The settings of a path MTU discovery, with the names of RFC 8899 section 5.1. Immutable: each {@code with} method
 * returns a changed copy.
 *
 * @param sizes the sizes of probes
 * @param timers the timers
 * @param maxProbes MAX_PROBES: the number of lost probes of one size after which the size counts as too large; 2 to 100
 * @param usesPacketTooBig whether verified ICMP reports of routers that a packet was too big shorten the search (RFC
 *     8899 section 4.6); without them only probes count
 * @param probesWhenIdle whether a search that is complete sends probes even if no datagram was sent since the last one
 */
public record PathMtuSettings(
    Sizes sizes, Timers timers, int maxProbes, boolean usesPacketTooBig, boolean probesWhenIdle) {

  /** The value of a size for "the default of the IP version, or the limit of the link". */
  public static final int AUTOMATIC = 0;

  private static final int LARGEST = 65_535;
  private static final Duration SHORTEST_PROBE_TIMER = Duration.ofSeconds(1);

  /**
   * The sizes of a discovery: octets of a datagram with the header of its transport and without the IP header.
   *
   * @param min MIN_PLPMTU, to which the PLPMTU falls in phase ERROR; 28 to 65535, or {@link #AUTOMATIC}: what fits into
   *     a packet of 576 octets over IPv4 and 1280 over IPv6. Smaller values for IPv6 are raised to that
   * @param base BASE_PLPMTU, which is expected to pass on most paths; {@code min} to 65535, or {@link #AUTOMATIC}: 1200
   *     over IPv4, and what fits into a packet of 1280 octets over IPv6
   * @param max MAX_PLPMTU, the largest probe; {@code base} to 65535, or {@link #AUTOMATIC} for the limit of the link,
   *     which applies in any case
   */
  public record Sizes(int min, int base, int max) {

    private static final int SMALLEST = 28;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public Sizes {
      check("min", min, SMALLEST);
      check("base", base, Math.max(SMALLEST, min));
      check("max", max, Math.max(SMALLEST, Math.max(min, base)));
    }

    private static void check(String name, int size, int least) {
      if (size != AUTOMATIC) {
        Checks.range(name, size, least, LARGEST, "octets");
      }
    }
  }

  /**
   * The timers of a discovery.
   *
   * @param probe PROBE_TIMER, after which a probe without acknowledgement counts as lost; 1 s to 365 d. RFC 8899 section
   *     5.1.1 recommends more than 15 s
   * @param raise PMTU_RAISE_TIMER, after which a complete search begins again; {@code probe} to 365 d
   * @param confirmation CONFIRMATION_TIMER, after which a complete search verifies the PLPMTU by a probe; zero for
   *     never, as it must be for a protocol that acknowledges its own datagrams (RFC 8899 section 5.1.1); otherwise
   *     {@code probe} to {@code raise}
   */
  public record Timers(Duration probe, Duration raise, Duration confirmation) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is out of its range
     */
    public Timers {
      Checks.range("probe timer", probe, SHORTEST_PROBE_TIMER, Checks.LONGEST);
      Checks.range("raise timer", raise, probe, Checks.LONGEST);
      if (!Checks.zeroOrMore("confirmation timer", confirmation).isZero()) {
        Checks.range("confirmation timer", confirmation, probe, raise);
      }
    }
  }

  /**
   * The values of RFC 8899: three probes of each size, a PROBE_TIMER of 16 s, a PMTU_RAISE_TIMER of 10 minutes; a
   * CONFIRMATION_TIMER of 30 s, for protocols without acknowledgements of their own.
   */
  public static final PathMtuSettings DEFAULT = new PathMtuSettings(
      new Sizes(AUTOMATIC, AUTOMATIC, AUTOMATIC),
      new Timers(Duration.ofSeconds(16), Duration.ofMinutes(10), Duration.ofSeconds(30)), 3, true, false);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public PathMtuSettings {
    Checks.given("sizes", sizes);
    Checks.given("timers", timers);
    Checks.range("maxProbes", maxProbes, 2, 100, "probes");
  }

  private PathMtuSettings with(Sizes changed) {
    return new PathMtuSettings(changed, timers, maxProbes, usesPacketTooBig, probesWhenIdle);
  }

  private PathMtuSettings with(Timers changed) {
    return new PathMtuSettings(sizes, changed, maxProbes, usesPacketTooBig, probesWhenIdle);
  }

  /** Sets MIN_PLPMTU: 28 octets to BASE_PLPMTU, or {@link #AUTOMATIC}. */
  public PathMtuSettings withMin(int octets) {
    return with(new Sizes(octets, sizes.base, sizes.max));
  }

  /** Sets BASE_PLPMTU: MIN_PLPMTU to MAX_PLPMTU, or {@link #AUTOMATIC}. */
  public PathMtuSettings withBase(int octets) {
    return with(new Sizes(sizes.min, octets, sizes.max));
  }

  /**
   * Sets MAX_PLPMTU, for example to the largest datagram of a protocol: BASE_PLPMTU to 65535 octets, or
   * {@link #AUTOMATIC}.
   */
  public PathMtuSettings withMax(int octets) {
    return with(new Sizes(sizes.min, sizes.base, octets));
  }

  /** Sets PROBE_TIMER: 1 s to PMTU_RAISE_TIMER. */
  public PathMtuSettings withProbeTimer(Duration time) {
    return with(new Timers(time, timers.raise, timers.confirmation));
  }

  /** Sets PMTU_RAISE_TIMER: PROBE_TIMER to 365 d. */
  public PathMtuSettings withRaiseTimer(Duration time) {
    return with(new Timers(timers.probe, time, timers.confirmation));
  }

  /** Sets CONFIRMATION_TIMER: PROBE_TIMER to PMTU_RAISE_TIMER, or zero for {@link #withoutConfirmation}. */
  public PathMtuSettings withConfirmationTimer(Duration time) {
    return with(new Timers(timers.probe, timers.raise, time));
  }

  /**
   * Sets that the protocol acknowledges its own datagrams and reports black holes itself, so that no probes confirm the
   * PLPMTU (RFC 8899 section 5.1.1).
   */
  public PathMtuSettings withoutConfirmation() {
    return withConfirmationTimer(Duration.ZERO);
  }

  /** Sets MAX_PROBES: 2 to 100. */
  public PathMtuSettings withMaxProbes(int probes) {
    return new PathMtuSettings(sizes, timers, probes, usesPacketTooBig, probesWhenIdle);
  }

  /** Sets whether verified ICMP reports shorten the search. */
  public PathMtuSettings withPacketTooBig(boolean used) {
    return new PathMtuSettings(sizes, timers, maxProbes, used, probesWhenIdle);
  }

  /** Sets whether a complete search sends probes even if no datagram was sent since the last one. */
  public PathMtuSettings withProbesWhenIdle(boolean always) {
    return new PathMtuSettings(sizes, timers, maxProbes, usesPacketTooBig, always);
  }
}
