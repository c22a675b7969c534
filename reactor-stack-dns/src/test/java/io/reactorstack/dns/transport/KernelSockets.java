package io.reactorstack.dns.transport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** The sockets of this machine, as the kernel lists them. */
final class KernelSockets {

  private KernelSockets() {}

  /**
   * Returns the number of sockets whose peer has the port {@code port}.
   *
   * @param protocol {@code tcp} or {@code udp}
   */
  static long connectedTo(String protocol, int port) throws IOException {
    String end = String.format(Locale.ROOT, ":%04X", port);
    long count = 0;
    for (String table : List.of(protocol, protocol + "6")) {
      Path file = Path.of("/proc/net", table);
      if (Files.exists(file)) {
        try (var lines = Files.lines(file)) {
          count += lines.skip(1).filter(line -> line.strip().split("\\s+")[2].endsWith(end)).count();
        }
      }
    }
    return count;
  }
}
