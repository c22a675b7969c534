package io.reactorstack.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.layer.Drops;
import io.reactorstack.testing.Packets;
import org.junit.jupiter.api.Test;

class Ipv6FragmentHeaderTest {

  private final Drops drops = new Drops();

  private static byte[] written(Ipv6FragmentHeader header) {
    ByteBuf bytes = Unpooled.buffer(16).setIndex(16, 16);
    header.write(bytes);
    return ByteBufUtil.getBytes(bytes);
  }

  @Test
  void survivesTheRoundTrip() {
    for (int offset : new int[] {0, 8, 1448, 65_528}) {
      for (boolean more : new boolean[] {false, true}) {
        Ipv6FragmentHeader header = new Ipv6FragmentHeader(17, offset, more, 0xfedc_ba98);
        byte[] bytes = written(header);
        assertThat(bytes).isEqualTo(Packets.fragmentHeader(17, 0xfedc_ba98, offset, more)).hasSize(header.length());
        assertThat(Ipv6FragmentHeader.parse(Unpooled.wrappedBuffer(bytes), drops)).isEqualTo(header);
        assertThat(header.isAtomic()).isEqualTo(offset == 0 && !more);
      }
    }
    assertThat(new Ipv6FragmentHeader(17, 1448, true, -1)).hasToString("fragment at 1448+ id 4294967295 next 17");
  }

  @Test
  void ignoresTheReservedFields() {
    byte[] bytes = Packets.octets(6, 0xff, 0x05, 0xaf, 1, 2, 3, 4);
    assertThat(Ipv6FragmentHeader.parse(Unpooled.wrappedBuffer(bytes), drops))
        .isEqualTo(new Ipv6FragmentHeader(6, 0x05a8, true, 0x0102_0304));
  }

  @Test
  void rejectsShortHeadersOnce() {
    for (int length = 0; length < Ipv6FragmentHeader.LENGTH; length++) {
      assertThat(Ipv6FragmentHeader.parse(Unpooled.wrappedBuffer(new byte[length]), drops)).isNull();
      assertThat(drops.get(IpDefect.BAD_EXTENSION)).isEqualTo(length + 1);
    }
  }

  @Test
  void hasNoImpossibleValues() {
    for (int offset : new int[] {-8, 4, 65_536}) {
      assertThatThrownBy(() -> new Ipv6FragmentHeader(17, offset, true, 1))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> new Ipv6FragmentHeader(256, 0, true, 1)).isInstanceOf(IllegalArgumentException.class);
  }
}
