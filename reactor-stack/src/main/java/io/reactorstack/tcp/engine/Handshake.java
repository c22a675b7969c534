package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.InitialWindow;
import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.RecoverySettings;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TimerSettings;
import io.reactorstack.tcp.recovery.RecoveryKit;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/** Our SYN or SYN-ACK, its retransmission, and what both sides agree on with theirs. */
final class Handshake {

  /** RFC 6298 (5.7): data transmission after a lost SYN begins with 3 s. */
  private static final long RTO_AFTER_LOST_SYN = 3_000_000_000L;

  private static final long NEVER = Long.MIN_VALUE;

  private final Connection connection;
  private final int iss;
  private final RttEstimator rtt;
  /** What our SYN says of the window and its scale, fixed even if the capacity changes. */
  private final int offeredWindow;
  private final int offeredScale;
  private final FastOpen fastOpen = new FastOpen();
  private boolean due = true;
  private int retransmissions;
  /** Whether our SYN was sent again before its time. */
  private boolean repeated;
  private long firstSentAt = NEVER;
  private int peerMss;
  private boolean scaling;
  private boolean sackPermitted;
  /** Whether a SYN of ours did not ask for ECN. */
  private boolean plainSynSent;
  private int sendScale;
  private int receiveScale;

  Handshake(Connection connection, int iss) {
    this.connection = connection;
    this.iss = iss;
    int most = connection.memory().isUnderPressure() ? Receiver.LEAST_RESERVE : 0xffff;
    this.offeredWindow = Math.min(connection.calls().receiveCapacity(), most);
    TcpSettings settings = connection.settings();
    this.offeredScale = offeredScale(settings, connection.calls().receiveCapacity());
    TimerSettings timers = settings.timers();
    this.rtt = new RttEstimator(
        timers.initialRto().toNanos(), timers.minRto().toNanos(), connection.quirks().minVariance().toNanos(),
        timers.maxRto().toNanos());
  }

  /** The window scale that our SYN offers: it stays for ever, so it must do for a buffer that has grown. */
  static int offeredScale(TcpSettings settings, int receiveCapacity) {
    return ReceiveWindow.scaleFor(Math.max(receiveCapacity, settings.buffers().maxReceiveBuffer()));
  }

  // ---- what the sender begins with

  TcpSettings settings() {
    return connection.settings();
  }

  Quirks quirks() {
    return connection.quirks();
  }

  Deadlines deadlines() {
    return connection.deadlines();
  }

  UserTimeout userTimeout() {
    return connection.userTimeout();
  }

  Counters counters() {
    return connection.counters();
  }

  SendPolicy policy() {
    return connection.policy();
  }

  Timestamps timestamps() {
    return connection.timestamps();
  }

  SendBuffer buffer() {
    return connection.output();
  }

  int iss() {
    return iss;
  }

  FastOpen fastOpen() {
    return fastOpen;
  }

  /** SND.UNA once our SYN is acknowledged, perhaps with data that it carried. */
  int sndUna() {
    return iss + 1 + fastOpen.acknowledged();
  }

  /** Whether {@code ack} lies after our SYN and not after SND.NXT (RFC 9293 section 3.10.7.3). */
  boolean isAckAcceptable(int ack) {
    return SequenceNumber.after(ack, iss) && SequenceNumber.beforeOrAt(ack, iss + 1 + fastOpen.sent());
  }

  RttEstimator rtt() {
    return rtt;
  }

  int retransmissions() {
    return retransmissions;
  }

  boolean isScaling() {
    return scaling;
  }

  int receiveScale() {
    return receiveScale;
  }

  int sendScale() {
    return sendScale;
  }

  SegmentSize size() {
    return connection.size();
  }

  int sendMss() {
    return connection.size().effective(peerMss, timestamps().optionBytes());
  }

  /** Whether both SYNs permit selective acknowledgements (RFC 2018 section 2). */
  boolean sackPermitted() {
    return sackPermitted;
  }

  int peerMss() {
    return peerMss;
  }

