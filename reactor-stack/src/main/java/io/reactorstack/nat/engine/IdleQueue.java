package io.reactorstack.nat.engine;

import org.jspecify.annotations.Nullable;

/**
 * The sessions with one timeout, in the order of their deadlines: a session that is used moves to the end. Each operation
 * takes constant time.
 */
final class IdleQueue {

  /** The deadline of an empty queue. */
  static final long NEVER = Long.MAX_VALUE;

  private final long timeout;
  private @Nullable Session head;
  private @Nullable Session tail;

  /** Creates an empty queue for sessions that end after {@code timeout} nanoseconds without use. */
  IdleQueue(long timeout) {
    this.timeout = timeout;
  }

  /** Moves {@code session} from its queue to the end of this one. */
  void restart(Session session, long now) {
    stop(session);
    Session last = tail;
    session.earlier = last;
    if (last == null) {
      head = session;
    } else {
      last.later = session;
    }
    tail = session;
    session.onQueued(this, now + timeout);
  }

  /** Removes {@code session} from its queue, if it is in one. */
  static void stop(Session session) {
    IdleQueue queue = session.queue();
    if (queue == null) {
      return;
    }
    Session before = session.earlier;
    Session after = session.later;
    if (before == null) {
      queue.head = after;
    } else {
      before.later = after;
    }
    if (after == null) {
      queue.tail = before;
    } else {
      after.earlier = before;
    }
    session.earlier = null;
    session.later = null;
    session.onQueued(null, NEVER);
  }

  /** Returns the session with the earliest deadline if that is reached at {@code now}, else {@code null}. */
  @Nullable
  Session expired(long now) {
    return head != null && head.deadline() <= now ? head : null;
  }

  long nextDeadline() {
    return head == null ? NEVER : head.deadline();
  }
}
