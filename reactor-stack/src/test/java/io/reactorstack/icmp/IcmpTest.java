package io.reactorstack.icmp;

import static io.reactorstack.testing.Packets.icmp;
import static io.reactorstack.testing.Packets.ipv4;
import static io.reactorstack.testing.Packets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.ip.IpDrop;
import io.reactorstack.ip.host.RoutingTable;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import io.reactorstack.testing.TestHost;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.UdpDrop;
import io.reactorstack.wire.IcmpDefect;
import io.reactorstack.wire.Ipv4Options;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.StepVerifier;

/** ICMP on a host with a bare IP device. */
class IcmpTest {

  private static final String OWN = "10.0.0.1";
  private static final String PEER = "10.0.0.2";

  private final VirtualLoop loop = new VirtualLoop();
  private final TestHost host = TestHost.bare(loop, OWN + "/24").gateway("10.0.0.254");
  private final List<IcmpError> errors = new ArrayList<>();

  @AfterEach
  void close() {
    host.close();
  }

  @Test
  @Requirement({"RFC1122-3.2.2.6-01", "RFC1122-3.2.2.6-05", "RFC792-Echo-02"})
  void echoRequestIsAnsweredWithAllItsData() {
    for (int length : new int[] {0, 1, 7, 56, 1472}) {
      byte[] data = new byte[length];
      Arrays.fill(data, (byte) 0x5a);
      inject(PEER, OWN, 1, icmp(8, 0, 0x1234_0007, data));
      assertThat(host.device.takeSent()).containsExactly(ipv4(OWN, PEER, 1, icmp(0, 0, 0x1234_0007, data)));
    }
  }

  @Test
  @Requirement({"RFC1122-3.2.2.6-04", "RFC792-Echo-01", "RFC1122-3.3.4.2-01"})
  void echoReplyComesFromTheRequestedAddress() {
    inject(PEER, OWN, 1, icmp(8, 0, 1, new byte[56]));
    assertThat(host.device.takeSent()).containsExactly(ipv4(OWN, PEER, 1, icmp(0, 0, 1, new byte[56])));
  }

  @Test
  @Requirement("RFC792-Echo-03")
  void echoReplyHasTheIdentifierAndSequenceNumberOfTheRequest() {
    for (int word : new int[] {0, 0x1234_0007, 0xffff_ffff}) {
      inject(PEER, OWN, 1, icmp(8, 0, word, new byte[56]));
      assertThat(host.device.takeSent()).containsExactly(ipv4(OWN, PEER, 1, icmp(0, 0, word, new byte[56])));
    }
  }

  @Test
  void echoReplyHasTheCodeOfTheRequest() {
    for (int code : new int[] {1, 77, 255}) {
      inject(PEER, OWN, 1, icmp(8, code, 7, new byte[4]));
      assertThat(host.device.takeSent()).containsExactly(ipv4(OWN, PEER, 1, icmp(0, code, 7, new byte[4])));
    }
  }

  @Test
  void longEchoReplyIsFragmented() {
    byte[] echo = icmp(8, 0, 1, new byte[3000]);
    inject(PEER, OWN, 1, echo);
    List<byte[]> fragments = host.device.takeSent();
    byte[] reply = icmp(0, 0, 1, new byte[3000]);
    assertThat(Packets.concat(Packets.from(fragments.get(0), 20), Packets.from(fragments.get(1), 20),
        Packets.from(fragments.get(2), 20))).isEqualTo(reply);
  }

