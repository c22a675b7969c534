package io.reactorstack.ip;

import static io.reactorstack.testing.Packets.from;
import static io.reactorstack.testing.Packets.getShort;
import static io.reactorstack.testing.Packets.ipv4;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Frame;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.ip.output.DepartureHook;
import io.reactorstack.ip.output.IpOutput;
import io.reactorstack.ip.output.PacketNumbers;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestInterfaces;
import io.reactorstack.testing.TestPackets;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.Ipv6Chain;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.PacketFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** The fragmentation of packets that this host sends. */
class FragmentationTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final String OWN6 = "2001:db8::1";
  private static final String PEER6 = "2001:db8::2";
  private static final int PROTOCOL = 253;
  private static final PacketFields MAY_BE_CUT = new PacketFields(0x2e, 64, false);

  private final Drops drops = new Drops();
  private final IpHost host = TestInterfaces.host();
  private final NetworkInterface tun0 = attach("tun0", 1500, OWN + "/24", OWN6 + "/64");
  private final TestPackets.Rejected rejected = new TestPackets.Rejected();
  private final IpOutput output = output(tun0);
  private final Random random = new Random(8);

  private NetworkInterface attach(String name, int mtu, String... addresses) {
    NetworkInterface made = TestInterfaces.attach(
        host, name, mtu, new Egress<>(new VirtualLoop().newTurn()), addresses);
    for (String address : addresses) {
      host.network().routes(routes -> routes.with(Route.onLink(IpPrefix.parse(address), name)));
    }
    return made;
  }

  private IpOutput output(NetworkInterface through) {
    return new IpOutput(host, through, new PacketNumbers(new Random(1)), DepartureHook.NONE, drops);
  }

  private byte[] data(int length) {
    byte[] data = new byte[length];
    random.nextBytes(data);
    return data;
  }

  private OriginatedPacket packet(
      String source, String destination, int protocol, PacketFields fields, Ipv4Options options, byte[] data) {
    ByteBuf payload = Headroom.allocate(Unpooled.buffer().alloc(), data.length).writeBytes(data);
    return new OriginatedPacket(Objects.requireNonNull(host.destination(IpAddress.parse(destination))),
        IpAddress.parse(source), protocol, fields, options, payload, PacketFacts.LOCAL, rejected);
  }

  private List<byte[]> sent(IpOutput through, OriginatedPacket packet) {
    List<Frame> frames = through.bare().send(Flux.just(packet)).collectList().block();
    List<byte[]> sent = new ArrayList<>();
    for (Frame frame : frames) {
      sent.add(ByteBufUtil.getBytes(frame.payload()));
      frame.release();
    }
    assertThat(packet.payload().refCnt()).isZero();
    return sent;
  }

  private List<byte[]> sent(byte[] data) {
    return sent(output, packet(OWN, PEER, PROTOCOL, MAY_BE_CUT, Ipv4Options.NONE, data));
  }

  private List<byte[]> sent6(byte[] data) {
    return sent(output, packet(OWN6, PEER6, PROTOCOL, MAY_BE_CUT, Ipv4Options.NONE, data));
  }

  private static int id6(byte[] fragment) {
    return getShort(fragment, 44) << 16 | getShort(fragment, 46);
  }

  @Test
  @Requirement({"RFC791-3.2-04", "RFC1122-3.3.3-01"})
  void headersOfFragmentsAreUpdated() {
    byte[] data = data(3000);
    List<byte[]> fragments = sent(data);
    assertThat(fragments).hasSize(3);
    int id = getShort(fragments.getFirst(), 4);
    int at = 0;
    for (int i = 0; i < 3; i++) {
      int length = i < 2 ? 1480 : 40;
      byte[] expected = Packets.fragment(OWN, PEER, PROTOCOL, id, at, i < 2, Arrays.copyOfRange(data, at, at + length));
      expected[1] = 0x2e;
      assertThat(fragments.get(i)).isEqualTo(Packets.fixIpv4(expected, 0));
      at += length;
    }
    assertThat(drops.meters().sum(IpMeter.PACKETS_FRAGMENTED)).isOne();
    assertThat(drops.meters().sum(IpMeter.FRAGMENTS_SENT)).isEqualTo(3);
  }

  @Test
  @Requirement("RFC791-3.1-08")
  void optionsWithTheCopiedFlagAreInEveryFragment() {
    byte[] header = ipv4(PEER, OWN, PROTOCOL, new byte[0], 7, 7, 4, 0, 0, 0, 0, 1, 0x94, 4, 0, 0);
    Ipv4Options options = Ipv4Options.parse(Unpooled.wrappedBuffer(header), drops);
    byte[] data = data(2000);
    List<byte[]> fragments = sent(output, packet(OWN, PEER, PROTOCOL, MAY_BE_CUT, options, data));
    byte[] first = fragments.get(0);
    byte[] second = fragments.get(1);
    assertThat(first[0]).isEqualTo((byte) 0x48);
    assertThat(Arrays.copyOfRange(first, 20, 32)).isEqualTo(from(header, 20));
    assertThat(second[0]).isEqualTo((byte) 0x46);
    assertThat(Arrays.copyOfRange(second, 20, 24)).isEqualTo(Packets.octets(0x94, 4, 0, 0));
    assertThat(Packets.concat(from(first, 32), from(second, 24))).isEqualTo(data);
    assertThat(Packets.checksum(second, 0, 24, 0)).isZero();
  }

  @Test
  @Requirement("RFC791-3.2-16")
  void aHeaderIsPaddedWithZeros() {
    // In later fragments only the second option remains, whose length is 3.
    byte[] header = ipv4(PEER, OWN, PROTOCOL, new byte[0], 7, 7, 4, 0, 0, 0, 0, 1, 0x99, 3, 0x55, 0);
    Ipv4Options options = Ipv4Options.parse(Unpooled.wrappedBuffer(header), drops);
    List<byte[]> fragments = sent(output, packet(OWN, PEER, PROTOCOL, MAY_BE_CUT, options, data(2000)));
    assertThat(fragments.get(1)[0]).isEqualTo((byte) 0x46);
    assertThat(Arrays.copyOfRange(fragments.get(1), 20, 24)).isEqualTo(Packets.octets(0x99, 3, 0x55, 0));
    assertThat(fragments.get(0)[0] & 0xf).isEqualTo(8);
    assertThat(fragments.get(0)[31]).isZero();
  }

  @Test
  @Requirement("RFC7112-5-06")
  void allHeadersAreInTheFirst1280Octets() {
    host.destination(IpAddress.parse(PEER6)).lowerMtu(1280);
    for (int protocol : new int[] {17, 58, PROTOCOL}) {
      List<byte[]> fragments = sent(output, packet(OWN6, PEER6, protocol, MAY_BE_CUT, Ipv4Options.NONE, data(5000)));
      byte[] first = fragments.getFirst();
      assertThat(first.length).isLessThanOrEqualTo(1280);
      Ipv6Chain chain = Ipv6Chain.skimFirstFragment(Unpooled.wrappedBuffer(first), 0, first.length);
      assertThat(chain.next()).isEqualTo(protocol);
      assertThat(chain.length()).as("the fixed header and the fragment header").isEqualTo(48);
    }
    // TCP segments are not cut: the longest header of TCP leaves room as well.
    assertThat(Ipv6Header.LENGTH + 60).isLessThan(Ipv6Header.MINIMUM_MTU);
  }

  @Test
  @Requirement("RFC791-3.2-05")
  void packetOf68OctetsIsNotFragmented() {
    IpOutput narrow = output(attach("slip0", 68, "10.9.0.1/24"));
    byte[] whole = sent(narrow, packet("10.9.0.1", "10.9.0.2", PROTOCOL, MAY_BE_CUT, Ipv4Options.NONE, data(48)))
        .getFirst();
    assertThat(whole).hasSize(68);
    assertThat(getShort(whole, 6)).isZero();
    assertThat(sent(narrow, packet("10.9.0.1", "10.9.0.2", PROTOCOL, MAY_BE_CUT, Ipv4Options.NONE, data(49))))
        .extracting(fragment -> fragment.length).containsExactly(68, 21);
  }

  @Test
  @Requirement({"RFC791-3.2-07", "RFC6864-4.3-02", "RFC4821-8-01"})
  void packetsWithDfAreNotFragmented() {
    for (String[] pair : new String[][] {{OWN, PEER}, {OWN6, PEER6}}) {
      assertThat(sent(output, packet(pair[0], pair[1], PROTOCOL, PacketFields.DEFAULT, Ipv4Options.NONE, data(1481))))
          .isEmpty();
    }
    assertThat(drops.get(IpDrop.TOO_BIG)).isEqualTo(2);
    assertThat(rejected.all).hasSize(2);
  }

  @Test
  void tcpIsNotFragmented() {
    assertThat(sent(output, packet(OWN, PEER, 6, MAY_BE_CUT, Ipv4Options.NONE, data(1481)))).isEmpty();
    assertThat(drops.get(IpDrop.TOO_BIG)).isOne();
  }

  @Test
  @Requirement({"RFC791-3.2-15", "RFC6864-4.2-01"})
  void packetsHaveDifferentIdentifications() {
    Set<Integer> ids = new HashSet<>();
    byte[] same = data(2000);
    for (int i = 0; i < 200; i++) {
      List<byte[]> fragments = sent(same);
      int id = getShort(fragments.get(0), 4);
      assertThat(getShort(fragments.get(1), 4)).isEqualTo(id);
      assertThat(ids.add(id)).isTrue();
    }
  }

  @Test
  @Requirement({"RFC8200-4.5-03", "RFC8200-4.5-05", "RFC7112-5-01"})
  void headersOfIpv6FragmentsAreComplete() {
    byte[] data = data(3000);
    List<byte[]> fragments = sent6(data);
    assertThat(fragments).hasSize(3);
    int id = id6(fragments.getFirst());
    byte[] label = Arrays.copyOfRange(fragments.getFirst(), 1, 4);
    int at = 0;
    for (int i = 0; i < 3; i++) {
      int length = i < 2 ? 1448 : 104;
      byte[] expected = Packets.fragment6(
          OWN6, PEER6, PROTOCOL, id, at, i < 2, Arrays.copyOfRange(data, at, at + length));
      expected[0] = 0x62;
      System.arraycopy(label, 0, expected, 1, 3);
      assertThat(fragments.get(i)).isEqualTo(expected);
      at += length;
    }
    assertThat(label[0] & 0xf0).as("traffic class").isEqualTo(0xe0);
  }

  @Test
  @Requirement({"RFC8200-4.5-06", "RFC5722-4-01"})
  void fragmentsDoNotOverlapEvenIfThePathMtuChanges() {
    OriginatedPacket packet = packet(OWN6, PEER6, PROTOCOL, MAY_BE_CUT, Ipv4Options.NONE, data(5000));
    List<byte[]> fragments = new ArrayList<>();
    BaseSubscriber<Frame> device = subscriber(fragments);
    output.bare().send(Flux.just(packet)).subscribe(device);
    device.request(2);
    packet.route().lowerMtu(1300);
    device.request(9);
    assertThat(fragments).extracting(fragment -> fragment.length).containsExactly(1496, 1496, 1296, 48 + 856);
    int end = 0;
    for (byte[] fragment : fragments) {
      assertThat(getShort(fragment, 42) & ~7).isEqualTo(end);
      end += fragment.length - 48;
    }
    assertThat(end).isEqualTo(5000);
  }

  private static BaseSubscriber<Frame> subscriber(List<byte[]> frames) {
    return new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        // The test requests.
      }

      @Override
      protected void hookOnNext(Frame frame) {
        frames.add(ByteBufUtil.getBytes(frame.payload()));
        frame.release();
      }
    };
  }

  @Test
  void fragmentsAreMadeAsTheDeviceRequestsThem() {
    OriginatedPacket packet = packet(OWN, PEER, PROTOCOL, MAY_BE_CUT, Ipv4Options.NONE, data(5000));
    List<byte[]> fragments = new ArrayList<>();
    BaseSubscriber<Frame> device = subscriber(fragments);
    output.bare().send(Flux.just(packet)).subscribe(device);
    device.request(2);
    assertThat(fragments).hasSize(2);
    assertThat(packet.payload().refCnt()).isOne();
    device.cancel();
    assertThat(packet.payload().refCnt()).isZero();
  }

  @Test
  void remainingFragmentsAreDroppedWhenTheRouteIsLost() {
    OriginatedPacket packet = packet(OWN, PEER, PROTOCOL, MAY_BE_CUT, Ipv4Options.NONE, data(5000));
    List<byte[]> fragments = new ArrayList<>();
    BaseSubscriber<Frame> device = subscriber(fragments);
    output.bare().send(Flux.just(packet)).subscribe(device);
    device.request(1);
    host.network().routes(routes -> RoutingTable.EMPTY);
    device.request(9);
    assertThat(fragments).hasSize(1);
    assertThat(packet.payload().refCnt()).isZero();
    assertThat(drops.get(IpDrop.NO_ROUTE)).isOne();
  }

  @Test
  @Requirement({"RFC8200-4.5-02", "RFC8504-5.1-04", "RFC7739-5.1-01"})
  void identificationsOfIpv6CannotBeGuessedFromOtherDestinations() {
    int first = id6(sent6(data(2000)).getFirst());
    assertThat(id6(sent6(data(2000)).getFirst())).isEqualTo(first + 1);
    Set<Integer> distances = new HashSet<>();
    for (int i = 3; i < 40; i++) {
      int id = id6(sent(output, packet(OWN6, "2001:db8::" + i, PROTOCOL, MAY_BE_CUT, Ipv4Options.NONE, data(2000)))
          .getFirst());
      distances.add(id - first >>> 16);
    }
    assertThat(distances).hasSizeGreaterThan(30);
  }

  @Test
  void longestPacketsAreSent() {
    assertThat(sent(data(65_515))).hasSize(45);
    assertThat(sent6(data(65_535))).hasSize(46);
    assertThat(sent(data(65_516))).isEmpty();
    assertThat(sent6(data(65_536))).isEmpty();
    assertThat(drops.get(IpDrop.TOO_BIG)).isEqualTo(2);
    assertThat(rejected.all).hasSize(2);
  }
}
