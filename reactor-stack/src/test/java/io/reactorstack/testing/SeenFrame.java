package io.reactorstack.testing;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.packet.Rejections;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.EtherType;
import io.reactorstack.wire.EthernetHeader;
import io.reactorstack.wire.IgmpMessage;
import io.reactorstack.wire.IpHeaders;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.TcpSegment;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A frame or packet observed by a test, parsed with the stack's codecs; the buffer is not changed. */
public final class SeenFrame {

  /** Checksums are not verified, since a device may still have to complete them. */
  private static final PacketFacts UNCHECKED = new PacketFacts(0, ChecksumState.VERIFIED, 0);

  private final @Nullable EthernetHeader ethernet;
  private final ByteBuf payload;

  private SeenFrame(@Nullable EthernetHeader ethernet, ByteBuf payload) {
    this.ethernet = ethernet;
    this.payload = payload;
  }

  /** Parses an Ethernet frame. */
  public static SeenFrame ethernet(ByteBuf frame) {
    EthernetHeader header = EthernetHeader.parse(frame, Rejections.UNCOUNTED);
    return header == null
        ? new SeenFrame(null, frame.slice(frame.readerIndex(), 0))
        : new SeenFrame(header, frame.slice().skipBytes(header.length()).slice());
  }

  /** Parses a bare IP packet. */
  public static SeenFrame bare(ByteBuf packet) {
    return new SeenFrame(null, packet.slice());
  }

  /** Returns the header of the frame, which must have one. */
  public EthernetHeader header() {
    return Objects.requireNonNull(ethernet);
  }

  /** Returns the ARP packet, or {@code null} if the frame carries none. */
  public @Nullable ArpPacket arp() {
    return ethernet != null && ethernet.type() == EtherType.ARP
        ? ArpPacket.parse(payload, Rejections.UNCOUNTED)
        : null;
  }

  /** Returns the headers of the IP packet, or {@code null} if there is none. */
  public @Nullable IpHeaders ip() {
    return ethernet == null || ethernet.type() == EtherType.IPV4 || ethernet.type() == EtherType.IPV6
        ? IpHeaders.parse(payload, Rejections.UNCOUNTED)
        : null;
  }

  /** Returns the TCP segment, valid as long as the frame's buffer, or {@code null} if there is none. */
  public @Nullable TcpSegment tcp() {
    IpHeaders ip = ip();
    return ip == null || ip.protocol() != IpProtocol.TCP || ip.isFragment()
        ? null
        : TcpSegment.parse(transport(ip),
            EnclosingPacket.of(ip.source(), ip.destination(), ip.trafficClass() & 3, UNCHECKED),
            Rejections.UNCOUNTED);
  }

  /** Returns the IGMP message, or {@code null} if there is none. */
  public @Nullable IgmpMessage igmp() {
    IpHeaders ip = ip();
    return ip == null || ip.protocol() != IpProtocol.IGMP
        ? null
        : IgmpMessage.parse(transport(ip), Rejections.UNCOUNTED);
  }

  private ByteBuf transport(IpHeaders ip) {
    return payload.slice(ip.length(), ip.totalLength() - ip.length());
  }
}
