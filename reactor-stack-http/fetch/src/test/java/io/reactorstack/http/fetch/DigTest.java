package io.reactorstack.http.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.lab.Host;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.ExternalCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the command {@code dig} in its embedded lab. */
@Timeout(120)
class DigTest {

  @TempDir
  private Path folder;

  private static Ran dig(String options) {
    return Ran.fetch(("dig " + options).strip().split(" +"));
  }

  private static String answered(String options) {
    Ran ran = dig(options);
    assertThat(ran.err()).isEmpty();
    assertThat(ran.code()).isZero();
    return ran.page();
  }

  @Test
  void printsTheAnswerAsDigDoes() {
    assertThat(answered("web.example.test")).isEqualTo("""
        ;; ->>HEADER<<- opcode: QUERY, status: NOERROR
        ;; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0

        ;; QUESTION SECTION:
        ;web.example.test.      IN  A

        ;; ANSWER SECTION:
        web.example.test.   59  IN  CNAME  www.example.lab.
        www.example.lab.    60  IN  A      10.1.9.80

        ;; Query time: 360 msec
        ;; SERVER: 10.0.0.53#53 (UDP)
        ;; MSG SIZE  rcvd: 118
        """);
  }

  @Test
  void printsTheAuthorityForTheAbsence() {
    assertThat(answered("nothing.old.example.test MX")).isEqualTo("""
        ;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN
        ;; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 1

        ;; QUESTION SECTION:
        ;nothing.old.example.test.      IN  MX

        ;; ANSWER SECTION:
        old.example.test.           59  IN  DNAME  example.lab.
        nothing.old.example.test.   59  IN  CNAME  nothing.example.lab.

        ;; AUTHORITY SECTION:
        example.lab.                30  IN  SOA    ns1.hosting.lab. hostmaster.example.lab. 1 3600 600 86400 30

        ;; Query time: 410 msec
        ;; SERVER: 10.0.0.53#53 (UDP)
        ;; MSG SIZE  rcvd: 198
        """);
  }

  @Test
  void drawsTheWayFromTheRoot() {
    assertThat(answered("--trace www.example.test")).isEqualTo("""
        zone                 asked                server                             time  result
        servers of .
        └─ .                 . NS                 a.root. (10.1.0.53)             60.0 ms  answer NS a.root.
        .                    test. A              a.root. (10.1.0.53)             30.0 ms  referral to test. (1 server)
        └─ test.             example.test. A      ns1.nic.test. (10.1.1.53)       80.0 ms  referral to example.test. (1 server)
           └─ example.test.  www.example.test. A  ns1.example.test. (10.1.3.53)  120.0 ms  answer A 10.1.9.80

        ;; ->>HEADER<<- opcode: QUERY, status: NOERROR
        ;; flags: qr aa; QUERY: 1, ANSWER: 1, AUTHORITY: 0

        ;; QUESTION SECTION:
        ;www.example.test.      IN  A

        ;; ANSWER SECTION:
        www.example.test.   60  IN  A  10.1.9.80

        ;; Total: 4 queries, 290 msec
        """);
  }

  @Test
  void drawsTheSearchForTheAddressOfAServerAtItsPlace() {
    assertThat(answered("+trace www.outside.test")).startsWith("""
        zone                                   asked                server                            time  result
        servers of .
        └─ .                                   . NS                 a.root. (10.1.0.53)            60.0 ms  answer NS a.root.
        .                                      test. A              a.root. (10.1.0.53)            30.0 ms  referral to test. (1 server)
        └─ test.                               outside.test. A      ns1.nic.test. (10.1.1.53)      80.0 ms  referral to outside.test. (1 server)
           ├─ address of ns1.hosting.lab. (A)
           │  └─ .                             lab. A               a.root. (10.1.0.53)            30.0 ms  referral to lab. (1 server)
           │     └─ lab.                       hosting.lab. A       ns1.nic.lab. (10.1.2.53)      100.0 ms  referral to hosting.lab. (1 server)
           │        └─ hosting.lab.            ns1.hosting.lab. A   ns1.hosting.lab. (10.1.4.53)   60.0 ms  answer A 10.1.4.53
           └─ outside.test.                    www.outside.test. A  ns1.hosting.lab. (10.1.4.53)   40.0 ms  answer A 10.1.9.80

        """);
  }

