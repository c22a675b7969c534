package io.reactorstack.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.Requirement;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcpSegmentTest {

  private static final IpAddress CLIENT = IpAddress.parse("192.0.2.1");
  private static final IpAddress SERVER = IpAddress.parse("198.51.100.7");
  private static final FourTuple FLOW = new FourTuple(CLIENT, 40_000, SERVER, 80);

  private final Drops drops = new Drops();

  private static TcpSegment segment(FourTuple flow, TcpOptions options, String text) {
    ByteBuf payload = Headroom.allocate(UnpooledByteBufAllocator.DEFAULT, text.length());
    payload.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    return new TcpSegment(flow, 0xfedc_ba98, 0x89ab_cdef, TcpSegment.ACK | TcpSegment.PSH, 0xfff0, 7, options, 2,
        payload,
        PacketFacts.LOCAL);
  }

  /** Returns a header with these options, in hexadecimal digits, without data and with a correct checksum. */
  private static ByteBuf bytes(String optionsHex, int dataOffsetWords) {
    byte[] options = HexFormat.of().parseHex(optionsHex.replace(" ", ""));
    ByteBuf bytes = Unpooled.buffer(20 + options.length);
    bytes.writeShort(80).writeShort(40_000).writeInt(1).writeInt(2).writeByte(dataOffsetWords << 4)
        .writeByte(TcpSegment.ACK).writeShort(100).writeShort(0).writeShort(0).writeBytes(options);
    return withChecksum(bytes);
  }

  private static ByteBuf withChecksum(ByteBuf bytes) {
    int length = bytes.readableBytes();
    bytes.setShort(16, 0);
    bytes.setShort(16, Checksum.finish(
        Checksum.pseudoHeader(SERVER, CLIENT, IpProtocol.TCP, length) + Checksum.sum(bytes, 0, length)));
    return bytes;
  }

  private static ByteBuf written(TcpSegment segment) {
    segment.write(segment.payload());
    return segment.payload();
  }

  private static EnclosingPacket between(IpAddress source, IpAddress destination, ChecksumState checksum) {
    return EnclosingPacket.of(source, destination, 2, new PacketFacts(5, checksum, 0));
  }

  private @Nullable TcpSegment parsed(ByteBuf bytes) {
    return TcpSegment.parse(bytes, between(SERVER, CLIENT, ChecksumState.IN_PACKET), drops);
  }

  private TcpOptions optionsOf(String hex) {
    int bytes = hex.replace(" ", "").length() / 2;
    assertThat(bytes % 4).as("bytes of the test's options").isZero();
    TcpSegment parsed = parsed(bytes(hex, 5 + bytes / 4));
    assertThat(parsed).as("segment").isNotNull();
    assertThat(parsed.payload().readableBytes()).as("data").isZero();
    parsed.release();
    return parsed.options();
  }

  private void assertRefused(ByteBuf bytes, TcpDefect reason) {
    long before = drops.get(reason);
    long all = drops.total();
    int at = bytes.readerIndex();
    assertThat(parsed(bytes)).isNull();
    assertThat(drops.get(reason)).isEqualTo(before + 1);
    assertThat(drops.total()).as("counted once").isEqualTo(all + 1);
    assertThat(bytes.readerIndex()).isEqualTo(at);
    assertThat(bytes.release()).as("the caller still owns the buffer").isTrue();
  }

  @ParameterizedTest
  @CsvSource({"192.0.2.1,198.51.100.7", "2001:db8::1,2001:db8:ffff::2"})
  @Requirement("MUST-2")
  void aSegmentSurvivesTheRoundTrip(String local, String remote) {
    FourTuple flow = new FourTuple(IpAddress.parse(local), 1234, IpAddress.parse(remote), 65_535);
    TcpOptions options = TcpOptions.timestamps(-1, 7).withSackBlocks(1, 2, -4, -3);
    TcpSegment sent = segment(flow, options, "odd length!");
    ByteBuf bytes = written(sent);
    assertThat(bytes.readableBytes()).isEqualTo(sent.headerLength() + 11);

    TcpSegment parsed = TcpSegment.parse(
        bytes, between(flow.localAddress(), flow.remoteAddress(), ChecksumState.IN_PACKET), drops);
    assertThat(parsed).isNotNull();
    assertThat(parsed.flow()).isEqualTo(flow.reversed());
    assertThat(parsed.seq()).isEqualTo(0xfedc_ba98);
    assertThat(parsed.ack()).isEqualTo(0x89ab_cdef);
    assertThat(parsed.flags()).isEqualTo(TcpSegment.ACK | TcpSegment.PSH);
    assertThat(parsed.window()).isEqualTo(0xfff0);
    assertThat(parsed.urgentPointer()).isEqualTo(7);
    assertThat(parsed.options()).isEqualTo(options);
    assertThat(parsed.ecn()).isEqualTo(2);
    assertThat(parsed.facts().ingressNanos()).isEqualTo(5);
    assertThat(parsed.payload().toString(StandardCharsets.US_ASCII)).isEqualTo("odd length!");
    parsed.release();
    assertThat(bytes.refCnt()).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', value = {
      "SYN, all of them            | MSS SACK_PERMITTED TS WS | 020405b4 0402 080a 00000001 00000002 01 030307",
      "SYN without timestamps      | MSS SACK_PERMITTED WS    | 020405b4 0101 0402 01 030307",
      "SYN without SACK            | MSS TS WS                | 020405b4 0101 080a 00000001 00000002 01 030307",
      "SYN, plain                  | MSS                      | 020405b4",
      "data                        | TS                       | 0101 080a 00000001 00000002",
      "data with a hole            | TS SACK                  | 0101 080a 00000001 00000002 0101 050a 0000000a 00000014",
      "data with a hole, no TS     | SACK                     | 0101 050a 0000000a 00000014"})
  void optionsAreWrittenInTheUsualOrder(String name, String present, String hex) {
    TcpOptions options = TcpOptions.NONE;
    for (String option : present.split(" ")) {
      options = switch (option) {
        case "MSS" -> options.withMss(1460);
        case "SACK_PERMITTED" -> options.withSackPermitted();
        case "TS" -> options.withTimestamps(1, 2);
        case "WS" -> options.withWindowScale(7);
        case "SACK" -> options.withSackBlocks(10, 20);
        default -> throw new IllegalArgumentException(option);
      };
    }
    ByteBuf bytes = written(segment(FLOW, options, ""));
    assertThat(ByteBufUtil.hexDump(bytes, bytes.readerIndex() + 20, bytes.readableBytes() - 20))
        .isEqualTo(hex.replace(" ", ""));
    assertThat(bytes.getUnsignedByte(bytes.readerIndex() + 12) >>> 4).isEqualTo(bytes.readableBytes() / 4);
    bytes.release();
  }

  @ParameterizedTest
  @CsvSource({"0, 3, 3", "1, 3, 4", "2, 3, 4", "3, 3, 5", "16, 0, 0"})
  void headerPayloadAndSequenceLengthAreDistinct(int flags, int data, int sequenceNumbers) {
    TcpSegment written = segment(FLOW, TcpOptions.timestamps(1, 2), "x".repeat(data));
    TcpSegment segment = new TcpSegment(FLOW, -2, 0, flags, 0, 0, written.options(), 0, written.payload(),
        PacketFacts.LOCAL);
    assertThat(segment.headerLength()).isEqualTo(32);
    assertThat(segment.options().length()).isEqualTo(12);
    assertThat(segment.payloadLength()).isEqualTo(data);
    assertThat(segment.sequenceLength()).isEqualTo(sequenceNumbers);
    assertThat(segment.end()).isEqualTo(sequenceNumbers - 2);
    segment.release();
  }

  @Test
  void segmentsAndOptionsAreOneLineOfText() {
    TcpSegment segment = segment(FLOW, TcpOptions.NONE.withMss(1460).withSackBlocks(1, 2, 3, 4), "data");
    assertThat(segment)
        .hasToString(FLOW + " PA seq 4275878552 ack 2309737967 win 65520 len 4 <mss=1460 sacked=1-2,3-4>");
    segment.release();
    TcpOptions all = TcpOptions.NONE.withMss(536).withWindowScale(7).withSackPermitted().withTimestamps(-1, 2)
        .withUserTimeout(30).withFastOpenCookie(new byte[8]);
    assertThat(all).hasToString("mss=536 scale=7 sack ts=4294967295,2 timeout=30s cookie=0000000000000000");
    assertThat(all.summary()).isEqualTo("mss=536 scale=7 sack ts timeout=30s cookie");
    assertThat(all.withoutTimestamps().summary()).isEqualTo("mss=536 scale=7 sack timeout=30s cookie");
    assertThat(TcpOptions.NONE.withSackBlocks(1, 2, 3, 4).summary()).isEqualTo("sacked=2");
    assertThat(TcpOptions.NONE.withFastOpenCookie(new byte[0])).hasToString("cookie?");
    assertThat(TcpOptions.NONE).hasToString("no options");
    assertThat(TcpOptions.timestamps(1, 2).withoutTimestamps()).isEqualTo(TcpOptions.NONE);
  }

  @Test
  void onlyAsManySackBlocksAsFitAreSent() {
    TcpOptions options = TcpOptions.timestamps(1, 2).withSackBlocks(1, 2, 3, 4, 5, 6, 7, 8);
    TcpSegment parsed = parsed(written(segment(FLOW.reversed(), options, "x")));
    assertThat(parsed).isNotNull();
    assertThat(parsed.options().sackBlocks()).containsExactly(1, 2, 3, 4, 5, 6);
    parsed.release();
  }

  @Test
  @Requirement("MUST-3")
  void aWrongChecksumIsDropped() {
    for (int wrong : new int[] {0, 1, 0x8000, 0xffff}) {
      ByteBuf bytes = bytes("", 5);
      int right = bytes.getUnsignedShort(16);
      bytes.setShort(16, right ^ (wrong == 0 ? right : wrong));
      assertRefused(bytes, TcpDefect.BAD_CHECKSUM);
    }
  }

  @Test
  void aChecksumThatTheDeviceVerifiedIsNotVerifiedAgain() {
    ByteBuf bytes = bytes("", 5);
    bytes.setShort(16, 0x1234);
    TcpSegment parsed = TcpSegment.parse(bytes, between(SERVER, CLIENT, ChecksumState.VERIFIED), drops);
    assertThat(parsed).isNotNull();
    parsed.release();
  }

  @Test
  void writesThePseudoHeaderSumForADeviceThatCompletesIt() {
    TcpSegment plain = segment(FLOW, TcpOptions.NONE, "data");
    ByteBuf bytes = written(new TcpSegment(FLOW.reversed(), 1, 2, TcpSegment.ACK, 3, 0, TcpOptions.NONE, 0,
        plain.payload(), new PacketFacts(0, ChecksumState.UNFINISHED, 0)));
    // The device sums the segment, whose checksum field contains the pseudo-header's sum.
    int field = Checksum.finish(Checksum.sum(bytes, bytes.readerIndex(), bytes.readableBytes()));
    bytes.setShort(bytes.readerIndex() + 16, field);
    TcpSegment parsed = parsed(bytes);
    assertThat(parsed).isNotNull();
    parsed.release();
  }

  @ParameterizedTest
  @Requirement("RFC9293-3.1-12")
  @ValueSource(ints = {0, 1, 4, 6, 15})
  void aDataOffsetBelowTheHeaderOrPastTheSegmentIsDropped(int words) {
    assertRefused(bytes("", words), TcpDefect.BAD_DATA_OFFSET);
  }

  @Test
  void aSegmentShorterThanAHeaderIsDropped() {
    for (int length = 0; length < 20; length++) {
      assertRefused(Unpooled.buffer().writeZero(length), TcpDefect.TOO_SHORT);
    }
  }

  @Test
  @Requirement("RFC9293-3.1-14")
  void reservedBitsAreIgnoredAndAllFlagsAreSeen() {
    ByteBuf bytes = bytes("", 5);
    bytes.setShort(12, 0x5fff);
    TcpSegment parsed = parsed(withChecksum(bytes));
    assertThat(parsed).isNotNull();
    assertThat(parsed.flags()).isEqualTo(0xff);
    parsed.release();
  }

  @ParameterizedTest(name = "{0}")
  @Requirement({"MUST-7", "MUST-68"})
  @CsvSource(delimiter = '|', value = {
      "length 0                   | 020405b4 08000402",
      "length 1                   | 020405b4 08010402",
      "length past the end        | 020405b4 080a0000",
      "kind without a length      | 020405b4 01010108",
      "unknown, length 0          | 020405b4 fe00fe00"})
  void anImpossibleLengthEndsTheOptions(String name, String hex) {
    assertThat(optionsOf(hex)).isEqualTo(TcpOptions.NONE.withMss(1460));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(delimiter = '|', value = {
      "MSS 3             | 02030501 020405b4",
      "window scale 2    | 03020101 020405b4",
      "window scale 4    | 03040101 020405b4",
      "timestamps 9      | 0809 00000000000000 010101 020405b4",
      "SACK-permitted 3  | 04030001 020405b4",
      "SACK 2            | 05020101 020405b4",
      "SACK 7            | 0507 0000000000 01 020405b4",
      "SACK 11           | 050b 000000000000000000 01 020405b4"})
  void anOptionOfAWrongLengthIsSkipped(String name, String hex) {
    assertThat(optionsOf(hex)).isEqualTo(TcpOptions.NONE.withMss(1460));
  }

  @Test
  @Requirement({"MUST-6", "MUST-5"})
  void unknownOptionsAreSkippedInAnySegment() {
    assertThat(optionsOf("fe06 00000000 1312 00000000000000000000000000000000 020405b4"))
        .isEqualTo(TcpOptions.NONE.withMss(1460));
  }

  @Test
  @Requirement("MUST-64")
  void optionsAreReadAtAnyAlignment() {
    assertThat(optionsOf("01 080a 01020304 05060708 030309 020405b4 0402"))
        .isEqualTo(
            TcpOptions.timestamps(0x0102_0304, 0x0506_0708).withWindowScale(9).withMss(1460).withSackPermitted());
  }

  @Test
  void theFirstOfRepeatedOptionsCounts() {
    assertThat(optionsOf("020405b4 02040001 030307 030301 0101"))
        .isEqualTo(TcpOptions.NONE.withMss(1460).withWindowScale(7));
  }

  @Test
  void nothingAfterTheEndOfTheListIsRead() {
    assertThat(optionsOf("00 020405b4 010101")).isEqualTo(TcpOptions.NONE);
    assertThat(optionsOf("01".repeat(40))).isEqualTo(TcpOptions.NONE);
  }

  @Test
  void randomBytesNeverThrowNorLeak() {
    long seed = new Random().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes = new byte[random.nextInt(80)];
      random.nextBytes(bytes);
      if (bytes.length > 12 && random.nextInt(4) > 0) {
        bytes[12] = (byte) (5 + random.nextInt(11) << 4);
      }
      if (bytes.length > 22 && random.nextBoolean()) {
        bytes[20] = (byte) (random.nextInt(5) > 0 ? random.nextInt(9) : random.nextBoolean() ? 28 : 34);
        bytes[21] = (byte) random.nextInt(12);
      }
      ChecksumState checksum = random.nextInt(8) == 0 ? ChecksumState.IN_PACKET : ChecksumState.VERIFIED;
      ByteBuf buffer = Unpooled.buffer().writeBytes(bytes);
      TcpSegment parsed;
      try {
        parsed = TcpSegment.parse(buffer, between(SERVER, CLIENT, checksum), drops);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ", packet " + i + ": " + HexFormat.of().formatHex(bytes), e);
      }
      if (parsed != null) {
        assertThat(parsed.options().sackBlocks().length % 2).isZero();
        assertThat(parsed.toString()).isNotEmpty();
      }
      buffer.release();
      assertThat(buffer.refCnt()).as("seed %d, packet %d", seed, i).isZero();
    }
  }

  /** Returns the encoded options in hexadecimal digits. */
  private static String encoded(TcpOptions options) {
    ByteBuf bytes = written(segment(FLOW, options, ""));
    try {
      return ByteBufUtil.hexDump(bytes).substring(40);
    } finally {
      bytes.release();
    }
  }

  @Test
  @Requirement({"RFC5482-3.3-04", "RFC5482-3.3-05", "RFC5482-3.3-06"})
  void userTimeoutIsInSecondsOrInMinutes() {
    assertThat(encoded(TcpOptions.NONE.withUserTimeout(300))).isEqualTo("1c04012c");
    assertThat(encoded(TcpOptions.NONE.withUserTimeout(32_767))).isEqualTo("1c047fff");
    assertThat(encoded(TcpOptions.NONE.withUserTimeout(32_768))).isEqualTo("1c048223");
    assertThat(encoded(TcpOptions.NONE.withUserTimeout(Integer.MAX_VALUE))).isEqualTo("1c04ffff");
    assertThat(optionsOf("1c048005").userTimeout()).isEqualTo(300);
    assertThat(optionsOf("1c047fff").userTimeout()).isEqualTo(32_767);
    assertThat(optionsOf("1c04ffff").userTimeout()).isEqualTo(32_767 * 60);
    assertThat(optionsOf("1c040000").userTimeout()).isZero();
    assertThat(optionsOf("1c030101 01010101").hasUserTimeout()).as("another length").isFalse();
  }

  @Test
  @Requirement({"RFC5482-3.3-02", "RFC5482-3.3-03"})
  void userTimeoutIsOptionTwentyEightOfFourOctets() {
    assertThat(encoded(TcpOptions.NONE.withUserTimeout(300))).startsWith("1c04").hasSize(8);
    assertThat(optionsOf("1c04012c").userTimeout()).isEqualTo(300);
    assertThat(optionsOf("1c030101 01010101").hasUserTimeout()).as("another length").isFalse();
  }

  @Test
  @Requirement({"RFC7413-4.1.1-01", "RFC7413-4.1.1-02", "RFC7413-9-01"})
  void fastOpenCookiesHaveFourToSixteenOctets() {
    assertThat(encoded(TcpOptions.NONE.withFastOpenCookie(new byte[0]))).isEqualTo("01012202");
    assertThat(optionsOf("01012202").fastOpenCookie()).isEmpty();
    for (int length = 4; length <= 16; length += 2) {
      byte[] cookie = new byte[length];
      new Random(length).nextBytes(cookie);
      String hex = encoded(TcpOptions.NONE.withFastOpenCookie(cookie));
      assertThat(hex).contains("22" + String.format("%02x", length + 2) + HexFormat.of().formatHex(cookie));
      assertThat(hex.length() % 8).isZero();
      assertThat(optionsOf(hex)).isEqualTo(TcpOptions.NONE.withFastOpenCookie(cookie));
    }
    assertThat(optionsOf("2204aaaa").fastOpenCookie()).as("too short").isNull();
    assertThat(optionsOf("2207aaaa aaaaaa00").fastOpenCookie()).as("odd").isNull();
    assertThat(optionsOf("2214" + "aa".repeat(18)).fastOpenCookie()).as("too long").isNull();
  }

  @Test
  void allOptionsTogetherSurviveTheRoundTrip() {
    TcpOptions syn = TcpOptions.timestamps(1, 2).withMss(1460).withSackPermitted().withWindowScale(7)
        .withUserTimeout(99)
        .withFastOpenCookie(new byte[8]);
    assertThat(optionsOf(encoded(syn))).isEqualTo(syn);
    TcpOptions ack = TcpOptions.timestamps(1, 2).withUserTimeout(99).withSackBlocks(1, 2, 3, 4);
    assertThat(optionsOf(encoded(ack))).isEqualTo(ack);
  }

  @Test
  @Requirement({"MUST-69", "MUST-4", "RFC9293-3.1-13"})
  void headersHaveNoReservedBitsAndArePaddedWithNops() {
    for (TcpOptions options : new TcpOptions[] {TcpOptions.NONE, TcpOptions.NONE.withMss(1460),
        TcpOptions.NONE.withMss(1460).withWindowScale(3), TcpOptions.NONE.withFastOpenCookie(new byte[0]),
        TcpOptions.timestamps(1, 1).withSackBlocks(1, 2)}) {
      ByteBuf bytes = written(segment(FLOW, options, ""));
      assertThat(bytes.getByte(bytes.readerIndex() + 12) & 0xf).as("reserved bits").isZero();
      int at = 20;
      while (at < bytes.readableBytes()) {
        int kind = bytes.getByte(bytes.readerIndex() + at);
        // The stack never writes an end-of-options octet, so no padding follows one.
        assertThat(kind).as("kind at %d of %s", at, options).isPositive();
        at += kind == 1 ? 1 : bytes.getByte(bytes.readerIndex() + at + 1);
      }
      assertThat(at).isEqualTo(bytes.readableBytes());
      bytes.release();
    }
    assertThat(optionsOf("01 020405b4 00 0000")).as("end of list, NOP and MSS are parsed").isEqualTo(
        TcpOptions.NONE.withMss(1460));
  }
}
