package io.reactorstack.tcp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.engine.TcpEngine;
import io.reactorstack.tcp.engine.TimeWait;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * One connection on its event loop. The reactive {@link TcpConnection} and the Netty channel are thin layers over it.
 *
 * <p>It connects a {@link TcpEngine} with its host. Segments and ICMP errors reach the engine through {@link SegmentInput}
 * and {@link IcmpReaction}; {@link EngineDriver} sends its segments and calls its timeouts; {@code settle} runs after
 * every input and command and acts on the engine's new state. The {@link Watcher} is notified of changes from the dirty
 * list of a loop turn, never while a segment is being processed, and then queries the socket. All methods are called on
 * the loop.
 */
public final class TcpSocket extends SocketQuestions {

  private static final Logger LOG = Loggers.getLogger(TcpSocket.class);

  /** The layer that uses the socket: the reactive connection or the channel. */
  @FunctionalInterface
  public interface Watcher {

    /**
     * Called when the socket may have changed since the last call: it connected, has bytes to read or space to write,
     * had bytes acknowledged, received the peer's FIN, or closed. At most one call per loop turn.
     */
    void changed(TcpSocket socket);

    /**
     * Returns whether this watcher will read all input sooner or later; the data that an ended connection has left is
     * then kept without a time limit.
     */
    default boolean isReading() {
      return false;
    }
  }

  /** Octets charged for the objects of a connection, in addition to its data. */
  static final int OWN_MEMORY = 1024;

  /** Octets that must be free for a connection to be opened. */
  static final long MIN_MEMORY = OWN_MEMORY + TcpEngine.RESERVED_MEMORY;

  private final TcpStage stage;
  /** The memory of the connection's objects, and of the data that the watcher could not write yet. */
  private final HostMemory.Holding memory;
  private final Destination destination;
  private final PathFeedback path;
  private final EngineDriver drive;
  private final SegmentInput arrivals = new SegmentInput(this);
  /** {@code null} after the connection was opened and accepted. */
  private @Nullable OpeningPhase opening;
  // Created when they are needed for the first time.
  private @Nullable TcpSocketOptions options;
  private @Nullable CloseReporter reporter;
  private volatile @Nullable Notices notices;
  /** The registered waiter for memory; {@code null} if the socket does not wait. */
  private @Nullable Runnable memoryWaiter;
  private @Nullable Watcher watcher;
  /** The record that has taken the place of this connection in TIME-WAIT; {@code null} if nothing has. */
  private @Nullable TimeWaitRecord rest;
  private boolean dirty;
  private boolean ended;
  /** Octets of data that the watcher wants to send and could not write yet. */
  private long staged;
  private int objects = OWN_MEMORY;

  TcpSocket(TcpStage stage, TcpEngine engine, Destination destination, @Nullable TcpListener listener) {
    super(engine, stage.turn());
    this.stage = stage;
    this.memory = stage.memory().open();
    this.destination = destination;
    this.path = new PathFeedback(destination, engine, turn.now());
    this.opening = new OpeningPhase(stage, this, engine, listener);
    this.drive = new EngineDriver(this, destination);
  }

  /** Sends the first segment of the connection. */
  void open() {
    charge();
    settle(false);
  }

  /** Replaces the watcher and calls it in the next turn; an accepted socket has none until its acceptor sets one. */
  public void watch(Watcher next) {
    watcher = next;
    markDirty();
  }

  // ---- questions

  /** Returns whether the handshake has ever completed, or Fast Open allows use of the connection before that. */
  public boolean wasConnected() {
    return opening == null || opening.isConnected();
  }

  /** The options that can be changed during the life of the connection. */
  public TcpSocketOptions options() {
    TcpSocketOptions known = options;
    if (known == null) {
      known = new TcpSocketOptions(stage, this, engine);
      options = known;
    }
    return known;
  }

  /** Returns the events of the connection that do not end it; may be called and subscribed to on any thread. */
  Flux<TcpNotice> notices() {
    return Flux.defer(() -> observed().flux());
  }

