package io.reactorstack.dns;

import static io.reactorstack.dns.ResolverBench.S1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.record.DnsRecord;
import io.reactorstack.dns.record.RecordData;
import io.reactorstack.dns.record.RecordData.Mx;
import io.reactorstack.dns.record.RecordData.Srv;
import io.reactorstack.dns.record.RecordData.Svcb;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.dns.record.SvcParameters;
import io.reactorstack.dns.wire.Records;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Requirement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Message;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;
import reactor.core.publisher.Flux;

/** Tests the records of services: their types, their order, and the aliases of SVCB. */
class ServiceRecordsTest {

  private final ResolverBench bench = new ResolverBench(S1);
  private final Map<String, List<Record>> records = new HashMap<>();

  @BeforeEach
  void serve() {
    bench.net.overUdp(S1, FakeServers.answering(this::answer));
    bench.resolver = bench.resolver.cacheSize(0);
  }

  private void answer(Message answer) {
    String question = answer.getQuestion().getName() + " " + Type.string(answer.getQuestion().getType());
    List<Record> found = records.getOrDefault(question, List.of());
    found.forEach(r -> answer.addRecord(r, Section.ANSWER));
    if (found.isEmpty()) {
      answer.addRecord(FakeServers.soa("lab", 60, 60), Section.AUTHORITY);
    }
  }

  private void add(String owner, RecordType type, RecordData data) {
    records.computeIfAbsent(owner + ". " + type, question -> new ArrayList<>())
        .add(Records.coded(new DnsRecord(owner, type, Duration.ofSeconds(60), data)));
  }

  private <T> List<T> all(Flux<T> values) {
    List<T> found = new ArrayList<>();
    List<Throwable> errors = new ArrayList<>();
    values.subscribe(found::add, errors::add);
    bench.loop.runUntilIdle(Duration.ofMinutes(1));
    if (!errors.isEmpty()) {
      throw new AssertionError(errors.getFirst());
    }
    return found;
  }

  private void fails(Flux<?> values, Reason reason) {
    assertThatThrownBy(() -> all(values)).cause()
        .isInstanceOfSatisfying(DnsException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void mailServersComeByPreferenceAndEqualOnesInAnyOrder() {
    add("lab", RecordType.MX, new Mx(20, "backup.lab"));
    add("lab", RecordType.MX, new Mx(10, "one.lab"));
    add("lab", RecordType.MX, new Mx(10, "two.lab"));
    Set<List<String>> orders = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      orders.add(all(bench.resolver.mx("lab")).stream().map(Mx::exchange).toList());
    }
    assertThat(orders).containsExactlyInAnyOrder(List.of("one.lab", "two.lab", "backup.lab"),
        List.of("two.lab", "one.lab", "backup.lab"));
  }

  @Test
  void hostsOfAServiceComeByPriorityAndByWeight() {
    add("_x._tcp.lab", RecordType.SRV, new Srv(1, 90, 80, "heavy.lab"));
    add("_x._tcp.lab", RecordType.SRV, new Srv(1, 10, 80, "light.lab"));
    add("_x._tcp.lab", RecordType.SRV, new Srv(1, 0, 80, "rare.lab"));
    add("_x._tcp.lab", RecordType.SRV, new Srv(0, 0, 80, "first.lab"));
    Map<String, Integer> second = new HashMap<>();
    for (int i = 0; i < 1000; i++) {
      List<Srv> hosts = all(bench.resolver.srv("_x._tcp.lab"));
      assertThat(hosts).hasSize(4);
      assertThat(hosts.getFirst().target()).isEqualTo("first.lab");
      second.merge(hosts.get(1).target(), 1, Integer::sum);
    }
    // 90 and 10 of 101 draws; the loop's seed is fixed, so the counts are the same in every run.
    assertThat(second.get("heavy.lab")).isBetween(850, 930);
    assertThat(second.get("light.lab")).isBetween(70, 130);
  }

  @Test
  @Requirement("RFC1123-6.1.1-01")
  void addressesHaveNames() {
    add("7.2.0.192.in-addr.arpa", RecordType.PTR, new RecordData.Target("host.lab"));
    add("1." + "0.".repeat(23) + "8.b.d.0.1.0.0.2.ip6.arpa", RecordType.PTR, new RecordData.Target("six.lab"));
    assertThat(all(bench.resolver.ptr(IpAddress.parse("192.0.2.7")))).containsExactly("host.lab");
    assertThat(all(bench.resolver.ptr(IpAddress.parse("2001:db8::1")))).containsExactly("six.lab");
    fails(bench.resolver.ptr(IpAddress.parse("192.0.2.8")), Reason.NO_DATA);
  }

  @Test
  void textsAndAuthorities() {
    add("lab", RecordType.TXT, new RecordData.Txt(List.of("v=spf1 ", "-all")));
    add("lab", RecordType.CAA, new RecordData.Caa(0, "issue", "ca.test"));
    assertThat(all(bench.resolver.txt("lab"))).extracting(RecordData.Txt::joined).containsExactly("v=spf1 -all");
    assertThat(all(bench.resolver.caa("lab"))).containsExactly(new RecordData.Caa(0, "issue", "ca.test"));
  }

  // ---- SVCB and HTTPS

  private void https(String owner, int priority, String target, SvcParameters parameters) {
    add(owner, RecordType.HTTPS, new Svcb(priority, target, parameters));
  }

  private List<String> targets(String host) {
    return all(bench.resolver.https(host, 443)).stream().map(Svcb::target).toList();
  }

  @Test
  @Requirement({"RFC9460-2.4.1-02", "RFC9460-2.5.2-01", "RFC9460-3-04"})
  void endpointsComeByPriorityAndTheDotIsTheOwner() {
    https("web.lab", 2, "two.lab", SvcParameters.NONE);
    https("web.lab", 2, "three.lab", SvcParameters.NONE);
    https("web.lab", 1, ".", SvcParameters.NONE.withPort(8443).withAlpn("h2"));
    Set<List<String>> orders = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      orders.add(targets("web.lab"));
    }
    assertThat(orders).containsExactlyInAnyOrder(List.of("web.lab", "two.lab", "three.lab"),
        List.of("web.lab", "three.lab", "two.lab"));
    Svcb first = all(bench.resolver.https("web.lab", 443)).getFirst();
    assertThat(first.parameters().port()).hasValue(8443);
    assertThat(first.parameters().alpn()).containsExactly("h2");
  }

