package io.reactorstack.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.DhcpAddresses;
import io.reactorstack.wire.DhcpMessage;
import io.reactorstack.wire.DhcpOptions;
import io.reactorstack.wire.DhcpType;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.UdpHeader;
import org.junit.jupiter.api.Test;

/** DHCP messages in a story. */
class DhcpStoryTest {

  private final Story story = Story.builder().name(Exchange.SERVER, "server").build();
  private final Exchange exchange = new Exchange(story.observer());

  private void udp(Ipv4Address from, int fromPort, Ipv4Address to, int toPort, ByteBuf data) {
    ByteBuf bytes = Exchange.buffer().writeBytes(data);
    new UdpHeader(fromPort, toPort, UdpHeader.LENGTH + bytes.readableBytes()).write(bytes, from, to);
    exchange.after(1).ip(from, to, IpProtocol.UDP, bytes);
  }

  private static ByteBuf bytes(DhcpType type, Ipv4Address yiaddr, DhcpOptions options) {
    var message = new DhcpMessage(type, 0, 7, 0, false, DhcpAddresses.NONE.withYiaddr(yiaddr),
        Exchange.mac(Exchange.CLIENT), options);
    ByteBuf bytes = Unpooled.buffer(message.length()).setIndex(message.length(), message.length());
    message.write(bytes);
    return bytes;
  }

  @Test
  void showsTheMessagesOfBothDirections() {
    Ipv4Address offered = Ipv4Address.parse("10.0.0.7");
    udp(Ipv4Address.UNSPECIFIED, 68, Ipv4Address.BROADCAST, 67,
        bytes(DhcpType.DISCOVER, Ipv4Address.UNSPECIFIED, DhcpOptions.NONE));
    udp(Exchange.SERVER, 67, Ipv4Address.BROADCAST, 68,
        bytes(DhcpType.OFFER, offered, DhcpOptions.NONE.withAddress(DhcpOptions.SERVER_ID, Exchange.SERVER)));
    udp(Exchange.SERVER, 67, Ipv4Address.BROADCAST, 68, Unpooled.copyInt(1));
    assertThat(story.text()).contains("DHCP discover xid 00000007",
        "DHCP offer 10.0.0.7 from " + Exchange.SERVER + " xid 00000007", "UDP 67>68 4 B");
  }
}