  ExchangeableControl congestion() {
    int mss = sendMss();
    // RFC 5681 3.1, RFC 6928 2: after a lost SYN the initial window is one segment.
    int segments = retransmissions > 0 ? 1 : settings().congestion().initialWindowSegments();
    int initialWindow = retransmissions > 0 ? mss : InitialWindow.of(segments, mss);
    boolean paced = settings().congestion().pacing();
    return new ExchangeableControl(connection.calls().congestionControl(),
        new CongestionControl.Start(mss, initialWindow, paced, rtt.srtt()));
  }

  RecoveryKit recovery(CongestionControl congestion) {
    RecoverySettings settings = settings().recovery();
    return new RecoveryKit(
        new RecoveryKit.Options(sackPermitted, settings.rack(), settings.forwardRto(), settings.duplicateThreshold()),
        congestion,
        rtt,
        iss);
  }

  // ---- inputs

  /** The peer's SYN: takes over its options and creates the receiver. */
  Receiver onSyn(TcpSegment syn, long now) {
    TcpOptions options = syn.options();
    TcpSettings settings = settings();
    peerMss = options.hasMss() ? SegmentSize.accepted(options.mss()) : connection.size().assumed();
    scaling = settings.wire().windowScaling() && options.hasWindowScale();
    if (scaling) {
      // RFC 7323 2.3: more than 14 is taken for 14.
      sendScale = Math.min(options.windowScale(), TcpOptions.MAX_WINDOW_SCALE);
      receiveScale = offeredScale;
    }
    if (settings.wire().timestamps() && options.hasTimestamps()) {
      timestamps().activate();
      timestamps().onAccepted(options, now);
    }
    sackPermitted = settings.wire().selectiveAcknowledgment() && options.sackPermitted();
    onUserTimeout(options);
    fastOpen.onSynAck(options);
    int mss = connection.size().announced();
    AckPolicy acks = new AckPolicy(deadlines(), settings, rtt, mss);
    int capacity = connection.calls().receiveCapacity();
    ReceiveWindow window = new ReceiveWindow(capacity, syn.seq() + 1, mss);
    window.agree(receiveScale);
    int maxCapacity = connection.calls().isReceiveCapacityFixed() ? capacity : settings.buffers().maxReceiveBuffer();
    ReceiveTuning tuning = new ReceiveTuning(timestamps(), capacity, maxCapacity, mss, now);
    Receiver receiver = new Receiver(syn.seq(), connection.memory(), window, tuning, acks,
        sackPermitted, settings.wire().duplicateSelectiveAcknowledgment(), agreesOnEcn(syn));
    window.promise(receiver.rcvNxt(), offeredWindow);
    return receiver;
  }

  /**
   * RFC 3168 6.1.1: an ECN-setup SYN has ECE and CWR, an ECN-setup SYN-ACK only ECE; every other form, a reflected one too,
   * means no. Nor is it used once a SYN of ours has not asked for it.
   */
  private boolean agreesOnEcn(TcpSegment syn) {
    boolean ece = syn.has(TcpSegment.ECE);
    boolean cwr = syn.has(TcpSegment.CWR);
    if (plainSynSent) {
      return false;
    }
    return switch (settings().wire().ecn()) {
      case OFF -> false;
      case REQUEST -> ece && cwr != syn.has(TcpSegment.ACK);
      case ACCEPT -> ece && cwr && !syn.has(TcpSegment.ACK);
    };
  }

  /** RFC 5482 3.3: it is known from now on; until the handshake is over only the retries of the SYN count. */
  private void onUserTimeout(TcpOptions options) {
    if (options.hasUserTimeout()) {
      userTimeout().onAnnounced(options.userTimeout(), rtt.rto());
    }
  }

  /** Our SYN was acknowledged by {@code segment}: the handshake is over. */
  void onAcknowledged(TcpSegment segment, Receiver receiver, long now) {
    deadlines().clear(Kind.RETRANSMISSION);
    receiver.window().open();
    int data = segment.ack() - iss - 1;
    fastOpen.onAcknowledged(data);
    buffer().acknowledge(data);
    if (firstSentAt == NEVER) {
      return;
    }
    long sample = retransmissions == 0 && !repeated
        ? now - firstSentAt
        : timestamps().roundTrip(segment.options(), firstSentAt, now);
    if (sample >= 0) {
      rtt.onSample(sample, 1);
    }
    if (retransmissions > 0) {
      rtt.raise(RTO_AFTER_LOST_SYN);
    }
  }

