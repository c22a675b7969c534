package io.reactorstack.http.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Host;
import io.reactorstack.packet.IpAddress;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the command in the simulated network {@code home}, and the options that show its inside. */
@Timeout(120)
class HomeLabTest {

  private static final String HOME = """
      request: GET / HTTP/1.1, 106 octets
      ms      from     to       MAC addresses                          IP addresses and ports                TTL
      0.000   laptop   home     02:81:9a:dd:d0:ed > 02:00:c0:a8:01:01  192.168.1.100:3356 > 203.0.113.10:80  64
      0.000   home     router1  02:00:c0:00:02:0a > 02:00:c0:00:02:01  192.0.2.10:45426 > 203.0.113.10:80    63
      10.000  router1  router2  02:00:c6:12:0c:01 > 02:00:c6:12:0c:02  192.0.2.10:45426 > 203.0.113.10:80    62
      15.000  router2  router3  02:00:c6:12:17:02 > 02:00:c6:12:17:03  192.0.2.10:45426 > 203.0.113.10:80    61
      20.000  router3  www      02:00:cb:00:71:01 > 02:00:cb:00:71:0a  192.0.2.10:45426 > 203.0.113.10:80    60
      answer: HTTP/1.1 200 OK, 478 octets
      ms      from     to       MAC addresses                          IP addresses and ports                TTL
      20.000  www      router3  02:00:cb:00:71:0a > 02:00:cb:00:71:01  203.0.113.10:80 > 192.0.2.10:45426    64
      20.000  router3  router2  02:00:c6:12:17:03 > 02:00:c6:12:17:02  203.0.113.10:80 > 192.0.2.10:45426    63
      25.000  router2  router1  02:00:c6:12:0c:02 > 02:00:c6:12:0c:01  203.0.113.10:80 > 192.0.2.10:45426    62
      30.000  router1  home     02:00:c0:00:02:01 > 02:00:c0:00:02:0a  203.0.113.10:80 > 192.0.2.10:45426    61
      40.000  home     laptop   02:00:c0:a8:01:01 > 02:81:9a:dd:d0:ed  203.0.113.10:80 > 192.168.1.100:3356  60
      """;

  private static final String LAN = """
      request: GET / HTTP/1.1, 106 octets
      ms     from    to   MAC addresses                          IP addresses and ports         TTL
      0.000  client  web  02:00:0a:00:00:01 > 02:00:0a:00:00:50  10.0.0.1:12257 > 10.0.0.80:80  64
      answer: HTTP/1.1 200 OK, 478 octets
      ms      from  to      MAC addresses                          IP addresses and ports         TTL
      10.000  web   client  02:00:0a:00:00:50 > 02:00:0a:00:00:01  10.0.0.80:80 > 10.0.0.1:12257  64
      """;

  @Test
  void hopsShowTheRequestAndItsAnswerOnEachLink() {
    Ran ran = Ran.fetch("--lab", "home", "--hops");
    assertThat(ran.code()).isZero();
    assertThat(ran.page()).isEqualTo(Ran.fetch().page());
    assertThat(ran.err()).isEqualTo(HOME);
    assertThat(Ran.fetch("--lab", "lan", "--hops").err()).isEqualTo(LAN);
  }

  @Test
  void hopsShowRetransmissionsAndSilence() {
    Ran late = Ran.fetch("--lab", "home", "--hops", "--loss", "30", "--seed", "2");
    assertThat(late.code()).isZero();
    assertThat(late.errorLines()).filteredOn(line -> line.matches(".* home +laptop .* 60")).hasSizeGreaterThan(1);
    assertThat(Ran.fetch("--hops", "http://www.example.lab:81/").errorLines()).startsWith("no request was sent");
    assertThat(Ran.fetch("--hops", "-m", "1", "http://www.example.lab/silence").errorLines())
        .contains("no answer was sent");
  }

  @Test
  void theStoryShowsBothSidesOfTheAccessPoint() {
    Ran ran = Ran.fetch("--lab", "home", "--story");
    assertThat(ran.err()).doesNotContain("MLD", "0.0.0.0");
    assertThat(ran.errorLines().getFirst().strip().split(" +"))
        .containsExactly("ms", "laptop", "home", "router1", "dns", "www");
    assertThat(ran.err()).containsSubsequence(
        "DHCP discover", "DHCP offer 192.168.1.100 from", "ARP announces 192.168.1.100",
        "DNS query A www.example.lab", "ARP who has 192.0.2.1?", "DNS query A www.example.lab",
        "DNS answer A 203.0.113.10", "DNS answer A 203.0.113.10", "TCP#1 SYN", "TCP#2 SYN", "TCP#2 SYN ACK",
        "TCP#1 SYN ACK",
        "GET / HTTP/1.1", "GET / HTTP/1.1", "TCP#2 FIN data 478 B", "TCP#1 FIN data 478 B");
  }

