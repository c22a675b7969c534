package io.reactorstack.wire;

import static io.reactorstack.multicast.GroupMessages.checked;
import static io.reactorstack.multicast.GroupMessages.igmp;
import static io.reactorstack.multicast.GroupMessages.igmpQuery;
import static io.reactorstack.multicast.GroupMessages.igmpReport;
import static io.reactorstack.multicast.GroupMessages.igmpReportWithTail;
import static io.reactorstack.multicast.GroupMessages.record;
import static io.reactorstack.testing.Packets.concat;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.wire.GroupRecord.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Tests of the codec of IGMP messages. */
class IgmpMessageTest {

  private static final IpAddress GROUP = IpAddress.parse("239.1.2.3");
  private static final IpAddress ALL = IpAddress.parse("0.0.0.0");

  private final List<DropReason> dropped = new ArrayList<>();

  private GroupMessage parse(byte[] message) {
    IgmpMessage parsed = IgmpMessage.parse(Unpooled.wrappedBuffer(message), dropped::add);
    return parsed == null ? null : parsed.body();
  }

  private static byte[] write(GroupMessage body) {
    IgmpMessage message = new IgmpMessage(body);
    ByteBuf bytes = Headroom.reserve(ByteBufAllocator.DEFAULT, message.length());
    message.write(bytes);
    byte[] written = ByteBufUtil.getBytes(bytes);
    bytes.release();
    return written;
  }

  private void assertDropped(byte[] message, GroupDefect reason) {
    dropped.clear();
    assertThat(parse(message)).isNull();
    assertThat(dropped).containsExactly(reason);
  }

  private static GroupMessage.Query query(Compatibility generation, IpAddress group, int tenths, int robustness) {
    return new GroupMessage.Query(generation, group, List.of(), tenths * 100_000_000L, robustness);
  }

  @Test
  @Requirement({"RFC3376-7.1-01", "RFC3376-7.2.1-03", "RFC3376-4-01"})
  void theVersionOfAQueryFollowsFromItsLength() {
    assertThat(parse(igmp(0x11, 0, "0.0.0.0"))).isEqualTo(query(Compatibility.JOINS, ALL, 100, 0));
    assertThat(parse(igmp(0x11, 55, "239.1.2.3"))).isEqualTo(query(Compatibility.GROUPS, GROUP, 55, 0));
    assertThat(parse(igmpQuery(55, "239.1.2.3", 0xf3, 125)))
        .isEqualTo(query(Compatibility.SOURCES, GROUP, 55, 3));
    for (int length : new int[] {9, 10, 11}) {
      assertDropped(checked(Arrays.copyOf(igmp(0x11, 55, "0.0.0.0"), length)), GroupDefect.BAD_LENGTH);
    }
    for (int length = 0; length < 8; length++) {
      assertDropped(Arrays.copyOf(igmp(0x11, 55, "0.0.0.0"), length), GroupDefect.TOO_SHORT);
    }
  }

  @Test
  void longResponseTimesAreFloatingPoint() {
    assertThat(((GroupMessage.Query) parse(igmpQuery(127, "0.0.0.0", 2, 125))).maxResponse())
        .isEqualTo(12_700_000_000L);
    assertThat(((GroupMessage.Query) parse(igmpQuery(0x80, "0.0.0.0", 2, 125))).maxResponse())
        .isEqualTo(12_800_000_000L);
    assertThat(((GroupMessage.Query) parse(igmpQuery(0xff, "0.0.0.0", 2, 125))).maxResponse())
        .isEqualTo(3_174_400_000_000L);
  }

  @Test
  @Requirement({"RFC3376-4.1.2-01", "RFC3376-4.2.2-01"})
  void rejectsABadChecksum() {
    for (byte[] good : List.of(igmpQuery(55, "239.1.2.3", 2, 125), igmp(0x16, 0, "239.1.2.3"),
        igmpReport(record(4, "239.1.2.3")))) {
      byte[] bad = good.clone();
      bad[7] ^= 1;
      assertThat(parse(good)).isNotNull();
      assertDropped(bad, GroupDefect.BAD_CHECKSUM);
    }
  }

  @Test
  @Requirement({"RFC3376-4.1.10-01", "RFC3376-4.2.11-01"})
  void trailingOctetsCountOnlyInTheChecksum() {
    byte[] query = igmpQuery(55, "239.1.2.3", 2, 125, "10.0.0.7");
    byte[] longer = checked(concat(query, new byte[] {1, 2, 3}));
    assertThat(parse(longer)).isEqualTo(parse(query));
    byte[] record = record(2, "239.1.2.3", "10.0.0.7");
    byte[] report = igmpReportWithTail(new byte[] {9, 9, 9}, record);
    assertThat(parse(report)).isEqualTo(parse(igmpReport(record)));
    longer[longer.length - 1]++;
    report[report.length - 1]++;
    assertDropped(longer, GroupDefect.BAD_CHECKSUM);
    assertDropped(report, GroupDefect.BAD_CHECKSUM);
  }

