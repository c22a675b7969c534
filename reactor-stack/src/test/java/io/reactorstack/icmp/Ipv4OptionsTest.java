package io.reactorstack.icmp;

import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Rejections;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.IpDefect;
import io.reactorstack.wire.Ipv4Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * IPv4 options on a host: an invalid option causes a Parameter Problem; a recorded route or timestamp is returned in
 * the echo reply.
 */
class Ipv4OptionsTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";
  private static final byte[] DATA = {1, 2, 3, 4, 5};

  private static final int route = 7;
  private static final int TIME = 68;

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24");

  @AfterEach
  void close() {
    host.close();
  }

  private List<byte[]> answers(byte[] packet) {
    host.device.inject(packet);
    loop.settle();
    return host.device.takeSent();
  }

  private void assertProblem(int pointer, int... options) {
    for (int protocol : new int[] {1, 17, 6, 132}) {
      byte[] payload = switch (protocol) {
        case 1 -> icmp(8, 0, 7, DATA);
        case 17 -> udp(PEER, 5, OWN, 9, DATA);
        default -> new byte[20];
      };
      byte[] packet = ipv4(PEER, OWN, protocol, payload, options);
      long before = host.drops.get(IpDefect.BAD_OPTION);
      assertThat(answers(packet))
          .as("protocol %d, options %s", protocol, Arrays.toString(options))
          .containsExactly(ipv4(OWN, PEER, 1, icmp(12, 0, pointer << 24, packet)));
      assertThat(host.drops.get(IpDefect.BAD_OPTION)).isEqualTo(before + 1);
      // Errors are rate-limited for each peer.
      loop.advance(Duration.ofSeconds(5));
    }
  }

  @Test
  @Requirement({"RFC1122-3.2.2.5-01", "RFC792-ParameterProblem-01"})
  void invalidOptionLengthIsReportedWithItsPosition() {
    assertProblem(20, 148, 0, 0, 0);
    assertProblem(20, 148, 1, 0, 0);
    assertProblem(20, 148, 5, 0, 0);
    assertProblem(21, 1, 148, 255, 0);
    assertProblem(23, 1, 1, 1, 7);
    assertProblem(20, 131, 0, 0, 0);
  }

  @Test
  @Requirement("RFC1122-3.2.2.5-01")
  void invalidRouteOrTimestampOptionIsReportedWithItsPosition() {
    assertProblem(21, route, 2, 1, 1);
    assertProblem(22, route, 3, 3, 0);
    assertProblem(22, route, 7, 5, 0, 0, 0, 0, 0);
    assertProblem(21, TIME, 3, 5, 0);
    assertProblem(22, TIME, 4, 4, 0);
    assertProblem(22, TIME, 8, 6, 0, 0, 0, 0, 0);
    assertProblem(22, TIME, 8, 5, 1, 0, 0, 0, 0);
    assertProblem(23, TIME, 8, 9, 0xf0, 0, 0, 0, 0);
  }

  @Test
  void badOptionsInBroadcastsAndErrorsAreNotReported() {
    int[] bad = {148, 1, 0, 0};
    assertThat(answers(ipv4(PEER, "10.0.0.255", 17, udp(PEER, 5, "10.0.0.255", 9, DATA), bad))).isEmpty();
    assertThat(answers(ipv4(PEER, "10.0.0.9", 17, DATA, bad))).as("for another host").isEmpty();
    assertThat(answers(ipv4("10.0.0.255", OWN, 17, DATA, bad))).isEmpty();
    byte[] quoted = ipv4(OWN, PEER, 17, udp(OWN, 9, PEER, 5, DATA));
    for (int error : new int[] {3, 4, 5, 11, 12, 99}) {
      assertThat(answers(ipv4(PEER, OWN, 1, icmp(error, 0, 0, quoted), bad))).as("ICMP type " + error).isEmpty();
    }
    assertThat(answers(ipv4(PEER, OWN, 1, new byte[0], bad))).as("an ICMP message without a type").isEmpty();
    assertThat(answers(ipv4(PEER, OWN, 17, DATA, 131, 3, 4, 0))).as("a source route").isEmpty();
  }

  @Test
  void reportsOfBadOptionsAreRateLimited() {
    for (int i = 0; i < 1000; i++) {
      host.device.inject(ipv4(PEER, OWN, 17, DATA, 148, 1, 0, 0));
    }
    loop.settle();
    assertThat(host.device.takeSent()).hasSizeLessThanOrEqualTo(20);
    assertThat(host.drops.get(IpDefect.BAD_OPTION)).isEqualTo(1000);
  }

  private void assertReply(int[] options, int[] returned) {
    byte[] echo = ipv4(PEER, OWN, 1, icmp(8, 0, 7, DATA), options);
    assertThat(answers(echo)).as(Arrays.toString(options))
        .containsExactly(ipv4(OWN, PEER, 1, icmp(0, 0, 7, DATA), returned));
  }

  @Test
  @Requirement("RFC1122-3.2.2.6-08")
  void echoReplyContinuesTheRecordedRoute() {
    assertReply(
        new int[] {route, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0},
        new int[] {route, 11, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0});
    assertReply(
        new int[] {1, route, 11, 8, 10, 0, 0, 9, 0, 0, 0, 0},
        new int[] {route, 11, 12, 10, 0, 0, 9, 10, 0, 0, 1, 0});
    assertReply(
        new int[] {route, 7, 8, 10, 0, 0, 9, 0},
        new int[] {route, 7, 8, 10, 0, 0, 9, 0});
  }

  @Test
  @Requirement({"RFC1122-3.2.2.6-08", "RFC1122-3.2.1.8-13", "RFC1122-3.2.1.8-14"})
  void echoReplyContinuesTheTimestampsAsNonStandardTime() {
    int time = (int) Duration.ofNanos(host.turn.now()).toMillis();
    int[] now = {time >>> 24 | 0x80, time >>> 16 & 0xff, time >>> 8 & 0xff, time & 0xff};
    assertReply(
        new int[] {TIME, 8, 5, 0, 0, 0, 0, 0},
        new int[] {TIME, 8, 9, 0, now[0], now[1], now[2], now[3]});
    assertReply(
        new int[] {TIME, 12, 5, 1, 0, 0, 0, 0, 0, 0, 0, 0},
        new int[] {TIME, 12, 13, 1, 10, 0, 0, 1, now[0], now[1], now[2], now[3]});
    assertReply(
        new int[] {TIME, 12, 5, 3, 10, 0, 0, 1, 0, 0, 0, 0},
        new int[] {TIME, 12, 13, 3, 10, 0, 0, 1, now[0], now[1], now[2], now[3]});
    assertReply(
        new int[] {TIME, 12, 5, 3, 10, 0, 0, 9, 0, 0, 0, 0},
        new int[] {TIME, 12, 5, 3, 10, 0, 0, 9, 0, 0, 0, 0});
    assertReply(
        new int[] {TIME, 8, 9, 0xe0, 1, 2, 3, 4},
        new int[] {TIME, 8, 9, 0xf0, 1, 2, 3, 4});
  }

  @Test
  void echoReplyOmitsOtherOptions() {
    assertReply(new int[] {148, 4, 0, 0}, new int[] {});
    assertReply(new int[] {1, 1, 1, 0}, new int[] {});
    assertReply(
        new int[] {148, 4, 0, 0, route, 7, 4, 0, 0, 0, 0, TIME, 4, 5, 0, 0},
        new int[] {route, 7, 8, 10, 0, 0, 1, TIME, 4, 5, 0x10, 0});
  }

  @Test
  void echoReplyWithOptionsIsFragmentedIfItExceedsTheMtu() {
    byte[] sent = answers(ipv4(PEER, OWN, 1, icmp(8, 0, 7, new byte[1460]), route, 7, 4, 0, 0, 0, 0, 0)).get(0);
    assertThat(sent).hasSize(20 + 8 + 8 + 1460);
    List<byte[]> fragments = answers(
        ipv4(PEER, OWN, 1, icmp(8, 0, 7, new byte[1472]), route, 7, 4, 0, 0, 0, 0, 0));
    assertThat(fragments.get(0)).as("with the options").hasSize(28 + 1472);
    assertThat(fragments.get(1)).as("without the options, which are not copied").hasSize(20 + 8);
  }

  private static Ipv4Options optionsOf(byte[] packet) {
    return Ipv4Options.parse(Unpooled.wrappedBuffer(packet), Rejections.UNCOUNTED);
  }

  private int now() {
    return (int) Duration.ofNanos(host.turn.now()).toMillis() | 0x8000_0000;
  }

  @Test
  @Requirement({"RFC1122-3.2.1.8-10", "RFC1122-3.2.1.8-01"})
  void pingRecordsTheRoute() {
    List<PingResult> results = new ArrayList<>();
    host.icmp.api().ping(IpAddress.parse(PEER), PingOptions.DEFAULT.options(Ipv4Options.recordRoute(3)))
        .subscribe(results::add);
    loop.settle();
    byte[] request = host.device.takeSent().getFirst();
    assertThat(Arrays.copyOfRange(request, 20, 36)).isEqualTo(
        Packets.octets(7, 15, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    byte[] reply = Packets.from(request, 36);
    reply[0] = 0;
    Packets.putShort(reply, 2, 0);
    Packets.putShort(reply, 2, Packets.checksum(reply, 0, reply.length, 0));
    answers(ipv4(PEER, OWN, 1, reply, 7, 15, 12, 10, 0, 0, 254, 10, 0, 0, 2, 0, 0, 0, 0, 0));
    assertThat(results).singleElement().isInstanceOfSatisfying(PingReply.class,
        answer -> assertThat(answer.options().recordedRoute())
            .containsExactly(Ipv4Address.parse("10.0.0.254"), Ipv4Address.parse(PEER)));
  }

  @Test
  @Requirement({"RFC1122-3.2.1.8-11", "RFC1122-3.2.1.8-12"})
  void theSenderRecordsItsTimeFirst() {
    Ipv4Address own = Ipv4Address.parse(OWN);
    Ipv4Address peer = Ipv4Address.parse(PEER);
    assertThat(sentWith(Ipv4Options.timestamps(3, false)).timestamps())
        .containsExactly(new Ipv4Options.Timestamp(null, now()));
    assertThat(sentWith(Ipv4Options.timestamps(2, true)).timestamps())
        .containsExactly(new Ipv4Options.Timestamp(own, now()));
    assertThat(sentWith(Ipv4Options.timestampsOf(own, peer)).timestamps())
        .containsExactly(new Ipv4Options.Timestamp(own, now()));
    assertThat(sentWith(Ipv4Options.timestampsOf(peer, own)).timestamps()).as("it is the peer's turn").isEmpty();
  }

  private Ipv4Options sentWith(Ipv4Options options) {
    host.icmp.api().ping(IpAddress.parse(PEER), PingOptions.DEFAULT.options(options)).subscribe();
    loop.settle();
    Ipv4Options sent = optionsOf(host.device.takeSent().getFirst());
    assertThat(sent.length()).isEqualTo(options.length());
    return sent;
  }

  @Test
  void optionsOfUsersAreChecked() {
    for (int[] bad : new int[][] {{148, 1}, {7, 3, 3}, {7, 3, 1, 0}, {131, 3, 4}, {137, 7, 4, 1, 2, 3, 4}, {68, 2}}) {
      assertThatThrownBy(() -> Ipv4Options.of(Packets.octets(bad))).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> Ipv4Options.of(new byte[41])).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Ipv4Options.recordRoute(10)).hasMessage("entries 10 is out of range: 1 to 9 entries");
    assertThatThrownBy(() -> Ipv4Options.timestamps(5, true)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Ipv4Options.recordRoute(9).length()).isEqualTo(40);
    assertThat(Ipv4Options.timestamps(9, false).length()).isEqualTo(40);
    assertThat(Ipv4Options.of(Packets.octets(148, 4, 0, 0))).isEqualTo(Ipv4Options.ROUTER_ALERT);
    assertThat(Ipv4Options.of()).isSameAs(Ipv4Options.NONE);
  }

  @Test
  void fullTimestampsCountTheHostsThatFoundNoSpace() {
    Ipv4Options full = Ipv4Options.timestamps(1, false);
    Ipv4Address here = Ipv4Address.parse(OWN);
    for (int i = 0; i < 20; i++) {
      full = full.stamped(here, here::equals, 7);
    }
    assertThat(full.timestamps()).containsExactly(new Ipv4Options.Timestamp(null, 0x8000_0007));
    assertThat(full.timestamps().getFirst().isStandard()).isFalse();
    assertThat(full.missedTimestamps()).isEqualTo(15);
  }
}
