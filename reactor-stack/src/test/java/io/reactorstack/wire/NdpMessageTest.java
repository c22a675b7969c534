package io.reactorstack.wire;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.octets;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.NdpMessage.NeighborAdvertisement;
import io.reactorstack.wire.NdpMessage.NeighborSolicitation;
import io.reactorstack.wire.NdpMessage.Redirect;
import io.reactorstack.wire.NdpMessage.RouterAdvertisement;
import io.reactorstack.wire.NdpMessage.RouterSolicitation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Tests of the codec of neighbor discovery messages. */
class NdpMessageTest {

  private static final String A = "fe80::a";
  private static final String B = "fe80::b";
  private static final Ipv6Address TARGET = (Ipv6Address) IpAddress.parse("2001:db8::7");
  private static final byte[] TARGET_OCTETS = TARGET.bytes();
  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:0a");
  private static final byte[] SOURCE = octets(1, 1, 2, 0, 0, 0, 0, 0xa);
  private static final byte[] TARGET_MAC = octets(2, 1, 2, 0, 0, 0, 0, 0xa);
  private static final byte[] UNKNOWN = octets(200, 1, 1, 2, 3, 4, 5, 6);

  private final List<DropReason> dropped = new ArrayList<>();

  private NdpMessage parse(byte[] message) {
    ByteBuf bytes = Unpooled.wrappedBuffer(message);
    NdpMessage parsed = NdpMessage.parse(bytes,
        EnclosingPacket.of(IpAddress.parse(A), IpAddress.parse(B), 0, PacketFacts.LOCAL), dropped::add);
    assertThat(bytes.readerIndex()).isZero();
    return parsed;
  }

  private static byte[] write(NdpMessage message) {
    ByteBuf bytes = Headroom.reserve(ByteBufAllocator.DEFAULT, message.length());
    message.write(bytes, IpAddress.parse(A), IpAddress.parse(B));
    byte[] written = ByteBufUtil.getBytes(bytes);
    bytes.release();
    return written;
  }

  private static byte[] message(int type, int rest, byte[]... data) {
    return icmpv6(A, B, type, 0, rest, concat(data));
  }

  private void assertBoth(NdpMessage value, byte[] octets) {
    assertThat(write(value)).as("written").isEqualTo(octets);
    assertThat(parse(octets)).as("parsed").isEqualTo(value);
  }

  private void assertDropped(byte[] message, NdpDefect reason) {
    dropped.clear();
    assertThat(parse(message)).isNull();
    assertThat(dropped).containsExactly(reason);
  }

  @Test
  @Requirement({"RFC4861-4.1-01", "RFC4861-4.3-01", "RFC4861-4.4-04"})
  void eachMessageHasTheFormatOfItsSection() {
    assertBoth(new RouterSolicitation(List.of(new NdpOption.SourceLinkAddress(MAC))), message(133, 0, SOURCE));
    assertBoth(new NeighborSolicitation(TARGET, List.of(new NdpOption.SourceLinkAddress(MAC))),
        message(135, 0, TARGET_OCTETS, SOURCE));
    for (int flags = 0; flags < 8; flags++) {
      assertBoth(
          new NeighborAdvertisement(TARGET, (flags & 4) != 0, (flags & 2) != 0, (flags & 1) != 0,
              List.of(new NdpOption.TargetLinkAddress(MAC))),
          message(136, flags << 29, TARGET_OCTETS, TARGET_MAC));
    }
    Ipv6Address router = (Ipv6Address) IpAddress.parse("fe80::1");
    assertBoth(
        new Redirect(router, TARGET, List.of(new NdpOption.RedirectedHeader(ByteBuffer.wrap(TARGET_OCTETS)))),
        message(137, 0, router.bytes(), TARGET_OCTETS, octets(4, 3, 0, 0, 0, 0, 0, 0), TARGET_OCTETS));
    // All reserved bits set change nothing.
    assertThat(parse(message(133, -1, SOURCE))).isEqualTo(parse(message(133, 0, SOURCE)));
    assertThat(parse(message(135, -1, TARGET_OCTETS))).isEqualTo(parse(message(135, 0, TARGET_OCTETS)));
    assertThat(parse(message(136, 0x1fff_ffff, TARGET_OCTETS))).isEqualTo(parse(message(136, 0, TARGET_OCTETS)));
  }

