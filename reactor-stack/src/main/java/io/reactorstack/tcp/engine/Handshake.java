package io.reactorstack.tcp.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.engine.Deadlines.Kind;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.recovery.RttEstimator;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/** Our SYN or SYN-ACK, its retransmission, and the options that both sides agree on. */
final class Handshake {

  /** RFC 6298 (5.7): after a lost SYN the RTO for data starts at 3 s. */
  private static final long RTO_AFTER_LOST_SYN = 3_000_000_000L;

  private static final long NEVER = Long.MIN_VALUE;

  private final ConnectionParts parts;
  private final int iss;
  private final RttEstimator rtt;
  /** The window and scale that our SYN offers, fixed even if the capacity changes. */
  private final int offeredWindow;
  private final int offeredScale;
  /** Created if the connection uses Fast Open. */
  private @Nullable FastOpen fastOpen;
  private NegotiatedOptions agreement = NegotiatedOptions.NONE;
  private boolean due = true;
  private int retransmissions;
  /** True if our SYN was sent again before its timeout. */
  private boolean repeated;
  private long firstSentAt = NEVER;
  /** True if we have sent a SYN that did not request ECN. */
  private boolean plainSynSent;

  Handshake(ConnectionParts parts) {
    this.parts = parts;
    this.iss = parts.setup.iss();
    this.rtt = parts.rtt;
    int most = parts.setup.memory().isUnderPressure() ? Receiver.MIN_RESERVE : 0xffff;
    this.offeredWindow = Math.min(parts.capacity.bytes(), most);
    this.offeredScale = offeredScale(parts.settings, parts.capacity.bytes());
  }

  /**
   * Returns the window scale that our SYN offers. It holds for the whole connection, so it must suffice for the largest
   * size to which the buffer may grow.
   */
  static int offeredScale(TcpSettings settings, int receiveCapacity) {
    return ReceiveWindow.scaleFor(Math.max(receiveCapacity, settings.buffers().maxReceiveBuffer()));
  }

  // ---- questions

  int iss() {
    return iss;
  }

  /** The Fast Open part of the handshake, which is created if it does not exist yet. */
  FastOpen fastOpen() {
    FastOpen known = fastOpen;
    if (known == null) {
      known = new FastOpen();
      fastOpen = known;
    }
    return known;
  }

  /** Returns what this handshake showed about the peer's Fast Open support. */
  FastOpenResult fastOpenResult() {
    FastOpen known = fastOpen;
    return known == null
        ? new FastOpenResult(false, false, 0, 0, null, agreement.peerMss())
        : known.result(agreement.peerMss());
  }

  /** Returns whether data of a SYN was accepted, ours or the peer's. */
  boolean isFastOpenUsed() {
    FastOpen known = fastOpen;
    return known != null && (known.acknowledged() > 0 || known.isGranted());
  }

  /** Returns whether the data of the peer's SYN was accepted. */
  boolean isFastOpenGranted() {
    return fastOpen != null && fastOpen.isGranted();
  }

  /** Returns whether our SYN carries the data that waits. */
  boolean isDataInSynAllowed() {
    return fastOpen != null && fastOpen.isDataAllowed();
  }

  /** The options on which both SYNs agree; {@link NegotiatedOptions#NONE} before the peer's SYN has arrived. */
  NegotiatedOptions agreement() {
    return agreement;
  }

  /** Returns whether {@code ack} lies after our SYN and not after SND.NXT (RFC 9293 section 3.10.7.3). */
  boolean isAckAcceptable(int ack) {
    return SequenceNumber.after(ack, iss)
        && SequenceNumber.beforeOrAt(ack, iss + 1 + (fastOpen == null ? 0 : fastOpen.sent()));
  }

  int retransmissions() {
    return retransmissions;
  }

  // ---- inputs

