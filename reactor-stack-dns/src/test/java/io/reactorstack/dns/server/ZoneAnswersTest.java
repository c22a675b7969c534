package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ZoneAnswersTest {

  private final ServerBench server = new ServerBench(
      Zone.of("example.lab")
          .negativeTimeToLive(Duration.ofSeconds(9))
          .address("www", IpAddress.parse("10.0.0.3"), IpAddress.parse("2001:db8::3"))
          .timeToLive(Duration.ofSeconds(5))
          .alias("web", "www")
          .alias("away", "www.elsewhere.test.")
          .address("big", big()),
      Zone.of("sub.example.lab").address("@", IpAddress.parse("10.0.0.4")));

  @Test
  @Requirement("RFC3927-1.4-01")
  void aZoneHasNoLinkLocalAddresses() {
    Zone zone = Zone.of("example.lab");
    IpAddress address = IpAddress.parse("169.254.7.7");
    assertThatThrownBy(() -> zone.address("printer", address)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the link-local address 169.254.7.7 cannot be in the DNS");
  }

  private static IpAddress[] big() {
    IpAddress[] addresses = new IpAddress[60];
    for (int i = 0; i < addresses.length; i++) {
      addresses[i] = IpAddress.parse("10.1.0." + i);
    }
    return addresses;
  }

  private Message ask(Message query) {
    return server.ask(query);
  }

  private Message ask(String name, int type) {
    return server.ask(name, type);
  }

  @Test
  void answersWithAuthority() {
    Message answer = ask("www.example.lab.", Type.A);
    assertThat(answer.getHeader().getID()).isEqualTo(4711);
    assertThat(answer.getHeader().getFlag(Flags.QR)).isTrue();
    assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
    assertThat(answer.getHeader().getFlag(Flags.RD)).isTrue();
    assertThat(answer.getHeader().getFlag(Flags.RA)).isFalse();
    assertThat(answer.getSection(Section.ANSWER)).hasSize(1)
        .first().hasToString("www.example.lab.\t60\tIN\tA\t10.0.0.3");
    assertThat(ask("WWW.example.LAB.", Type.AAAA).getSection(Section.ANSWER)).hasSize(1);
    assertThat(ask("sub.example.lab.", Type.A).getSection(Section.ANSWER)).as("the closest zone").hasSize(1);
  }

  @Test
  void negativeAnswersCarryTheSoa() {
    Message none = ask("nobody.example.lab.", Type.A);
    assertThat(none.getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(none.getSection(Section.AUTHORITY)).hasSize(1).first().isInstanceOf(SOARecord.class);
    assertThat(((SOARecord) none.getSection(Section.AUTHORITY).getFirst()).getMinimum()).isEqualTo(9);
    Message empty = ask("www.example.lab.", Type.TXT);
    assertThat(empty.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(empty.getSection(Section.ANSWER)).isEmpty();
    assertThat(empty.getSection(Section.AUTHORITY)).hasSize(1);
  }

  @Test
  void refusesQueriesThatItDoesNotServe() {
    assertThat(ask("www.elsewhere.test.", Type.A).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(ask(ServerBench.query("www.example.lab.", Type.A, DClass.CH)).getRcode()).isEqualTo(Rcode.REFUSED);
    Message notify = ServerBench.query("www.example.lab.", Type.A, DClass.IN);
    notify.getHeader().setOpcode(Opcode.NOTIFY);
    assertThat(ask(notify).getRcode()).isEqualTo(Rcode.NOTIMP);
  }

  @Test
  void followsAliasesWithinItsZones() {
    assertThat(ask("web.example.lab.", Type.A).getSection(Section.ANSWER)).hasSize(2);
    assertThat(ask("away.example.lab.", Type.A).getSection(Section.ANSWER)).hasSize(1);
    ServerBench loop = new ServerBench(Zone.of("lab").alias("a", "b").alias("b", "a"));
    Message answer = loop.ask("a.lab.", Type.A);
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answer.getSection(Section.ANSWER)).as("each alias once").hasSize(2);
  }

  @Test
  @Requirement({"RFC1035-4.2.1-01", "RFC2181-5.1-01", "RFC6891-6.2.3-01"})
  void truncatesAnswersThatDoNotFitADatagram() {
    Message query = ServerBench.query("big.example.lab.", Type.A, DClass.IN);
    byte[] udp = server.answers.overUdp(query.toWire(), ServerBench.CLIENT);
    assertThat(udp).hasSizeLessThanOrEqualTo(512);
    assertThat(ServerBench.parse(udp).getHeader().getFlag(Flags.TC)).isTrue();
    Message tcp = server.askOverTcp(query);
    assertThat(tcp.getHeader().getFlag(Flags.TC)).isFalse();
    assertThat(tcp.getSection(Section.ANSWER)).hasSize(60);

    query.addRecord(new OPTRecord(100, 0, 0), Section.ADDITIONAL);
    assertThat(server.ask(query).getHeader().getFlag(Flags.TC)).as("100 counts as 512").isTrue();
    query.removeAllRecords(Section.ADDITIONAL);
    query.addRecord(new OPTRecord(4096, 0, 0), Section.ADDITIONAL);
    Message large = server.ask(query);
    assertThat(large.getHeader().getFlag(Flags.TC)).isFalse();
    assertThat(large.getOPT().getPayloadSize()).isEqualTo(1232);
  }

  @Test
  @Requirement("RFC9619-4-03")
  void rejectsInvalidQueries() {
    Message two = ServerBench.query("www.example.lab.", Type.A, DClass.IN);
    two.addRecord(two.getQuestion(), Section.QUESTION);
    assertThat(ask(two).getRcode()).isEqualTo(Rcode.FORMERR);
    byte[] cut = java.util.Arrays.copyOf(ServerBench.query("www.example.lab.", Type.A, DClass.IN).toWire(), 20);
    assertThat(ServerBench.parse(server.answers.overUdp(cut, ServerBench.CLIENT)).getRcode()).isEqualTo(Rcode.FORMERR);
    Message version1 = ServerBench.query("www.example.lab.", Type.A, DClass.IN);
    version1.addRecord(new OPTRecord(1232, 0, 1), Section.ADDITIONAL);
    assertThat(ask(version1).getRcode()).isEqualTo(Rcode.BADVERS);
  }

  @Test
  void doesNotAnswerResponsesOrIncompleteHeaders() {
    Message answer = ServerBench.query("www.example.lab.", Type.A, DClass.IN);
    answer.getHeader().setFlag(Flags.QR);
    assertThat(server.answers.overUdp(answer.toWire(), ServerBench.CLIENT)).isNull();
    assertThat(server.answers.overTcp(answer.toWire(), ServerBench.CLIENT)).isNull();
    assertThat(server.answers.overUdp(new byte[11], ServerBench.CLIENT)).isNull();
  }

  @Test
  void survivesAnyOctets() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Consumer<byte[]> serve = octets -> {
      try {
        server.answers.overUdp(octets, ServerBench.CLIENT);
        server.answers.overTcp(octets, ServerBench.CLIENT);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    };
    for (int i = 0; i < 20_000; i++) {
      byte[] octets = ServerBench.query("www.example.lab.", random.nextInt(300), DClass.IN).toWire();
      for (int n = random.nextInt(5); n > 0; n--) {
        octets[random.nextInt(octets.length)] = (byte) random.nextInt();
      }
      serve.accept(octets);
      byte[] noise = new byte[random.nextInt(100)];
      random.nextBytes(noise);
      serve.accept(noise);
    }
  }
}
