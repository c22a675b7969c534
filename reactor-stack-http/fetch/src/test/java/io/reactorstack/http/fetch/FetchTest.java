package io.reactorstack.http.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.testing.ExternalCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the command in its embedded lab. */
@Timeout(120)
class FetchTest {

  private static final int MEGABYTE = 1_000_000;

  @TempDir
  private Path folder;

  @Test
  void printsThePageAndNothingElse() {
    Ran ran = Ran.fetch();
    assertThat(ran.code()).isZero();
    assertThat(ran.page()).startsWith("<!DOCTYPE html>\n").contains("<h1>A page from the lab</h1>")
        .endsWith("</html>\n");
    assertThat(ran.err()).isEmpty();
  }

  @Test
  void printsTheStoryFromArpToFin() {
    Ran ran = Ran.fetch("--story");
    assertThat(ran.page()).isEqualTo(Ran.fetch().page());
    assertThat(ran.err()).containsSubsequence(
        "client  dns     web",
        "ARP who has 10.0.0.53?",
        "ARP 10.0.0.53 is at",
        "DNS query A www.example.lab",
        "DNS answer A 10.0.0.80",
        "ARP who has 10.0.0.80?",
        "TCP#1 SYN ",
        "seq=0 win=65535 mss=1460",
        "TCP#1 SYN ACK",
        "GET / HTTP/1.1",
        "HTTP/1.1 200 OK",
        "FIN",
        "ACK");
    assertThat(ran.err().split("FIN", -1)).as("both sides close the connection").hasSize(3);
    assertThat(ran.errorLines().get(1)).startsWith("    0.000 ");
    assertThat(ran.err()).doesNotContain("RST");
  }

  @Test
  void readmeShowsTheBeginningOfTheStory() throws IOException {
    String readme = Files.readString(Path.of("../../README.md"));
    int from = readme.indexOf("       ms  client");
    List<String> shown = readme.substring(from, readme.indexOf("   …", from)).lines().toList();
    assertThat(shown).hasSizeGreaterThan(5).isEqualTo(Ran.fetch("--story").errorLines().subList(0, shown.size()));
  }

  @Test
  void showsHeadersAsCurlDoes() {
    Ran ran = Ran.fetch("-v");
    assertThat(ran.errorLines()).containsSubsequence(
        "> GET / HTTP/1.1", "> host: www.example.lab", ">", "< HTTP/1.1 200 OK", "<");
    assertThat(ran.errorLines().getFirst()).startsWith("* Connected to www.example.lab/10.0.0.80:80 from 10.0.0.1:");
  }

  @ParameterizedTest
  @CsvSource({"--http1.1, HTTP/1.1 200", "--http2, HTTP/2.0 200", "--http2-prior-knowledge, HTTP/2.0 200"})
  void usesTheRequestedHttpVersion(String version, String status) {
    Ran ran = Ran.fetch("-v", "--story", version, "www.example.lab/bytes/" + MEGABYTE);
    assertThat(ran.err()).contains("< " + status).doesNotContain("RST");
    assertThat(ran.err().split("FIN", -1)).as("both sides close the connection").hasSize(3);
    assertThat(ran.code()).isZero();
    assertThat(ran.bytes()).isEqualTo(WebPages.pattern(0, MEGABYTE));
  }

  @Test
  void equalSeedsGiveEqualRuns() throws IOException {
    byte[][] captures = new byte[3][];
    Ran[] runs = new Ran[3];
    for (int i = 0; i < 3; i++) {
      Path pcap = folder.resolve("capture-" + i);
      runs[i] = Ran.fetch("--seed", i < 2 ? "7" : "8", "--loss", "2", "--delay", "40", "--reorder", "2", "--story",
          "--pcap", pcap.toString(), "http://www.example.lab/bytes/" + MEGABYTE);
      captures[i] = Files.readAllBytes(pcap);
    }
    assertThat(runs[0].code()).isZero();
    assertThat(runs[0].bytes()).isEqualTo(WebPages.pattern(0, MEGABYTE)).isEqualTo(runs[1].bytes())
        .isEqualTo(runs[2].bytes());
    assertThat(runs[0].err()).contains("retransmitted").isEqualTo(runs[1].err()).isNotEqualTo(runs[2].err());
    assertThat(captures[0]).hasSizeGreaterThan(MEGABYTE).isEqualTo(captures[1]).isNotEqualTo(captures[2]);
  }

  @Test
  void writesACaptureThatTsharkAccepts() {
    ExternalCommand.require("tshark");
    Path pcap = folder.resolve("page.pcapng");
    assertThat(Ran.fetch("--pcap", pcap.toString()).code()).isZero();
    // Six frames are for ARP and DNS, seven for TCP: the server acknowledges the request before it answers.
    assertThat(Tshark.count(pcap, "frame")).isEqualTo(13);
    assertThat(Tshark.count(pcap, "http.response.code == 200")).isEqualTo(1);
    assertThat(Tshark.flaws(pcap, "0.0.0.0")).isEmpty();
  }

