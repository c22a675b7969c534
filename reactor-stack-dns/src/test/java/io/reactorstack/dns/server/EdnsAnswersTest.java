package io.reactorstack.dns.server;

import static io.reactorstack.dns.server.ServerBench.edns;
import static io.reactorstack.dns.server.ServerBench.query;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.CookieOption;
import org.xbill.DNS.EDNSOption;
import org.xbill.DNS.ExtendedErrorCodeOption;
import org.xbill.DNS.ExtendedFlags;
import org.xbill.DNS.GenericEDNSOption;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** EDNS of the server: the OPT record, cookies and extended errors. */
class EdnsAnswersTest {

  private static final byte[] COOKIE = {1, 2, 3, 4, 5, 6, 7, 8};

  private final ServerBench server = new ServerBench(Zone.of("lab").address("www", IpAddress.parse("10.0.0.3")));

  private static CookieOption cookie(Message answer) {
    return (CookieOption) answer.getOPT().getOptions(EDNSOption.Code.COOKIE).getFirst();
  }

  private static Integer reason(Message answer) {
    return answer.getOPT().getOptions(EDNSOption.Code.EDNS_EXTENDED_ERROR).stream()
        .map(option -> ((ExtendedErrorCodeOption) option).getErrorCode()).findFirst().orElse(null);
  }

  @Test
  void onlyAResponseToAQueryWithOptHasOne() {
    assertThat(server.ask("www.lab.", Type.A).getOPT()).isNull();
    assertThat(server.ask("www.test.", Type.A).getOPT()).isNull();
    OPTRecord opt = server.ask(edns("www.lab.", Type.A, 4096)).getOPT();
    assertThat(opt.getPayloadSize()).isEqualTo(1232);
    assertThat(opt.getOptions()).isEmpty();
    Message dnssec = query("www.lab.", Type.A);
    dnssec.addRecord(new OPTRecord(4096, 0, 0, ExtendedFlags.DO | 1), Section.ADDITIONAL);
    assertThat(server.ask(dnssec).getOPT().getFlags()).isEqualTo(ExtendedFlags.DO);
  }

  @Test
  @Requirement("RFC6891-6.1.1-06")
  void rejectsAQueryWithTwoOptRecordsOrAnOwner() {
    Message two = edns("www.lab.", Type.A, 1232);
    two.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
    assertThat(server.ask(two).getRcode()).isEqualTo(Rcode.FORMERR);
    assertThat(server.ask(two).getOPT()).as("a server without EDNS would send none").isNotNull();
    byte[] owner = edns("www.lab.", Type.A, 1232).toWire();
    byte[] named = new byte[owner.length + 1];
    int opt = owner.length - 11;
    System.arraycopy(owner, 0, named, 0, opt);
    named[opt] = (byte) 0xc0; // a pointer to the question's name, in place of the root
    named[opt + 1] = 12;
    System.arraycopy(owner, opt + 1, named, opt + 2, owner.length - opt - 1);
    assertThat(ServerBench.parse(server.answers.overUdp(named, ServerBench.CLIENT)).getRcode())
        .isEqualTo(Rcode.FORMERR);
  }

