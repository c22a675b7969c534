package io.reactorstack.ndp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.InboundSegments;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.NdpMessage.Redirect;
import io.reactorstack.wire.NdpOption;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Builds the redirects that a router sends to its neighbours (RFC 4861 section 8.2). */
final class RedirectMessages {

  /** The length of the fixed part of a redirected-header option, in octets (RFC 4861 section 4.6.3). */
  private static final int OPTION_HEADER = 8;

  private RedirectMessages() {}

  /**
   * Returns whether a redirect can name {@code firstHop} to the sender of {@code packet}. RFC 4861 8.2: a router is named
   * by its link-local address, so the route must have that as its gateway.
   */
  static boolean isPossible(InboundPacket packet, Ipv6Address firstHop) {
    return packet.source() instanceof Ipv6Address source && packet.destination() instanceof Ipv6Address destination
        && !destination.isMulticast() && !firstHop.equals(source)
        && (firstHop.isLinkLocal() || firstHop.equals(destination));
  }

  /**
   * Returns the redirect, with as much of {@code packet} as fits into the minimum MTU.
   *
   * @param mac the link-layer address of {@code firstHop}, or {@code null} if it is not known
   */
  static Redirect message(InboundPacket packet, Ipv6Address firstHop, @Nullable MacAddress mac) {
    List<NdpOption> options = new ArrayList<>(2);
    if (mac != null) {
      options.add(new NdpOption.TargetLinkAddress(mac));
    }
    Ipv6Address destination = (Ipv6Address) packet.destination();
    int room = Ipv6Header.MINIMUM_MTU - Ipv6Header.LENGTH - new Redirect(firstHop, destination, options).length()
        - OPTION_HEADER;
    options.add(new NdpOption.RedirectedHeader(InboundSegments.ofFirst(packet, one -> beginningOf(one, room))));
    return new Redirect(firstHop, destination, options);
  }

  private static ByteBuffer beginningOf(InboundPacket packet, int room) {
    ByteBuf bytes = packet.payload();
    int start = bytes.readerIndex() - packet.headerLength();
    // The length of an option is a multiple of 8 octets.
    int octets = Math.min(room, bytes.writerIndex() - start) & -8;
    return ByteBuffer.wrap(ByteBufUtil.getBytes(bytes, start, octets));
  }
}
