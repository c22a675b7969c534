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
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/**
 * A listening port on its event loop, without a face: embryonic connections in a bounded SYN queue, established ones in a
 * bounded accept queue. All methods are called on the loop.
 *
 * <p>The backlog bounds both queues. SYNs beyond the SYN queue are answered with cookies, of which nothing is kept, where
 * {@link SecuritySettings#synCookies} allows. Otherwise, and while the accept queue is full, SYNs and acknowledgements that would
 * end a handshake are dropped in silence and counted: the peer tries again, and our SYN-ACK is sent again.
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
  /** When a SYN was last answered with a cookie. */
  private long lastCookieAt = NEVER;

  TcpListener(TcpStage stage, Endpoint local, int backlog, TcpSettings settings, Runnable acceptable) {
    this.stage = stage;
    this.local = local;
    this.backlog = backlog;
    this.settings = settings;
    this.acceptable = acceptable;
    this.maxFastOpens = backlog;
  }

  /** At most so many connections whose data was taken before their handshake has ended; at first as many as the backlog. */
  public void maxFastOpens(int connections) {
    maxFastOpens = Checks.range("maxFastOpens", connections, 0, Integer.MAX_VALUE, "connections");
  }

  /** Shows all packets from and to the port to {@code observer}, as long as it listens. */
  public void observer(FrameObserver observer) {
    if (tap != null) {
      tap.dispose();
    }
    tap = stage.observe(local, null, observer);
  }

  /** The address and port that it listens on; the address is unspecified if it takes connections to any of the host's addresses. */
  public Endpoint local() {
    return local;
  }

  /** Connections whose SYN has not yet arrived begin with {@code changed}. */
  public void settings(TcpSettings changed) {
    settings = Checks.given("settings", changed);
  }

  Quirks quirks() {
    return quirks;
  }

  /** For drivers: connections whose SYN has not yet arrived behave like another stack's. */
  void quirks(Quirks wanted) {
    quirks = wanted;
  }

  /**
   * Takes the oldest established connection, or {@code null}; the caller sets its watcher in the same turn. It may have ended
   * already and have left data, which is read first.
   */
  public @Nullable TcpSocket accept() {
    TcpSocket socket = established.pollFirst();
    if (socket != null) {
      socket.opening().onAccepted();
    }
    return socket;
  }

  /** Established connections that wait to be accepted. */
  public int acceptable() {
    return established.size();
  }

  /** Most connections that may wait to be accepted. */
  public int backlog() {
    return backlog;
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
    if (tap != null) {
      tap.dispose();
    }
    List<TcpSocket> unaccepted = new ArrayList<>(established);
    unaccepted.addAll(embryos);
    unaccepted.forEach(TcpSocket::abort);
    established.clear();
  }

  /** A segment for this port and no connection: the state LISTEN of RFC 9293 section 3.10.7.2. */
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

  /** No SYN of this connection is remembered; it may be one that was answered with a cookie (RFC 4987 section 3.6). */
  private void onAck(TcpSegment segment) {
    boolean handshake = !segment.has(TcpSegment.SYN) && areCookiesOut();
    // With place among the embryos it waits there: our SYN-ACK, sent again, asks for the acknowledgement once more.
    if (handshake && isFull() && embryos.size() >= backlog) {
      stage.drops().drop(segment, TcpDrop.ACCEPT_QUEUE_FULL);
      return;
    }
    if (handshake && !stage.hasMemoryFor(TcpSocket.LEAST_MEMORY)) {
      stage.drops().drop(segment, TcpDrop.MEMORY_LIMIT);
      return;
    }
    TcpSocket socket;
    try {
      socket = handshake ? stage.openByCookie(this, settings, segment) : null;
    } catch (VirtualMachineError e) {
      // The peer sends its first data again, and the cookie is still good then.
      stage.drops().drop(segment, TcpDrop.NO_MEMORY);
      return;
    }
    if (socket == null) {
      stage.drops().count(handshake ? TcpDrop.BAD_SYN_COOKIE : TcpDrop.NO_CONNECTION);
      stage.reset(segment);
      return;
    }
    embryos.add(socket);
    socket.arrivals().onNext(segment);
  }

  private boolean areCookiesOut() {
    return lastCookieAt != NEVER && stage.turn().now() - lastCookieAt <= 2 * SynCookies.EPOCH_NANOS;
  }

  /** A SYN that may open a connection starting at {@code iss}. */
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

  /** Opens a connection in SYN-RECEIVED that starts at {@code iss}; only if {@link #hasRoom}. */
  void open(TcpSegment syn, int iss) {
    TcpSocket embryo = stage.openPassively(this, settings, syn, iss);
    if (embryo != null) {
      stage.meters().onConsumedByListener();
      embryos.add(embryo);
      answerFastOpen(embryo, syn.options().fastOpenCookie());
    }
  }

  /** RFC 7413 section 4.2: the SYN of {@code embryo} has come with {@code cookie}. */
  private void answerFastOpen(TcpSocket embryo, byte @Nullable [] cookie) {
    if (cookie == null || !settings.security().fastOpen()) {
      return;
    }
    byte[] good = stage.fastOpen().of(embryo.remote().address());
    if (!MessageDigest.isEqual(cookie, good)) {
      embryo.opening().answerFastOpen(this, false, good);
    } else if (fastOpens < maxFastOpens) {
      // PendingFastOpenRequests: beyond the limit the handshake is an ordinary one.
      fastOpens++;
      embryo.opening().answerFastOpen(this, true, null);
    }
  }

  /** A handshake whose data was taken before its end has ended. */
  void onFastOpenEnded() {
    fastOpens--;
  }

  /** Whether a SYN can be taken up. */
  boolean hasRoom() {
    return !isFull() && embryos.size() < backlog;
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
      stage.turn().dirty(this::tell);
      // Only now: without memory for the task the next connection must make one.
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
   * {@code socket} has ended before it was accepted, or has lost the data that it had left. As in the kernel, one that has left
   * data keeps its place: its acceptor reads the data, and then learns how the connection ended.
   */
  void onEnded(TcpSocket socket) {
    if (!embryos.remove(socket) && socket.readableBytes() == 0) {
      established.remove(socket);
    }
  }
}
