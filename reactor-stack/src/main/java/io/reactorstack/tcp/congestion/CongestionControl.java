package io.reactorstack.tcp.congestion;

import io.reactorstack.setting.Checks;
import java.util.List;
import java.util.Locale;

/**
 * How much may be in flight and how fast it leaves: the congestion window {@code cwnd} and the pacing rate (RFC 5681).
 *
 * <p>A control is told everything and owns its window. {@code tcp.recovery} detects losses, chooses what to retransmit and reports
 * here; the window that suits its repair it <em>proposes</em>, and the control decides. Recovery goes beyond the control's window
 * only by what RFCs want sent at once: the first retransmission of each loss, a probe of the window's end, and without SACK two
 * segments of limited transmit (RFC 3042). All sizes are bytes, all times
 * nanoseconds, all rates bytes a second. One connection owns an instance and calls it from one thread.
 *
 * <p>The order of calls:
 *
 * <ol>
 *   <li>{@link #onSent} for every segment of new data.
 *   <li>For an acknowledgement first what recovery concludes from it: {@link #onSpurious}, {@link #onLoss}, {@link #onEcnEcho},
 *       {@link #proposeWindow}, as far as they apply; then {@link #onAck} with the finished sample. A loss that a tail probe has
 *       repaired is reported after that, by {@link #onLoss} and {@link #proposeWindow}.
 *   <li>Between acknowledgements {@link #onTimeout}, {@link #onLoss} with {@link #proposeWindow} when a loss is detected by time, {@link
 *       #onIdle} and {@link #onSegmentSize}.
 * </ol>
 *
 * <p>{@link #cwnd} and {@link #pacingRate} are asked before every segment and must be cheap.
 */
public interface CongestionControl {

  /**
   * What a control begins with.
   *
   * @param segmentSize SMSS, positive
   * @param initialWindow IW, at least {@code segmentSize}
   * @param paced whether the user wants segments to be spread over the round trip, so that a large increase makes no burst; a
   *     control that paces in any case may ignore it
   * @param srtt the smoothed round-trip time, which the handshake has measured; 0 if it is not known
   */
  record Start(int segmentSize, int initialWindow, boolean paced, long srtt) {}

  /** Makes the congestion control of one connection. */
  interface Factory {

    /** The algorithm's name as other stacks have it, for example {@code reno}. */
    String name();

    /** One that has sent nothing yet. */
    CongestionControl create(Start start);
  }

  /** The algorithms that {@link #named} knows, the default first. */
  static List<Factory> known() {
    return List.of(Cubic.FACTORY, NewReno.FACTORY);
  }

  /**
   * The algorithm that a user calls {@code name}, in upper or lower case: {@code cubic}, {@code reno}.
   *
   * @throws IllegalArgumentException if there is none of this name; the message lists those there are
   */
  static Factory named(String name) {
    String wanted = Checks.given("name", name).toLowerCase(Locale.ROOT);
    return known().stream()
        .filter(factory -> factory.name().equals(wanted))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no congestion control is called " + name + "; known are "
            + known().stream().map(Factory::name).toList()));
  }

  /** The congestion window {@code cwnd}; at least {@link #segmentSize}. */
  int cwnd();

  /** The slow start threshold {@code ssthresh}; {@link Integer#MAX_VALUE} before the first reduction, or if there is none. */
  int slowStartThreshold();

  /** The sender's segment size SMSS. */
  int segmentSize();

  /** The rate in bytes a second at which segments may leave; 0 to send as the window allows. */
  long pacingRate();

  /**
   * New data was sent, the first time.
   *
   * @param bytes sent
   * @param flightSize SND.NXT - SND.UNA with it
   * @param sndNxt after it
   */
  void onSent(int bytes, int flightSize, int sndNxt, long now);

  /**
   * An acknowledgement has shown bytes as received or as lost, and recovery has done with it. The only call by which the window
   * grows.
   *
   * @param ack good until this method returns
   */
  void onAck(AckSample ack);

  /**
   * A loss was detected, otherwise than by the retransmission timer; called once for all losses that are repaired together. Recovery
   * then lets the window fall to {@link #slowStartThreshold}.
   */
  void onLoss(int flightSize, long now);

  /**
   * The retransmission timer expired.
   *
   * @param repeated whether it had already expired for the same segment
   */
  void onTimeout(int flightSize, boolean repeated, long now);

  /** The peer tells of a congestion mark (RFC 3168); called at most once for a window of data. */
  void onEcnEcho(int flightSize, long now);

  /**
   * The last reduction that was not a repetition was unfounded: the network had only delayed or reordered (RFC 4015, RFC
   * 5682, RFC 9438 section 4.9). Window and threshold are again at least what they were before it; the second call for the
   * same event does nothing.
   */
  void onSpurious(long now);

  /** Sending resumes after the connection was idle for longer than the retransmission timeout (RFC 5681 section 4.1). */
  void onIdle();

  /**
   * Loss recovery proposes a window: while it repairs losses, what proportional rate reduction (RFC 9937) or NewReno (RFC 6582)
   * allow at present; when it ends, {@link #slowStartThreshold}. Algorithms of the family of RFC 5681 take it; one that finds its
   * window otherwise takes no notice.
   *
   * @param bytes any number; windows of less than a segment mean one segment
   */
  void proposeWindow(int bytes);

  /** Goes on where another algorithm has stopped, before anything else is called. */
  void takeOver(int cwnd, int slowStartThreshold);

  /** The path's segment size has changed. */
  void onSegmentSize(int bytes);
}
