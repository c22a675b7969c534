package io.reactorstack.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.testing.Packets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Fields that are changed in place have the checksums of a packet that was built with the new values. */
class FieldsInPlaceTest {

  private static final String A = "10.0.0.2";
  private static final String B = "198.51.100.7";

  @Property
  void aChangedDatagramIsAsIfItWasBuiltThatWay(@ForAll int source, @ForAll int destination,
      @ForAll @IntRange(max = 65_535) int sourcePort, @ForAll @IntRange(max = 65_535) int destinationPort,
      @ForAll @IntRange(max = 65_535) int identification, @ForAll @Size(max = 30) byte[] data) {
    ByteBuf packet = Unpooled.wrappedBuffer(Packets.ipv4(A, B, 17, Packets.udp(A, 5000, B, 53, data)));
    Ipv4Address from = new Ipv4Address(source);
    Ipv4Address to = new Ipv4Address(destination);
    long change = Ipv4Fields.setSource(packet, 0, from) + Ipv4Fields.setDestination(packet, 0, to);
    Ipv4Fields.setIdentification(packet, 0, identification);
    change += TransportFields.setSourcePort(packet, 20, sourcePort)
        + TransportFields.setDestinationPort(packet, 20, destinationPort);
    TransportFields.updateChecksum(packet, IpProtocol.UDP, 20, packet.readableBytes(), change);

    byte[] built = Packets.ipv4(from.toString(), to.toString(), 17,
        Packets.udp(from.toString(), sourcePort, to.toString(), destinationPort, data));
    Packets.putShort(built, 4, identification);
    assertThat(ByteBufUtil.getBytes(packet)).isEqualTo(Packets.fixIpv4(built, 0));
  }

  @Property
  void aChangedIdentifierIsAsIfTheQueryWasBuiltThatWay(@ForAll @IntRange(max = 65_535) int identifier,
      @ForAll @Size(max = 30) byte[] data) {
    ByteBuf message = Unpooled.wrappedBuffer(Packets.icmp(8, 0, 0x1234_0001, data));
    assertThat(TransportFields.identifier(message, 0)).isEqualTo(0x1234);
    long change = TransportFields.setIdentifier(message, 0, identifier);
    TransportFields.updateChecksum(message, IpProtocol.ICMP, 0, message.readableBytes(), change);
    assertThat(ByteBufUtil.getBytes(message)).isEqualTo(Packets.icmp(8, 0, identifier << 16 | 1, data));
  }

  @Test
  void aDatagramWithoutAChecksumKeepsNoneAndAComputedZeroIsSentAsOnes() {
    byte[] none = Packets.udp(A, 5000, B, 53, new byte[0]);
    Packets.putShort(none, 6, 0);
    ByteBuf datagram = Unpooled.wrappedBuffer(none);
    TransportFields.updateChecksum(datagram, IpProtocol.UDP, 0, 8, 77);
    assertThat(datagram.getUnsignedShort(6)).isZero();
    // The sum of the changes makes the computed checksum zero.
    datagram.setShort(6, 0x1234);
    TransportFields.updateChecksum(datagram, IpProtocol.UDP, 0, 8, 0x1234);
    assertThat(datagram.getUnsignedShort(6)).isEqualTo(0xffff);
  }

  @Test
  void aChecksumBehindTheEndIsLeftAlone() {
    ByteBuf quote = Unpooled.wrappedBuffer(new byte[18]);
    TransportFields.updateChecksum(quote, IpProtocol.TCP, 0, 17, 77);
    assertThat(quote.getShort(16)).isZero();
    TransportFields.updateChecksum(quote, IpProtocol.TCP, 0, 18, 77);
    assertThat(quote.getShort(16)).isNotZero();
    TransportFields.updateChecksum(quote, 47, 0, 18, 77);
    assertThat(quote.getInt(0)).isZero();
  }
}
