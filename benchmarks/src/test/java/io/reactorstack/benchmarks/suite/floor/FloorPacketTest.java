package io.reactorstack.benchmarks.suite.floor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.IpProtocol;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compares the floor's headers and checksums with those of the stack. */
class FloorPacketTest {

  private static final int AT = 14;
  private static final IpAddress SOURCE = Ipv4Address.parse("10.0.0.1");
  private static final IpAddress DESTINATION = Ipv4Address.parse("10.0.0.2");

  private final byte[] bytes = new byte[2000];
  private final MemorySegment memory = MemorySegment.ofArray(bytes);

  private void segment(int data) {
    FloorPacket.flow(memory, AT, 0x0a000001, 0x0a000002, 40_000, 80);
    for (int i = 0; i < data; i++) {
      memory.set(JAVA_BYTE, (long) AT + FloorPacket.HEADERS + i, (byte) (i * 7 + 3));
    }
    FloorPacket.segment(memory, AT, 0x89abcdef, 0x01234567, FloorPacket.ACK, 500, data);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 1459, 1460})
  void theChecksumsAreThoseOfTheStack(int data) {
    segment(data);
    FloorPacket.checksum(memory, AT);

    ByteBuf packet = Unpooled.wrappedBuffer(bytes);
    assertThat(Checksum.finish(Checksum.sum(packet, AT, FloorPacket.IP))).isZero();
    int tcp = FloorPacket.HEADERS - FloorPacket.IP + data;
    assertThat(Checksum.finish(Checksum.pseudoHeader(SOURCE, DESTINATION, IpProtocol.TCP, tcp)
        + Checksum.sum(packet, AT + FloorPacket.IP, tcp))).isZero();
    assertThat(FloorPacket.isTcp(memory, AT, bytes.length - AT)).isTrue();
    assertThat(FloorPacket.isIntact(memory, AT)).isTrue();
  }

  @Test
  void theChecksumFromTheSumOfTheDataIsTheSame() {
    segment(1460);
    FloorPacket.checksum(memory, AT);
    byte[] expected = bytes.clone();

    FloorPacket.checksum(memory, AT, FloorPacket.sum(memory, (long) AT + FloorPacket.HEADERS, 1460));

    assertThat(bytes).isEqualTo(expected);
  }

  @Test
  void aChangedByteIsNoticed() {
    segment(1460);
    FloorPacket.checksum(memory, AT);
    bytes[AT + FloorPacket.HEADERS + 1000] ^= 4;

    assertThat(FloorPacket.isIntact(memory, AT)).isFalse();
  }

  @Test
  void theFieldsCanBeRead() {
    segment(100);

    assertThat(FloorPacket.length(memory, AT)).isEqualTo(140);
    assertThat(FloorPacket.headers(memory, AT)).isEqualTo(FloorPacket.HEADERS);
    assertThat(FloorPacket.seq(memory, AT)).isEqualTo(0x89abcdef);
    assertThat(FloorPacket.ack(memory, AT)).isEqualTo(0x01234567);
    assertThat(FloorPacket.flags(memory, AT)).isEqualTo(FloorPacket.ACK);
    assertThat(FloorPacket.window(memory, AT)).isEqualTo(500);
    assertThat(FloorPacket.sourcePort(memory, AT)).isEqualTo(40_000);
    assertThat(FloorPacket.destinationPort(memory, AT)).isEqualTo(80);
  }

  @Test
  void aSynHasAWindowScale() {
    segment(0);
    FloorPacket.syn(memory, AT, 1, 0, 0, 500, 7);

    assertThat(FloorPacket.isIntact(memory, AT)).isTrue();
    assertThat(FloorPacket.scale(memory, AT)).isEqualTo(7);
    assertThat(FloorPacket.headers(memory, AT)).isEqualTo(FloorPacket.HEADERS + FloorPacket.SYN_OPTIONS);

    FloorPacket.noOptions(memory, AT);
    assertThat(FloorPacket.scale(memory, AT)).isZero();
  }
}
