package io.reactorstack.agent.driver;

import static io.reactorstack.agent.driver.Driver.args;
import static io.reactorstack.agent.driver.Scenario.receive;
import static io.reactorstack.agent.driver.Scenario.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.agent.driver.Scenario.Net;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The protocol of the agent: frames, the clock, blocking calls and other operations. */
class ProtocolTest {

  @Test
  void helloReturnsTheModeAndTheClock() {
    try (Driver driver = new Driver(Scenario.agent())) {
      Driver.Reply reply = driver.hello("local=192.168.0.1");
      assertThat(reply.payload().get()).isEqualTo((byte) 1);
      assertThat(reply.now()).isGreaterThanOrEqualTo(1_000_000_000L);
      assertThat(driver.call(1, args().u16(1).string("")).errno()).isEqualTo(22);
      assertThat(driver.call(2, args()).result()).isZero();
    }
  }

  @Test
  void unknownOrTruncatedRequestsFail() {
    try (Scenario s = Scenario.begin()) {
      assertThat(s.error(99, args())).isEqualTo(38);
      assertThat(s.error(14, args().i32(1))).isEqualTo(9);
      int sid = s.tcp();
      assertThat(s.error(14, args().i32(sid))).isEqualTo(22);
      assertThat(s.error(15, args().i32(sid, 0).address("", 0).u16(0).i32(1000))).isEqualTo(22);
      assertThat(s.error(15, args().i32(sid, 0).address("", 0).u16(7).i32(1000))).isEqualTo(22);
      assertThat(s.error(10, args().i32(3, 1, 6))).isEqualTo(97);
      assertThat(s.error(10, args().i32(2, 1, 17))).isEqualTo(93);
      assertThat(s.error(13, args().i32(sid))).isEqualTo(22);
      assertThat(s.error(13, args().i32(s.udp()))).isEqualTo(95);
      assertThat(s.error(19, args().i32(sid, 6, 23, 4))).isEqualTo(92);
      assertThat(s.error(14, args().i32(sid).address("", 8080))).isEqualTo(22);
      assertThat(s.error(14, args().i32(sid).address("::1", 8080))).isEqualTo(97);
      // Not a valid packet.
      s.ok(5, args().bytes(new byte[] {1, 2, 3}));
      s.ok(5, args());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 15, (8 << 20) + 1, -1})
  void invalidFrameLengthEndsTheConnection(int length) {
    try (Driver driver = new Driver(Scenario.agent())) {
      driver.hello("");
      driver.write(ByteBuffer.allocate(4).putInt(length).flip());
      assertThatThrownBy(() -> driver.await(77)).isInstanceOf(UncheckedIOException.class);
    }
    // The agent still serves other sessions.
    Scenario.begin().close();
  }

  @Test
  void brokenConnectionEndsItsSession() {
    for (int i = 0; i < 3; i++) {
      Scenario s = Scenario.begin();
      int sid = s.tcp();
      s.begin(14, s.remote(sid, 8080));
      s.toPeer().play("0 > S 0:0(0)");
      s.driver.close();
    }
    Scenario.begin().close();
  }

  @Test
  void configAcceptsKnownLinesOnly() {
    try (Scenario s = Scenario.begin("defaults", "defaults freebsd", "sysctl net.ipv4.tcp_rmem=1 2 3")) {
      for (String line : List.of(
          "sysctl net.ipv4.tcp_fastopen=1", "sysctl net.core.rmem_max=1", "command ip link", "nonsense",
          "sysctl net.ipv4.tcp_sack=yes", "sysctl net.ipv4.tcp_congestion_control=vegas", "defaults solaris", "")) {
        assertThat(s.error(3, args().string(line))).as(line).isEqualTo(95);
      }
      for (String line : List.of(
          "sysctl net.ipv4.tcp_ecn=2", "sysctl net.ipv4.tcp_min_tso_segs=4", "sysctl net.ipv4.tcp_pacing_ss_ratio=1",
          "command ethtool -K tun0 tso off", "sysctl net.ipv4.tcp_invalid_ratelimit=0",
          "sysctl net.ipv4.tcp_congestion_control=reno", "sysctl net.ipv4.tcp_mtu_probing=2",
          "sysctl net.ipv4.tcp_syncookies=2", "sysctl net.ipv4.tcp_recovery=0")) {
        s.ok(3, args().string(line));
      }
    }
  }

