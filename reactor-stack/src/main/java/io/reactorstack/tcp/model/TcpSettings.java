package io.reactorstack.tcp.model;

import io.reactorstack.setting.Checks;
import java.util.function.UnaryOperator;

/**
 * What can be set on a connection before it is opened: one record for each subject, immutable.
 *
 * <p>Every {@code with…} method returns a changed copy: {@code settings.withTimers(timers -> timers.withNoDelay(true))}. Values
 * are checked where they are set, by the constructors of the records: one that is out of its range is an {@link
 * IllegalArgumentException} that names the range.
 *
 * @param buffers how much data may be held
 * @param timers how long the connection waits
 * @param congestion how much may be in flight
 * @param recovery how losses are detected
 * @param probing how the peer and the path are probed
 * @param closing when a peer is given up, and how long a closed connection lives on
 * @param security how much a stranger can make the host do
 * @param wire what segments look like
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

  /** How explicit congestion notification is used (RFC 3168). */
  public enum Ecn {
    /** Neither asked for nor agreed to. */
    OFF,
    /** Asked for in our SYN, and agreed to. */
    REQUEST,
    /** Agreed to when the peer asks. */
    ACCEPT
  }

  /** When a listener answers a SYN without keeping anything of it (RFC 4987 section 3.6). */
  public enum SynCookies {
    /** Never: beyond the SYN queue silence. */
    NEVER,
    /** When the SYN queue is full. */
    ON_OVERFLOW,
    /** Always. */
    ALWAYS
  }

  /** When the path MTU is searched for with segments of our own (RFC 4821). */
  public enum MtuProbing {
    /** Never. */
    OFF,
    /** When full segments vanish again and again, as behind a router that drops them in silence. */
    ON_BLACK_HOLE,
    /** On every connection. */
    ALWAYS
  }

  /** The defaults: those of the RFCs, and of current practice where they leave a choice. */
  public static final TcpSettings DEFAULTS = new TcpSettings(
      BufferSettings.DEFAULTS, TimerSettings.DEFAULTS, CongestionSettings.DEFAULTS, RecoverySettings.DEFAULTS,
      ProbingSettings.DEFAULTS, ClosingSettings.DEFAULTS, SecuritySettings.DEFAULTS, WireSettings.DEFAULTS);

  /**
   * Settings of all subjects.
   *
   * @throws NullPointerException if one is missing
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

  /** These settings with changed {@link #buffers}. */
  public TcpSettings withBuffers(UnaryOperator<BufferSettings> change) {
    return with("buffers", Checks.given("change", change).apply(buffers));
  }

  /** These settings with changed {@link #timers}. */
  public TcpSettings withTimers(UnaryOperator<TimerSettings> change) {
    return with("timers", Checks.given("change", change).apply(timers));
  }

  /** These settings with changed {@link #congestion}. */
  public TcpSettings withCongestion(UnaryOperator<CongestionSettings> change) {
    return with("congestion", Checks.given("change", change).apply(congestion));
  }

  /** These settings with changed {@link #recovery}. */
  public TcpSettings withRecovery(UnaryOperator<RecoverySettings> change) {
    return with("recovery", Checks.given("change", change).apply(recovery));
  }

  /** These settings with changed {@link #probing}. */
  public TcpSettings withProbing(UnaryOperator<ProbingSettings> change) {
    return with("probing", Checks.given("change", change).apply(probing));
  }

  /** These settings with changed {@link #closing}. */
  public TcpSettings withClosing(UnaryOperator<ClosingSettings> change) {
    return with("closing", Checks.given("change", change).apply(closing));
  }

  /** These settings with changed {@link #security}. */
  public TcpSettings withSecurity(UnaryOperator<SecuritySettings> change) {
    return with("security", Checks.given("change", change).apply(security));
  }

  /** These settings with changed {@link #wire}. */
  public TcpSettings withWire(UnaryOperator<WireSettings> change) {
    return with("wire", Checks.given("change", change).apply(wire));
  }

  /** These settings with {@code part} for the one of its type. */
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
