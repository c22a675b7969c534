package io.reactorstack.telemetry;

import static io.reactorstack.telemetry.Exchange.CLIENT;
import static io.reactorstack.telemetry.Exchange.SERVER;
import static io.reactorstack.wire.TcpSegment.ACK;
import static io.reactorstack.wire.TcpSegment.FIN;
import static io.reactorstack.wire.TcpSegment.PSH;
import static io.reactorstack.wire.TcpSegment.RST;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.device.FrameObserver;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.wire.Compatibility;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.GroupMessage;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.MldMessage;
import io.reactorstack.wire.NdpMessage;
import io.reactorstack.wire.NdpOption;
import io.reactorstack.wire.RouterAlert;
import io.reactorstack.wire.TcpOptions;
import io.reactorstack.wire.TcpSegment;
import io.reactorstack.wire.UdpHeader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StoryTest {

  private static final Ipv4Address DNS = Ipv4Address.parse("10.0.0.53");

  private static Story.Builder named() {
    return Story.builder().name(CLIENT, "client").name(SERVER, "web").name(DNS, "dns")
        .udp(53, "DNS", octets -> Optional.of(new String(octets, StandardCharsets.US_ASCII)))
        .tcp(80, Describer.http());
  }

  private static void fetch(Exchange e) {
    e.arp(CLIENT, MacAddress.BROADCAST, 1, CLIENT, DNS);
    e.after(0.5).arp(DNS, Exchange.mac(CLIENT), 2, DNS, CLIENT);
    e.after(0.1).udp(CLIENT, 40000, DNS, 53, "query A web.lab");
    e.after(1.2).udp(DNS, 53, CLIENT, 40000, "answer A 10.0.0.2 ttl 60");
    e.after(0.3).open();
    e.after(0.2).client(ACK | PSH, 1, 1, 502, "GET /index.html HTTP/1.1\r\nHost: web.lab\r\n\r\n");
    e.after(20).server(ACK, 1, 44, 16384, 0);
    e.after(1).server(ACK | PSH, 1, 44, 16384, "HTTP/1.1 200 OK\r\n\r\nhello");
    e.after(0.1).client(ACK, 44, 25, 502, 0);
    e.after(5).client(FIN | ACK, 44, 25, 502, 0);
    e.after(20).server(FIN | ACK, 25, 45, 16384, 0);
    e.after(0.1).client(ACK, 45, 26, 502, 0);
  }

  @Test
  void showsAFetch() {
    Story story = named().build();
    fetch(new Exchange(story.observer()));
    assertThat(story.text()).isEqualTo(golden("fetch"));
    Story ascii = named().ascii().width(80).build();
    fetch(new Exchange(ascii.observer()));
    assertThat(ascii.text()).isEqualTo(golden("fetch-ascii"));
  }

  @Test
  void aHostWithSeveralAddressesHasOneColumn() {
    Ipv4Address inside = Ipv4Address.parse("192.168.1.1");
    Story story = named().name(inside, "dns").build();
    Exchange e = new Exchange(story.observer());
    e.udp(CLIENT, 40000, inside, 53, "query");
    e.after(1).udp(DNS, 40000, SERVER, 53, "query");
    assertThat(story.text()).isEqualTo("""
               ms  client  dns     web
            0.000  ├──────▶│       │   DNS query
            1.000  │       ├──────▶│   DNS query
        """);
  }

  @Test
  void marksRetransmissionsAndOtherAnomalies() {
    Story story = named().build();
    Exchange e = new Exchange(story.observer());
    e.open();
    e.after(1).client(ACK, 1, 1, 502, 1000);
    e.client(ACK, 1001, 1, 502, 1000);
    e.after(20).server(ACK, 1, 1001, 16384, 0);
    e.after(1).server(ACK, 1, 1001, 16384, 0);
    e.after(200).client(ACK, 1001, 1, 502, 1000);
    e.after(20).server(ACK, 1, 2001, 0, 0);
    e.after(300).client(ACK, 2001, 1, 502, 1);
    e.after(20).server(ACK, 1, 2001, 0, 0);
    e.after(300).server(ACK, 1, 2001, 16384, 0);
    e.after(1).server(ACK, 1001, 2001, 16384, 1000);
    e.after(1).server(ACK, 1, 2001, 16384, 1000);
    e.after(1).server(RST | ACK, 2001, 2001, 0, 0);
    assertThat(story.text()).isEqualTo(golden("troubles"));
  }

  @Test
  void summarizesLongTransfers() {
    Story story = named().build();
    Exchange e = new Exchange(story.observer());
    e.open();
    for (int i = 0; i < 63; i++) {
      e.after(0.5).client(ACK, 1 + i * 1448L, 1, 502, 1448);
      if (i % 2 == 1) {
        e.after(0.1).server(ACK, 1, 1 + (i + 1) * 1448L, 16384, 0);
      }
    }
    e.after(1).client(FIN | ACK, 1 + 63 * 1448, 1, 502, 0);
    assertThat(story.text()).isEqualTo(golden("transfer"));
  }

  @Test
  void showsPingsErrorsAndMalformedFrames() {
    Story story = named().build();
    Exchange e = new Exchange(story.observer());
    e.arp(CLIENT, MacAddress.BROADCAST, 1, Ipv4Address.UNSPECIFIED, CLIENT);
    e.after(1).arp(CLIENT, MacAddress.BROADCAST, 1, CLIENT, CLIENT);
    e.after(1).icmp(CLIENT, SERVER, 8, 0, 7 << 16 | 1, Exchange.buffer().writeZero(56));
    e.after(20).icmp(SERVER, CLIENT, 0, 0, 7 << 16 | 1, Exchange.buffer().writeZero(56));
    e.after(1).udp(CLIENT, 5000, SERVER, 9, "discard me");
    ByteBuf quote = Exchange.buffer().writeBytes(new byte[28]);
    quote.setByte(quote.readerIndex(), 0x45).setShort(quote.readerIndex() + 2, 38).setByte(quote.readerIndex() + 9, 17)
        .setInt(quote.readerIndex() + 16, SERVER.bits()).setShort(quote.readerIndex() + 22, 9);
    e.after(20).icmp(SERVER, CLIENT, 3, 3, 0, quote);
    e.after(1).udp(CLIENT, 68, Ipv4Address.BROADCAST, 67, "anybody?");
    e.after(1).show(SERVER, Exchange.mac(CLIENT), 0x0800, Exchange.buffer().writeZero(30));
    e.after(1).show(SERVER, Exchange.mac(CLIENT), 0x0806, Exchange.buffer().writeZero(8));
    e.after(1).show(SERVER, Exchange.mac(CLIENT), 0x88b5, Exchange.buffer().writeZero(46));
    e.after(1).ip(SERVER, CLIENT, 6, Exchange.buffer().writeZero(20));
    e.after(1).ip(SERVER, CLIENT, 1, Exchange.buffer().writeZero(4));
    e.after(1).ip(SERVER, CLIENT, 17, Exchange.buffer().writeZero(4));
    e.after(1).ip(SERVER, CLIENT, 132, Exchange.buffer().writeZero(40));
    e.after(1).show(SERVER, Unpooled.buffer().writeZero(5));
    assertThat(story.text()).isEqualTo(golden("errors"));
  }

  @Test
  void frameSeenWhenSentIsNotShownAgainWhenReceived() {
    Story story = named().build();
    FrameObserver client = story.observer();
    FrameObserver server = story.observer();
    new Exchange((direction, frame, nanos) -> {
      boolean fromClient = direction == Direction.SENT;
      (fromClient ? client : server).onFrame(Direction.SENT, frame, nanos);
      (fromClient ? server : client).onFrame(Direction.RECEIVED, frame, nanos + 10_000_000);
    }).after(1).udp(CLIENT, 1000, SERVER, 2000, "one").after(30).udp(SERVER, 2000, CLIENT, 1000, "two");
    assertThat(story.text().lines()).hasSize(3);
    assertThat(story.text()).containsOnlyOnce("1000>2000").containsOnlyOnce("2000>1000");
  }

  @Test
  void showsIpv6WithoutAnEthernetHeader() {
    IpAddress us = IpAddress.parse("2001:db8::1");
    IpAddress peer = IpAddress.parse("2001:db8::2");
    Story story = Story.builder().name(us, "us").name(peer, "peer").build();
    FrameObserver seen = story.ipObserver();
    ByteBuf ping = Exchange.buffer().writeZero(8);
    new Icmpv6Header(Icmpv6Header.ECHO_REQUEST, 0, 7 << 16 | 1).write(ping, us, peer);
    ipv6(seen, us, peer, IpProtocol.ICMPV6, ping);
    ByteBuf pong = Exchange.buffer().writeZero(8);
    new Icmpv6Header(Icmpv6Header.ECHO_REPLY, 0, 7 << 16 | 1).write(pong, peer, us);
    ipv6(seen, peer, us, IpProtocol.ICMPV6, pong);
    ByteBuf datagram = Exchange.buffer().writeZero(3);
    new UdpHeader(5000, 9, UdpHeader.LENGTH + 3).write(datagram, us, peer);
    ipv6(seen, us, peer, IpProtocol.UDP, datagram.retainedDuplicate());
    ByteBuf quote = Exchange.buffer().writeBytes(datagram);
    datagram.release();
    new Ipv6Header(0, 0, quote.readableBytes(), IpProtocol.UDP, 64, (Ipv6Address) us, (Ipv6Address) peer).write(quote);
    new Icmpv6Header(Icmpv6Header.DESTINATION_UNREACHABLE, 4, 0).write(quote, peer, us);
    ipv6(seen, peer, us, IpProtocol.ICMPV6, quote);
    ByteBuf syn = Exchange.buffer();
    new TcpSegment(new FourTuple(us, 40_000, peer, 80), 1, 0, TcpSegment.SYN, 502, 0, TcpOptions.NONE, 0, syn,
        PacketFacts.LOCAL).write(syn);
    ipv6(seen, us, peer, IpProtocol.TCP, syn);
    IpAddress group = IpAddress.parse("ff02::16");
    MldMessage joined = new MldMessage(new GroupMessage.Joined(Compatibility.GROUPS, IpAddress.parse("ff15::3")));
    ByteBuf report = Exchange.buffer().setIndex(200, 200);
    joined.write(report, us, group);
    RouterAlert.writeIpv6(report, IpProtocol.ICMPV6);
    ipv6(seen, us, group, Ipv6Chain.HOP_BY_HOP, report);
    ipv6(seen, us, peer, 132, Exchange.buffer().writeZero(40));
    assertThat(story.text()).isEqualTo(golden("ipv6"));
  }

  @Test
  void showsNeighborDiscovery() {
    Ipv6Address us = (Ipv6Address) IpAddress.parse("fe80::1");
    Ipv6Address peer = (Ipv6Address) IpAddress.parse("fe80::2");
    MacAddress mac = MacAddress.parse("02:00:00:00:00:02");
    Story story = Story.builder().name(us, "us").name(peer, "peer").build();
    FrameObserver seen = story.ipObserver();
    ndp(seen, Ipv6Address.UNSPECIFIED, us.solicitedNode(), new NdpMessage.NeighborSolicitation(us, List.of()));
    ndp(seen, us, peer.solicitedNode(), new NdpMessage.NeighborSolicitation(peer, List.of()));
    ndp(seen, peer, us, new NdpMessage.NeighborAdvertisement(
        peer, false, true, true, List.of(new NdpOption.TargetLinkAddress(mac))));
    ByteBuf cut = Exchange.buffer().writeByte(NdpMessage.REDIRECT);
    ipv6(seen, peer, us, IpProtocol.ICMPV6, cut);
    assertThat(story.text()).contains("NDP probe: does anybody have fe80::1?", "NDP who has fe80::2?",
        "NDP fe80::2 is at 02:00:00:00:00:02", "malformed NDP: too short");
  }

  private static void ndp(FrameObserver seen, Ipv6Address from, Ipv6Address to, NdpMessage message) {
    ByteBuf bytes = Exchange.buffer().setIndex(200, 200);
    message.write(bytes, from, to);
    ipv6(seen, from, to, IpProtocol.ICMPV6, bytes);
  }

  private static void ipv6(FrameObserver seen, IpAddress from, IpAddress to, int protocol, ByteBuf payload) {
    new Ipv6Header(0, 0, payload.readableBytes(), protocol, 64, (Ipv6Address) from, (Ipv6Address) to).write(payload);
    seen.onFrame(Direction.SENT, new Frame(payload, PacketFacts.LOCAL), 1_000_000);
    payload.release();
  }

  @Test
  void anEmptyStoryIsEmpty() {
    assertThat(Story.create().text()).isEmpty();
  }

  @Test
  void failingDescriberDoesNotEndTheStory() {
    Story story = Story.builder().udp(53, "DNS", octets -> {
      throw new IllegalStateException();
    }).build();
    new Exchange(story.observer()).udp(CLIENT, 1000, DNS, 53, "?");
    assertThat(story.text()).contains("DNS not understood, 1 B");
  }

  private static String golden(String name) {
    try (InputStream in = StoryTest.class.getResourceAsStream(name + ".txt")) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void survivesAnyFrame() {
    SplittableRandom random = new SplittableRandom(1);
    Story story = named().build();
    Exchange e = new Exchange(story.observer());
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(100)];
      random.nextBytes(bytes);
      if (bytes.length > 24) {
        bytes[12] = 8;
        bytes[13] = (byte) (random.nextInt(4) == 0 ? 6 : 0);
        bytes[14] = 0x45;
        bytes[23] = (byte) new int[] {1, 6, 17, 50}[random.nextInt(4)];
      }
      e.after(0.01).show(SERVER, Unpooled.wrappedBuffer(bytes));
    }
    assertThat(story.text()).contains("malformed").contains("more frames that are not told");
    assertThat(story.text().lines()).allMatch(line -> line.length() <= 110);
  }
}
