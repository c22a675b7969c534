/**
 * Loss detection and recovery: which segments are lost, and the order in which they are sent again.
 *
 * <p>Read {@link io.reactorstack.tcp.recovery.RecoveryKit} first: the engine's sender creates it and passes each
 * acknowledgement through it. Then read {@link io.reactorstack.tcp.recovery.RetransmissionQueue}, which holds every
 * segment in flight, and {@link io.reactorstack.tcp.recovery.LossRecovery}.
 *
 * <p>For each acknowledgement the queue reports the delivered segments to an {@code AckReport}. {@code LossDetection}
 * then decides which segments are lost, by RACK (RFC 8985), the SACK scoreboard (RFC 6675) or duplicate
 * acknowledgements. {@code LossRecovery} reacts: {@code SackRecovery} with PRR (RFC 9937), or {@code NewRenoRecovery}
 * for peers without SACK (RFC 6582). At the end a {@code RecoverySample} goes to the congestion control.
 * {@code ForwardRto} (RFC 5682) and {@code SpuriousRecovery} (RFC 3522, RFC 3708) find out that a recovery was
 * unnecessary; {@code RttEstimator} calculates the RTO (RFC 6298).
 *
 * <p>Nothing is sent here: the engine's {@code SegmentScheduler} sends what is marked as lost when the window and pacing
 * permit. There is no clock; time is an argument.
 */
@NullMarked
package io.reactorstack.tcp.recovery;

import org.jspecify.annotations.NullMarked;
