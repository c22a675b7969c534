package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.ip.IpHost;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.StageDrop;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.engine.CloseCause;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.engine.TcpInfo;
import io.reactorstack.tcp.engine.TcpState;
import io.reactorstack.tcp.segment.FourTuple;
import io.reactorstack.tcp.segment.TcpSegment;
import io.reactorstack.tcp.segment.TcpSegmentCodec;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * One connection on its event loop, without a face: the reactive {@link TcpConnection} and the Netty channel are two thin
 * faces of it.
 *
 * <p>It drives its {@link io.reactorstack.tcp.engine.TcpEngine}: hands segments in, opens an outlet to the egress, keeps
 * its one timer. A face learns of changes through its {@link Watcher}, which is called from the dirty list of a loop
 * turn, never from inside the arrival of a segment, and then asks the questions. All methods are called on the loop.
 */
public final class TcpSocket {

  private static final Logger LOG = Loggers.getLogger(TcpSocket.class);

  /** How often forward progress is reported at most; a neighbour stays reachable for much longer (RFC 4861 section 10). */
  private static final long PROGRESS_REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A face of the connection. */
  @FunctionalInterface
  public interface Watcher {

    /**
     * Something about the socket may have changed since the last call: it connected, has bytes to read or room to write,
     * had bytes acknowledged, saw the peer's FIN, or closed. At most one call a loop turn.
     */
    void changed(TcpSocket socket);
  }

  private final TcpStage stage;
  private final LoopTurn turn;
  private final TcpEngine engine;
  private final IpHost.Path path;
  private final PathMtuShare pathMtu;
  private final Egress<IpPacket>.Outlet outlet;
  private final Timers.Timer timer;
  private final Endpoint local;
  private final Endpoint remote;
  private final long openedAt;
  private final Arrivals arrivals = new Arrivals();
  private final Notices notices;

  /** Whose queue it is in until it is accepted. */
  private @Nullable TcpListener listener;
  /** Who counts it while data is taken before its handshake has ended. */
  private @Nullable TcpListener fastOpenListener;
  private @Nullable Watcher watcher;
  private boolean dirty;
  private boolean connected;
  private boolean ended;
  private long acknowledgedBefore;
  private long progressReportedAt;
  private @Nullable CloseCause softError;
  /** Why the stack has ended the connection, if it did. */
  private @Nullable CloseCause stopped;
  private IcmpError.@Nullable Kind icmp;
  private @Nullable CloseReport report;

  TcpSocket(TcpStage stage, TcpEngine engine, IpHost.Path path, @Nullable TcpListener listener) {
    this.stage = stage;
    this.path = path;
    this.turn = stage.turn();
    this.engine = engine;
    this.notices = new Notices(turn, engine);
    this.pathMtu = new PathMtuShare(path, engine, turn.now());
    this.listener = listener;
    FourTuple flow = engine.flow();
    local = new Endpoint(flow.localAddress(), flow.localPort());
    remote = new Endpoint(flow.remoteAddress(), flow.remotePort());
    openedAt = turn.now();
    progressReportedAt = openedAt - PROGRESS_REPORT_NANOS;
    outlet = path.egress().open(this::poll);
    timer = turn.timer(this::onTimer);
  }

  /** Takes its place among the stage's connections and sends its first segment. */
  void open() {
    stage.flows().branch(engine.flow()).subscribe(arrivals);
    settle(false);
  }

  /** Replaces the face; an accepted socket has none until its acceptor sets it. The new face is called in the next turn. */
  public void watch(Watcher face) {
    watcher = face;
    markDirty();
  }

  /** This end. */
  public Endpoint local() {
    return local;
  }

  /** The peer's end. */
  public Endpoint remote() {
    return remote;
  }

  /** The state of the connection. */
  public TcpState state() {
    return engine.state();
  }

  /** Whether the handshake has ever completed. */
  public boolean wasConnected() {
    return connected;
  }

