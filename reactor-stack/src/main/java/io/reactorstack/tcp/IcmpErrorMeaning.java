package io.reactorstack.tcp;

import io.reactorstack.tcp.engine.CloseCause;
import org.jspecify.annotations.Nullable;

/**
 * What an ICMP error says to a connection (RFC 9293 section 3.9.2.2, RFC 1122 section 4.2.3.9).
 *
 * @param cause what the user is told if the connection does not come about
 * @param hard whether it says that trying again is useless
 */
record IcmpErrorMeaning(CloseCause cause, boolean hard) {

  private static final int V4_UNREACHABLE = 3;
  private static final int V4_TIME_EXCEEDED = 11;
  private static final int V4_PARAMETER_PROBLEM = 12;
  private static final int V6_UNREACHABLE = 1;
  private static final int V6_TIME_EXCEEDED = 3;
  private static final int V6_PARAMETER_PROBLEM = 4;

  /** The meaning of an ICMPv4 error, or {@code null} if it says nothing to a connection (Source Quench, RFC 6633). */
  static @Nullable IcmpErrorMeaning ofV4(int type, int code) {
    return switch (type) {
      case V4_UNREACHABLE -> ofV4Unreachable(code);
      case V4_TIME_EXCEEDED, V4_PARAMETER_PROBLEM -> soft(CloseCause.HOST_UNREACHABLE);
      default -> null;
    };
  }

  private static @Nullable IcmpErrorMeaning ofV4Unreachable(int code) {
    return switch (code) {
      // Network, and the unknown and isolated variants of RFC 1122 3.2.2.1; MUST-56: soft.
      case 0, 6, 11 -> soft(CloseCause.NETWORK_UNREACHABLE);
      case 1, 5, 7, 8, 12, 14, 15 -> soft(CloseCause.HOST_UNREACHABLE);
      // SHLD-26: protocol and port.
      case 2, 3 -> hard(CloseCause.PORT_UNREACHABLE);
      // Fragmentation needed is the path-MTU cache's business.
      case 4 -> null;
      // Administratively prohibited: somebody on the path has decided so.
      case 9 -> hard(CloseCause.NETWORK_UNREACHABLE);
      case 10, 13 -> hard(CloseCause.HOST_UNREACHABLE);
      default -> null;
    };
  }

  /** The meaning of an ICMPv6 error (RFC 4443 section 3), or {@code null}. */
  static @Nullable IcmpErrorMeaning ofV6(int type, int code) {
    return switch (type) {
      case V6_UNREACHABLE -> switch (code) {
        case 0 -> soft(CloseCause.NETWORK_UNREACHABLE);
        case 2, 3 -> soft(CloseCause.HOST_UNREACHABLE);
        case 4 -> hard(CloseCause.PORT_UNREACHABLE);
        case 1, 5, 6 -> hard(CloseCause.HOST_UNREACHABLE);
        default -> null;
      };
      case V6_TIME_EXCEEDED, V6_PARAMETER_PROBLEM -> soft(CloseCause.HOST_UNREACHABLE);
      default -> null;
    };
  }

  private static IcmpErrorMeaning soft(CloseCause cause) {
    return new IcmpErrorMeaning(cause, false);
  }

  private static IcmpErrorMeaning hard(CloseCause cause) {
    return new IcmpErrorMeaning(cause, true);
  }
}
