package io.reactorstack.icmp;

import static io.reactorstack.testing.Packets.concat;
import static io.reactorstack.testing.Packets.icmpv6;
import static io.reactorstack.testing.Packets.ipv6;
import static io.reactorstack.testing.Packets.octets;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.IcmpDefect;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.UdpDefect;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** ICMPv6 on a host with a bare IP device. */
class Icmpv6Test {

  private static final String OWN = "2001:db8::1";
  private static final String PEER = "2001:db8::2";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/64").gateway("2001:db8::fe");
  private final List<IcmpError> errors = new ArrayList<>();

  Icmpv6Test() {
    host.icmp.onError(IpProtocol.TCP, errors::add);
  }

  @AfterEach
  void close() {
    host.close();
  }

  private List<byte[]> answers(byte[] packet) {
    host.device.inject(packet);
    loop.settle();
    List<byte[]> sent = host.device.takeSent();
    // The flow label is random and not compared.
    sent.forEach(bytes -> {
      bytes[1] &= (byte) 0xf0;
      bytes[2] = 0;
      bytes[3] = 0;
    });
    return sent;
  }

  private static byte[] echo(String source, String destination, int type, byte[] data) {
    return ipv6(source, destination, 58, icmpv6(source, destination, type, 0, 0x1234_0007, data));
  }

  private static byte[] error(int type, int code, int rest, byte[] about) {
    return ipv6(OWN, PEER, 58, icmpv6(OWN, PEER, type, code, rest, about));
  }

  @Test
  @Requirement({"RFC4443-4.1-01", "RFC4443-4.2-01", "RFC4443-4.2-06"})
  void echoRequestIsAnsweredWithAllItsData() {
    for (int length : new int[] {0, 1, 7, 56, 1452}) {
      byte[] data = new byte[length];
      Arrays.fill(data, (byte) 0x5a);
      assertThat(answers(echo(PEER, OWN, 128, data))).containsExactly(echo(OWN, PEER, 129, data));
    }
  }

  @Test
  @Requirement({"RFC4443-4.2-03", "RFC4443-2.2-01", "RFC4443-2.2-02"})
  void echoReplyComesFromTheRequestedAddress() {
    assertThat(answers(echo(PEER, OWN, 128, new byte[56]))).containsExactly(echo(OWN, PEER, 129, new byte[56]));
  }

  @Test
  @Requirement({"RFC4443-4.2-04", "RFC4443-4.2-05", "RFC4443-2.2-03"})
  void multicastEchoIsAnsweredFromTheHostsAddress() {
    for (String group : new String[] {"ff02::1", "ff02::1:ff00:1"}) {
      assertThat(answers(echo(PEER, group, 128, new byte[8]))).containsExactly(echo(OWN, PEER, 129, new byte[8]));
    }
  }

  @Test
  @Requirement({"RFC4443-2.3-01", "RFC4443-2.4-02"})
  void badAndUnknownMessagesAreDropped() {
    byte[] bad = echo(PEER, OWN, 128, new byte[8]);
    bad[50]++;
    assertThat(answers(bad)).isEmpty();
    assertThat(host.drops.get(IcmpDefect.BAD_CHECKSUM)).isEqualTo(1);
    assertThat(answers(ipv6(PEER, OWN, 58, new byte[7]))).isEmpty();
    assertThat(host.drops.get(IcmpDefect.TOO_SHORT)).isEqualTo(1);
    assertThat(answers(echo(PEER, OWN, 200, new byte[8]))).isEmpty();
    assertThat(host.drops.get(IcmpDrop.IGNORED_TYPE)).isEqualTo(1);
    // ICMP for IPv4 is not valid in an IPv6 packet.
    assertThat(answers(ipv6(PEER, OWN, 1, octets(8, 0, 0xf7, 0xff, 0, 0, 0, 0)))).isEmpty();
    assertThat(host.drops.get(IcmpDrop.IGNORED_TYPE)).isEqualTo(2);
  }

