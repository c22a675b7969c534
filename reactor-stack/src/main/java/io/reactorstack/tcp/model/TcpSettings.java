package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import java.util.function.UnaryOperator;

/**
 * The settings that a connection is opened with, immutable and grouped into one record for each subject.
 *
 * <p>Every {@code with…} method returns a changed copy: {@code settings.withTimers(timers ->
 * timers.withNoDelay(true))}. The constructors of the records check the values: one that is out of its range causes an
 * {@link IllegalArgumentException} that names the range.
 *
 * @param buffers sizes of the receive and send buffers
 * @param timers retransmission timeouts and delays
 * @param congestion congestion control and pacing
 * @param recovery detection of losses
 * @param probing keep-alive and path MTU discovery
 * @param closing user timeout, and timeouts of the closing states
 * @param security limits on what an unknown sender can cause
 * @param wire TCP options and IP header fields
 */
public record TcpSettings(
    BufferSettings buffers,
    TimerSettings timers,
    CongestionSettings congestion,
    RecoverySettings recovery,
    ProbingSettings probing,
    ClosingSettings closing,
    SecuritySettings security,
    WireSettings wire) {

  /** The use of explicit congestion notification (RFC 3168). */
  public enum Ecn {
    /** Neither requested nor accepted. */
    OFF,
    /** Requested in the local SYN, and accepted if the peer requests it. */
    REQUEST,
    /** Accepted if the peer requests it. */
    ACCEPT
  }

  /** The condition for a listener to answer a SYN with a cookie, and keep no state for it (RFC 4987 section 3.6). */
  public enum SynCookies {
    /** Never: a SYN that finds the SYN queue full is dropped. */
    NEVER,
    /** While the SYN queue is full. */
    ON_OVERFLOW,
    /** Always. */
    ALWAYS
  }

  /** The condition for a connection to send probe segments that find the path MTU (RFC 4821). */
  public enum MtuProbing {
    /** Never. */
    OFF,
    /** After full segments were lost repeatedly, as behind a router that drops large packets without an ICMP error. */
    ON_BLACK_HOLE,
    /** On every connection. */
    ALWAYS
  }

  /** The default settings: those of the RFCs, and common practice where the RFCs leave a choice. */
  public static final TcpSettings DEFAULTS = new TcpSettings(
      BufferSettings.DEFAULTS, TimerSettings.DEFAULTS, CongestionSettings.DEFAULTS, RecoverySettings.DEFAULTS,
      ProbingSettings.DEFAULTS, ClosingSettings.DEFAULTS, SecuritySettings.DEFAULTS, WireSettings.DEFAULTS);

  /**
   * Checks that no group is missing.
   *
   * @throws NullPointerException if a group is null
   */
  public TcpSettings {
    Checks.given("buffers", buffers);
    Checks.given("timers", timers);
    Checks.given("congestion", congestion);
    Checks.given("recovery", recovery);
    Checks.given("probing", probing);
    Checks.given("closing", closing);
    Checks.given("security", security);
    Checks.given("wire", wire);
  }

  /** Returns a copy in which {@code change} has been applied to {@link #buffers}. */
  public TcpSettings withBuffers(UnaryOperator<BufferSettings> change) {
    return with("buffers", Checks.given("change", change).apply(buffers));
  }

  /** Returns a copy in which {@code change} has been applied to {@link #timers}. */
  public TcpSettings withTimers(UnaryOperator<TimerSettings> change) {
    return with("timers", Checks.given("change", change).apply(timers));
  }

  /** Returns a copy in which {@code change} has been applied to {@link #congestion}. */
  public TcpSettings withCongestion(UnaryOperator<CongestionSettings> change) {
    return with("congestion", Checks.given("change", change).apply(congestion));
  }

  /** Returns a copy in which {@code change} has been applied to {@link #recovery}. */
  public TcpSettings withRecovery(UnaryOperator<RecoverySettings> change) {
    return with("recovery", Checks.given("change", change).apply(recovery));
  }

  /** Returns a copy in which {@code change} has been applied to {@link #probing}. */
  public TcpSettings withProbing(UnaryOperator<ProbingSettings> change) {
    return with("probing", Checks.given("change", change).apply(probing));
  }

  /** Returns a copy in which {@code change} has been applied to {@link #closing}. */
  public TcpSettings withClosing(UnaryOperator<ClosingSettings> change) {
    return with("closing", Checks.given("change", change).apply(closing));
  }

  /** Returns a copy in which {@code change} has been applied to {@link #security}. */
  public TcpSettings withSecurity(UnaryOperator<SecuritySettings> change) {
    return with("security", Checks.given("change", change).apply(security));
  }

  /** Returns a copy in which {@code change} has been applied to {@link #wire}. */
  public TcpSettings withWire(UnaryOperator<WireSettings> change) {
    return with("wire", Checks.given("change", change).apply(wire));
  }

  /** Returns a copy in which {@code part} replaces the group of its type. */
  private TcpSettings with(String name, Object part) {
    Object changed = Checks.given(name, part);
    return new TcpSettings(
        changed instanceof BufferSettings value ? value : buffers,
        changed instanceof TimerSettings value ? value : timers,
        changed instanceof CongestionSettings value ? value : congestion,
        changed instanceof RecoverySettings value ? value : recovery,
        changed instanceof ProbingSettings value ? value : probing,
        changed instanceof ClosingSettings value ? value : closing,
        changed instanceof SecuritySettings value ? value : security,
        changed instanceof WireSettings value ? value : wire);
  }
}
