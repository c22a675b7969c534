package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;

/**
 * An address of an interface of this host.
 *
 * @param prefix the address with the length of its network's prefix
 * @param state what it may be used for
 * @param lifetimes until when it stays so
 * @param origin where it comes from
 */
public record OwnAddress(IpPrefix prefix, State state, Lifetimes lifetimes, Origin origin) {

  /** The use that may be made of an address (RFC 4862 section 2). */
  public enum State {
    /** Nobody has been asked yet whether another station has it: packets to it are not taken, and none leaves from it. */
    TENTATIVE,
    /** It is used without restriction. */
    PREFERRED,
    /** It is still taken for the host's, and chosen as a source only if there is no other. */
    DEPRECATED
  }

  /** The party that an address comes from. */
  public enum Origin {
    /** The user. */
    MANUAL,
    /** The interface's own choice: link-local. */
    LINK_LOCAL,
    /** A router's announcement (RFC 4862). */
    ROUTER,
    /** A DHCP server. */
    DHCP
  }

  /**
   * Times on the loop's clock, in nanoseconds.
   *
   * @param preferredUntil when the address becomes deprecated
   * @param validUntil when it is removed; not before {@code preferredUntil}
   */
  public record Lifetimes(long preferredUntil, long validUntil) {

    /** An address that stays. */
    public static final Lifetimes FOR_EVER = new Lifetimes(Long.MAX_VALUE, Long.MAX_VALUE);

    /** Checks the order. */
    public Lifetimes {
      if (preferredUntil > validUntil) {
        throw new IllegalArgumentException("an address cannot be preferred for longer than it is valid");
      }
    }
  }

  /** An address that the user has given, for ever. */
  public static OwnAddress manual(IpPrefix prefix) {
    return new OwnAddress(prefix, State.PREFERRED, Lifetimes.FOR_EVER, Origin.MANUAL);
  }

  /** The address itself. */
  public IpAddress address() {
    return prefix.address();
  }

  /** Whether the host answers to it. */
  public boolean isAssigned() { return state != State.TENTATIVE; }
}
