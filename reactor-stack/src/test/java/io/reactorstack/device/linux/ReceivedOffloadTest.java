package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities.Medium;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.Packets;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the translation of the kernel's header, in particular of headers that contradict their frames. */
class ReceivedOffloadTest {

  private static final int MTU = 1500;
  private static final int TRANSPORT = 20;
  private static final int PARTIAL = OffloadHeaders.NEEDS_CHECKSUM;

  private final OffloadHeaders headers = new OffloadHeaders(2);
  private final ReceivedOffload received = new ReceivedOffload(headers, Medium.IP, MTU);

  @BeforeEach
  void begin() {
    received.begin(77);
  }

  /** Returns a segment of TCP over IPv4 with {@code payload} zeros. */
  private static ByteBuf tcp(int payload) {
    byte[] segment = new byte[20 + payload];
    segment[12] = 0x50;
    return Unpooled.wrappedBuffer(Packets.ipv4("10.0.0.1", "10.0.0.2", 6, segment));
  }

  private PacketFacts facts(ByteBuf frame) {
    return received.facts(1, frame);
  }

  private void header(int flags, int type, int size, int start, int offset) {
    headers.setChecksum(1, start, offset);
    headers.setSegments(1, type, 40, size);
    MemorySegment.ofAddress(headers.address(1)).reinterpret(OffloadHeaders.LENGTH)
        .set(ValueLayout.JAVA_BYTE, 0, (byte) flags);
  }

  @Test
  void framesOfABatchShareTheirFacts() {
    header(0, 0, 0, 0, 0);
    PacketFacts ordinary = facts(tcp(100));
    assertThat(ordinary).isEqualTo(PacketFacts.receivedAt(77)).isSameAs(facts(tcp(50)));
    header(OffloadHeaders.DATA_VALID, 0, 0, 0, 0);
    assertThat(facts(tcp(100))).isEqualTo(new PacketFacts(77, ChecksumState.VERIFIED, 0)).isSameAs(facts(tcp(1)));
    header(PARTIAL, 0, 0, TRANSPORT, 16);
    assertThat(facts(tcp(100))).isEqualTo(new PacketFacts(77, ChecksumState.UNFINISHED, 0)).isSameAs(facts(tcp(1)));
    header(PARTIAL, OffloadHeaders.TCPV4, 1000, TRANSPORT, 16);
    PacketFacts merged = facts(tcp(5000));
    assertThat(merged).isEqualTo(new PacketFacts(77, ChecksumState.UNFINISHED, 1000)).isSameAs(facts(tcp(3000)));
    header(OffloadHeaders.DATA_VALID, OffloadHeaders.TCPV4 | OffloadHeaders.ECN, 1000, 0, 0);
    assertThat(facts(tcp(5000))).isEqualTo(new PacketFacts(77, ChecksumState.VERIFIED, 1000));
    header(PARTIAL, OffloadHeaders.TCPV4, 900, TRANSPORT, 16);
    assertThat(facts(tcp(5000)).segmentSize()).isEqualTo(900);
    assertThat(facts(tcp(900)).segmentSize()).as("a single segment").isZero();
    received.begin(78);
    assertThat(facts(tcp(5000)).ingressNanos()).isEqualTo(78);
  }

  @ParameterizedTest
  @CsvSource(useHeadersInDisplayName = true, value = {
      "flags, type, size, start, offset",
      // A size of 0, another protocol or version, and unknown types.
      "1, 1, 0, 20, 16", "1, 4, 1000, 20, 16", "1, 5, 1000, 20, 16", "1, 3, 1000, 20, 16", "1, 9, 1000, 20, 16",
      // A checksum that is not that of the segment, or in no known state.
      "1, 1, 1000, 24, 16", "1, 1, 1000, 20, 6", "1, 1, 1000, 65535, 65535", "0, 1, 1000, 20, 16",
      // A checksum field beyond the end of the frame.
      "1, 0, 0, 65535, 65535", "1, 0, 0, 1019, 20", "1, 0, 0, 0, 1039"})
  void aHeaderThatContradictsItsFrameIsRefused(int flags, int type, int size, int start, int offset) {
    header(flags, type, size, start, offset);
    ByteBuf frame = tcp(type == 0 ? 1000 : 5000);
    assertThat(facts(frame)).isNull();
    assertThat(received.defect()).isEqualTo(DeviceDrop.BAD_OFFLOAD);
  }

  @Test
  void segmentsBeyondTheMtuAreRefused() {
    header(PARTIAL, OffloadHeaders.TCPV4, 1461, TRANSPORT, 16);
    assertThat(facts(tcp(5000))).isNull();
    assertThat(received.defect()).isEqualTo(DeviceDrop.TRUNCATED);
    header(PARTIAL, OffloadHeaders.TCPV4, 1460, TRANSPORT, 16);
    assertThat(facts(tcp(5000))).isNotNull();
    header(0, 0, 0, 0, 0);
    assertThat(facts(tcp(1461))).isNull();
    assertThat(received.defect()).isEqualTo(DeviceDrop.TRUNCATED);
  }

  @Test
  void mergedFragmentsAndCutOffFramesAreRefused() {
    header(PARTIAL, OffloadHeaders.TCPV4, 1000, TRANSPORT, 16);
    ByteBuf fragment = tcp(5000);
    fragment.setByte(6, 0x20);
    assertThat(facts(fragment)).isNull();
    assertThat(facts(tcp(5000).writerIndex(5039))).as("without its last byte").isNull();
    assertThat(facts(tcp(5000).writerIndex(39))).as("without its payload").isNull();
    assertThat(facts(Unpooled.EMPTY_BUFFER)).isNull();
  }

  @Test
  void theChecksumOfATunnelledSegmentIsCompleted() {
    ByteBuf inner = tcp(101);
    byte[] bytes = new byte[inner.readableBytes()];
    inner.readBytes(bytes);
    bytes[36] = 0x12;
    bytes[37] = 0x34;
    ByteBuf tunnel = Unpooled.wrappedBuffer(Packets.ipv4("10.0.0.1", "10.0.0.2", 4, bytes));
    header(PARTIAL, 0, 0, 2 * TRANSPORT, 16);

    assertThat(facts(tunnel)).isEqualTo(PacketFacts.receivedAt(77));

    int length = tunnel.readableBytes() - 2 * TRANSPORT;
    // The field contained the sum of the pseudo-header; the checksum makes the sum of the segment its complement.
    assertThat(Checksum.fold(Checksum.sum(tunnel, 2 * TRANSPORT, length))).isEqualTo(0xffff - 0x1234);
  }
}
