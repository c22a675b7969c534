package io.reactorstack.dns.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.io.StringReader;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResolvConfTest {

  private static ResolvConf parse(String... lines) throws IOException {
    return ResolvConf.parse(new StringReader(String.join("\n", lines)), "");
  }

  private static List<String> servers(String... lines) throws IOException {
    return parse(lines).servers().servers().stream().map(IpAddress::toString).toList();
  }

  private static List<String> search(String hostName, String... lines) throws IOException {
    return ResolvConf.parse(new StringReader(String.join("\n", lines)), hostName).servers().searchDomains();
  }

  private static ResolverOptions options(String line) throws IOException {
    return parse("options " + line).options();
  }

  @Test
  void anEmptyFileHasTheDefaults() throws IOException {
    assertThat(servers("")).containsExactly("127.0.0.1");
    assertThat(search("host")).isEmpty();
    assertThat(parse().options()).isEqualTo(ResolverOptions.DEFAULT);
    assertThat(ResolverOptions.DEFAULT)
        .isEqualTo(new ResolverOptions(1, Duration.ofSeconds(5), 2, false, false, false, false, false));
  }

  @Test
  void readsThreeServers() throws IOException {
    assertThat(servers("# comment", "; comment", "nameserver 192.0.2.1 trailing words", "nameserver\t 2001:db8::1\t",
        "nameserver fe80::1%eth0", "nameserver 192.0.2.4"))
        .containsExactly("192.0.2.1", "2001:db8::1", "fe80::1%eth0");
  }

  @Test
  void ignoresLinesThatItDoesNotUnderstand() throws IOException {
    assertThat(
        servers("nameserver", "nameserver ", "nameserver here", "nameserver 192.0.2.1%eth0", " nameserver 192.0.2.2",
            "nameserver192.0.2.3", "#nameserver 192.0.2.4", "sortlist 192.0.2.0", "lookup file bind", "\u0000\ufffd x"))
        .containsExactly("127.0.0.1");
    assertThat(servers("nameserver x", "nameserver 192.0.2.1\r")).containsExactly("192.0.2.1");
  }

  @Test
  void theLastSearchListCounts() throws IOException {
    assertThat(search("h.a.example", "domain b.example x", "search c.example. d.example\te.example"))
        .containsExactly("c.example", "d.example", "e.example");
    assertThat(search("h.a.example", "search c.example d.example", "domain b.example x")).containsExactly("b.example");
    assertThat(search("h.a.example", "search c.example", "search ")).containsExactly("c.example");
  }

  @Test
  void theDomainOfTheHostIsSearchedUnlessAnotherListIsGiven() throws IOException {
    assertThat(search("h.a.example")).containsExactly("a.example");
    assertThat(search("h.a.example", "search .")).isEmpty();
    assertThat(search("h.")).isEmpty();
  }

  @Test
  void readsOptionsWithinTheirLimits() throws IOException {
    assertThat(options("ndots:4 timeout:7 attempts:3"))
        .isEqualTo(new ResolverOptions(4, Duration.ofSeconds(7), 3, false, false, false, false, false));
    assertThat(options("ndots:16 timeout:31 attempts:6"))
        .isEqualTo(new ResolverOptions(15, Duration.ofSeconds(30), 5, false, false, false, false, false));
    assertThat(options("ndots:0 timeout:0 attempts:0"))
        .isEqualTo(new ResolverOptions(0, Duration.ofSeconds(1), 1, false, false, false, false, false));
    assertThat(options("ndots:99999999999999999999 timeout: attempts:x"))
        .isEqualTo(new ResolverOptions(15, Duration.ofSeconds(1), 1, false, false, false, false, false));
    assertThat(parse("options ndots:3", "options timeout:2\tndots:5").options())
        .isEqualTo(new ResolverOptions(5, Duration.ofSeconds(2), 2, false, false, false, false, false));
  }

  @Test
  void readsFlags() throws IOException {
    Duration five = Duration.ofSeconds(5);
    assertThat(options("rotate")).isEqualTo(new ResolverOptions(1, five, 2, true, false, false, false, false));
    assertThat(options("use-vc")).isEqualTo(new ResolverOptions(1, five, 2, false, true, false, false, false));
    assertThat(options("edns0")).isEqualTo(new ResolverOptions(1, five, 2, false, false, true, false, false));
    assertThat(options("no-aaaa")).isEqualTo(new ResolverOptions(1, five, 2, false, false, false, true, false));
    assertThat(options("trust-ad")).isEqualTo(new ResolverOptions(1, five, 2, false, false, false, false, true));
    assertThat(options("debug ip6-dotint ndots rotate:1 Rotate :")).isEqualTo(ResolverOptions.DEFAULT);
  }
}
