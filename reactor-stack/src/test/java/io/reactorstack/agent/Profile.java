package io.reactorstack.agent;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Cubic;
import io.reactorstack.tcp.congestion.NewReno;
import io.reactorstack.tcp.engine.Quirks;
import io.reactorstack.tcp.model.BufferSettings;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpSettings.Ecn;
import io.reactorstack.tcp.model.TcpSettings.MtuProbing;
import io.reactorstack.tcp.model.TcpSettings.SynCookies;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The settings for new connections of a session, as changed by its CONFIG lines. */
final class Profile {

  private static final CongestionControl.Factory CUBIC = Cubic.factory(paced -> EveryByte.INSTANCE);
  private static final CongestionControl.Factory RENO = NewReno.factory(paced -> EveryByte.INSTANCE);

  /** The profile {@code defaults}. */
  private static final TcpSettings DEFAULTS = TcpSettings.DEFAULTS
      .withBuffers(buffers -> buffers.withReceiveBuffer(540_000).withMaxReceiveBuffer(15 << 20)
          .withSendBuffer(256 << 10).withMaxSendBuffer(4 << 20))
      .withCongestion(congestion -> congestion.withInitialWindowSegments(10))
      .withTimers(timers -> timers.withInitialRto(Duration.ofSeconds(1)).withMinRto(Duration.ofMillis(200))
          .withMaxRto(Duration.ofSeconds(120)).withDelayedAck(Duration.ofMillis(40)).withQuickAck(true)
          .withSynRetries(5).withSynAckRetries(5))
      .withRecovery(recovery -> recovery.withDuplicateThreshold(3))
      .withCongestion(
          congestion -> congestion.withCongestionControl(CUBIC).withPacing(false).withSlowStartAfterIdle(false))
      .withWire(wire -> wire.withEcn(Ecn.OFF))
      .withProbing(probing -> probing.withMtuProbing(MtuProbing.OFF))
      .withTimers(timers -> timers.withNoDelay(false));

  /** Linux probes a closed window without data. */
  static final Quirks QUIRKS = Quirks.NONE.withWindowProbeOctet(false);

  private static final TcpSettings FREEBSD = DEFAULTS
      .withBuffers(buffers -> buffers.withReceiveBuffer(1 << 16).withMaxReceiveBuffer(1 << 16))
      .withTimers(timers -> timers.withQuickAck(false));

  /**
   * Linux settings without effect here: the stack keeps no metrics of earlier connections, and here it neither paces
   * nor offloads.
   */
  private static final Set<String> IRRELEVANT = Set.of(
      "tcp_min_tso_segs", "tcp_tso_win_divisor", "tcp_no_metrics_save", "tcp_limit_output_bytes", "tcp_autocorking");

  private TcpSettings settings = DEFAULTS;
  private String congestionName = "cubic";

  TcpSettings settings() {
    return settings;
  }

  /** The name of the congestion control that new sockets report. */
  String congestionName() {
    return congestionName;
  }

  /** Applies a CONFIG line; returns false if it is not known. */
  boolean configure(String line) {
    String[] words = line.strip().split("\\s+", 2);
    String rest = words.length > 1 ? words[1].strip() : "";
    return switch (words[0]) {
      case "defaults" -> defaults(rest);
      case "sysctl" -> sysctl(rest);
      case "command" -> rest.matches("(\\S*/)?ethtool(\\s.*)?");
      default -> false;
    };
  }

  private boolean defaults(String which) {
    switch (which) {
      case "" -> settings = DEFAULTS;
      case "linux" -> settings = DEFAULTS;
      case "freebsd" -> settings = FREEBSD;
      default -> {
        return false;
      }
    }
    return true;
  }

