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
 * Takes the messages of ICMP for IPv4 (RFC 792) and of ICMPv6 (RFC 4443) out of their packets; the meaning of the messages is
 * {@link IcmpHost}'s business.
 */
// Public only for the rooms that assemble the stack, whose packets stay inside the module.
@SuppressWarnings("exports")
public final class IcmpLayer implements ReceivingStage<InboundPacket, IcmpMessage> {

  private final Drops drops;

  /** A layer that counts what it drops in {@code drops}. */
  public IcmpLayer(Drops drops) {
    this.drops = drops;
  }

  @Override
  public Flux<IcmpMessage> receive(Flux<InboundPacket> below) {
    return Stage.of(below, this::decode, drops);
  }

  /** The message in {@code packet}, which it takes over; {@code null} if there is none, with the reason counted. */
  @Nullable
  IcmpMessage decode(InboundPacket packet) {
    boolean v4 = packet.source().isV4();
    if (v4 != (packet.protocol() == IpProtocol.ICMP)) {
      // The protocol of the other version means nothing.
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