  /** The SYN or SYN-ACK is to be sent: for the first time, or because the peer shows that it has not seen it. */
  void onDue() {
    due = true;
  }

  /** The peer asks for our SYN-ACK, which has its full time from then on. */
  void onRepeatedSyn() {
    due = true;
    deadlines().clear(Kind.RETRANSMISSION);
  }

  /**
   * The peer has answered our SYN with an acknowledgement that is not of it, as an old connection between the same ends does, and
   * gets a RST for that: the SYN that it can take now goes out at once. Only once, since anybody can forge such an answer.
   */
  void onOldConnection() {
    if (retransmissions == 0 && !repeated) {
      repeated = true;
      connection.counters().retransmitted++;
      onRepeatedSyn();
    }
  }

  /** Our SYN-ACK was sent when nothing was kept of it yet, so that it says nothing about the round trip. */
  void onAnswered(long now) {
    due = false;
    deadlines().set(Kind.RETRANSMISSION, now + rtt.rto());
  }

  /** Our link is up again: a SYN that was sent in vain is sent again. */
  void onLinkUp() {
    if (retransmissions > 0) {
      rtt.undoBackOff();
      onRepeatedSyn();
    }
  }

  /** Returns whether the handshake has failed; {@code retries} is how often our SYN may be sent again. */
  boolean onTimeout(int retries, long now) {
    if (retransmissions >= retries) {
      return true;
    }
    retransmissions++;
    connection.counters().retransmitted++;
    rtt.backOff();
    due = true;
    deadlines().set(Kind.RETRANSMISSION, now + rtt.rto());
    return false;
  }

  // ---- output

  @Nullable
  TcpSegment pollSyn(SegmentBuilder builder, long now) {
    if (!due) {
      return null;
    }
    onSent(now);
    TcpSettings settings = settings();
    // RFC 7323 3.2: no echo yet.
    TcpOptions options = settings.wire().timestamps()
        ? TcpOptions.timestamps(timestamps().clock(now), 0)
        : TcpOptions.NONE;
    options = options.withMss(connection.size().announced());
    if (settings.wire().windowScaling()) {
      options = options.withWindowScale(offeredScale);
    }
    if (settings.wire().selectiveAcknowledgment()) {
      options = options.withSackPermitted();
    }
    // RFC 3168 6.1.1.1: a SYN that stayed without an answer may have been dropped for asking.
    boolean asks = settings.wire().ecn() == TcpSettings.Ecn.REQUEST && retransmissions == 0;
    plainSynSent |= !asks;
    options = fastOpen.option(withUserTimeout(options), retransmissions);
    int data = fastOpen.synData(options, buffer().length());
    ByteBuf payload = builder.buffer(data);
    buffer().copyTo(0, data, payload);
    return builder.syn(iss, asks ? TcpSegment.ECE | TcpSegment.CWR : 0, offeredWindow, options, payload);
  }

  @Nullable
  TcpSegment pollSynAck(SegmentBuilder builder, Receiver receiver, long now) {
    if (!due) {
      return null;
    }
    onSent(now);
    TcpOptions options = timestamps().option(now).withMss(connection.size().announced());
    if (sackPermitted) {
      options = options.withSackPermitted();
    }
    options = scaling ? options.withWindowScale(receiveScale) : options;
    return builder.synAck(iss, receiver, fastOpen.option(withUserTimeout(options), retransmissions), now);
  }

  private TcpOptions withUserTimeout(TcpOptions options) {
    int seconds = userTimeout().offer();
    return seconds > 0 ? options.withUserTimeout(seconds) : options;
  }

  private void onSent(long now) {
    due = false;
    if (firstSentAt == NEVER) {
      firstSentAt = now;
    }
    if (!deadlines().isSet(Kind.RETRANSMISSION)) {
      deadlines().set(Kind.RETRANSMISSION, now + rtt.rto());
    }
  }
}