  @Test
  @Requirement({"RFC4861-4.2-02", "RFC4861-9-02", "RFC2464-6-01"})
  void aRouterAdvertisementHasAllItsFieldsAndOptions() {
    IpPrefix prefix = IpPrefix.parse("2001:db8::/64");
    byte[] prefixOption = concat(
        octets(3, 4, 64, 0xc0, 0, 0, 0x0e, 0x10, 0, 0, 7, 8, 0, 0, 0, 0), prefix.address().bytes());
    byte[] mtu = octets(5, 1, 0, 0, 0, 0, 5, 0xdc);
    byte[] route = concat(octets(24, 2, 48, 0x18, 0xff, 0xff, 0xff, 0xff),
        Arrays.copyOf(IpAddress.parse("2001:db8:7::").bytes(), 8));
    byte[] servers = concat(octets(25, 5, 0, 0, 0, 0, 0, 60), TARGET_OCTETS, IpAddress.parse("fe80::5").bytes());
    byte[] domains = concat(octets(31, 4, 0, 0, 0, 0, 0, 60),
        "\3lab\7example\0\4test\0".getBytes(StandardCharsets.US_ASCII), new byte[5]);
    RouterAdvertisement value = new RouterAdvertisement(
        64, true, false, RouterPreference.HIGH, 1800, 30_000, 1000, List.of(
            new NdpOption.SourceLinkAddress(MAC),
            new NdpOption.PrefixInformation(prefix, true, true, 3600, 1800),
            new NdpOption.Mtu(1500),
            new NdpOption.RouteInformation(
                IpPrefix.parse("2001:db8:7::/48"), RouterPreference.LOW, NdpOption.FOREVER),
            new NdpOption.RecursiveDnsServers(60, List.of(TARGET, (Ipv6Address) IpAddress.parse("fe80::5"))),
            new NdpOption.DnsSearchList(60, List.of("lab.example", "test"))));
    byte[] octets = message(134, 64 << 24 | 0x88 << 16 | 1800, octets(0, 0, 0x75, 0x30, 0, 0, 3, 0xe8), SOURCE,
        prefixOption, mtu, route, servers, domains);
    assertBoth(value, octets);
    assertThat(parse(message(134, 64 << 24 | 0xaf << 16 | 1800, octets(0, 0, 0x75, 0x30, 0, 0, 3, 0xe8), SOURCE,
        prefixOption, mtu, route, servers, domains))).as("the other flags are ignored").isEqualTo(value);
  }

  @Test
  @Requirement({"RFC4861-9-01", "RFC4861-9-03", "RFC4861-9-05"})
  void unknownOptionsAreSkippedInAnyOrder() {
    NdpMessage expected = parse(message(135, 0, TARGET_OCTETS, SOURCE));
    assertThat(parse(message(135, 0, TARGET_OCTETS, UNKNOWN, SOURCE))).isEqualTo(expected);
    assertThat(parse(message(135, 0, TARGET_OCTETS, SOURCE, UNKNOWN, UNKNOWN))).isEqualTo(expected);
  }

  @Test
  @Requirement({"RFC4861-4.1-04", "RFC4861-4.2-04", "RFC4861-4.3-06"})
  void eachRequestSkipsUnknownOptions() {
    byte[] times = new byte[8];
    for (byte[] fixed : List.of(new byte[0], times, TARGET_OCTETS)) {
      int type = fixed.length == 0 ? 133 : fixed.length == 8 ? 134 : 135;
      assertThat(parse(message(type, 0, fixed, UNKNOWN, SOURCE)).sourceLinkAddress()).isEqualTo(MAC);
    }
  }

  @Test
  @Requirement({"RFC4861-4.4-09", "RFC4861-7.1.2-07", "RFC4861-8.1-09"})
  void advertisementsAndRedirectsSkipUnknownOptions() {
    assertThat(parse(message(136, 0x1fff_ffff, TARGET_OCTETS, UNKNOWN, TARGET_MAC)).targetLinkAddress())
        .isEqualTo(MAC);
    assertThat(parse(message(137, -1, TARGET_OCTETS, TARGET_OCTETS, UNKNOWN, TARGET_MAC)).targetLinkAddress())
        .isEqualTo(MAC);
  }

  @Test
  @Requirement({"RFC4861-4.6.1-01", "RFC4861-7.1.1-09", "RFC4861-7.1.2-08"})
  void linkAddressOptionsOfOtherMessagesAreIgnored() {
    assertThat(parse(message(135, 0, TARGET_OCTETS, TARGET_MAC)).options()).isEmpty();
    assertThat(parse(message(136, 0, TARGET_OCTETS, SOURCE)).options()).isEmpty();
    assertThat(parse(message(137, 0, TARGET_OCTETS, TARGET_OCTETS, SOURCE)).options()).isEmpty();
    assertThat(parse(message(134, 0, new byte[8], TARGET_MAC)).options()).isEmpty();
  }