  /** Processes the peer's SYN: takes its options and creates the receiver. */
  Receiver onSyn(TcpSegment syn, long now) {
    TcpOptions options = syn.options();
    TcpSettings settings = parts.settings;
    agreement = NegotiatedOptions.of(syn, settings, offeredScale, parts.size.assumed(), plainSynSent);
    if (agreement.timestamps()) {
      parts.timestamps.activate();
      parts.timestamps.onAccepted(options, now);
    }
    onUserTimeout(options);
    if (fastOpen != null) {
      fastOpen.onSynAck(options);
    }
    int mss = parts.size.announced();
    int capacity = parts.capacity.bytes();
    AckPolicy acks = new AckPolicy(parts.deadlines, settings, rtt, mss);
    ReceiveWindow window = new ReceiveWindow(capacity, syn.seq() + 1, mss);
    window.agree(agreement.scales().receive());
    Receiver receiver = new Receiver(syn.seq(), parts, agreement, window, acks, now);
    window.promise(receiver.rcvNxt(), offeredWindow);
    return receiver;
  }

  /**
   * Stores the peer's user timeout (RFC 5482 3.3). Until the handshake is complete, only the number of SYN retries
   * limits it.
   */
  private void onUserTimeout(TcpOptions options) {
    if (options.hasUserTimeout()) {
      parts.userTimeout.onAnnounced(options.userTimeout(), rtt.rto());
    }
  }

  /** Completes the handshake: {@code segment} acknowledges our SYN. Returns the final agreement. */
  NegotiatedOptions onAcknowledged(TcpSegment segment, Receiver receiver, long now) {
    parts.deadlines.clear(Kind.RETRANSMISSION);
    parts.deadlines.trim();
    receiver.window().open();
    int data = segment.ack() - iss - 1;
    if (fastOpen != null) {
      fastOpen.onAcknowledged(data);
    }
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

  /** Schedules the SYN or SYN-ACK, for the first time or because the peer has not received it. */
  void onDue() {
    due = true;
  }

  /** Answers a repeated SYN of the peer by our SYN-ACK, and restarts its retransmission timer. */
  void onRepeatedSyn(TcpSegment syn) {
    agreement = agreement.afterRepeated(syn);
    sendAgain();
  }

  private void sendAgain() {
    due = true;
    parts.deadlines.clear(Kind.RETRANSMISSION);
  }

  /**
   * Sends our SYN again immediately. The peer has answered it with an acknowledgement that is not acceptable, as an old
   * connection between the same sockets does. Our RST ends that connection, and the peer can then accept a SYN. Happens
   * only once, because anyone can forge such an answer.
   */
  void onOldConnection() {
    if (retransmissions == 0 && !repeated) {
      repeated = true;
      parts.counters.retransmitted++;
      sendAgain();
    }
  }

  /** Notes that our SYN-ACK was sent before this state existed. It therefore gives no round-trip sample. */
  void onAnswered(long now) {
    due = false;
    parts.deadlines.set(Kind.RETRANSMISSION, now + rtt.rto());
  }

  /** Sends a SYN that has timed out again, because our link was down and is up again. */
  void onLinkUp() {
    if (retransmissions > 0) {
      rtt.undoBackOff();
      sendAgain();
    }
  }

  /**
   * Handles a retransmission timeout; returns whether the handshake has failed.
   *
   * @param retries the number of times that our SYN may be sent again
   */
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
    // RFC 7323 3.2: no timestamp of the peer to echo yet.
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
    // RFC 3168 6.1.1.1: an unanswered SYN may have been dropped because it requested ECN.
    boolean asks = settings.wire().ecn() == TcpSettings.Ecn.REQUEST && retransmissions == 0;
    plainSynSent |= !asks;
    options = withFastOpen(withUserTimeout(options));
    int data = fastOpen == null ? 0 : fastOpen.synData(options, parts.output.length());
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
    return builder.synAck(iss, receiver, withFastOpen(withUserTimeout(options)), now);
  }

  private TcpOptions withFastOpen(TcpOptions options) {
    return fastOpen == null ? options : fastOpen.option(options, retransmissions);
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
