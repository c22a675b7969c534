package io.reactorstack.ip.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.nat.NatForwarding;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.engine.LocalPorts;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Pdu;
import io.reactorstack.packet.Rejections;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.IpHeader;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Header;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The translation recognizes the packets that it has translated itself. */
class TranslationTest {

  private final VirtualLoop loop = new VirtualLoop();
  private final LoopTurn turn = loop.newTurn();
  private final IpHost host = TestInterfaces.host();
  private final NetworkInterface outside = TestInterfaces.attach(
      host, "p0", 1500, new Egress<>(turn), "192.0.2.1/24", "2001:db8::1/64");
  private final NatSettings settings = NatSettings.DEFAULT.withForwardings(List.of(
      NatForwarding.of(NatProtocol.UDP, 8053, new Endpoint(IpAddress.parse("10.0.0.2"), 53))));
  private final Translation translation = new Translation(host, turn, new Translation.Plan("p0", settings),
      LocalPorts.NONE, error -> {
      }, HostMemory.unlimited(ByteBufAllocator.DEFAULT), new Random(1), new Drops());

  private InboundPacket inbound(IpHeader header, ByteBuf payload) {
    return new InboundPacket(header, IpProtocol.UDP, Ipv4Options.NONE, header.length(), false, payload,
        PacketFacts.receivedAt(0), outside);
  }

  /** A pool hands the buffer of a translated packet out again, for a packet of IPv6, which nothing translates. */
  @Test
  void aPacketOfIpv6InTheSameBufferIsNotTranslated() {
    host.network().addAddress("p0", InterfaceAddress.manual(IpPrefix.parse("192.0.2.2/24")));
    loop.settle();
    byte[] datagram = Packets.ipv4("203.0.113.7", "192.0.2.1", IpProtocol.UDP,
        Packets.udp("203.0.113.7", 4000, "192.0.2.1", 8053, new byte[] {1}));
    Pdu translated = translation.onArrival(
        new Frame(Unpooled.copiedBuffer(datagram), PacketFacts.receivedAt(0)), PacketFacts.receivedAt(0), outside);
    ByteBuf buffer = translated.payload();
    Ipv4Header header = Ipv4Header.parse(buffer, Rejections.UNCOUNTED);
    assertThat(header.destination()).isEqualTo(IpAddress.parse("10.0.0.2"));
    assertThat(translation.hasTranslated(inbound(header, buffer))).isTrue();
    byte[] next = Packets.ipv6("2001:db8:9::1", "2001:db8:8::1", IpProtocol.UDP, new byte[8]);
    buffer.clear().writeBytes(next);
    Ipv6Header ipv6 = Ipv6Header.parse(buffer, Rejections.UNCOUNTED);
    assertThat(translation.hasTranslated(inbound(ipv6, buffer))).isFalse();
    translated.release();
    translation.close();
  }
}
