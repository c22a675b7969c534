package io.reactorstack.agent;

import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import java.time.Duration;

/** A connection's {@code TcpInfo} in the fields and units of TCPINFO: counts in segments, times in microseconds. */
final class InfoFields {

  private static final int NO_THRESHOLD = 0x7fffffff;

  private final Payload payload = new Payload();

  private InfoFields() {}

  /** Returns the fields of a socket that never had a connection. */
  static byte[] of(TcpState state, boolean listening) {
    return new InfoFields().put(1, listening ? 10 : number(state)).payload.toBytes();
  }

  /** Returns the fields of a connection. */
  static byte[] of(TcpInfo info) {
    InfoFields fields = new InfoFields();
    fields.putState(info);
    fields.putTimes(info);
    fields.putFlight(info);
    fields.putCounters(info);
    return fields.payload.toBytes();
  }

  private void putState(TcpInfo info) {
    var options = info.options();
    put(1, number(info.state()));
    put(2, info.congestion().caState().ordinal());
    put(3, info.timing().retransmits());
    put(4, info.timing().timeouts().probes());
    put(5, info.timing().timeouts().backoff());
    put(6, (options.ts() ? 1 : 0) | (options.sack() ? 2 : 0) | (options.wscale() ? 4 : 0) | (options.ecn() ? 8 : 0)
        | (options.ecnseen() ? 16 : 0) | (options.fastopen() ? 32 : 0));
    put(7, options.sndWscale());
    put(8, options.rcvWscale());
    put(9, info.congestion().appLimited() ? 1 : 0);
  }

  private void putTimes(TcpInfo info) {
    var roundTrip = info.timing().roundTrip();
    var idle = info.timing().idle();
    put(10, micros(info.rto()));
    put(11, micros(info.timing().timeouts().ato()));
    put(18, idle.lastsnd().toMillis());
    put(19, idle.lastrcv().toMillis());
    put(20, idle.lastack().toMillis());
    put(23, micros(roundTrip.rtt()));
    put(24, micros(roundTrip.rttvar()));
    put(35, micros(roundTrip.minrtt()));
    put(38, micros(info.limits().busy()));
    put(39, micros(info.limits().rwndLimited()));
    put(40, micros(info.limits().sndbufLimited()));
  }

  private void putFlight(TcpInfo info) {
    int mss = Math.max(1, info.sizes().mss());
    var flight = info.flight();
    put(12, info.sizes().mss());
    put(13, info.sizes().rcvmss());
    put(14, flight.unacked());
    put(15, flight.sacked());
    put(16, flight.lost());
    put(17, flight.retrans());
    put(21, info.sizes().pmtu());
    put(22, info.windows().rcvSsthresh());
    put(25, info.ssthresh() == Integer.MAX_VALUE ? NO_THRESHOLD : info.ssthresh() / mss);
    put(26, info.cwnd() / mss);
    put(27, info.sizes().advmss());
    put(28, flight.reordering());
    put(34, flight.notsent());
    put(46, flight.reordSeen());
  }

  private void putCounters(TcpInfo info) {
    var sent = info.sent();
    var delivery = info.transfer().delivery();
    var received = info.received();
    put(29, sent.totalRetrans());
    // Linux counts the local SYN as a byte.
    put(30, sent.bytesAcked() + (info.state().isSynchronized() ? 1 : 0));
    put(31, received.bytesReceived());
    put(32, sent.segsOut());
    put(33, received.segsIn());
    put(36, received.dataSegsIn());
    put(37, sent.dataSegsOut());
    // Linux also counts it as a segment.
    put(41, delivery.delivered() + (info.state().isSynchronized() ? 1 : 0));
    put(42, delivery.deliveredCe());
    put(43, sent.bytesSent());
    put(44, sent.bytesRetrans());
    put(45, delivery.dsackDups());
    put(47, received.rcvOoopack());
    put(48, info.windows().sndWnd());
    put(49, info.windows().rcvWnd());
  }

  private InfoFields put(int field, long value) {
    payload.u8(field).i64(value);
    return this;
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1000;
  }

  private static int number(TcpState state) {
    return switch (state) {
      case ESTABLISHED -> 1;
      case SYN_SENT -> 2;
      case SYN_RECEIVED -> 3;
      case FIN_WAIT_1 -> 4;
      case FIN_WAIT_2 -> 5;
      // As in Linux, a socket whose connection is in TIME-WAIT no longer has a connection.
      case TIME_WAIT, CLOSED -> 7;
      case CLOSE_WAIT -> 8;
      case LAST_ACK -> 9;
      case CLOSING -> 11;
    };
  }
}
