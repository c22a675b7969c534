package io.reactorstack.wire;

import static io.reactorstack.multicast.GroupMessages.address;
import static io.reactorstack.multicast.GroupMessages.mld;
import static io.reactorstack.multicast.GroupMessages.mldQuery;
import static io.reactorstack.multicast.GroupMessages.mldReport;
import static io.reactorstack.multicast.GroupMessages.record;
import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.icmpv6;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.GroupRecord.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Tests of the codec of MLD messages. */
class MldMessageTest {

  private static final String ROUTER = "fe80::1";
  private static final String NODES = "ff02::1";
  private static final IpAddress GROUP = IpAddress.parse("ff15::3");

  private final List<DropReason> dropped = new ArrayList<>();

  private GroupMessage parse(byte[] message) {
    ByteBuf bytes = Unpooled.wrappedBuffer(message);
    assertThat(message.length == 0 || MldMessage.isIn(bytes) || message[0] == 0).isTrue();
    MldMessage parsed = MldMessage.parse(bytes,
        EnclosingPacket.of(IpAddress.parse(ROUTER), IpAddress.parse(NODES), 0, PacketFacts.LOCAL), dropped::add);
    return parsed == null ? null : parsed.body();
  }

  private static byte[] write(GroupMessage body) {
    MldMessage message = new MldMessage(body);
    ByteBuf bytes = Headroom.reserve(ByteBufAllocator.DEFAULT, message.length());
    message.write(bytes, IpAddress.parse(ROUTER), IpAddress.parse(NODES));
    byte[] written = ByteBufUtil.getBytes(bytes);
    bytes.release();
    return written;
  }

  private void assertDropped(byte[] message, GroupDefect reason) {
    dropped.clear();
    assertThat(parse(message)).isNull();
    assertThat(dropped).containsExactly(reason);
  }

  private static byte[] body(int type, int rest, byte[] data) {
    return icmpv6(ROUTER, NODES, type, 0, rest, data);
  }

  @Test
  @Requirement("RFC3810-8.1-01")
  void theVersionOfAQueryFollowsFromItsLength() {
    assertThat(parse(mld(ROUTER, NODES, 130, 5000, "::"))).isEqualTo(
        new GroupMessage.Query(Compatibility.GROUPS, IpAddress.parse("::"), List.of(), 5_000_000_000L, 0));
    assertThat(parse(mldQuery(ROUTER, NODES, 5000, "ff15::3", 0xfa, 125, "2001:db8::7"))).isEqualTo(
        new GroupMessage.Query(
            Compatibility.SOURCES, GROUP, List.of(IpAddress.parse("2001:db8::7")), 5_000_000_000L, 2));
    for (int extra : new int[] {1, 2, 3}) {
      assertDropped(body(130, 5000 << 16, new byte[16 + extra]), GroupDefect.BAD_LENGTH);
    }
    for (int data = 0; data < 16; data++) {
      assertDropped(body(130, 5000 << 16, new byte[data]), GroupDefect.BAD_LENGTH);
    }
    assertDropped(new byte[] {(byte) 130, 0, 0, 0, 0, 0, 0}, GroupDefect.TOO_SHORT);
  }

  @Test
  void longResponseTimesAreFloatingPoint() {
    assertThat(((GroupMessage.Query) parse(mldQuery(ROUTER, NODES, 0x7fff, "::", 2, 125))).maxResponse())
        .isEqualTo(32_767_000_000L);
    assertThat(((GroupMessage.Query) parse(mldQuery(ROUTER, NODES, 0x8000, "::", 2, 125))).maxResponse())
        .isEqualTo(32_768_000_000L);
    assertThat(((GroupMessage.Query) parse(mldQuery(ROUTER, NODES, 0xffff, "::", 2, 125))).maxResponse())
        .isEqualTo(8_387_584_000_000L);
  }

  @Test
  @Requirement({"RFC3810-5.1.2-01", "RFC3810-5.2.2-01"})
  void rejectsABadChecksum() {
    for (byte[] good : List.of(mldQuery(ROUTER, NODES, 55, "ff15::3", 2, 125), mld(ROUTER, NODES, 131, 0, "ff15::3"),
        mldReport(ROUTER, NODES, record(4, "ff15::3")))) {
      byte[] bad = good.clone();
      bad[12] ^= 1;
      assertThat(parse(good)).isNotNull();
      assertDropped(bad, GroupDefect.BAD_CHECKSUM);
    }
  }

  @Test
  @Requirement({"RFC3810-5.1.12-01", "RFC3810-5.2.11-01"})
  void trailingOctetsCountOnlyInTheChecksum() {
    byte[] query = mldQuery(ROUTER, NODES, 55, "ff15::3", 2, 125, "2001:db8::7");
    byte[] fields = Arrays.copyOfRange(query, 8, query.length);
    byte[] longer = body(130, 55 << 16, concat(fields, new byte[] {1, 2, 3}));
    assertThat(parse(longer)).isEqualTo(parse(query));
    byte[] record = record(2, "ff15::3", "2001:db8::7");
    byte[] report = body(143, 1, concat(record, new byte[] {9, 9, 9}));
    assertThat(parse(report)).isEqualTo(parse(mldReport(ROUTER, NODES, record)));
    longer[longer.length - 1]++;
    report[report.length - 1]++;
    assertDropped(longer, GroupDefect.BAD_CHECKSUM);
    assertDropped(report, GroupDefect.BAD_CHECKSUM);
  }

