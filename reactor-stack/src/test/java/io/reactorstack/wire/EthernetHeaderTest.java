package io.reactorstack.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;

/** Tests of the codecs of Ethernet headers and ARP packets. */
class EthernetHeaderTest {

  private static final MacAddress A = MacAddress.parse("02:00:00:00:00:01");
  private static final MacAddress B = MacAddress.parse("02:00:00:00:00:02");

  private final Drops drops = new Drops();

  private static ByteBuf buffer() {
    return Unpooled.buffer(100).setIndex(50, 50);
  }

  @Test
  void aHeaderSurvivesTheRoundTrip() {
    for (int tag : new int[] {EthernetHeader.UNTAGGED, 0, 0x6005, 0xffff}) {
      EthernetHeader header = new EthernetHeader(A, B, tag, EtherType.IPV6);
      ByteBuf bytes = buffer().writeByte(7);
      header.write(bytes);
      assertThat(bytes.readableBytes()).isEqualTo(header.length() + 1);
      assertThat(header.length()).isEqualTo(tag < 0 ? 14 : 18);
      assertThat(EthernetHeader.parse(bytes, drops)).isEqualTo(header);
      assertThat(header.vlan()).isEqualTo(tag < 0 ? 0 : tag & 0xfff);
    }
    assertThat(drops.total()).isZero();
  }

  @Test
  void rejectsShortHeadersAndRecognizesACutOffTag() {
    ByteBuf bytes = buffer().writeZero(3);
    new EthernetHeader(A, B, EthernetHeader.UNTAGGED, EtherType.VLAN).write(bytes);
    EthernetHeader cutOff = EthernetHeader.parse(bytes, drops);
    assertThat(cutOff).isNotNull();
    assertThat(cutOff.isCutOff()).isTrue();
    assertThat(drops.total()).isZero();
    for (int length = 0; length < 14; length++) {
      assertThat(EthernetHeader.parse(bytes.slice(bytes.readerIndex(), length), drops)).isNull();
      assertThat(drops.get(EthernetDefect.TOO_SHORT)).isEqualTo(length + 1);
    }
  }

  @Test
  void toStringContainsAddressesAndType() {
    assertThat(new EthernetHeader(A, B, 0x6005, EtherType.ARP))
        .hasToString("02:00:00:00:00:02 > 02:00:00:00:00:01 vlan 5 type 0x0806");
  }

  @Test
  void arpSurvivesTheRoundTrip() {
    ArpPacket packet = new ArpPacket(
        ArpPacket.REPLY, A, Ipv4Address.parse("10.0.0.1"), B, Ipv4Address.parse("10.0.0.2"));
    ByteBuf bytes = buffer();
    packet.write(bytes);
    assertThat(ByteBufUtil.hexDump(bytes))
        .isEqualTo("00010800060400020200000000010a0000010200000000020a000002");
    assertThat(bytes.readableBytes()).isEqualTo(packet.length());
    assertThat(ArpPacket.parse(bytes, drops)).isEqualTo(packet);
    assertThat(packet).hasToString("ARP 10.0.0.1 is at 02:00:00:00:00:01, to 10.0.0.2");
    assertThat(drops.total()).isZero();
  }

  @Test
  @Requirement({"RFC903-III-01", "RFC903-II-01"})
  void rarpHasTheFormatOfArpAndOperationsOfItsOwn() {
    ArpPacket reply = new ArpPacket(
        ArpPacket.REVERSE_REPLY, A, Ipv4Address.parse("10.0.0.1"), B, Ipv4Address.parse("10.0.0.2"));
    ByteBuf bytes = buffer();
    reply.write(bytes);
    assertThat(ByteBufUtil.hexDump(bytes))
        .isEqualTo("00010800060400040200000000010a0000010200000000020a000002");
    assertThat(ArpPacket.parseReverse(bytes, drops)).isEqualTo(reply);
    assertThat(reply).hasToString("RARP 02:00:00:00:00:02 is 10.0.0.2, from 10.0.0.1 at 02:00:00:00:00:01");
    assertThat(drops.total()).isZero();
    assertThat(EtherType.RARP).isEqualTo(0x8035);

    for (int operation = 0; operation <= 5; operation++) {
      bytes.setShort(bytes.readerIndex() + 6, operation);
      assertThat(ArpPacket.parse(bytes, drops) != null).isEqualTo(operation == 1 || operation == 2);
      assertThat(ArpPacket.parseReverse(bytes, drops) != null).isEqualTo(operation == 3 || operation == 4);
    }
    assertThat(drops.get(ArpDefect.ARP_UNKNOWN_OPERATION)).isEqualTo(8);
    assertThatThrownBy(() -> new ArpPacket(5, A, Ipv4Address.UNSPECIFIED, A, Ipv4Address.UNSPECIFIED))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
