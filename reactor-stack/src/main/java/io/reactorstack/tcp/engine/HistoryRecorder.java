package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.ConnectionHistory.SegmentSummary;
import io.reactorstack.tcp.model.ConnectionHistory.StateEntry;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Records the states of a connection and its last segments. The segments are in arrays that are overwritten, so
 * recording one allocates nothing.
 */
final class HistoryRecorder {

  private static final int SIZE = ConnectionHistory.SEGMENTS;
  private static final int SENT = 1 << 8;

  private final int iss;
  private int irs;
  private boolean irsKnown;
  private final List<StateEntry> states = new ArrayList<>(4);
  private final long[] at = new long[SIZE];
  /**
   * The sequence number (upper half) and acknowledgement number (lower half) of each segment; {@link #rest} holds its
   * data length, window, direction and flags.
   */
  private final long[] numbers = new long[SIZE];
  private final long[] rest = new long[SIZE];
  private int segments;

  HistoryRecorder(int iss) {
    this.iss = iss;
  }

  void onState(TcpState state, long now) {
    states.add(new StateEntry(state, now));
  }

  void onSent(TcpSegment segment, long now) {
    record(segment, SENT, segment.seq() - iss, segment.ack() - irs, now);
  }

  void onReceived(TcpSegment segment, long now) {
    if (!irsKnown && segment.has(TcpSegment.SYN)) {
      irsKnown = true;
      irs = segment.seq();
    }
    record(segment, 0, segment.seq() - irs, segment.ack() - iss, now);
  }

  private void record(TcpSegment segment, int direction, int seq, int ack, long now) {
    int place = segments++ & SIZE - 1;
    at[place] = now;
    int acked = segment.has(TcpSegment.ACK) ? ack : 0;
    numbers[place] = (long) seq << 32 | acked & 0xffff_ffffL;
    int header = segment.window() << 16 | direction | segment.flags();
    rest[place] = (long) segment.payloadLength() << 32 | header & 0xffff_ffffL;
  }

  ConnectionHistory history() {
    List<SegmentSummary> last = new ArrayList<>(SIZE);
    for (int i = Math.max(0, segments - SIZE); i < segments; i++) {
      int place = i & SIZE - 1;
      int low = (int) rest[place];
      last.add(new SegmentSummary(at[place], (low & SENT) != 0, low & 0xff, (int) (numbers[place] >>> 32),
          (int) numbers[place], low >>> 16, (int) (rest[place] >>> 32)));
    }
    return new ConnectionHistory(List.copyOf(states), List.copyOf(last));
  }
}
