package io.reactorstack.dns.hierarchy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.xbill.DNS.Rcode;

/** The answers in {@code hierarchy/expected.txt}, which a person derived from the zone files. */
final class ExpectedFile {

  private ExpectedFile() {}

  /** Reads the answers. */
  static List<Expected> read() {
    try (InputStream file = ExpectedFile.class.getResourceAsStream("/hierarchy/expected.txt")) {
      return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8).lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#")).map(ExpectedFile::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Parses one line. */
  static Expected parse(String line) {
    int end = line.indexOf(" = ");
    String[] columns = (end < 0 ? line : line.substring(0, end)).split(" ");
    String records = end < 0 ? "" : line.substring(end + 3).replace(" | ", "\n");
    return Expected.of(new Question(columns[0], columns[1]), Rcode.value(columns[2]), HostedZone.parse(records));
  }
}
