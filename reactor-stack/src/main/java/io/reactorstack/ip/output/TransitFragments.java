package io.reactorstack.ip.output;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.ForwardedPacket;
import io.reactorstack.layer.Burst;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import org.jspecify.annotations.Nullable;

/**
 * The fragments of an IPv4 packet that a router sends on, which may be a fragment itself (RFC 791 section 3.2). Each is
 * made when the device can take it.
 *
 * @param <O> the unit that the layer below takes
 */
final class TransitFragments<O extends Pdu> implements Burst.Pieces<O> {

  /** The unit of the fragment offset, in octets. */
  private static final int UNIT = 8;

  private final ForwardedPacket packet;
  private final Ipv4Header header;
  private final Ipv4Options options;
  private final int mtu;
  private final Fragments.Framer<O> framer;
  /** The length of the packet's data, in octets. */
  private final int length;
  private int offset;

  /**
   * Creates the fragments of {@code packet}.
   *
   * @param header the header of the packet
   * @param options the options of the packet
   * @param mtu the length of the longest fragment, in octets
   */
  TransitFragments(
      ForwardedPacket packet, Ipv4Header header, Ipv4Options options, int mtu, Fragments.Framer<O> framer) {
    this.packet = packet;
    this.header = header;
    this.options = options;
    this.mtu = mtu;
    this.framer = framer;
    this.length = packet.payload().readableBytes() - header.length();
  }

  @Override
  public boolean hasNext() {
    return offset < length;
  }

  @Override
  public @Nullable O next() {
    boolean isFirst = offset == 0;
    O unit = framer.frame(make(), isFirst);
    if (unit == null || offset == length) {
      offset = length;
      release();
    }
    return unit;
  }

  private ByteBuf make() {
    // RFC 791 3.1: the options whose copied flag is set are in every fragment.
    Ipv4Options own = offset == 0 ? options : options.copied();
    int room = mtu - Ipv4Header.MINIMUM - own.length();
    int left = length - offset;
    int size = left <= room ? left : room - room % UNIT;
    ByteBuf whole = packet.payload();
    ByteBuf fragment = Headroom.allocate(whole.alloc(), size)
        .writeBytes(whole, whole.readerIndex() + header.length() + offset, size);
    int start = header.fragmentOffset() + offset;
    offset += size;
    own.write(fragment);
    new Ipv4Header(
        Ipv4Header.MINIMUM + own.length(),
        header.trafficClass(),
        Ipv4Header.MINIMUM + own.length() + size,
        header.identification(),
        false,
        header.moreFragments() || offset < length,
        start,
        header.ttl(),
        header.protocol(),
        header.source(),
        header.destination())
        .write(fragment);
    Ipv4Header.copyReservedFlag(whole, fragment);
    return fragment;
  }

  @Override
  public void release() {
    packet.release();
  }
}
