package io.reactorstack.ip;

import io.netty.buffer.ByteBuf;
import io.reactorstack.neighbor.NeighborDrop;
import io.reactorstack.neighbor.NeighborListener;
import io.reactorstack.neighbor.OutboundPacket;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6Header;
import org.jspecify.annotations.Nullable;

/** Tells the internet layer and the senders of packets of next hops that do not answer. */
public final class NextHopFailures implements NeighborListener {

  private final IpHost host;
  private final IpNotices notices;

  /** For the neighbour caches of {@code host}. */
  public NextHopFailures(IpHost host, IpNotices notices) {
    this.host = host;
    this.notices = notices;
  }

  @Override
  public void onFailureChanged(IpAddress neighbor) {
    host.onNeighborFailureChanged(neighbor);
  }

  @Override
  public void onUndeliverable(OutboundPacket packet) {
    IpPacket sent = IpHeaders.isIpv6(packet.payload()) ? ipv6(packet) : ipv4(packet);
    if (sent != null) {
      notices.undelivered(new Undelivered(sent, NeighborDrop.NEXT_HOP_UNREACHABLE, 0));
    }
  }

  private static @Nullable IpPacket ipv4(OutboundPacket packet) {
    Ipv4Header header = Ipv4Header.parse(packet.payload(), Rejections.UNCOUNTED);
    return header == null ? null : Ipv4Input.packet(header, packet.payload(), false, packet.facts(), null);
  }

  private static @Nullable IpPacket ipv6(OutboundPacket packet) {
    ByteBuf bytes = packet.payload();
    Ipv6Header header = Ipv6Header.parse(bytes, Rejections.UNCOUNTED);
    if (header == null) {
      return null;
    }
    Ipv6Chain chain = Ipv6Chain.skim(bytes, bytes.readerIndex(), bytes.writerIndex());
    bytes.skipBytes(chain.length());
    return Ipv6Input.packet(header, chain, bytes, false, packet.facts(), null);
  }
}
