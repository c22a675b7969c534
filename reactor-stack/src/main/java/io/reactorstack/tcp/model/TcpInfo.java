package io.reactorstack.tcp.model;

import io.reactorstack.tcp.congestion.CongestionState;
import java.time.Duration;

/**
 * How a connection stands at one instant: what {@code ss -ti} tells of a socket, and more. The components of the groups
 * carry the names that ss gives them; {@link #toString} reads like its line.
 *
 * <p>Sizes and windows are bytes, counts of the {@link Flight} are segments, rates are bits a second. What was not yet
 * measured is zero.
 *
 * @param state the state
 * @param options what both sides agreed on
 * @param timing round-trip times and timeouts
 * @param sizes segment sizes and the path MTU
 * @param congestion congestion control and rates
 * @param transfer what is on its way, and what has passed
 * @param windows both windows
 * @param limits what has held the sender back, and for how long
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
   * What both sides agreed on in their SYNs.
   *
   * @param ts timestamps (RFC 7323)
   * @param sack selective acknowledgement (RFC 2018)
   * @param ecn explicit congestion notification (RFC 3168)
   * @param ecnseen whether a packet of the peer has ever carried an ECN codepoint
   * @param fastopen whether data travelled with the SYN and was acknowledged (RFC 7413)
   * @param wscale whether windows are scaled
   * @param sndWscale shift of the windows that the peer announces
   * @param rcvWscale shift of the windows that we announce
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
   * Round-trip times, timeouts, and the time since something last happened.
   *
   * @param roundTrip measured round-trip times
   * @param timeouts timers and how often they have expired
   * @param idle time since data or an acknowledgement last passed
   */
  public record Timing(RoundTrip roundTrip, Timeouts timeouts, Idle idle) {

    /** Retransmission timeouts since something new was acknowledged. */
    public int retransmits() {
      return timeouts.retransmits;
    }

    /** Time since data was last sent, or since the beginning. */
    public Duration lastsnd() {
      return idle.lastsnd;
    }

    /** Time since data was last received, or since the beginning. */
    public Duration lastrcv() {
      return idle.lastrcv;
    }
  }

  /**
   * Measured round-trip times.
   *
   * @param rtt smoothed round-trip time
   * @param rttvar its variation
   * @param minrtt the smallest of the recent past
   * @param rcvRtt round-trip time as the receiver measures it
   */
  public record RoundTrip(Duration rtt, Duration rttvar, Duration minrtt, Duration rcvRtt) {}

  /**
   * Timers and how often they have expired.
   *
   * @param rto retransmission timeout now in force, backed off as it is
   * @param ato delay of an acknowledgement
   * @param backoff doublings of the retransmission timeout or of the probes' interval
   * @param retransmits retransmission timeouts since something new was acknowledged
   * @param probes window or keep-alive probes not yet answered
   */
  public record Timeouts(Duration rto, Duration ato, int backoff, int retransmits, int probes) {}

  /**
   * Time since something last happened, or since the beginning if it never has.
   *
   * @param lastsnd since data was last sent
   * @param lastrcv since data was last received
   * @param lastack since an acknowledgement was last received
   */
  public record Idle(Duration lastsnd, Duration lastrcv, Duration lastack) {}

  /**
   * Segment sizes.
   *
   * @param mss most data bytes in a segment sent
   * @param rcvmss the peer's segment size, as seen
   * @param advmss the MSS that we announced
   * @param pmtu the path MTU, headers included
   */
  public record Sizes(int mss, int rcvmss, int advmss, int pmtu) {}

  /**
   * Congestion control.
   *
   * @param algorithm its name
   * @param caState how far loss recovery has got
   * @param cwnd congestion window
   * @param ssthresh slow-start threshold; {@link Integer#MAX_VALUE} before the first loss
   * @param sendRate what one window a round trip makes
   * @param pacingRate rate at which segments are spread; 0 without pacing
   * @param deliveryRate rate at which the peer has lately received
   * @param appLimited whether that rate was limited by what there was to send
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
   * What is on its way, and what has passed since the beginning.
   *
   * @param flight what is on its way
   * @param sent what was sent
   * @param delivery what the peer has reported of it
   * @param received what was received
   */
  public record Transfer(Flight flight, Sent sent, Delivery delivery, Received received) {}

  /**
   * What is on its way, in segments unless said otherwise.
   *
   * @param bytesInFlight bytes sent and not yet acknowledged
   * @param unacked sent and not yet acknowledged
   * @param sacked of these, selectively acknowledged
   * @param lost of these, taken for lost
   * @param retrans of these, sent again
   * @param notsent bytes accepted and not yet sent
   * @param reordering segments by which the path may change their order before it looks like a loss
   * @param reordSeen how often it did
   */
  public record Flight(
      int bytesInFlight, int unacked, int sacked, int lost, int retrans, int notsent, int reordering, int reordSeen) {}

  /**
   * What was sent since the beginning.
   *
   * @param segsOut segments
   * @param dataSegsOut segments with data
   * @param bytesSent data bytes, those sent again included
   * @param bytesRetrans data bytes sent again
   * @param bytesAcked data bytes acknowledged
   * @param totalRetrans segments sent again, SYNs included
   */
  public record Sent(
      long segsOut, long dataSegsOut, long bytesSent, long bytesRetrans, long bytesAcked, long totalRetrans) {}

  /**
   * What the peer has reported since the beginning of what was sent to it.
   *
   * @param delivered segments that the peer has acknowledged or selectively acknowledged
   * @param deliveredCe of these, with congestion experienced
   * @param dsackDups duplicates that the peer has reported (RFC 2883)
   */
  public record Delivery(long delivered, long deliveredCe, long dsackDups) {}

  /**
   * What was received since the beginning.
   *
   * @param segsIn segments
   * @param dataSegsIn segments with data
   * @param bytesReceived data bytes in order
   * @param rcvOoopack segments out of order
   */
  public record Received(long segsIn, long dataSegsIn, long bytesReceived, long rcvOoopack) {}

  /**
   * Both windows.
   *
   * @param sndWnd the peer's window
   * @param rcvWnd our advertised window
   * @param rcvSpace memory that unread data may hold
   * @param rcvSsthresh the largest window that we would advertise at present
   */
  public record Windows(int sndWnd, int rcvWnd, int rcvSpace, int rcvSsthresh) {}

  /**
   * What has held the sender back since the beginning.
   *
   * @param busy time with data sent and not acknowledged, or waiting to be sent
   * @param rwndLimited time in which the peer's window was too small for what waited
   * @param sndbufLimited time in which the send buffer was full and all of it was sent
   * @param cwndLimited time in which the congestion window held back what waited
   * @param zeroWindow time in which the peer's window was closed
   */
  public record Limits(
      Duration busy, Duration rwndLimited, Duration sndbufLimited, Duration cwndLimited, Duration zeroWindow) {}

  /** What is on its way. */
  public Flight flight() {
    return transfer.flight;
  }

  /** What was sent since the beginning. */
  public Sent sent() {
    return transfer.sent;
  }

  /** What was received since the beginning. */
  public Received received() {
    return transfer.received;
  }

  // ---- the questions asked most often, in plain words

  /** Smoothed round-trip time; zero before the first sample. */
  public Duration srtt() {
    return timing.roundTrip.rtt;
  }

  /** Round-trip time variation. */
  public Duration rttvar() {
    return timing.roundTrip.rttvar;
  }

  /** Retransmission timeout now in force. */
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

  /** Our advertised window in bytes. */
  public int receiveWindow() {
    return windows.rcvWnd;
  }

  /** Most data bytes in a segment sent. */
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

  /** Segments sent again. */
  public long retransmissions() {
    return transfer.sent.totalRetrans;
  }

  @Override
  public String toString() {
    return InfoLine.of(this);
  }
}
