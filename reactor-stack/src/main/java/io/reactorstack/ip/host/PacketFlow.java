package io.reactorstack.ip.host;

import io.netty.buffer.ByteBuf;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.TransportPorts;
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

  /** Bytes of the packet at the reader index of {@code bytes}, without padding; 0 if it is none of this flow. */
  int lengthOf(ByteBuf bytes, Direction direction) {
    IpHeaders headers = IpHeaders.parse(bytes, Rejections.UNCOUNTED);
    if (headers == null) {
      return NONE;
    }
    boolean ours = headers.protocol() == protocol
        && headers.fragmentOffset() == 0
        && headers.totalLength() >= headers.length() + TransportPorts.LENGTH
        && matches(headers.source(), headers.destination(), bytes, headers.length(), direction);
    return ours ? headers.totalLength() : NONE;
  }

  private boolean matches(
      IpAddress source, IpAddress destination, ByteBuf bytes, int headerLength, Direction direction) {
    int at = bytes.readerIndex() + headerLength;
    int from = TransportPorts.source(bytes, at);
    int to = TransportPorts.destination(bytes, at);
    return direction == Direction.SENT
        ? isEnd(local, source, from) && isEnd(remote, destination, to)
        : isEnd(local, destination, to) && isEnd(remote, source, from);
  }

  private static boolean isEnd(@Nullable Endpoint end, IpAddress address, int port) {
    return end == null || end.port() == port && (end.address().isUnspecified() || end.address().equals(address));
  }
}
