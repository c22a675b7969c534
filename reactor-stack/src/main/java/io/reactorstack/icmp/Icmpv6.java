package io.reactorstack.icmp;

/** The message types of ICMPv6 that a host meets (RFC 4443). */
public final class Icmpv6 {

  /** Type of destination unreachable. */
  public static final int DESTINATION_UNREACHABLE = 1;

  /** Type of packet too big. */
  public static final int PACKET_TOO_BIG = 2;

  /** Type of time exceeded. */
  public static final int TIME_EXCEEDED = 3;

  /** Type of parameter problem. */
  public static final int PARAMETER_PROBLEM = 4;

  /** The first type that is no error. */
  public static final int FIRST_INFORMATIONAL = 128;

  /** Type of an echo request. */
  public static final int ECHO_REQUEST = 128;

  /** Type of an echo reply. */
  public static final int ECHO_REPLY = 129;

  private Icmpv6() {}
}
