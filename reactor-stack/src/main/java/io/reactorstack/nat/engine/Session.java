package io.reactorstack.nat.engine;

import org.jspecify.annotations.Nullable;

/**
 * The permission for one outside host or endpoint to use a mapping, with its timer; for TCP a connection. It is a node of
 * two lists: that of its mapping and that of its {@link IdleQueue}.
 */
final class Session {

  private final Mapping mapping;
  private final long remote;
  /** Neighbours in the list of the mapping. */
  @Nullable
  Session previous;
  @Nullable
  Session next;
  /** Neighbours in the queue. */
  @Nullable
  Session earlier;
  @Nullable
  Session later;
  private @Nullable IdleQueue queue;
  private long deadline;
  private int progress;

  /** Creates a session for the outside hosts that {@code remote} stands for, see {@link SessionKeys}. */
  Session(Mapping mapping, long remote) {
    this.mapping = mapping;
    this.remote = remote;
  }

  Mapping mapping() {
    return mapping;
  }

  long remote() {
    return remote;
  }

  /** The time at which the session ends. */
  long deadline() {
    return deadline;
  }

  @Nullable
  IdleQueue queue() {
    return queue;
  }

  /** Notes the queue that holds the session, and its place in time. */
  void onQueued(@Nullable IdleQueue in, long until) {
    queue = in;
    deadline = until;
  }

  /** The progress of the TCP connection, see {@link TcpProgress}. */
  int progress() {
    return progress;
  }

  void progress(int reached) {
    progress = reached;
  }
}