  /**
   * Accepts what fits of {@code data}, advancing its reader index; the caller keeps its own reference.
   *
   * @return bytes taken
   */
  public int write(ByteBuf data) {
    int taken = engine.write(data, turn.now());
    if (taken > 0) {
      settle(false);
    }
    return taken;
  }

  /**
   * As {@link #write(ByteBuf)}, and says whether {@code more} will be written soon: what does not fill a segment then waits
   * a short time for it.
   */
  public int write(ByteBuf data, boolean more) {
    int taken = engine.write(data, more, turn.now());
    if (taken > 0) {
      settle(false);
    }
    return taken;
  }

  /** Holds back what does not fill a segment ({@code true}), or sends it and holds nothing back any more. */
  public void cork(boolean on) {
    engine.cork(on, turn.now());
    settle(false);
  }

  /** Free bytes in the send buffer. */
  public int writableBytes() {
    return engine.writableBytes();
  }

  /** Bytes accepted since the beginning. */
  public long writtenBytes() {
    return engine.writtenBytes();
  }

  /** Bytes acknowledged by the peer since the beginning. */
  public long acknowledgedBytes() {
    return engine.acknowledgedBytes();
  }

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
   * Keeps unread data when the peer resets the connection or is given up, as sockets do: it can be read before the end is
   * told. Who asks for this must read it all, or close the socket.
   */
  public void keepUnread() {
    engine.keepUnread();
  }

  /** In-order bytes that can be read. */
  public int readableBytes() {
    return engine.readableBytes();
  }

  /** Whether the peer's FIN arrived and everything before it was read. */
  public boolean isInputFinished() {
    return engine.isInputFinished();
  }

  /** Whether our FIN was acknowledged. */
  public boolean isOutputFinished() { return engine.isOutputFinished(); }

  /** Sends FIN after what is in the send buffer. */
  public void shutdownOutput() {
    engine.shutdownOutput(turn.now());
    settle(true);
  }

  /** Throws away unread and future input. */
  public void shutdownInput() {
    engine.shutdownInput(turn.now());
    settle(true);
  }

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

  /** Ends the connection at once with RST. */
  public void abort() {
    engine.abort(turn.now());
    settle(true);
  }

  /**
   * Changes the memory that unread data may hold, in bytes. A smaller buffer takes effect as data is received: the window
   * already promised stays.
   */
  public void receiveBuffer(int bytes) {
    engine.receiveCapacity(bytes);
    settle(false);
  }

  /** Ends the connection because what it lives on goes away: {@code why}. */
  void stop(CloseCause why) {
    stopped = why;
    abort();
  }

  /** Whether its segments leave through {@code egress}. */
  boolean leavesThrough(Egress<IpPacket> egress) {
    return path.egress() == egress;
  }

  /**
   * How long the connection waits for the peer's FIN once it is closed here, ours is acknowledged and nobody reads any more;
   * zero for not at all. May be set at any time.
   */
  public void finWait2Timeout(Duration timeout) {
    engine.finWait2Timeout(timeout.toNanos(), turn.now());
    settle(false);
  }

  /**
   * How long sent data may stay unacknowledged from now on, zero for ever; what the peer announces no longer changes it (RFC
   * 5482 section 3).
   */
  public void userTimeout(Duration timeout) {
    engine.userTimeout(timeout.toNanos(), turn.now());
    settle(false);
  }

  /** How long sent data may stay unacknowledged; zero for ever. */
  public Duration userTimeout() {
    return Duration.ofNanos(engine.userTimeout());
  }

  /** The user timeout that the peer has announced last, whether it counts here or not; zero for none (RFC 5482). */
  public Duration peerUserTimeout() {
    return Duration.ofNanos(engine.peerUserTimeout());
  }

  /**
   * As {@link #write}, and what is taken is urgent: the peer is told up to where (RFC 9293 section 3.8.5). New applications
   * should not use this: peers and what is between treat it unequally.
   */
  public int writeUrgent(ByteBuf data) {
    int taken = engine.writeUrgent(data, turn.now());
    if (taken > 0) {
      settle(false);
    }
    return taken;
  }

