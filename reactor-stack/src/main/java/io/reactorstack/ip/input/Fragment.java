package io.reactorstack.ip.input;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.wire.IpHeader;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6FragmentHeader;
import io.reactorstack.wire.Ipv6Header;
import java.util.Collection;
import java.util.Objects;

/**
 * A received fragment of a packet to this host.
 *
 * @param header the IP header
 * @param offset the offset of its data in the data of the whole packet, in octets
 * @param more true if fragments follow this one
 * @param headerLength the octets before its data; for IPv6 including the fragment header
 * @param broadcast as {@link InboundPacket#broadcast}
 * @param payload the packet that is the fragment, without link padding
 * @param facts the device's metadata
 * @param ingress the interface on which it arrived
 */
record Fragment(
    IpHeader header,
    int offset,
    boolean more,
    int headerLength,
    boolean broadcast,
    ByteBuf payload,
    PacketFacts facts,
    NetworkInterface ingress)
    implements
      Pdu {

  /** The length of the longest packet, in octets. */
  static final int MAXIMUM_PACKET = 0xffff;

  private static final int UNIT = 8;

  /** The length of the data, in octets. */
  int length() {
    return payload.readableBytes() - headerLength;
  }

  /** The offset of the first octet behind the data. */
  int end() {
    return offset + length();
  }

  /** Returns whether the data ends between two units of eight octets, which only that of the last fragment may. */
  boolean hasBadLength() {
    return length() == 0 || (more && length() % UNIT != 0);
  }

  /** Returns whether the whole packet would be longer than a packet can be (the "ping of death"). */
  boolean endsBeyondLimit() {
    return wholeLength(end()) > MAXIMUM_PACKET;
  }

  /** The ECN bits, 0 to 3. */
  int ecn() {
    return header.trafficClass() & 3;
  }

  /** The index of the data in {@link #payload}. */
  private int dataIndex() {
    return payload.readerIndex() + headerLength;
  }

  /** Returns whether {@code other}, which has the same offset and length, also has the same content. */
  boolean isCopyOf(Fragment other) {
    return more == other.more
        && payload.slice(dataIndex(), length()).equals(other.payload.slice(other.dataIndex(), length()));
  }

  /** Returns a fragment with the same content in {@code buffer}. */
  @SuppressWarnings("ReferenceEquality") // identity is meant: equal bytes in another buffer are another memory
  Fragment in(ByteBuf buffer) {
    return buffer == payload
        ? this
        : new Fragment(header, offset, more, headerLength, broadcast, buffer, facts, ingress);
  }

  /**
   * Returns this first fragment as the packet that an ICMP error quotes. It shares the buffer and has no reference of
   * its own.
   */
  InboundPacket quotable() {
    int protocol;
    int length;
    switch (header) {
      case Ipv4Header v4 -> {
        protocol = v4.protocol();
        length = headerLength;
      }
      case Ipv6Header v6 -> {
        Ipv6Chain chain = Ipv6Chain.skimFirstFragment(payload, payload.readerIndex(), payload.writerIndex());
        protocol = chain.next();
        length = chain.length();
      }
    }
    ByteBuf view = payload.duplicate().skipBytes(length);
    return new InboundPacket(header, protocol, Ipv4Options.NONE, length, broadcast, view, facts, ingress);
  }

  /**
   * Returns the octets that the headers of the whole packet need in front of its data, if this is its first fragment.
   */
  int wholeHeaderLength() {
    return switch (header) {
      case Ipv4Header v4 -> headerLength;
      case Ipv6Header v6 -> headerLength - Ipv6FragmentHeader.LENGTH;
    };
  }

  /**
   * Returns the length that the whole packet has at least, as its header counts it: for IPv6 without the fixed header.
   */
  int wholeLength(int dataLength) {
    return switch (header) {
      case Ipv4Header v4 -> headerLength + dataLength;
      case Ipv6Header v6 -> headerLength - Ipv6FragmentHeader.LENGTH - Ipv6Header.LENGTH + dataLength;
    };
  }

  /**
   * Returns the whole packet, of which this is the first fragment, in a new buffer (RFC 791 section 3.2, RFC 8200
   * section 4.5). The fragments are not released.
   *
   * @param all the fragments in order, without gaps
   * @param ecn the ECN bits of the packet
   */
  ByteBuf whole(Collection<Fragment> all, int ecn, ByteBufAllocator allocator) {
    int length = wholeHeaderLength();
    for (Fragment each : all) {
      length += each.length();
    }
    ByteBuf packet = allocator.directBuffer(length, length);
    int trafficClass = header.trafficClass() & ~3 | ecn;
    switch (header) {
      case Ipv4Header v4 -> {
        write(packet, Ipv4Header.MINIMUM, all);
        new Ipv4Header(v4.length(), trafficClass, length, v4.identification(), v4.dontFragment(), false, 0, v4.ttl(),
            v4.protocol(), v4.source(), v4.destination()).write(packet);
      }
      case Ipv6Header v6 -> {
        Ipv6Chain chain = Ipv6Chain.skim(payload, payload.readerIndex(), payload.writerIndex());
        int next = Objects.requireNonNull(chain.fragment()).nextHeader();
        write(packet, Ipv6Header.LENGTH, all);
        // The field that named the fragment header names the header behind it.
        boolean inFixedHeader = chain.nameOffset() < Ipv6Header.LENGTH;
        if (!inFixedHeader) {
          packet.setByte(chain.nameOffset(), next);
        }
        new Ipv6Header(trafficClass, v6.flowLabel(), length - Ipv6Header.LENGTH, inFixedHeader ? next : v6.nextHeader(),
            v6.hopLimit(), v6.source(), v6.destination()).write(packet);
      }
    }
    return packet;
  }

  /** Writes everything behind the first {@code fixed} octets, the fixed header, and sets the reader index there. */
  private void write(ByteBuf packet, int fixed, Collection<Fragment> all) {
    packet.setIndex(fixed, fixed)
        .writeBytes(payload, payload.readerIndex() + fixed, wholeHeaderLength() - fixed);
    for (Fragment each : all) {
      packet.writeBytes(each.payload, each.dataIndex(), each.length());
    }
  }
}