  @Test
  @Requirement({"RFC4861-4.6.2-06", "RFC4861-4.6.3-01", "RFC4861-4.6.4-01"})
  void prefixMtuAndRedirectedHeaderAreIgnoredInOtherMessages() {
    byte[] prefix = concat(new byte[] {3, 4, 64, 0}, new byte[28]);
    byte[] mtu = octets(5, 1, 0, 0, 0, 0, 5, 0xdc);
    byte[] header = concat(octets(4, 2, 0, 0, 0, 0, 0, 0), new byte[8]);
    assertThat(parse(message(133, 0, prefix, mtu, header)).options()).isEmpty();
    assertThat(parse(message(134, 0, new byte[8], header)).options()).isEmpty();
    assertThat(parse(message(135, 0, TARGET_OCTETS, prefix, mtu, header)).options()).isEmpty();
    assertThat(parse(message(136, 0, TARGET_OCTETS, prefix, mtu, header)).options()).isEmpty();
    assertThat(parse(message(137, 0, TARGET_OCTETS, TARGET_OCTETS, prefix, mtu)).options()).isEmpty();
  }

  @Test
  @Requirement({"RFC4861-4.6-01", "RFC4861-7.1.1-05", "RFC4861-7.1.2-06"})
  void anOptionOfLengthZeroInvalidatesTheMessage() {
    byte[] zero = octets(200, 0, 0, 0, 0, 0, 0, 0);
    assertDropped(message(133, 0, SOURCE, zero), NdpDefect.BAD_OPTION);
    assertDropped(message(135, 0, TARGET_OCTETS, SOURCE, zero), NdpDefect.BAD_OPTION);
    assertDropped(message(136, 0, TARGET_OCTETS, zero), NdpDefect.BAD_OPTION);
    // Cut off in the header of an option, and in its content.
    assertDropped(message(135, 0, TARGET_OCTETS, octets(1)), NdpDefect.BAD_OPTION);
    assertDropped(message(135, 0, TARGET_OCTETS, octets(1, 2, 0, 0, 0, 0, 0, 0)), NdpDefect.BAD_OPTION);
  }

  @Test
  @Requirement({"RFC4861-6.1.2-06", "RFC4861-8.1-08"})
  void anOptionOfLengthZeroInvalidatesMessagesOfRouters() {
    byte[] zero = octets(200, 0, 0, 0, 0, 0, 0, 0);
    assertDropped(message(134, 0, new byte[8], SOURCE, zero), NdpDefect.BAD_OPTION);
    assertDropped(message(137, 0, TARGET_OCTETS, TARGET_OCTETS, zero), NdpDefect.BAD_OPTION);
  }

  @Test
  @Requirement({"RFC4861-7.1.1-03", "RFC4861-7.1.2-03"})
  void shortOrDamagedMessagesAndOtherCodesAreDropped() {
    for (int type : new int[] {135, 136}) {
      for (int length = 0; length < 16; length++) {
        assertDropped(message(type, 0, new byte[length]), NdpDefect.TOO_SHORT);
      }
      assertDropped(icmpv6(A, B, type, 1, 0, TARGET_OCTETS), NdpDefect.BAD_CODE);
      byte[] damaged = message(type, 0, TARGET_OCTETS);
      damaged[20] ^= 1;
      assertDropped(damaged, NdpDefect.BAD_CHECKSUM);
    }
    assertDropped(message(138, 0, TARGET_OCTETS), NdpDefect.UNKNOWN_TYPE);
    assertDropped(new byte[0], NdpDefect.UNKNOWN_TYPE);
  }

  @Test
  @Requirement({"RFC4861-6.1.2-04", "RFC4861-6.1.2-05", "RFC4861-8.1-04"})
  void shortOrDamagedMessagesOfRoutersAreDropped() {
    for (int length = 0; length < 8; length++) {
      assertDropped(message(134, 0, new byte[length]), NdpDefect.TOO_SHORT);
    }
    for (int length = 0; length < 32; length++) {
      assertDropped(message(137, 0, new byte[length]), NdpDefect.TOO_SHORT);
    }
    for (int type : new int[] {134, 137}) {
      assertDropped(icmpv6(A, B, type, 1, 0, new byte[32]), NdpDefect.BAD_CODE);
      byte[] damaged = message(type, 0, new byte[32]);
      damaged[15] ^= 1;
      assertDropped(damaged, NdpDefect.BAD_CHECKSUM);
    }
  }

