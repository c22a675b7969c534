package io.reactorstack.dns;

import static io.reactorstack.dns.FakeServers.a;
import static io.reactorstack.dns.FakeServers.answering;
import static io.reactorstack.dns.ResolverBench.S1;
import static io.reactorstack.dns.ResolverBench.S2;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.FakeServers.Asked;
import io.reactorstack.dns.FakeServers.Behaviour;
import io.reactorstack.dns.ResolverBench.Result;
import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.testing.Requirement;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Section;

/** Responses that carry an error but no question, as Unbound sends them to a client that it refuses. */
class DnsBareErrorTest {

  private static final int RESPONSE = 0x81; // QR, opcode QUERY, RD
  private static final int TRUNCATED = 0x83;

  private final ResolverBench bench = new ResolverBench(S1, S2);
  private final FakeServers net = bench.net;
  private final Behaviour good = answering(
      m -> m.addRecord(a(m.getQuestion().getName().toString(), 60, "10.0.0.3"), Section.ANSWER));

  /** A query without EDNS is not repeated after an error that a server without EDNS may return. */
  @BeforeEach
  void sendNoOptRecord() {
    bench.resolver = bench.resolver.edns(false);
  }

  @AfterEach
  void noExchangeStaysOpen() {
    bench.loop.runUntilIdle(java.time.Duration.ofHours(1));
    assertThat(net.open).as("open exchanges").isZero();
  }

  /** Returns the twelve octets of a header: the query's ID, two octets of flags, and the section counts. */
  private static byte[] header(Asked query, int flags, int rcode, int questions) {
    int id = query.query().getHeader().getID();
    return new byte[] {(byte) (id >> 8), (byte) id, (byte) flags, (byte) rcode, 0, (byte) questions, 0, 0, 0, 0, 0, 0};
  }

