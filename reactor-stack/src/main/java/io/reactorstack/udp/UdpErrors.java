package io.reactorstack.udp;

import io.reactorstack.icmp.DeliveryException;
import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.Endpoint;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * The exceptions with which a connected socket reports ICMP errors about its datagrams (RFC 1122 section 4.1.3.3), and
 * datagrams that could not leave this host.
 */
final class UdpErrors {

  private UdpErrors() {}

  /**
   * Returns the exception for {@code reported}, whose cause is a {@link DeliveryException}, or {@code null} for an error
   * that requires no action of the user.
   */
  static @Nullable IOException exception(IcmpError reported) {
    Endpoint where = new Endpoint(reported.quote().destination(), reported.quote().destinationPort());
    IOException exception = exception(reported, where);
    if (exception != null) {
      exception.initCause(new DeliveryException(reported));
    }
    return exception;
  }

  private static @Nullable IOException exception(IcmpError reported, Endpoint where) {
    return switch (reported.kind()) {
      case PORT_UNREACHABLE, PROTOCOL_UNREACHABLE -> new PortUnreachableException("Connection refused: " + where);
      case HOST_UNREACHABLE, NETWORK_UNREACHABLE, PROHIBITED, SOURCE_ROUTE_FAILED ->
        new NoRouteToHostException("No route to host: " + where);
      case PACKET_TOO_BIG -> new SocketException("Message too long: " + where);
      // RFC 1122 4.2.3.9 calls these errors soft; an application such as a resolver or a tunnel cannot act on them.
      case HOP_LIMIT_EXCEEDED, REASSEMBLY_TIME_EXCEEDED, PARAMETER_PROBLEM -> null;
    };
  }

  /** Returns the exception for a datagram to {@code where} that this host could not send. */
  static IOException exception(DeliveryFailure.Unsent unsent, Endpoint where) {
    IOException exception = exception(unsent.rejection(), where);
    exception.initCause(new DeliveryException(unsent));
    return exception;
  }

  private static IOException exception(Rejection rejection, Endpoint where) {
    return switch (rejection.why()) {
      case NO_ROUTE, NEXT_HOP_UNREACHABLE -> new NoRouteToHostException("No route to host: " + where);
      case TOO_BIG -> new SocketException("Message too long: " + where);
      case INVALID -> new SocketException("Invalid argument: " + where + " cannot be sent to from this address");
    };
  }
}
