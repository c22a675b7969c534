package io.reactorstack.http.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ExternalCommand;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the commands {@code ping} and {@code traceroute} in their embedded lab. */
@Timeout(120)
class PathCommandsTest {

  @TempDir
  private Path folder;

  @Test
  void pingPrintsRepliesAndStatistics() {
    Ran ran = Ran.fetch("ping", "-c", "2");
    assertThat(ran.err()).isEmpty();
    assertThat(ran.code()).isZero();
    assertThat(ran.page()).isEqualTo("""
        PING www.example.lab (10.0.0.80) 56(84) bytes of data.
        64 bytes from 10.0.0.80: icmp_seq=1 ttl=61 time=40.0 ms
        64 bytes from 10.0.0.80: icmp_seq=2 ttl=61 time=20.0 ms

        --- www.example.lab ping statistics ---
        2 packets transmitted, 2 received, 0% packet loss, time 1020ms
        rtt min/avg/max/mdev = 20.000/30.000/40.000/10.000 ms
        """);
  }

  @Test
  void pingPrintsErrorsWithTheirReporter() {
    Ran expired = Ran.fetch("ping", "-c", "1", "-t", "2", "10.0.0.80");
    assertThat(expired.page()).contains("From 10.0.2.1 icmp_seq=1 Time to live exceeded\n",
        "1 packets transmitted, 0 received, +1 errors, 100% packet loss");
    assertThat(expired.code()).isEqualTo(ExitCode.NO_ROUTE.code());
    Ran tooLong = Ran.fetch("ping", "-c", "2", "-M", "do", "-s", "1472", "10.0.0.80");
    assertThat(tooLong.page()).contains("From 10.0.2.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)\n",
        "ping: local error: message too long, mtu=1400\n");
    Ran silent = Ran.fetch("ping", "-c", "2", "--loss", "100", "10.0.0.80");
    assertThat(silent.page()).contains("no answer for icmp_seq=1", "100% packet loss");
    assertThat(silent.code()).isEqualTo(ExitCode.TIMEOUT.code());
    Ran missing = Ran.fetch("ping", "-c", "1", "-W", "5", "10.0.0.99");
    assertThat(missing.page()).contains("From 10.0.0.1 icmp_seq=1 Destination Host Unreachable\n");
  }

  @Test
  void pingRecordsTheRoute() {
    assertThat(Ran.fetch("ping", "-c", "1", "-R").page()).contains("56(124) bytes of data", "RR: \t10.0.0.80\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-I", "-T", "-T -p 81", "-p 5000"})
  void traceroutePrintsTheRouters(String options) {
    Ran ran = Ran.fetch(("traceroute " + options).strip().split(" "));
    assertThat(ran.err()).isEmpty();
    assertThat(ran.code()).isZero();
    assertThat(ran.page().lines().map(line -> line.replaceAll(" [0-9.]+ ms", "").strip())).containsExactly(
        "traceroute to www.example.lab (10.0.0.80), 30 hops max, " + (options.contains("-T") ? 40 : 60)
            + " byte packets",
        "1  10.0.1.1", "2  10.0.2.1", "3  10.0.3.1", "4  10.0.0.80");
    assertThat(ran.page()).contains(" 4  10.0.0.80  ").contains("40.000 ms");
  }

  @Test
  void tracerouteFindsThePathMtu() {
    Ran ran = Ran.fetch("traceroute", "--mtu", "-q", "1", "-N", "1");
    assertThat(ran.page().lines().toList().get(3)).matches(" 3  10\\.0\\.3\\.1  .* ms {2}pmtu 1400 by 10\\.0\\.2\\.1");
  }

  @Test
  void tracerouteMarksSilenceAndUnreachability() {
    assertThat(Ran.fetch("traceroute", "--loss", "100", "-m", "2", "-w", "1", "10.0.0.80").page())
        .contains(" 1  * * *\n", " 2  * * *\n");
    assertThat(Ran.fetch("traceroute", "-q", "1", "10.0.0.99").page()).contains(" 1  10.0.0.1  3000.000 ms !H\n");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      6 | ping nowhere.example.lab    | ping: nowhere.example.lab: name not found, says 10.0.0.53:53
      2 | ping -c 0                   | ping: count 0 is out of range: 1 to 2147483647 probes (--help shows the options)
      2 | ping -p xyz                 | ping: pattern 'xyz' is not in hexadecimal digits, two for each octet (--help shows the options)
      2 | ping --tap tap0             | ping: a real network needs --address, --dhcp or --autoconfigure (--help shows the options)
      2 | traceroute -I -T            | traceroute: -I and -T exclude each other (--help shows the options)
      2 | traceroute -T --mtu         | traceroute: the path MTU cannot be discovered with TCP: a SYN has no data (--help shows the options)
      8 | traceroute 192.0.2.1        | traceroute: No route to host: 192.0.2.1
      """)
  void eachFailureHasACodeAndOneLine(int code, String args, String message) {
    Ran ran = Ran.fetch(args.split(" "));
    assertThat(ran.errorLines()).containsExactly(message);
    assertThat(ran.code()).isEqualTo(code);
  }

  @Test
  void storyAndCaptureShowTheFrames() {
    ExternalCommand.require("tshark");
    Path pcap = folder.resolve("ping.pcapng");
    Ran ran = Ran.fetch("ping", "-c", "1", "--story", "--pcap", pcap.toString(), "10.0.0.80");
    assertThat(ran.err()).contains("ARP who has 10.0.0.80?", "ping");
    assertThat(Tshark.count(pcap, "icmp")).isEqualTo(2);
  }

  @Test
  void helpNamesTheCommands() {
    assertThat(Ran.fetch("--help").page()).contains("ping", "traceroute");
    assertThat(Ran.fetch("ping", "--help").page()).contains("echo requests");
    assertThat(Ran.fetch("traceroute", "--help").page()).contains("--mtu");
  }
}
