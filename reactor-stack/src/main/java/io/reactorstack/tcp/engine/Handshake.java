package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/** Our SYN or SYN-ACK, its retransmission, and what both sides agree on with theirs. */
final class Handshake {

  /** RFC 6298 (5.7): data transmission after a lost SYN begins with 3 s. */
  private static final long RTO_AFTER_LOST_SYN = 3_000_000_000L;

  private static final long NEVER = Long.MIN_VALUE;

  private final Parts parts;
  private final int iss;
  private final RttEstimator rtt;
  /** What our SYN says of the window and its scale, fixed even if the capacity changes. */
  private final int offeredWindow;
  private final int offeredScale;
  private final FastOpen fastOpen = new FastOpen();
  private Agreement agreement = Agreement.NONE;
  private boolean due = true;
  private int retransmissions;
  /** Whether our SYN was sent again before its time. */
  private boolean repeated;
  private long firstSentAt = NEVER;
  /** Whether a SYN of ours did not ask for ECN. */
  private boolean plainSynSent;

  Handshake(Parts parts) {
    this.parts = parts;
    this.iss = parts.setup.iss();
    this.rtt = parts.rtt;
    int most = parts.setup.memory().isUnderPressure() ? Receiver.LEAST_RESERVE : 0xffff;
    this.offeredWindow = Math.min(parts.capacity.bytes(), most);
    this.offeredScale = offeredScale(parts.settings, parts.capacity.bytes());
  }

  /** The window scale that our SYN offers: it stays for ever, so it must do for a buffer that has grown. */
  static int offeredScale(TcpSettings settings, int receiveCapacity) {
    return ReceiveWindow.scaleFor(Math.max(receiveCapacity, settings.buffers().maxReceiveBuffer()));
  }

  // ---- questions

  int iss() {
    return iss;
  }

  FastOpen fastOpen() {
    return fastOpen;
  }

  /** What both SYNs say; {@link Agreement#NONE} before the peer's has arrived. */
  Agreement agreement() {
    return agreement;
  }

  /** Whether {@code ack} lies after our SYN and not after SND.NXT (RFC 9293 section 3.10.7.3). */
  boolean isAckAcceptable(int ack) {
    return SequenceNumber.after(ack, iss) && SequenceNumber.beforeOrAt(ack, iss + 1 + fastOpen.sent());
  }

  int retransmissions() {
    return retransmissions;
  }

  // ---- inputs

  /** The peer's SYN: takes over its options and creates the receiver. */
  Receiver onSyn(TcpSegment syn, long now) {
    TcpOptions options = syn.options();
    TcpSettings settings = parts.settings;
    agreement = Agreement.of(syn, settings, offeredScale, parts.size.assumed(), plainSynSent);
    if (agreement.timestamps()) {
      parts.timestamps.activate();
      parts.timestamps.onAccepted(options, now);
    }
    onUserTimeout(options);
    fastOpen.onSynAck(options);
    int mss = parts.size.announced();
    int capacity = parts.capacity.bytes();
    AckPolicy acks = new AckPolicy(parts.deadlines, settings, rtt, mss);
    ReceiveWindow window = new ReceiveWindow(capacity, syn.seq() + 1, mss);
    window.agree(agreement.scales().receive());
    ReceiveTuning tuning = new ReceiveTuning(parts.timestamps, capacity, parts.capacity.most(), mss, now);
    Receiver receiver = new Receiver(syn.seq(), parts, agreement, window, tuning, acks);
    window.promise(receiver.rcvNxt(), offeredWindow);
    return receiver;
  }

  /** RFC 5482 3.3: it is known from now on; until the handshake is over only the retries of the SYN count. */
  private void onUserTimeout(TcpOptions options) {
    if (options.hasUserTimeout()) {
      parts.userTimeout.onAnnounced(options.userTimeout(), rtt.rto());
    }
  }

