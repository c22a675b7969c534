package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.segment.FourTuple;
import io.reactorstack.tcp.segment.ResetSegments;
import io.reactorstack.tcp.segment.TcpOptions;
import io.reactorstack.tcp.segment.TcpSegment;
import org.jspecify.annotations.Nullable;

/** One connection: its present state, what outlives every state, and the moves from state to state. */
final class Connection {

  private final TcpSettings settings;
  private final FourTuple flow;
  private final ByteBufAllocator allocator;
  private final Deadlines deadlines = new Deadlines();
  private final KeepAlive keepAlive;
  private final Timestamps timestamps;
  private final SegmentSize size;
  private final TooBigReports tooBig = new TooBigReports();
  private final SegmentBuilder builder;
  private final SendBuffer output;
  private final SendPolicy policy;
  private final ChallengeLimit challenges;
  private final Counters counters;
  private final Limits limits = new Limits();
  private final Recorder recorder;
  private final Linger linger;
  private final UserTimeout userTimeout;
  private final Handshake handshake;
  private final Arrival arrival = new Arrival(this);
  private State state;
  /** SND.UNA after the latest segment. */
  private int acknowledged;
  private int receiveCapacity;
  private long timeWaitSince;
  private boolean receiveCapacityFixed;
  private boolean inputShut;
  private boolean keepsUnread;
  private ResetSegments.@Nullable Fields pendingReset;
  private @Nullable CloseCause softError;
  private @Nullable TcpInfo atTheEnd;

  /** A connection in SYN-SENT. */
  Connection(
      TcpSettings settings,
      FourTuple flow,
      int iss,
      int timestampOffset,
      int mtu,
      ByteBufAllocator allocator,
      long now) {
    this.settings = settings;
    this.flow = flow;
    this.allocator = allocator;
    this.timestamps = new Timestamps(timestampOffset);
    this.size = new SegmentSize(flow.localAddress().isV4(), mtu, settings);
    this.builder = new SegmentBuilder(flow, allocator, timestamps);
    this.output = new SendBuffer(allocator, settings.sendBuffer(), settings.maxSendBuffer());
    this.userTimeout = new UserTimeout(settings);
    this.keepAlive = new KeepAlive(deadlines, settings, userTimeout);
    this.policy = new SendPolicy(settings.noDelay());
    this.challenges = new ChallengeLimit(settings.challengeAckInterval().toNanos());
    this.receiveCapacity = settings.receiveBuffer();
    this.counters = new Counters(now);
    this.handshake = new Handshake(this, iss);
    this.recorder = new Recorder(iss);
    this.linger = new Linger(deadlines, settings);
    this.state = new State.SynSent(handshake);
  }

  /** Opens actively. */
  void connect(long now) {
    recorder.onState(TcpState.SYN_SENT, now);
  }

