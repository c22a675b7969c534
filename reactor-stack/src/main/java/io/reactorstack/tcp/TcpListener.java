package io.reactorstack.tcp;

import io.reactorstack.device.FrameObserver;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.setting.Checks;
import io.reactorstack.tcp.engine.Quirks;
import io.reactorstack.tcp.model.SecuritySettings;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpSegment;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * A listening socket on its event loop, below the reactive and the channel API: holds embryonic connections in a
 * bounded SYN queue and established ones in a bounded accept queue. All methods are called on the loop.
 *
 * <p>The backlog bounds each of the two queues. When the SYN queue is full, SYNs are answered with cookies, which need
 * no state, if {@link SecuritySettings#synCookies} allows it. Otherwise, and while the accept queue is full, SYNs and
 * the acknowledgements that complete a handshake are dropped without an answer and counted: the peer tries again, and
 * the local SYN-ACK is retransmitted.
 */
public final class TcpListener {

  private static final long NEVER = Long.MIN_VALUE;

  private final TcpStage stage;
  private final Endpoint local;
  private final int backlog;
  private TcpSettings settings;
  private Quirks quirks = Quirks.NONE;
  private final Runnable acceptable;
  private final Set<TcpSocket> embryos = new LinkedHashSet<>();
  private final Deque<TcpSocket> established = new ArrayDeque<>();
  private int fastOpens;
  private int maxFastOpens;
  private @Nullable Disposable tap;
  private boolean told;
  private boolean closed;
  /** The time at which a SYN was last answered with a cookie, in nanoseconds of the loop's clock. */
  private long lastCookieAt = NEVER;

  TcpListener(TcpStage stage, Endpoint local, int backlog, TcpSettings settings, Runnable acceptable) {
    this.stage = stage;
    this.local = local;
    this.backlog = backlog;
    this.settings = settings;
    this.acceptable = acceptable;
    this.maxFastOpens = backlog;
  }

  /**
   * Sets the maximum number of connections whose data in the SYN was accepted and whose handshake is not complete
   * (PendingFastOpenRequests of RFC 7413); the default is the backlog.
   */
  public void maxFastOpens(int connections) {
    maxFastOpens = Checks.range("maxFastOpens", connections, 0, Integer.MAX_VALUE, "connections");
  }

  /**
   * Shows all packets from and to the port to {@code observer} until the listener is closed; replaces a previous
   * observer.
   */
  public void observer(FrameObserver observer) {
    if (tap != null) {
      tap.dispose();
    }
    tap = stage.observe(local, null, observer);
  }

  /** The address and port that it listens on; an unspecified address stands for all addresses of the host. */
  public Endpoint local() {
    return local;
  }

  /** Sets the settings of connections whose SYN has not yet arrived. */
  public void settings(TcpSettings changed) {
    settings = Checks.given("settings", changed);
  }

  Quirks quirks() {
    return quirks;
  }

  /** Sets the quirks, with which test drivers imitate another stack, of connections whose SYN has not yet arrived. */
  void quirks(Quirks wanted) {
    quirks = wanted;
  }

  /**
   * Removes and returns the oldest established connection, or {@code null} if none waits; the caller sets its watcher
   * in the same turn. The connection may have ended already and left data to be read.
   */
  public @Nullable TcpSocket accept() {
    TcpSocket socket = established.pollFirst();
    if (socket != null) {
      OpeningPhase phase = socket.opening();
      if (phase != null) {
        phase.onAccepted();
      }
    }
    return socket;
  }

  /** The number of established connections that wait to be accepted. */
  public int acceptable() {
    return established.size();
  }

  /** The maximum number of connections that may wait to be accepted. */
  public int backlog() {
    return backlog;
  }

  /** Returns whether it still listens; {@code false} after {@link #close} and after the stack has stopped listening. */
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
    if (tap != null) {
      tap.dispose();
    }
    List<TcpSocket> unaccepted = new ArrayList<>(established);
    unaccepted.addAll(embryos);
    unaccepted.forEach(TcpSocket::abort);
    established.clear();
  }

  /** Processes a segment for this port that belongs to no connection: the LISTEN state of RFC 9293 section 3.10.7.2. */
  void onSegment(TcpSegment segment) {
    if (segment.has(TcpSegment.RST)) {
      stage.drops().drop(segment, TcpDrop.NO_CONNECTION);
    } else if (segment.has(TcpSegment.ACK)) {
      onAck(segment);
    } else if (segment.has(TcpSegment.SYN)) {
      onSyn(segment, stage.initialSequenceNumber(segment.flow()));
    } else {
      stage.drops().drop(segment, TcpDrop.NOT_A_SYN);
    }
  }

  /**
   * Processes an ACK without a connection: it may return the cookie with which its SYN was answered (RFC 4987 section
   * 3.6).
   */
  private void onAck(TcpSegment segment) {
    boolean handshake = !segment.has(TcpSegment.SYN) && areCookiesOut();
    // If only the accept queue is full, the connection waits as an embryo: its retransmitted SYN-ACK draws another ACK
    // later.
    if (handshake && isFull() && embryos.size() >= backlog) {
      stage.drops().drop(segment, TcpDrop.ACCEPT_QUEUE_FULL);
      return;
    }
    if (handshake && !stage.hasMemoryFor(TcpSocket.MIN_MEMORY)) {
      stage.drops().drop(segment, TcpDrop.MEMORY_LIMIT);
      return;
    }
    TcpSocket socket;
    try {
      socket = handshake ? stage.openByCookie(this, settings, segment) : null;
    } catch (VirtualMachineError e) {
      // The peer will retransmit its first data, and the cookie will still be valid then.
      stage.drops().drop(segment, TcpDrop.NO_MEMORY);
      return;
    }
    if (socket == null) {
      stage.drops().count(handshake ? TcpDrop.BAD_SYN_COOKIE : TcpDrop.NO_CONNECTION);
      stage.replies().reset(segment, stage.turn().now());
      return;
    }
    embryos.add(socket);
    socket.onArrival(segment);
  }

  private boolean areCookiesOut() {
    return lastCookieAt != NEVER && stage.turn().now() - lastCookieAt <= 2 * SynCookies.EPOCH_NANOS;
  }

  /**
   * Processes a SYN: opens a connection with initial sequence number {@code iss}, answers with a cookie, or drops it.
   */
  private void onSyn(TcpSegment syn, int iss) {
    if (isFull()) {
      stage.drops().drop(syn, TcpDrop.ACCEPT_QUEUE_FULL);
      return;
    }
    boolean overflow = embryos.size() >= backlog;
    switch (settings.security().synCookies()) {
      case ALWAYS -> sendCookie(syn);
      case ON_OVERFLOW -> {
        if (overflow) {
          sendCookie(syn);
        } else {
          open(syn, iss);
        }
      }
      case NEVER -> {
        if (overflow) {
          stage.drops().drop(syn, TcpDrop.SYN_QUEUE_FULL);
        } else {
          open(syn, iss);
        }
      }
    }
  }

  private void sendCookie(TcpSegment syn) {
    lastCookieAt = stage.turn().now();
    stage.sendCookie(settings, syn);
  }

  /** Opens a connection in SYN-RECEIVED with initial sequence number {@code iss}; call only if {@link #hasRoom}. */
  void open(TcpSegment syn, int iss) {
    TcpSocket embryo = stage.openPassively(this, settings, syn, iss);
    if (embryo != null) {
      stage.meters().onConsumedByListener();
      embryos.add(embryo);
      answerFastOpen(embryo, syn.options().fastOpenCookie());
    }
  }

  /** Answers the Fast Open option in the SYN of {@code embryo} (RFC 7413 section 4.2). */
  private void answerFastOpen(TcpSocket embryo, byte @Nullable [] cookie) {
    if (cookie == null || !settings.security().fastOpen()) {
      return;
    }
    byte[] good = stage.fastOpen().of(embryo.remote().address());
    OpeningPhase phase = Objects.requireNonNull(embryo.opening());
    if (!MessageDigest.isEqual(cookie, good)) {
      phase.answerFastOpen(this, false, good);
    } else if (fastOpens < maxFastOpens) {
      // PendingFastOpenRequests: above the limit, the handshake proceeds as an ordinary one.
      fastOpens++;
      phase.answerFastOpen(this, true, null);
    }
  }

  /** Called when the handshake of a connection whose data in the SYN was accepted has ended. */
  void onFastOpenEnded() {
    fastOpens--;
  }

  /** Returns whether both queues have a free place for the connection of a SYN. */
  boolean hasRoom() {
    return !isFull() && embryos.size() < backlog;
  }

  /** Returns whether the accept queue is full. */
  boolean isFull() { return established.size() >= backlog; }

  /** Moves {@code socket}, whose handshake is complete, to the accept queue. */
  void onEstablished(TcpSocket socket) {
    embryos.remove(socket);
    established.addLast(socket);
    tellSoon();
  }

  /** Closes because the stack stops, and notifies the acceptor. */
  void stop() {
    close();
    tellSoon();
  }

  private void tellSoon() {
    if (!told) {
      stage.turn().dirty(this::tell);
      // Set last: if dirty() fails for lack of memory, the next connection must try to schedule the task again.
      told = true;
    }
  }

  private void tell() {
    told = false;
    if (closed || !established.isEmpty()) {
      acceptable.run();
    }
  }

  /**
   * Called when {@code socket} has ended before it was accepted, or when the data that it had left was discarded. As in
   * the Linux kernel, a connection that has left data keeps its place: its acceptor reads the data, and then how the
   * connection ended.
   */
  void onEnded(TcpSocket socket) {
    if (!embryos.remove(socket) && socket.readableBytes() == 0) {
      established.remove(socket);
    }
  }
}