  @Test
  void receiveDoesNotMoveTheClockToItsDeadline() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcpNonBlocking();
      assertThat(s.error(14, s.remote(sid, 8080))).isEqualTo(115);
      assertThat(s.next(0).time()).isZero();
      Driver.Reply reply = s.driver.call(6, args().i64(s.driver.absolute(900_000)));
      assertThat(reply.errno()).isEqualTo(110);
      assertThat(s.driver.relative(reply.now())).isLessThan(900_000);
      assertThat(s.next(1500).time()).isEqualTo(1_000_000);
    }
  }

  @Test
  void pollWaitsForEventsOrItsTimeOut() {
    try (Scenario s = Scenario.begin()) {
      int listener = s.listener(1);
      var poll = s.begin(23, args().i32(250).u16(1).i32(listener).u16(1)).waits();
      s.at(249.999).ok(4, args());
      poll.waits();
      s.at(300).ok(4, args());
      assertThat(poll.endsAt(250)).isZero();
      var again = s.begin(23, args().i32(-1).u16(1).i32(listener).u16(1)).waits();
      s.at(1000);
      s.fromPeer().play("""
          1000 < S 0:0(0) win 65535 <mss 1000>
          1000 > S. 0:0(0) ack 1 <mss 1460>
          1100 < . 1:1(0) ack 1 win 65535
          """);
      assertThat(again.endsAt(1100)).isEqualTo(1);
      // The main thread's blocking call advances the clock itself.
      s.accept(listener);
      assertThat(s.ok(23, args().i32(500).u16(1).i32(listener).u16(1))).isZero();
      assertThat(s.driver.now()).isEqualTo(1_600_000);
    }
  }

  @Test
  void epollReportsByLevelAndByEdge() {
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(Scenario.PLAIN);
      int level = (int) s.ok(25, args());
      int edge = (int) s.ok(25, args());
      s.ok(26, args().i32(level, 1, c.sid(), 1).i64(7));
      s.ok(26, args().i32(edge, 1, c.sid(), 1 | 1 << 31).i64(8));
      assertThat(s.error(26, args().i32(edge, 1, c.sid(), 1).i64(8))).isEqualTo(17);
      assertThat(s.ok(27, args().i32(level, 10, 0))).isZero();
      var waiting = s.begin(27, args().i32(level, 10, -1)).waits();
      c.play("""
          200 < P. 1:101(100) ack 1 win 65535
          200 > . 1:1(0) ack 101
          """);
      assertThat(waiting.endsAt(200)).isEqualTo(1);
      assertThat(s.ok(27, args().i32(level, 10, 0))).isEqualTo(1);
      assertThat(s.ok(27, args().i32(edge, 10, 0))).isEqualTo(1);
      assertThat(s.ok(27, args().i32(edge, 10, 0))).isZero();
      s.ok(26, args().i32(level, 2, c.sid(), 0).i64(0));
      assertThat(s.ok(27, args().i32(level, 10, 0))).isZero();
    }
  }

  @Test
  void optionsAreRemembered() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.tcp();
      s.set(sid, 1, 2, 1);
      s.set(sid, 1, 9, 5);
      s.set(sid, 6, 4, 100);
      s.set(sid, 6, 5, 10);
      s.set(sid, 6, 6, 3);
      s.set(sid, 6, 18, 3000);
      s.set(sid, 1, 7, 10_000);
      s.set(sid, 1, 8, 20_000);
      s.set(sid, 0, 2, 3);
      assertThat(List.of(s.get(sid, 1, 2), s.get(sid, 1, 9), s.get(sid, 6, 4), s.get(sid, 6, 5), s.get(sid, 6, 6),
          s.get(sid, 6, 18), s.get(sid, 1, 7), s.get(sid, 1, 8), s.get(sid, 0, 2)))
          .containsExactly(1, 1, 100, 10, 3, 3000, 20_000, 40_000, 3);
      assertThat(s.error(20, args().i32(sid, 0, 2, 256))).isEqualTo(22);
      assertThat(s.error(20, args().i32(sid, 6, 2, 87))).isEqualTo(22);
      assertThat(s.error(20, args().i32(sid, 6, 13).bytes("vegas".getBytes()))).isEqualTo(2);
      s.ok(20, args().i32(sid, 6, 13).bytes("reno".getBytes()));
    }
  }

  @Test
  void boundPortCannotBeBoundAgain() {
    try (Scenario s = Scenario.begin()) {
      s.listener(1);
      int other = s.tcp();
      assertThat(s.error(11, s.local(other, 8080))).isEqualTo(98);
      assertThat(s.error(11, args().i32(other).address("10.0.0.1", 8080))).isEqualTo(99);
      s.ok(11, s.local(other, 8081));
      assertThat(s.error(11, s.local(other, 8082))).isEqualTo(22);
    }
  }

  @ParameterizedTest
  @EnumSource
  void datagrams(Net net) {
    try (Scenario s = Scenario.begin(net)) {
      int sid = s.udp();
      s.ok(11, s.local(sid, 5000));
      assertThat(s.error(15, send(sid, 10, 0))).isEqualTo(89);
      s.ok(15, args().i32(sid, 0).address(net.prefix + net.remote, 7000).u16(0).i32(100).bytes(new byte[100]));
      ByteBuffer udp = Packets.verified(s.next(0).bytes());
      assertThat(udp.getShort(0)).isEqualTo((short) 5000);
      assertThat(udp.getShort(2)).isEqualTo((short) 7000);
      assertThat(udp.limit()).isEqualTo(108);
      var receiving = s.begin(16, args().i32(sid, 0, 50).u8(1)).waits();
      ByteBuffer datagram = ByteBuffer.allocate(108).putShort((short) 7000).putShort((short) 5000)
          .putShort((short) 108);
      s.at(100).inject(Packets.UDP, 0, datagram.array());
      assertThat(receiving.endsAt(100)).isEqualTo(50);
      s.inject(Packets.UDP, 0, datagram.array());
      assertThat(s.inq(sid)).isEqualTo(100);
      assertThat(s.ok(16, receive(sid, 50, 0x22))).isEqualTo(100);
      assertThat(s.read(sid, 500)).isEqualTo(100);
      s.ok(14, s.remote(sid, 7000));
      s.write(sid, 10);
      assertThat(Packets.verified(s.next(100).bytes()).limit()).isEqualTo(18);
      assertThat(s.error(15, send(sid, 70_000, 0))).isEqualTo(90);
      assertThat(s.error(16, receive(sid, 50, 0x40))).isEqualTo(11);
    }
  }

  @Test
  void datagramToAClosedPortIsReportedToItsSender() {
    try (Scenario s = Scenario.begin()) {
      int sid = s.udp();
      s.ok(11, s.local(sid, 5000));
      s.ok(14, s.remote(sid, 7000));
      s.write(sid, 10);
      byte[] sent = s.next(0).bytes();
      ByteBuffer error = ByteBuffer.allocate(8 + 28).put((byte) 3).put((byte) 3).position(8).put(sent, 0, 28);
      s.inject(Packets.ICMP, 0, error.array());
      assertThat(s.poll(sid, 1)).isEqualTo(8);
      assertThat(s.error(15, send(sid, 10, 0))).isEqualTo(111);
      s.write(sid, 10);
    }
  }

  @Test
  void twoRunsAreIdenticalToTheMicrosecond() {
    List<String> once = run();
    assertThat(once.size()).isGreaterThan(12);
    assertThat(run()).isEqualTo(once);
  }

  @Test
  void concurrentSessionsShareNothing() {
    List<CompletableFuture<List<String>>> runs = Stream.generate(() -> CompletableFuture.supplyAsync(ProtocolTest::run))
        .limit(6).toList();
    List<String> alone = run();
    runs.forEach(concurrent -> assertThat(concurrent.join()).isEqualTo(alone));
  }

  /** Returns all packets of a lossy transfer, with their times. */
  private static List<String> run() {
    List<String> packets = new ArrayList<>();
    try (Scenario s = Scenario.begin()) {
      var c = s.accepted(Scenario.WITH_TIMESTAMPS);
      s.write(c.sid(), 30_000);
      for (Driver.Packet p = s.next(20_000); p != null; p = s.next(20_000)) {
        packets.add(p.time() + " " + java.util.HexFormat.of().formatHex(p.bytes()));
      }
    }
    return packets;
  }

  @Test
  void warningsOnOtherThreadsAreNotReported() {
    Scenario s = Scenario.begin();
    s.tcp();
    // The session runs on another thread, so this warning is not attributed to it.
    java.util.logging.Logger.getLogger("io.reactorstack.Other").warning("a warning on another thread");
    s.bye();
    assertThat(s.error(10, args().i32(2, 1, 6))).isEqualTo(22);
    s.driver.close();
  }
}
