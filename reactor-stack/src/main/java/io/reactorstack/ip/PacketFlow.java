package io.reactorstack.ip;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * The packets of one transport protocol between two ends, or between one of ours and everybody. Of a fragmented packet only
 * the first fragment has ports by which it could be told.
 *
 * @param protocol the protocol number, of one whose header begins with the two ports
 * @param local our end; an unspecified address for any
 * @param remote the peer's end; {@code null} for any
 */
public record PacketFlow(int protocol, Endpoint local, @Nullable Endpoint remote) {

  private static final int NONE = 0;
  private static final int PORTS = 4;

  /** Bytes of the packet at the reader index of {@code bytes}, without padding; 0 if it is none of this flow. */
  int lengthOf(ByteBuf bytes, Direction direction) {
    int version = bytes.isReadable() ? bytes.getUnsignedByte(bytes.readerIndex()) >>> 4 : 0;
    return switch (version) {
      case 4 -> lengthOfIpv4(bytes, direction);
      case 6 -> lengthOfIpv6(bytes, direction);
      default -> NONE;
    };
  }

  private int lengthOfIpv4(ByteBuf bytes, Direction direction) {
    Ipv4Header header = Ipv4Header.parse(bytes, reason -> {});
    if (header == null) {
      return NONE;
    }
    boolean ours = header.protocol() == protocol
        && header.fragmentOffset() == 0
        && header.totalLength() >= header.length() + PORTS
        && matches(header.source(), header.destination(), bytes, header.length(), direction);
    return ours ? header.totalLength() : NONE;
  }

  private int lengthOfIpv6(ByteBuf bytes, Direction direction) {
    Ipv6Header header = Ipv6Header.parse(bytes, reason -> {});
    if (header == null) {
      return NONE;
    }
    int length = Ipv6Header.LENGTH + header.payloadLength();
    Ipv6Chain chain = Ipv6Chain.skim(bytes, bytes.readerIndex(), bytes.readerIndex() + length);
    boolean ours = chain.outcome() == Ipv6Chain.Outcome.PAYLOAD
        && chain.next() == protocol
        && length >= chain.length() + PORTS
        && matches(header.source(), header.destination(), bytes, chain.length(), direction);
    return ours ? length : NONE;
  }

  private boolean matches(
      IpAddress source, IpAddress destination, ByteBuf bytes, int headerLength, Direction direction) {
    int at = bytes.readerIndex() + headerLength;
    int from = bytes.getUnsignedShort(at);
    int to = bytes.getUnsignedShort(at + 2);
    return direction == Direction.SENT
        ? isEnd(local, source, from) && isEnd(remote, destination, to)
        : isEnd(local, destination, to) && isEnd(remote, source, from);
  }

  private static boolean isEnd(@Nullable Endpoint end, IpAddress address, int port) {
    return end == null || end.port() == port && (end.address().isUnspecified() || end.address().equals(address));
  }
}