  /**
   * Bytes up to the end of the peer's urgent data that were not yet read; 0 if there is none. The data stays in line. The
   * watcher is called when the end moves.
   */
  public int urgentBytes() {
    return engine.urgentBytes();
  }

  /**
   * Switches the probes of a silent peer on or off, from now on (RFC 9293 section 3.8.4).
   *
   * @param idle silence before the first probe
   * @param interval between the probes
   * @param probes how many stay unanswered before the connection ends; at least 1
   */
  public void keepAlive(boolean on, Duration idle, Duration interval, int probes) {
    engine.keepAlive(on, idle.toNanos(), interval.toNanos(), probes, turn.now());
    settle(false);
  }

  /** Switches Nagle's algorithm off ({@code true}) or on, at any time. */
  public void noDelay(boolean on) {
    engine.noDelay(on, turn.now());
    settle(false);
  }

  /** Acknowledges the next segments at once ({@code true}), or delays acknowledgements from now on. */
  public void quickAck(boolean on) {
    engine.quickAck(on);
    settle(false);
  }

  /**
   * Sets the TOS or traffic class, 0 to 255, and the TTL or hop limit, 1 to 255, of packets sent from now on; the ECN bits are
   * the stack's. Applications should not change the class while data is under way: what is treated unequally may overtake (RFC
   * 9293 section 3.9.2).
   */
  public void packetFields(int trafficClass, int hopLimit) {
    engine.packetFields(trafficClass, hopLimit);
  }

  /** The TOS or traffic class, 0 to 255, of packets sent from now on, without the ECN bits. */
  public int trafficClass() {
    return engine.packetFields().trafficClass() & ~3;
  }

  /** How the connection stands. */
  public TcpInfo info() {
    return engine.info(turn.now());
  }

  /** How the connection ended; {@code null} while it has not. For an orderly close it is there from TIME-WAIT on. */
  public @Nullable CloseReport closeReport() {
    return report;
  }

  /** The SYN that opened this connection came with a Fast Open cookie, or asked for one. */
  void answerFastOpen(TcpListener answering, boolean takesData, byte @Nullable [] cookie) {
    if (takesData) {
      fastOpenListener = answering;
    }
    engine.answerFastOpen(takesData, cookie);
    settle(true);
  }

  /** What happens to the connection without ending it. */
  Flux<TcpNotice> notices() {
    return notices.flux();
  }

  /** Its acceptor has it now. */
  void accepted() {
    listener = null;
  }

  /** An ICMP error quotes a segment of this connection, or what might be one (RFC 9293 section 3.9.2.2). */
  void onIcmpError(IcmpError error) {
    int quotedSeq = error.secondWord();
    if (engine.isInFlight(quotedSeq)) {
      notices.onSoftError(error);
    }
    switch (error.kind()) {
      case PACKET_TOO_BIG -> engine.onPathMtu(error.mtu(), quotedSeq, turn.now());
      // SHLD-26.
      case PROTOCOL_UNREACHABLE, PORT_UNREACHABLE -> onHardError(CloseCause.PORT_UNREACHABLE, quotedSeq);
      // RFC 1122 does not know it; somebody on the path has decided, and trying again does not help.
      case PROHIBITED -> onHardError(CloseCause.HOST_UNREACHABLE, quotedSeq);
      case NETWORK_UNREACHABLE -> onUnreachable(CloseCause.NETWORK_UNREACHABLE, error, quotedSeq);
      case HOST_UNREACHABLE, SOURCE_ROUTE_FAILED, HOP_LIMIT_EXCEEDED, REASSEMBLY_TIME_EXCEEDED, PARAMETER_PROBLEM ->
        onUnreachable(CloseCause.HOST_UNREACHABLE, error, quotedSeq);
    }
    if (report == null && engine.state() == TcpState.CLOSED) {
      icmp = error.kind();
    }
    settle(true);
  }

  /** Somebody has found out that less passes to where this connection ends. */
  void onPathMtuLowered() {
    pathMtu.refresh(turn.now());
    settle(false);
  }

