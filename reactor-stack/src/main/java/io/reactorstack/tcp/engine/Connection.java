package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.InitialWindow;
import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.CongestionSettings;
import io.reactorstack.tcp.model.ConnectionHistory;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * One connection: its present state, what outlives every state, and the moves from state to state.
 *
 * <p>What moves it comes in by {@link UserCalls}, {@link Arrival}, {@link Expiry} and {@link PathReports}: the events of RFC
 * 9293 section 3.10; what goes out comes from {@link Departure}.
 */
final class Connection {

  private final Parts parts;
  private final Deadlines deadlines;
  private final SendBuffer output;
  private final KeepAlive keepAlive;
  private final ChallengeLimit challenges;
  private final Limits limits = new Limits();
  private final Recorder recorder;
  private final Linger linger;
  private final Handshake handshake;
  private final Arrival arrival;
  private final Expiry expiry = new Expiry(this);
  private final PathReports pathReports;
  private final UserCalls calls;
  private final Departure departure;
  private State state;
  private long timeWaitSince;
  private @Nullable TcpInfo atTheEnd;

  /** A connection in SYN-SENT. */
  Connection(Setup setup, long now) {
    this.parts = new Parts(setup, now);
    this.deadlines = parts.deadlines;
    this.output = parts.output;
    this.keepAlive = new KeepAlive(deadlines, parts.settings, parts.userTimeout);
    this.challenges = new ChallengeLimit(parts.settings.security().challengeAckInterval().toNanos());
    this.calls = new UserCalls(this);
    this.handshake = new Handshake(parts);
    this.recorder = new Recorder(setup.iss());
    this.linger = new Linger(deadlines, parts.settings);
    this.arrival = new Arrival(this);
    this.pathReports = new PathReports(this);
    this.departure = new Departure(
        this, new SegmentBuilder(setup.flow(), setup.memory().allocator(), parts.timestamps));
    this.state = new State.SynSent(handshake);
  }

  /** Opens actively. */
  void connect(long now) {
    recorder.onState(TcpState.SYN_SENT, now);
  }

  /** Answers {@code syn} instead of sending one: SYN-RECEIVED. Takes ownership of the segment. */
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

  /** The SYN of this passive open carried a Fast Open cookie, or asked for one. */
  void answerFastOpen(boolean takesData, byte @Nullable [] cookie) {
    if (state instanceof State.SynReceived s) {
      handshake.fastOpen().answer(takesData, cookie);
      if (takesData) {
        s.receiver().onEstablished();
      }
    }
  }

  /** The SYN-ACK of this passive open was sent, and forgotten. */
  void answered(long now) {
    handshake.onAnswered(now);
  }

  // ---- what outlives every state

  Parts parts() {
    return parts;
  }

  KeepAlive keepAlive() {
    return keepAlive;
  }

  Linger linger() {
    return linger;
  }

  Limits limits() {
    return limits;
  }

  // ---- who works on it

  Handshake handshake() {
    return handshake;
  }

  UserCalls calls() {
    return calls;
  }

  PathReports pathReports() {
    return pathReports;
  }

  Departure departure() {
    return departure;
  }

  // ---- questions

  /** SND.NXT; 0 when there is no connection. */
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

  TcpInfo info(long now) {
    return switch (state) {
      case State.SynSent s -> Snapshot.of(this, handshake, null, null, now);
      case State.SynReceived s -> Snapshot.of(this, handshake, null, s.receiver(), now);
      case State.Transfer s -> Snapshot.of(this, handshake, s.sender(), s.receiver(), now);
      case State.TimeWait s -> Snapshot.atTheEnd(this, atTheEnd);
      case State.Closed s -> Snapshot.atTheEnd(this, atTheEnd);
    };
  }

  ConnectionHistory history() {
    return recorder.history();
  }

