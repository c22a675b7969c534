package io.reactorstack.tcp.engine;

import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;

/** When a connection in TIME-WAIT may give way to a new one between the same ends. */
final class TimeWaitReuse {

  /** By then our timestamp clock has ticked, and what the peer sent before has most likely arrived. */
  private static final long LEAST_AGE = 1_000_000_000L;

  private TimeWaitReuse() {}

  /** Whether {@code syn} opens a newer incarnation (RFC 6191 section 2, RFC 9293 section 3.10.7.4 MAY-2). */
  static boolean isNewer(TcpSegment syn, Receiver receiver, Timestamps old, TcpSettings settings) {
    // The last sequence number of the old incarnation is that of its FIN.
    boolean later = SequenceNumber.afterOrAt(syn.seq(), receiver.rcvNxt());
    TcpOptions options = syn.options();
    if (!settings.closing().timeWaitReuse() || !options.hasTimestamps() || !settings.wire().timestamps()) {
      return later;
    }
    if (!old.isActive()) {
      // The new incarnation is told from old segments by its timestamps.
      return true;
    }
    return SequenceNumber.after(options.tsVal(), old.recent()) || options.tsVal() == old.recent() && later;
  }

  /** Whether we may open the connection anew: the peer, in whatever state, will see by our timestamps that it is newer. */
  static boolean isOver(Timestamps old, long timeWaitSince, TcpSettings settings, long now) {
    return settings.closing().timeWaitReuse() && old.isActive() && now - timeWaitSince >= LEAST_AGE;
  }
}
