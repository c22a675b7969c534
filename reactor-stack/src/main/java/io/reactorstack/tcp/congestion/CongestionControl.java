package io.reactorstack.tcp.congestion;

import io.reactorstack.setting.Checks;
import java.util.List;
import java.util.Locale;

/**
 * The congestion control of one connection: sets the congestion window {@code cwnd} and the pacing rate (RFC 5681).
 *
 * <p>A control receives every acknowledgement, loss and timeout, and owns its window. {@code tcp.recovery} detects
 * losses and chooses the segments to retransmit; it reports to the control and <em>proposes</em> a window that suits
 * the repair, and the control decides. Recovery exceeds the control's window only for segments that RFCs require to be
 * sent immediately: the first retransmission of each loss, a tail loss probe, and, without SACK, two segments of
 * limited transmit (RFC 3042). All sizes are in bytes, all times in nanoseconds, all rates in bytes per second. One
 * connection owns an instance and calls it from one thread.
 *
 * <p>The order of calls:
 *
 * <ol>
 *   <li>{@link #onSent} for every segment of new data.
 *   <li>For an acknowledgement first the conclusions of recovery, as far as they apply: {@link #onSpurious},
 *       {@link #onLoss}, {@link #onEcnEcho}, {@link #proposeWindow}; then {@link #onAck} with the finished sample. A
 *       loss that a tail loss probe has repaired is reported after that, by {@link #onLoss} and {@link #proposeWindow}.
 *   <li>Between acknowledgements {@link #onTimeout}, {@link #onLoss} with {@link #proposeWindow} when a timer detects a
 *       loss, {@link #onIdle} and {@link #onSegmentSize}.
 * </ol>
 *
 * <p>{@link #cwnd} and {@link #pacingRate} are called before every segment and must be cheap.
 */
public interface CongestionControl {

  /**
   * The initial values of a control.
   *
   * @param segmentSize SMSS, positive
   * @param initialWindow IW, at least {@code segmentSize}
   * @param paced whether the user wants segments to be spread over the round trip, so that a large increase of the
   *     window causes no burst; a control that always paces may ignore it
   * @param srtt the smoothed round-trip time that the handshake has measured; 0 if it has measured none
   */
  record Start(int segmentSize, int initialWindow, boolean paced, long srtt) {}

  /** Makes the congestion control of one connection. */
  interface Factory {

    /** The algorithm's name, the same as in other stacks, for example {@code reno}. */
    String name();

    /** Creates the control of a connection that has sent no data yet. */
    CongestionControl create(Start start);
  }

  /** Returns the algorithms that {@link #named} can find, the default first. */
  static List<Factory> known() {
    return List.of(Cubic.FACTORY, NewReno.FACTORY);
  }

  /**
   * Returns the algorithm with this name, in upper or lower case: {@code cubic}, {@code reno}.
   *
   * @throws IllegalArgumentException if no algorithm has this name; the message lists all names
   */
  static Factory named(String name) {
    String wanted = Checks.given("name", name).toLowerCase(Locale.ROOT);
    return known().stream()
        .filter(factory -> factory.name().equals(wanted))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("unknown congestion control " + name + "; known are "
            + known().stream().map(Factory::name).toList()));
  }

  /** The congestion window {@code cwnd}; at least {@link #segmentSize}. */
  int cwnd();

  /**
   * The slow start threshold {@code ssthresh}; {@link Integer#MAX_VALUE} before the first reduction, or if the
   * algorithm has none.
   */
  int slowStartThreshold();

  /** The sender's segment size SMSS. */
  int segmentSize();

  /** The rate in bytes per second at which segments may leave; 0 to send as fast as the window allows. */
  long pacingRate();

  /**
   * Called when new data was sent, once for segments that leave together; not called for retransmissions.
   *
   * @param bytes the number of bytes sent
   * @param flightSize SND.NXT - SND.UNA, including the new data
   * @param sndNxt SND.NXT after the new data
   */
  void onSent(int bytes, int flightSize, int sndNxt, long now);

  /**
   * Called after recovery has processed an acknowledgement that reports bytes as received or shows them to be lost. The
   * window grows only in this call.
   *
   * @param ack valid until this method returns
   */
  void onAck(AckSample ack);

  /**
   * Called when a loss was detected by other means than the retransmission timer, once for all losses that are repaired
   * together. Recovery then lowers the window to {@link #slowStartThreshold}.
   */
  void onLoss(int flightSize, long now);

  /**
   * Called when the retransmission timer has expired.
   *
   * @param repeated whether it had already expired for the same segment
   */
  void onTimeout(int flightSize, boolean repeated, long now);

  /** Called when the peer echoes a congestion mark (RFC 3168), at most once for a window of data. */
  void onEcnEcho(int flightSize, long now);

  /**
   * Called when the last reduction has proved spurious: the network had only delayed or reordered segments (RFC 4015,
   * RFC 5682, RFC 9438 section 4.9). A repeated timeout does not count as a reduction here. Restores the window and the
   * threshold to at least their values before the reduction; a second call for the same event does nothing.
   */
  void onSpurious(long now);

  /** Called when sending resumes after an idle time longer than the retransmission timeout (RFC 5681 section 4.1). */
  void onIdle();

  /**
   * Called when loss recovery proposes a window: during the repair of losses, the window that proportional rate
   * reduction (RFC 9937) or NewReno (RFC 6582) allows; at its end, {@link #slowStartThreshold}. Algorithms of the RFC
   * 5681 family adopt it; an algorithm that computes its window by other means ignores it.
   *
   * @param bytes any number; a window of less than a segment means one segment
   */
  void proposeWindow(int bytes);

  /** Continues with the window and threshold of another algorithm; called before any other method. */
  void takeOver(int cwnd, int slowStartThreshold);

  /** Called when the path's segment size has changed. */
  void onSegmentSize(int bytes);
}
