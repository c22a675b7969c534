package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/**
 * The sending half of a synchronized connection: its sequence space, and from the first data or FIN on its
 * {@link Sender} with the scoreboard, the congestion control and the timers. A connection that has sent nothing needs
 * none of them.
 */
final class SendingHalf {

  private final Connection connection;
  private final NegotiatedOptions agreement;
  private final SendSpace space;
  private final long establishedAt;
  private @Nullable Sender sender;
  /** True if the connection could have sent data and had none (RFC 8985 calls such a flight application-limited). */
  private boolean limitedByApplication;

  /** Creates the sending half at the end of the handshake; {@code ack} is the segment that acknowledged our SYN. */
  SendingHalf(Connection connection, NegotiatedOptions agreement, TcpSegment ack, int window, long now) {
    this.connection = connection;
    this.agreement = agreement;
    this.establishedAt = now;
    ConnectionParts parts = connection.parts();
    this.space = new SendSpace(parts, agreement, ack, window);
    parts.output.onSegmentSize(mss());
    if (parts.settings.probing().mtuProbing() == TcpSettings.MtuProbing.ALWAYS) {
      // The search for the path MTU begins now, and ends in a size that the first data uses.
      sender();
    }
  }

  // ---- questions

  SendSpace space() {
    return space;
  }

  /** The sender, which is created if it does not exist yet. */
  Sender sender() {
    Sender known = sender;
    if (known == null) {
      known = new Sender(connection.parts(), agreement, connection.congestionControl(agreement), space, establishedAt);
      if (limitedByApplication) {
        known.kit().sampler().onApplicationLimited(0);
      }
      sender = known;
    }
    return known;
  }

  /** The octets of data in a full-sized segment. */
  int mss() {
    Sender known = sender;
    ConnectionParts parts = connection.parts();
    return known == null ? parts.size.effective(agreement.peerMss(), parts.timestamps.optionBytes()) : known.mss();
  }

  /** As {@link Sender#unanswered}. */
  int unanswered() {
    Sender known = sender;
    return known == null ? 0 : known.unanswered();
  }

  /** Returns whether a probe of a closed window is due. */
  boolean isWindowProbeDue() {
    Sender known = sender;
    return known != null && known.persist().isProbeDue();
  }

  /** Returns whether nothing is in flight and nothing waits to be sent. */
  boolean isIdle() {
    Sender known = sender;
    return known == null ? space.isSettled() && !space.isFinDue() : known.isIdle();
  }

  /** Returns whether {@link #poll} certainly returns {@code null} until something happens. */
  boolean isExhausted() {
    Sender known = sender;
    return known == null ? isIdle() : known.isExhausted();
  }

  // ---- inputs

  /** As {@link Sender#onAck}. */
  void onAck(TcpSegment segment, long now) {
    Sender known = sender;
    if (known == null && isPlain(segment)) {
      connection.parts().policy.more(false);
      space.onWindow(segment, segment.window() << agreement.scales().send(), false, false);
    } else {
      sender().onAck(segment, now);
    }
  }

  /** Returns whether {@code segment} can only change the window of a connection that has sent nothing. */
  private boolean isPlain(TcpSegment segment) {
    return segment.ack() == space.sndUna()
        && segment.options().sackBlocks().length == 0
        && isIdle()
        && !space.isBeyondWindow()
        && !segment.has(TcpSegment.ECE);
  }

  /** As {@link Sender#onQueued}. */
  void onQueued(long now) {
    if (sender != null || !isIdle()) {
      sender().onQueued(now);
    }
  }

  /** As {@link Sender#exchangeControl}. */
  void exchangeControl(CongestionControl.Factory factory) {
    sender().exchangeControl(factory);
  }

  /** As {@link Sender#onPathMtu}. */
  void onPathMtu(int mtu, boolean dropped, long now) {
    sender().onPathMtu(mtu, dropped, now);
  }

  /** As {@link Sender#onDelivered}. */
  void onDelivered(int largestPacket) {
    if (sender != null) {
      sender.onDelivered(largestPacket);
    }
  }

  /** As {@link Sender#onLinkUp}. */
  void onLinkUp(long now) {
    if (sender != null) {
      sender.onLinkUp(now);
    }
  }

  // ---- output

  /** As {@link Sender#poll}. */
  @Nullable
  TcpSegment poll(SegmentBuilder builder, Receiver receiver, long now) {
    if (sender == null && isIdle()) {
      limitedByApplication |= space.sndWnd() > 0;
      return null;
    }
    return sender().poll(builder, receiver, now);
  }
}
