package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.InitialWindow;
import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.CongestionSettings;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.TcpSegment;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection: its present state, the parts that outlive every state, and the transitions between states.
 *
 * <p>The events of RFC 9293 section 3.10 come in through {@link UserCalls}, {@link SegmentArrival}, {@link TimerExpiry} and
 * {@link PathReports}. {@link SegmentDeparture} builds what goes out.
 */
final class Connection {

  private final ConnectionParts parts;
  /** {@code null} as long as probes were never switched on. */
  private @Nullable KeepAlive keepAlive;
  /** Created by the first challenge. */
  private @Nullable ChallengeLimit challenges;
  private final HistoryRecorder recorder;
  /** Created when the connection becomes an orphan, or when its timeout is changed. */
  private @Nullable OrphanTimeouts linger;
  private final Handshake handshake;
  private final SegmentArrival arrival;
  /** Created when the first data is sent, or by the first report. */
  private @Nullable PathReports pathReports;
  private final UserCalls calls;
  private final SegmentDeparture departure;
  private State state;
  private long timeWaitSince;
  private @Nullable Snapshot atTheEnd;
  /** Created when the sender is not idle for the first time. */
  private @Nullable SenderLimits limits;

  /** Creates a connection in SYN-SENT. */
  Connection(Setup setup, long now) {
    this.parts = new ConnectionParts(setup, now);
    this.keepAlive = parts.settings.probing().keepAlive() ? newKeepAlive() : null;
    this.calls = new UserCalls(this);
    this.handshake = new Handshake(parts);
    this.recorder = new HistoryRecorder(setup.iss());
    this.arrival = new SegmentArrival(this);
    this.departure = new SegmentDeparture(
        this, new SegmentBuilder(setup.flow(), setup.memory().allocator(), parts.timestamps, parts.size));
    this.state = new State.SynSent(handshake);
  }

  /** Records an active open. */
  void connect(long now) {
    recorder.onState(TcpState.SYN_SENT, now);
  }

  /** Opens passively: processes the peer's SYN and enters SYN-RECEIVED. Takes ownership of the segment. */
  void listen(TcpSegment syn, long now) {
    try {
      parts.counters.onReceived(syn, now);
      recorder.onReceived(syn, now);
      if (state instanceof State.SynSent s) {
        Receiver receiver = s.handshake().onSyn(syn, now);
        receiver.keepForLater(syn.seq() + 1, syn.payload(), syn.has(TcpSegment.FIN));
        become(new State.SynReceived(s.handshake(), receiver, true), now);
      }
    } finally {
      syn.release();
    }
  }

  /** Sets the answer to the Fast Open option in the SYN of this passive open. */
  void answerFastOpen(boolean takesData, byte @Nullable [] cookie) {
    if (state instanceof State.SynReceived s) {
      handshake.fastOpen().answer(takesData, cookie);
      parts.changes |= TcpEngine.STATE_CHANGED;
      if (takesData) {
        s.receiver().onEstablished();
      }
    }
  }

  /** Notes that the SYN-ACK of this passive open was sent earlier, without any state (a SYN cookie). */
  void answered(long now) {
    handshake.onAnswered(now);
  }

  // ---- parts that outlive every state

  ConnectionParts parts() {
    return parts;
  }

  /** The keep-alive timer; {@code null} as long as probes were never switched on. */
  @Nullable
  KeepAlive keepAlive() {
    return keepAlive;
  }

  private KeepAlive newKeepAlive() {
    return new KeepAlive(parts.deadlines, parts.settings, parts.userTimeout);
  }

  /** Returns the keep-alive timer for a change of its values. */
  KeepAlive changedKeepAlive() {
    KeepAlive known = keepAlive;
    if (known == null) {
      known = newKeepAlive();
      keepAlive = known;
      if (state instanceof State.Transfer) {
        known.start(parts.counters.lastReceivedAt());
      }
    }
    return known;
  }

  OrphanTimeouts linger() {
    OrphanTimeouts known = linger;
    if (known == null) {
      known = new OrphanTimeouts(parts.deadlines, parts.settings);
      linger = known;
    }
    return known;
  }

  /** The limits of the sender so far; {@code null} if it was always idle. */
  @Nullable
  SenderLimits limits() {
    return limits;
  }

  // ---- parts that work on the connection

  Handshake handshake() {
    return handshake;
  }

  UserCalls calls() {
    return calls;
  }

  PathReports pathReports() {
    PathReports known = pathReports;
    if (known == null) {
      known = new PathReports(this);
      pathReports = known;
    }
    return known;
  }

  /** Adopts the path MTU that another part of the host has found. */
  void pathMtu(int mtu, long now) {
    if (mtu != parts.size.pathMtu()) {
      pathReports().pathMtu(mtu, now);
    }
  }

  SegmentDeparture departure() {
    return departure;
  }

  // ---- questions