  /** Our SYN was acknowledged by {@code segment}: the handshake is over. Returns what it has come to. */
  Agreement onAcknowledged(TcpSegment segment, Receiver receiver, long now) {
    parts.deadlines.clear(Kind.RETRANSMISSION);
    receiver.window().open();
    int data = segment.ack() - iss - 1;
    fastOpen.onAcknowledged(data);
    parts.output.acknowledge(data);
    agreement = agreement.withSynData(data);
    if (firstSentAt != NEVER) {
      measure(segment, now);
    }
    return agreement;
  }

  private void measure(TcpSegment segment, long now) {
    long sample = retransmissions == 0 && !repeated
        ? now - firstSentAt
        : parts.timestamps.roundTrip(segment.options(), firstSentAt, now);
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

  /** The peer's SYN came again: it asks for our SYN-ACK, which has its full time from then on. */
  void onRepeatedSyn(TcpSegment syn) {
    agreement = agreement.afterRepeated(syn);
    sendAgain();
  }

  private void sendAgain() {
    due = true;
    parts.deadlines.clear(Kind.RETRANSMISSION);
  }

  /**
   * The peer has answered our SYN with an acknowledgement that is not of it, as an old connection between the same ends does, and
   * gets a RST for that: the SYN that it can take now goes out at once. Only once, since anybody can forge such an answer.
   */
  void onOldConnection() {
    if (retransmissions == 0 && !repeated) {
      repeated = true;
      parts.counters.retransmitted++;
      sendAgain();
    }
  }

  /** Our SYN-ACK was sent when nothing was kept of it yet, so that it says nothing about the round trip. */
  void onAnswered(long now) {
    due = false;
    parts.deadlines.set(Kind.RETRANSMISSION, now + rtt.rto());
  }

  /** Our link is up again: a SYN that was sent in vain is sent again. */
  void onLinkUp() {
    if (retransmissions > 0) {
      rtt.undoBackOff();
      sendAgain();
    }
  }

  /** Returns whether the handshake has failed; {@code retries} is how often our SYN may be sent again. */
  boolean onTimeout(int retries, long now) {
    if (retransmissions >= retries) {
      return true;
    }
    retransmissions++;
    parts.counters.retransmitted++;
    rtt.backOff();
    due = true;
    parts.deadlines.set(Kind.RETRANSMISSION, now + rtt.rto());
    return false;
  }

  // ---- output

  @Nullable
  TcpSegment pollSyn(SegmentBuilder builder, long now) {
    if (!due) {
      return null;
    }
    onSent(now);
    TcpSettings settings = parts.settings;
    // RFC 7323 3.2: no echo yet.
    TcpOptions options = settings.wire().timestamps()
        ? TcpOptions.timestamps(parts.timestamps.clock(now), 0)
        : TcpOptions.NONE;
    options = options.withMss(parts.size.announced());
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
    int data = fastOpen.synData(options, parts.output.length());
    ByteBuf payload = builder.buffer(data);
    parts.output.copyTo(0, data, payload);
    return builder.syn(iss, asks ? TcpSegment.ECE | TcpSegment.CWR : 0, offeredWindow, options, payload);
  }

  @Nullable
  TcpSegment pollSynAck(SegmentBuilder builder, Receiver receiver, long now) {
    if (!due) {
      return null;
    }
    onSent(now);
    TcpOptions options = parts.timestamps.option(now).withMss(parts.size.announced());
    if (agreement.sack()) {
      options = options.withSackPermitted();
    }
    options = agreement.scales().agreed() ? options.withWindowScale(agreement.scales().receive()) : options;
    return builder.synAck(iss, receiver, fastOpen.option(withUserTimeout(options), retransmissions), now);
  }

  private TcpOptions withUserTimeout(TcpOptions options) {
    int seconds = parts.userTimeout.offer();
    return seconds > 0 ? options.withUserTimeout(seconds) : options;
  }

  private void onSent(long now) {
    due = false;
    if (firstSentAt == NEVER) {
      firstSentAt = now;
    }
    if (!parts.deadlines.isSet(Kind.RETRANSMISSION)) {
      parts.deadlines.set(Kind.RETRANSMISSION, now + rtt.rto());
    }
  }
}
