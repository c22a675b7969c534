package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.CongestionState;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.tcp.recovery.LossRecovery;
import io.reactorstack.tcp.recovery.RateSampler;
import io.reactorstack.tcp.recovery.RetransmissionQueue;
import io.reactorstack.tcp.recovery.RttEstimator;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a connection at one time. {@link #get} builds the {@link TcpInfo} from them: most connections end
 * without anybody who asks for it. All times are in nanoseconds. Does not change, so any thread may use it.
 */
final class Snapshot implements Supplier<TcpInfo> {

  private static final long BITS_AND_NANOS = 8L * 1_000_000_000L;

  /** The numbers that change even after the end of a connection. */
  private record Counts(TcpState state, long sent, long retransmitted, long received, long dataReceived) {

    static Counts of(Connection connection) {
      ConnectionCounters counters = connection.parts().counters;
      return new Counts(connection.state().name(), counters.sent, counters.retransmitted, counters.received,
          counters.dataReceived);
    }
  }

  private final Counts counts;
  private final NegotiatedOptions agreement;
  private final boolean timestamps;
  private final boolean fastOpen;
  private final Duration delayedAck;
  private final boolean ecn;
  private final boolean ecnSeen;
  private final long srtt;
  private final long rttvar;
  private final long receiverRoundTrip;
  private final long rto;
  private final int probes;
  private final long sinceDataSent;
  private final long sinceDataReceived;
  private final long sinceAckReceived;
  private final int receiveMss;
  private final int announcedMss;
  private final int pathMtu;
  private final String algorithm;
  private final long dataSent;
  private final long bytesSent;
  private final long bytesAcknowledged;
  private final long bytesReceived;
  private final long outOfOrder;
  private final int acceptance;
  private final int capacity;
  private final Sending sending;
  private final Limits limits;

  private Snapshot(
      Connection connection, Handshake handshake, @Nullable Sender sender, @Nullable Receiver receiver, long now) {
    ConnectionParts parts = connection.parts();
    ConnectionCounters counters = parts.counters;
    counts = Counts.of(connection);
    agreement = handshake.agreement();
    timestamps = parts.timestamps.isActive();
    fastOpen = handshake.isFastOpenUsed();
    delayedAck = parts.settings.timers().delayedAck();
    ecn = receiver != null && receiver.ecn().isAgreed();
    ecnSeen = receiver != null && receiver.ecn().isSeen();
    srtt = parts.rtt.srtt();
    rttvar = parts.rtt.rttvar();
    receiverRoundTrip = receiver == null ? 0 : receiver.roundTrip();
    rto = parts.rtt.rto();
    KeepAlive keepAlive = connection.keepAlive();
    probes = sender == null ? 0 : sender.persist().unanswered() + (keepAlive == null ? 0 : keepAlive.unanswered());
    sinceDataSent = now - counters.lastDataSentAt;
    sinceDataReceived = now - counters.lastDataReceivedAt;
    sinceAckReceived = now - counters.lastAckReceivedAt;
    receiveMss = receiver == null ? 0 : receiver.acks().receiveMss();
    announcedMss = parts.size.announced();
    pathMtu = parts.size.pathMtu();
    algorithm = connection.calls().congestionControl().name();
    dataSent = counters.dataSent;
    bytesSent = counters.bytesSent;
    bytesAcknowledged = parts.output.acknowledged();
    bytesReceived = receiver == null ? 0 : receiver.received();
    outOfOrder = receiver == null ? 0 : receiver.outOfOrder();
    acceptance = receiver == null ? 0 : receiver.acceptance();
    capacity = receiver == null ? parts.capacity.bytes() : receiver.window().capacity();
    sending = sender == null ? new Sending(parts, handshake) : new Sending(parts.rtt, sender);
    limits = Limits.of(connection.limits(), now);
  }

  /** Returns the snapshot of a connection; without {@code sender} it is still opening. */
  static Snapshot of(
      Connection connection, Handshake handshake, @Nullable Sender sender, @Nullable Receiver receiver, long now) {
    return new Snapshot(connection, handshake, sender, receiver, now);
  }

  /** Returns the snapshot of a connection that has ended: these last values of the transfer, with the present counters. */
  Supplier<TcpInfo> afterTheEnd(Connection connection) {
    Counts present = Counts.of(connection);
    return present.equals(counts) ? this : () -> build(present);
  }

  @Override
  public TcpInfo get() {
    return build(counts);
  }

  private TcpInfo build(Counts present) {
    TcpInfo.Options options = new TcpInfo.Options(
        timestamps,
        agreement.sack(),
        ecn,
        ecnSeen,
        fastOpen,
        agreement.scales().agreed(),
        agreement.scales().send(),
        agreement.scales().receive());
    return new TcpInfo(
        present.state,
        options,
        new TcpInfo.Timing(roundTrip(), timeouts(), idle()),
        new TcpInfo.Sizes(sending.mss, receiveMss, announcedMss, pathMtu),
        congestion(),
        transfer(present),
        new TcpInfo.Windows(sending.window, acceptance, capacity, capacity),
        limits.info());
  }

  private TcpInfo.RoundTrip roundTrip() {
    return new TcpInfo.RoundTrip(
        Duration.ofNanos(srtt),
        Duration.ofNanos(rttvar),
        Duration.ofNanos(sending.minRtt),
        Duration.ofNanos(receiverRoundTrip));
  }

  private TcpInfo.Timeouts timeouts() {
    return new TcpInfo.Timeouts(Duration.ofNanos(rto), delayedAck, sending.backoffs, sending.timeouts, probes);
  }

  private TcpInfo.Idle idle() {
    return new TcpInfo.Idle(
        Duration.ofNanos(sinceDataSent), Duration.ofNanos(sinceDataReceived), Duration.ofNanos(sinceAckReceived));
  }

  private TcpInfo.Congestion congestion() {
    return new TcpInfo.Congestion(
        algorithm,
        sending.state,
        sending.cwnd,
        sending.ssthresh,
        srtt == 0 ? 0 : sending.cwnd * BITS_AND_NANOS / srtt,
        8 * sending.pacingRate,
        8 * sending.rate,
        sending.rateLimited);
  }

  private TcpInfo.Transfer transfer(Counts present) {
    TcpInfo.Flight flight = new TcpInfo.Flight(sending.flightSize, sending.segments, sending.sacked, sending.lost,
        sending.resent, sending.unsent, sending.reordering, sending.reorderings);
    TcpInfo.Sent sent = new TcpInfo.Sent(present.sent, dataSent, bytesSent, bytesSent - sending.bytesSent,
        bytesAcknowledged, present.retransmitted);
    TcpInfo.Delivery delivery = new TcpInfo.Delivery(sending.delivered, sending.marked, sending.duplicateReports);
    TcpInfo.Received received = new TcpInfo.Received(present.received, present.dataReceived, bytesReceived, outOfOrder);
    return new TcpInfo.Transfer(flight, sent, delivery, received);
  }

  /** The numbers of the sending half. */
  private static final class Sending {

    private final int mss;
    private final int window;
    private final long minRtt;
    private final int backoffs;
    private final int timeouts;
    private final CongestionState state;
    private final int cwnd;
    private final int ssthresh;
    private final long pacingRate;
    private final long rate;
    private final boolean rateLimited;
    private final int flightSize;
    private final int segments;
    private final int sacked;
    private final int lost;
    private final int resent;
    private final int unsent;
    private final int reordering;
    private final int reorderings;
    private final long bytesSent;
    private final long delivered;
    private final long marked;
    private final long duplicateReports;

    /** Reads the numbers before the connection is established. */
    Sending(ConnectionParts parts, Handshake handshake) {
      mss = 0;
      window = 0;
      minRtt = 0;
      backoffs = parts.rtt.backoffs();
      timeouts = handshake.retransmissions();
      state = CongestionState.OPEN;
      cwnd = 0;
      ssthresh = Integer.MAX_VALUE;
      pacingRate = 0;
      rate = 0;
      rateLimited = false;
      flightSize = 0;
      segments = 0;
      sacked = 0;
      lost = 0;
      resent = 0;
      unsent = parts.output.length();
      reordering = parts.settings.recovery().duplicateThreshold();
      reorderings = 0;
      bytesSent = 0;
      delivered = 0;
      marked = 0;
      duplicateReports = 0;
    }

    /** Reads the numbers of a sender. */
    Sending(RttEstimator rtt, Sender sender) {
      RetransmissionQueue queue = sender.kit().queue();
      LossRecovery recovery = sender.kit().recovery();
      CongestionControl control = sender.congestion();
      RateSampler sampler = sender.kit().sampler();
      SendSpace space = sender.space();
      mss = sender.mss();
      window = space.sndWnd();
      minRtt = sender.kit().minRtt();
      backoffs = sender.isPersisting() ? sender.persist().backoffs() : rtt.backoffs();
      timeouts = sender.consecutiveTimeouts();
      state = recovery.state();
      cwnd = control.cwnd();
      ssthresh = control.slowStartThreshold();
      pacingRate = control.pacingRate();
      rate = sampler.rate();
      rateLimited = sampler.isRateLimitedByApplication();
      flightSize = space.flightSize();
      segments = queue.size();
      sacked = queue.sackedSegments();
      lost = queue.lostSegments();
      resent = queue.resentSegments();
      unsent = space.unsent();
      reordering = recovery.reorderingDegree();
      reorderings = (int) recovery.reorderings();
      bytesSent = space.bytesSent();
      delivered = sampler.segments();
      marked = sampler.segmentsMarked();
      duplicateReports = sender.kit().duplicateReports();
    }
  }

  /** The times in which something held the sender back. */
  private record Limits(long busy, long peerWindow, long sendBuffer, long congestionWindow, long zeroWindow) {

    private static final Limits NONE = new Limits(0, 0, 0, 0, 0);

    static Limits of(@Nullable SenderLimits limits, long now) {
      return limits == null
          ? NONE
          : new Limits(limits.busy(now), limits.peerWindow(now), limits.sendBuffer(now), limits.congestionWindow(now),
              limits.zeroWindow(now));
    }

    TcpInfo.Limits info() {
      return new TcpInfo.Limits(
          Duration.ofNanos(busy),
          Duration.ofNanos(peerWindow),
          Duration.ofNanos(sendBuffer),
          Duration.ofNanos(congestionWindow),
          Duration.ofNanos(zeroWindow));
    }
  }
}
