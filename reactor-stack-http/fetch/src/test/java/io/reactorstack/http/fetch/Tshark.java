package io.reactorstack.http.fetch;

import io.reactorstack.testing.ExternalCommand;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Checks captures with tshark. */
final class Tshark {

  private static final Duration LONG = Duration.ofMinutes(6);

  private Tshark() {}

  /**
   * Returns the packets that are malformed or have a wrong checksum, up to TCP and DNS; a body of random bytes is not
   * parsed as HTTP.
   *
   * <p>Linux's skb_checksum_help writes a TCP checksum of 0 as 0xffff, as UDP requires. Both values are equal in one's
   * complement and receivers accept them, but tshark reports a difference; such packets from {@code kernel} are not
   * counted as flaws.
   */
  static List<String> flaws(Path pcap, String kernel) {
    return lines(pcap, List.of("-d", "tcp.port==80,data"),
        "_ws.malformed || ip.checksum.status == 0 || udp.checksum.status == 0 || icmp.checksum.status == 0"
            + " || (tcp.checksum.status == 0 && !(tcp.checksum == 0xffff && ip.src == " + kernel + "))");
  }

  /**
   * Returns the number of packets that match {@code filter}; does not reassemble a page, which takes minutes for a
   * large one.
   */
  static int count(Path pcap, String filter) {
    return lines(pcap, List.of("-o", "tcp.desegment_tcp_streams:FALSE"), filter).size();
  }

  private static List<String> lines(Path pcap, List<String> options, String filter) {
    List<String> command = new ArrayList<>(
        List.of("tshark", "-n", "-r", pcap.toString(), "-o", "ip.check_checksum:TRUE",
            "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-Y", filter, "-T", "fields", "-e",
            "frame.number", "-e", "ip.src", "-e", "frame.protocols", "-e", "ip.checksum.status", "-e",
            "tcp.checksum.status", "-e",
            "tcp.len", "-e", "_ws.expert.message"));
    command.addAll(options);
    return ExternalCommand.run(LONG, command).orThrow().lines().filter(line -> line.matches("\\d+\t.*")).toList();
  }
}
