package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import java.time.Duration;

/**
 * Keep-alive and path MTU discovery: how a connection checks that its peer is alive, and how large its packets may be.
 *
 * @param keepAlive whether an idle connection is probed (RFC 9293 section 3.8.4)
 * @param keepAliveIdle silence before the first keep-alive probe, 1 ms to 365 d; 2 h by default (RFC 9293 MUST-28)
 * @param keepAliveInterval time between keep-alive probes, 1 ms to 365 d
 * @param keepAliveProbes number of unanswered keep-alive probes after which the connection ends, 1 to 127
 * @param pathMtuDiscovery whether the path MTU is discovered (RFC 1191, RFC 8201); if not, packets may be fragmented
 * @param mtuProbing when the path MTU is probed with segments (RFC 4821)
 */
public record ProbingSettings(
    boolean keepAlive,
    Duration keepAliveIdle,
    Duration keepAliveInterval,
    int keepAliveProbes,
    boolean pathMtuDiscovery,
    TcpSettings.MtuProbing mtuProbing) {

  static final ProbingSettings DEFAULTS = new ProbingSettings(false, Duration.ofHours(2), Duration.ofSeconds(75), 9,
      true, TcpSettings.MtuProbing.ON_BLACK_HOLE);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of its range
   */
  public ProbingSettings {
    Checks.positive("keepAliveIdle", keepAliveIdle);
    Checks.positive("keepAliveInterval", keepAliveInterval);
    Checks.range("keepAliveProbes", keepAliveProbes, 1, 127, "probes");
    Checks.given("mtuProbing", mtuProbing);
  }

  /** Returns a copy with the given {@link #keepAlive}. */
  public ProbingSettings withKeepAlive(boolean value) {
    return new ProbingSettings(value, keepAliveIdle, keepAliveInterval, keepAliveProbes, pathMtuDiscovery, mtuProbing);
  }

  /** Returns a copy with the given {@link #keepAliveIdle}. */
  public ProbingSettings withKeepAliveIdle(Duration value) {
    return new ProbingSettings(keepAlive, value, keepAliveInterval, keepAliveProbes, pathMtuDiscovery, mtuProbing);
  }

  /** Returns a copy with the given {@link #keepAliveInterval}. */
  public ProbingSettings withKeepAliveInterval(Duration value) {
    return new ProbingSettings(keepAlive, keepAliveIdle, value, keepAliveProbes, pathMtuDiscovery, mtuProbing);
  }

  /** Returns a copy with the given {@link #keepAliveProbes}. */
  public ProbingSettings withKeepAliveProbes(int value) {
    return new ProbingSettings(keepAlive, keepAliveIdle, keepAliveInterval, value, pathMtuDiscovery, mtuProbing);
  }

  /** Returns a copy with the given {@link #pathMtuDiscovery}. */
  public ProbingSettings withPathMtuDiscovery(boolean value) {
    return new ProbingSettings(keepAlive, keepAliveIdle, keepAliveInterval, keepAliveProbes, value, mtuProbing);
  }

  /** Returns a copy with the given {@link #mtuProbing}. */
  public ProbingSettings withMtuProbing(TcpSettings.MtuProbing value) {
    return new ProbingSettings(keepAlive, keepAliveIdle, keepAliveInterval, keepAliveProbes, pathMtuDiscovery, value);
  }
}
