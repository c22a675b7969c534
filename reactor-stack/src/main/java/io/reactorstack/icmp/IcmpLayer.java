package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Layer;
import io.reactorstack.layer.Stage;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** The codec of ICMP for IPv4 (RFC 792); what the messages mean is {@link IcmpHost}'s business. */
// Public only for the rooms that assemble the stack, whose packets stay inside the module.
@SuppressWarnings("exports")
public final class IcmpLayer implements Layer<IpPacket, IcmpMessage> {

  private final Drops drops;

  /** A codec that counts what it drops in {@code drops}. */
  public IcmpLayer(Drops drops) {
    this.drops = drops;
  }

  @Override
  public Flux<IcmpMessage> receive(Flux<IpPacket> below) {
    return Stage.of(below, this::decode, drops);
  }

  @Override
  public Flux<IpPacket> send(Flux<IcmpMessage> above) {
    return Stage.of(above, IcmpLayer::encode, drops);
  }

  private @Nullable IcmpMessage decode(IpPacket packet) {
    ByteBuf bytes = packet.payload();
    int at = bytes.readerIndex();
    if (!packet.source().isV4()) {
      drops.drop(packet, IcmpDrop.IGNORED_TYPE);
      return null;
    }
    if (bytes.readableBytes() < IcmpMessage.HEADER) {
      drops.drop(packet, IcmpDrop.TOO_SHORT);
      return null;
    }
    if (!Checksum.verifies(Checksum.sum(bytes, at, bytes.readableBytes()))) {
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
    bytes.setShort(at, message.type() << 8 | message.code());
    bytes.setShort(at + 2, 0);
    bytes.setInt(at + 4, message.rest());
    bytes.setShort(at + 2, Checksum.finish(Checksum.sum(bytes, at, bytes.readableBytes())));
    return message.carrier();
  }
}
