package io.reactorstack.dns;

import static io.reactorstack.dns.FakeServers.a;
import static io.reactorstack.dns.FakeServers.cname;
import static io.reactorstack.dns.FakeServers.soa;
import static io.reactorstack.dns.ResolverBench.S1;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.outcome.DnsDrop;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** Malformed and manipulated answers: the resolver throws no exception, each try ends, and no exchange stays open. */
class DnsFuzzTest {

  private final ResolverBench bench = new ResolverBench(S1);

  /** Resolves {@code host}; the server answers with a good answer that {@code lie} has modified. */
  private ResolverBench.Result ask(String host, UnaryOperator<byte[]> lie) {
    bench.resolver = bench.resolver.retries(0).queryTimeout(Duration.ofSeconds(1));
    bench.net.overUdp(S1, (query, replies) -> {
      Message answer = FakeServers.response(query.query());
      answer.addRecord(cname("www.example.lab", 60, "web.example.lab"), Section.ANSWER);
      answer.addRecord(a("web.example.lab", 60, "10.0.0.3"), Section.ANSWER);
      answer.addRecord(soa("example.lab", 60, 60), Section.AUTHORITY);
      replies.reply(lie.apply(answer.toWire()));
    });
    bench.net.overTcp(S1, (query, replies) -> replies.end());
    ResolverBench.Result result = bench.resolve(host);
    assertThat(result.error).satisfiesAnyOf(
        e -> assertThat(e).isNull(),
        e -> assertThat(e).isInstanceOf(DnsException.class));
    assertThat(bench.net.open).isZero();
    assertThat(bench.loop.deadline()).as("timers").isEqualTo(Long.MAX_VALUE);
    return result;
  }

  private int length() {
    List<Integer> length = new ArrayList<>();
    assertThat(ask("www.example.lab", octets -> {
      length.add(octets.length);
      return octets;
    }).addresses()).as("the good answer").containsExactly("10.0.0.3");
    return length.getFirst();
  }

  @Test
  @Requirement("RFC1034-5.3.3-03")
  void everyTruncationIsIgnored() {
    int length = length();
    int question = 12 + "www.example.lab".length() + 2;
    for (int i = 0; i < length; i++) {
      int cut = i;
      // With the whole name of the question, the query is repeated over TCP, which this server does not have.
      assertThat(ask("www.example.lab", octets -> Arrays.copyOf(octets, cut)).reason())
          .as("cut to %s", i).isEqualTo(cut < question ? Reason.TIMEOUT : Reason.UNREACHABLE);
    }
    assertThat(bench.drops.get(DnsDrop.MALFORMED)).isEqualTo(length);
  }

  @Test
  void survivesEveryFlippedBit() {
    int length = length();
    for (int bit = 0; bit < 8 * length; bit++) {
      int at = bit;
      ask("www.example.lab", octets -> {
        octets[at / 8] ^= (byte) (1 << at % 8);
        return octets;
      });
    }
  }

  @Test
  @Requirement({"RFC1035-3.1-01", "RFC1035-4.1.4-01"})
  void rejectsLoopingAndForwardPointersAndReservedLabels() {
    // the offset of the first record's name, which is a compression pointer
    int owner = 12 + "www.example.lab".length() + 2 + 4;
    int[][] names = {{0xc0, owner}, {0xc0, owner + 2}, {0xff, 0xff}, {0x40, 0x0c}, {0x80, 0x0c}};
    for (int[] name : names) {
      assertThat(ask("www.example.lab", octets -> {
        assertThat(octets[owner] & 0xff).isEqualTo(0xc0);
        octets[owner] = (byte) name[0];
        octets[owner + 1] = (byte) name[1];
        return octets;
      }).reason()).as(Arrays.toString(name)).isEqualTo(Reason.UNREACHABLE);
    }
    assertThat(bench.drops.get(DnsDrop.MALFORMED)).isEqualTo(names.length);
  }

  @Test
  void survivesRandomOctets() {
    long seed = new Random().nextLong();
    SplittableRandom random = new SplittableRandom(seed);
    try {
      for (int i = 0; i < 3_000; i++) {
        ask("www.example.lab", octets -> {
          byte[] bad = random.nextBoolean() ? octets : Arrays.copyOf(octets, random.nextInt(2, 600));
          // usually keep the ID and the counts, so that parsing gets further
          int from = random.nextInt(4) == 0 ? 0 : 12;
          for (int n = random.nextInt(1, 12); n > 0 && bad.length > from; n--) {
            bad[random.nextInt(from, bad.length)] = (byte) random.nextInt();
          }
          return bad;
        });
      }
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    }
  }
}