  @Test
  @Requirement({"RFC3810-5.2.10-02", "RFC3810-5.2.12-01"})
  void auxiliaryDataAndUnknownRecordsAreSkipped() {
    GroupMessage report = parse(mldReport(ROUTER, NODES,
        record(2, new byte[8], "ff15::3", "2001:db8::7"),
        record(9, new byte[4], "ff15::9", "2001:db8::8", "2001:db8::9"),
        record(0, "ff15::8"),
        record(5, "ff15::4", "2001:db8::6")));
    assertThat(report).isEqualTo(new GroupMessage.Report(List.of(
        new GroupRecord(Kind.MODE_IS_EXCLUDE, GROUP, List.of(IpAddress.parse("2001:db8::7"))),
        new GroupRecord(
            Kind.ALLOW_NEW_SOURCES, IpAddress.parse("ff15::4"), List.of(IpAddress.parse("2001:db8::6"))))));
  }

  @Test
  void rejectsAddressesThatAreNotGroups() {
    assertDropped(mld(ROUTER, NODES, 130, 55, "2001:db8::1"), GroupDefect.BAD_GROUP);
    assertDropped(mld(ROUTER, NODES, 131, 0, "::"), GroupDefect.BAD_GROUP);
    assertDropped(mld(ROUTER, NODES, 132, 0, "2001:db8::1"), GroupDefect.BAD_GROUP);
  }

  @Test
  void listsThatAreLongerThanTheMessageAreRefused() {
    assertDropped(body(130, 55 << 16, concat(address("ff15::3"), new byte[] {2, 125, 0, 1})),
        GroupDefect.BAD_LENGTH);
    assertDropped(body(143, 2, record(2, "ff15::3", "2001:db8::7")), GroupDefect.BAD_LENGTH);
    assertDropped(body(143, 0xffff, record(2, "ff15::3", "2001:db8::7")), GroupDefect.BAD_LENGTH);
  }

  @Test
  @Requirement({"RFC3810-5.2.10-01", "RFC3810-5.2.11-02"})
  void writesMessagesInTheFormatOfTheRfc() {
    assertThat(write(new GroupMessage.Joined(Compatibility.GROUPS, GROUP)))
        .isEqualTo(mld(ROUTER, NODES, 131, 0, "ff15::3"));
    assertThat(write(new GroupMessage.Left(GROUP))).isEqualTo(mld(ROUTER, NODES, 132, 0, "ff15::3"));
    IpAddress source = IpAddress.parse("2001:db8::7");
    for (Kind kind : Kind.values()) {
      assertThat(write(new GroupMessage.Report(List.of(
          new GroupRecord(kind, GROUP, List.of(source)), new GroupRecord(Kind.MODE_IS_EXCLUDE, GROUP, List.of())))))
          .isEqualTo(mldReport(
              ROUTER, NODES, record(kind.ordinal() + 1, "ff15::3", "2001:db8::7"), record(2, "ff15::3")));
    }
  }

  @Test
  void randomMessagesAreParsedOrRejectedForOneReason() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<byte[]> seeds = List.of(mldQuery(ROUTER, NODES, 55, "ff15::3", 2, 125, "2001:db8::7"),
        mld(ROUTER, NODES, 131, 0, "ff15::3"),
        mldReport(ROUTER, NODES, record(2, new byte[4], "ff15::3", "2001:db8::7"), record(4, "ff15::3")));
    for (int i = 0; i < 20_000; i++) {
      byte[] message = seeds.get(random.nextInt(seeds.size())).clone();
      int type = message[0] & 0xff;
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        message[4 + random.nextInt(message.length - 4)] = (byte) random.nextInt();
      }
      int rest = (message[4] & 0xff) << 24 | (message[5] & 0xff) << 16 | (message[6] & 0xff) << 8 | message[7] & 0xff;
      byte[] data = Arrays.copyOfRange(message, 8, Math.max(8, random.nextInt(message.length + 8)));
      dropped.clear();
      GroupMessage parsed = parse(body(type, rest, data));
      assertThat(dropped).as("seed %d", seed).hasSize(parsed == null ? 1 : 0);
    }
  }

  @Test
  void queriesSurviveTheRoundTrip() {
    long unit = 1_000_000L;
    for (int units : new int[] {1, 32767, 65535}) {
      GroupMessage.Query old = new GroupMessage.Query(Compatibility.GROUPS, GROUP, List.of(), units * unit, 0);
      assertThat(parse(write(old))).isEqualTo(old);
    }
    for (int units : new int[] {0, 1, 32767, 32768, 8387584}) {
      GroupMessage.Query query = new GroupMessage.Query(
          Compatibility.SOURCES, GROUP, List.of(IpAddress.parse("2001:db8::7")), units * unit, 2);
      assertThat(parse(write(query))).isEqualTo(query);
    }
    assertThat(dropped).isEmpty();
  }
}
