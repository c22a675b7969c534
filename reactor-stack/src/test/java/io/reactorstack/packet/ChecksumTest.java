package io.reactorstack.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ChecksumTest {

  /** A reference implementation of RFC 1071 section 1, one 16-bit word at a time. */
  private static int byTheBook(byte[] bytes) {
    long sum = 0;
    for (int i = 0; i < bytes.length; i += 2) {
      int low = i + 1 < bytes.length ? bytes[i + 1] & 0xff : 0;
      sum += (bytes[i] & 0xff) << 8 | low;
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) sum;
  }

  @Test
  void sumsTheExampleOfRfc1071() {
    // RFC 1071 section 3: 0001 f203 f4f5 f6f7 sums to ddf2.
    ByteBuf bytes = Unpooled.wrappedBuffer(new byte[] {0, 1, (byte) 0xf2, 3, (byte) 0xf4, (byte) 0xf5, (byte) 0xf6,
        (byte) 0xf7});
    assertThat(Checksum.fold(Checksum.sum(bytes, 0, 8))).isEqualTo(0xddf2);
    assertThat(Checksum.finish(Checksum.sum(bytes, 0, 8))).isEqualTo(~0xddf2 & 0xffff);
  }

  @Property
  void agreesWithTheReferenceForEveryKindOfBuffer(@ForAll @Size(max = 300) byte[] bytes,
      @ForAll @IntRange(max = 7) int offset) {
    int expected = byTheBook(bytes);
    ByteBuf heap = Unpooled.buffer().writeZero(offset).writeBytes(bytes).writeByte(0x55);
    ByteBuf direct = Unpooled.directBuffer().writeZero(offset).writeBytes(bytes).writeByte(0x55);
    CompositeByteBuf parts = Unpooled.compositeBuffer();
    int half = (offset + bytes.length) / 2;
    parts.addComponent(true, heap.retainedSlice(0, half)).addComponent(true,
        heap.retainedSlice(half, heap.readableBytes() - half));
    try {
      for (ByteBuf buffer : new ByteBuf[] {heap, direct, parts, direct.asReadOnly(), heap.asReadOnly()}) {
        assertThat(Checksum.fold(Checksum.sum(buffer, offset, bytes.length))).isEqualTo(expected);
      }
    } finally {
      heap.release();
      direct.release();
      parts.release();
    }
  }

  @Property
  void aCorrectChecksumVerifiesAndAFlippedBitDoesNot(@ForAll @Size(min = 2, max = 60) byte[] bytes, @ForAll int bit) {
    ByteBuf packet = Unpooled.buffer().writeShort(0).writeBytes(bytes);
    packet.setShort(0, Checksum.finish(Checksum.sum(packet, 0, packet.readableBytes())));
    assertThat(Checksum.verifies(Checksum.sum(packet, 0, packet.readableBytes()))).isTrue();

    int at = Math.floorMod(bit, packet.readableBytes() * 8);
    packet.setByte(at / 8, packet.getByte(at / 8) ^ 1 << at % 8);
    assertThat(Checksum.verifies(Checksum.sum(packet, 0, packet.readableBytes()))).isFalse();
    packet.release();
  }

  @Test
  void updatesTheExampleOfRfc1624() {
    // RFC 1624 section 4: the word 0x5555 becomes 0x3285, and the checksum 0xdd2f becomes 0x0000.
    assertThat(Checksum.update(0xdd2f, Checksum.change(0x5555, 0x3285))).isZero();
  }

  @Property
  void anUpdatedChecksumIsThatOfTheChangedBytes(@ForAll @Size(min = 2, max = 60) byte[] bytes,
      @ForAll @IntRange(max = 0xffff) int first, @ForAll @IntRange(max = 0xffff) int second) {
    ByteBuf packet = Unpooled.buffer().writeShort(0).writeShort(1).writeShort(2).writeBytes(bytes);
    packet.setShort(0, Checksum.finish(Checksum.sum(packet, 0, packet.readableBytes())));
    long changes = Checksum.change(packet.getUnsignedShort(2), first)
        + Checksum.change(packet.getUnsignedShort(4), second);
    packet.setShort(2, first).setShort(4, second);
    int updated = Checksum.update(packet.getUnsignedShort(0), changes);
    packet.setShort(0, 0);
    int computed = Checksum.finish(Checksum.sum(packet, 0, packet.readableBytes()));
    // A sum of zero words only has no other representation.
    assertThat(updated).isEqualTo(computed == 0xffff ? 0 : computed);
    packet.release();
  }

  @Test
  void sumsAFullSizedPacketOfOnesWithoutOverflow() {
    ByteBuf ones = Unpooled.buffer();
    for (int i = 0; i < 65535; i++) {
      ones.writeByte(0xff);
    }
    assertThat(Checksum.fold(Checksum.sum(ones, 0, 65534))).isEqualTo(0xffff);
    assertThat(Checksum.fold(Checksum.sum(ones, 0, 65535))).isEqualTo(0xff00);
    ones.release();
  }

  @Test
  void pseudoHeaderCountsAddressesProtocolAndLength() {
    long v4 = Checksum.pseudoHeader(IpAddress.parse("192.0.2.1"), IpAddress.parse("198.51.100.2"), 6, 20);
    assertThat(Checksum.fold(v4)).isEqualTo(Checksum.fold(0xc000 + 0x0201 + 0xc633 + 0x6402 + 6 + 20));
    long v6 = Checksum.pseudoHeader(IpAddress.parse("2001:db8::1"), IpAddress.parse("::ffff:0:0:2"), 17, 0x1_0008);
    assertThat(Checksum.fold(v6)).isEqualTo(Checksum.fold(0x2001 + 0xdb8 + 1 + 0xffff + 2 + 17 + 1 + 8));
  }
}
