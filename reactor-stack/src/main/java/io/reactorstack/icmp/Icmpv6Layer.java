package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Layer;
import io.reactorstack.layer.Stage;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.wire.IpProtocol;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** The codec of ICMPv6 (RFC 4443 section 2); what the messages mean is {@link IcmpHost}'s business. */
// Public only for the rooms that assemble the stack, whose packets stay inside the module.
@SuppressWarnings("exports")
public final class Icmpv6Layer implements Layer<IpPacket, IcmpMessage> {

  private final Drops drops;

  /** A codec that counts what it drops in {@code drops}. */
  public Icmpv6Layer(Drops drops) {
    this.drops = drops;
  }

  @Override
  public Flux<IcmpMessage> receive(Flux<IpPacket> below) {
    return Stage.of(below, this::decode, drops);
  }

  @Override
  public Flux<IpPacket> send(Flux<IcmpMessage> above) {
    return Stage.of(above, Icmpv6Layer::encode, drops);
  }

  private @Nullable IcmpMessage decode(IpPacket packet) {
    ByteBuf bytes = packet.payload();
    int at = bytes.readerIndex();
    int length = bytes.readableBytes();
    if (packet.source().isV4()) {
      drops.drop(packet, IcmpDrop.IGNORED_TYPE);
      return null;
    }
    if (length < IcmpMessage.HEADER) {
      drops.drop(packet, IcmpDrop.TOO_SHORT);
      return null;
    }
    // RFC 4443 2.3: with the pseudo-header, since the IPv6 header has no checksum.
    long pseudo = Checksum.pseudoHeader(packet.source(), packet.destination(), IpProtocol.ICMPV6, length);
    if (!Checksum.verifies(pseudo + Checksum.sum(bytes, at, length))) {
      drops.drop(packet, IcmpDrop.BAD_CHECKSUM);
      return null;
    }
    bytes.skipBytes(IcmpMessage.HEADER);
    return new IcmpMessage(packet, bytes.getUnsignedByte(at), bytes.getUnsignedByte(at + 1), bytes.getInt(at + 4));
  }

  /** The packet that carries {@code message}. */
  static IpPacket encode(IcmpMessage message) {
    ByteBuf bytes = message.payload();
    int at = Headroom.prepend(bytes, IcmpMessage.HEADER);
    int length = bytes.readableBytes();
    bytes.setShort(at, message.type() << 8 | message.code());
    bytes.setShort(at + 2, 0);
    bytes.setInt(at + 4, message.rest());
    long pseudo = Checksum.pseudoHeader(message.source(), message.destination(), IpProtocol.ICMPV6, length);
    bytes.setShort(at + 2, Checksum.finish(pseudo + Checksum.sum(bytes, at, length)));
    return message.carrier();
  }
}