  private void onHardError(CloseCause cause, int quotedSeq) {
    engine.onIcmpError(cause, quotedSeq, turn.now());
  }

  private void onUnreachable(CloseCause cause, IcmpError error, int quotedSeq) {
    if (error.reporter().equals(local.address())) {
      // This host itself cannot reach the next hop: nobody will mend that by routing around it.
      onHardError(cause, quotedSeq);
    } else if (!connected && quotedSeq == engine.sndNxt() - 1) {
      // MUST-56: a soft error ends nothing; SHLD-25: the user learns of it if the handshake fails after all.
      // RFC 5927 4.1: only the SYN is in flight.
      softError = cause;
      icmp = error.kind();
    }
  }

  /** A segment of the connection arrives, which the socket owns from now on. */
  void onSegment(TcpSegment segment) {
    if (listener != null && !connected && listener.isFull() && !segment.has(TcpSegment.RST | TcpSegment.SYN)) {
      // The peer's ACK comes again with its data, or with our next SYN-ACK.
      stage.drops().drop(segment, TcpDrop.ACCEPT_QUEUE_FULL);
      return;
    }
    if (engine.state() == TcpState.TIME_WAIT && reopens(segment)) {
      return;
    }
    engine.onSegment(segment, turn.now());
    settle(true);
    reportProgress();
  }

  /**
   * Makes room for a new incarnation of a connection in TIME-WAIT if {@code segment} is the SYN of one (RFC 9293 section
   * 3.10.7.4 MAY-2, RFC 6191 section 2), and hands it to the listener.
   */
  private boolean reopens(TcpSegment segment) {
    boolean opens = segment.has(TcpSegment.SYN) && !segment.has(TcpSegment.ACK | TcpSegment.RST)
        && engine.givesWayTo(segment) && engine.readableBytes() == 0;
    TcpListener heir = opens ? stage.listeners().find(local.address(), local.port()) : null;
    if (heir == null || !heir.hasRoom()) {
      return false;
    }
    int iss = replace();
    heir.open(segment, iss);
    return true;
  }

  /** Whether only TIME-WAIT is left, and the connection may be opened anew from this side. */
  boolean givesWay() {
    return engine.givesWay(turn.now()) && engine.readableBytes() == 0;
  }

  /** Ends TIME-WAIT; returns where the next incarnation starts: above everything that this one sent (MAY-2). */
  int replace() {
    int iss = SequenceNumber.later(stage.initialSequenceNumber(engine.flow()), engine.sndNxt() + 1);
    abort();
    return iss;
  }

  /** RFC 4861 7.3.1, RFC 1122 2.3.2.1: a peer that acknowledges new data proves that its next hop is alive. */
  private void reportProgress() {
    long acknowledged = engine.acknowledgedBytes();
    long now = turn.now();
    if (acknowledged != acknowledgedBefore && now - progressReportedAt >= PROGRESS_REPORT_NANOS) {
      progressReportedAt = now;
      path.confirmNextHop();
      pathMtu.refresh(now);
    }
    acknowledgedBefore = acknowledged;
  }

  private void onTimer() {
    long now = turn.now();
    if (engine.nextDeadline() > now) {
      rearm();
      return;
    }
    try {
      engine.onTimeout(now);
      settle(true);
    } catch (Throwable e) {
      fault(e);
    }
  }

  /** A defect of ours ends this connection, audibly, and no other. */
  private void fault(Throwable e) {
    LOG.error("connection {} failed", engine.flow(), e);
    stage.drops().count(StageDrop.STAGE_FAULT);
    abort();
  }

  /** Called by the egress when the device has room. */
  private @Nullable IpPacket poll() {
    try {
      return next();
    } catch (Throwable e) {
      fault(e);
      return null;
    }
  }

  private @Nullable IpPacket next() {
    TcpSegment segment = engine.poll(turn.now());
    if (!ended) {
      // Having nothing to send may mean to wait for a time.
      rearm();
    }
    if (segment == null) {
      if (ended) {
        outlet.close();
      } else {
        // What is not sent now may wait for a time of its own.
        rearm();
      }
      return null;
    }
    return TcpSegmentCodec.encode(segment, engine.packetFields());
  }

