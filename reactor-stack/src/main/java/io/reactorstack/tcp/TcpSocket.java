package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * One connection on its event loop, without a face: the reactive {@link TcpConnection} and the Netty channel are two thin
 * faces of it.
 *
 * <p>It stands between its {@link TcpEngine} and its host. What arrives reaches the engine through {@link Arrivals} and {@link
 * IcmpReaction}, {@link EngineDrive} keeps it going, and after every input and command its answers are acted upon. A face
 * learns of changes through its {@link Watcher}, which is called from the dirty list of a loop turn, never from inside the
 * arrival of a segment, and then asks the questions. All methods are called on the loop.
 */
public final class TcpSocket {

  private static final Logger LOG = Loggers.getLogger(TcpSocket.class);

  /** A face of the connection. */
  @FunctionalInterface
  public interface Watcher {

    /**
     * Something about the socket may have changed since the last call: it connected, has bytes to read or room to write,
     * had bytes acknowledged, saw the peer's FIN, or closed. At most one call a loop turn.
     */
    void changed(TcpSocket socket);

    /**
     * Whether this face reads all that comes, sooner or later: then what an ended connection has left for it is kept for as
     * long as that takes.
     */
    default boolean isReading() {
      return false;
    }
  }

  /** Octets charged for a connection beside its data, for the objects that it consists of. */
  static final long OWN_MEMORY = 1024;

  /** Octets charged for a connection in TIME-WAIT. */
  static final long TIME_WAIT_MEMORY = 512;

  /** Octets without which no connection is opened. */
  static final long LEAST_MEMORY = OWN_MEMORY + TcpEngine.RESERVED_MEMORY;

  private final TcpStage stage;
  private final HostMemory.Holding own;
  /** Data that the face has been given to send and could not yet write. */
  private final HostMemory.Holding staged;
  private final Runnable onMemory = this::onMemory;
  private final LoopTurn turn;
  private final TcpEngine engine;
  private final Destination destination;
  private final PathMtuShare pathMtu;
  private final EngineDrive drive;
  private final Endpoint local;
  private final Endpoint remote;
  private final NextHopAdvice nextHop;
  private final TcpSocketOptions options;
  private final Opening opening;
  private final Arrivals arrivals;
  private final IcmpReaction icmp;
  private final CloseReporter reporter;
  private final Notices notices;
  private @Nullable Watcher watcher;
  private boolean dirty;
  private boolean ended;
  private boolean waitsForMemory;
  private int moves;

  TcpSocket(TcpStage stage, TcpEngine engine, Destination destination, @Nullable TcpListener listener) {
    this.stage = stage;
    this.own = stage.memory().open();
    this.staged = stage.memory().open();
    this.destination = destination;
    this.moves = destination.moves();
    this.turn = stage.turn();
    this.engine = engine;
    this.notices = new Notices(turn, engine);
    this.pathMtu = new PathMtuShare(destination, engine, turn.now());
    FourTuple flow = engine.flow();
    local = new Endpoint(flow.localAddress(), flow.localPort());
    remote = new Endpoint(flow.remoteAddress(), flow.remotePort());
    nextHop = new NextHopAdvice(destination, turn.now());
    options = new TcpSocketOptions(stage, this, engine);
    opening = new Opening(stage, this, engine, listener);
    arrivals = new Arrivals(stage, this, engine, opening);
    icmp = new IcmpReaction(engine);
    reporter = new CloseReporter(engine, local, remote, icmp, turn);
    drive = new EngineDrive(this, engine, turn, destination, stage.meters());
  }

  /** Takes its place among the stage's connections and sends its first segment. */
  void open() {
    own.set(OWN_MEMORY);
    stage.flows().branch(engine.flow()).subscribe(arrivals);
    settle(false);
  }

  /** Replaces the face; an accepted socket has none until its acceptor sets it. The new face is called in the next turn. */
  public void watch(Watcher face) {
    watcher = face;
    markDirty();
  }

  // ---- questions

  /** This end. */
  public Endpoint local() {
    return local;
  }

  /** The peer's end. */
  public Endpoint remote() {
    return remote;
  }

  FourTuple flow() {
    return engine.flow();
  }

  /** The state of the connection. */
  public TcpState state() {
    return engine.state();
  }

  /** Whether the handshake has ever completed. */
  public boolean wasConnected() {
    return opening.isConnected();
  }

