package io.reactorstack.tcp.congestion;

import io.reactorstack.setting.Checks;
import java.util.List;
import java.util.Locale;

/**
 * How much may be in flight: the congestion window and how it moves (RFC 5681).
 *
 * <p>It neither detects losses nor chooses what to retransmit; {@code tcp.recovery} does and reports here. All sizes are
 * bytes, all times nanoseconds. One connection owns an instance and calls it from one thread.
 *
 * <p>The order of calls: {@link #onSent} for every segment of new data; for every acknowledgement of new data first
 * {@link #onRoundTrip}, then, outside of recovery, {@link #onAcknowledged}. A reduction is one of {@link #onLoss}, {@link
 * #onTimeout} and {@link #onEcnEcho}; {@link #onSpurious} takes back the last one.
 */
public interface CongestionControl {

  /** Makes the congestion control of one connection. */
  interface Factory {

    /** The algorithm's name as other stacks have it, for example {@code reno}. */
    String name();

    /**
     * One in slow start.
     *
     * @param segmentSize SMSS, positive
     * @param initialWindow IW, at least {@code segmentSize}
     * @param paced whether segments are spread over the round trip, so that a large increase makes no burst
     */
    CongestionControl create(int segmentSize, int initialWindow, boolean paced);
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

  /** The congestion window {@code cwnd}. */
  int window();

  /** The slow start threshold {@code ssthresh}; {@link Integer#MAX_VALUE} before the first reduction. */
  int slowStartThreshold();

  /** The sender's segment size SMSS. */
  int segmentSize();

  /**
   * New data was sent, the first time.
   *
   * @param bytes sent
   * @param flightSize in flight with it
   * @param sndNxt after it
   */
  void onSent(int bytes, int flightSize, int sndNxt, long now);

  /**
   * New data was acknowledged, in or out of recovery: what the algorithm measures the path by.
   *
   * @param bytes newly acknowledged
   * @param sndUna after this acknowledgement
   * @param rtt the round-trip time that it measures, or negative if it measures none
   * @param srtt the smoothed round-trip time; 0 before the first sample
   */
  void onRoundTrip(int bytes, int sndUna, int sndNxt, long rtt, long srtt, long now);

  /**
   * New data was acknowledged outside of fast recovery: the window may grow.
   *
   * @param bytes newly acknowledged
   * @param flightSize in flight before this acknowledgement
   */
  void onAcknowledged(int bytes, int flightSize, long now);

  /** A loss was detected, otherwise than by the retransmission timer: {@link #slowStartThreshold} falls. */
  void onLoss(int flightSize, long now);

  /**
   * The retransmission timer expired.
   *
   * @param repeated whether it had already expired for the same segment
   */
  void onTimeout(int flightSize, boolean repeated, long now);

  /**
   * The peer tells of a congestion mark (RFC 3168): threshold and window fall. To be called at most once for a window of
   * data.
   */
  void onEcnEcho(int flightSize, long now);

  /**
   * The last reduction that was not a repetition was unfounded: the network had only delayed or reordered (RFC 4015, RFC
   * 5682, RFC 9438 section 4.9). Window and threshold are again at least what they were before it; the second call for the
   * same event does nothing.
   */
  void onSpurious(long now);

  /** Sending resumes after the connection was idle for longer than the retransmission timeout (RFC 5681 section 4.1). */
  void onIdle();

  /** The recovery algorithm's own window while it inflates, deflates or ends. */
  void setWindow(int bytes);

  /**
   * Goes on where another algorithm has stopped, before anything else is called. By default only the window is taken over, and
   * the connection is in slow start.
   */
  default void takeOver(int window, int slowStartThreshold) {
    setWindow(window);
  }

  /** The path's segment size has changed. */
  void onSegmentSize(int bytes);
}