  @Test
  void tablesShowTheHostsAtTheEnd() {
    assertThat(Ran.fetch("--tables").errorLines().stream().filter(line -> line.endsWith("  running")))
        .containsExactly("switch lan  running", "host client  running", "host dns  running", "host web  running");
    Ran home = Ran.fetch("--lab", "home", "--tables");
    assertThat(home.err()).startsWith("tables at ").containsSubsequence("router router1  running",
        "NAT router home  running", "192.168.1.100:3356", "192.0.2.10:45426", "host laptop  running");
    assertThat(Ran.fetch("ping", "--lab", "home", "-c", "1", "--tables").err()).startsWith("tables at ");
  }

  @Test
  void theStoryNamesAllAddresses() {
    FrameRecorder nothing = new FrameRecorder(false, false, null, false, 80, Map.of());
    Map<IpAddress, String> names = HomeLab.names();
    try (HomeLab world = HomeLab.start(1, line -> line, nothing)) {
      for (Host host : world.lab().hosts()) {
        assertThat(host.addresses()).isNotEmpty()
            .allSatisfy(address -> assertThat(names.get(address)).isEqualTo(host.name().replace(".example.lab", "")));
      }
    }
  }

  @Test
  void tracerouteShowsTheAccessPointAndTheRouters() {
    Ran ran = Ran.fetch("traceroute", "--lab", "home", "--delay", "3", "-q", "1");
    assertThat(ran.code()).isZero();
    assertThat(ran.page()).isEqualTo("""
        traceroute to www.example.lab (203.0.113.10), 30 hops max, 60 byte packets
         1  192.168.1.1  0.000 ms
         2  192.0.2.1  6.000 ms
         3  198.18.12.2  16.000 ms
         4  198.18.23.3  26.000 ms
         5  203.0.113.10  26.000 ms
        """);
  }

  @Test
  void pingReachesTheServerPark() {
    Ran ran = Ran.fetch("ping", "--lab", "home", "-c", "1");
    assertThat(ran.code()).isZero();
    assertThat(ran.page()).contains("64 bytes from 203.0.113.10: icmp_seq=1 ttl=60 time=40.0 ms\n");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      2  | --lab park                            | fetch: Invalid value for option '--lab': 'park' is neither lan, home nor dns (--help shows the options)
      2  | ping --lab HOME                       | ping: Invalid value for option '--lab': 'HOME' is neither lan, home nor dns (--help shows the options)
      2  | --lab home --tap tap0 --dhcp http://a/| fetch: --lab and --tables are for the simulated network, not with --tap, --packet or --passt (--help shows the options)
      2  | --tables --tap tap0 --dhcp http://a/  | fetch: --lab and --tables are for the simulated network, not with --tap, --packet or --passt (--help shows the options)
      2  | --hops --tap tap0 --dhcp http://a/    | fetch: --hops is for the simulated network, not with --tap, --packet or --passt (--help shows the options)
      6  | --lab home http://nowhere/            | fetch: nowhere: name not found, says 192.168.1.1:53
      7  | --lab home http://www.example.lab:81/ | fetch: Connection refused: www.example.lab/203.0.113.10:81
      22 | --lab home --fail www.example.lab/x   | fetch: the server answered with status 404
      28 | --lab home -m 3 --loss 100 http://203.0.113.10/ | fetch: timeout: not finished within 3.0 s
      """)
  void eachFailureHasACodeAndOneLine(int code, String args, String message) {
    Ran ran = Ran.fetch(args.split(" "));
    assertThat(ran.errorLines()).containsExactly(message);
    assertThat(ran.code()).isEqualTo(code);
  }

  @Test
  void helpExplainsTheNetworks() {
    assertThat(Ran.fetch("--help").page()).contains("--lab=NAME", "home: a laptop", "--hops", "--tables");
    assertThat(Ran.fetch("traceroute", "--help").page()).contains("--lab=NAME", "--tables").doesNotContain("--hops");
  }
}