  /**
   * Whether what is written now, in the turn that has begun the connection, goes out with the SYN: Fast Open was asked for and
   * the server has given us a cookie (RFC 7413 section 4.2.1). It may then reach the server's application twice.
   */
  public boolean isDataInSynAllowed() {
    return engine.isDataInSynAllowed();
  }

  /** How the connection stands. */
  public TcpInfo info() {
    return engine.info(turn.now());
  }

  /** When the connection's next timer is due, on the loop's clock; {@link Timers#NEVER} if none is set. */
  public long nextDeadline() {
    return engine.nextDeadline();
  }

  /** The options that can be changed while it lasts. */
  public TcpSocketOptions options() {
    return options;
  }

  /** Events of the connection that do not end it. */
  Flux<TcpNotice> notices() {
    return notices.flux();
  }

  /** How the connection ended; {@code null} while it has not. For an orderly close it is there from TIME-WAIT on. */
  public @Nullable CloseReport closeReport() {
    return reporter.report();
  }

  /**
   * How an ended connection ended for a reader that was not given all that had been received: if the connection itself was
   * closed in order, this is why the rest was thrown away.
   */
  CloseReport inputReport() {
    return reporter.inputReport(isInputFinished());
  }

  /** How the connection stands, as the report of an end by {@code cause}. */
  CloseReport reportAs(CloseCause cause) {
    return reporter.reportAs(cause);
  }

  /** Whether its segments leave through {@code networkInterface}. */
  boolean leavesThrough(NetworkInterface networkInterface) {
    return destination.networkInterface() == networkInterface;
  }

  /** How it comes about. */
  Opening opening() {
    return opening;
  }

  /** The way of its segments to it. */
  Arrivals arrivals() {
    return arrivals;
  }

  // ---- writing

  /**
   * Accepts what fits of {@code data}, advancing its reader index; the caller keeps its own reference.
   *
   * @return bytes taken
   */
  public int write(ByteBuf data) {
    return written(engine.write(data, turn.now()), data);
  }

  /**
   * As {@link #write(ByteBuf)}, and says whether {@code more} will be written soon: what does not fill a segment then waits
   * a short time for it.
   */
  public int write(ByteBuf data, boolean more) {
    return written(engine.write(data, more, turn.now()), data);
  }

  /**
   * As {@link #write}, and what is taken is urgent: the peer is told up to where (RFC 9293 section 3.8.5). New applications
   * should not use this: peers and what is between treat it unequally.
   */
  public int writeUrgent(ByteBuf data) {
    return written(engine.writeUrgent(data, turn.now()), data);
  }

  private int written(int taken, ByteBuf data) {
    if (taken > 0) {
      settle(false);
    }
    if (data.isReadable()) {
      waitIfShortOfMemory();
    }
    return taken;
  }

  /** Free bytes in the send buffer; if there are none, the watcher is called when that has changed. */
  public int writableBytes() {
    waitIfShortOfMemory();
    return engine.writableBytes();
  }

  /** Whether nothing can be written only because the host has no memory for it. */
  public boolean isShortOfMemory() {
    return engine.isShortOfMemory();
  }

  private void waitIfShortOfMemory() {
    if (!waitsForMemory && engine.isShortOfMemory()) {
      waitsForMemory = true;
      stage.memory().await(onMemory);
    }
  }

  private void onMemory() {
    waitsForMemory = false;
    markDirty();
  }

  /** The face holds so many octets that it could not write. */
  public void stage(long octets) {
    if (!ended && staged.octets() != octets) {
      staged.set(octets);
    }
  }

  /** Bytes accepted since the beginning. */
  public long writtenBytes() {
    return engine.writtenBytes();
  }

  /** Bytes acknowledged by the peer since the beginning. */
  public long acknowledgedBytes() {
    return engine.acknowledgedBytes();
  }

  /** Whether our FIN was acknowledged. */
  public boolean isOutputFinished() { return engine.isOutputFinished(); }

  /** Sends FIN after what is in the send buffer. */
  public void shutdownOutput() {
    engine.shutdownOutput(turn.now());
    settle(true);
  }

  // ---- reading

  /** Takes at most {@code maxBytes} in-order bytes, owned by the caller, or {@code null}; opens the window by as much. */
  public @Nullable ByteBuf read(int maxBytes) {
    ByteBuf data = engine.read(maxBytes, turn.now());
    if (data != null) {
      settle(false);
    }
    return data;
  }