  private synchronized Notices observed() {
    Notices known = notices;
    if (known == null) {
      known = new Notices(this);
      notices = known;
      known.begin();
    }
    return known;
  }

  /** Returns how the connection ended; {@code null} before its end. An orderly close is reported from TIME-WAIT on. */
  public @Nullable CloseReport closeReport() {
    return reporter == null ? null : reporter.report();
  }

  /**
   * Returns how a connection that has ended, ended from its reader's view. If the connection was closed in order but
   * unread input was discarded, the cause is that of the discard.
   */
  CloseReport inputReport() {
    return reporter().inputReport(isInputFinished());
  }

  /** Returns a report of the connection's present state, as if it ended because of {@code cause}. */
  CloseReport reportAs(CloseCause cause) {
    return reporter().reportAs(cause);
  }

  private CloseReporter reporter() {
    CloseReporter known = reporter;
    if (known == null) {
      known = new CloseReporter(this, engine);
      reporter = known;
    }
    return known;
  }

  TcpStage stage() {
    return stage;
  }

  /** Returns whether its segments leave through {@code networkInterface}. */
  boolean leavesThrough(NetworkInterface networkInterface) {
    return destination.networkInterface() == networkInterface;
  }

  /** The opening phase of the connection; {@code null} after it was opened and accepted. */
  @Nullable
  OpeningPhase opening() {
    return opening;
  }

  /** Called when the connection was opened and accepted. */
  void onOpened() {
    opening = null;
  }

  @Override
  void onArrival(TcpSegment segment) {
    arrivals.onNext(segment);
  }

  // ---- writing

  /**
   * Accepts as much of {@code data} as the send buffer has space for, and advances its reader index; the caller keeps
   * its reference.
   *
   * @return the number of bytes accepted
   */
  public int write(ByteBuf data) {
    return written(engine.write(data, turn.now()), data);
  }

  /**
   * Accepts data as {@link #write(ByteBuf)} does. If {@code more} will be written soon, data that does not fill a
   * segment waits a short time for it.
   */
  public int write(ByteBuf data, boolean more) {
    return written(engine.write(data, more, turn.now()), data);
  }

  /**
   * Accepts data as {@link #write} does, and marks it as urgent: the peer receives the position of its end (RFC 9293
   * section 3.8.5). New applications should not use this, since peers and middleboxes treat urgent data differently.
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

  /** Returns the free bytes in the send buffer; if there are none, the watcher is called when that has changed. */
  public int writableBytes() {
    waitIfShortOfMemory();
    return engine.writableBytes();
  }

  private void waitIfShortOfMemory() {
    if (memoryWaiter == null && engine.isShortOfMemory()) {
      Runnable waiter = this::onMemory;
      memoryWaiter = waiter;
      stage.memory().await(waiter);
    }
  }

  private void onMemory() {
    memoryWaiter = null;
    markDirty();
  }

  /** Sets the octets of memory that the watcher holds because it could not write them. */
  public void stage(long octets) {
    if (!ended && staged != octets) {
      staged = octets;
      charge();
    }
  }

  private void charge() {
    memory.set(objects + staged);
  }

  /** Sends a FIN after the data in the send buffer. */
  public void shutdownOutput() {
    engine.shutdownOutput(turn.now());
    settle(true);
  }

  // ---- reading

  /**
   * Returns at most {@code maxBytes} in-order bytes, owned by the caller, or {@code null}; opens the window by them.
   */
  public @Nullable ByteBuf read(int maxBytes) {
    ByteBuf data = engine.read(maxBytes, turn.now());
    if (data != null) {
      settle(false);
    }
    return data;
  }

  /** Discards unread and future input, which is still acknowledged, so that the peer does not notice. */
  void discardInput() {
    engine.discardInput(turn.now());
    settle(true);
  }

  /**
   * Discards unread and future input. Data that arrives when the output is shut down too is answered with RST (RFC 9293
   * section 3.6.1).
   */
  public void shutdownInput() {
    engine.shutdownInput(turn.now());
    settle(true);
  }

  // ---- ending