  @Test
  @Requirement({"RFC3376-4.2.10-02", "RFC3376-4.2.12-01"})
  void auxiliaryDataAndUnknownRecordsAreSkipped() {
    GroupMessage report = parse(igmpReport(
        record(2, new byte[8], "239.1.2.3", "10.0.0.7"),
        record(9, new byte[4], "239.9.9.9", "10.0.0.8", "10.0.0.9"),
        record(0, "239.9.9.8"),
        record(5, "239.1.2.4", "10.0.0.6")));
    assertThat(report).isEqualTo(new GroupMessage.Report(List.of(
        new GroupRecord(Kind.MODE_IS_EXCLUDE, GROUP, List.of(IpAddress.parse("10.0.0.7"))),
        new GroupRecord(
            Kind.ALLOW_NEW_SOURCES, IpAddress.parse("239.1.2.4"), List.of(IpAddress.parse("10.0.0.6"))))));
  }

  @Test
  @Requirement("RFC3376-4-02")
  void unknownTypesAreIgnored() {
    for (int type : new int[] {0, 1, 8, 0x10, 0x13, 0x14, 0x1e, 0x23, 0xff}) {
      assertDropped(igmp(type, 0, "239.1.2.3"), GroupDefect.UNKNOWN_TYPE);
    }
  }

  @Test
  void rejectsAddressesThatAreNotGroups() {
    assertDropped(igmp(0x11, 55, "10.0.0.1"), GroupDefect.BAD_GROUP);
    assertDropped(igmp(0x16, 0, "0.0.0.0"), GroupDefect.BAD_GROUP);
    assertDropped(igmp(0x17, 0, "10.0.0.1"), GroupDefect.BAD_GROUP);
  }

  @Test
  void listsThatAreLongerThanTheMessageAreRefused() {
    byte[] query = igmpQuery(55, "239.1.2.3", 2, 125, "10.0.0.7");
    query[11] = 2;
    assertDropped(checked(query), GroupDefect.BAD_LENGTH);
    query[10] = (byte) 0xff;
    assertDropped(checked(query), GroupDefect.BAD_LENGTH);
    byte[] report = igmpReport(record(2, "239.1.2.3", "10.0.0.7"));
    report[7] = 2;
    assertDropped(checked(report), GroupDefect.BAD_LENGTH);
    report[7] = 1;
    report[11] = 2;
    assertDropped(checked(report), GroupDefect.BAD_LENGTH);
    report[11] = 1;
    report[9] = 1;
    assertDropped(checked(report), GroupDefect.BAD_LENGTH);
  }

  @Test
  @Requirement({"RFC3376-4-01", "RFC3376-4.2.10-01", "RFC3376-4.2.11-02"})
  void writesMessagesInTheFormatOfTheRfc() {
    assertThat(write(new GroupMessage.Joined(Compatibility.JOINS, GROUP))).isEqualTo(igmp(0x12, 0, "239.1.2.3"));
    assertThat(write(new GroupMessage.Joined(Compatibility.GROUPS, GROUP))).isEqualTo(igmp(0x16, 0, "239.1.2.3"));
    assertThat(write(new GroupMessage.Left(GROUP))).isEqualTo(igmp(0x17, 0, "239.1.2.3"));
    IpAddress source = IpAddress.parse("10.0.0.7");
    for (Kind kind : Kind.values()) {
      assertThat(write(new GroupMessage.Report(List.of(
          new GroupRecord(kind, GROUP, List.of(source)), new GroupRecord(Kind.MODE_IS_EXCLUDE, GROUP, List.of())))))
          .isEqualTo(igmpReport(record(kind.ordinal() + 1, "239.1.2.3", "10.0.0.7"), record(2, "239.1.2.3")));
    }
  }

  @Test
  void randomMessagesAreParsedOrRejectedForOneReason() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<byte[]> seeds = List.of(igmpQuery(55, "239.1.2.3", 2, 125, "10.0.0.7"), igmp(0x16, 0, "239.1.2.3"),
        igmpReport(record(2, new byte[4], "239.1.2.3", "10.0.0.7"), record(4, "239.1.2.3")));
    for (int i = 0; i < 20_000; i++) {
      byte[] message = seeds.get(random.nextInt(seeds.size())).clone();
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        message[random.nextInt(message.length)] = (byte) random.nextInt();
      }
      message = Arrays.copyOf(message, random.nextInt(message.length + 8));
      if (message.length >= 4) {
        message = checked(message);
      }
      dropped.clear();
      GroupMessage parsed = parse(message);
      assertThat(dropped).as("seed %d", seed).hasSize(parsed == null ? 1 : 0);
    }
  }

  @Test
  void queriesSurviveTheRoundTrip() {
    long unit = 100_000_000L;
    for (int units : new int[] {1, 127, 255}) {
      GroupMessage.Query old = new GroupMessage.Query(Compatibility.GROUPS, GROUP, List.of(), units * unit, 0);
      assertThat(parse(write(old))).isEqualTo(old);
    }
    for (int units : new int[] {0, 1, 127, 128, 31744}) {
      GroupMessage.Query query = new GroupMessage.Query(
          Compatibility.SOURCES, GROUP, List.of(IpAddress.parse("10.0.0.7")), units * unit, 2);
      assertThat(parse(write(query))).isEqualTo(query);
    }
    assertThat(dropped).isEmpty();
  }
}
