package io.reactorstack.icmp;

import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.IpAddress;
import java.util.Locale;

/**
 * The reason why a packet of this host was not delivered: a router or the destination has reported an
 * {@linkplain IcmpError error}, or this host itself could not send the packet.
 */
public sealed interface DeliveryFailure permits IcmpError, DeliveryFailure.Unsent {

  /** The kind of failure, the same for both IP versions. */
  IcmpError.Kind kind();

  /** The address of the host that reports the failure; one of this host's own for {@link Unsent}. */
  IpAddress reporter();

  /**
   * For a packet that was too big, the size of the largest packet that could have been forwarded, in bytes; otherwise
   * 0.
   */
  default int mtu() {
    return 0;
  }

  /** Returns the kind in words, such as {@code port unreachable} or {@code packet too big (MTU 1400)}. */
  default String text() {
    String words = kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    return mtu() == 0 ? words : words + " (MTU " + mtu() + ")";
  }

  /**
   * This host could not send the packet: it has no route, the next hop does not answer, or the packet is too long.
   *
   * @param rejection the obstacle
   * @param reporter the address of this host from which the packet was to be sent; unspecified without a route
   */
  record Unsent(Rejection rejection, IpAddress reporter) implements DeliveryFailure {

    @Override
    public IcmpError.Kind kind() {
      return switch (rejection.why()) {
        case NO_ROUTE -> IcmpError.Kind.NETWORK_UNREACHABLE;
        case NEXT_HOP_UNREACHABLE -> IcmpError.Kind.HOST_UNREACHABLE;
        case TOO_BIG -> IcmpError.Kind.PACKET_TOO_BIG;
        case INVALID -> IcmpError.Kind.PARAMETER_PROBLEM;
      };
    }

    @Override
    public int mtu() {
      return rejection.mtu();
    }
  }
}
