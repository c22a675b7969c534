package io.reactorstack.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.dns.outcome.DnsException;
import io.reactorstack.dns.server.Zone;
import io.reactorstack.dns.server.ZoneServer;
import io.reactorstack.lab.DhcpServer;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A resolver without configured servers queries those that its stack has learnt from the network. */
class LearnedServersTest {

  @Test
  void serversOfDhcpAreQueriedUntilOthersAreConfigured() {
    try (Lab lab = Lab.virtual(1)) {
      Switch lan = lab.newSwitch("lan");
      Host dns = lab.host("dns").on(lan, "10.0.0.53/24").start();
      lab.await(ZoneServer.create(dns.stack())
          .zone(Zone.of("example.lab").address("www", IpAddress.parse("10.0.0.3"))).bind());
      lab.host("router").on(lan, "10.0.0.1/24")
          .runs(DhcpServer.of("10.0.0.100", "10.0.0.199").router("10.0.0.1").dnsServers("10.0.0.53")).start();
      Host client = lab.host("client").on(lan).start();
      DnsResolver resolver = DnsResolver.create(client.stack());
      DnsException.Reason early = lab.await(resolver.resolve("www.example.lab")
          .then(Mono.<DnsException.Reason>empty())
          .onErrorResume(DnsException.class, e -> Mono.just(e.reason())));
      assertThat(early).isEqualTo(DnsException.Reason.NO_SERVER);
      lab.await(client.stack().configured(Duration.ofMinutes(1)));
      assertThat(client.stack().dns().servers()).containsExactly(IpAddress.parse("10.0.0.53"));
      lab.advance(Duration.ofMinutes(1));
      assertThat(lab.await(resolver.resolve("www.example.lab").collectList()))
          .containsExactly(IpAddress.parse("10.0.0.3"));
      DnsResolver elsewhere = resolver.servers(IpAddress.parse("10.0.0.1"));
      assertThat(lab.await(elsewhere.resolve("www.example.lab").then(Mono.just("found"))
          .onErrorResume(DnsException.class, e -> Mono.just("failed")))).isEqualTo("failed");
    }
  }
}
