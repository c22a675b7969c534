package io.reactorstack.dns.jvm.lookup;

import static java.net.spi.InetAddressResolver.LookupPolicy.IPV4;
import static java.net.spi.InetAddressResolver.LookupPolicy.IPV4_FIRST;
import static java.net.spi.InetAddressResolver.LookupPolicy.IPV6;
import static java.net.spi.InetAddressResolver.LookupPolicy.IPV6_FIRST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.channel.EventLoop;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.jvm.JvmResolver;
import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.outcome.DnsException.Reason;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.Inside;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.blockhound.BlockingOperationError;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/** Tests look-ups of the JVM by a resolver on a stack, in a lab in real time. */
@Timeout(60)
class RoutedLookupTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final RecordingResolver builtin = new RecordingResolver();
  private final RoutedLookup lookup = new RoutedLookup(builtin, () -> "machine");
  private final Lab lab = Lab.realTime(1);
  private Host dns;
  private Host client;
  private DnsResolver resolver;

  @BeforeEach
  void start() {
    Switch lan = lab.newSwitch("lan");
    dns = lab.host("dns").on(lan, "10.0.0.53/24").start();
    client = lab.host("client").on(lan, "10.0.0.1/24").on(lan, "2001:db8::1/64").start();
    Zone zone = Zone.of("test").address("db", IpAddress.parse("10.0.0.5"))
        .address("web", IpAddress.parse("10.0.0.80"), IpAddress.parse("2001:db8::80"), IpAddress.parse("10.9.0.80"));
    for (int i = 0; i < 100; i++) {
      zone = zone.address("h" + i, IpAddress.parse("10.1.0." + i));
    }
    Zone names = zone;
    Zone addresses = Zone.of("0.0.10.in-addr.arpa").pointer(IpAddress.parse("10.0.0.5"), "db.test.");
    lab.await(ZoneServer.create(dns.stack()).zone(names).zone(addresses).bind());
    resolver = DnsResolver.create(client.stack()).servers(dns.address());
  }

  @AfterEach
  void close() {
    JvmResolver.reset();
    lab.close();
  }

  private List<String> found(String host, int policy) throws UnknownHostException {
    return lookup.lookupByName(host, LookupPolicy.of(policy)).map(InetAddress::getHostAddress).toList();
  }

  private void loseAllAnswers() {
    dns.wire().impair(wire -> wire.loss(1));
  }

  private EventLoop loop() {
    return Inside.loop(client.stack());
  }

  private static Throwable failureOn(EventLoop loop, String name) throws InterruptedException, ExecutionException {
    return loop.submit(() -> catchThrowable(() -> InetAddress.getByName(name))).get();
  }

  @Test
  void passesEverythingToTheBuiltInResolverUntilConfiguredAndAfterReset() throws Exception {
    assertThat(found("db.test", IPV4)).containsExactly(RecordingResolver.ADDRESS);
    assertThat(lookup.lookupByAddress(new byte[] {10, 0, 0, 5})).isEqualTo("built-in");
    JvmResolver.use(resolver);
    assertThat(found("db.test", IPV4)).containsExactly("10.0.0.5");
    assertThat(lookup.lookupByAddress(new byte[] {10, 0, 0, 5})).isEqualTo("db.test");
    assertThat(builtin.asked).containsExactly("db.test", "10.0.0.5");
    JvmResolver.reset();
    assertThat(found("db.test", IPV4)).containsExactly(RecordingResolver.ADDRESS);
  }

  @Test
  void inetAddressAsksTheResolver() throws Exception {
    JvmResolver.use(resolver);
    assertThat(InetAddress.getByName("db.test")).hasToString("db.test/10.0.0.5");
    assertThat(InetAddress.getByAddress(new byte[] {10, 0, 0, 5}).getHostName()).isEqualTo("db.test");
    assertThat(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}).getHostName()).isEqualTo("localhost");
  }

  /** The order within an IP version is that of RFC 6724: the address in the client's own network comes first. */
  @Test
  void obeysThePolicy() throws Exception {
    JvmResolver.use(resolver);
    assertThat(found("web.test", IPV4)).containsExactly("10.0.0.80", "10.9.0.80");
    assertThat(found("web.test", IPV6)).containsExactly("2001:db8:0:0:0:0:0:80");
    assertThat(found("web.test", IPV4 | IPV6 | IPV4_FIRST))
        .containsExactly("10.0.0.80", "10.9.0.80", "2001:db8:0:0:0:0:0:80");
    assertThat(found("web.test", IPV4 | IPV6 | IPV6_FIRST))
        .containsExactly("2001:db8:0:0:0:0:0:80", "10.0.0.80", "10.9.0.80");
    assertThat(found("web.test", IPV4 | IPV6)).isEqualTo(resolver.resolve("web.test")
        .map(address -> address.toInetAddress().getHostAddress()).collectList().block(SOON));
    assertThatThrownBy(() -> found("db.test", IPV6))
        .isInstanceOfSatisfying(DnsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_DATA));
  }

  @Test
  void failuresAreThoseOfTheResolverWithTheCallersStack() {
    JvmResolver.use(resolver);
    assertThatThrownBy(() -> InetAddress.getByName("none.test"))
        .isInstanceOfSatisfying(DnsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NAME_NOT_FOUND))
        .hasMessage("none.test: name not found, says 10.0.0.53:53")
        .satisfies(e -> assertThat(e.getSuppressed()).anySatisfy(shown -> assertThat(shown.getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals(RoutedLookupTest.class.getName()))));
  }

  @Test
  void aHundredVirtualThreadsWaitAtOnce() throws Exception {
    JvmResolver.use(resolver);
    List<Future<InetAddress>> found = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 100; i++) {
        String name = "h" + i + ".test";
        found.add(threads.submit(() -> InetAddress.getByName(name)));
      }
    }
    for (int i = 0; i < 100; i++) {
      assertThat(found.get(i).get().getHostAddress()).isEqualTo("10.1.0." + i);
    }
  }

  @Test
  void onTheResolversLoopOnlyKnownNamesAreResolved() throws Exception {
    JvmResolver.use(resolver);
    InetAddress.getByName("db.test");
    assertThat(loop().submit(() -> InetAddress.getByName("db.test").getHostAddress()).get()).isEqualTo("10.0.0.5");
    assertThat(loop().submit(() -> InetAddress.getByName("localhost").isLoopbackAddress()).get()).isTrue();
    assertThat(failureOn(loop(), "web.test")).isInstanceOf(UnknownHostException.class)
        .hasMessageStartingWith("web.test: the answer needs a query, for which the event loop ")
        .hasMessageEndingWith(" would wait for itself; on an event loop, subscribe to DnsResolver.resolve instead");
    assertThat(InetAddress.getByName("web.test")).as("the loop goes on").isNotNull();
  }

  @Test
  void blockHoundFindsWaitsOnOtherThreadsThatMustNotBlock() throws Exception {
    JvmResolver.use(resolver);
    var task = new FutureTask<>(() -> catchThrowable(() -> InetAddress.getByName("web.test")));
    Schedulers.parallel().schedule(task);
    assertThat(task.get(20, TimeUnit.SECONDS)).isInstanceOf(BlockingOperationError.class);
  }

  /** The JDK lets the second look-up of a name wait for the first, which waits for the loop. */
  @Test
  void blockHoundFindsALookUpOnTheLoopThatWaitsForAnotherThread() throws Exception {
    JvmResolver.use(resolver);
    loseAllAnswers();
    CountDownLatch asked = new CountDownLatch(1);
    client.observe((direction, frame, nanos) -> asked.countDown());
    Thread other = Thread.startVirtualThread(() -> catchThrowable(() -> InetAddress.getByName("db.test")));
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(failureOn(loop(), "db.test")).isInstanceOf(BlockingOperationError.class);
    other.interrupt();
    other.join();
  }

  @Test
  void anInterruptEndsTheWaitAndStays() throws Exception {
    JvmResolver.use(resolver);
    loseAllAnswers();
    CountDownLatch asked = new CountDownLatch(1);
    client.observe((direction, frame, nanos) -> asked.countDown());
    var task = new FutureTask<>(() -> {
      Throwable failure = catchThrowable(() -> InetAddress.getByName("db.test"));
      return Thread.currentThread().isInterrupted() ? failure : new AssertionError("the flag is lost", failure);
    });
    Thread waiting = Thread.ofPlatform().start(task);
    assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
    waiting.interrupt();
    assertThat(task.get(1, TimeUnit.SECONDS)).isInstanceOf(UnknownHostException.class)
        .hasMessage("db.test: interrupted while waiting for the answer");
  }

  @Test
  void theResolversTimeoutsLimitTheWait() {
    JvmResolver.use(resolver.queryTimeout(Duration.ofMillis(50)).retries(0));
    loseAllAnswers();
    assertThatThrownBy(() -> InetAddress.getByName("db.test"))
        .isInstanceOfSatisfying(DnsException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT));
  }

  @Test
  void aLoopThatWasShutDownFailsTheLookUp() {
    JvmResolver.use(resolver);
    lab.close();
    assertThatThrownBy(() -> InetAddress.getByName("db.test")).isInstanceOf(UnknownHostException.class)
        .hasMessageStartingWith("db.test: ");
  }

  /** A library that the resolver uses may look up a name, for example to log, while its classes are initialised. */
  @Test
  void lookUpsOfTheResolverItselfGoToTheBuiltInResolver() throws Exception {
    JvmResolver.use(resolver);
    Thread caller = Thread.currentThread();
    boolean[] nested = {false};
    Hooks.onEachOperator("looks up a name", operator -> {
      if (Thread.currentThread() == caller && !nested[0]) {
        nested[0] = true; // the nested look-up has operators too
        catchThrowable(() -> found("nested.test", IPV4));
      }
      return operator;
    });
    try {
      assertThat(found("db.test", IPV4)).containsExactly("10.0.0.5");
    } finally {
      Hooks.resetOnEachOperator("looks up a name");
    }
    assertThat(builtin.asked).isNotEmpty().containsOnly("nested.test");
    assertThat(found("web.test", IPV4)).as("not nested any more").contains("10.0.0.80");
  }

  @Test
  void failsAtOnceAfterTheLoopWasShutDown() {
    JvmResolver.use(resolver);
    lab.close();
    assertThatThrownBy(() -> InetAddress.getByName("db.test"))
        .hasMessage("db.test: the resolver's event loop was shut down");
    LoopResources loops = LoopResources.create("ended", 1, true);
    JvmResolver.use(DnsResolver.create(loops).servers(IpAddress.parse("127.0.0.1")));
    loops.disposeLater(Duration.ZERO, SOON).block(SOON);
    assertThatThrownBy(() -> InetAddress.getByName("other.test"))
        .hasMessage("other.test: the resolver's event loop was shut down");
  }
}
