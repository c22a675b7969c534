package io.reactorstack.tcp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.tcp.model.CloseCause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The connections of a stage that have ended before all their input was read. Such a connection has released its ports
 * and timers and is no longer among the stage's connections. It only holds the memory of the unread data, until the
 * data is read, the user aborts or closes the connection, or the stack stops.
 *
 * <p>A peer must not be able to fill the memory with data that the application never reads. So the data of a connection
 * without a reader is discarded after {@link #PATIENCE}, or earlier, beginning with the oldest connection, when all of
 * them together hold more than {@link #MAX_UNCLAIMED} or the host's memory is short. Each discard is counted.
 */
final class UnreadConnections {

  /** Memory, in bytes, that the data of connections without a reader may hold; less on a host with little memory. */
  static final int MAX_UNCLAIMED = 8 * 1024 * 1024;

  /** The divisor of the host's memory limit that gives the limit on a host with little memory. */
  private static final int SHARE = 8;

  /** The time for which such data waits for a reader. */
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private record Left(int bytes, long since) {}

  private final TcpStage stage;
  private final LoopTurn turn;
  private final long maxUnclaimed;
  private final Timers.Timer timer;
  /** The connections that had no reader at their last check, the oldest first. */
  private final Map<TcpSocket, Left> unclaimed = new LinkedHashMap<>();
  private final Set<TcpSocket> claimed = new LinkedHashSet<>();
  private long unclaimedBytes;

  /** Creates the leftovers of {@code stage}, on a host with a memory limit of {@code memory} octets. */
  UnreadConnections(TcpStage stage, long memory) {
    this.stage = stage;
    this.maxUnclaimed = Math.min(MAX_UNCLAIMED, memory / SHARE);
    this.turn = stage.turn();
    this.timer = turn.timer(this::onTimer);
  }

  /** Called when {@code ended} has ended, and each time that unread data of it was read or discarded. */
  void look(TcpSocket ended) {
    remove(ended);
    int bytes = ended.readableBytes() == 0 ? 0 : ended.receiveMemory();
    if (bytes > 0 && ended.isReading()) {
      claimed.add(ended);
    } else if (bytes > 0) {
      unclaimed.put(ended, new Left(bytes, turn.now()));
      unclaimedBytes += bytes;
    }
    while (unclaimedBytes > maxUnclaimed) {
      giveUpOldest();
    }
    arm();
  }

  /** Discards the data that has waited longest for a reader; returns {@code false} if no data waits. */
  boolean giveUpOldest() {
    if (unclaimed.isEmpty()) {
      return false;
    }
    giveUp(oldest().getKey());
    return true;
  }

  private Map.Entry<TcpSocket, Left> oldest() {
    return unclaimed.entrySet().iterator().next();
  }

  private void remove(TcpSocket socket) {
    claimed.remove(socket);
    Left left = unclaimed.remove(socket);
    if (left != null) {
      unclaimedBytes -= left.bytes();
    }
  }

  /** Discards the data of {@code socket}, unless it has got a reader meanwhile. */
  private void giveUp(TcpSocket socket) {
    remove(socket);
    if (socket.isReading()) {
      claimed.add(socket);
    } else {
      stage.drops().count(TcpDrop.UNREAD_LEFTOVERS);
      socket.forgetInput(CloseCause.ABORTED);
    }
  }

  private void arm() {
    timer.set(unclaimed.isEmpty() ? Timers.NEVER : oldest().getValue().since() + PATIENCE.toNanos());
  }

  private void onTimer() {
    long limit = turn.now() - PATIENCE.toNanos();
    while (!unclaimed.isEmpty() && oldest().getValue().since() <= limit) {
      giveUp(oldest().getKey());
    }
    arm();
  }

  boolean isEmpty() { return claimed.isEmpty() && unclaimed.isEmpty(); }

  /** The number of ended connections that have a reader with data left to read. */
  int awaited() {
    List.copyOf(unclaimed.keySet()).stream().filter(TcpSocket::isReading).forEach(this::look);
    return claimed.size();
  }

  /** Discards all data because the stack stops, and notifies the readers. Must be called in a turn. */
  void clear() {
    List<TcpSocket> all = new ArrayList<>(claimed);
    all.addAll(unclaimed.keySet());
    for (TcpSocket socket : all) {
      socket.forgetInput(CloseCause.STACK_STOPPED);
      // Notify the reader directly: the loop may run no further turn.
      socket.tell();
    }
  }
}
