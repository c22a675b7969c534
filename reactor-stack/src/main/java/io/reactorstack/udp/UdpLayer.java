package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Layer;
import io.reactorstack.layer.Stage;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.IpProtocol;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/** The codec of UDP (RFC 768). */
final class UdpLayer implements Layer<IpPacket, UdpDatagram> {

  /** Octets of the header. */
  static final int HEADER = 8;

  private final Drops drops;

  UdpLayer(Drops drops) {
    this.drops = drops;
  }

  @Override
  public Flux<UdpDatagram> receive(Flux<IpPacket> below) {
    return Stage.of(below, this::decode, drops);
  }

  @Override
  public Flux<IpPacket> send(Flux<UdpDatagram> above) {
    return Stage.of(above, UdpLayer::encode, drops);
  }

  private @Nullable UdpDatagram decode(IpPacket packet) {
    UdpDrop defect = defect(packet);
    if (defect != null) {
      drops.drop(packet, defect);
      return null;
    }
    ByteBuf bytes = packet.payload();
    int at = bytes.readerIndex();
    // RFC 9868 7: octets between the UDP length and the end of the packet are no data.
    bytes.setIndex(at + HEADER, at + bytes.getUnsignedShort(at + 4));
    return new UdpDatagram(packet, bytes.getUnsignedShort(at), bytes.getUnsignedShort(at + 2));
  }

  private static @Nullable UdpDrop defect(IpPacket packet) {
    ByteBuf bytes = packet.payload();
    int at = bytes.readerIndex();
    if (bytes.readableBytes() < HEADER) {
      return UdpDrop.TOO_SHORT;
    }
    int length = bytes.getUnsignedShort(at + 4);
    if (length < HEADER || length > bytes.readableBytes()) {
      return UdpDrop.BAD_LENGTH;
    }
    return hasGoodChecksum(packet, at, length) ? null : UdpDrop.BAD_CHECKSUM;
  }

  private static boolean hasGoodChecksum(IpPacket packet, int at, int length) {
    ByteBuf bytes = packet.payload();
    // RFC 768: over IPv4 a zero says that the sender made no checksum; RFC 8200 8.1: over IPv6 it may not.
    if (bytes.getUnsignedShort(at + 6) == 0) {
      return packet.source().isV4();
    }
    if (packet.facts().checksum() == ChecksumState.VERIFIED) {
      return true;
    }
    long pseudo = Checksum.pseudoHeader(packet.source(), packet.destination(), IpProtocol.UDP, length);
    return Checksum.verifies(pseudo + Checksum.sum(bytes, at, length));
  }

  /** The packet that carries {@code datagram}. */
  static IpPacket encode(UdpDatagram datagram) {
    IpPacket carrier = datagram.carrier();
    ByteBuf bytes = carrier.payload();
    int at = Headroom.prepend(bytes, HEADER);
    int length = bytes.readableBytes();
    bytes.setShort(at, datagram.sourcePort());
    bytes.setShort(at + 2, datagram.destinationPort());
    bytes.setShort(at + 4, length);
    bytes.setShort(at + 6, 0);
    long pseudo = Checksum.pseudoHeader(carrier.source(), carrier.destination(), IpProtocol.UDP, length);
    int checksum = Checksum.finish(pseudo + Checksum.sum(bytes, at, length));
    // RFC 768: zero means "no checksum", so that a computed zero is sent as all ones.
    bytes.setShort(at + 6, checksum == 0 ? 0xffff : checksum);
    return carrier;
  }
}