  @Test
  @Requirement({"RFC4443-3.1-04", "RFC4443-2.4-03", "RFC4443-2-01"})
  void closedPortAnswersWithPortUnreachable() {
    byte[] small = ipv6(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[] {1, 2, 3}));
    assertThat(answers(small)).containsExactly(error(1, 4, 0, small));
    byte[] large = ipv6(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[1400]));
    List<byte[]> answer = answers(large);
    assertThat(answer).containsExactly(error(1, 4, 0, Arrays.copyOf(large, 1280 - 48)));
    assertThat(answer.getFirst()).hasSize(1280);
  }

  @Test
  @Requirement({"RFC8200-4-03", "RFC4443-3.4-01", "RFC4443-3.4-02"})
  void errorPointsToTheUnknownNextHeaderField() {
    byte[] plain = ipv6(PEER, OWN, 132, new byte[20]);
    assertThat(answers(plain)).containsExactly(error(4, 1, 6, plain));
    byte[] behindOptions = ipv6(PEER, OWN, 60, concat(octets(132, 0, 1, 4, 0, 0, 0, 0), new byte[20]));
    assertThat(answers(behindOptions)).containsExactly(error(4, 1, 40, behindOptions));
    byte[] option = ipv6(PEER, OWN, 0, octets(17, 0, 0x9e, 4, 0, 0, 0, 0));
    assertThat(answers(option)).containsExactly(error(4, 2, 42, option));
    byte[] route = ipv6(PEER, OWN, 43, octets(17, 0, 0, 1, 0, 0, 0, 0));
    assertThat(answers(route)).containsExactly(error(4, 0, 42, route));
  }

  @Test
  @Requirement({"RFC4443-2.4-05", "RFC4443-2.4-07", "RFC4443-2.4-10"})
  void errorsAndMulticastsAreNeverAnsweredWithErrors() {
    byte[] quoted = ipv6(OWN, PEER, 60, octets(17, 0, 1, 4, 0, 0, 0, 0));
    // Errors, known and unknown, in packets with an unknown option.
    for (int type : new int[] {1, 4, 100}) {
      byte[] message = icmpv6(PEER, OWN, type, 0, 0, quoted);
      assertThat(answers(ipv6(PEER, OWN, 60, concat(octets(58, 0, 0x9e, 4, 0, 0, 0, 0), message)))).isEmpty();
    }
    assertThat(answers(ipv6(PEER, "ff02::1", 17, udp(PEER, 5, "ff02::1", 9, new byte[8])))).isEmpty();
    assertThat(answers(ipv6(PEER, "ff02::1", 132, new byte[8]))).isEmpty();
    assertThat(answers(ipv6("::", "ff02::1", 60, octets(17, 0, 0x9e, 4, 0, 0, 0, 0)))).isEmpty();
    // The exception: an unknown option that requires an error even for a multicast.
    assertThat(answers(ipv6(PEER, "ff02::1", 60, octets(17, 0, 0x9e, 4, 0, 0, 0, 0)))).hasSize(1);
  }

  @Test
  @Requirement({"RFC4443-2.4-11", "RFC4443-2.4-12"})
  void errorsAreLimited() {
    byte[] stray = ipv6(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[8]));
    int sent = 0;
    for (int i = 0; i < 1000; i++) {
      sent += answers(stray).size();
    }
    assertThat(sent).isBetween(5, 50);
    loop.advance(Duration.ofSeconds(10));
    assertThat(answers(stray)).hasSize(1);
  }

  @Test
  @Requirement("RFC4443-2.4-13")
  void rateLimitsOfErrorsAreSettings() {
    IcmpSettings settings = IcmpSettings.DEFAULTS.withErrorRate(4, 3).withErrorRateToOne(2, 1);
    TestHost limited = TestHost.bare(loop, OWN + "/64", settings);
    int toOne = 0;
    int toAll = 0;
    for (int i = 0; i < 10; i++) {
      limited.device.inject(ipv6(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[8])));
      loop.settle();
      toOne += limited.device.takeSent().size();
    }
    assertThat(toOne).as("burst to one receiver").isOne();
    for (int i = 0; i < 10; i++) {
      String other = "2001:db8::10" + i;
      limited.device.inject(ipv6(other, OWN, 17, udp(other, 5000, OWN, 9, new byte[8])));
      loop.settle();
      toAll += limited.device.takeSent().size();
    }
    assertThat(toAll).as("burst to all").isBetween(1, 2);
    loop.advance(Duration.ofMillis(500));
    limited.device.inject(ipv6(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[8])));
    loop.settle();
    assertThat(limited.device.takeSent()).as("half a second later, at two a second").hasSize(1);
    limited.close();
  }

  @Test
  @Requirement("RFC4443-3.1-05")
  void unreachablesCanBeSwitchedOff() {
    TestHost silent = TestHost.bare(loop, OWN + "/64", IcmpSettings.DEFAULTS.withUnreachables(false));
    silent.device.inject(ipv6(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[8])));
    loop.settle();
    assertThat(silent.device.takeSent()).isEmpty();
    byte[] option = ipv6(PEER, OWN, 0, octets(17, 0, 0x9e, 4, 0, 0, 0, 0));
    silent.device.inject(option);
    loop.settle();
    assertThat(silent.device.takeSent()).as("other errors are sent").hasSize(1);
    silent.close();
  }

  @Test
  @Requirement({"RFC4443-2.4-01", "RFC4443-2.4-04", "RFC4443-3.1-06"})
  void errorsGoToTheQuotedProtocol() {
    byte[] segment = new byte[20];
    new Random(6).nextBytes(segment);
    byte[] direct = ipv6(OWN, "2001:db8:9::9", 6, segment);
    byte[] behindOptions = ipv6(OWN, "2001:db8:9::9", 60, concat(octets(6, 0, 1, 4, 0, 0, 0, 0), segment));
    for (byte[] quoted : List.of(direct, behindOptions)) {
      for (int[] c : new int[][] {{1, 0}, {1, 1}, {1, 3}, {1, 4}, {2, 0}, {3, 0}, {3, 1}, {4, 0}, {4, 1}, {77, 0}}) {
        answers(ipv6(PEER, OWN, 58, icmpv6(PEER, OWN, c[0], c[1], 1400, quoted)));
      }
      assertThat(errors).extracting(IcmpError::kind).containsExactly(
          IcmpError.Kind.NETWORK_UNREACHABLE,
          IcmpError.Kind.PROHIBITED,
          IcmpError.Kind.HOST_UNREACHABLE,
          IcmpError.Kind.PORT_UNREACHABLE,
          IcmpError.Kind.PACKET_TOO_BIG,
          IcmpError.Kind.HOP_LIMIT_EXCEEDED,
          IcmpError.Kind.REASSEMBLY_TIME_EXCEEDED,
          IcmpError.Kind.PARAMETER_PROBLEM,
          IcmpError.Kind.PROTOCOL_UNREACHABLE,
          IcmpError.Kind.PARAMETER_PROBLEM);
      assertThat(errors).allSatisfy(error -> {
        assertThat(error.quote().payload()).isEqualTo(segment);
        assertThat(error.quote().destination()).isEqualTo(IpAddress.parse("2001:db8:9::9"));
        assertThat(error.mtu()).isEqualTo(error.kind() == IcmpError.Kind.PACKET_TOO_BIG ? 1400 : 0);
      });
      errors.clear();
    }
  }

  @Test
  @Requirement({"RFC4443-3.2-02", "RFC4443-3.3-02", "RFC4443-3.4-03"})
  void packetTooBigTimeExceededAndParameterProblemReachTheSender() {
    byte[] quoted = ipv6(OWN, "2001:db8:9::9", 6, new byte[20]);
    for (int type : new int[] {2, 3, 4}) {
      answers(ipv6(PEER, OWN, 58, icmpv6(PEER, OWN, type, 0, 1400, quoted)));
    }
    assertThat(errors).extracting(IcmpError::kind).containsExactly(IcmpError.Kind.PACKET_TOO_BIG,
        IcmpError.Kind.HOP_LIMIT_EXCEEDED, IcmpError.Kind.PARAMETER_PROBLEM);
  }

  @Test
  @Requirement("RFC4443-2.4-04")
  void quotesOfForeignPacketsAreDropped() {
    for (byte[] quoted : List.of(new byte[0], new byte[39], ipv6(OWN, PEER, 6, new byte[7]),
        ipv6(OWN, PEER, 44, octets(6, 0, 0, 8, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8)))) {
      answers(ipv6(PEER, OWN, 58, icmpv6(PEER, OWN, 1, 0, 0, quoted)));
    }
    assertThat(host.drops.get(IcmpDrop.BAD_QUOTE)).isEqualTo(4);
    answers(ipv6(PEER, OWN, 58, icmpv6(PEER, OWN, 1, 0, 0, ipv6(PEER, OWN, 6, new byte[20]))));
    assertThat(host.drops.get(IcmpDrop.NOT_OUR_PACKET)).isEqualTo(1);
    assertThat(errors).isEmpty();
  }

  @Test
  @Requirement({"RFC4443-4.1-02", "RFC4443-4.2-02", "RFC4443-4.2-07"})
  void pingsEndWithAReplyOrAnError() {
    StepVerifier.create(host.icmp.api().ping(IpAddress.parse(PEER)))
        .then(() -> {
          loop.settle();
          byte[] request = host.device.takeSent().getFirst();
          byte[] data = Arrays.copyOfRange(request, 48, request.length);
          int key = (request[44] & 0xff) << 24 | (request[45] & 0xff) << 16;
          answers(ipv6(PEER, OWN, 58, icmpv6(PEER, OWN, 129, 0, key, data)));
        })
        .assertNext(reply -> assertThat(reply.from()).isEqualTo(IpAddress.parse(PEER)))
        .verifyComplete();
    StepVerifier.create(host.icmp.api().ping(IpAddress.parse(PEER)))
        .then(() -> {
          loop.settle();
          byte[] request = host.device.takeSent().getFirst();
          answers(ipv6(PEER, OWN, 58, icmpv6(PEER, OWN, 1, 3, 0, request)));
        })
        .verifyError(NoRouteToHostException.class);
  }

  @Test
  @Requirement({"RFC8200-8.1-04", "RFC8200-8.1-05"})
  void datagramWithoutChecksumIsDropped() {
    byte[] datagram = udp(PEER, 5000, OWN, 9, new byte[8]);
    datagram[6] = 0;
    datagram[7] = 0;
    assertThat(answers(ipv6(PEER, OWN, 17, datagram))).isEmpty();
    assertThat(host.drops.get(UdpDefect.BAD_CHECKSUM)).isEqualTo(1);
  }
}
