package io.reactorstack.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.Rejections;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IpHeadersTest {

  private static final IpAddress A = IpAddress.parse("2001:db8::1");
  private static final IpAddress B = IpAddress.parse("2001:db8::2");
  private static final Ipv4Address A4 = Ipv4Address.parse("192.0.2.1");
  private static final Ipv4Address B4 = Ipv4Address.parse("192.0.2.2");

  private final Drops drops = new Drops();

  /** Returns a buffer with {@code octets} octets of payload and 100 octets of headroom. */
  private static ByteBuf payload(int octets) {
    return Unpooled.buffer(100 + octets).setIndex(100, 100).writeZero(octets);
  }

  @Test
  void anIpv4HeaderSurvivesTheRoundTrip() {
    Random random = new Random(1);
    for (int i = 0; i < 5000; i++) {
      int octets = random.nextInt(100);
      Ipv4Header header = new Ipv4Header(
          20,
          random.nextInt(256),
          20 + octets,
          random.nextInt(0x10000),
          random.nextBoolean(),
          random.nextBoolean(),
          random.nextInt(0x2000) * 8,
          random.nextInt(256),
          random.nextInt(256),
          new Ipv4Address(random.nextInt()),
          new Ipv4Address(random.nextInt()));
      ByteBuf bytes = payload(octets);
      header.write(bytes);
      assertThat(bytes.readableBytes()).isEqualTo(header.totalLength());
      assertThat(Ipv4Header.parse(bytes, drops)).isEqualTo(header);
      assertThat(Ipv4Header.parseQuoted(bytes.slice(bytes.readerIndex(), 20), drops)).isEqualTo(header);
      IpHeaders both = IpHeaders.parse(bytes, drops);
      assertThat(both).isNotNull();
      assertThat(both.source()).isEqualTo(header.source());
      assertThat(both.length()).isEqualTo(20);
      assertThat(both.totalLength()).isEqualTo(header.totalLength());
      assertThat(both.isFragment()).isEqualTo(header.isFragment());
    }
    assertThat(drops.total()).isZero();
  }

  @Test
  void theChecksumCoversEveryBitOfAnIpv4Header() {
    ByteBuf bytes = payload(8);
    Ipv4Options.ROUTER_ALERT.write(bytes);
    new Ipv4Header(24, 3, 20 + bytes.readableBytes(), 0x1234, true, false, 0, 7, 253, A4, B4).write(bytes);
    int at = bytes.readerIndex();
    assertThat(Checksum.verifies(Checksum.sum(bytes, at, 24))).isTrue();
    for (int bit = 0; bit < 24 * Byte.SIZE; bit++) {
      ByteBuf changed = bytes.copy();
      changed.setByte(bit / Byte.SIZE, changed.getByte(bit / Byte.SIZE) ^ 1 << bit % Byte.SIZE);
      assertThat(Ipv4Header.parse(changed, drops)).as("bit %d", bit).isNull();
    }
    // The reserved flag has no meaning, and its sender has summed it.
    bytes.setShort(at + 6, bytes.getShort(at + 6) | 0x8000).setShort(at + 10, 0);
    bytes.setShort(at + 10, Checksum.finish(Checksum.sum(bytes, at, 24)));
    assertThat(Ipv4Header.parse(bytes, drops)).isNotNull();
  }

  @Test
  void anIpv6HeaderSurvivesTheRoundTrip() {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      int octets = random.nextInt(100);
      Ipv6Header header = new Ipv6Header(
          random.nextInt(256),
          random.nextInt(1 << 20),
          octets,
          random.nextInt(256),
          random.nextInt(256),
          new Ipv6Address(random.nextLong(), random.nextLong()),
          new Ipv6Address(random.nextLong(), random.nextLong()));
      ByteBuf bytes = payload(octets);
      header.write(bytes);
      assertThat(bytes.readableBytes()).isEqualTo(header.length() + octets);
      assertThat(Ipv6Header.parse(bytes, drops)).isEqualTo(header);
      assertThat(Ipv6Header.parseQuoted(bytes.slice(bytes.readerIndex(), 40), drops)).isEqualTo(header);
    }
    assertThat(drops.total()).isZero();
  }

  @Test
  void extensionHeadersOfIpv6AreSkipped() {
    ByteBuf bytes = payload(8);
    RouterAlert.writeIpv6(bytes, IpProtocol.UDP);
    new Ipv6Header(0, 0, bytes.readableBytes(), Ipv6Chain.HOP_BY_HOP, 3, (Ipv6Address) A, (Ipv6Address) B).write(bytes);
    assertThat(IpHeaders.parse(bytes, drops))
        .isEqualTo(new IpHeaders(A, B, IpProtocol.UDP, 0, 3, true, 0, false, 48, 56));
    assertThat(RouterAlert.isIn(bytes.skipBytes(48), 48)).isTrue();
  }

  @Test
  void anIpv4HeaderIsWrittenInFrontOfItsOptions() {
    ByteBuf bytes = payload(8);
    Ipv4Options.ROUTER_ALERT.write(bytes);
    new Ipv4Header(24, 0, 20 + bytes.readableBytes(), 0, true, false, 0, 1, IpProtocol.IGMP, A4, B4).write(bytes);
    assertThat(IpHeaders.parse(bytes, drops))
        .isEqualTo(new IpHeaders(A4, B4, IpProtocol.IGMP, 0, 1, true, 0, false, 24, 32));
    assertThat(Ipv4Options.parse(bytes, drops)).isEqualTo(Ipv4Options.ROUTER_ALERT).hasToString("router-alert");
  }

  @Test
  void parsesTheOffsetOfAnIpv6Fragment() {
    ByteBuf bytes = payload(16);
    bytes.setByte(100, IpProtocol.UDP).setShort(102, 1480 | 1);
    new Ipv6Header(0, 0, 16, Ipv6Chain.FRAGMENT, 3, (Ipv6Address) A, (Ipv6Address) B).write(bytes);
    IpHeaders headers = IpHeaders.parse(bytes, drops);
    assertThat(headers).isEqualTo(new IpHeaders(A, B, IpProtocol.UDP, 0, 3, true, 1480, true, 48, 56));
    assertThat(headers.isFragment()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 19, 39})
  void rejectsShortPacketsOnce(int octets) {
    ByteBuf bytes = Unpooled.buffer(40).writeZero(octets);
    for (int version : new int[] {4, 6}) {
      if (octets > 0) {
        bytes.setByte(0, version << 4);
      }
      long before = drops.total();
      assertThat(IpHeaders.parse(bytes, drops)).isNull();
      assertThat(IpHeaders.parseQuoted(bytes, drops)).isNull();
      assertThat(drops.total()).isEqualTo(before + 2);
      assertThat(bytes.readerIndex()).isZero();
    }
  }

  @Test
  void randomBytesNeverThrow() {
    Random random = new Random(1);
    for (int i = 0; i < 200_000; i++) {
      byte[] octets = new byte[random.nextInt(120)];
      random.nextBytes(octets);
      if (octets.length > 6) {
        octets[0] = (byte) (random.nextBoolean() ? 0x60 : 0x45);
        octets[4] = 0;
        octets[6] = (byte) new int[] {0, 43, 44, 60, 59, 6}[random.nextInt(6)];
      }
      ByteBuf bytes = Unpooled.wrappedBuffer(octets);
      IpHeaders whole = IpHeaders.parse(bytes, Rejections.UNCOUNTED);
      assertThat(whole == null || whole.length() <= whole.totalLength() && !whole.toString().isEmpty()).isTrue();
      IpHeaders quoted = IpHeaders.parseQuoted(bytes, Rejections.UNCOUNTED);
      assertThat(quoted == null || quoted.length() <= octets.length).isTrue();
    }
  }
}
