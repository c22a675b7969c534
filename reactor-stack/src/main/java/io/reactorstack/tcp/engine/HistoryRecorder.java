package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.ConnectionHistory.SegmentSummary;
import io.reactorstack.tcp.model.ConnectionHistory.StateEntry;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * Records the states of a connection and its last segments. The segments are in an array that grows to
 * {@link ConnectionHistory#SEGMENTS} records and is then overwritten, so recording one allocates nothing.
 */
final class HistoryRecorder implements Supplier<ConnectionHistory> {

  private static final int SIZE = ConnectionHistory.SEGMENTS;
  private static final int FIRST_SIZE = 3;
  private static final int FIRST_STATES = 2;
  private static final int SENT = 1 << 8;

  /** The array entries of one record: its time; its sequence and acknowledgement numbers; the rest. */
  private static final int ENTRIES = 3;

  private static final TcpState[] STATES = TcpState.values();
  private static final int STATE_BITS = 4;

  private final int iss;
  private int irs;
  private boolean irsKnown;
  /** The states in the order in which they were entered, each with {@link #STATE_BITS} bits, the first one lowest. */
  private long states;
  /** The time at which each state was entered. */
  private long[] entered = new long[FIRST_STATES];
  private int stateCount;
  /**
   * The records of segments: its time; its sequence number (upper half) and acknowledgement number (lower half); its data
   * length, window, direction and flags.
   */
  private long[] records = new long[FIRST_SIZE * ENTRIES];
  private int segments;

  HistoryRecorder(int iss) {
    this.iss = iss;
  }

  private HistoryRecorder(HistoryRecorder other) {
    iss = other.iss;
    states = other.states;
    entered = Arrays.copyOf(other.entered, other.stateCount);
    stateCount = other.stateCount;
    segments = other.segments;
    records = Arrays.copyOf(other.records, Math.min(segments, SIZE) * ENTRIES);
  }

  /** Returns a copy of the present history, which takes less memory than {@link #get} builds from it. */
  Supplier<ConnectionHistory> copy() {
    return new HistoryRecorder(this);
  }

  /** The time at which the first state was entered. */
  long openedAt() {
    return entered[0];
  }

  void onState(TcpState state, long now) {
    if (stateCount == entered.length) {
      entered = Arrays.copyOf(entered, 2 * stateCount);
    }
    entered[stateCount] = now;
    states |= (long) state.ordinal() << STATE_BITS * stateCount++;
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
    int place = (segments++ & SIZE - 1) * ENTRIES;
    // The first array suffices for a connection at rest: it has only exchanged the three segments of the handshake.
    if (place == records.length) {
      records = Arrays.copyOf(records, Math.min(2 * place, SIZE * ENTRIES));
    }
    records[place] = now;
    int acked = segment.has(TcpSegment.ACK) ? ack : 0;
    records[place + 1] = (long) seq << 32 | acked & 0xffff_ffffL;
    int header = segment.window() << 16 | direction | segment.flags();
    records[place + 2] = (long) segment.payloadLength() << 32 | header & 0xffff_ffffL;
  }

  /** Builds the history as of now. */
  @Override
  public ConnectionHistory get() {
    List<StateEntry> path = new ArrayList<>(stateCount);
    for (int i = 0; i < stateCount; i++) {
      int ordinal = (int) (states >>> STATE_BITS * i) & (1 << STATE_BITS) - 1;
      path.add(new StateEntry(STATES[ordinal], entered[i]));
    }
    List<SegmentSummary> last = new ArrayList<>(SIZE);
    for (int i = Math.max(0, segments - SIZE); i < segments; i++) {
      int place = (i & SIZE - 1) * ENTRIES;
      long numbers = records[place + 1];
      long rest = records[place + 2];
      int low = (int) rest;
      last.add(new SegmentSummary(records[place], (low & SENT) != 0, low & 0xff, (int) (numbers >>> 32), (int) numbers,
          low >>> 16, (int) (rest >>> 32)));
    }
    return new ConnectionHistory(List.copyOf(path), List.copyOf(last));
  }
}
