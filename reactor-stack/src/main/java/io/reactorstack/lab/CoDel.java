package io.reactorstack.lab;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The CoDel queue discipline: drops frames when the waiting time has stayed above a target for an interval (RFC 8289
 * section 5).
 */
final class CoDel implements QueueEffect.Discipline {

  /** RFC 8289 5.3: nothing is dropped while at most this many bytes wait. */
  private static final int MAX_PACKET = 1514;

  /** RFC 8289 5.5: the number of intervals within which a new dropping phase resumes the previous drop rate. */
  private static final int MEMORY = 16;

  private final long target;
  private final long interval;
  /**
   * The time at which waiting times will have exceeded the target for a whole interval; 0 while they do not exceed it.
   */
  private long firstAbove;
  private long dropNext;
  private int count;
  private int lastCount;
  private boolean dropping;
  private boolean mayDrop;

  CoDel(Duration target, Duration interval) {
    this.target = target.toNanos();
    this.interval = interval.toNanos();
  }

  @Override
  public QueueEffect.@Nullable Waiting next(QueueEffect.Queue queue, long now) {
    QueueEffect.Waiting next = take(queue, now);
    if (dropping) {
      next = whileDropping(next, queue, now);
    } else if (mayDrop && next != null) {
      queue.drop(next);
      next = take(queue, now);
      dropping = true;
      int dropped = count - lastCount;
      count = dropped > 1 && now - dropNext < MEMORY * interval ? dropped : 1;
      lastCount = count;
      dropNext = controlLaw(now);
    }
    return next;
  }

  private QueueEffect.@Nullable Waiting whileDropping(QueueEffect.@Nullable Waiting first, QueueEffect.Queue queue,
      long now) {
    QueueEffect.Waiting next = first;
    dropping = mayDrop;
    while (dropping && next != null && now >= dropNext) {
      queue.drop(next);
      count++;
      next = take(queue, now);
      if (mayDrop) {
        dropNext = controlLaw(dropNext);
      } else {
        dropping = false;
      }
    }
    return next;
  }

  private QueueEffect.@Nullable Waiting take(QueueEffect.Queue queue, long now) {
    QueueEffect.Waiting next = queue.poll();
    mayDrop = false;
    if (next == null || now - next.since() < target || queue.bytes() <= MAX_PACKET) {
      firstAbove = 0;
    } else if (firstAbove == 0) {
      firstAbove = now + interval;
    } else {
      mayDrop = now >= firstAbove;
    }
    return next;
  }

  // RFC 8289 3.2: the drop rate grows with the square root of the number of drops.
  private long controlLaw(long from) {
    return from + Math.round(interval / Math.sqrt(count));
  }
}