  @Test
  void anEchoReplyThatWasTooLongLowersThePathMtu() {
    byte[] request = icmp(8, 0, 0x1234_0007, new byte[1400]);
    inject(PEER, OWN, 1, request);
    byte[] reply = host.device.takeSent().getFirst();
    byte[] guessed = icmp(0, 0, 0x1234_0008, new byte[1400]);
    inject("10.0.0.254", OWN, 1, icmp(3, 4, 1300, Packets.from(ipv4(OWN, PEER, 1, guessed), 0)));
    assertThat(host.ip.destination(IpAddress.parse(PEER)).mtu()).as("after a report about another packet")
        .isEqualTo(1500);
    inject("10.0.0.254", OWN, 1, icmp(3, 4, 1300, reply));
    assertThat(host.ip.destination(IpAddress.parse(PEER)).mtu()).isEqualTo(1300);
    inject(PEER, OWN, 1, request);
    assertThat(host.device.takeSent()).extracting(packet -> packet.length).containsExactly(1300, 148);
  }

  @Test
  void longProbeIsFragmented() {
    List<PingReply> replies = new ArrayList<>();
    host.icmp.api().ping(IpAddress.parse(PEER), PingOptions.DEFAULT.size(3000)).ofType(PingReply.class)
        .subscribe(replies::add);
    loop.settle();
    List<byte[]> request = host.device.takeSent();
    assertThat(request).extracting(fragment -> fragment.length).containsExactly(1500, 1500, 68);
    for (byte[] fragment : request) {
      int offset = Packets.getShort(fragment, 6);
      byte[] data = Packets.from(fragment, 20);
      if (offset == 0x2000) {
        int checksum = Packets.getShort(data, 2) + 0x800;
        Packets.putShort(data, 2, (checksum & 0xffff) + (checksum >>> 16));
        data[0] = 0;
      }
      host.device.inject(Packets.fragment(PEER, OWN, 1, 9, (offset & 0x1fff) * 8, (offset & 0x2000) != 0, data));
    }
    loop.settle();
    assertThat(replies).extracting(PingReply::size).containsExactly(3000);
  }

  @Test
  @Requirement({"RFC1122-3.2.2.6-03", "RFC1122-3.2.2-07"})
  void broadcastsAndMulticastsAreNotAnswered() {
    for (String group : new String[] {"255.255.255.255", "10.0.0.255", "224.0.0.1"}) {
      assertDropped(packet(PEER, group, 1, icmp(8, 0, 1, new byte[8])), IcmpDrop.GROUP_ECHO);
      assertDropped(packet(PEER, group, 17, udp(PEER, 5, group, 9, new byte[8])), UdpDrop.NO_SOCKET);
      assertDropped(packet(PEER, group, 99, new byte[8]), IpDrop.UNKNOWN_PROTOCOL);
    }
    assertThat(host.icmp.errorsSent()).isZero();
    assertThat(host.icmp.errorsSuppressed()).isEqualTo(6);
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  void echoRepliesAreLimitedByQueueAndRate() {
    host.device.holdCredit();
    byte[] request = packet(PEER, OWN, 1, icmp(8, 0, 1, new byte[8]));
    for (int i = 0; i < 2000; i++) {
      host.device.inject(request);
    }
    loop.settle();
    int sent = host.device.takeSent().size();
    assertThat(sent + host.drops.get(IcmpDrop.ECHO_LIMIT)).isLessThanOrEqualTo(2000);
    assertThat(host.drops.get(IcmpDrop.ECHO_LIMIT)).isGreaterThanOrEqualTo(2000 - IcmpOutput.QUEUE);
  }

  @Test
  @Requirement({"RFC1122-4.1.3.1-01", "RFC1122-3.2.2.1-02"})
  void closedPortAnswersWithPortUnreachable() {
    byte[] datagram = packet(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[] {1, 2, 3}), 7, 3, 4, 0);
    host.device.inject(datagram);
    loop.settle();

    assertThat(host.device.takeSent()).containsExactly(ipv4(OWN, PEER, 1, icmp(3, 3, 0, datagram)));
    assertThat(host.drops.get(UdpDrop.NO_SOCKET)).isEqualTo(1);
  }