  private static Behaviour bare(int flags, int rcode) {
    return (query, replies) -> replies.reply(header(query, flags, rcode, 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {Rcode.FORMERR, Rcode.SERVFAIL, Rcode.NOTIMP, Rcode.REFUSED, Rcode.NXDOMAIN, Rcode.YXDOMAIN,
      Rcode.NOTAUTH, 11, 15})
  @Requirement({"RFC1035-7.2-07", "RFC1035-4.1.1-03"})
  void errorWithoutQuestionEndsTheTryImmediately(int rcode) {
    net.overUdp(S1, bare(RESPONSE, rcode));
    net.overUdp(S2, good);
    long start = bench.loop.now();
    Result next = bench.resolve("www.lab");
    assertThat(next.addresses()).as("the next server answers").containsExactly("10.0.0.3");
    assertThat(next.at).as("without delay").isEqualTo(start);

    net.overUdp(S2, bare(RESPONSE, rcode));
    start = bench.loop.now();
    Result none = bench.resolve("ftp.lab");
    assertThat(none.reason()).isEqualTo(rcode == Rcode.REFUSED ? Reason.REFUSED : Reason.SERVER_FAILURE);
    assertThat(none.at).isEqualTo(start);
    assertThat(net.asked).as("a server that returned an error is not queried again").hasSize(4);
    assertThat(bench.drops.get(DnsDrop.WRONG_QUESTION)).isZero();
  }

  @Test
  void nameErrorWithoutQuestionIsAServerFailure() {
    net.overUdp(S1, bare(RESPONSE, Rcode.NXDOMAIN));
    bench.resolver = bench.resolver.servers(java.util.List.of(S1));
    assertThat(bench.resolve("www.lab").reason()).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(bench.resolve("www.lab", AddressType.AAAA).reason()).isEqualTo(Reason.SERVER_FAILURE);
    assertThat(net.asked).as("no name error is cached for all types").hasSize(2);
  }

  @Test
  void acceptsHeaderOnlyErrorWhoseCountClaimsAQuestion() {
    net.overUdp(S1, (query, replies) -> replies.reply(header(query, RESPONSE, Rcode.REFUSED, 1)));
    net.overUdp(S2, good);
    long start = bench.loop.now();
    Result result = bench.resolve("www.lab");
    assertThat(result.addresses()).containsExactly("10.0.0.3");
    assertThat(result.at).isEqualTo(start);
  }

  @Test
  void acceptsErrorWithOnlyAnOptRecord() {
    net.overUdp(S1, (query, replies) -> {
      Message error = FakeServers.response(query.query());
      error.removeAllRecords(Section.QUESTION);
      error.getHeader().setRcode(Rcode.FORMERR);
      error.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
      replies.reply(error);
    });
    net.overUdp(S2, good);
    long start = bench.loop.now();
    Result result = bench.resolve("www.lab");
    assertThat(result.addresses()).containsExactly("10.0.0.3");
    assertThat(result.at).isEqualTo(start);
  }

  @ParameterizedTest
  @ValueSource(ints = {Rcode.NOERROR, Rcode.SERVFAIL})
  @Requirement("RFC1035-4.2.1-02")
  void truncationWithoutAQuestionLeadsToTcp(int rcode) {
    net.overUdp(S1, bare(TRUNCATED, rcode));
    net.overTcp(S1, good);
    long start = bench.loop.now();
    Result result = bench.resolve("www.lab");
    assertThat(result.addresses()).containsExactly("10.0.0.3");
    assertThat(result.at).isEqualTo(start);
    assertThat(net.asked).extracting(Asked::tcp).containsExactly(false, true);
  }

  @Test
  void truncationWithinTheQuestionLeadsToTcp() {
    net.overUdp(S1, (query, replies) -> {
      byte[] whole = FakeServers.response(query.query()).toWire();
      whole[2] |= 2; // TC
      replies.reply(Arrays.copyOf(whole, whole.length - 6));
    });
    net.overTcp(S1, good);
    long start = bench.loop.now();
    Result result = bench.resolve("www.lab");
    assertThat(result.addresses()).containsExactly("10.0.0.3");
    assertThat(result.at).isEqualTo(start);
  }

  @ParameterizedTest
  @ValueSource(ints = {Rcode.SERVFAIL, Rcode.REFUSED, Rcode.NOTIMP})
  void anErrorWithoutAQuestionOverTcpEndsTheTryWithItsReason(int rcode) {
    net.overUdp(S1, bare(TRUNCATED, Rcode.NOERROR));
    net.overTcp(S1, bare(RESPONSE, rcode));
    bench.resolver = bench.resolver.servers(java.util.List.of(S1));
    long start = bench.loop.now();
    Result result = bench.resolve("www.lab");
    assertThat(result.reason()).isEqualTo(rcode == Rcode.REFUSED ? Reason.REFUSED : Reason.SERVER_FAILURE);
    assertThat(result.at).isEqualTo(start);
    assertThat(net.asked).hasSize(2);
  }

  /** A message that an off-path attacker or a broken server may send; none may end the try. */
  enum Ignored {
    NO_ERROR {
      @Override
      byte[] octets(Asked query) {
        return header(query, RESPONSE, Rcode.NOERROR, 0);
      }
    },
    NO_ERROR_WITH_ANSWER {
      @Override
      byte[] octets(Asked query) {
        Message forged = FakeServers.response(query.query());
        forged.removeAllRecords(Section.QUESTION);
        forged.addRecord(a("www.lab", 60, "6.6.6.6"), Section.ANSWER);
        return forged.toWire();
      }
    },
    ERROR_OF_ANOTHER_ID {
      @Override
      byte[] octets(Asked query) {
        byte[] octets = header(query, RESPONSE, Rcode.REFUSED, 0);
        octets[1] ^= 1;
        return octets;
      }
    },
    QUERY {
      @Override
      byte[] octets(Asked query) {
        return header(query, 0x01, Rcode.REFUSED, 0);
      }
    },
    TRUNCATED_QUERY {
      @Override
      byte[] octets(Asked query) {
        return header(query, 0x03, Rcode.NOERROR, 0);
      }
    },
    OTHER_OPCODE {
      @Override
      byte[] octets(Asked query) {
        return header(query, 0x80 | Opcode.NOTIFY << 3, Rcode.REFUSED, 0);
      }
    },
    TRUNCATED_OTHER_OPCODE {
      @Override
      byte[] octets(Asked query) {
        return header(query, 0x82 | Opcode.STATUS << 3, Rcode.NOERROR, 0);
      }
    },
    ERROR_OF_ANOTHER_QUESTION {
      @Override
      byte[] octets(Asked query) {
        Message forged = new Message(query.query().getHeader().getID());
        forged.getHeader().setFlag(Flags.QR);
        forged.getHeader().setRcode(Rcode.SERVFAIL);
        forged.addRecord(org.xbill.DNS.Record.newRecord(FakeServers.name("bank.lab"), 1, 1), Section.QUESTION);
        return forged.toWire();
      }
    },
    ELEVEN_OCTETS {
      @Override
      byte[] octets(Asked query) {
        return Arrays.copyOf(header(query, RESPONSE, Rcode.REFUSED, 0), 11);
      }
    },
    ERROR_BEFORE_GARBAGE {
      @Override
      byte[] octets(Asked query) {
        byte[] octets = Arrays.copyOf(header(query, RESPONSE, Rcode.REFUSED, 1), 20);
        Arrays.fill(octets, 12, 20, (byte) 0x7f);
        return octets;
      }
    };

    abstract byte[] octets(Asked query);
  }

  @ParameterizedTest
  @EnumSource
  @Requirement({"RFC5452-9.1-01", "RFC5452-9.1-02"})
  void ignoresMessagesThatMayBeForged(Ignored forged) {
    net.overUdp(S1, (query, replies) -> {
      replies.reply(forged.octets(query));
      good.asked(query, replies);
    });
    assertThat(bench.resolve("www.lab").addresses()).containsExactly("10.0.0.3");
    assertThat(net.asked).as("only the first server, once").hasSize(1);
    assertThat(bench.drops.snapshot().values().stream().mapToLong(n -> n).sum()).as("ignored messages").isEqualTo(1);
  }

  @Test
  void survivesRandomHeaders() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    bench.resolver = bench.resolver.cacheSize(0);
    net.overUdp(S2, good);
    for (int i = 0; i < 2_000; i++) {
      net.overUdp(S1, (query, replies) -> {
        byte[] octets = new byte[12 + random.nextInt(2) * random.nextInt(30)];
        random.nextBytes(octets);
        octets[0] = (byte) (query.query().getHeader().getID() >> 8);
        octets[1] = (byte) query.query().getHeader().getID();
        replies.reply(octets);
        good.asked(query, replies);
      });
      assertThat(bench.resolve("www.lab").addresses()).as("seed " + seed).containsExactly("10.0.0.3");
    }
  }
}