  /**
   * Closes the socket and removes its watcher. With unread input the connection ends with RST (RFC 9293 section
   * 3.10.4); otherwise the data in the send buffer is delivered, a FIN follows, and the socket exists without a watcher
   * until it is closed.
   */
  public void close() {
    watcher = null;
    finish();
  }

  /** Closes as {@link #close} does, but keeps the watcher, which is notified of the end. */
  void finish() {
    // RFC 9293 3.10.4: in SYN-SENT the connection is deleted. RFC 1122 4.2.2.13: an RST reports that data was lost.
    if (engine.state() == TcpState.SYN_SENT || engine.readableBytes() > 0) {
      abort();
      return;
    }
    long now = turn.now();
    engine.shutdownInput(now);
    engine.shutdownOutput(now);
    settle(true);
  }

  /** Ends the connection immediately with RST; discards unread input, even if the connection has already ended. */
  public void abort() {
    engine.abort(turn.now());
    settle(true);
  }

  /** As {@link #abort}, but not on the user's behalf: received data can still be read. */
  @Override
  void cutOff() {
    engine.cutOff(turn.now());
    settle(true);
  }

  /** Called when the link by which its segments leave is up again. */
  void onLinkUp() {
    engine.onLinkUp(turn.now());
    settle(false);
  }

  /**
   * Called when interfaces, addresses or routes have changed. If the route to the peer has changed, the connection uses
   * the new one and immediately retries a segment that was sent without success.
   */
  void onRoutesChanged() {
    drive.follow();
    if (path.followRoute(turn.now())) {
      onLinkUp();
    }
  }

  /** Ends the connection because of {@code why}: its stack, device or address is going away. */
  void stop(CloseCause why) {
    reporter().onStop(why);
    cutOff();
  }

  /** Ends this connection, and no other, because of an internal error, which is logged and counted. */
  void fault(Throwable e) {
    LOG.error("connection {} failed", engine.flow(), e);
    stage.drops().fault(e);
    cutOff();
  }

  @Override
  int replace() {
    int iss = SequenceNumber.later(stage.initialSequenceNumber(engine.flow()), engine.sndNxt() + 1);
    cutOff();
    return iss;
  }

  // ---- inputs

  /** Processes a received segment of the connection, and takes ownership of it. */
  void onSegment(TcpSegment segment) {
    long now = turn.now();
    stage.meters().onConsumedByConnection();
    long discarded = engine.discardedSegments();
    engine.onSegment(segment, now);
    stage.meters().onDiscarded(engine.discardedSegments() - discarded);
    settle(true);
    path.onSegment(now);
  }

  @Override
  void onIcmpError(IcmpError error) {
    Notices observed = notices;
    if (observed != null && engine.isInFlight(error.quote().secondWord())) {
      observed.onSoftError(error);
    }
    reporter().icmp().onError(error, wasConnected(), turn.now());
    settle(true);
  }

  /** Called when this host itself could not send a segment of this connection. */
  void onRejected(Rejection rejection) {
    if (state() == TcpState.CLOSED) {
      return;
    }
    switch (rejection.why()) {
      case NO_ROUTE -> onUnsendable(CloseCause.NETWORK_UNREACHABLE, rejection);
      case NEXT_HOP_UNREACHABLE -> onUnsendable(CloseCause.HOST_UNREACHABLE, rejection);
      // The lost segment is left to the retransmission timer.
      case TOO_BIG -> path.refreshMtu(turn.now());
      // The local address was removed from the host, which also ends the connection in a moment.
      case INVALID -> {}
    }
    settle(true);
  }

  private void onUnsendable(CloseCause cause, Rejection rejection) {
    var unsent = new DeliveryFailure.Unsent(rejection, engine.flow().localAddress());
    Notices observed = notices;
    if (observed != null) {
      observed.onSoftError(unsent);
    }
    reporter().icmp().onRejected(cause, unsent, turn.now());
  }

  /** Called when another connection, a socket or an ICMP error has lowered the path MTU to the peer. */
  void onPathMtuLowered() {
    path.refreshMtu(turn.now());
    settle(false);
  }

