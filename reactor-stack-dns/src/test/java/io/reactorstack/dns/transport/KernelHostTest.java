package io.reactorstack.dns.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.configuration.ResolverOptions;
import io.reactorstack.dns.configuration.WatchedFile;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

class KernelHostTest {

  private static final Duration LIMIT = Duration.ofSeconds(10);

  @TempDir
  private Path folder;
  private final LoopResources resources = LoopResources.create("dns-host", 1, true);
  private KernelHost host;

  @BeforeEach
  void create() throws IOException {
    KernelFiles files = new KernelFiles(folder.resolve("resolv.conf"), folder.resolve("hosts"), folder.resolve("name"));
    Files.writeString(files.resolvConf(), "nameserver 192.0.2.1\nnameserver fe80::1%lo\noptions ndots:3\n");
    Files.writeString(files.hosts(), "192.0.2.9 www\n");
    Files.writeString(files.hostName(), "here.example.org\n");
    host = KernelHost.create(resources, files);
  }

  @AfterEach
  void close() {
    resources.disposeLater(Duration.ZERO, LIMIT).block();
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text);
  }

  @Test
  void learnsFromTheFiles() throws IOException {
    assertThat(host.learned().servers()).containsExactly(ip("192.0.2.1"), ip("fe80::1%lo"));
    assertThat(host.learned().searchDomains()).containsExactly("example.org");
    assertThat(host.options().ndots()).isEqualTo(3);
    assertThat(host.options().timeout()).isEqualTo(ResolverOptions.DEFAULT.timeout());
    WatchedFile<Integer> hosts = host.watch(host.files().hosts(), reader -> reader.read());
    assertThat(hosts.get()).isEqualTo('1');
  }

  @Test
  void runsTasksOnTheLoopAndDirectlyIfTheCallerIsOnIt() {
    List<String> order = new ArrayList<>();
    Mono.create(sink -> host.execute(() -> {
      host.execute(() -> order.add("inner " + Schedulers.isInNonBlockingThread()));
      order.add("outer");
      sink.success();
    })).block(LIMIT);
    assertThat(order).containsExactly("inner true", "outer");
    long before = host.nanoTime();
    Mono.delay(Duration.ofMillis(1), host.scheduler()).block(LIMIT);
    assertThat(host.nanoTime() - before).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(1));
    host.scheduler().dispose();
    assertThat(Mono.just(1).delayElement(Duration.ofMillis(1), host.scheduler()).block(LIMIT)).isEqualTo(1);
  }

  @Test
  void sortsAndKnowsItsAddressesOnTheLoopWithoutBlocking() throws IOException {
    List<IpAddress> sorted = Mono.fromCallable(() -> host.sorted(List.of(ip("240.0.0.1"), ip("127.0.0.1"))))
        .subscribeOn(host.scheduler()).block(LIMIT);
    assertThat(sorted).containsExactly(ip("127.0.0.1"), ip("240.0.0.1"));
    boolean[] expected = {false, false};
    for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
      each.inetAddresses().filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
          .forEach(address -> expected[IpAddress.of(address).isV4() ? 0 : 1] = true);
    }
    assertThat(host.hasAddress(true)).isEqualTo(expected[0]);
    assertThat(host.hasAddress(false)).isEqualTo(expected[1]);
  }

  @Test
  void findsTheInterfaceOfAZone() throws IOException {
    KernelInterfaces interfaces = new KernelInterfaces(() -> 0, Schedulers.immediate());
    NetworkInterface loopback = NetworkInterface.networkInterfaces()
        .filter(each -> each.getName().equals("lo")).findAny().orElseThrow();
    Endpoint found = interfaces.inZone(new Endpoint(ip("fe80::1%lo"), 53));
    assertThat(((Ipv6Address) found.address()).zone())
        .isEqualTo(new Ipv6Address.Zone("lo", loopback.getIndex()))
        .extracting(Ipv6Address.Zone::index).isEqualTo(loopback.getIndex());
    Endpoint unknown = new Endpoint(ip("fe80::1%no-such0"), 53);
    assertThat(interfaces.inZone(unknown)).isSameAs(unknown);
    Endpoint plain = new Endpoint(ip("192.0.2.1"), 53);
    assertThat(interfaces.inZone(plain)).isSameAs(plain);
  }

  @Test
  void ordersDestinationsByTheRulesAndAsksTheKernelOncePerPeriod() {
    AtomicLong now = new AtomicLong();
    Map<IpAddress, IpAddress> sources = Map.of(
        ip("192.0.2.1"), ip("198.51.100.7"), // label 4, precedence 35
        ip("2001:db8::1"), ip("2001:db8:1::7"), // label 1, precedence 40
        ip("2002:c000:201::1"), ip("2001:db8:1::7"), // another label than its source
        ip("2001:db8::2"), ip("fe80::7"), // another scope than its source
        ip("fd00::1"), ip("fd00::7")); // precedence 3
    List<IpAddress> asked = new ArrayList<>();
    KernelAddressOrder order = new KernelAddressOrder(
        new KernelInterfaces(now::get, Schedulers.immediate()), now::get, destination -> {
          asked.add(destination);
          return Optional.ofNullable(sources.get(destination));
        });
    List<IpAddress> addresses = List.of(ip("203.0.113.1"), ip("2001:db8::2"), ip("2002:c000:201::1"), ip("fd00::1"),
        ip("192.0.2.1"), ip("2001:db8::1"));
    List<IpAddress> expected = List.of(ip("2001:db8::1"), ip("192.0.2.1"), ip("fd00::1"), ip("2002:c000:201::1"),
        ip("2001:db8::2"), ip("203.0.113.1"));
    assertThat(order.sorted(addresses)).isEqualTo(expected);
    assertThat(order.sorted(addresses)).isEqualTo(expected);
    assertThat(asked).hasSize(6);
    now.addAndGet(KernelInterfaces.PERIOD.toNanos());
    assertThat(order.sorted(addresses)).isEqualTo(expected);
    assertThat(asked).hasSize(12);
    assertThat(order.sorted(List.of(ip("203.0.113.1")))).containsExactly(ip("203.0.113.1"));
    assertThat(asked).hasSize(12);
  }

  @Test
  void randomNumbersDifferAndFillTheRange() {
    UnpredictableNumbers one = new UnpredictableNumbers();
    UnpredictableNumbers other = new UnpredictableNumbers();
    Set<Long> seen = new HashSet<>();
    long ones = 0;
    long zeros = -1;
    for (int i = 0; i < 1000; i++) { // more than one block of each
      long drawn = one.nextLong();
      ones |= drawn;
      zeros &= drawn;
      seen.add(drawn);
      seen.add(other.nextLong());
    }
    assertThat(seen).hasSize(2000);
    assertThat(ones).isEqualTo(-1);
    assertThat(zeros).isZero();
  }

  @Test
  void theSharedLoopsAreTheDefault() throws IOException {
    KernelHost shared = KernelHost.create();
    String thread = Mono.fromCallable(() -> Thread.currentThread().getName())
        .subscribeOn(shared.scheduler()).block(LIMIT);
    assertThat(thread).startsWith("reactor-tcp-");
    assertThat(shared.transport()).isInstanceOf(KernelTransport.class);
    assertThat(shared.drops().total()).isZero();
  }
}