  @Test
  void aCookieIsAnsweredWithACookieOfTheServer() {
    Message answer = server.ask(edns("www.lab.", Type.A, 1232, new CookieOption(COOKIE)));
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    byte[] own = cookie(answer).getServerCookie().orElseThrow();
    assertThat(cookie(answer).getClientCookie()).isEqualTo(COOKIE);
    assertThat(own).hasSize(16);

    server.seconds += 60;
    Message again = server.ask(edns("www.lab.", Type.A, 1232, new CookieOption(COOKIE, own)));
    assertThat(cookie(again).getServerCookie()).contains(own);
    Message wrong = server.ask(edns("www.lab.", Type.A, 1232, new CookieOption(COOKIE, new byte[16])));
    assertThat(wrong.getSection(Section.ANSWER)).as("RFC 7873 section 5.2.4: processed as without it").hasSize(1);
    assertThat(cookie(wrong).getServerCookie()).get().isNotEqualTo(own).isNotEqualTo(new byte[16]);
    assertThat(cookie(server.ask(edns("none.test.", Type.A, 1232, new CookieOption(COOKIE)))).getServerCookie())
        .as("with every response code").isPresent();
    assertThat(cookie(server.askOverTcp(edns("www.lab.", Type.A, 1232, new CookieOption(COOKIE)))).getServerCookie())
        .as("over TCP too").isPresent();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 9, 15, 41, 64})
  void aCookieOfWrongLengthIsMalformed(int length) {
    Message answer = server.ask(edns("www.lab.", Type.A, 1232,
        new GenericEDNSOption(EDNSOption.Code.COOKIE, new byte[length])));
    assertThat(answer.getRcode()).as("RFC 7873 section 5.2.2").isEqualTo(Rcode.FORMERR);
    assertThat(answer.getSection(Section.ANSWER)).isEmpty();
    assertThat(answer.getOPT()).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 16, 24, 40})
  void aCookieOfAnyValidLengthIsAnswered(int length) {
    Message answer = server.ask(edns("www.lab.", Type.A, 1232,
        new GenericEDNSOption(EDNSOption.Code.COOKIE, new byte[length])));
    assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(cookie(answer).getServerCookie()).isPresent();
  }

  @Test
  void aQueryForACookieHasNoQuestion() {
    Message empty = new Message(7);
    empty.addRecord(new OPTRecord(1232, 0, 0, 0, new CookieOption(COOKIE)), Section.ADDITIONAL);
    Message answer = server.ask(empty);
    assertThat(answer.getRcode()).as("RFC 7873 section 5.4").isEqualTo(Rcode.NOERROR);
    assertThat(cookie(answer).getServerCookie()).isPresent();
    assertThat(server.ask(new Message(7)).getRcode()).isEqualTo(Rcode.FORMERR);
  }

  @Test
  void aRefusalHasAReason() {
    assertThat(reason(server.ask(edns("www.test.", Type.A, 1232))))
        .isEqualTo(ExtendedErrorCodeOption.NOT_AUTHORITATIVE);
    Message transfer = server.askOverTcp(edns("lab.", Type.AXFR, 1232));
    assertThat(transfer.getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(reason(transfer)).isEqualTo(ExtendedErrorCodeOption.NOT_SUPPORTED);
    assertThat(reason(server.ask(edns("www.lab.", Type.A, 1232)))).isNull();
  }

  @Test
  void unknownOptionsAndOpcodesAreNoFault() {
    assertThat(server.ask(edns("www.lab.", Type.A, 1232, new GenericEDNSOption(65001, new byte[9]))).getRcode())
        .isEqualTo(Rcode.NOERROR);
    Message update = edns("www.lab.", Type.A, 1232);
    update.getHeader().setOpcode(Opcode.STATUS);
    assertThat(server.ask(update).getRcode()).isEqualTo(Rcode.NOTIMP);
    assertThat(server.ask(update).getOPT()).isNotNull();
  }

  @Test
  void aTruncatedAnswerKeepsTheOptRecord() {
    ServerBench big = new ServerBench(Zone.of("lab").text("@", "x".repeat(200), "y".repeat(200), "z".repeat(200)));
    Message query = query("lab.", Type.TXT);
    query.addRecord(new OPTRecord(512, 0, 0, 0, new CookieOption(COOKIE)), Section.ADDITIONAL);
    byte[] octets = big.answers.overUdp(query.toWire(), ServerBench.CLIENT);
    assertThat(octets.length).isLessThanOrEqualTo(512);
    Message answer = ServerBench.parse(octets);
    assertThat(answer.getHeader().getFlag(org.xbill.DNS.Flags.TC)).isTrue();
    assertThat(cookie(answer).getServerCookie()).isPresent();
    Record question = answer.getQuestion();
    assertThat(question.getName()).isEqualTo(Name.fromConstantString("lab."));
  }
}