  /** Whether our FIN was acknowledged. */
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
      pathReports.onReceived();
    } finally {
      segment.release();
    }
  }

  void onTimeout(long now) {
    expiry.onTimeout(now);
  }

  /** The link that the segments leave by was down and is up again. */
  void onLinkUp(long now) {
    expiry.onLinkUp(now);
  }

  // ---- moves, called by those who find out that one is due

  /** Our SYN was acknowledged by {@code segment}. */
  State.Transfer establish(Receiver receiver, TcpSegment segment, int window, long now) {
    Agreement agreement = handshake.onAcknowledged(segment, receiver, now);
    output.reserve();
    receiver.reserve();
    Sender sender = new Sender(parts, agreement, congestionControl(agreement), segment, window, now);
    State.Transfer next = new State.Established(sender, receiver);
    if (calls.isInputDiscarded()) {
      receiver.discard();
    }
    receiver.onEstablished();
    if (receiver.isFinReceived()) {
      next = new State.CloseWait(next.sender(), receiver);
    }
    if (output.isShut()) {
      next = State.afterShutdown(next);
    }
    become(next, now);
    keepAlive.start(now);
    next.sender().onQueued(now);
    return next;
  }

  private ExchangeableControl congestionControl(Agreement agreement) {
    int mss = parts.size.effective(agreement.peerMss(), parts.timestamps.optionBytes());
    CongestionSettings settings = parts.settings.congestion();
    // RFC 5681 3.1, RFC 6928 2: after a lost SYN the initial window is one segment.
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
    recorder.onState(next.name(), now);
    switch (next) {
      case State.TimeWait s -> {
        output.release();
        s.receiver().endReserve();
        deadlines.clearAll();
        timeWaitSince = now;
        restartTimeWait(now);
      }
      case State.Closed s -> {
        output.release();
        if (s.receiver() != null) {
          s.receiver().endReserve();
        }
        deadlines.clearAll();
      }
      case State.SynSent s -> {}
      case State.SynReceived s -> {}
      case State.Transfer s -> onOrphan(now);
    }
  }

  /** What was known of the transfer stays known. */
  private void leave(long now) {
    keepAlive.stop();
    atTheEnd = info(now);
  }

  /** Whether this is TIME-WAIT and {@code syn} opens a newer connection. */
  boolean givesWayTo(TcpSegment syn) {
    return state instanceof State.TimeWait s
        && TimeWaitReuse.isNewer(syn, s.receiver(), parts.timestamps, parts.settings);
  }

  /** Whether this is TIME-WAIT and we may open the connection anew. */
  boolean givesWay(long now) {
    return state instanceof State.TimeWait
        && TimeWaitReuse.isOver(parts.timestamps, timeWaitSince, parts.settings, now);
  }

  /** MUST-13. */
  void restartTimeWait(long now) {
    deadlines.set(Kind.TIME_WAIT, now + parts.settings.closing().timeWait().toNanos());
  }

  /** Sees to it that what nobody waits for any more ends; the peer has perhaps just acknowledged something new. */
  void onOrphan(long now) {
    if (output.isShut() && state instanceof State.Transfer s && isOrphan(s)) {
      linger.onOrphan(s, now);
    }
  }

  /** One that its user has closed, or has nothing more to do with than to wait for the peer's FIN. */
  private boolean isOrphan(State.Transfer s) {
    return calls.isInputShut() || s instanceof State.FinWait2 && calls.isInputDiscarded();
  }

  /** As {@link #fail}, and the peer learns of it where the state calls for that. */
  void abort(CloseCause cause, long now) {
    departure.resetPeer();
    fail(cause, now);
  }

  /**
   * The connection ends in disorder. What was received in order was acknowledged, and can still be read; everything else that
   * is held is released. RFC 9293 sections 3.10.7.4 and 3.10.8 flush all queues: Linux keeps this one too, since the peer was
   * told that its data had arrived.
   */
  void fail(CloseCause cause, long now) {
    leave(now);
    Receiver receiver = receiver();
    if (receiver != null) {
      receiver.onEnd();
    }
    output.release();
    deadlines.clearAll();
    if (state.name() != TcpState.CLOSED) {
      recorder.onState(TcpState.CLOSED, now);
    }
    state = new State.Closed(cause, receiver);
  }

  /** Nobody will read what a connection that has ended has left. */
  void forgetInput() {
    if (state instanceof State.Closed s && s.receiver() != null) {
      s.receiver().release();
      state = new State.Closed(s.cause(), null);
    }
  }

  /** Owes the peer an acknowledgement that a segment without use has drawn, within the limit. */
  void challenge(Receiver receiver, long now) {
    if (!receiver.acks().isDue() && challenges.take(now)) {
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
      limits.observe(s.sender(), output, now);
    }
    return segment;
  }
}