  @Test
  void theGuideShowsAPicture() throws IOException {
    String guide = Files.readString(Path.of("../../reactor-stack/docs/guide.md"));
    String command = "$ fetch dig --trace www.outside.test\n";
    int from = guide.indexOf(command) + command.length();
    String shown = guide.substring(from, guide.indexOf("```", from));
    assertThat(shown).startsWith("zone ");
    assertThat(answered("--trace www.outside.test")).startsWith(shown + "\n;; ->>HEADER<<-");
  }

  @Test
  void drawsTheWayOfAnAliasFromItsTarget() {
    Ran ran = dig("--trace www.old.example.test +tcp");
    assertThat(ran.page()).startsWith("""
        zone                    asked                    server                             time  result
        servers of .
        └─ .                    . NS                     a.root. (10.1.0.53)             90.0 ms  answer NS a.root. (TCP)
        .                       test. A                  a.root. (10.1.0.53)             30.0 ms  referral to test. (1 server) (TCP)
        └─ test.                example.test. A          ns1.nic.test. (10.1.1.53)      130.0 ms  referral to example.test. (1 server) (TCP)
           └─ example.test.     old.example.test. A      ns1.example.test. (10.1.3.53)  190.0 ms  no data (TCP)
                                www.old.example.test. A  ns1.example.test. (10.1.3.53)   70.0 ms  alias of www.example.lab. (TCP)
        alias www.example.lab.
        └─ .                    lab. A                   a.root. (10.1.0.53)             30.0 ms  referral to lab. (1 server) (TCP)
           └─ lab.              example.lab. A           ns1.nic.lab. (10.1.2.53)       160.0 ms  referral to example.lab. (1 server) (TCP)
              └─ example.lab.   www.example.lab. A       ns1.hosting.lab. (10.1.4.53)   100.0 ms  answer A 10.1.9.80 (TCP)

        """).contains("""
        ;; ANSWER SECTION:
        old.example.test.       59  IN  DNAME  example.lab.
        www.old.example.test.   59  IN  CNAME  www.example.lab.
        www.example.lab.        60  IN  A      10.1.9.80
        """);
  }

  @Test
  void drawsSilentAndLameServers() {
    // The order of two servers that were never asked is random.
    String page = IntStream.rangeClosed(1, 20).mapToObj(seed -> answered("--trace www.slow.test --seed " + seed))
        .filter(shown -> shown.contains("no answer")).findFirst().orElseThrow();
    assertThat(page).contains("""
           └─ slow.test.  www.slow.test. A  ns1.slow.test. (10.1.5.53)     400.0 ms  no answer
                          www.slow.test. A  ns1.example.test. (10.1.3.53)  120.0 ms  answer A 10.1.9.80
        """);
    Ran broken = dig("--trace www.broken.test");
    assertThat(broken.page()).contains(
        "   └─ broken.test.  www.broken.test. A  ns1.nic.test. (10.1.1.53)  50.0 ms  lame: not authoritative for broken.test\n")
        .endsWith("\n\n;; Total: 4 queries, 220 msec\n");
    assertThat(broken.err())
        .isEqualTo("dig: www.broken.test: the DNS servers failed; asked last: 10.1.1.53:53\n");
    assertThat(broken.code()).isEqualTo(ExitCode.NAME_NOT_FOUND.code());
  }