  /** SND.NXT; 0 in CLOSED. */
  int sndNxt() {
    return switch (state) {
      case State.SynSent s -> s.handshake().iss() + 1;
      case State.SynReceived s -> s.handshake().iss() + 1;
      case State.Transfer s -> s.sender().space().sndNxt();
      case State.TimeWait s -> s.sndNxt();
      case State.Closed s -> 0;
    };
  }

  boolean isInFlight(int seq) {
    return switch (state) {
      case State.SynSent s -> seq == s.handshake().iss();
      case State.SynReceived s -> seq == s.handshake().iss();
      case State.Transfer s -> s.sender().space().isInFlight(seq);
      case State.TimeWait s -> false;
      case State.Closed s -> false;
    };
  }

  /** Returns the numbers of the connection at {@code now}; after its end those of the end, with the present counters. */
  Supplier<TcpInfo> numbers(long now) {
    Snapshot last = atTheEnd;
    return last == null ? snapshot(now) : last.afterTheEnd(this);
  }

  /** Returns the numbers of neither sender nor receiver, on any thread. */
  Supplier<TcpInfo> firstNumbers(long now) {
    return Snapshot.of(this, handshake, null, null, now);
  }

  private Snapshot snapshot(long now) {
    Sender sender = state instanceof State.Transfer s ? s.sender().sender() : null;
    return Snapshot.of(this, handshake, sender, receiver(), now);
  }

  HistoryRecorder recorder() {
    return recorder;
  }

  /** Returns whether our FIN was acknowledged. */
  boolean isOutputFinished() {
    return switch (state) {
      case State.Transfer s -> s.sender().space().isFinAcknowledged();
      case State.TimeWait s -> true;
      case State.Closed s -> s.cause() == CloseCause.FINISHED || s.cause() == CloseCause.HALF_CLOSE_TIMEOUT;
      case State.SynSent s -> false;
      case State.SynReceived s -> false;
    };
  }

  State state() {
    return state;
  }

  @Nullable
  Receiver receiver() {
    return State.receiverOf(state);
  }

  long discardedSegments() {
    return arrival.discarded();
  }

  // ---- inputs

  void onSegment(TcpSegment segment, long now) {
    parts.counters.onReceived(segment, now);
    recorder.onReceived(segment, now);
    try {
      arrival.onSegment(segment, now);
      if (pathReports != null) {
        pathReports.onReceived();
      }
    } finally {
      segment.release();
    }
  }

  void onTimeout(long now) {
    new TimerExpiry(this).onTimeout(now);
    parts.changes |= TcpEngine.TIMEOUTS_CHANGED;
  }

  /** Reports that the outgoing link was down and is up again. */
  void onLinkUp(long now) {
    new TimerExpiry(this).onLinkUp(now);
  }

  // ---- state transitions, called by the parts that process events

  /** Enters ESTABLISHED, or a later state: {@code segment} acknowledges our SYN. */
  State.Transfer establish(Receiver receiver, TcpSegment segment, int window, long now) {
    NegotiatedOptions agreement = handshake.onAcknowledged(segment, receiver, now);
    parts.output.reserve();
    receiver.reserve();
    SendingHalf sender = new SendingHalf(this, agreement, segment, window, now);
    State.Transfer next = new State.Established(sender, receiver);
    if (calls.isInputDiscarded()) {
      receiver.discard();
    }
    receiver.onEstablished();
    if (receiver.isFinReceived()) {
      next = new State.CloseWait(next.sender(), receiver);
    }
    if (parts.output.isShut()) {
      next = State.afterShutdown(next);
    }
    become(next, now);
    if (keepAlive != null) {
      keepAlive.start(now);
    }
    next.sender().onQueued(now);
    return next;
  }

  /** Returns the congestion control of a new sender. */
  ExchangeableControl congestionControl(NegotiatedOptions agreement) {
    int mss = parts.size.effective(agreement.peerMss(), parts.timestamps.optionBytes());
    CongestionSettings settings = parts.settings.congestion();
    // RFC 5681 3.1, RFC 6928 2: if the SYN was lost, the initial window is one segment.
    int initialWindow = handshake.retransmissions() > 0
        ? mss
        : InitialWindow.of(settings.initialWindowSegments(), mss);
    return new ExchangeableControl(calls.congestionControl(),
        new CongestionControl.Start(mss, initialWindow, settings.pacing(), parts.rtt.srtt()));
  }

  void become(State next, long now) {
    if (next.name() == state.name()) {
      return;
    }
    if (next instanceof State.TimeWait || next instanceof State.Closed) {
      leave(now);
    }
    state = next;
    parts.changes |= TcpEngine.STATE_CHANGED;
    recorder.onState(next.name(), now);
    switch (next) {
      case State.TimeWait s -> {
        parts.output.release();
        s.receiver().endReserve();
        parts.deadlines.clearAll();
        timeWaitSince = now;
        restartTimeWait(now);
      }
      case State.Closed s -> {
        parts.output.release();
        if (s.receiver() != null) {
          s.receiver().endReserve();
        }
        parts.deadlines.clearAll();
      }
      case State.SynSent s -> {}
      case State.SynReceived s -> {}
      case State.Transfer s -> onOrphan(now);
    }
  }

