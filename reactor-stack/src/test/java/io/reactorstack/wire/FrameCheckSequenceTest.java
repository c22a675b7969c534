package io.reactorstack.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.layer.Drops;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.Packets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrameCheckSequenceTest {

  private static final String A = "02:00:00:00:00:01";
  private static final String B = "02:00:00:00:00:02";

  private final Drops drops = new Drops();

  private static ByteBuf checked(byte[] frame, ByteBuf into) {
    into.writeBytes(frame);
    FrameCheckSequence.of(into).write(into);
    return into;
  }

  private static byte[] frame(int payload) {
    byte[] data = new byte[payload];
    new Random(payload).nextBytes(data);
    return Packets.ethernet(A, B, 0x0800, data);
  }

  @Test
  void isTheCrc32WithItsLowestOctetFirst() {
    ByteBuf bytes = Unpooled.copiedBuffer("123456789", StandardCharsets.US_ASCII);
    FrameCheckSequence sequence = FrameCheckSequence.of(bytes);
    assertThat(sequence.crc()).isEqualTo(0xcbf43926);
    assertThat(sequence).hasToString("FCS 0xcbf43926");
    ByteBuf field = Unpooled.buffer();
    sequence.write(field);
    assertThat(ByteBufUtil.hexDump(field)).isEqualTo("2639f4cb");
    assertThat(field.readableBytes()).isEqualTo(sequence.length());
  }

  @Test
  void survivesTheRoundTripInEveryKindOfBuffer() {
    for (int payload : new int[] {0, 1, 46, 1500}) {
      byte[] frame = frame(payload);
      ByteBuf direct = checked(frame, Unpooled.directBuffer().writeZero(3).skipBytes(3));
      for (ByteBuf bytes : List.of(checked(frame, Unpooled.buffer()), direct, direct.slice())) {
        int at = bytes.readerIndex();
        FrameCheckSequence parsed = FrameCheckSequence.parse(bytes, drops);
        assertThat(parsed).isEqualTo(FrameCheckSequence.of(Unpooled.wrappedBuffer(frame)));
        assertThat(bytes.readerIndex()).isEqualTo(at);
      }
      direct.release();
    }
    assertThat(drops.total()).isZero();
  }

  @Test
  void detectsEveryFlippedBitAndEveryBurstOfUpTo32Bits() {
    byte[] good = ByteBufUtil.getBytes(checked(frame(46), Unpooled.buffer()));
    int bits = good.length * 8;
    Random random = new Random(1);
    for (int bit = 0; bit < bits; bit++) {
      byte[] bad = good.clone();
      flip(bad, bit);
      assertThat(FrameCheckSequence.parse(Unpooled.wrappedBuffer(bad), drops)).isNull();
      for (int more = random.nextInt(31); more > 0; more--) {
        if (random.nextBoolean() && bit + more < bits) {
          flip(bad, bit + more);
        }
      }
      assertThat(FrameCheckSequence.parse(Unpooled.wrappedBuffer(bad), drops)).isNull();
    }
    assertThat(drops.get(EthernetDefect.BAD_CHECK_SEQUENCE)).isEqualTo(2L * bits);
  }

  /** Flips a bit, numbered in the order of the medium: the lowest bit of each octet is sent first. */
  private static void flip(byte[] bytes, int bit) {
    bytes[bit / 8] ^= (byte) (1 << bit % 8);
  }

  @Test
  void rejectsFramesWithoutAHeaderInFrontOfTheSequence() {
    for (int length = 0; length < 18; length++) {
      assertThat(FrameCheckSequence.parse(Unpooled.wrappedBuffer(new byte[length]), drops)).isNull();
      assertThat(drops.get(EthernetDefect.TOO_SHORT)).isEqualTo(length + 1);
    }
  }

  @Test
  void tsharkFindsTheSequenceGood(@TempDir Path folder) throws IOException {
    ExternalCommand.require("tshark");
    byte[] packet = Packets.ipv4("10.0.0.1", "10.0.0.2", 17, Packets.udp("10.0.0.1", 5, "10.0.0.2", 6, new byte[90]));
    byte[] good = ByteBufUtil.getBytes(checked(Packets.ethernet(A, B, 0x0800, packet), Unpooled.buffer()));
    byte[] bad = good.clone();
    bad[bad.length - 1] ^= 1;
    ByteBuffer pcap = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0xa1b2c3d4).putShort((short) 2).putShort((short) 4).putLong(0).putInt(65535).putInt(1);
    for (byte[] each : List.of(good, bad)) {
      pcap.putLong(0).putInt(each.length).putInt(each.length).put(each);
    }
    Path file = folder.resolve("fcs.pcap");
    Files.write(file, java.util.Arrays.copyOf(pcap.array(), pcap.position()));
    assertThat(ExternalCommand.run(Duration.ofMinutes(1), List.of("tshark", "-n", "-r", file.toString(), "-o",
        "eth.fcs:Always", "-o", "eth.check_fcs:TRUE", "-T", "fields", "-e", "eth.fcs.status")).orThrow().lines())
        .endsWith("1", "0");
  }
}
