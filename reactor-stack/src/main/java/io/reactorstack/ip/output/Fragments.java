package io.reactorstack.ip.output;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.layer.Burst;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6FragmentHeader;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.PacketFields;
import org.jspecify.annotations.Nullable;

/**
 * The fragments of one packet to be sent (RFC 791 section 3.2, RFC 8200 section 4.5). Each is made when the device can
 * take it, and fits into the path MTU of that moment.
 *
 * @param <O> the unit that the layer below takes
 */
final class Fragments<O extends Pdu> implements Burst.Pieces<O> {

  /** Creates the unit for the layer below from a fragment with its IP header. */
  interface Framer<O> {

    /**
     * Returns the unit, or {@code null} if the fragment cannot leave any more.
     *
     * @param fragment owned by the framer
     * @param isFirst true for the first fragment of the packet
     */
    @Nullable
    O frame(ByteBuf fragment, boolean isFirst);
  }

  /** The unit of the fragment offset, in octets. */
  private static final int UNIT = 8;

  private final OriginatedPacket packet;
  private final Framer<O> framer;
  private final int identification;
  private final int flowLabel;
  /** The length of the packet's data, in octets. */
  private final int length;
  private int offset;

  /**
   * Creates the fragments of {@code packet}.
   *
   * @param identification the identification of the packet
   * @param flowLabel the flow label of the packet; 0 for IPv4
   */
  Fragments(OriginatedPacket packet, Framer<O> framer, int identification, int flowLabel) {
    this.packet = packet;
    this.framer = framer;
    this.identification = identification;
    this.flowLabel = flowLabel;
    this.length = packet.payload().readableBytes();
  }

  @Override
  public boolean hasNext() {
    return !isLast();
  }

  @Override
  public @Nullable O next() {
    boolean isFirst = offset == 0;
    O unit = framer.frame(make(length - offset), isFirst);
    if (unit == null || isLast()) {
      release();
    }
    return unit;
  }

  /** Returns the next fragment; {@code left} octets of the packet's data remain. */
  private ByteBuf make(int left) {
    return switch (packet.source()) {
      case Ipv4Address source -> {
        // RFC 791 3.1: the options whose copied flag is set are in every fragment.
        Ipv4Options options = offset == 0 ? packet.options() : packet.options().copied();
        ByteBuf fragment = cut(left, Ipv4Header.MINIMUM + options.length());
        writeIpv4(fragment, options, source, (Ipv4Address) packet.destination());
        yield fragment;
      }
      case Ipv6Address source -> {
        ByteBuf fragment = cut(left, Ipv6Header.LENGTH + Ipv6FragmentHeader.LENGTH);
        writeIpv6(fragment, source, (Ipv6Address) packet.destination());
        yield fragment;
      }
    };
  }

  /** Returns a copy of as much data as fits behind {@code headers} octets, with headroom, and moves the offset. */
  private ByteBuf cut(int left, int headers) {
    int room = packet.route().mtu() - headers;
    int size = left <= room ? left : room - room % UNIT;
    ByteBuf data = packet.payload();
    ByteBuf piece = Headroom.allocate(data.alloc(), size)
        .writeBytes(data, data.readerIndex() + offset, size);
    offset += size;
    return piece;
  }

  private boolean isLast() {
    return offset == length;
  }

  private void writeIpv4(ByteBuf fragment, Ipv4Options options, Ipv4Address source, Ipv4Address destination) {
    PacketFields fields = packet.fields();
    int start = offset - fragment.readableBytes();
    options.write(fragment);
    new Ipv4Header(
        Ipv4Header.MINIMUM + options.length(),
        fields.trafficClass(),
        Ipv4Header.MINIMUM + fragment.readableBytes(),
        identification & 0xffff,
        false,
        !isLast(),
        start,
        fields.hopLimit(),
        packet.protocol(),
        source,
        destination)
        .write(fragment);
  }

  private void writeIpv6(ByteBuf fragment, Ipv6Address source, Ipv6Address destination) {
    PacketFields fields = packet.fields();
    int start = offset - fragment.readableBytes();
    new Ipv6FragmentHeader(packet.protocol(), start, !isLast(), identification).write(fragment);
    new Ipv6Header(fields.trafficClass(), flowLabel, fragment.readableBytes(), Ipv6Chain.FRAGMENT, fields.hopLimit(),
        source, destination)
        .write(fragment);
  }

  @Override
  public void release() {
    packet.release();
  }
}
