package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.tcp.recovery.RateSampler;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.RttEstimator;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Builds the {@link TcpInfo} snapshot of a connection. */
final class Snapshot {

  private static final long BITS_AND_NANOS = 8L * 1_000_000_000L;

  private final Connection connection;
  private final ConnectionParts parts;
  private final Handshake handshake;
  private final @Nullable Sender sender;
  private final @Nullable Receiver receiver;
  private final long now;

  private Snapshot(
      Connection connection, Handshake handshake, @Nullable Sender sender, @Nullable Receiver receiver, long now) {
    this.connection = connection;
    this.parts = connection.parts();
    this.handshake = handshake;
    this.sender = sender;
    this.receiver = receiver;
    this.now = now;
  }

  /** Returns the snapshot of a connection; without {@code sender} it is still opening. */
  static TcpInfo of(
      Connection connection, Handshake handshake, @Nullable Sender sender, @Nullable Receiver receiver, long now) {
    return new Snapshot(connection, handshake, sender, receiver, now).build();
  }

  /**
   * Returns the snapshot of a connection that has ended: the last values of the transfer, with the present counters.
   */
  static TcpInfo atTheEnd(Connection connection, @Nullable TcpInfo last) {
    if (last == null) {
      throw new IllegalStateException("connection ended without a final snapshot");
    }
    return new TcpInfo(
        connection.state().name(),
        last.options(),
        last.timing(),
        last.sizes(),
        last.congestion(),
        atTheEnd(connection.parts().counters, last.transfer()),
        last.windows(),
        last.limits());
  }

  private static TcpInfo.Transfer atTheEnd(ConnectionCounters counters, TcpInfo.Transfer last) {
    TcpInfo.Sent sent = last.sent();
    TcpInfo.Received received = last.received();
    return new TcpInfo.Transfer(
        last.flight(),
        new TcpInfo.Sent(
            counters.sent,
            sent.dataSegsOut(),
            sent.bytesSent(),
            sent.bytesRetrans(),
            sent.bytesAcked(),
            counters.retransmitted),
        last.delivery(),
        new TcpInfo.Received(
            counters.received, counters.dataReceived, received.bytesReceived(), received.rcvOoopack()));
  }

  private TcpInfo build() {
    return new TcpInfo(
        connection.state().name(),
        options(),
        new TcpInfo.Timing(roundTrip(), timeouts(), idle()),
        sizes(),
        congestion(),
        new TcpInfo.Transfer(flight(), sent(), delivery(), received()),
        windows(),
        connection.limits().info(now));
  }

  private TcpInfo.Options options() {
    NegotiatedOptions agreement = handshake.agreement();
    return new TcpInfo.Options(
        parts.timestamps.isActive(),
        agreement.sack(),
        receiver != null && receiver.ecn().isAgreed(),
        receiver != null && receiver.ecn().isSeen(),
        handshake.fastOpen().acknowledged() > 0 || handshake.fastOpen().isGranted(),
        agreement.scales().agreed(),
        agreement.scales().send(),
        agreement.scales().receive());
  }

  private TcpInfo.RoundTrip roundTrip() {
    return new TcpInfo.RoundTrip(
        Duration.ofNanos(parts.rtt.srtt()),
        Duration.ofNanos(parts.rtt.rttvar()),
        sender == null ? Duration.ZERO : Duration.ofNanos(sender.kit().minRtt()),
        Duration.ofNanos(receiver == null ? 0 : receiver.roundTrip()));
  }

  private TcpInfo.Timeouts timeouts() {
    RttEstimator rtt = parts.rtt;
    return new TcpInfo.Timeouts(
        Duration.ofNanos(rtt.rto()),
        parts.settings.timers().delayedAck(),
        sender != null && sender.isPersisting() ? sender.persist().backoffs() : rtt.backoffs(),
        sender == null ? handshake.retransmissions() : sender.consecutiveTimeouts(),
        sender == null ? 0 : sender.persist().unanswered() + connection.keepAlive().unanswered());
  }

  private TcpInfo.Idle idle() {
    ConnectionCounters counters = parts.counters;
    return new TcpInfo.Idle(
        Duration.ofNanos(now - counters.lastDataSentAt),
        Duration.ofNanos(now - counters.lastDataReceivedAt),
        Duration.ofNanos(now - counters.lastAckReceivedAt));
  }

  private TcpInfo.Sizes sizes() {
    SegmentSize size = parts.size;
    return new TcpInfo.Sizes(
        sender == null ? 0 : sender.mss(),
        receiver == null ? 0 : receiver.acks().receiveMss(),
        size.announced(),
        size.pathMtu());
  }

  private TcpInfo.Congestion congestion() {
    String algorithm = connection.calls().congestionControl().name();
    if (sender == null) {
      return new TcpInfo.Congestion(algorithm, CongestionState.OPEN, 0, Integer.MAX_VALUE, 0, 0, 0, false);
    }
    CongestionControl control = sender.congestion();
    long srtt = parts.rtt.srtt();
    RateSampler sampler = sender.kit().sampler();
    return new TcpInfo.Congestion(
        algorithm,
        sender.kit().recovery().state(),
        control.cwnd(),
        control.slowStartThreshold(),
        srtt == 0 ? 0 : control.cwnd() * BITS_AND_NANOS / srtt,
        8 * control.pacingRate(),
        8 * sampler.rate(),
        sampler.isRateLimitedByApplication());
  }

  private TcpInfo.Flight flight() {
    if (sender == null) {
      int threshold = parts.settings.recovery().duplicateThreshold();
      return new TcpInfo.Flight(0, 0, 0, 0, 0, parts.output.length(), threshold, 0);
    }
    RetransmissionQueue queue = sender.kit().queue();
    LossRecovery recovery = sender.kit().recovery();
    return new TcpInfo.Flight(
        sender.space().flightSize(),
        queue.size(),
        queue.sackedSegments(),
        queue.lostSegments(),
        queue.resentSegments(),
        sender.space().unsent(),
        recovery.reorderingDegree(),
        (int) recovery.reorderings());
  }

  private TcpInfo.Sent sent() {
    ConnectionCounters counters = parts.counters;
    long fresh = sender == null ? 0 : sender.space().bytesSent();
    return new TcpInfo.Sent(
        counters.sent,
        counters.dataSent,
        counters.bytesSent,
        counters.bytesSent - fresh,
        parts.output.acknowledged(),
        counters.retransmitted);
  }

  private TcpInfo.Delivery delivery() {
    if (sender == null) {
      return new TcpInfo.Delivery(0, 0, 0);
    }
    RateSampler sampler = sender.kit().sampler();
    return new TcpInfo.Delivery(sampler.segments(), sampler.segmentsMarked(), sender.kit().duplicateReports());
  }

  private TcpInfo.Received received() {
    ConnectionCounters counters = parts.counters;
    return receiver == null
        ? new TcpInfo.Received(counters.received, counters.dataReceived, 0, 0)
        : new TcpInfo.Received(
            counters.received, counters.dataReceived, receiver.received(), receiver.outOfOrder());
  }

  private TcpInfo.Windows windows() {
    int capacity = receiver == null ? parts.capacity.bytes() : receiver.window().capacity();
    return new TcpInfo.Windows(
        sender == null ? 0 : sender.space().sndWnd(), receiver == null ? 0 : receiver.acceptance(), capacity, capacity);
  }
}
