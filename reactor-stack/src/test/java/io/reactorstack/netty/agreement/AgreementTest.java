package io.reactorstack.netty.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Performs every case twice: on Netty's NIO transport over the kernel's loopback, which is the reference, and on the
 * channels of the stack. The observations must be those of the case's row in the table. A row has the same observations
 * for both transports, or the reason for the difference.
 */
class AgreementTest {

  private static final Path GENERATED = Path.of("target", "agreement.md");
  private static final Path CHECKED_IN = Path.of("src", "test", "resources", "io", "reactorstack", "netty",
      "agreement.md");

  private static final Map<String, List<Case>> CASES = cases();

  /**
   * The waiting times after which the kernel is assumed to be idle, for the first and further attempts. The kernel runs
   * in real time and may be delayed by other programs on a busy machine; the stack runs in virtual time and has one
   * attempt.
   */
  private static final List<Duration> NIO_PATIENCE = List.of(
      Duration.ofMillis(40), Duration.ofMillis(400), Duration.ofSeconds(3));

  private static Map<String, List<Case>> cases() {
    Map<String, List<Case>> cases = new LinkedHashMap<>();
    cases.put("Opening a connection", OpeningCases.ALL);
    cases.put("Closing and half-closing", ClosingCases.ALL);
    cases.put("Data, then a reset", ResetCases.ALL);
    cases.put("Data transfer", TransferCases.ALL);
    cases.put("Options", OptionCases.ALL);
    cases.put("Datagrams", DatagramCases.ALL);
    cases.put("Groups and broadcast", GroupCases.ALL);
    cases.put("Versions of IP", VersionCases.ALL);
    return cases;
  }

  static Stream<Arguments> plays() {
    return CASES.values().stream().flatMap(List::stream)
        .flatMap(play -> play.families().stream()
            .flatMap(family -> Stream.of(Arguments.of(play, "NIO", family), Arguments.of(play, "stack", family))));
  }

  @ParameterizedTest(name = "{0} on {1}, {2}")
  @MethodSource("plays")
  void agreement(Case play, String transport, Family family) throws Exception {
    if (transport.equals("NIO")) {
      requireLoopback(family);
      assertThat(seenOnNio(play, family)).isEqualTo(play.onNio());
    } else {
      assertThat(perform(play, new StackNet(family))).isEqualTo(play.onStack());
    }
  }

  private static void requireLoopback(Family family) throws IOException {
    if (NetworkInterface.getByInetAddress(InetAddress.getByName(family.loopback)) == null) {
      System.out.println("SKIPPED: a case with " + family + " addresses on NIO needs " + family.loopback);
      Assumptions.abort("this machine has no " + family.loopback);
    }
  }

  private static String seenOnNio(Case play, Family family) throws Exception {
    String seen = "";
    for (Duration patience : NIO_PATIENCE) {
      try {
        seen = perform(play, new NioNet(family, patience));
      } catch (AssertionError e) {
        seen = e.toString();
      }
      if (seen.equals(play.onNio())) {
        break;
      }
    }
    return seen;
  }

  private static String perform(Case play, Net on) throws Exception {
    try (Net net = on) {
      Seen seen = new Seen(net);
      play.play().perform(net, seen);
      return seen.text();
    }
  }

  /** Checks that the checked-in table is the table of these cases. */
  @Test
  void table() throws IOException {
    String table = String.join("\n", tableLines()) + "\n";
    Files.createDirectories(GENERATED.getParent());
    Files.writeString(GENERATED, table);
    assertThat(Files.readString(CHECKED_IN)).as("copy %s to %s", GENERATED, CHECKED_IN).isEqualTo(table);
  }

  private static List<String> tableLines() {
    List<String> lines = new ArrayList<>();
    lines.add("# Behaviour of the channels: Netty's NIO transport on the kernel, and the stack");
    lines.add("");
    lines.add(
        "Written and checked by `AgreementTest`, which performs every row on both, with IPv4 and with IPv6 addresses");
    lines.add("unless the row names one of them.");
    CASES.forEach((heading, rows) -> {
      lines.addAll(List.of("", "## " + heading, "", "| case | NIO | stack | |", "|---|---|---|---|"));
      rows.forEach(row -> lines.add(row.row()));
    });
    return lines;
  }
}
