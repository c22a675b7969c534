package io.reactorstack.dns.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ZoneFileTest {

  private static final String EXAMPLE = """
      ; a comment
      $TTL 1h
      @  IN SOA ns hostmaster ( 2024 ; the serial
           1d 2h 4w
           300 )
         NS ns
         NS ns2.example.net.
      ns 5m A 10.0.0.1
         AAAA 2001:db8::1
      www IN 60 A 10.0.0.3
      _443._tcp.www TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      text TXT "one; two (three" four "\\"quoted\\" \\\\ \\195\\188" "ü"
      unknown TYPE65280 \\# 3 010203
      we\\.ird\\032name A 10.0.0.4
      \\$dollar A 10.0.0.5
      svc HTTPS 1 . alpn="h2,h3" port=8443
      *.wild MX 10 mx
      naptr NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .
      $ORIGIN sub
      @ NS ns
      ns A 10.0.0.9
      $ORIGIN example.lab.
      $GENERATE 1-3 host$ A 10.1.0.$
      old DNAME new
      """;

  @TempDir
  private Path folder;

  private static Zone parse(String text) throws IOException {
    return Zone.parse("example.lab", new StringReader(text));
  }

  private static List<String> records(Zone zone) {
    return zone.records().stream().map(Object::toString).toList();
  }

  private Path file(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void readsTheFormatOfRfc1035() throws IOException {
    assertThat(records(parse(EXAMPLE))).containsExactlyInAnyOrder(
        "example.lab. 3600 IN SOA ns.example.lab. hostmaster.example.lab. 2024 86400 7200 2419200 300",
        "example.lab. 3600 IN NS ns.example.lab.",
        "example.lab. 3600 IN NS ns2.example.net.",
        "ns.example.lab. 300 IN A 10.0.0.1",
        "ns.example.lab. 3600 IN AAAA 2001:db8::1",
        "www.example.lab. 60 IN A 10.0.0.3",
        "_443._tcp.www.example.lab. 3600 IN TLSA 3 1 1"
            + " 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
        "text.example.lab. 3600 IN TXT \"one; two (three\" \"four\" \"\\\"quoted\\\" \\\\ \\195\\188\" \"\\195\\188\"",
        "unknown.example.lab. 3600 IN TYPE65280 \\# 3 010203",
        "we\\.ird\\032name.example.lab. 3600 IN A 10.0.0.4",
        "\\$dollar.example.lab. 3600 IN A 10.0.0.5",
        "svc.example.lab. 3600 IN HTTPS 1 . alpn=\"h2,h3\" port=8443",
        "*.wild.example.lab. 3600 IN MX 10 mx.example.lab.",
        "naptr.example.lab. 3600 IN NAPTR 100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:info@example.com!\" .",
        "sub.example.lab. 3600 IN NS ns.sub.example.lab.",
        "ns.sub.example.lab. 3600 IN A 10.0.0.9",
        "host1.example.lab. 3600 IN A 10.1.0.1",
        "host2.example.lab. 3600 IN A 10.1.0.2",
        "host3.example.lab. 3600 IN A 10.1.0.3",
        "old.example.lab. 3600 IN DNAME new.example.lab.");
  }

  @Test
  void whatItWritesItReadsAgain() throws IOException {
    Zone zone = parse(EXAMPLE);
    String text = zone.zoneFile();
    assertThat(text).startsWith("$ORIGIN example.lab.\nexample.lab. 3600 IN SOA ns.example.lab.").hasLineCount(21);
    assertThat(Zone.parse("other.origin", new StringReader("www 60 A 10.0.0.1")).zoneFile())
        .contains("www.other.origin.");
    assertThat(parse(text).zoneFile()).isEqualTo(text);
    assertThat(records(parse(text))).isEqualTo(records(zone));
    assertThat(Zone.load(file("written.zone", text)).zoneFile()).as("the file names its zone").isEqualTo(text);
  }

  @Test
  void aMissingTtlIsThatOfTheLastRecordOrOfTheSoa() throws IOException {
    assertThat(records(parse("@ SOA . . 1 1 1 1 77\na A 10.0.0.1\nb 5 A 10.0.0.1\nc A 10.0.0.1\n"))).contains(
        "example.lab. 77 IN SOA . . 1 1 1 1 77", "a.example.lab. 77 IN A 10.0.0.1", "b.example.lab. 5 IN A 10.0.0.1",
        "c.example.lab. 5 IN A 10.0.0.1");
  }

  @Test
  void aFileWithoutSoaAndServersGetsThem() throws IOException {
    assertThat(records(parse("www 60 A 10.0.0.3\r\n\r\n"))).containsExactly(
        "example.lab. 30 IN SOA ns.example.lab. hostmaster.example.lab. 1 3600 600 86400 30",
        "example.lab. 60 IN NS ns.example.lab.",
        "www.example.lab. 60 IN A 10.0.0.3");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
      "www A 10.0.0.1 | line 2: missing TTL",
      "www 60 FOO 1 | line 2: Invalid type 'FOO'",
      "www 60 A 10.0.0.256 | line 2: Invalid address: 10.0.0.256",
      "www 60 TXT \"open | line 2: EOF in quoted string",
      "www 60 A ( 10.0.0.1 | line 2: a parenthesis is not closed",
      "www 60 A 10.0.0.1 ) | line 2: invalid close parenthesis",
      "$TTL | line 2: expected one value after $TTL",
      "$TTL soon | line 2: not a time to live: 'soon'",
      "$FOO x | line 2: unknown directive $FOO",
      "$INCLUDE more.db | line 2: $INCLUDE needs a zone file that is read from a folder",
      "$GENERATE 1-0 a$ 60 A 10.0.0.$ | line 2: Invalid $GENERATE range specifier: 1-0",
      "$GENERATE 0-4000000 a$ 60 TXT $ | line 2: $GENERATE does not support TXT records",
      "www.example.net. 60 A 10.0.0.1 | line 2: www.example.net. is not in the zone example.lab.",
      "www 60 CH A 10.0.0.1 | line 2: www.example.lab. has a record of the class CH: expected IN"})
  void aFaultHasItsLine(String line, String message) {
    assertThatThrownBy(() -> parse("; the first line\n" + line)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aFaultOfTheZoneHasTheLineOfItsRecord() {
    assertThatThrownBy(() -> parse("a 60 CNAME b\nb 60 A 10.0.0.1\n\na ( 60\n  A 10.0.0.1 )\n"))
        .isInstanceOf(IllegalArgumentException.class).hasMessage(
            "line 4: a.example.lab. cannot be an alias and have other records (RFC 1034 section 3.6.2)");
    assertThatThrownBy(() -> parse("  60 A 10.0.0.1\n")).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("line 1: the first record has no owner");
  }

  @Test
  void generatedRecordsAreBounded() {
    assertThatThrownBy(() -> parse("$GENERATE 1-4000000000 a$ 60 A 10.0.0.1")).hasMessage(
        "line 1: more than 65536 records");
  }

  @Test
  void aReaderThatFailsIsReported() {
    Reader failing = new Reader() {
      @Override
      public int read(char[] buffer, int offset, int length) throws IOException {
        throw new IOException("gone");
      }

      @Override
      public void close() {}
    };
    assertThatThrownBy(() -> Zone.parse("lab", failing)).isInstanceOf(IOException.class).hasMessage("gone");
  }

  @Test
  void includesFilesRelativeToTheFileThatNamesThem() throws IOException {
    file("parts/hosts.db", "www A 10.0.0.3\n$ORIGIN deep\n$INCLUDE more/last.db\nx A 10.0.0.5\n");
    file("parts/more/last.db", "y A 10.0.0.6\n");
    Path main = file("main.db", """
        $ORIGIN example.lab.
        @ 60 SOA ns hostmaster 1 1 1 1 1
        a 60 A 10.0.0.1
        $INCLUDE parts/hosts.db sub ; comment
          AAAA 2001:db8::1
        b A 10.0.0.2
        """);
    assertThat(records(Zone.load(main))).contains(
        "www.sub.example.lab. 60 IN A 10.0.0.3",
        "y.deep.sub.example.lab. 60 IN A 10.0.0.6",
        "x.deep.sub.example.lab. 60 IN A 10.0.0.5",
        "a.example.lab. 60 IN AAAA 2001:db8::1",
        "b.example.lab. 60 IN A 10.0.0.2");
  }

  @Test
  void aFaultHasTheFileInWhichItIs() throws IOException {
    file("parts/bad.db", "\nwww 60 A nowhere\n");
    file("parts/outside.db", "www.example.net. 60 A 10.0.0.1\n");
    Path bad = file("a.db", "$INCLUDE parts/bad.db\n");
    Path outside = file("b.db", "\n$INCLUDE parts/outside.db\n");
    assertThatThrownBy(() -> Zone.load("example.lab", bad)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parts/bad.db:2: Invalid address: nowhere");
    assertThatThrownBy(() -> Zone.load("example.lab", outside)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("parts/outside.db:1: www.example.net. is not in the zone example.lab.");
    Path own = file("c.db", "x");
    assertThatThrownBy(() -> Zone.load("example.lab", own)).hasMessageStartingWith(own + ":1: ");
  }

  @Test
  void doesNotIncludeFilesFromOutsideOrWithoutEnd() throws IOException {
    Path secret = file("secret.db", "www 60 A 10.0.0.1\n");
    Path up = file("zones/up.db", "$INCLUDE ../secret.db\n");
    Path absolute = file("absolute.db", "$INCLUDE " + secret + "\n");
    Path self = file("self.db", "$INCLUDE self.db\n");
    Path missing = file("missing.db", "$INCLUDE nothing.db\n");
    assertThatThrownBy(() -> Zone.load("lab", up)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage(up + ":1: ../secret.db is outside of the folder of the zone file");
    assertThatThrownBy(() -> Zone.load("lab", absolute)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage(absolute + ":1: " + secret + " is outside of the folder of the zone file");
    assertThatThrownBy(() -> Zone.load("lab", self)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage("self.db:1: more than 16 files include each other");
    assertThatThrownBy(() -> Zone.load("lab", missing)).isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void aFileNamesItsZoneByItsSoa() throws IOException {
    Path none = file("none.db", "www.lab. 60 A 10.0.0.1\n");
    Path relative = file("relative.db", "www 60 A 10.0.0.1\n");
    assertThatThrownBy(() -> Zone.load(none)).isInstanceOf(IllegalArgumentException.class)
        .hasMessage(none + ": no SOA record, whose owner would be the name of the zone");
    assertThatThrownBy(() -> Zone.load(relative)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(relative + ":1: ").hasMessageContaining("www");
  }
}
