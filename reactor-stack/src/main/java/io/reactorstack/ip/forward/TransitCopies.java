package io.reactorstack.ip.forward;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.offload.FrameChecksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.FrameLayout;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.TransportChecksum;

/**
 * Makes the copies of packets that a router sends on: with a decremented hop limit, the given options, and complete
 * checksums.
 *
 * <p>A received buffer is not changed, because other stations may read it too, and it may have no room for another link
 * header.
 */
final class TransitCopies {

  private final ByteBufAllocator allocator;
  private final FrameLayout layout = new FrameLayout(false);

  TransitCopies(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /**
   * Returns a copy, with headroom, of {@code packet} with its header; its reader index is at the header. The checksum is
   * complete, unless the packet has a segment size: {@link #finish} prepares such a copy.
   *
   * @param options the options of the copy, as long as those of the packet; none for IPv6
   */
  ByteBuf of(InboundPacket packet, Ipv4Options options) {
    ByteBuf bytes = packet.payload();
    int length = packet.headerLength() + bytes.readableBytes();
    ByteBuf copy = Headroom.allocate(allocator, length)
        .writeBytes(bytes, bytes.readerIndex() - packet.headerLength(), length);
    boolean isWhole = packet.facts().segmentSize() == 0;
    if (packet.facts().checksum() != ChecksumState.IN_PACKET && isWhole && !isFragment(packet)) {
      // The field may contain only the sum of the pseudo-header, which the sender left to its device.
      TransportChecksum.complete(packet.header(), packet.protocol(), copy,
          copy.readerIndex() + packet.headerLength());
    }
    switch (packet.header()) {
      case Ipv4Header header -> Ipv4Header.passOn(copy, options);
      case Ipv6Header header -> Ipv6Header.passOn(copy);
    }
    return copy;
  }

  /**
   * Returns a copy, with headroom, of the packet at the reader index of {@code bytes}, without link padding and with a
   * complete transport checksum, unless it has a segment size.
   */
  ByteBuf whole(Ipv4Header header, ByteBuf bytes, PacketFacts facts) {
    ByteBuf copy = Headroom.allocate(allocator, header.totalLength())
        .writeBytes(bytes, bytes.readerIndex(), header.totalLength());
    if (facts.checksum() != ChecksumState.IN_PACKET && facts.segmentSize() == 0 && !header.isFragment()) {
      TransportChecksum.complete(header, header.protocol(), copy, copy.readerIndex() + header.length());
    }
    return copy;
  }

  /**
   * Prepares {@code copy} of {@code packet}, whose addresses and ports may have been changed since, to be sent, and
   * returns its metadata: the device completes the checksums of the segments of a packet with a segment size.
   */
  PacketFacts finish(ByteBuf copy, InboundPacket packet) {
    int segmentSize = packet.facts().segmentSize();
    if (segmentSize == 0) {
      return PacketFacts.LOCAL;
    }
    if (layout.read(copy)) {
      FrameChecksum.leaveUnfinished(copy, layout);
    }
    return new PacketFacts(0, ChecksumState.UNFINISHED, segmentSize);
  }

  private static boolean isFragment(InboundPacket packet) {
    return packet.header() instanceof Ipv4Header header && header.isFragment();
  }
}