  /** Saves the last statistics of the transfer. */
  private void leave(long now) {
    if (keepAlive != null) {
      keepAlive.stop();
    }
    if (atTheEnd == null) {
      atTheEnd = snapshot(now);
    }
  }

  /** Returns whether this is TIME-WAIT and {@code syn} opens a newer connection. */
  boolean givesWayTo(TcpSegment syn) {
    return state instanceof State.TimeWait s
        && TimeWaitReuse.isNewer(syn, s.receiver().rcvNxt(), parts.timestamps, parts.settings);
  }

  /** Returns whether this is TIME-WAIT and we may open the connection again. */
  boolean givesWay(long now) {
    return state instanceof State.TimeWait
        && TimeWaitReuse.isOver(parts.timestamps, timeWaitSince, parts.settings, now);
  }

  /** As {@link TimeWait#of}. */
  @Nullable
  TimeWait retire() {
    if (!(state instanceof State.TimeWait s) || departure.isResetDue() || s.receiver().acks().isDue()
        || s.receiver().readableBytes() > 0) {
      return null;
    }
    parts.deadlines.clear(Kind.DELAYED_ACK);
    TimeWait rest = new TimeWait(parts, s, challenges, timeWaitSince, parts.deadlines.earliest());
    parts.deadlines.clearAll();
    parts.timestamps.rest();
    state = new State.TimeWait(s.sndNxt(), s.receiver(), rest);
    return rest;
  }

  /** Restarts the 2 MSL timer (MUST-13). */
  void restartTimeWait(long now) {
    parts.deadlines.set(Kind.TIME_WAIT, now + parts.settings.closing().timeWait().toNanos());
  }

  /**
   * Starts or restarts the timeout of an orphan, that is, of a connection that its user has closed. Called when it may
   * have become one, and when the peer has acknowledged something new.
   */
  void onOrphan(long now) {
    if (parts.output.isShut() && state instanceof State.Transfer s && isOrphan(s)) {
      linger().onOrphan(s, now);
    }
  }

  /** Returns whether the user has closed the connection, or can only wait for the peer's FIN. */
  private boolean isOrphan(State.Transfer s) {
    return calls.isInputShut() || s instanceof State.FinWait2 && calls.isInputDiscarded();
  }

  /** As {@link #fail}, but sends a RST to the peer where the state requires one. */
  void abort(CloseCause cause, long now) {
    departure.resetPeer();
    fail(cause, now);
  }

  /**
   * Ends the connection abnormally. Data that was received in order can still be read; everything else is released. RFC
   * 9293 sections 3.10.7.4 and 3.10.8 flush all queues. Linux keeps the received data too, because it has been
   * acknowledged to the peer.
   */
  void fail(CloseCause cause, long now) {
    leave(now);
    Receiver receiver = receiver();
    if (receiver != null) {
      receiver.onEnd();
    }
    parts.output.release();
    parts.deadlines.clearAll();
    if (state.name() != TcpState.CLOSED) {
      recorder.onState(TcpState.CLOSED, now);
    }
    state = new State.Closed(cause, receiver);
    parts.changes |= TcpEngine.STATE_CHANGED;
  }

  /** Releases the unread data of a connection that has ended. */
  void forgetInput() {
    if (state instanceof State.Closed s && s.receiver() != null) {
      s.receiver().release();
      state = new State.Closed(s.cause(), null);
    }
  }

  /** Schedules a challenge ACK, unless an acknowledgement is due anyway or the rate limit forbids it. */
  void challenge(Receiver receiver, long now) {
    if (receiver.acks().isDue()) {
      return;
    }
    ChallengeLimit limit = challenges;
    if (limit == null) {
      limit = new ChallengeLimit(parts.settings.security().challengeAckInterval().toNanos());
      challenges = limit;
    }
    if (limit.take(now)) {
      receiver.acks().onDue();
    }
  }

  // ---- output

  @Nullable
  TcpSegment poll(long now) {
    TcpSegment segment = departure.poll(now);
    if (segment != null) {
      parts.counters.onSent(segment, now);
      recorder.onSent(segment, now);
    } else if (state instanceof State.Transfer s) {
      observeLimit(s.sender(), now);
    }
    return segment;
  }

  private void observeLimit(SendingHalf sender, long now) {
    SenderLimits measured = limits;
    if (measured == null) {
      if (sender.space().isSettled()) {
        return;
      }
      measured = new SenderLimits(now);
      limits = measured;
    }
    measured.observe(sender, parts.output, now);
  }
}