  @Test
  void drawsWithAsciiCharacters() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Fetch.run(out, new PrintWriter(new StringWriter()), true, "dig", "--trace", "big.example.test", "TXT");
    assertThat(out.toString(StandardCharsets.UTF_8)).matches("\\p{ASCII}*")
        .contains("\n`- test.  ", "\n   `- example.test.  ",
            "140.0 ms  answer TXT \"" + "0".repeat(39) + "... (TCP)\n");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
      +short -x 10.1.9.80             | www.example.test.
      +trace +short -x 10.1.9.80      | www.example.test.
      MX example.test --short         | 10 www.example.test.
      -t TXT example.test. +short     | "v=spf1 -all"
      +short                          | a.root.
      +short IN NS test               | ns1.nic.test.
      +short nowhere.example.test     | ``
      +short --lab home www.example.lab | 203.0.113.10
      +short @ns1.example.test www.example.test | 10.1.9.80
      """)
  void printsOnlyTheData(String options, String data) {
    assertThat(answered(options)).isEqualTo(data.isEmpty() ? "" : data + "\n");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      www.example.test             | ;; SERVER: 10.0.0.53#53 (UDP) | rcvd: 89
      www.example.test +noedns     | ;; SERVER: 10.0.0.53#53 (UDP) | rcvd: 50
      www.example.test +tcp        | ;; SERVER: 10.0.0.53#53 (TCP) | rcvd: 89
      big.example.test TXT         | ;; SERVER: 10.0.0.53#53 (TCP) | rcvd: 2095
      @10.1.3.53 www.example.test  | ;; SERVER: 10.1.3.53#53 (UDP) | flags: qr aa rd;
      @10.1.0.53 www.example.test  | ;; WARNING: referral from a recursive server | status: NOERROR
      @10.1.0.53#53 www.nowhere    | ;; SERVER: 10.1.0.53#53 (UDP) | status: NXDOMAIN
      www.broken.test              | ;; SERVER: 10.0.0.53#53 (UDP) | status: SERVFAIL
      --lab lan www.example.lab    | ;; SERVER: 10.0.0.53#53 (UDP) | flags: qr aa rd;
      """)
  void namesTheServerAndItsTransport(String options, String server, String message) {
    assertThat(answered(options)).contains(server + "\n", message);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      8  | @10.1.9.80 a.test            | a.test: no DNS server can be reached; asked last: 10.1.9.80:53
      8  | @10.1.3.53#5353 a.test       | a.test: no DNS server can be reached; asked last: 10.1.3.53:5353
      8  | -p 5353 a.test               | a.test: no DNS server can be reached; asked last: 10.0.0.53:5353
      28 | --loss 100 --timeout 1 a.test | timeout: a.test: no answer from the DNS servers; asked last: 10.0.0.53:53
      28 | --trace www.slow.test +time=0.2 | timeout: not finished within 0.2 s
      6  | @nowhere.test a.test         | nowhere.test: name not found, says 10.0.0.53:53
      2  | one.test two.test            | more than one name: one.test and two.test (--help shows the options)
      2  | MX one.test A                | more than one type: MX and A (--help shows the options)
      2  | @10.0.0.1 @10.0.0.2 one.test | more than one server: @10.0.0.1 and @10.0.0.2 (--help shows the options)
      2  | @ one.test                   | @ needs the name or address of a server (--help shows the options)
      2  | @10.0.0.1#0 one.test         | port 0 is out of range: 1 to 65535 (--help shows the options)
      2  | @10.0.0.1#dns one.test       | not a port: 'dns' (--help shows the options)
      2  | -p 65536 one.test            | port 65536 is out of range: 1 to 65535 (--help shows the options)
      2  | -t NONE one.test             | not a record type: 'NONE' (--help shows the options)
      2  | example.test AXFR            | AXFR is not a type of records (--help shows the options)
      2  | -x 10.1.9.80 one.test        | more than one name: one.test and 80.9.1.10.in-addr.arpa (--help shows the options)
      2  | -x 10.1.9                    | Invalid value for option '-x': not an IP address: '10.1.9' (--help shows the options)
      2  | --timeout 3601 one.test      | --timeout must not be above an hour (--help shows the options)
      2  | --trace @10.0.0.1 one.test   | --trace starts at the servers of the root, not at @10.0.0.1 (--help shows the options)
      2  | --trace --lab lan one.test   | --trace needs --lab dns or a real network: there is no root in --lab lan (--help shows the options)
      2  | --root-hints hints one.test  | --root-hints is for --trace on a real network (--help shows the options)
      2  | --tap t --dhcp --trace --root-hints /nowhere a.test | --root-hints: cannot read /nowhere (--help shows the options)
      2  | +nothing one.test            | unknown option +nothing (--help shows the options)
      """)
  void eachFailureHasACodeAndOneLine(int code, String options, String message) {
    Ran ran = dig(options);
    assertThat(ran.errorLines()).containsExactly("dig: " + message);
    assertThat(ran.code()).isEqualTo(code);
  }

  @Test
  void theStoryShowsEveryPacketOfTheWalk() {
    Ran ran = dig("--trace --story www.example.test");
    assertThat(ran.err()).isEqualTo("""
               ms  client   router   root     test     example
            0.000  ├──────────────────────────────────▶│   ARP who has 10.0.0.1?
           20.000  │◀───────┤        │        │        │   ARP 10.0.0.1 is at 02:00:0a:00:00:01
           20.000  ├────────────────▶│        │        │   DNS query NS .
           60.000  │◀────────────────┤        │        │   DNS answer NS ttl 60
           60.000  ├────────────────▶│        │        │   DNS query A test
           90.000  │◀────────────────┤        │        │   DNS referral to test for A test
           90.000  ├─────────────────────────▶│        │   DNS query A example.test
          170.000  │◀─────────────────────────┤        │   DNS referral to example.test for A example.test
          170.000  ├──────────────────────────────────▶│   DNS query A www.example.test
          290.000  │◀──────────────────────────────────┤   DNS answer A 10.1.9.80 ttl 60
        """);
    assertThat(dig("--trace --story +tcp www.example.test").err())
        .contains("TCP#1 SYN", ": query A test\n");
  }

  @Test
  void writesACaptureThatTsharkAccepts() {
    ExternalCommand.require("tshark");
    Path pcap = folder.resolve("walk.pcapng");
    assertThat(dig("--trace www.example.test --pcap " + pcap).code()).isZero();
    assertThat(Tshark.count(pcap, "dns")).isEqualTo(8);
    assertThat(Tshark.flaws(pcap, "0.0.0.0")).isEmpty();
  }

  @Test
  void theLabServesTheOtherCommandsToo() {
    assertThat(Ran.fetch("--lab", "dns", "http://www.example.test/").page()).isEqualTo(Ran.fetch().page());
    assertThat(Ran.fetch("ping", "--lab", "dns", "-c", "1").page())
        .contains("64 bytes from 10.1.9.80: icmp_seq=1 ttl=63");
  }

  @Test
  void theStoryNamesAllAddresses() {
    FrameRecorder nothing = new FrameRecorder(false, false, null, false, 80, Map.of());
    Map<IpAddress, String> names = DnsLab.names();
    try (DnsLab world = DnsLab.start(1, wire -> wire, nothing)) {
      for (Host host : world.lab().hosts()) {
        assertThat(host.addresses()).isNotEmpty()
            .allSatisfy(address -> assertThat(names.get(address)).isEqualTo(host.name()));
      }
    }
  }

  @Test
  void helpShowsTheWordsAndTheNames() {
    assertThat(answered("--help")).contains("[@SERVER[#PORT]] [NAME] [TYPE]", "+trace, --trace", "+short, --short",
        "www.outside.test", "dns: a client behind a router");
    assertThat(Ran.fetch("--help").page()).contains("dig ");
  }
}
