package io.reactorstack.ip.host;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;

/**
 * An address of an interface of this host.
 *
 * @param prefix the address with the length of its network's prefix
 * @param state the permitted use of the address
 * @param lifetimes the times at which the state changes
 * @param origin the source of the address
 * @param isTemporary true if the address has a random identifier that is replaced from time to time (RFC 8981)
 */
public record InterfaceAddress(IpPrefix prefix, State state, Lifetimes lifetimes, Origin origin, boolean isTemporary) {

  /** Creates an address that is not temporary. */
  public InterfaceAddress(IpPrefix prefix, State state, Lifetimes lifetimes, Origin origin) {
    this(prefix, state, lifetimes, origin, false);
  }

  /** The state of an address, which determines its use (RFC 4862 section 2). */
  public enum State {
    /** Not yet verified to be unique on the link: packets to it are not accepted, and none are sent from it. */
    TENTATIVE,
    /** Used without restriction. */
    PREFERRED,
    /** Packets to it are accepted, but it is chosen as a source only if there is no other address. */
    DEPRECATED
  }

  /** The party that assigned an address. */
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
   * @param preferredUntil the time at which the address becomes deprecated
   * @param validUntil the time at which it is removed; not before {@code preferredUntil}
   */
  public record Lifetimes(long preferredUntil, long validUntil) {

    /** The lifetimes of a permanent address. */
    public static final Lifetimes FOR_EVER = new Lifetimes(Long.MAX_VALUE, Long.MAX_VALUE);

    /** Checks the order. */
    public Lifetimes {
      if (preferredUntil > validUntil) {
        throw new IllegalArgumentException("an address cannot be preferred for longer than it is valid");
      }
    }
  }

  /** Returns a permanent address that the user has configured. */
  public static InterfaceAddress manual(IpPrefix prefix) {
    return permanent(prefix, Origin.MANUAL);
  }

  /** Returns a permanent address in use. */
  public static InterfaceAddress permanent(IpPrefix prefix, Origin origin) {
    return new InterfaceAddress(prefix, State.PREFERRED, Lifetimes.FOR_EVER, origin);
  }

  /** Returns a copy in the state {@code next}. */
  public InterfaceAddress in(State next) {
    return new InterfaceAddress(prefix, next, lifetimes, origin, isTemporary);
  }

  /** The address without its prefix length. */
  public IpAddress address() {
    return prefix.address();
  }

  /** Returns whether the host accepts packets to the address. */
  public boolean isAssigned() {
    return state != State.TENTATIVE;
  }
}
