package io.reactorstack.nat.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.TransportFields;
import io.reactorstack.wire.TransportPorts;
import org.jspecify.annotations.Nullable;

/**
 * The packet that an ICMP error quotes.
 *
 * @param header its header
 * @param protocol its protocol
 * @param sourcePort its source port, or the identifier of its ICMP query
 * @param destinationPort its destination port, or the identifier of its ICMP query
 * @param end the index behind its last octet in the error; extensions may follow (RFC 4884)
 */
record Quote(Ipv4Header header, NatProtocol protocol, int sourcePort, int destinationPort, int end) {

  /** RFC 792: each error quotes this many octets of the transport header. */
  private static final int LEAST_TRANSPORT = 8;
  /** The octet of an error that states the length of the quote in words, if extensions follow it (RFC 4884). */
  private static final int LENGTH_FIELD = 5;

  /**
   * Parses the quote of an error. Returns {@code null} if it is malformed, its header checksum is wrong (RFC 5508 REQ-3),
   * or it is not the begin of a datagram of a translated protocol.
   *
   * @param message the index of the ICMP header
   * @param end the index behind the error
   */
  static @Nullable Quote parse(ByteBuf bytes, int message, int end) {
    int start = message + Icmpv4Header.LENGTH;
    if (end - start < Ipv4Header.MINIMUM) {
      return null;
    }
    Ipv4Header header = Ipv4Header.parseQuoted(bytes.slice(start, end - start), Rejections.UNCOUNTED);
    if (header == null || header.fragmentOffset() != 0
        || !Checksum.verifies(Checksum.sum(bytes, start, header.length()))) {
      return null;
    }
    NatProtocol protocol = NatProtocol.of(header.protocol());
    int last = end(bytes, message, end, header);
    int transport = start + header.length();
    if (protocol == null || last - transport < LEAST_TRANSPORT) {
      return null;
    }
    if (protocol == NatProtocol.ICMP) {
      int identifier = TransportFields.identifier(bytes, transport);
      return Icmpv4Header.isQuery(bytes.getUnsignedByte(transport))
          ? new Quote(header, protocol, identifier, identifier, last)
          : null;
    }
    return new Quote(header, protocol, TransportPorts.source(bytes, transport),
        TransportPorts.destination(bytes, transport), last);
  }

  private static int end(ByteBuf bytes, int message, int end, Ipv4Header header) {
    int start = message + Icmpv4Header.LENGTH;
    int last = Math.min(end, start + header.totalLength());
    int stated = bytes.getUnsignedByte(message + LENGTH_FIELD) * Integer.BYTES;
    return stated == 0 ? last : Math.min(last, start + stated);
  }

  Ipv4Address source() {
    return header.source();
  }

  Ipv4Address destination() {
    return header.destination();
  }
}
