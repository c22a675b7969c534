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
 * The connections that have ended before their last data was read. Such a connection has no ends, no timers and no place among
 * the stage's connections any more: it holds the memory of this data and nothing else, until the data is read, or thrown away
 * because its user aborts or closes the connection, or the stack stops.
 *
 * <p>A peer must not be able to fill the memory with what nobody will ever read. So where no reader has come yet, the data is
 * thrown away after {@link #PATIENCE}, and that of the oldest connections before, when all of them together hold more than {@link
 * #MAX_UNCLAIMED} or the host's memory is short; all of this is counted.
 */
final class Leftovers {

  /** Memory, in bytes, that the data of connections without a reader may hold; less on a host with little memory. */
  static final int MAX_UNCLAIMED = 8 * 1024 * 1024;

  private static final int SHARE = 8;

  /** How long such data waits for a reader. */
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private record Left(int bytes, long since) {}

  private final TcpStage stage;
  private final LoopTurn turn;
  private final long maxUnclaimed;
  private final Timers.Timer timer;
  /** Those without a reader when they were last looked at, the oldest first. */
  private final Map<TcpSocket, Left> unclaimed = new LinkedHashMap<>();
  private final Set<TcpSocket> claimed = new LinkedHashSet<>();
  private long unclaimedBytes;

  /** Those of {@code stage}, on a host that may hold {@code memory} octets. */
  Leftovers(TcpStage stage, long memory) {
    this.stage = stage;
    this.maxUnclaimed = Math.min(MAX_UNCLAIMED, memory / SHARE);
    this.turn = stage.turn();
    this.timer = turn.timer(this::onTimer);
  }

  /** Something has become of {@code ended}: it has ended, or data of it was read or thrown away. */
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

  /** Throws away the data that waits longest for a reader; returns {@code false} if none waits. */
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

  /** Throws away the data of {@code socket}, unless it has found a reader meanwhile. */
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

  /** Number of connections whose data a reader has yet to take. */
  int awaited() {
    List.copyOf(unclaimed.keySet()).stream().filter(TcpSocket::isReading).forEach(this::look);
    return claimed.size();
  }

  /** Throws everything away because the stack stops, and tells the readers. To be called in a turn. */
  void clear() {
    List<TcpSocket> all = new ArrayList<>(claimed);
    all.addAll(unclaimed.keySet());
    for (TcpSocket socket : all) {
      socket.forgetInput(CloseCause.STACK_STOPPED);
      // There may be no other turn.
      socket.tell();
    }
  }
}