  @Test
  @Requirement({"RFC4861-7.1.1-04", "RFC4861-7.1.2-04", "RFC4861-4.3-02"})
  void aTargetIsNeverAGroup() {
    byte[] group = IpAddress.parse("ff02::1").bytes();
    assertDropped(message(135, 0, group), NdpDefect.BAD_TARGET);
    assertDropped(message(136, 0, group), NdpDefect.BAD_TARGET);
    assertThatThrownBy(() -> new NeighborSolicitation((Ipv6Address) IpAddress.parse("ff02::1"), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @Requirement({"RFC4861-8.1-06", "RFC4861-8.1-07", "RFC4861-8.1-10"})
  void aRedirectLeadsToARouterOrToTheDestinationItself() {
    byte[] router = IpAddress.parse("fe80::1").bytes();
    byte[] other = IpAddress.parse("2001:db8::8").bytes();
    assertDropped(message(137, 0, router, IpAddress.parse("ff02::1").bytes()), NdpDefect.BAD_DESTINATION);
    assertDropped(message(137, 0, other, TARGET_OCTETS), NdpDefect.BAD_TARGET);
    assertThat(parse(message(137, 0, TARGET_OCTETS, TARGET_OCTETS))).isNotNull();
    NdpMessage plain = parse(message(137, 0, router, TARGET_OCTETS));
    assertThat(plain).isNotNull();
    assertThat(parse(message(137, 0, router, TARGET_OCTETS, octets(5, 1, 0, 0, 0, 0, 5, 0xdc), SOURCE)))
        .as("options of other messages are ignored").isEqualTo(plain);
  }

  @Test
  @Requirement({"RFC8106-5.3.1-02", "RFC8106-5.2-02"})
  void dnsOptionsOfAWrongLengthAndCompressedNamesAreDropped() {
    byte[] two = concat(octets(25, 2, 0, 0, 0, 0, 0, 60), new byte[8]);
    byte[] even = concat(octets(25, 4, 0, 0, 0, 0, 0, 60), new byte[24]);
    byte[] one = octets(31, 1, 0, 0, 0, 0, 0, 60);
    byte[] empty = concat(octets(31, 2, 0, 0, 0, 0, 0, 60), new byte[8]);
    byte[] pointer = concat(octets(31, 3, 0, 0, 0, 0, 0, 60), octets(3, 'l', 'a', 'b', 0xc0, 8, 0, 0), new byte[8]);
    byte[] unending = concat(octets(31, 2, 0, 0, 0, 0, 0, 60), octets(7, 'l', 'a', 'b', 'l', 'a', 'b', '7'));
    for (byte[] option : List.of(two, even, one, empty, pointer, unending)) {
      assertThat(parse(message(134, 0, new byte[8], option, SOURCE)).options())
          .containsExactly(new NdpOption.SourceLinkAddress(MAC));
    }
  }

  @Test
  void prefixesAndRoutesOfAnImpossibleLengthAreSkipped() {
    byte[] prefix = concat(octets(3, 4, 129, 0xc0), new byte[28]);
    byte[] shortPrefix = concat(octets(3, 3, 64, 0xc0), new byte[20]);
    byte[] route = concat(octets(24, 2, 65, 0, 0, 0, 0, 9), new byte[8]);
    byte[] reserved = octets(24, 1, 0, 0x10, 0, 0, 0, 9);
    byte[] longMac = concat(octets(1, 2), new byte[14]);
    assertThat(parse(message(134, 0, new byte[8], prefix, shortPrefix, route, reserved, longMac)).options()).isEmpty();
    assertThat(parse(message(134, 0, new byte[8], octets(24, 1, 0, 0x08, 0, 0, 0, 9))).options()).containsExactly(
        new NdpOption.RouteInformation(IpPrefix.parse("::/0"), RouterPreference.HIGH, 9));
  }

  @Test
  void aNonceHasTheOctetsThatWereDrawn() {
    NeighborSolicitation probe = new NeighborSolicitation(TARGET, List.of(NdpOption.Nonce.of(0x7777_0102_0304_0506L)));
    assertBoth(probe, message(135, 0, TARGET_OCTETS, octets(14, 1, 1, 2, 3, 4, 5, 6)));
    assertThat(parse(message(135, 0, TARGET_OCTETS, octets(14, 1, 1, 2, 3, 4, 5, 7)))).isNotEqualTo(probe);
  }

  @Test
  void randomOctetsAreParsedOrRejectedOnce() {
    Random random = new Random(9);
    int parsed = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] data = new byte[random.nextInt(120)];
      for (int j = 0; j < data.length; j++) {
        data[j] = (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(32));
      }
      dropped.clear();
      NdpMessage message = parse(message(132 + random.nextInt(6), random.nextInt(), data));
      assertThat(dropped).hasSize(message == null ? 1 : 0);
      if (message != null) {
        parsed++;
        assertThat(parse(write(message))).isEqualTo(message);
        assertThat(message.toString()).startsWith("NDP ");
      }
    }
    assertThat(parsed).isGreaterThan(500);
  }
}
