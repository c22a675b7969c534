package io.reactorstack.nat.engine;

import static io.reactorstack.nat.engine.NatPackets.echo;
import static io.reactorstack.nat.engine.NatPackets.echoReply;
import static io.reactorstack.nat.engine.NatPackets.error;
import static io.reactorstack.nat.engine.NatPackets.query;
import static io.reactorstack.nat.engine.NatPackets.tcp;
import static io.reactorstack.nat.engine.NatPackets.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.nat.NatFiltering;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.NatTimeouts;
import io.reactorstack.nat.engine.NatVerdict.Path;
import io.reactorstack.testing.Packets;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** ICMP through a translator (RFC 5508) on a time line. */
class NatIcmpTest {

  private static final String HOST = "10.0.0.2:5000";
  private static final String SERVER = "198.51.100.7:53";
  private static final String MAPPED = "203.0.113.1:5000";
  private static final String ROUTER = "198.51.100.254";

  private static final int UNREACHABLE = 3;
  private static final int TIME_EXCEEDED = 11;

  // ---- queries (RFC 5508 section 3)

  @Test
  @Requirement("RFC5508-REQ1-01")
  void aQueryAndItsReplyPass() {
    NatTimeline t = NatTimeline.start();
    t.out(echo("10.0.0.2:77", SERVER)).becomes(Path.OUTBOUND, "echo 203.0.113.1 > 198.51.100.7 id 77");
    t.in(echoReply(SERVER, "203.0.113.1:77")).becomes(Path.INBOUND, "reply 198.51.100.7 > 10.0.0.2 id 77");
    t.mappings("ICMP 10.0.0.2:77 > 203.0.113.1:77 ACTIVE for 60 s").end();
  }

  @Test
  @Requirement("RFC5508-REQ1-02")
  void theIdentifierDoesNotDependOnTheDestination() {
    NatTimeline t = NatTimeline.start();
    t.out(echo("10.0.0.1:77", SERVER)).becomes("echo 203.0.113.1 > 198.51.100.7 id 77");
    t.out(echo("10.0.0.2:77", SERVER));
    int identifier = Packets.getShort(t.translated(), 24);
    assertThat(identifier).isNotEqualTo(77);
    t.out(echo("10.0.0.2:77", "192.0.2.1:0")).becomes("echo 203.0.113.1 > 192.0.2.1 id " + identifier);
    t.in(echoReply("192.0.2.1:0", "203.0.113.1:" + identifier)).becomes("reply 192.0.2.1 > 10.0.0.2 id 77");
    t.mappingCount(2);
  }

  @Test
  @Requirement({"RFC5508-REQ2-01", "RFC7857-11-01"})
  void aSessionLivesForAMinuteAndTheMappingEndsWithTheLastOne() {
    NatTimeline t = NatTimeline.start();
    t.out(echo("10.0.0.2:77", SERVER)).translated();
    t.at(30).out(echo("10.0.0.2:77", "192.0.2.1:0")).translated();
    t.at(59.9).in(echoReply(SERVER, "203.0.113.1:77")).becomes("reply 198.51.100.7 > 10.0.0.2 id 77");
    t.at(60).in(echoReply(SERVER, "203.0.113.1:77")).refused(NatDrop.FILTERED).mappingCount(1);
    t.at(90).mappingCount(0).in(echoReply(SERVER, "203.0.113.1:77")).refused(NatDrop.NO_MAPPING);
  }

