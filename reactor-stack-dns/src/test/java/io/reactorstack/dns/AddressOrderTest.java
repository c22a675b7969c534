package io.reactorstack.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.AddressPolicy;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.testing.Requirement;
import io.reactorstack.udp.UdpMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The addresses of both IP versions of a name, in the order of RFC 6724. */
@Timeout(60)
class AddressOrderTest {

  private Lab lab;
  private Switch lan;
  private Host server;

  @BeforeEach
  void start() {
    lab = Lab.virtual(3);
    lan = lab.newSwitch("lan");
    server = host("dns", "10.0.0.53/24", "2001:db8::53/64");
    lab.await(ZoneServer.create(server.stack())
        .zone(Zone.of("example.lab")
            .address("both", IpAddress.parse("10.0.0.3"), IpAddress.parse("2001:db8::3"))
            .address("four", IpAddress.parse("10.0.0.4")).address("six", IpAddress.parse("2001:db8::6"))
            .address("many", IpAddress.parse("2001:db8:ffff::1"), IpAddress.parse("2001:db8::1:1"),
                IpAddress.parse("fd00::1")))
        .bind());
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private Host host(String name, String first, String... more) {
    Host made = lab.host(name).address(first).connectTo(lan);
    for (String each : more) {
      lab.await(made.stack().addAddress("if0", IpPrefix.parse(each)));
    }
    return made;
  }

  private List<String> resolve(Host on, String name) {
    DnsResolver resolver = DnsResolver.create(on.stack())
        .servers(IpAddress.parse(on.address().isV4() ? "10.0.0.53" : "2001:db8::53"));
    return lab.await(resolver.resolve(name).collectList()).stream().map(IpAddress::toString).toList();
  }

  private long queries() {
    return server.stack().meters().sum(UdpMeter.DATAGRAMS_RECEIVED);
  }

  @Test
  @Requirement("RFC1123-6.1.3.4-01")
  void aHostWithBothVersionsGetsTheAddressesOfBothInOrder() {
    Host client = host("client", "10.0.0.1/24", "2001:db8::1/64");
    assertThat(resolve(client, "both.example.lab")).containsExactly("2001:db8::3", "10.0.0.3");
    assertThat(resolve(client, "four.example.lab")).containsExactly("10.0.0.4");
    assertThat(resolve(client, "six.example.lab")).containsExactly("2001:db8::6");
    lab.await(client.stack().addRoute(IpPrefix.parse("::/0"), IpAddress.parse("2001:db8::53")));
    // The longest common prefix first; the label of fd00::/8 is not that of the source.
    assertThat(resolve(client, "many.example.lab"))
        .containsExactly("2001:db8::1:1", "2001:db8:ffff::1", "fd00::1");
    assertThatThrownBy(() -> resolve(client, "none.example.lab")).cause().isInstanceOf(DnsException.class)
        .hasMessage("none.example.lab: name not found, says 10.0.0.53:53");
  }

  @Test
  void aHostAsksForTheVersionsThatItHasAnAddressFor() {
    Host four = host("four", "10.0.0.1/24");
    long before = queries();
    assertThat(resolve(four, "both.example.lab")).containsExactly("10.0.0.3");
    assertThat(queries()).isEqualTo(before + 1);
    Host six = host("six", "2001:db8::1/64");
    assertThat(resolve(six, "both.example.lab")).containsExactly("2001:db8::3");
    assertThat(queries()).isEqualTo(before + 2);
    // A link-local address is no reason to look for addresses of IPv6.
    Host local = host("local", "10.0.0.7/24", "fe80::7/64");
    assertThat(resolve(local, "both.example.lab")).containsExactly("10.0.0.3");
    assertThat(queries()).isEqualTo(before + 3);
  }

  /** Several addresses are sorted on the loop, for which another thread has to wait; a single one is not sorted. */
  @Test
  void cachedAddressesAreEmittedDuringTheSubscriptionUnlessTheLoopHasToSortThem() {
    Host client = host("client", "10.0.0.1/24", "2001:db8::1/64");
    DnsResolver resolver = DnsResolver.create(client.stack()).servers(IpAddress.parse("10.0.0.53"));
    lab.await(resolver.resolve("four.example.lab").thenMany(resolver.resolve("both.example.lab")).then());
    List<String> single = new ArrayList<>();
    resolver.resolve("four.example.lab").map(IpAddress::toString).subscribe(single::add);
    assertThat(single).containsExactly("10.0.0.4");
    assertThat(lab.call(() -> {
      List<String> onTheLoop = new ArrayList<>();
      resolver.resolve("both.example.lab").map(IpAddress::toString).subscribe(onTheLoop::add);
      return List.copyOf(onTheLoop);
    })).containsExactly("2001:db8::3", "10.0.0.3");
    List<String> elsewhere = new ArrayList<>();
    resolver.resolve("both.example.lab").map(IpAddress::toString).subscribe(elsewhere::add);
    assertThat(elsewhere).isEmpty();
    lab.advance(Duration.ofMillis(1));
    assertThat(elsewhere).containsExactly("2001:db8::3", "10.0.0.3");
  }

  @Test
  void theOrderFollowsThePolicyAndTheRoutesOfTheHost() {
    Host client = lab.host("client").address("10.0.0.1/24").stack(s -> s.addressSelection(
        a -> a.withPolicy(AddressPolicy.DEFAULT.with(IpPrefix.parse("0.0.0.0/0"), 100, 4)))).connectTo(lan);
    lab.await(client.stack().addAddress("if0", IpPrefix.parse("2001:db8::1/64")));
    assertThat(resolve(client, "both.example.lab")).containsExactly("10.0.0.3", "2001:db8::3");
    // Cached answers are sorted anew: the network of the destination is no longer on the link.
    Host moving = host("moving", "10.0.0.2/24", "2001:db8::2/64");
    DnsResolver resolver = DnsResolver.create(moving.stack()).servers(IpAddress.parse("10.0.0.53"));
    assertThat(lab.await(resolver.resolve("both.example.lab").collectList())).hasToString("[2001:db8::3, 10.0.0.3]");
    lab.await(moving.stack().addAddress("if0", IpPrefix.parse("2001:db8:7::2/64")));
    lab.await(moving.stack().removeAddress(IpAddress.parse("2001:db8::2")));
    long before = queries();
    assertThat(lab.await(resolver.resolve("both.example.lab").collectList())).hasToString("[10.0.0.3, 2001:db8::3]");
    assertThat(queries()).isEqualTo(before);
  }
}
