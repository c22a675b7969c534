package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;

/**
 * A received ICMP message for IPv4 (RFC 792) or IPv6 (RFC 4443); the version is that of its addresses.
 *
 * <p>The types are constants of {@link Icmpv4Header} and {@link Icmpv6Header}.
 *
 * @param carrier the packet; its payload's reader index is behind the message's header
 * @param type the type, 0 to 255
 * @param code the code, 0 to 255
 * @param rest the second word of the header: for an echo, identifier and sequence number; otherwise as the type defines
 * it
 */
// Public only for the packages that assemble the stack; the packets are not exported from the module.
@SuppressWarnings("exports")
public record IcmpMessage(InboundPacket carrier, int type, int code, int rest) implements Pdu {

  /** The length of the header of either version, in octets. */
  public static final int HEADER = Icmpv4Header.LENGTH;

  /** The sender. */
  public IpAddress source() {
    return carrier.source();
  }

  /** The receiver. */
  public IpAddress destination() {
    return carrier.destination();
  }

  /** The octets behind the message's header. */
  @Override
  public ByteBuf payload() {
    return carrier.payload();
  }

  /** The identifier of an echo. */
  public int identifier() {
    return rest >>> 16;
  }

  /** The sequence number of an echo. */
  public int sequence() {
    return rest & 0xffff;
  }
}