  @Test
  @Requirement("RFC5508-REQ2-02")
  void theLifetimeIsASetting() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withTimeouts(
        NatTimeouts.DEFAULT.withIcmp(Duration.ofSeconds(90))));
    t.out(echo("10.0.0.2:77", SERVER)).translated();
    t.at(89.9).mappingCount(1).at(90).mappingCount(0);
  }

  @Test
  void repliesPassTheFilterOfTheMapping() {
    NatTimeline t = NatTimeline.start();
    t.out(echo("10.0.0.2:77", SERVER)).translated();
    t.in(echoReply("198.51.100.8:0", "203.0.113.1:77")).refused(NatDrop.FILTERED);
    t = NatTimeline.start(NatSettings.DEFAULT.withFiltering(NatFiltering.ENDPOINT_INDEPENDENT));
    t.out(echo("10.0.0.2:77", SERVER)).translated();
    t.in(echoReply("198.51.100.8:0", "203.0.113.1:77")).becomes("reply 198.51.100.8 > 10.0.0.2 id 77");
  }

  @Test
  void anIdentifierMayHaveAnyValue() {
    NatTimeline t = NatTimeline.start();
    t.out(echo("10.0.0.2:0", SERVER)).becomes("echo 203.0.113.1 > 198.51.100.7 id 0");
    t.out(echo("10.0.0.2:65535", SERVER)).becomes("echo 203.0.113.1 > 198.51.100.7 id 65535");
    Set<Integer> identifiers = new HashSet<>();
    for (int host = 3; host < 60; host++) {
      t.out(echo("10.0.0." + host + ":0", SERVER));
      identifiers.add(Packets.getShort(t.translated(), 24));
    }
    assertThat(identifiers).hasSize(57).doesNotContain(0).anyMatch(id -> id < 1024 || id > 32_768);
  }

  @Test
  @Requirement("RFC5508-REQ10-04")
  void timestampsPass() {
    NatTimeline t = NatTimeline.start();
    t.out(query(13, HOST, SERVER, 9)).becomes("icmp 13 203.0.113.1 > 198.51.100.7 id 9");
    t.in(query(14, SERVER, MAPPED, 9)).becomes("icmp 14 198.51.100.7 > 10.0.0.2 id 9");
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5, 9, 10, 15, 16, 17, 18, 30})
  @Requirement({"RFC5508-REQ10-05", "RFC5508-REQ11-01"})
  void otherMessagesDoNotLeave(int type) {
    NatTimeline t = NatTimeline.start();
    t.out(query(type, HOST, SERVER, 9)).refused(NatDrop.UNSUPPORTED_ICMP).mappingCount(0);
    t.in(query(type, SERVER, MAPPED, 9)).passes();
  }

  @Test
  void aReplyFromInsideHasNoQueryThatItCouldAnswer() {
    NatTimeline.start().out(echoReply(HOST, SERVER)).refused(NatDrop.NO_MAPPING);
  }

  @Test
  void theTranslatorsOwnHostAnswersQueriesAndReceivesItsReplies() {
    NatTimeline t = NatTimeline.start();
    t.in(echo(SERVER, "203.0.113.1:0")).passes();
    t.out(echo(HOST, "203.0.113.1:0")).passes();
    t.in(echoReply(SERVER, "203.0.113.1:77")).refused(NatDrop.NO_MAPPING);
    t.sockets.add("ICMP 203.0.113.1:77");
    t.in(echoReply(SERVER, "203.0.113.1:77")).passes();
    t.out(echo("10.0.0.2:77", SERVER));
    assertThat(Packets.getShort(t.translated(), 24)).isNotEqualTo(77);
  }

  // ---- errors from outside (RFC 5508 section 4.2.1)

  /** Sends a datagram from inside and returns it as outside hosts see it. */
  private static byte[] sent(NatTimeline t) {
    return t.out(udp(HOST, SERVER)).translated();
  }

  @Test
  @Requirement({"RFC5508-REQ4-02", "RFC5508-REQ4-04", "RFC3022-4.3-01"})
  void anErrorFromOutsideGoesToTheSenderAndQuotesItsPacket() {
    NatTimeline t = NatTimeline.start();
    byte[] before = udp(HOST, SERVER);
    t.out(before);
    byte[] quoted = t.translated();
    t.in(error(ROUTER, MAPPED, UNREACHABLE, 1, quoted)).becomes(Path.INBOUND,
        "error 3/1 198.51.100.254 > 10.0.0.2 [udp 10.0.0.2:5000 > 198.51.100.7:53]");
    assertThat(Packets.from(t.result(), 28)).isEqualTo(before);
  }

  @Test
  @Requirement({"RFC4787-REQ12-03", "RFC5382-REQ9-01"})
  void destinationUnreachableIsTranslatedForEachProtocol() {
    NatTimeline t = NatTimeline.start();
    t.in(error(SERVER, MAPPED, UNREACHABLE, 3, sent(t)))
        .becomes("error 3/3 198.51.100.7 > 10.0.0.2 [udp 10.0.0.2:5000 > 198.51.100.7:53]");
    byte[] syn = t.out(tcp(HOST, SERVER, "S")).translated();
    t.in(error(SERVER, MAPPED, UNREACHABLE, 3, syn))
        .becomes("error 3/3 198.51.100.7 > 10.0.0.2 [tcp 10.0.0.2:5000 > 198.51.100.7:53]");
    byte[] ping = t.out(echo(HOST, SERVER)).translated();
    t.in(error(SERVER, MAPPED, UNREACHABLE, 1, ping))
        .becomes("error 3/1 198.51.100.7 > 10.0.0.2 [echo 10.0.0.2 > 198.51.100.7 id 5000]");
  }

  @ParameterizedTest
  @CsvSource({"3,0", "3,4", "3,13", "11,0", "11,1", "12,0"})
  @Requirement("RFC5508-REQ4-03")
  void typeAndCodeRemain(int type, int code) {
    NatTimeline t = NatTimeline.start();
    t.in(error(ROUTER, MAPPED, type, code, sent(t))).becomes(
        "error " + type + "/" + code + " 198.51.100.254 > 10.0.0.2 [udp 10.0.0.2:5000 > 198.51.100.7:53]");
  }

  @Test
  void theMtuOfAnErrorRemains() {
    NatTimeline t = NatTimeline.start();
    t.in(NatPackets.icmp(ROUTER, MAPPED, UNREACHABLE, 4, 1280, sent(t)))
        .becomes("error 3/4 198.51.100.254 > 10.0.0.2 [udp 10.0.0.2:5000 > 198.51.100.7:53]");
    assertThat(Packets.getShort(t.result(), 26)).isEqualTo(1280);
  }

  @Test
  void aShortQuoteIsEnough() {
    NatTimeline t = NatTimeline.start();
    byte[] segment = t.out(tcp(HOST, SERVER, "S")).translated();
    t.in(error(ROUTER, MAPPED, TIME_EXCEEDED, 0, Arrays.copyOf(segment, 28)))
        .becomes("error 11/0 198.51.100.254 > 10.0.0.2 [tcp 10.0.0.2:5000 > 198.51.100.7:53]");
    assertThat(Packets.from(t.result(), 28)).isEqualTo(Arrays.copyOf(tcp(HOST, SERVER, "S"), 28));
    t.in(error(ROUTER, MAPPED, TIME_EXCEEDED, 0, Arrays.copyOf(segment, 27))).refused(NatDrop.BAD_QUOTE);
  }

  @Test
  @Requirement("RFC5508-REQ4-01")
  void anErrorAboutAnUnknownPacketIsRefused() {
    NatTimeline t = NatTimeline.start();
    sent(t);
    t.in(error(ROUTER, MAPPED, UNREACHABLE, 1, udp("203.0.113.1:5001", SERVER))).refused(NatDrop.NO_MAPPING);
    // The host has sent nothing to this address.
    t.in(error(ROUTER, MAPPED, UNREACHABLE, 1, udp(MAPPED, "198.51.100.9:53"))).refused(NatDrop.NO_MAPPING);
    t.in(error(ROUTER, MAPPED, UNREACHABLE, 1, udp(HOST, SERVER))).refused(NatDrop.BAD_QUOTE);
  }

  @Test
  void anErrorAboutAPacketOfTheTranslatorsOwnHostPasses() {
    NatTimeline t = NatTimeline.start();
    t.sockets.add("UDP 203.0.113.1:4000");
    t.in(error(ROUTER, MAPPED, UNREACHABLE, 1, udp("203.0.113.1:4000", SERVER))).passes();
  }

  @Test
  @Requirement("RFC5508-REQ3-01")
  void anErrorWithAWrongChecksumIsRefused() {
    NatTimeline t = NatTimeline.start();
    byte[] damaged = error(ROUTER, MAPPED, UNREACHABLE, 1, sent(t));
    damaged[damaged.length - 1] ^= 1;
    t.in(damaged).refused(NatDrop.BAD_ERROR);
  }

  @Test
  @Requirement({"RFC5508-REQ3-02", "RFC5508-REQ3-04"})
  void theHeaderChecksumOfTheQuoteIsVerifiedAndThatOfTheTransportIsNot() {
    NatTimeline t = NatTimeline.start();
    byte[] quoted = sent(t);
    byte[] badHeader = quoted.clone();
    badHeader[8]--;
    t.in(error(ROUTER, MAPPED, TIME_EXCEEDED, 0, badHeader)).refused(NatDrop.BAD_QUOTE);
    byte[] badTransport = quoted.clone();
    badTransport[badTransport.length - 1] ^= 1;
    t.in(error(ROUTER, MAPPED, TIME_EXCEEDED, 0, badTransport));
    byte[] error = t.translated();
    error[error.length - 1] ^= 1;
    byte[] good = Packets.from(error, 28);
    assertThat(good).isEqualTo(udp(HOST, SERVER));
  }

  @Test
  @Requirement("RFC5508-REQ3-03")
  void optionsOfTheQuotedPacketAreSkipped() {
    NatTimeline t = NatTimeline.start();
    byte[] before = NatPackets.withOptions(udp(HOST, SERVER), 1, 1, 1, 1, 1, 1, 1, 0);
    byte[] quoted = t.out(before).translated();
    t.in(error(ROUTER, MAPPED, TIME_EXCEEDED, 0, quoted))
        .becomes("error 11/0 198.51.100.254 > 10.0.0.2 [udp 10.0.0.2:5000 > 198.51.100.7:53]");
    assertThat(Packets.from(t.result(), 28)).isEqualTo(before);
  }

  @Test
  @Requirement("RFC5508-REQ3-05")
  void extensionsBehindTheQuoteAreLeftAlone() {
    NatTimeline t = NatTimeline.start();
    // The quote of 28 octets has no TCP checksum; the octets at its place belong to the extensions (RFC 4884).
    byte[] quoted = Arrays.copyOf(t.out(tcp(HOST, SERVER, "S", new byte[200])).translated(), 28);
    byte[] extensions = Packets.octets(0x20, 0, 0xaa, 0xbb, 0, 8, 1, 1, 0x12, 0x34, 0x56, 0x78);
    byte[] body = Packets.concat(quoted, extensions);
    t.in(NatPackets.icmp(ROUTER, MAPPED, TIME_EXCEEDED, 0, 7 << 16, body))
        .becomes("error 11/0 198.51.100.254 > 10.0.0.2 [tcp 10.0.0.2:5000 > 198.51.100.7:53]");
    assertThat(Packets.from(t.result(), 56)).isEqualTo(extensions);
    // Without a length the octets count as the quoted checksum.
    t.in(NatPackets.icmp(ROUTER, MAPPED, TIME_EXCEEDED, 0, 0, body)).translated();
    assertThat(Packets.from(t.result(), 56)).isNotEqualTo(extensions);
  }

  @Test
  void aQuotedDatagramWithoutAChecksumKeepsNone() {
    NatTimeline t = NatTimeline.start();
    byte[] before = NatPackets.udpWithoutChecksum(HOST, SERVER);
    byte[] quoted = t.out(before).translated();
    t.in(error(ROUTER, MAPPED, UNREACHABLE, 1, quoted)).translated();
    assertThat(Packets.from(t.result(), 28)).isEqualTo(before);
  }

  @Test
  @Requirement({"RFC4787-REQ12-01", "RFC4787-REQ12-02", "RFC5382-REQ10-01"})
  void anErrorOfAnySourceEndsNoMapping() {
    NatTimeline t = NatTimeline.start();
    byte[] datagram = sent(t);
    byte[] syn = t.out(tcp(HOST, SERVER, "S")).translated();
    for (int code = 0; code < 16; code++) {
      t.in(error("192.0.2." + (code + 1), MAPPED, UNREACHABLE, code, datagram)).translated();
      t.in(error("192.0.2." + (code + 1), MAPPED, UNREACHABLE, code, syn)).translated();
    }
    t.in(tcp(SERVER, MAPPED, "SA")).becomes("tcp 198.51.100.7:53 > 10.0.0.2:5000");
    t.in(udp(SERVER, MAPPED)).becomes("udp 198.51.100.7:53 > 10.0.0.2:5000").mappingCount(2);
  }

  @Test
  @Requirement("RFC5508-REQ6-01")
  void anErrorNeitherKeepsAQueryAliveNorEndsIt() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withRefreshFromOutside(true));
    byte[] quoted = t.out(echo("10.0.0.2:77", SERVER)).translated();
    t.at(40).in(error(ROUTER, "203.0.113.1:0", UNREACHABLE, 1, quoted)).translated();
    t.at(59.9).mappingCount(1).at(60).mappingCount(0);
  }

  @Test
  void anErrorDoesNotKeepADatagramsMappingAlive() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withRefreshFromOutside(true));
    byte[] quoted = sent(t);
    t.at(200).in(error(ROUTER, MAPPED, UNREACHABLE, 1, quoted)).translated();
    t.at(300).mappingCount(0);
  }

  // ---- errors from inside (RFC 5508 section 4.2.2)

  @Test
  @Requirement({"RFC5508-REQ5-02", "RFC5508-REQ5-03", "RFC5508-REQ5-04"})
  void anErrorFromInsideQuotesThePacketAsItsSenderHasSentIt() {
    NatTimeline t = NatTimeline.start();
    sent(t);
    byte[] before = udp(SERVER, MAPPED);
    byte[] received = t.in(before).translated();
    // A router inside sends the error, so that its source differs from the host's.
    t.out(error("10.9.9.9", SERVER, TIME_EXCEEDED, 1, received)).becomes(Path.OUTBOUND,
        "error 11/1 203.0.113.1 > 198.51.100.7 [udp 198.51.100.7:53 > 203.0.113.1:5000]");
    assertThat(Packets.from(t.result(), 28)).isEqualTo(before);
    t.out(error(HOST, SERVER, UNREACHABLE, 3, received))
        .becomes("error 3/3 203.0.113.1 > 198.51.100.7 [udp 198.51.100.7:53 > 203.0.113.1:5000]");
  }

  @Test
  void anErrorFromInsideAboutAReplyIsTranslated() {
    NatTimeline t = NatTimeline.start();
    t.out(echo("10.0.0.1:77", SERVER)).translated();
    int identifier = Packets.getShort(t.out(echo("10.0.0.2:77", SERVER)).translated(), 24);
    byte[] received = t.in(echoReply(SERVER, "203.0.113.1:" + identifier)).translated();
    t.out(error(HOST, SERVER, TIME_EXCEEDED, 1, received)).becomes(
        "error 11/1 203.0.113.1 > 198.51.100.7 [reply 198.51.100.7 > 203.0.113.1 id " + identifier + "]");
  }

  @Test
  @Requirement("RFC5508-REQ5-01")
  void anErrorFromInsideAboutAnUnknownPacketIsRefused() {
    NatTimeline t = NatTimeline.start();
    sent(t);
    t.out(error(HOST, SERVER, UNREACHABLE, 3, udp(SERVER, "10.0.0.2:5001"))).refused(NatDrop.NO_MAPPING);
    t.out(error(HOST, "198.51.100.9:0", UNREACHABLE, 3, udp("198.51.100.9:53", HOST))).refused(NatDrop.NO_MAPPING);
    t.out(error(HOST, "198.51.100.9:0", UNREACHABLE, 3, udp(SERVER, HOST))).refused(NatDrop.BAD_QUOTE);
  }

  @Test
  @Requirement("RFC7857-7.1-01")
  void anErrorFromInsideDoesNotKeepTheMappingAlive() {
    NatTimeline t = NatTimeline.start();
    sent(t);
    byte[] received = t.in(udp(SERVER, MAPPED)).translated();
    t.at(200).out(error(HOST, SERVER, UNREACHABLE, 3, received)).translated();
    t.at(300).mappingCount(0);
  }

  @Test
  void anErrorThatTheTranslatorsOwnHostSendsIsTranslated() {
    NatTimeline t = NatTimeline.start();
    sent(t);
    byte[] received = t.in(udp(SERVER, MAPPED)).translated();
    t.out(error("203.0.113.1", SERVER, UNREACHABLE, 4, received))
        .becomes("error 3/4 203.0.113.1 > 198.51.100.7 [udp 198.51.100.7:53 > 203.0.113.1:5000]");
    t.out(error("203.0.113.1", SERVER, UNREACHABLE, 4, udp(SERVER, "192.0.2.77:1"))).passes();
  }

  // ---- hairpinned errors (RFC 5508 section 5)

  @Test
  @Requirement({"RFC5508-REQ7-02", "RFC5508-REQ7-03"})
  void aHairpinnedErrorGoesToTheSenderAndQuotesItsPacket() {
    NatTimeline t = NatTimeline.start(NatSettings.DEFAULT.withFiltering(NatFiltering.ENDPOINT_INDEPENDENT));
    t.out(udp("10.0.0.3:6000", SERVER)).translated();
    byte[] before = udp(HOST, "203.0.113.1:6000");
    byte[] received = t.out(before).translated();
    t.out(error("10.0.0.3:0", "203.0.113.1:0", UNREACHABLE, 3, received)).becomes(Path.HAIRPIN,
        "error 3/3 203.0.113.1 > 10.0.0.2 [udp 10.0.0.2:5000 > 203.0.113.1:6000]");
    assertThat(Packets.from(t.result(), 28)).isEqualTo(before);
  }

  @Test
  void anErrorToTheTranslatorsOwnHostPassesOrIsRefused() {
    NatTimeline t = NatTimeline.start();
    sent(t);
    t.sockets.add("UDP 203.0.113.1:4000");
    t.out(error(HOST, MAPPED, UNREACHABLE, 3, udp("203.0.113.1:4000", HOST))).passes();
    t.out(error(HOST, MAPPED, UNREACHABLE, 3, udp("203.0.113.1:4001", HOST))).refused(NatDrop.NO_MAPPING);
  }

  @Test
  void anErrorThatIsAFragmentIsRefused() {
    NatTimeline t = NatTimeline.start();
    byte[] error = error(ROUTER, MAPPED, UNREACHABLE, 1, sent(t));
    t.in(NatPackets.fragments(error, 5, 32).getFirst()).refused(NatDrop.BAD_ERROR);
  }
}