  /** Answers {@code syn} instead of sending one: SYN-RECEIVED. Takes ownership of the segment. */
  void listen(TcpSegment syn, long now) {
    try {
      counters.onReceived(syn, now);
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

  Handshake handshake() {
    return handshake;
  }

  /** The SYN-ACK of this passive open was sent, and forgotten. */
  void answered(long now) {
    handshake.onAnswered(now);
  }

  // ---- what outlives every state

  TcpSettings settings() {
    return settings;
  }

  FourTuple flow() {
    return flow;
  }

  ByteBufAllocator allocator() {
    return allocator;
  }

  Deadlines deadlines() {
    return deadlines;
  }

  KeepAlive keepAlive() {
    return keepAlive;
  }

  Timestamps timestamps() {
    return timestamps;
  }

  SegmentSize size() {
    return size;
  }

  SendBuffer output() {
    return output;
  }

  SendPolicy policy() {
    return policy;
  }

  /** SND.NXT; 0 when there is no connection. */
  int sndNxt() {
    return switch (state) {
      case State.SynSent s -> s.handshake().iss() + 1;
      case State.SynReceived s -> s.handshake().iss() + 1;
      case State.Transfer s -> s.sender().sndNxt();
      case State.TimeWait s -> s.sndNxt();
      case State.Closed s -> 0;
    };
  }

  boolean isInFlight(int seq) {
    return switch (state) {
      case State.SynSent s -> seq == s.handshake().iss();
      case State.SynReceived s -> seq == s.handshake().iss();
      case State.Transfer s -> s.sender().isInFlight(seq);
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

  Limits limits() {
    return limits;
  }

  Counters counters() {
    return counters;
  }

  int receiveCapacity() {
    return receiveCapacity;
  }

  /** Whether the user has set the receive capacity of this very connection. */
  boolean isReceiveCapacityFixed() {
    return receiveCapacityFixed;
  }

  boolean isInputShut() {
    return inputShut;
  }

  @Nullable
  CloseCause softError() {
    return softError;
  }

  /** Whether our FIN was acknowledged. */
  boolean isOutputFinished() {
    return switch (state) {
      case State.Transfer s -> s.sender().isFinAcknowledged();
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

  // ---- inputs

  void onSegment(TcpSegment segment, long now) {
    counters.onReceived(segment, now);
    recorder.onReceived(segment, now);
    try {
      arrival.onSegment(segment, now);
      if (state instanceof State.Transfer s && s.sender().sndUna() != acknowledged) {
        acknowledged = s.sender().sndUna();
        s.sender().onDelivered(tooBig.onAcknowledged(acknowledged));
      }
    } finally {
      segment.release();
    }
  }

  void onTimeout(long now) {
    for (Kind kind = deadlines.takeDue(now); kind != null; kind = deadlines.takeDue(now)) {
      onTimeout(kind, now);
    }
  }

  private void onTimeout(Kind kind, long now) {
    switch (kind) {
      case RETRANSMISSION -> onRetransmissionTimeout(now);
      case REORDERING -> {
        if (state instanceof State.Transfer s) {
          s.sender().onReorderingTimeout(now);
        }
      }
      case TAIL_PROBE -> {
        if (state instanceof State.Transfer s) {
          s.sender().onProbeTimeout(now);
        }
      }
      // The owner asks again for segments.
      case CONGESTION_HOLD -> {}
      case PERSIST -> {
        if (state instanceof State.Transfer s) {
          s.sender().onPersistTimeout(now);
        }
      }
      case SEND_OVERRIDE -> {
        if (state instanceof State.Transfer s) {
          s.sender().onOverrideTimeout();
        }
      }
      // Who has waited is polled after every timeout.
      case PACING -> {}
      case DELAYED_ACK -> {
        Receiver receiver = receiver();
        if (receiver != null) {
          receiver.acks().onTimeout();
        }
      }
      case USER_TIMEOUT -> fail(CloseCause.RETRANSMISSION_TIMEOUT, now);
      case KEEP_ALIVE -> {
        if (state instanceof State.Transfer s && keepAlive.onTimeout(!s.sender().isIdle(), now)) {
          resetPeer();
          fail(CloseCause.KEEP_ALIVE_TIMEOUT, now);
        }
      }
      case ORPHAN -> {
        resetPeer();
        fail(CloseCause.ORPHAN_TIMEOUT, now);
      }
      case FIN_WAIT_2 -> fail(CloseCause.HALF_CLOSE_TIMEOUT, now);
      case TIME_WAIT -> become(new State.Closed(CloseCause.FINISHED, receiver()), now);
    }
  }

  private void onRetransmissionTimeout(long now) {
    switch (state) {
      case State.SynSent s -> onHandshakeTimeout(s.handshake(), settings.synRetries(), now);
      case State.SynReceived s -> onHandshakeTimeout(
          s.handshake(), s.passive() ? settings.synAckRetries() : settings.synRetries(), now);
      case State.Transfer s -> {
        int mtu = tooBig.onTimeout(s.sender().sndUna());
        s.sender().onRetransmissionTimeout(now);
        if (mtu > 0) {
          lowerPathMtu(s, mtu, now);
        }
      }
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  private void onHandshakeTimeout(Handshake handshake, int retries, long now) {
    if (handshake.onTimeout(retries, now)) {
      fail(CloseCause.HANDSHAKE_TIMEOUT, now);
    }
  }

  /** RFC 5927 section 4.1: only an error about something in flight; section 5.2: hard only while opening. */
  void onIcmpError(CloseCause hardError, int quotedSeq, long now) {
    switch (state) {
      case State.SynSent s -> {
        if (quotedSeq == s.handshake().iss()) {
          fail(hardError, now);
        }
      }
      case State.SynReceived s -> {
        if (quotedSeq == s.handshake().iss()) {
          fail(hardError, now);
        }
      }
      case State.Transfer s -> {
        if (s.sender().isInFlight(quotedSeq)) {
          softError = hardError;
        }
      }
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  /** RFC 5927 sections 4.1 and 7.2. */
  void onPathMtu(int mtu, int quotedSeq, long now) {
    if (state instanceof State.Transfer s
        && size.isDiscovering()
        && size.isPossible(mtu)
        && s.sender().isInFlight(quotedSeq)
        && tooBig.onReport(mtu, quotedSeq, s.sender().sndUna())) {
      lowerPathMtu(s, mtu, now);
    }
  }

  private void lowerPathMtu(State.Transfer transfer, int mtu, long now) {
    transfer.sender().onPathMtu(mtu, true, now);
    tooBig.onLowered(Math.max(mtu, size.pathMtu()));
  }

  /** Others have found out what passes; what of ours is in flight may get through. */
  void pathMtu(int mtu, long now) {
    if (mtu == size.pathMtu() || !size.isDiscovering()) {
      return;
    }
    if (state instanceof State.Transfer s) {
      s.sender().onPathMtu(mtu, false, now);
    } else {
      size.use(mtu);
    }
  }

  // ---- commands

  int write(ByteBuf data, boolean more, boolean urgent, long now) {
    policy.more(more);
    int n = output.write(data, urgent);
    if (n > 0 && state instanceof State.Transfer s) {
      s.sender().onQueued(now);
    }
    return n;
  }

  void noDelay(boolean on) {
    policy.noDelay(on);
    if (on) {
      push();
    }
  }

  void cork(boolean on) {
    policy.cork(on);
    if (!on) {
      policy.more(false);
    }
  }

  /** What is held back goes out now. */
  private void push() {
    policy.more(false);
    if (policy.isCorked() && state instanceof State.Transfer s) {
      s.sender().onOverrideTimeout();
    }
  }

  void quickAck(boolean on) {
    Receiver receiver = receiver();
    if (receiver != null) {
      receiver.acks().quickAck(on);
    }
  }

  void receiveCapacity(int bytes) {
    receiveCapacity = bytes;
    receiveCapacityFixed = true;
    Receiver receiver = receiver();
    if (receiver != null) {
      receiver.capacity(bytes);
    }
  }

  void shutdownOutput(long now) {
    if (output.isShut()) {
      return;
    }
    output.shut();
    switch (state) {
      case State.SynSent s -> {
        if (inputShut) {
          // RFC 9293 3.10.4: a CLOSE in SYN-SENT deletes the connection.
          fail(CloseCause.ABORTED, now);
        }
      }
      case State.Transfer s -> {
        become(State.afterShutdown(s), now);
        s.sender().onQueued(now);
      }
      case State.SynReceived s -> {}
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  void shutdownInput(long now) {
    if (inputShut) {
      return;
    }
    inputShut = true;
    Receiver receiver = receiver();
    boolean unread = receiver != null && receiver.discard();
    switch (state) {
      case State.SynSent s -> {
        if (output.isShut()) {
          fail(CloseCause.ABORTED, now);
        }
      }
      case State.Transfer s -> {
        if (unread && output.isShut()) {
          // SHLD-3: the peer must learn that what it sent was not read.
          abort(now);
        } else {
          onOrphan(now);
        }
      }
      case State.SynReceived s -> {}
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  /** RFC 9293 section 3.10.5. */
  void abort(long now) {
    if (state instanceof State.Closed s) {
      Receiver receiver = s.receiver();
      if (receiver != null) {
        receiver.release();
      }
      return;
    }
    resetPeer();
    fail(CloseCause.ABORTED, now);
  }

  /** The peer learns of the end where the state calls for it. */
  private void resetPeer() {
    switch (state) {
      case State.SynReceived s -> resetPeer(s.handshake().iss() + 1, s.receiver());
      case State.Established s -> resetPeer(s.sender().sndNxt(), s.receiver());
      case State.FinWait1 s -> resetPeer(s.sender().sndNxt(), s.receiver());
      case State.FinWait2 s -> resetPeer(s.sender().sndNxt(), s.receiver());
      case State.CloseWait s -> resetPeer(s.sender().sndNxt(), s.receiver());
      case State.SynSent s -> {}
      case State.Closing s -> {}
      case State.LastAck s -> {}
      case State.TimeWait s -> {}
      case State.Closed s -> {}
    }
  }

  private void resetPeer(int seq, Receiver receiver) {
    int flags = TcpSegment.RST | TcpSegment.ACK;
    pendingReset = new ResetSegments.Fields(seq, receiver.rcvNxt(), flags, TcpOptions.NONE);
  }

  // ---- moves, called by Arrival too

  /** Our SYN was acknowledged by {@code segment}. */
  State.Transfer establish(Handshake handshake, Receiver receiver, TcpSegment segment, int window, long now) {
    handshake.onAcknowledged(segment, receiver, now);
    State.Transfer next = new State.Established(new Sender(handshake, receiver.ecn(), segment, window, now), receiver);
    if (inputShut) {
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
        deadlines.clearAll();
        timeWaitSince = now;
        restartTimeWait(now);
      }
      case State.Closed s -> {
        output.release();
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
    if (!(state instanceof State.TimeWait) && !(state instanceof State.Closed)) {
      limits.stop(now);
      atTheEnd = info(now);
    }
  }

  UserTimeout userTimeout() {
    return userTimeout;
  }

  /** The user wants another timeout. */
  void userTimeout(long nanos, long now) {
    userTimeout.set(nanos);
    if (state instanceof State.Transfer s) {
      s.sender().onQueued(now);
    }
  }

  /** Whether this is TIME-WAIT and {@code syn} opens a newer connection. */
  boolean givesWayTo(TcpSegment syn) {
    return state instanceof State.TimeWait s && TimeWaitReuse.isNewer(syn, s.receiver(), timestamps, settings);
  }

  /** Whether this is TIME-WAIT and we may open the connection anew. */
  boolean givesWay(long now) {
    return state instanceof State.TimeWait && TimeWaitReuse.isOver(timestamps, timeWaitSince, settings, now);
  }

  /** MUST-13. */
  void restartTimeWait(long now) {
    deadlines.set(Kind.TIME_WAIT, now + settings.closing().timeWait().toNanos());
  }

  /** Sees to it that what nobody waits for any more ends; the peer has perhaps just acknowledged something new. */
  void onOrphan(long now) {
    if (inputShut && output.isShut() && state instanceof State.Transfer s) {
      linger.onOrphan(s, now);
    }
  }

  void finWait2Timeout(long nanos, long now) {
    linger.finWait2Timeout(nanos);
    if (state instanceof State.FinWait2) {
      onOrphan(now);
    }
  }

  /** Unread data outlives a disorderly end that this side has not made: who asks for this reads it, or aborts. */
  void keepUnread() {
    keepsUnread = true;
  }

  /** The connection ends in disorder: everything held is released, but for unread data that somebody still wants. */
  void fail(CloseCause cause, long now) {
    leave(now);
    Receiver receiver = receiver();
    boolean kept = keepsUnread && !inputShut && cause != CloseCause.ABORTED && receiver != null;
    if (receiver != null) {
      receiver.release(kept);
    }
    output.release();
    deadlines.clearAll();
    if (state.name() != TcpState.CLOSED) {
      recorder.onState(TcpState.CLOSED, now);
    }
    state = new State.Closed(cause, kept ? receiver : null);
  }

  /** Answers {@code segment} with RST; the state stays. */
  void reset(TcpSegment segment) {
    if (pendingReset == null) {
      pendingReset = ResetSegments.fieldsAnswering(segment);
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
    TcpSegment segment = nextSegment(now);
    if (segment != null) {
      counters.onSent(segment, now);
      recorder.onSent(segment, now);
    } else if (state instanceof State.Transfer s) {
      limits.observe(s.sender(), output, now);
    }
    return segment;
  }

  private @Nullable TcpSegment nextSegment(long now) {
    ResetSegments.Fields reset = pendingReset;
    if (reset != null) {
      pendingReset = null;
      TcpOptions options = reset.options().equals(TcpOptions.NONE) ? timestamps.option(now) : reset.options();
      return builder.reset(reset.seq(), reset.ack(), reset.flags(), options);
    }
    return switch (state) {
      case State.SynSent s -> s.handshake().pollSyn(builder, now);
      case State.SynReceived s -> {
        TcpSegment synAck = s.handshake().pollSynAck(builder, s.receiver(), now);
        yield synAck != null ? synAck : pollAck(s.handshake().iss() + 1, s.receiver(), now);
      }
      case State.Transfer s -> {
        if (userTimeout.isDue()) {
          // On a segment of its own: it would not fit into a full-sized one.
          yield builder.announcement(userTimeout.takeDue(), s.sender().sndNxt(), s.receiver(), now);
        }
        TcpSegment data = s.receiver().acks().isDuplicateDue() ? null : s.sender().poll(builder, s.receiver(), now);
        if (data != null) {
          tooBig.onSent(size.packet(data.payload().readableBytes(), timestamps.optionBytes()), data.seq(), data.end());
        }
        yield data != null ? data : pollAckOrProbe(s, now);
      }
      case State.TimeWait s -> pollAck(s.sndNxt(), s.receiver(), now);
      case State.Closed s -> null;
    };
  }

  private @Nullable TcpSegment pollAckOrProbe(State.Transfer s, long now) {
    if (keepAlive.takeProbe()) {
      return builder.probe(s.sender().sndNxt() - 1, settings.keepAliveOctet(), s.receiver(), now);
    }
    return pollAck(s.sender().sndNxt(), s.receiver(), now);
  }

  private @Nullable TcpSegment pollAck(int seq, Receiver receiver, long now) {
    return receiver.acks().isDue() || receiver.isWindowUpdateDue() ? builder.ack(seq, receiver, now) : null;
  }
}
