package io.reactorstack.dns.resolve;

import io.reactorstack.dns.VirtualDnsHost;
import io.reactorstack.dns.cache.CacheSettings;
import io.reactorstack.dns.cache.RecordCache;
import io.reactorstack.dns.exchange.Exchange;
import io.reactorstack.dns.exchange.ExchangeSettings;
import io.reactorstack.dns.exchange.ServerBook;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.wire.Names;
import io.reactorstack.dns.wire.Question;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Type;
import reactor.core.Disposable;

/** A resolver in a virtual internet. Its settings have to be changed before the first question. */
final class WalkBench {

  static final String ROOT = "10.0.0.1";
  static final String LAB = "10.0.1.1";
  static final String ORG = "10.0.2.1";
  static final String EXAMPLE = "10.1.0.1";
  static final String OTHER = "10.2.0.1";

  private static final int MOST_TIMERS = 100_000;

  /** A question and its answer, as soon as there is one. */
  static final class Asking {

    private @Nullable Answer answer;
    private long at;
    private Disposable subscription;

    boolean isOver() {
      return answer != null;
    }

    Answer answer() {
      if (answer == null) {
        throw new AssertionError("no answer");
      }
      return answer;
    }

    long at() {
      return at;
    }

    void cancel() {
      subscription.dispose();
    }
  }

  final VirtualLoop loop = new VirtualLoop();
  final VirtualInternet net = new VirtualInternet(loop);
  final Drops drops = new Drops();
  final VirtualDnsHost host = new VirtualDnsHost(loop, drops, net);
  final ServerBook book = new ServerBook(host::nanoTime, host.random());
  CacheSettings cacheSettings = CacheSettings.DEFAULTS;
  // A name that is sent as it was asked for can be compared as a text; the tests of exchanges have the random case.
  ExchangeSettings exchange = ExchangeSettings.DEFAULTS.randomCase(false);
  WorkLimits limits = new WorkLimits(100, 512, 20, false);
  final Map<Name, List<IpAddress>> hints = new LinkedHashMap<>(Map.of(name("ns.root"), List.of(IpAddress.parse(ROOT))));
  boolean minimises = true;
  /** The servers of a stub resolver; {@code null} for an iterative one. */
  @Nullable
  List<Endpoint> recursive;
  private @Nullable RecordCache cache;
  private @Nullable Resolutions resolutions;

  /** Returns a bench with a root, the TLDs lab and org, and the zones example.lab and other.org. */
  static WalkBench small() {
    WalkBench bench = new WalkBench();
    bench.net.server("root", ROOT).zone(".", "@ NS ns.root.", "ns.root. A " + ROOT,
        "lab NS ns.lab.", "ns.lab. A " + LAB, "org NS ns.org.", "ns.org. A " + ORG);
    bench.net.server("lab", LAB);
    bench.lab();
    bench.net.server("org", ORG).zone("org", "@ NS ns", "ns A " + ORG, "other NS ns.other", "ns.other A " + OTHER);
    bench.net.server("example", EXAMPLE);
    bench.example("www A 10.9.0.1");
    bench.net.server("other", OTHER).zone("other.org", "@ NS ns", "ns A " + OTHER, "www A 10.9.0.2");
    return bench;
  }

  /** Serves the zone lab with a delegation of example.lab and {@code records}. */
  void lab(String... records) {
    net.server("lab").zone("lab", lines(new String[] {"@ NS ns", "ns A " + LAB, "example NS ns.example",
        "ns.example A " + EXAMPLE}, records));
  }

  /** Serves the zone example.lab with {@code records}. */
  void example(String... records) {
    net.server("example").zone("example.lab", lines(new String[] {"@ NS ns", "ns A " + EXAMPLE}, records));
  }

  static String[] lines(String[] some, String... more) {
    return Stream.concat(Stream.of(some), Stream.of(more)).toArray(String[]::new);
  }

  WalkBench cache(UnaryOperator<CacheSettings> change) {
    cacheSettings = change.apply(cacheSettings);
    return this;
  }

  RecordCache cache() {
    if (cache == null) {
      cache = new RecordCache(cacheSettings, host::nanoTime);
    }
    return cache;
  }

  Resolutions resolutions() {
    if (resolutions == null) {
      Tools tools = new Tools(host, new Exchange(host, book, exchange), book);
      List<Endpoint> servers = recursive;
      resolutions = new Resolutions(host, cache(), limits, helper -> servers == null
          ? new IterativeFinder(tools, cache(), new RootHints(hints), minimises, helper)
          : new StubFinder(tools, () -> servers, () -> 2, round -> Duration.ofSeconds(2L << round)));
    }
    return resolutions;
  }

  static Name name(String text) {
    return Names.absolute(text);
  }

  static Question question(String name, String type) {
    return new Question(name(name), Type.value(type));
  }

  /** Starts to resolve a question and runs the tasks that need no time. */
  Asking start(String name, String type) {
    Asking asking = new Asking();
    loop.execute(() -> asking.subscription = resolutions().ask(question(name, type)).subscribe(answer -> {
      asking.answer = answer;
      asking.at = loop.now();
    }));
    loop.settle();
    return asking;
  }

  /** Returns the answer to a question; lets the time pass that it needs. */
  Answer ask(String name, String type) {
    return await(start(name, type));
  }

  Answer await(Asking asking) {
    for (int timers = 0; !asking.isOver(); timers++) {
      if (loop.deadline() == Long.MAX_VALUE || timers > MOST_TIMERS) {
        throw new AssertionError("the question gets no answer");
      }
      loop.advance(Duration.ofNanos(Math.max(0, loop.deadline() - loop.now())));
    }
    return asking.answer();
  }

  /** Returns the records that answer a question, those of aliases too, as texts such as {@code www.lab A 10.0.0.3}. */
  List<String> records(String name, String type) {
    return records(ask(name, type));
  }

  static List<String> records(Answer answer) {
    if (answer.failure() != null) {
      throw new AssertionError(answer.failure() + "\n" + answer.path());
    }
    return Stream.concat(answer.aliases().stream(), answer.sets().stream())
        .flatMap(set -> set.records().stream()).map(WalkBench::text).toList();
  }

  static String text(Record r) {
    return Names.text(r.getName()) + " " + Type.string(r.getType()) + " " + r.rdataToString();
  }

  @Nullable
  Reason reason(String name, String type) {
    return ask(name, type).reason();
  }

  void pass(Duration time) {
    loop.advance(time);
  }

  /**
   * Fails if a port, a connection, a question or a timer is left; late responses arrive and idle
   * connections close before that.
   */
  void checkIdle() {
    loop.advance(Duration.ofSeconds(20));
    if (net.open != 0 || loop.deadline() != Long.MAX_VALUE || resolutions().outstanding() != 0) {
      throw new AssertionError(
          "left open: " + net.open + " ports, " + resolutions().outstanding() + " questions, timer "
              + loop.deadline());
    }
  }
}
