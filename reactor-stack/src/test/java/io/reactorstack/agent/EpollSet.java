package io.reactorstack.agent;

import java.util.LinkedHashMap;
import java.util.Map;

/** An epoll instance: sockets with the events of interest, reported level-triggered or edge-triggered. */
final class EpollSet extends BsdSocket {

  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int MODIFY = 3;

  private static final int EDGE_TRIGGERED = 1 << 31;
  private static final int ONE_SHOT = 1 << 30;

  private static final class Interest {
    int events;
    long data;
    /** The events that were ready at the last report; edge-triggered interests report only others. */
    int told;
    boolean spent;

    int ready(BsdSocket socket) {
      return spent ? 0 : socket.events() & (events | ERR | HUP);
    }
  }

  private final Map<BsdSocket, Interest> interests = new LinkedHashMap<>();

  void control(int operation, BsdSocket socket, int events, long data) {
    if (socket == this) {
      throw Errno.EINVAL.failure();
    }
    Interest known = interests.get(socket);
    switch (operation) {
      case ADD -> {
        if (known != null) {
          throw Errno.EEXIST.failure();
        }
        interests.put(socket, interest(events, data));
      }
      case DELETE -> {
        if (interests.remove(socket) == null) {
          throw Errno.ENOENT.failure();
        }
      }
      case MODIFY -> {
        if (known == null) {
          throw Errno.ENOENT.failure();
        }
        interests.put(socket, interest(events, data));
      }
      default -> throw Errno.EINVAL.failure();
    }
  }

  private static Interest interest(int events, long data) {
    Interest interest = new Interest();
    interest.events = events;
    interest.data = data;
    return interest;
  }

  /** Removes a closed socket from the set. */
  void forget(BsdSocket socket) {
    interests.remove(socket);
  }

  @Override
  void observe() {
    interests.forEach((socket, interest) -> interest.told &= interest.ready(socket));
  }

  /** Writes at most {@code max} ready sockets to {@code payload} and returns their number. */
  int collect(int max, Payload payload) {
    int count = 0;
    for (var entry : interests.entrySet()) {
      Interest interest = entry.getValue();
      int ready = interest.ready(entry.getKey());
      boolean news = (interest.events & EDGE_TRIGGERED) == 0 ? ready != 0 : (ready & ~interest.told) != 0;
      if (news && count < max) {
        payload.i32(ready).i64(interest.data);
        interest.told = ready;
        interest.spent = (interest.events & ONE_SHOT) != 0;
        count++;
      }
    }
    return count;
  }

  @Override
  int events() {
    return interests.entrySet().stream().anyMatch(e -> e.getValue().ready(e.getKey()) != 0) ? IN : 0;
  }

  @Override
  Call close() {
    interests.clear();
    return () -> Outcome.OK;
  }
}
