package io.reactorstack.dns.hierarchy;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.cache.RRset;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.resolve.Answer;
import io.reactorstack.dns.resolve.ResolverHandle;
import io.reactorstack.testing.RequiresNetAdmin;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import reactor.core.publisher.Flux;

/** Tests that the stub and the iterative resolver give the same answers as Unbound to all questions of the hierarchy. */
@RequiresNetAdmin
class ResolversAgreeTest {

  private static final Duration SOON = Duration.ofSeconds(60);
  private static final int AT_ONCE = 50;

  private static RealHierarchy hierarchy;
  private static List<Expected> reference;

  @BeforeAll
  static void start() {
    hierarchy = RealHierarchy.start();
    reference = hierarchy.reference(Names.undisputed());
  }

  @AfterAll
  static void stop() {
    if (hierarchy != null) {
      hierarchy.close();
    }
  }

  private static Expected expected(Question question, Answer answer) {
    Reason reason = answer.reason();
    int rcode = switch (reason) {
      case null -> Rcode.NOERROR;
      case NO_DATA -> Rcode.NOERROR;
      case NAME_NOT_FOUND -> Rcode.NXDOMAIN;
      case NAME_TOO_LONG -> Rcode.YXDOMAIN;
      default -> Rcode.SERVFAIL;
    };
    List<Record> records = new ArrayList<>();
    Stream.concat(answer.aliases().stream(), answer.sets().stream()).map(RRset::records).forEach(records::addAll);
    return Expected.of(question, rcode, records);
  }

  /** Returns how the answer differs from the right one; empty if it does not. */
  private static String difference(Expected right, Answer answer) {
    return right.difference(expected(right.question(), answer))
        .map(text -> text + " " + answer.reason() + "\n" + answer.path()).orElse("");
  }

  private static List<String> differences(DnsResolver resolver, List<Expected> questions) {
    ResolverHandle.Access access = ResolverHandle.access(resolver);
    return Flux.fromIterable(questions)
        .flatMap(right -> access
            .answer(new io.reactorstack.dns.wire.Question(right.question().dnsName(), right.question().dnsType()))
            .map(answer -> difference(right, answer)), AT_ONCE)
        .filter(text -> !text.isEmpty())
        .collectList().block(SOON);
  }

  @Test
  void theStubResolverAgrees() {
    DnsResolver resolver = DnsResolver.create(hierarchy.stack()).servers(Host.RESOLVER.ipv4());
    assertThat(differences(resolver, reference)).isEmpty();
  }

  @Test
  void theIterativeResolverAgrees() throws IOException {
    assertThat(reference).hasSizeGreaterThan(900);
    DnsResolver resolver = DnsResolver.create(hierarchy.stack()).iterative(new StringReader(hierarchy.rootHints()));
    assertThat(differences(resolver, reference)).isEmpty();
    assertThat(differences(resolver, reference)).as("from the cache").isEmpty();
    assertThat(resolver.cacheStatistics().hits()).isGreaterThan(900);
  }
}