  private boolean sysctl(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals < 0) {
      return false;
    }
    String name = assignment.substring(0, equals).strip();
    String value = assignment.substring(equals + 1).strip().replaceAll("^[\"']|[\"']$", "").strip();
    if (!name.startsWith("net.ipv4.tcp_")) {
      return false;
    }
    String key = name.substring("net.ipv4.".length());
    if (IRRELEVANT.contains(key) || key.startsWith("tcp_pacing_")) {
      return true;
    }
    try {
      TcpSettings changed = key.equals("tcp_congestion_control") ? congestion(value) : numbers(key, value);
      if (changed == null) {
        return false;
      }
      settings = changed;
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private @Nullable TcpSettings congestion(String name) {
    CongestionControl.Factory factory = congestionControl(name);
    if (factory == null) {
      return null;
    }
    congestionName = name;
    return settings.withCongestion(congestion -> congestion.withCongestionControl(factory));
  }

  /** Returns the congestion control with this name, or {@code null}. */
  static CongestionControl.@Nullable Factory congestionControl(String name) {
    return switch (name) {
      case "reno" -> RENO;
      case "cubic" -> CUBIC;
      default -> null;
    };
  }

  private @Nullable TcpSettings numbers(String key, String value) {
    String[] words = value.split("\\s+");
    int number = Integer.parseInt(words[words.length == 3 ? 1 : 0]);
    int last = Integer.parseInt(words[words.length - 1]);
    boolean on = number != 0;
    return switch (key) {
      case "tcp_timestamps" -> settings.withWire(wire -> wire.withTimestamps(on));
      case "tcp_sack" -> settings.withWire(wire -> wire.withSelectiveAcknowledgment(on));
      case "tcp_dsack" -> settings.withWire(wire -> wire.withDuplicateSelectiveAcknowledgment(on));
      case "tcp_window_scaling" -> settings.withWire(wire -> wire.withWindowScaling(on));
      case "tcp_ecn" -> ecn(number);
      case "tcp_slow_start_after_idle" -> settings.withCongestion(congestion -> congestion.withSlowStartAfterIdle(on));
      case "tcp_rmem" -> words.length == 3
          ? settings
              .withBuffers(buffers -> buffers.withReceiveBuffer(buffer(number)).withMaxReceiveBuffer(buffer(last)))
          : null;
      case "tcp_wmem" -> words.length == 3
          ? settings.withBuffers(buffers -> buffers.withSendBuffer(buffer(number)).withMaxSendBuffer(buffer(last)))
          : null;
      case "tcp_reordering" -> settings.withRecovery(recovery -> recovery.withDuplicateThreshold(number));
      case "tcp_early_retrans" -> settings.withRecovery(recovery -> recovery.withTailLossProbe(number >= 3));
      case "tcp_recovery" -> settings.withRecovery(recovery -> recovery.withRack((number & 1) != 0));
      case "tcp_frto" -> settings.withRecovery(recovery -> recovery.withForwardRto(on));
      case "tcp_syn_retries" -> settings.withTimers(timers -> timers.withSynRetries(number));
      case "tcp_synack_retries" -> settings.withTimers(timers -> timers.withSynAckRetries(number));
      case "tcp_syncookies" -> cookies(number);
      case "tcp_mtu_probing" -> probing(number);
      case "tcp_invalid_ratelimit" ->
        settings.withSecurity(security -> security.withChallengeAckInterval(Duration.ofMillis(number)));
      case "tcp_fin_timeout" -> settings.withClosing(closing -> closing.withFinWait2(Duration.ofSeconds(number)));
      case "tcp_tw_reuse" -> settings.withClosing(closing -> closing.withTimeWaitReuse(on));
      case "tcp_keepalive_time" ->
        settings.withProbing(probing -> probing.withKeepAliveIdle(Duration.ofSeconds(number)));
      case "tcp_keepalive_intvl" ->
        settings.withProbing(probing -> probing.withKeepAliveInterval(Duration.ofSeconds(number)));
      case "tcp_keepalive_probes" -> settings.withProbing(probing -> probing.withKeepAliveProbes(number));
      default -> null;
    };
  }

  /** Clamps a size that is out of range to the nearest valid one, as the kernel does. */
  private static int buffer(int bytes) {
    return Math.clamp(bytes, BufferSettings.LEAST, BufferSettings.MOST);
  }

  private @Nullable TcpSettings ecn(int value) {
    return switch (value) {
      case 0 -> settings.withWire(wire -> wire.withEcn(Ecn.OFF));
      case 1 -> settings.withWire(wire -> wire.withEcn(Ecn.REQUEST));
      case 2 -> settings.withWire(wire -> wire.withEcn(Ecn.ACCEPT));
      default -> null;
    };
  }

  private @Nullable TcpSettings cookies(int value) {
    return switch (value) {
      case 0 -> settings.withSecurity(security -> security.withSynCookies(SynCookies.NEVER));
      case 1 -> settings.withSecurity(security -> security.withSynCookies(SynCookies.ON_OVERFLOW));
      case 2 -> settings.withSecurity(security -> security.withSynCookies(SynCookies.ALWAYS));
      default -> null;
    };
  }

  private @Nullable TcpSettings probing(int value) {
    return switch (value) {
      case 0 -> settings.withProbing(probing -> probing.withMtuProbing(MtuProbing.OFF));
      case 1 -> settings.withProbing(probing -> probing.withMtuProbing(MtuProbing.ON_BLACK_HOLE));
      case 2 -> settings.withProbing(probing -> probing.withMtuProbing(MtuProbing.ALWAYS));
      default -> null;
    };
  }
}