  @Test
  @Requirement("RFC9460-9-01")
  void anotherPortHasANameOfItsOwn() {
    https("_8443._https.web.lab", 1, ".", SvcParameters.NONE);
    assertThat(all(bench.resolver.https("web.lab", 8443))).hasSize(1);
    assertThat(bench.net.asked.getLast().query().getQuestion().getType()).isEqualTo(Type.HTTPS);
  }

  @Test
  @Requirement({"RFC9460-2.4.1-01", "RFC9460-6-01"})
  void anAliasStandsForTheWholeService() {
    https("web.lab", 0, "svc.lab", SvcParameters.NONE);
    https("web.lab", 1, "ignored.lab", SvcParameters.NONE);
    https("svc.lab", 1, "end.lab", SvcParameters.NONE);
    assertThat(all(bench.resolver.https("web.lab", 443))).containsExactly(new Svcb(1, "end.lab", SvcParameters.NONE));
    assertThat(bench.net.asked)
        .allSatisfy(asked -> assertThat(asked.query().getQuestion().getType()).isEqualTo(Type.HTTPS));
  }

  @Test
  @Requirement("RFC9460-2.4.2-01")
  void oneOfSeveralAliasesIsDrawn() {
    https("web.lab", 0, "a.lab", SvcParameters.NONE);
    https("web.lab", 0, "b.lab", SvcParameters.NONE);
    https("a.lab", 1, ".", SvcParameters.NONE);
    https("b.lab", 1, ".", SvcParameters.NONE);
    Set<List<String>> found = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      found.add(targets("web.lab"));
    }
    assertThat(found).containsExactlyInAnyOrder(List.of("a.lab"), List.of("b.lab"));
  }

  @Test
  @Requirement({"RFC9460-2.4.2-04", "RFC9460-2.4.2-05", "RFC9460-2.4.2-03"})
  void aliasesAreFollowedToALimit() {
    records.computeIfAbsent("web.lab. HTTPS", question -> new ArrayList<>())
        .add(FakeServers.cname("web.lab", 60, "other.lab"));
    https("other.lab", 0, "n1.lab", SvcParameters.NONE);
    for (int i = 1; i < ServiceBindings.MAX_ALIASES; i++) {
      https("n" + i + ".lab", 0, "n" + (i + 1) + ".lab", SvcParameters.NONE);
    }
    https("n" + ServiceBindings.MAX_ALIASES + ".lab", 1, ".", SvcParameters.NONE);
    assertThat(targets("web.lab")).containsExactly("n" + ServiceBindings.MAX_ALIASES + ".lab");
    https("loop.lab", 0, "loop.lab", SvcParameters.NONE);
    fails(bench.resolver.https("loop.lab", 443), Reason.ALIAS_LOOP);
  }

  @Test
  @Requirement({"RFC9460-8-01", "RFC9460-2.4.3-01"})
  void endpointsThatTheClientCannotUseAreLeftOut() {
    https("web.lab", 1, "unknown.lab", SvcParameters.NONE.with(667, new byte[] {1}).withMandatory(Set.of(667)));
    https("web.lab", 3, "optional.lab", SvcParameters.NONE.with(667, new byte[] {1}));
    https("web.lab", 4, "mandatory.lab", SvcParameters.NONE.withPort(1).withMandatory(Set.of(3)));
    assertThat(targets("web.lab")).containsExactly("optional.lab", "mandatory.lab");
  }

  /** A client then connects as if there were no such records. */
  @Test
  @Requirement({"RFC9460-2.2-01", "RFC9460-2.2-02", "RFC9460-2.2-03"})
  void malformedRecordsEndTheSearchAtOnce() {
    // priority 1, target ".", then keys and values
    Map<String, byte[]> malformed = Map.of(
        "descending keys", new byte[] {0, 1, 0, 0, 3, 0, 2, 0, 80, 0, 1, 0, 3, 2, 'h', '2'},
        "a key twice", new byte[] {0, 1, 0, 0, 3, 0, 2, 0, 80, 0, 3, 0, 2, 0, 81},
        "a value that is too long", new byte[] {0, 1, 0, 0, 3, 0, 9, 0, 80},
        "a port of three octets", new byte[] {0, 1, 0, 0, 3, 0, 3, 0, 80, 0},
        "protocols that do not fill the value", new byte[] {0, 1, 0, 0, 1, 0, 3, 9, 'h', '2'},
        "a mandatory key that is missing", new byte[] {0, 1, 0, 0, 0, 0, 2, 0, 3});
    malformed.forEach((fault, data) -> {
      FakeServers.Behaviour garbled = (query, replies) -> {
        byte[] empty = FakeServers.response(query.query()).toWire();
        byte[] octets = Arrays.copyOf(empty, empty.length + 12 + data.length);
        octets[7] = 1; // one answer, whose owner is a pointer to the question
        System.arraycopy(new byte[] {(byte) 0xc0, 12, 0, 65, 0, 1, 0, 0, 0, 60, 0, (byte) data.length}, 0, octets,
            empty.length, 12);
        System.arraycopy(data, 0, octets, empty.length + 12, data.length);
        replies.reply(octets);
      };
      bench.net.overUdp(S1, garbled);
      bench.net.overTcp(S1, garbled);
      long start = bench.loop.now();
      List<Throwable> errors = new ArrayList<>();
      bench.resolver.https("web.lab", 443).subscribe(found -> errors.add(new AssertionError(fault)), errors::add);
      bench.loop.settle();
      assertThat(errors).as(fault).singleElement()
          .isInstanceOfSatisfying(DnsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MALFORMED));
      assertThat(bench.loop.now()).isEqualTo(start);
    });
  }

  @Test
  @Requirement("RFC9460-2.5.1-01")
  void anAliasOfTheRootSaysThatTheServiceDoesNotExist() {
    https("web.lab", 0, ".", SvcParameters.NONE);
    fails(bench.resolver.https("web.lab", 443), Reason.NO_DATA);
    add("_dns.lab", RecordType.SVCB, new Svcb(1, "dns.lab", SvcParameters.NONE));
    assertThat(all(bench.resolver.svcb("_dns.lab"))).extracting(Svcb::target).containsExactly("dns.lab");
  }
}
