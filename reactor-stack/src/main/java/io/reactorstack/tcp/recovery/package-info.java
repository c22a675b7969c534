/**
 * Loss detection and recovery: which segments are lost, and what the sender does about it.
 *
 * <p>{@code RetransmissionQueue} has every segment in flight; {@code LossDetection} decides what is lost, by RACK (RFC 8985), the
 * SACK scoreboard (RFC 6675) or duplicate acknowledgements, and {@code LossRecovery} what that leads to: {@code SackRecovery}
 * with PRR (RFC 9937), {@code NewRenoRecovery} for peers without SACK (RFC 6582). {@code RttEstimator} has the RTO (RFC 6298).
 * The engine's sender builds the set with {@code RecoveryKit}; its {@code Transmission} sends what is marked as lost when window
 * and pacing permit. Pure: time is an argument.
 */
@NullMarked
package io.reactorstack.tcp.recovery;

import org.jspecify.annotations.NullMarked;
