package io.reactorstack.dns.jvm.lookup;

import static java.net.spi.InetAddressResolver.LookupPolicy.IPV4;
import static java.net.spi.InetAddressResolver.LookupPolicy.IPV6;
import static java.net.spi.InetAddressResolver.LookupPolicy.IPV6_FIRST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.jvm.JvmResolver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** Tests look-ups of the JVM by code in a world of the lab, in virtual time. */
@Timeout(60)
class WorldLookupTest {

  private final RecordingResolver builtin = new RecordingResolver();
  private final RoutedLookup lookup = new RoutedLookup(builtin, () -> "machine");
  private final Lab lab = Lab.builder().seed(9).strict().virtualTime();
  private final Switch lan = lab.newSwitch("lan");
  private final AtomicInteger frames = new AtomicInteger();

  @BeforeEach
  void start() {
    Host db = lab.host("db").on(lan, "10.0.0.2/24").on(lan, "2001:db8::2/64").start();
    db.observe((direction, frame, nanos) -> frames.incrementAndGet());
  }

  @AfterEach
  void close() {
    JvmResolver.reset();
    lab.close();
  }

  private <T> T inTheWorld(Callable<T> code) {
    return lab.await(Mono.delay(Duration.ofSeconds(1)).flatMap(tick -> Mono.fromCallable(code)));
  }

  private List<String> found(String host, int policy) throws UnknownHostException {
    return lookup.lookupByName(host, LookupPolicy.of(policy)).map(InetAddress::getHostAddress).toList();
  }

  @Test
  void programOfAHostFindsTheHostsOfItsWorld() {
    List<String> found = new ArrayList<>();
    lab.host("shop").on(lan, "10.0.0.1/24").runs(host -> {
      Mono.delay(Duration.ofHours(1)).block();
      found.add(InetAddress.getByName("db").toString()); // on a thread of the host that may block
      Mono.delay(Duration.ofHours(1)).subscribe(tick -> { // on the event loop, an hour later
        try {
          found.add(InetAddress.getByName("DB.lab").toString());
          found.add(InetAddress.getByAddress(new byte[] {10, 0, 0, 2}).getHostName());
        } catch (UnknownHostException e) {
          found.add(e.getMessage());
        }
      });
    }).start();
    lab.advance(Duration.ofMinutes(30));
    int before = frames.get();
    lab.advance(Duration.ofHours(2));
    assertThat(found).containsExactly("db/10.0.0.2", "DB.lab/10.0.0.2", "db");
    assertThat(frames.get()).as("no frame was sent").isEqualTo(before);
    assertThat(lab.escapes()).isEmpty();
  }

  @Test
  void takesNoTime() {
    Duration before = lab.now();
    assertThat(inTheWorld(() -> InetAddress.getByName("db").getHostAddress())).isEqualTo("10.0.0.2");
    assertThat(lab.now().minus(before)).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void theWorldTakesPrecedenceOverTheResolverOfTheJvm() {
    JvmResolver.use(DnsResolver.create(lab.hosts().getFirst().stack()));
    assertThat(inTheWorld(() -> found("db", IPV4))).containsExactly("10.0.0.2");
    assertThatThrownBy(() -> inTheWorld(() -> found("www.example.com", IPV4)))
        .hasRootCauseInstanceOf(UnknownHostException.class)
        .hasRootCauseMessage("www.example.com: no host of the lab has this name; its hosts are db");
    assertThat(builtin.asked).isEmpty();
  }

  @Test
  void obeysThePolicy() {
    assertThat(inTheWorld(() -> found("db", IPV4 | IPV6 | IPV6_FIRST)))
        .containsExactly("2001:db8:0:0:0:0:0:2", "10.0.0.2");
    assertThatThrownBy(() -> inTheWorld(() -> found("localhost", IPV6)))
        .hasRootCauseMessage("localhost: no IPv6 address, only [127.0.0.1]");
  }

  @Test
  void thisMachineIsTheLoopback() {
    assertThat(inTheWorld(() -> found("Machine", IPV4))).containsExactly("127.0.0.1");
  }

  @Test
  void worldsSideBySideHaveTheirOwnAnswers() {
    try (Lab other = Lab.builder().seed(1).strict().virtualTime()) {
      other.host("db").on(other.newSwitch("lan"), "10.7.0.7/24").start();
      for (int i = 0; i < 3; i++) {
        assertThat(other.await(Mono.fromCallable(() -> InetAddress.getByName("db").getHostAddress())))
            .isEqualTo("10.7.0.7");
        assertThat(inTheWorld(() -> InetAddress.getByName("db").getHostAddress())).isEqualTo("10.0.0.2");
      }
    }
  }

  @Test
  void threadsOutsideSeeNoHost() throws Exception {
    assertThat(found("db", IPV4)).containsExactly(RecordingResolver.ADDRESS);
    assertThat(inTheWorld(() -> lab.outside(() -> found("db", IPV4)))).containsExactly(RecordingResolver.ADDRESS);
  }
}
