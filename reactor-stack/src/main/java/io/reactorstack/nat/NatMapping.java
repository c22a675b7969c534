package io.reactorstack.nat;

import io.reactorstack.packet.Endpoint;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A mapping at one instant: the outside endpoint that stands for an inside endpoint.
 *
 * @param protocol the protocol; the port of an ICMP endpoint is the identifier of its queries
 * @param inside the endpoint of the inside host
 * @param outside the endpoint that outside hosts see
 * @param state the state of the most active session
 * @param remaining the time until the mapping ends if no further packet passes; {@code null} for a port forwarding, which
 *     does not end
 * @param sessions the number of outside hosts or connections that are tracked
 * @param sent the number of packets from inside that used the mapping
 * @param received the number of packets to the inside that used the mapping
 */
public record NatMapping(NatProtocol protocol, Endpoint inside, Endpoint outside, State state,
    @Nullable Duration remaining, int sessions, long sent, long received) {

  /** The states of a mapping. */
  public enum State {
    /** A port forwarding without a session. */
    IDLE,
    /** A mapping of UDP or ICMP. */
    ACTIVE,
    /** A TCP connection was begun, and its handshake is not complete. */
    OPENING,
    /** A TCP connection exists. */
    ESTABLISHED,
    /** Both ends of each TCP connection have closed, or one has reset it. */
    CLOSING
  }

  /** Returns whether this is a port forwarding. */
  public boolean isForwarding() { return remaining == null; }

  @Override
  public String toString() {
    return protocol + " " + inside + " > " + outside + " " + state
        + (remaining == null ? "" : " for " + remaining.toSeconds() + " s");
  }
}
