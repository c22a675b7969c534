package io.reactorstack.wire;

import io.netty.buffer.ByteBuf;

/** Finds the payload of TCP segments and UDP datagrams in packets that are not received. */
public final class TransportHeaders {

  private static final int TCP_DATA_OFFSET = 12;

  private TransportHeaders() {}

  /**
   * Returns the length of the TCP or UDP header at {@code index}, in octets, at most {@code octets}.
   *
   * @param octets the length of the segment or datagram; also the result for another protocol, and if the header is cut
   *     off
   * @param protocol the protocol number
   */
  public static int length(ByteBuf packet, int index, int octets, int protocol) {
    return switch (protocol) {
      case IpProtocol.TCP -> octets < TcpSegment.MINIMUM
          ? octets
          : Math.min(octets, (packet.getByte(index + TCP_DATA_OFFSET) & 0xf0) >>> 2);
      case IpProtocol.UDP -> Math.min(octets, UdpHeader.LENGTH);
      default -> octets;
    };
  }
}