  // ---- after every input and command

  /** Acts on the engine's changes after an input or a command; notifies the watcher if {@code notifyWatcher}. */
  void settle(boolean notifyWatcher) {
    int changes = engine.takeChanges();
    boolean news = notifyWatcher;
    if (changes != 0) {
      news |= onChanges(changes);
    }
    path.tellMtu();
    drive.look();
    if (ended || engine.state() == TcpState.CLOSED) {
      end();
    }
    if (news) {
      markDirty();
    }
    if (stage.memory().isReliefDue()) {
      // Nothing else may schedule a turn, for example when the last data of an ended connection has been read.
      turn.schedule();
    }
  }

  /** Acts on {@code changes}; returns whether the connection has ended. */
  private boolean onChanges(int changes) {
    boolean end = (changes & TcpEngine.STATE_CHANGED) != 0 && onState();
    Notices observed = notices;
    if ((changes & TcpEngine.TIMEOUTS_CHANGED) != 0 && path.onTimeouts(engine.consecutiveTimeouts())
        && observed != null) {
      observed.onExcessiveRetransmission(engine.consecutiveTimeouts());
    }
    if ((changes & TcpEngine.URGENT_CHANGED) != 0 && observed != null) {
      observed.onUrgentData();
    }
    return end;
  }

  private boolean onState() {
    if (opening != null && opening.look()) {
      path.onConnected();
    }
    CloseReport report = engine.closeCause() == null ? null : reporter().look();
    if (report == null) {
      return false;
    }
    stage.onReport(report);
    if (engine.state() == TcpState.TIME_WAIT) {
      objects = TimeWaits.MEMORY;
      charge();
      stage.onTimeWait(this);
    }
    return true;
  }

  /**
   * Called when nothing is left to send. In TIME-WAIT a small record then takes the place of this connection, unless
   * somebody may still want something of it.
   */
  void onIdle() {
    boolean observed = notices != null || options != null && options.isObserved();
    TimeWait left = ended || rest != null || opening != null || observed ? null : TimeWait.of(engine);
    if (left == null) {
      return;
    }
    rest = stage.retire(this, left);
    objects = 0;
    staged = 0;
    memory.close();
    drive.retire();
  }

  /** Returns whether a record has taken the place of this connection, to which nothing happens any more. */
  boolean isRetired() {
    return rest != null;
  }

  /** Called when the last segment has left, or can never leave: detaches the packet observer. */
  void onSilent() {
    if (options != null) {
      options.observer(null);
    }
  }

  private void end() {
    if (ended) {
      stage.leftovers().look(this);
      return;
    }
    ended = true;
    memory.close();
    if (memoryWaiter != null) {
      stage.memory().forget(memoryWaiter);
    }
    drive.end();
    Notices observed = notices;
    if (observed != null) {
      observed.end();
    }
    if (rest == null) {
      stage.forget(this);
    } else {
      rest.cutOff();
    }
    if (opening != null) {
      opening.onEnd();
    }
    stage.leftovers().look(this);
  }

  /** Returns whether the watcher reads the input, or will. */
  boolean isReading() {
    return watcher != null && watcher.isReading();
  }

  /** Discards the unread input of this ended connection, because of {@code why}. */
  void forgetInput(CloseCause why) {
    reporter().onStop(why);
    abort();
    if (opening != null) {
      opening.onLeftoversGone();
    }
  }

  /** Schedules a call of the watcher for the next turn. */
  void markDirty() {
    if (!dirty && watcher != null) {
      turn.dirty(arrivals);
      // Set last: if dirty() fails for lack of memory, the next change must try to schedule the task again.
      dirty = true;
    }
  }

  /** Calls the watcher; must not be called while a segment is being processed. */
  void tell() {
    dirty = false;
    if (watcher != null) {
      try {
        watcher.changed(this);
      } catch (Throwable e) {
        // The watcher may have stopped halfway, and nothing would resume it, so the connection ends.
        fault(e);
      }
    }
  }
}
