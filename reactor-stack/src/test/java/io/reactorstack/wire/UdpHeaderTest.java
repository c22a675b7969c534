package io.reactorstack.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests of the codecs of UDP, ICMP and ICMPv6 headers. */
class UdpHeaderTest {

  private final Drops drops = new Drops();

  private static ByteBuf data(int octets) {
    return Unpooled.buffer(100 + octets).setIndex(100, 100).writeZero(octets);
  }

  private static EnclosingPacket between(String source, String destination) {
    return EnclosingPacket.of(IpAddress.parse(source), IpAddress.parse(destination), 0, PacketFacts.receivedAt(1));
  }

  private void assertCounted(DropReason reason, long times) {
    assertThat(drops.get(reason)).as("%s", reason).isEqualTo(times);
    assertThat(drops.total()).isEqualTo(times);
  }

  @ParameterizedTest
  @CsvSource({"192.0.2.1,198.51.100.7", "2001:db8::1,2001:db8:ffff::2"})
  void udpSurvivesTheRoundTrip(String source, String destination) {
    EnclosingPacket carrier = between(source, destination);
    for (int octets : new int[] {0, 1, 2, 999}) {
      UdpHeader header = new UdpHeader(1, 65_535, UdpHeader.LENGTH + octets);
      ByteBuf bytes = data(octets);
      header.write(bytes, carrier.source(), carrier.destination());
      assertThat(bytes.readableBytes()).isEqualTo(header.length() + octets);
      // Octets after the datagram in its packet are not part of it.
      assertThat(UdpHeader.parse(bytes.writeZero(3), carrier, drops)).isEqualTo(header);
    }
    assertThat(drops.total()).isZero();
  }

  @Test
  void rejectsShortUdpOnce() {
    EnclosingPacket carrier = between("10.0.0.1", "10.0.0.2");
    for (int octets = 0; octets < UdpHeader.LENGTH; octets++) {
      assertThat(UdpHeader.parse(data(octets), carrier, drops)).isNull();
      assertCounted(UdpDefect.TOO_SHORT, octets + 1);
    }
  }

  @Test
  void rejectsAZeroChecksumOverIpv6() {
    ByteBuf bytes = data(4);
    new UdpHeader(1, 2, 12).write(bytes, IpAddress.parse("10.0.0.1"), IpAddress.parse("10.0.0.2"));
    bytes.setShort(bytes.readerIndex() + 6, 0);
    assertThat(UdpHeader.parse(bytes, between("10.0.0.1", "10.0.0.2"), drops)).isNotNull();
    EnclosingPacket verified = EnclosingPacket.of(IpAddress.parse("fe80::1"), IpAddress.parse("fe80::2"), 0,
        new PacketFacts(1, ChecksumState.VERIFIED, 0));
    assertThat(UdpHeader.parse(bytes, verified, drops)).isNull();
    assertCounted(UdpDefect.BAD_CHECKSUM, 1);
  }

  @Test
  void icmpSurvivesTheRoundTrip() {
    Icmpv4Header header = new Icmpv4Header(Icmpv4Header.DESTINATION_UNREACHABLE, 4, 1400);
    ByteBuf bytes = data(7);
    header.write(bytes);
    assertThat(bytes.readableBytes()).isEqualTo(header.length() + 7);
    assertThat(Icmpv4Header.parse(bytes, drops)).isEqualTo(header);
    assertThat(header).hasToString("ICMP type 3 code 4 rest 0x00000578");
    assertThat(drops.total()).isZero();
    bytes.setByte(bytes.readerIndex() + 9, 1);
    assertThat(Icmpv4Header.parse(bytes, drops)).isNull();
    assertCounted(IcmpDefect.BAD_CHECKSUM, 1);
  }

  @Test
  void icmpv6ChecksumCoversTheAddresses() {
    EnclosingPacket carrier = between("fe80::1", "fe80::2");
    Icmpv6Header header = new Icmpv6Header(Icmpv6Header.PACKET_TOO_BIG, 0, 1280);
    ByteBuf bytes = data(7);
    header.write(bytes, carrier.source(), carrier.destination());
    assertThat(bytes.readableBytes()).isEqualTo(header.length() + 7);
    assertThat(Icmpv6Header.parse(bytes, carrier, drops)).isEqualTo(header);
    assertThat(drops.total()).isZero();
    assertThat(Icmpv6Header.parse(bytes, between("fe80::1", "fe80::3"), drops)).isNull();
    assertCounted(IcmpDefect.BAD_CHECKSUM, 1);
  }

  @Test
  void rejectsShortIcmpOnce() {
    EnclosingPacket carrier = between("fe80::1", "fe80::2");
    for (int octets = 0; octets < Icmpv4Header.LENGTH; octets++) {
      assertThat(Icmpv4Header.parse(data(octets), drops)).isNull();
      assertThat(Icmpv6Header.parse(data(octets), carrier, drops)).isNull();
      assertCounted(IcmpDefect.TOO_SHORT, 2L * octets + 2);
    }
  }
}
