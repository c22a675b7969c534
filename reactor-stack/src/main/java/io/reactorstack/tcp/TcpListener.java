package io.reactorstack.tcp;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.tcp.engine.TcpSettings;
import io.reactorstack.tcp.segment.TcpSegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A listening port on its event loop, without a face: embryonic connections in a bounded SYN queue, established ones in a
 * bounded accept queue. All methods are called on the loop.
 *
 * <p>The backlog bounds both queues. While a queue is full, SYNs, and acknowledgements that would end a handshake, are
 * dropped in silence and counted: the peer tries again.
 */
public final class TcpListener {

  private final TcpStage stage;
  private final Endpoint local;
  private final int backlog;
  private final TcpSettings settings;
  private final Runnable acceptable;
  private final Set<TcpSocket> embryos = new LinkedHashSet<>();
  private final Deque<TcpSocket> established = new ArrayDeque<>();
  private boolean told;
  private boolean closed;

  TcpListener(TcpStage stage, Endpoint local, int backlog, TcpSettings settings, Runnable acceptable) {
    this.stage = stage;
    this.local = local;
    this.backlog = backlog;
    this.settings = settings;
    this.acceptable = acceptable;
  }

  /** What it listens on; the address is unspecified if it takes connections to any of the host's addresses. */
  public Endpoint local() {
    return local;
  }

  /** Takes the oldest established connection, or {@code null}; the caller sets its watcher in the same turn. */
  public @Nullable TcpSocket accept() {
    TcpSocket socket = established.pollFirst();
    if (socket != null) {
      socket.accepted();
    }
    return socket;
  }

  /** Established connections that wait to be accepted. */
  public int acceptable() {
    return established.size();
  }

  /** Whether it still listens; {@code false} after {@link #close} and after the end of the stack. */
  public boolean isOpen() {
    return !closed;
  }

  /** Stops listening and aborts every connection that was not accepted. */
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    stage.listeners().remove(this);
    List<TcpSocket> unaccepted = new ArrayList<>(established);
    unaccepted.addAll(embryos);
    unaccepted.forEach(TcpSocket::abort);
  }

  /** A segment for this port and no connection: the state LISTEN of RFC 9293 section 3.10.7.2. */
  void onSegment(TcpSegment segment) {
    if (segment.has(TcpSegment.RST)) {
      stage.drops().drop(segment, TcpDrop.NO_CONNECTION);
    } else if (segment.has(TcpSegment.ACK)) {
      stage.reset(segment);
    } else if (segment.has(TcpSegment.SYN)) {
      onSyn(segment, stage.initialSequenceNumber(segment.flow()));
    } else {
      stage.drops().drop(segment, TcpDrop.NOT_A_SYN);
    }
  }

  /** A SYN that may open a connection starting at {@code iss}. */
  void onSyn(TcpSegment syn, int iss) {
    if (isFull()) {
      stage.drops().drop(syn, TcpDrop.ACCEPT_QUEUE_FULL);
    } else if (embryos.size() >= backlog) {
      stage.drops().drop(syn, TcpDrop.SYN_QUEUE_FULL);
    } else {
      TcpSocket embryo = stage.openPassively(this, settings, syn, iss);
      if (embryo != null) {
        embryos.add(embryo);
      }
    }
  }

  /** Whether no more established connections can wait. */
  boolean isFull() { return established.size() >= backlog; }

  /** The handshake of {@code socket} has ended well. */
  void onEstablished(TcpSocket socket) {
    embryos.remove(socket);
    established.addLast(socket);
    tellSoon();
  }

  /** Closes because the host goes away, and lets the acceptor see it. */
  void stop() {
    close();
    tellSoon();
  }

  private void tellSoon() {
    if (!told) {
      told = true;
      stage.turn().dirty(this::tell);
    }
  }

  private void tell() {
    told = false;
    if (closed || !established.isEmpty()) {
      acceptable.run();
    }
  }

  /** {@code socket} has ended before it was accepted. */
  void onEnded(TcpSocket socket) {
    if (!embryos.remove(socket)) {
      established.remove(socket);
    }
  }
}