  /**
   * Copies the next in-order bytes to the end of {@code target}, at most {@code maxBytes}, and leaves them to be read.
   *
   * @return the number of bytes copied
   */
  public int peek(ByteBuf target, int maxBytes) {
    return engine.peek(target, maxBytes);
  }

  /**
   * In-order bytes that can be read, also after the end of the connection, whatever ended it, unless {@link #abort}, {@link
   * #close} or the end of the stack has thrown them away.
   */
  public int readableBytes() {
    return engine.readableBytes();
  }

  /**
   * Bytes up to the end of the peer's urgent data that were not yet read; 0 if there is none. The data stays in line. The
   * watcher is called when the end moves.
   */
  public int urgentBytes() {
    return engine.urgentBytes();
  }

  /** Whether the peer's FIN arrived and everything before it was read. */
  public boolean isInputFinished() {
    return engine.isInputFinished();
  }

  /** Throws away unread and future input; the peer does not learn of it. */
  void discardInput() {
    engine.discardInput(turn.now());
    settle(true);
  }

  /**
   * Throws away unread and future input. Data that comes when the output is shut down too is answered with RST (RFC 9293
   * section 3.6.1).
   */
  public void shutdownInput() {
    engine.shutdownInput(turn.now());
    settle(true);
  }

  // ---- ending

  /**
   * Gives the socket up: no face will read any more. With unread input it ends with RST (RFC 9293 section 3.10.4), otherwise
   * what is in the send buffer is delivered, FIN follows, and the socket lives on without a face until it is closed.
   */
  public void close() {
    watcher = null;
    finish();
  }

  /** As {@link #close}, for a face that wants to see the end. */
  void finish() {
    // RFC 9293 3.10.4: in SYN-SENT the connection is deleted. RFC 1122 4.2.2.13: data nobody will read is told by RST.
    if (engine.state() == TcpState.SYN_SENT || engine.readableBytes() > 0) {
      abort();
      return;
    }
    long now = turn.now();
    engine.shutdownInput(now);
    engine.shutdownOutput(now);
    settle(true);
  }

  /** Ends the connection at once with RST; unread input is thrown away, also if the connection has ended before. */
  public void abort() {
    engine.abort(turn.now());
    settle(true);
  }

  /** Ends the connection at once with RST, not by the user's wish: what was received in order can still be read. */
  void cutOff() {
    engine.cutOff(turn.now());
    settle(true);
  }

  /** The link that its segments leave by is up again. */
  void onLinkUp() {
    engine.onLinkUp(turn.now());
    settle(false);
  }

  /**
   * Interfaces, addresses or routes have changed. If the way to the peer is another one now, the connection goes on over it: what
   * was sent in vain is tried at once.
   */
  void onWaysChanged() {
    drive.follow();
    int now = destination.moves();
    if (moves != now) {
      moves = now;
      pathMtu.refresh(turn.now());
      onLinkUp();
    }
  }

  /** When data came or went last; {@link Timers#NEVER} while it is being opened or closed or has data to deliver. */
  long lastActivity() {
    boolean settled = switch (engine.state()) {
      case ESTABLISHED, CLOSE_WAIT, FIN_WAIT_2 -> engine.acknowledgedBytes() == engine.writtenBytes();
      case SYN_SENT, SYN_RECEIVED, FIN_WAIT_1, CLOSING, LAST_ACK -> false;
      case TIME_WAIT, CLOSED -> true;
    };
    TcpInfo.Timing timing = info().timing();
    long since = Math.min(timing.lastsnd().toNanos(), timing.lastrcv().toNanos());
    return settled ? turn.now() - since : Timers.NEVER;
  }

  /** Ends the connection because what it lives on goes away: {@code why}. */
  void stop(CloseCause why) {
    reporter.onStop(why);
    cutOff();
  }

  /** A defect of ours ends this connection, audibly, and no other. */
  void fault(Throwable e) {
    LOG.error("connection {} failed", engine.flow(), e);
    stage.drops().fault(e);
    cutOff();
  }

  /** Whether only TIME-WAIT is left, and the connection may be opened anew from this side. */
  boolean givesWay() {
    return engine.givesWay(turn.now());
  }

  /** Ends TIME-WAIT; returns where the next incarnation starts: above everything that this one sent (MAY-2). */
  int replace() {
    int iss = SequenceNumber.later(stage.initialSequenceNumber(engine.flow()), engine.sndNxt() + 1);
    cutOff();
    return iss;
  }