  /** Asks the engine everything after an input or a command, and acts on the answers. */
  private void settle(boolean tellFace) {
    TcpState state = engine.state();
    boolean news = tellFace;
    TcpListener fast = fastOpenListener;
    if (fast != null && state != TcpState.SYN_RECEIVED) {
      fastOpenListener = null;
      fast.onFastOpenEnded();
    }
    if (!connected && (state.isSynchronized() || engine.isFastOpen())) {
      connected = true;
      learnFastOpen();
      if (listener != null) {
        listener.onEstablished(this);
      }
      path.confirmNextHop();
    }
    CloseCause cause = engine.closeCause();
    if (report == null && cause != null) {
      report = reportOf(cause);
      news = true;
      if (state == TcpState.TIME_WAIT) {
        stage.onTimeWait(this);
      }
    }
    if (notices.look()) {
      // MUST-20.1: advice to IP that the next hop may be dead.
      path.doubtNextHop();
    }
    pathMtu.tell();
    outlet.ready();
    if (state == TcpState.CLOSED) {
      end();
    } else {
      rearm();
    }
    if (news) {
      markDirty();
    }
  }

  private void learnFastOpen() {
    stage.fastOpen().learn(remote.address(), engine.fastOpenResult(), connected, turn.now());
  }

  private CloseReport reportOf(CloseCause cause) {
    if (stopped != null && cause == CloseCause.ABORTED) {
      return reportAs(stopped);
    }
    return reportAs(cause == CloseCause.HANDSHAKE_TIMEOUT ? handshakeTimeout() : cause);
  }

  /** What a handshake that ends for want of an answer is to be blamed on: RFC 1122 4.2.3.9, the soft error reported. */
  CloseCause handshakeTimeout() {
    return softError != null ? softError : CloseCause.HANDSHAKE_TIMEOUT;
  }

  /** How the connection stands, as a report. */
  CloseReport reportAs(CloseCause cause) {
    long now = turn.now();
    return new CloseReport(local, remote, cause, icmp, now, Duration.ofNanos(now - openedAt), engine.history(), info());
  }

  /**
   * The timer is only ever moved forward in time; one that fires too early finds nothing due and is set again. So the
   * usual case, a deadline put off by each segment, costs nothing.
   */
  private void rearm() {
    long next = engine.nextDeadline();
    if (next < timer.deadline()) {
      timer.set(next);
    }
  }

  /** Nothing arrives any more; a last RST may still wait for device credit. */
  private void end() {
    if (ended) {
      return;
    }
    ended = true;
    if (!connected) {
      learnFastOpen();
    }
    timer.cancel();
    notices.end();
    arrivals.stop();
    stage.forget(this);
    if (listener != null) {
      listener.onEnded(this);
    }
  }

  FourTuple flow() {
    return engine.flow();
  }

  /** Lets the face look at the socket in the next turn. */
  void markDirty() {
    if (!dirty && watcher != null) {
      dirty = true;
      turn.dirty(this::tell);
    }
  }

  private void tell() {
    dirty = false;
    if (watcher != null) {
      watcher.changed(this);
    }
  }

  /** The connection's branch of the demultiplexer. */
  private final class Arrivals implements CoreSubscriber<TcpSegment> {

    private @Nullable Subscription branch;

    @Override
    public void onSubscribe(Subscription subscription) {
      branch = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(TcpSegment segment) {
      try {
        onSegment(segment);
      } catch (Throwable e) {
        fault(e);
      }
    }

    @Override
    public void onError(Throwable cause) {
      TcpSocket.this.stop(CloseCause.DEVICE_FAILED);
    }

    @Override
    public void onComplete() {
      TcpSocket.this.stop(CloseCause.STACK_STOPPED);
    }

    void stop() {
      if (branch != null) {
        branch.cancel();
      }
    }
  }
}
