package io.reactorstack.tcp.model;

import io.reactorstack.tcp.congestion.CongestionState;
import java.time.Duration;

/**
 * A snapshot of a connection, with the values that {@code ss -ti} shows of a kernel's socket, and more. The components
 * of the groups have the names that ss uses; {@link #toString} has the format of its line.
 *
 * <p>Sizes and windows are in bytes, counts in {@link Flight} are segments unless its Javadoc says otherwise, and rates
 * are in bits per second. A value that has not been measured yet is zero.
 *
 * @param state the state
 * @param options the options that both sides agreed on
 * @param timing round-trip times and timeouts
 * @param sizes segment sizes and the path MTU
 * @param congestion congestion control and rates
 * @param transfer the data in flight, and totals of what was sent and received
 * @param windows the send window and the receive window
 * @param limits how long each limit has held the sender back
 */
public record TcpInfo(
    TcpState state,
    Options options,
    Timing timing,
    Sizes sizes,
    Congestion congestion,
    Transfer transfer,
    Windows windows,
    Limits limits) {

  /**
   * The options that both sides agreed on in their SYNs.
   *
   * @param ts timestamps (RFC 7323)
   * @param sack selective acknowledgement (RFC 2018)
   * @param ecn explicit congestion notification (RFC 3168)
   * @param ecnseen whether a packet of the peer has ever carried an ECN codepoint
   * @param fastopen whether data in the SYN was accepted (RFC 7413)
   * @param wscale whether windows are scaled
   * @param sndWscale shift of the windows that the peer announces
   * @param rcvWscale shift of the windows that the local side announces
   */
  public record Options(
      boolean ts,
      boolean sack,
      boolean ecn,
      boolean ecnseen,
      boolean fastopen,
      boolean wscale,
      int sndWscale,
      int rcvWscale) {}

  /**
   * Round-trip times, timeouts, and the time since the last activity.
   *
   * @param roundTrip measured round-trip times
   * @param timeouts timers and the number of their expiries
   * @param idle time since data or an acknowledgement was last sent or received
   */
  public record Timing(RoundTrip roundTrip, Timeouts timeouts, Idle idle) {

    /** Number of retransmission timeouts since new data was last acknowledged. */
    public int retransmits() {
      return timeouts.retransmits;
    }

    /** Time since data was last sent, or since the connection began if none was. */
    public Duration lastsnd() {
      return idle.lastsnd;
    }

    /** Time since data was last received, or since the connection began if none was. */
    public Duration lastrcv() {
      return idle.lastrcv;
    }
  }

  /**
   * Measured round-trip times.
   *
   * @param rtt smoothed round-trip time
   * @param rttvar round-trip time variation
   * @param minrtt the smallest recent sample
   * @param rcvRtt round-trip time as the local receiver estimates it
   */
  public record RoundTrip(Duration rtt, Duration rttvar, Duration minrtt, Duration rcvRtt) {}

  /**
   * Timers and the number of their expiries.
   *
   * @param rto current retransmission timeout, including its backoff
   * @param ato the longest delay of an acknowledgement
   * @param backoff number of times that the retransmission timeout, or the interval of window probes, has been doubled
   * @param retransmits number of retransmission timeouts since new data was last acknowledged
   * @param probes number of window and keep-alive probes not yet answered
   */
  public record Timeouts(Duration rto, Duration ato, int backoff, int retransmits, int probes) {}

  /**
   * Time since each kind of activity, or since the connection began if it has not happened.
   *
   * @param lastsnd since data was last sent
   * @param lastrcv since data was last received
   * @param lastack since an acknowledgement was last received
   */
  public record Idle(Duration lastsnd, Duration lastrcv, Duration lastack) {}

  /**
   * Segment sizes.
   *
   * @param mss the largest number of data bytes in a segment sent
   * @param rcvmss the peer's segment size, estimated from received segments
   * @param advmss the MSS that the local side announced
   * @param pmtu the path MTU, headers included
   */
  public record Sizes(int mss, int rcvmss, int advmss, int pmtu) {}

  /**
   * Congestion control.
   *
   * @param algorithm the name of the algorithm
   * @param caState the state of loss recovery
   * @param cwnd congestion window
   * @param ssthresh slow-start threshold; {@link Integer#MAX_VALUE} before the first loss
   * @param sendRate one congestion window per smoothed round trip
   * @param pacingRate rate at which segments are paced; 0 without pacing
   * @param deliveryRate rate at which data recently reached the peer
   * @param appLimited whether the application limited that rate, by having too little to send
   */
  public record Congestion(
      String algorithm,
      CongestionState caState,
      int cwnd,
      int ssthresh,
      long sendRate,
      long pacingRate,
      long deliveryRate,
      boolean appLimited) {}

  /**
   * The data in flight, and totals since the connection began.
   *
   * @param flight segments and bytes in flight
   * @param sent totals of what was sent
   * @param delivery totals of what the peer has reported as received
   * @param received totals of what was received
   */
  public record Transfer(Flight flight, Sent sent, Delivery delivery, Received received) {}

  /**
   * The data in flight, in segments unless a component names bytes.
   *
   * @param bytesInFlight bytes sent and not yet acknowledged
   * @param unacked segments sent and not yet acknowledged
   * @param sacked of these, segments that were selectively acknowledged
   * @param lost of these, segments considered lost
   * @param retrans of these, segments that were retransmitted
   * @param notsent bytes accepted from the application and not yet sent
   * @param reordering number of segments by which the path may reorder before a segment counts as lost
   * @param reordSeen number of times that reordering was detected
   */
  public record Flight(
      int bytesInFlight, int unacked, int sacked, int lost, int retrans, int notsent, int reordering, int reordSeen) {}

  /**
   * Totals of what was sent since the connection began.
   *
   * @param segsOut segments
   * @param dataSegsOut segments with data
   * @param bytesSent data bytes, including retransmissions
   * @param bytesRetrans data bytes retransmitted
   * @param bytesAcked data bytes acknowledged
   * @param totalRetrans segments retransmitted, including SYNs
   */
  public record Sent(
      long segsOut, long dataSegsOut, long bytesSent, long bytesRetrans, long bytesAcked, long totalRetrans) {}

  /**
   * Totals of what the peer has reported as received since the connection began.
   *
   * @param delivered segments that the peer has acknowledged or selectively acknowledged
   * @param deliveredCe of these, segments acknowledged with an echo of Congestion Experienced
   * @param dsackDups duplicates that the peer has reported (RFC 2883)
   */
  public record Delivery(long delivered, long deliveredCe, long dsackDups) {}

  /**
   * Totals of what was received since the connection began.
   *
   * @param segsIn segments
   * @param dataSegsIn segments with data
   * @param bytesReceived data bytes in order
   * @param rcvOoopack segments out of order
   */
  public record Received(long segsIn, long dataSegsIn, long bytesReceived, long rcvOoopack) {}

  /**
   * The send window and the receive window.
   *
   * @param sndWnd the window that the peer advertises
   * @param rcvWnd the window that the local side advertises
   * @param rcvSpace memory that unread data may hold
   * @param rcvSsthresh the largest window that the local side would advertise at present
   */
  public record Windows(int sndWnd, int rcvWnd, int rcvSpace, int rcvSsthresh) {}

  /**
   * The time for which each limit has delayed the sender since the connection was opened.
   *
   * @param busy time in which data was unacknowledged or waited to be sent
   * @param rwndLimited time in which the peer's window was too small for the waiting data
   * @param sndbufLimited time in which the send buffer was full and all of its data was sent
   * @param cwndLimited time in which the congestion window held back waiting data
   * @param zeroWindow time in which the peer's window was closed
   */
  public record Limits(
      Duration busy, Duration rwndLimited, Duration sndbufLimited, Duration cwndLimited, Duration zeroWindow) {}

  /** The data in flight. */
  public Flight flight() {
    return transfer.flight;
  }

  /** Totals of what was sent since the connection began. */
  public Sent sent() {
    return transfer.sent;
  }

  /** Totals of what was received since the connection began. */
  public Received received() {
    return transfer.received;
  }

  // ---- shortcuts to the values that are used most

  /** Smoothed round-trip time; zero before the first sample. */
  public Duration srtt() {
    return timing.roundTrip.rtt;
  }

  /** Round-trip time variation. */
  public Duration rttvar() {
    return timing.roundTrip.rttvar;
  }

  /** Current retransmission timeout. */
  public Duration rto() {
    return timing.timeouts.rto;
  }

  /** Congestion window in bytes. */
  public int cwnd() {
    return congestion.cwnd;
  }

  /** Slow-start threshold in bytes; {@link Integer#MAX_VALUE} before the first loss. */
  public int ssthresh() {
    return congestion.ssthresh;
  }

  /** Bytes sent and not yet acknowledged. */
  public int bytesInFlight() {
    return transfer.flight.bytesInFlight;
  }

  /** The peer's window in bytes. */
  public int sendWindow() {
    return windows.sndWnd;
  }

  /** The advertised receive window in bytes. */
  public int receiveWindow() {
    return windows.rcvWnd;
  }

  /** The largest number of data bytes in a segment sent. */
  public int mss() {
    return sizes.mss;
  }

  /** Data bytes sent, without retransmissions. */
  public long bytesSent() {
    return transfer.sent.bytesSent - transfer.sent.bytesRetrans;
  }

  /** Data bytes acknowledged by the peer. */
  public long bytesAcknowledged() {
    return transfer.sent.bytesAcked;
  }

  /** Data bytes received in order. */
  public long bytesReceived() {
    return transfer.received.bytesReceived;
  }

  /** Segments sent, with retransmissions. */
  public long segmentsSent() {
    return transfer.sent.segsOut;
  }

  /** Segments received. */
  public long segmentsReceived() {
    return transfer.received.segsIn;
  }

  /** Segments retransmitted, including SYNs. */
  public long retransmissions() {
    return transfer.sent.totalRetrans;
  }

  @Override
  public String toString() {
    return InfoLine.of(this);
  }
}