  // ---- inputs

  /** A segment of the connection arrives, which the socket owns from now on. */
  void onSegment(TcpSegment segment) {
    long now = turn.now();
    long discarded = engine.discardedSegments();
    engine.onSegment(segment, now);
    stage.meters().onDiscarded(engine.discardedSegments() - discarded);
    settle(true);
    if (nextHop.onSegment(engine.acknowledgedBytes(), now)) {
      pathMtu.refresh(now);
    }
  }

  /** An ICMP error quotes a segment of this connection, or what might be one (RFC 9293 section 3.9.2.2). */
  void onIcmpError(IcmpError error) {
    if (engine.isInFlight(error.secondWord())) {
      notices.onSoftError(error.kind(), error.reporter());
    }
    icmp.onError(error, opening.isConnected(), turn.now());
    settle(true);
  }

  /** This host itself could not send a segment of this connection. */
  void onRejected(Rejection rejection) {
    if (state() == TcpState.CLOSED) {
      return;
    }
    switch (rejection.why()) {
      case NO_ROUTE -> onUnsendable(CloseCause.NETWORK_UNREACHABLE, IcmpError.Kind.NETWORK_UNREACHABLE);
      case NEXT_HOP_UNREACHABLE -> onUnsendable(CloseCause.HOST_UNREACHABLE, IcmpError.Kind.HOST_UNREACHABLE);
      // The retransmission timer sees to what was lost.
      case TOO_BIG -> pathMtu.refresh(turn.now());
      case INVALID -> {
        // The address that the segment was to be sent from is gone, and with it the connection in a moment.
      }
    }
    settle(true);
  }

  private void onUnsendable(CloseCause cause, IcmpError.Kind obstacle) {
    notices.onSoftError(obstacle, local.address());
    icmp.onRejected(cause, obstacle, turn.now());
  }

  /** Another connection, a socket or a report has lowered the path MTU to the peer. */
  void onPathMtuLowered() {
    pathMtu.refresh(turn.now());
    settle(false);
  }

  // ---- what follows from every input and command

  /** Asks the engine everything after an input or a command, and acts on the answers. */
  void settle(boolean tellFace) {
    TcpState state = engine.state();
    boolean news = tellFace;
    if (opening.look()) {
      nextHop.onConnected();
    }
    CloseReport report = reporter.look();
    if (report != null) {
      news = true;
      stage.onReport(report);
      if (state == TcpState.TIME_WAIT) {
        own.set(TIME_WAIT_MEMORY);
        stage.onTimeWait(this);
      }
    }
    if (notices.look()) {
      nextHop.onExcessiveRetransmission();
    }
    pathMtu.tell();
    drive.look();
    if (state == TcpState.CLOSED) {
      end();
    }
    if (news) {
      markDirty();
    }
    if (stage.memory().isReliefDue()) {
      // Also if nothing else asks for a turn, as when the last of an ended connection's data is read.
      turn.schedule();
    }
  }

  /** The last segment has left, or never will. */
  void onSilent() {
    options.observer(null);
  }

  private void end() {
    if (ended) {
      stage.leftovers().look(this);
      return;
    }
    ended = true;
    own.close();
    staged.close();
    stage.memory().forget(onMemory);
    drive.end();
    notices.end();
    arrivals.stop();
    stage.forget(this);
    opening.onEnd();
    stage.leftovers().look(this);
  }

  /** Whether a face reads, or will. */
  boolean isReading() {
    return watcher != null && watcher.isReading();
  }

  /** Memory that unread input holds, in bytes. */
  int receiveMemory() {
    return engine.receiveMemory();
  }

  /** Throws away what this ended connection has left to be read, because of {@code why}. */
  void forgetInput(CloseCause why) {
    reporter.onStop(why);
    abort();
    opening.onLeftoversGone();
  }

  /** Lets the face look at the socket in the next turn. */
  void markDirty() {
    if (!dirty && watcher != null) {
      turn.dirty(this::tell);
      // Only now: without memory for the task the next change must make one.
      dirty = true;
    }
  }

  /** Calls the face; not to be called while a segment arrives. */
  void tell() {
    dirty = false;
    if (watcher != null) {
      try {
        watcher.changed(this);
      } catch (Throwable e) {
        // Nobody else would wake a connection that was left in the middle of something.
        fault(e);
      }
    }
  }
}
