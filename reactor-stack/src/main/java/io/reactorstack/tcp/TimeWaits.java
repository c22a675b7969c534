package io.reactorstack.tcp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.TimerGroup;
import io.reactorstack.packet.HostMemory;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The connections of a stage in TIME-WAIT, the oldest first: their number is limited, and each is charged to the memory of
 * the host.
 */
final class TimeWaits {

  /** The maximum number of connections in TIME-WAIT, enough for a thousand closes per second; some megabytes. */
  static final int MOST = 65_536;

  /** Octets charged for a connection in TIME-WAIT. */
  static final int MEMORY = 512;

  private final HostMemory.Holding memory;
  private final TimerGroup timers;
  private final Set<FlowEntry> entries = new LinkedHashSet<>();
  private int records;
  private int most = MOST;

  TimeWaits(HostMemory host, LoopTurn turn) {
    memory = host.open();
    timers = new TimerGroup(turn);
  }

  /** The timers of the records: there may be very many, and each is set once. */
  TimerGroup timers() {
    return timers;
  }

  /** Adds a connection that has entered TIME-WAIT; returns whether there are too many now. */
  boolean add(TcpSocket socket) {
    entries.add(socket);
    return entries.size() > most;
  }

  /** Replaces a connection by its record. */
  void retire(TcpSocket socket, TimeWaitRecord rest) {
    entries.remove(socket);
    entries.add(rest);
    records++;
    charge();
  }

  /** Removes an entry, if it is one of these. */
  void remove(FlowEntry entry) {
    if (entries.remove(entry) && entry instanceof TimeWaitRecord) {
      records--;
      charge();
    }
  }

  // Connections that are not retired are charged as all others, by their sockets.
  private void charge() {
    memory.set((long) records * MEMORY);
  }

  /** The connection that has been in TIME-WAIT longest. Call only if there is one. */
  FlowEntry oldest() {
    return entries.iterator().next();
  }

  boolean contains(FlowEntry entry) {
    return entries.contains(entry);
  }

  /** The records of connections, without those that still hold data. */
  List<TimeWaitRecord> records() {
    return entries.stream().filter(TimeWaitRecord.class::isInstance).map(TimeWaitRecord.class::cast).toList();
  }

  int size() {
    return entries.size();
  }

  /** Changes the maximum number. */
  void most(int connections) {
    most = connections;
  }
}
