package io.reactorstack.tcp.engine;

import io.reactorstack.tcp.recovery.RttEstimator;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Puts together what a connection tells about itself. */
final class Snapshot {

  private Snapshot() {}

  /** While opening: there is no sender yet. */
  static TcpInfo of(Connection connection, Handshake handshake, @Nullable Receiver receiver) {
    return build(connection, handshake.rtt(), 0, Integer.MAX_VALUE, 0, 0, 0, 0, receiver);
  }

  static TcpInfo of(Connection connection, Sender sender, Receiver receiver) {
    return build(
        connection,
        sender.rtt(),
        sender.congestion().window(),
        sender.congestion().slowStartThreshold(),
        sender.flightSize(),
        sender.sndWnd(),
        sender.mss(),
        sender.bytesSent(),
        receiver);
  }

  /** After the end: the numbers of the transfer as they were, the counters as they are. */
  static TcpInfo atTheEnd(Connection connection, @Nullable TcpInfo last) {
    if (last == null) {
      throw new IllegalStateException("an end without a beginning");
    }
    Counters counters = connection.counters();
    return new TcpInfo(
        connection.state().name(),
        last.srtt(),
        last.rttvar(),
        last.rto(),
        last.cwnd(),
        last.ssthresh(),
        last.bytesInFlight(),
        last.sendWindow(),
        last.receiveWindow(),
        last.mss(),
        last.bytesSent(),
        last.bytesAcknowledged(),
        last.bytesReceived(),
        counters.sent,
        counters.received,
        counters.retransmitted);
  }

  private static TcpInfo build(
      Connection connection,
      RttEstimator rtt,
      int cwnd,
      int ssthresh,
      int flight,
      int sendWindow,
      int mss,
      long bytesSent,
      @Nullable Receiver receiver) {
    Counters counters = connection.counters();
    return new TcpInfo(
        connection.state().name(),
        Duration.ofNanos(rtt.srtt()),
        Duration.ofNanos(rtt.rttvar()),
        Duration.ofNanos(rtt.rto()),
        cwnd,
        ssthresh,
        flight,
        sendWindow,
        receiver == null ? 0 : receiver.acceptance(),
        mss,
        bytesSent,
        connection.output().acknowledged(),
        receiver == null ? 0 : receiver.received(),
        counters.sent,
        counters.received,
        counters.retransmitted);
  }
}
