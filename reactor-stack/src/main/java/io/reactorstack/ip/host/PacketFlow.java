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
 * A filter for the packets of one transport protocol between two endpoints, or between one local endpoint and any peer.
 * Of a fragmented packet only the first fragment matches, since only it has ports.
 *
 * @param protocol the protocol number, of a protocol whose header begins with the two ports
 * @param local the local endpoint; an unspecified address matches any address
 * @param remote the peer's endpoint; {@code null} for any peer
 */
public record PacketFlow(int protocol, Endpoint local, @Nullable Endpoint remote) {

  private static final int NONE = 0;

  /**
   * Returns the length in bytes of the packet at the reader index of {@code bytes}, without padding; 0 if it does not
   * belong to the flow.
   */
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
    return end == null
        || end.port() == port && (end.address().isUnspecified() || end.address().withoutZone().equals(address));
  }
}