  @Test
  @Requirement({"RFC792-Unreachable-01", "RFC1122-3.2.2-03"})
  void errorQuotesTheDatagramUnchanged() {
    byte[] datagram = packet(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[] {1, 2, 3}), 7, 3, 4, 0);
    host.device.inject(datagram);
    loop.settle();
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(1);
    assertThat(Arrays.copyOfRange(sent.getFirst(), 28, sent.getFirst().length)).isEqualTo(datagram);
  }

  @Test
  @Requirement({"RFC792-Formats-01", "RFC1122-3.2.2-05"})
  void errorHasZeroTrafficClassAndZeroUnusedFields() {
    byte[] datagram = packet(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[] {1, 2, 3}));
    datagram[1] = 0x28;
    host.device.inject(Packets.fixIpv4(datagram, 0));
    loop.settle();
    List<byte[]> sent = host.device.takeSent();
    assertThat(sent).hasSize(1);
    assertThat(sent.getFirst()[1]).as("DSCP and ECN").isZero();
    assertThat(Arrays.copyOfRange(sent.getFirst(), 24, 28)).as("unused").containsOnly(0);
  }

  @Test
  void portZeroAnswersWithPortUnreachable() {
    byte[] datagram = packet(PEER, OWN, 17, udp(PEER, 5000, OWN, 0, new byte[] {1, 2, 3}));
    host.device.inject(datagram);
    loop.settle();
    assertThat(host.device.takeSent()).containsExactly(ipv4(OWN, PEER, 1, icmp(3, 3, 0, datagram)));

    inject(PEER, "10.0.0.255", 17, udp(PEER, 5000, "10.0.0.255", 0, new byte[0]));
    assertThat(host.device.takeSent()).as("a broadcast causes no error").isEmpty();
    assertThat(host.drops.get(UdpDrop.NO_SOCKET)).isEqualTo(2);
  }

  @Test
  @Requirement("RFC1122-3.2.2.1-01")
  void unknownProtocolAnswersWithProtocolUnreachable() {
    byte[] packet = packet(PEER, OWN, 132, new byte[40]);
    host.device.inject(packet);
    loop.settle();

    assertThat(host.device.takeSent()).containsExactly(ipv4(OWN, PEER, 1, icmp(3, 2, 0, packet)));
    assertThat(host.drops.get(IpDrop.UNKNOWN_PROTOCOL)).isEqualTo(1);
  }

  @Test
  @Requirement("RFC1122-3.2.2-02")
  void errorPacketIsLimitedTo576Octets() {
    byte[] datagram = packet(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[1400]));
    host.device.inject(datagram);
    loop.settle();
    byte[] sent = host.device.takeSent().get(0);

    assertThat(sent).hasSize(576);
    assertThat(Packets.from(sent, 28)).isEqualTo(Arrays.copyOf(datagram, 548));
  }

  @Test
  @Requirement("RFC1122-3.2.2-06")
  void errorsAreNotAnsweredWithErrors() {
    byte[] aboutNothing = icmp(3, 3, 0, packet(OWN, PEER, 17, udp(OWN, 1, PEER, 2, new byte[0])));
    for (int i = 0; i < 10; i++) {
      inject(PEER, OWN, 1, aboutNothing);
      inject(PEER, OWN, 1, icmp(4, 0, 0, new byte[28]));
    }
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  void errorsAreLimitedForEachPeerAndInTotal() {
    for (int i = 0; i < 1000; i++) {
      inject(PEER, OWN, 17, udp(PEER, 5000, OWN, 1 + i, new byte[0]));
    }
    int toOne = host.device.takeSent().size();
    assertThat(toOne).isBetween(10, 20);
    for (int i = 0; i < 3000; i++) {
      String other = "10.0." + (1 + i / 250) + "." + (1 + i % 250);
      inject(other, OWN, 17, udp(other, 5000, OWN, 9, new byte[0]));
    }
    assertThat(host.device.takeSent()).hasSizeBetween(100, 200);
    assertThat(host.icmp.errorsSent() + host.icmp.errorsSuppressed()).isEqualTo(4000);
    assertThat(host.drops.get(UdpDrop.NO_SOCKET)).isEqualTo(4000);
    loop.advance(Duration.ofSeconds(3));
    inject(PEER, OWN, 17, udp(PEER, 5000, OWN, 9, new byte[0]));
    assertThat(host.device.takeSent()).as("the token bucket is full again").hasSize(1);
  }

  @Test
  @Requirement("RFC792-Formats-03")
  void badMessagesAreDroppedByReason() {
    byte[] echo = icmp(8, 0, 1, new byte[8]);
    for (int length = 0; length < 8; length++) {
      assertDropped(packet(PEER, OWN, 1, Arrays.copyOf(echo, length)), IcmpDefect.TOO_SHORT);
    }
    for (int i = 0; i < echo.length * 8; i++) {
      byte[] flipped = echo.clone();
      flipped[i / 8] ^= (byte) (1 << i % 8);
      assertDropped(packet(PEER, OWN, 1, flipped), IcmpDefect.BAD_CHECKSUM);
    }
    assertDropped(packet(PEER, OWN, 1, icmp(0, 0, 7, new byte[20])), IcmpDrop.UNKNOWN_ECHO);
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  @Requirement({"RFC1122-3.2.2-01", "RFC1122-3.2.2.7-01"})
  void messagesOfUnknownTypeAreDropped() {
    for (int type : new int[] {1, 2, 4, 5, 6, 9, 10, 13, 14, 15, 16, 17, 18, 30, 200, 255}) {
      assertDropped(packet(PEER, OWN, 1, icmp(type, 0, 0, new byte[20])), IcmpDrop.IGNORED_TYPE);
    }
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  @Requirement({"RFC6633-3-02", "RFC6633-8-01", "RFC6633-4-01"})
  void sourceQuenchIsDroppedAndCounted() {
    host.icmp.onError(6, errors::add);
    byte[] quote = packet(OWN, "203.0.113.9", 6, new byte[20]);
    assertDropped(packet(PEER, OWN, 1, icmp(4, 0, 0, quote)), IcmpDrop.IGNORED_TYPE);
    assertThat(errors).isEmpty();
  }

  @Test
  @Requirement({"RFC1122-3.2.2.9-08", "RFC1122-3.2.2.9-10"})
  void addressMaskMessagesAreIgnored() {
    assertDropped(packet(PEER, OWN, 1, icmp(17, 0, 0, new byte[20])), IcmpDrop.IGNORED_TYPE);
    assertDropped(packet(PEER, OWN, 1, icmp(18, 0, 0, new byte[20])), IcmpDrop.IGNORED_TYPE);
    assertThat(host.device.takeSent()).isEmpty();
  }

  @Test
  @Requirement({"RFC1122-3.2.2-04", "RFC1122-3.2.2.1-03", "RFC1122-3.4-06"})
  void ipv4ErrorsGoToTheQuotedProtocol() {
    host.icmp.onError(6, errors::add);
    byte[] segment = new byte[20];
    Packets.putShort(segment, 0, 4000);
    Packets.putShort(segment, 2, 80);
    Packets.putShort(segment, 4, 0xdead);
    Packets.putShort(segment, 6, 0xbeef);
    byte[] quote = packet(OWN, "203.0.113.9", 6, segment);

    inject("10.0.0.254", OWN, 1, icmp(3, 4, 1400, quote));
    inject("10.0.0.254", OWN, 1, icmp(3, 1, 0, Arrays.copyOf(quote, 28)));
    inject("10.0.0.254", OWN, 1, icmp(11, 0, 0, quote));
    inject("10.0.0.254", OWN, 1, icmp(12, 0, 0x0600_0000, quote));
    inject("10.0.0.254", OWN, 1, icmp(3, 3, 0, quote));

    assertThat(errors)
        .extracting(IcmpError::kind)
        .containsExactly(
            IcmpError.Kind.PACKET_TOO_BIG,
            IcmpError.Kind.HOST_UNREACHABLE,
            IcmpError.Kind.HOP_LIMIT_EXCEEDED,
            IcmpError.Kind.PARAMETER_PROBLEM,
            IcmpError.Kind.PORT_UNREACHABLE);
    IcmpError tooBig = errors.get(0);
    assertThat(tooBig.mtu()).isEqualTo(1400);
    assertThat(tooBig.quote().source()).isEqualTo(host.address());
    assertThat(tooBig.quote().destination()).isEqualTo(IpAddress.parse("203.0.113.9"));
    assertThat(tooBig.reporter()).isEqualTo(IpAddress.parse("10.0.0.254"));
    assertThat(tooBig.quote().sourcePort()).isEqualTo(4000);
    assertThat(tooBig.quote().destinationPort()).isEqualTo(80);
    assertThat(tooBig.quote().secondWord()).isEqualTo(0xdeadbeef);
    assertThat(errors.get(1).quote().payload()).hasSize(8);
    assertThat(host.drops.total()).isZero();
  }

  @Test
  @Requirement("RFC1122-3.4-07")
  void errorHasTheQuotedHeaderAndAllQuotedOctets() {
    host.icmp.onError(6, errors::add);
    byte[] segment = new byte[500];
    Arrays.fill(segment, (byte) 7);
    byte[] quote = packet(OWN, "203.0.113.9", 6, segment, 7, 7, 4, 0, 0, 0, 0, 0);
    quote[1] = (byte) 0xb8;
    inject("10.0.0.254", OWN, 1, icmp(12, 1, 0x0500_0000, quote));
    assertThat(errors).singleElement().isInstanceOfSatisfying(IcmpError.ParameterProblem.class, error -> {
      assertThat(error.pointer()).isEqualTo(5);
      assertThat(error.code()).isOne();
      assertThat(error.quote().octets()).isEqualTo(quote);
      assertThat(error.quote().headers().trafficClass()).isEqualTo(0xb8);
      assertThat(error.quote().headers().length()).isEqualTo(28);
      assertThat(error.quote().payload()).isEqualTo(segment);
    });
  }

  @Test
  @Requirement({"RFC1122-3.2.2.4-01", "RFC1122-3.2.2.5-02"})
  void timeExceededAndParameterProblemAreReported() {
    host.icmp.onError(6, errors::add);
    byte[] quote = packet(OWN, "203.0.113.9", 6, new byte[20]);
    inject("10.0.0.254", OWN, 1, icmp(11, 0, 0, quote));
    inject("10.0.0.254", OWN, 1, icmp(12, 0, 0x0600_0000, quote));
    assertThat(errors).extracting(IcmpError::kind)
        .containsExactly(IcmpError.Kind.HOP_LIMIT_EXCEEDED, IcmpError.Kind.PARAMETER_PROBLEM);
  }

  @Test
  void errorsWithInvalidQuotesAreDropped() {
    host.icmp.onError(6, errors::add);
    byte[] quote = packet(OWN, PEER, 6, new byte[20]);
    for (int length = 0; length < 28; length++) {
      assertDropped(packet(PEER, OWN, 1, icmp(3, 1, 0, Arrays.copyOf(quote, length))), IcmpDrop.BAD_QUOTE);
    }
    assertDropped(packet(PEER, OWN, 1, icmp(3, 1, 0, with(quote, 0, 0x4f))), IcmpDrop.BAD_QUOTE);
    assertDropped(packet(PEER, OWN, 1, icmp(3, 1, 0, with(quote, 0, 0x44))), IcmpDrop.BAD_QUOTE);
    assertDropped(packet(PEER, OWN, 1, icmp(3, 1, 0, with(quote, 0, 0x65))), IcmpDrop.BAD_QUOTE);
    assertDropped(packet(PEER, OWN, 1, icmp(3, 1, 0, with(quote, 7, 1))), IcmpDrop.BAD_QUOTE);
    assertDropped(packet(PEER, OWN, 1, icmp(3, 77, 0, quote)), IcmpDrop.UNKNOWN_CODE);
    assertDropped(packet(PEER, OWN, 1, icmp(11, 2, 0, quote)), IcmpDrop.UNKNOWN_CODE);
    assertDropped(
        packet(PEER, OWN, 1, icmp(3, 1, 0, packet("10.0.0.3", PEER, 6, new byte[20]))), IcmpDrop.NOT_OUR_PACKET);
    assertDropped(
        packet(PEER, OWN, 1, icmp(3, 1, 0, packet(OWN, PEER, 99, new byte[20]))), IcmpDrop.UNWANTED_ERROR);
    assertThat(errors).isEmpty();
  }

  @Test
  @Requirement({"RFC4884-4-01", "RFC4884-5.4-01"})
  void extensionsAreNotPartOfTheQuote() {
    host.icmp.onError(6, errors::add);
    byte[] quote = packet(OWN, PEER, 6, new byte[8]);
    byte[] extended = Arrays.copyOf(quote, 40);
    Arrays.fill(extended, 28, 40, (byte) 0xee);
    inject(PEER, OWN, 1, icmp(11, 0, 7 << 16, extended));
    inject(PEER, OWN, 1, icmp(11, 0, 0, extended));
    inject(PEER, OWN, 1, icmp(11, 0, 200 << 16, extended));

    assertThat(errors).extracting(e -> e.quote().payload().length).containsExactly(8, 20, 20);
    assertDropped(packet(PEER, OWN, 1, icmp(11, 0, 5 << 16, extended)), IcmpDrop.BAD_QUOTE);
  }

  @Test
  void pingFailsIfItsRouteIsGoneBeforeTheDeviceTakesIt() {
    List<Throwable> failures = new ArrayList<>();
    host.icmp.api().ping(IpAddress.parse(PEER)).subscribe(reply -> {
      throw new AssertionError("a reply: " + reply);
    }, failures::add);
    host.ip.network().routes(before -> RoutingTable.EMPTY);
    loop.settle();

    assertThat(failures).singleElement().isInstanceOf(NoRouteToHostException.class).asString()
        .contains("network unreachable");
    assertThat(host.device.takeSent()).isEmpty();
    assertThat(host.drops.get(IpDrop.NO_ROUTE)).isOne();
  }

  @Test
  @Requirement({"RFC1122-3.2.2.6-02", "RFC1122-3.2.2.6-07"})
  void pingReplyHasRoundTripTimeAndTtl() {
    List<PingReply> replies = new ArrayList<>();
    host.icmp.api().ping(IpAddress.parse(PEER), PingOptions.DEFAULT.size(32).hopLimit(9))
        .ofType(PingReply.class).subscribe(replies::add);
    loop.settle();
    byte[] request = host.device.takeSent().get(0);
    assertThat(request).hasSize(60);
    assertThat(request[8]).isEqualTo((byte) 9);
    loop.advance(Duration.ofMillis(37));

    byte[] reply = Packets.from(request, 20);
    reply[0] = 0;
    byte[] forged = reply.clone();
    forged[12] ^= 1;
    injectFixed(PEER, forged);
    injectFixed("10.0.0.3", reply);
    assertThat(replies).as("other data, other host").isEmpty();
    injectFixed(PEER, reply);
    assertThat(replies)
        .containsExactly(new PingReply(
            IpAddress.parse(PEER), 0, Duration.ofMillis(37), 64, 32, Ipv4Options.NONE, false));
    injectFixed(PEER, reply);
    assertThat(host.drops.get(IcmpDrop.UNKNOWN_ECHO)).isEqualTo(3);
  }

  @Test
  void pingsFailWithTheReason() {
    StepVerifier.create(host.icmp.api().ping(IpAddress.parse(PEER), PingOptions.DEFAULT.size(1473).dontFragment(true)))
        .assertNext(result -> assertThat(result).isInstanceOfSatisfying(PingResult.Failed.class,
            failed -> assertThat(failed.failure())
                .isEqualTo(new DeliveryFailure.Unsent(Rejection.tooBig(1500), IpAddress.parse(OWN)))))
        .verifyComplete();
    StepVerifier.create(host.icmp.api().ping(IpAddress.parse("2001:db8::1")))
        .expectError(NoRouteToHostException.class)
        .verify();
    List<Throwable> failures = new ArrayList<>();
    host.icmp.api().ping(IpAddress.parse("203.0.113.9")).subscribe(r -> {}, failures::add);
    loop.settle();
    byte[] request = host.device.takeSent().get(0);
    inject("10.0.0.254", OWN, 1, icmp(11, 0, 0, Arrays.copyOf(request, 28)));
    assertThat(failures.get(0)).isInstanceOf(NoRouteToHostException.class).hasMessageContaining("10.0.0.254");

    host.icmp.api().ping(IpAddress.parse(PEER)).subscribe(r -> {}, failures::add);
    loop.advance(Duration.ofMillis(999));
    assertThat(failures).hasSize(1);
    loop.advance(Duration.ofMillis(1));
    assertThat(failures.get(1)).isInstanceOf(TimeoutException.class);
  }

  @Test
  void lostProbeLeavesAGapInTheSequence() {
    List<PingReply> replies = new ArrayList<>();
    host.icmp.api().ping(IpAddress.parse(PEER), PingOptions.DEFAULT.count(3)).ofType(PingReply.class)
        .subscribe(replies::add);
    for (int second = 0; second < 5; second++) {
      loop.settle();
      for (byte[] request : host.device.takeSent()) {
        if (request[27] != 1) {
          byte[] reply = Packets.from(request, 20);
          reply[0] = 0;
          injectFixed(PEER, reply);
        }
      }
      loop.advance(Duration.ofSeconds(1));
    }
    assertThat(replies).extracting(PingReply::sequence).containsExactly(0, 2);
  }

  @Test
  void outstandingPingsAreLimitedAndACancelledOneIsRemoved() {
    List<Throwable> failures = new ArrayList<>();
    List<reactor.core.Disposable> pings = new ArrayList<>();
    for (int i = 0; i < Pings.UNDER_WAY; i++) {
      loop.settle();
      pings.add(host.icmp.api().ping(IpAddress.parse(PEER)).subscribe(r -> {}, failures::add));
    }
    host.icmp.api().ping(IpAddress.parse(PEER)).subscribe(r -> {}, failures::add);
    loop.settle();
    assertThat(failures).hasSize(1);
    pings.forEach(reactor.core.Disposable::dispose);
    host.icmp.api().ping(IpAddress.parse(PEER)).subscribe(r -> {}, failures::add);
    loop.settle();
    assertThat(failures).hasSize(1);
    host.icmp.close();
    loop.settle();
    assertThat(failures.get(1)).hasMessage("Network stack stopped");
  }

  private void inject(String source, String destination, int protocol, byte[] payload) {
    host.device.inject(packet(source, destination, protocol, payload));
    loop.settle();
  }

  private void injectFixed(String source, byte[] message) {
    Packets.putShort(message, 2, 0);
    Packets.putShort(message, 2, Packets.checksum(message, 0, message.length, 0));
    inject(source, OWN, 1, message);
  }

  private static byte[] packet(String source, String destination, int protocol, byte[] payload, int... options) {
    return ipv4(source, destination, protocol, payload, options);
  }

  private void assertDropped(byte[] bytes, DropReason reason) {
    long before = host.drops.get(reason);
    long all = host.drops.total();
    ByteBuf buffer = Unpooled.directBuffer().writeBytes(bytes);
    host.device.inject(buffer);
    assertThat(host.drops.get(reason)).as(reason.name() + " in " + host.drops).isEqualTo(before + 1);
    assertThat(host.drops.total()).isEqualTo(all + 1);
    assertThat(buffer.refCnt()).isZero();
    loop.settle();
  }

  private static byte[] with(byte[] bytes, int index, int value) {
    byte[] changed = bytes.clone();
    changed[index] = (byte) value;
    return changed;
  }
}
