package io.reactorstack.icmp;

import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.ReceivingStage;
import io.reactorstack.layer.Stage;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpProtocol;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * The receiving stage of ICMP for IPv4 (RFC 792) and ICMPv6 (RFC 4443): verifies and parses the header of a message;
 * {@link IcmpHost} interprets it.
 */
// Public only for the packages that assemble the stack; the packets are not exported from the module.
@SuppressWarnings("exports")
public final class IcmpLayer implements ReceivingStage<InboundPacket, IcmpMessage> {

  private final Drops drops;

  /** Creates a stage that counts drops in {@code drops}. */
  public IcmpLayer(Drops drops) {
    this.drops = drops;
  }

  @Override
  public Flux<IcmpMessage> receive(Flux<InboundPacket> below) {
    return Stage.of(below, this::decode, drops);
  }

  /**
   * Parses the message in {@code packet}, which this method owns; returns {@code null} if it is invalid, after counting
   * the reason.
   */
  @Nullable
  IcmpMessage decode(InboundPacket packet) {
    boolean v4 = packet.source().isV4();
    if (v4 != (packet.protocol() == IpProtocol.ICMP)) {
      // ICMPv6 in an IPv4 packet, or ICMP in an IPv6 packet, has no meaning.
      drops.drop(packet, IcmpDrop.IGNORED_TYPE);
      return null;
    }
    IcmpMessage message = v4 ? ipv4(packet) : ipv6(packet);
    if (message == null) {
      packet.release();
    } else {
      packet.payload().skipBytes(IcmpMessage.HEADER);
    }
    return message;
  }

  private @Nullable IcmpMessage ipv4(InboundPacket packet) {
    Icmpv4Header header = Icmpv4Header.parse(packet.payload(), drops);
    return header == null ? null : new IcmpMessage(packet, header.type(), header.code(), header.rest());
  }

  private @Nullable IcmpMessage ipv6(InboundPacket packet) {
    Icmpv6Header header = Icmpv6Header.parse(packet.payload(), packet, drops);
    return header == null ? null : new IcmpMessage(packet, header.type(), header.code(), header.rest());
  }
}
