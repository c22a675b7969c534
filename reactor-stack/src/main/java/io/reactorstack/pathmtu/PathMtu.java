package io.reactorstack.pathmtu;

/**
 * The path MTU that a discovery has found so far (RFC 8899 section 5).
 *
 * @param phase the phase of the discovery
 * @param plpmtu the PLPMTU: the size of the largest datagram to send, in octets with the header of its transport and
 *     without the IP header
 * @param mtu the size of the largest packet to send, in octets with the IP header
 * @param maximumPayload the MPS: the octets of data in the largest datagram (RFC 8899 section 4.4)
 * @param cause the reason for the last change
 */
public record PathMtu(Phase phase, int plpmtu, int mtu, int maximumPayload, Cause cause) {

  /** The phases of a discovery (RFC 8899 section 5.2). */
  public enum Phase {
    /** No probes are sent: the discovery has not begun, or the peer has acknowledged not even the smallest probe. */
    DISABLED,
    /** A probe of BASE_PLPMTU must be acknowledged before larger ones are sent. */
    BASE,
    /** Probes of BASE_PLPMTU are lost, so only datagrams of MIN_PLPMTU are sent. */
    ERROR,
    /** Probes that are larger than the PLPMTU are sent. */
    SEARCHING,
    /** The search has ended. It begins again after PMTU_RAISE_TIMER. */
    SEARCH_COMPLETE
  }

  /** The reasons for a change. */
  public enum Cause {
    /** The discovery has begun, or has begun again after it was disabled. */
    STARTED,
    /** The peer has acknowledged a probe. */
    PROBE_ACKNOWLEDGED,
    /** MAX_PROBES probes of one size were lost. */
    PROBES_LOST,
    /** Datagrams of the PLPMTU do not arrive any more. */
    BLACK_HOLE,
    /** A router has reported the MTU of its next link, and the report quotes a datagram that was sent. */
    PACKET_TOO_BIG,
    /** PMTU_RAISE_TIMER has expired. */
    RAISE_TIMER,
    /** The path has become smaller several times in a short time, so the search pauses. */
    UNSTABLE_PATH,
    /** The first link, the next hop or the MTU of the first link has changed. */
    LINK_CHANGED
  }

  @Override
  public String toString() {
    return phase + " " + plpmtu + " (" + maximumPayload + " octets of data, packets of " + mtu + "), " + cause;
  }
}
