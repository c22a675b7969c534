package io.reactorstack.icmp;

import java.time.Duration;

/** The result of one echo request: a reply, a reported failure, or the end of the time to wait. */
public sealed interface PingResult permits PingReply, PingResult.Failed, PingResult.TimedOut {

  /** The number of the probe, counted from 0. */
  int sequence();

  /**
   * A router or the target has reported an error about the probe, or this host could not send it.
   *
   * @param sequence the number of the probe, counted from 0
   * @param failure the error
   * @param after the time from the probe to the report
   */
  record Failed(int sequence, DeliveryFailure failure, Duration after) implements PingResult {}

  /**
   * Neither a reply nor an error has arrived within {@link PingOptions#timeout}.
   *
   * @param sequence the number of the probe, counted from 0
   */
  record TimedOut(int sequence) implements PingResult {}
}