  @Test
  void writesTheBodyToAFile() throws IOException {
    Path file = folder.resolve("page");
    Ran ran = Ran.fetch("-o", file.toString(), "www.example.lab/bytes/" + 3 * MEGABYTE);
    assertThat(ran.code()).isZero();
    assertThat(ran.bytes()).isEmpty();
    assertThat(Files.readAllBytes(file)).isEqualTo(WebPages.pattern(0, 3 * MEGABYTE));
  }

  @Test
  void anEmptyBodyMakesAnEmptyFile() {
    Path file = folder.resolve("nothing");
    assertThat(Ran.fetch("-o", file.toString(), "www.example.lab/bytes/0").code()).isZero();
    assertThat(file).isEmptyFile();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      6  | http://nowhere.example.lab/           | fetch: nowhere.example.lab: name not found, says 10.0.0.53:53
      7  | http://www.example.lab:81/            | fetch: Connection refused: www.example.lab/10.0.0.80:81
      8  | http://192.0.2.1/                     | fetch: Network is unreachable: 192.0.2.1:80
      8  | http://10.0.0.99/                     | fetch: No route to host: 10.0.0.99:80
      22 | --fail http://www.example.lab/nothing | fetch: the server answered with status 404
      23 | -o /no/such/folder/page               | fetch: cannot write /no/such/folder/page: there is no such folder
      23 | --pcap /no/such/folder/page           | fetch: cannot write /no/such/folder/page: there is no such folder
      28 | -m 2.5 http://www.example.lab/silence | fetch: timeout: not finished within 2.5 s
      28 | --loss 100                            | fetch: timeout: www.example.lab: no answer from the DNS servers; asked last: 10.0.0.53:53
      2  | ftp://www.example.lab/                | fetch: not an http or https URL: ftp://www.example.lab/ (--help shows the options)
      2  | --http3 http://www.example.lab/       | fetch: --http3 needs an https URL (--help shows the options)
      2  | --http2 --http3 https://10.0.0.80/    | fetch: Error: --http2, --http3 are mutually exclusive (specify only one) (--help shows the options)
      2  | --cacert /nowhere/ca.pem            | fetch: --cacert: cannot read certificates from /nowhere/ca.pem (--help shows the options)
      2  | --cacert ca.pem -k                  | fetch: --cacert and --insecure exclude each other (--help shows the options)
      2  | --gateway 10.0.0.254                  | fetch: --address, --dhcp, --autoconfigure, --no-probe, --gateway and --dns need --tap, --packet or --passt (--help shows the options)
      2  | --tap tap0 http://192.0.2.1/          | fetch: a real network needs --address, --dhcp or --autoconfigure (--help shows the options)
      2  | --tap tap0 --dhcp --address 10.0.0.2/24 http://a/ | fetch: --address, --dhcp and --autoconfigure exclude each other (--help shows the options)
      2  | --tap tap0 --dhcp --gateway 10.0.0.1 http://a/    | fetch: --gateway needs --address (--help shows the options)
      2  | --tap tap0 --address 192.0.2.2/24     | fetch: a real network needs a URL (--help shows the options)
      2  | --loss 101                            | fetch: --delay must not be negative; --loss and --reorder must be 0 to 100 percent (--help shows the options)
      """)
  void eachFailureHasACodeAndOneLine(int code, String args, String message) {
    Ran ran = Ran.fetch(args.split(" "));
    assertThat(ran.errorLines()).containsExactly(message);
    assertThat(ran.code()).isEqualTo(code);
    assertThat(ran.bytes()).isEmpty();
  }

  @Test
  void anErrorPageIsFetchedLikeAnyPage() {
    Ran ran = Ran.fetch("http://www.example.lab/nothing", "-v");
    assertThat(ran.code()).isZero();
    assertThat(ran.errorLines()).contains("< HTTP/1.1 404 Not Found");
  }

  @Test
  void printsTheStoryOfAFailureToo() {
    Ran ran = Ran.fetch("http://www.example.lab:81/", "--story");
    assertThat(ran.err()).containsSubsequence("SYN", "RST", "fetch: Connection refused");
  }

  @Test
  void fullStandardOutputIsAWriteError() {
    OutputStream full = new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("No space left on device");
      }
    };
    StringWriter err = new StringWriter();
    assertThat(Fetch.run(full, new PrintWriter(err, true), false)).isEqualTo(ExitCode.WRITE_ERROR.code());
    assertThat(err.toString().lines())
        .containsExactly("fetch: cannot write standard output: No space left on device");
  }

  @Test
  void helpListsEveryExitCode() {
    Ran ran = Ran.fetch("--help");
    assertThat(ran.code()).isZero();
    List<String> lines = ran.page().lines().map(String::strip).toList();
    for (ExitCode each : ExitCode.values()) {
      assertThat(lines).anyMatch(line -> line.matches(each.code() + "  +\\S.*"));
    }
    assertThat(Ran.fetch("--version").page()).startsWith("fetch (reactor-stack) ");
  }
}
