package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;

/** Decides when a connection in TIME-WAIT may be replaced by a new one between the same sockets. */
final class TimeWaitReuse {

  /**
   * The minimum time in TIME-WAIT, in nanoseconds, before this host opens the connection again: our timestamp clock has
   * ticked, and segments that the peer sent earlier have most likely arrived.
   */
  private static final long MIN_AGE = 1_000_000_000L;

  private TimeWaitReuse() {}

  /** Returns whether {@code syn} opens a newer incarnation (RFC 6191 section 2, RFC 9293 section 3.10.7.4 MAY-2). */
  static boolean isNewer(TcpSegment syn, int rcvNxt, Timestamps old, TcpSettings settings) {
    // RCV.NXT is the sequence number after the FIN of the old incarnation.
    boolean later = SequenceNumber.afterOrAt(syn.seq(), rcvNxt);
    TcpOptions options = syn.options();
    if (!settings.closing().timeWaitReuse() || !options.hasTimestamps() || !settings.wire().timestamps()) {
      return later;
    }
    if (!old.isActive()) {
      // Only the new incarnation uses timestamps, which distinguish its segments from old ones.
      return true;
    }
    return SequenceNumber.after(options.tsVal(), old.recent()) || options.tsVal() == old.recent() && later;
  }

  /**
   * Returns whether this host may open the connection again. Whatever state the peer is in, our timestamps show it that
   * the SYN is newer.
   */
  static boolean isOver(Timestamps old, long timeWaitSince, TcpSettings settings, long now) {
    return settings.closing().timeWaitReuse() && old.isActive() && now - timeWaitSince >= MIN_AGE;
  }
}
