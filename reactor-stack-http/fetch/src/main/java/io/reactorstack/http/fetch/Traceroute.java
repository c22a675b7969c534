package io.reactorstack.http.fetch;

import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.icmp.Hop;
import io.reactorstack.icmp.TraceOptions;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The {@code traceroute} command: prints the routers on the way to a host, as Debian's traceroute does. */
@Command(name = "traceroute", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, description = {
    "Traces the path to a host from its own TCP/IP stack."})
final class Traceroute extends PathCommand {

  private static final int HEADER = 8;

  @Option(names = "-I", description = "Send ICMP echo requests instead of UDP datagrams.")
  private boolean icmp;

  @Option(names = "-T", description = "Send TCP SYN segments instead of UDP datagrams.")
  private boolean tcp;

  @Option(names = "-p", paramLabel = "PORT", description = "Destination port; 33434 or, with -T, 80 by default.")
  private @Nullable Integer port;

  @Option(names = "-f", paramLabel = "HOPS", description = "First hop limit; 1 by default.")
  private int first = 1;

  @Option(names = "-m", paramLabel = "HOPS", description = "Last hop limit; 30 by default.")
  private int last = 30;

  @Option(names = "-q", paramLabel = "COUNT", description = "Number of probes to each hop; 3 by default.")
  private int probes = 3;

  @Option(names = "-N", paramLabel = "COUNT", description = "Number of probes under way; 16 by default.")
  private int parallel = 16;

  @Option(names = "-w", paramLabel = "SECONDS", description = "Time to wait for an answer; 5 by default.")
  private Duration wait = Duration.ofSeconds(5);

  @Option(names = "--mtu", description = "Find the path MTU, and the routers that limit it.")
  private boolean mtu;

  Traceroute(boolean ascii) {
    super(ascii);
  }

  @Override
  void checkOwnOptions() {
    if (icmp && tcp) {
      throw new IllegalArgumentException("-I and -T exclude each other");
    }
    options();
  }

  private TraceOptions options() {
    TraceOptions some = TraceOptions.DEFAULT.hops(first, last, probes).parallel(parallel).timeout(wait);
    TraceOptions chosen = icmp
        ? some.icmp()
        : tcp ? some.tcp(port == null ? 80 : port) : some.udp(port == null ? some.port() : port);
    return chosen.discoverMtu(mtu);
  }

  @Override
  ExitCode run(FetchNetwork world, String name, IpAddress target) {
    TraceOptions options = options();
    int data = tcp ? 20 : HEADER + options.size();
    print("traceroute to " + name + " (" + target + "), " + last + " hops max, "
        + (mtu ? "packets of the path MTU" : target.headerLength() + data + " byte packets"));
    forEach(world, world.client().icmp().trace(target, options), this::print);
    return ExitCode.OK;
  }

  private void print(Hop hop) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%2d ", hop.distance()));
    IpAddress before = null;
    for (Hop.Answer answer : hop.answers()) {
      switch (answer) {
        case Hop.Silent silent -> line.append(" *");
        case Hop.Reached reached -> {
          append(line, before, reached.from(), reached.roundTrip());
          before = reached.from();
        }
        case Hop.Reported reported -> {
          append(line, before, reported.from(), reported.roundTrip());
          before = reported.from();
          line.append(mark(reported.failure()));
        }
      }
    }
    hop.mtus().forEach(report -> line.append("  pmtu ").append(report.mtu()).append(" by ").append(report.router()));
    print(line.toString());
  }

  private static void append(StringBuilder line, @Nullable IpAddress before, IpAddress from, Duration time) {
    if (!from.equals(before)) {
      line.append(' ').append(from).append(' ');
    }
    line.append(String.format(Locale.ROOT, " %.3f ms", time.toNanos() / 1e6));
  }

  private static String mark(DeliveryFailure failure) {
    return switch (failure.kind()) {
      case HOP_LIMIT_EXCEEDED, PORT_UNREACHABLE -> "";
      case NETWORK_UNREACHABLE -> " !N";
      case HOST_UNREACHABLE -> " !H";
      case PROTOCOL_UNREACHABLE -> " !P";
      case SOURCE_ROUTE_FAILED -> " !S";
      case PACKET_TOO_BIG -> " !F-" + failure.mtu();
      case PROHIBITED -> " !X";
      case REASSEMBLY_TIME_EXCEEDED, PARAMETER_PROBLEM -> " !";
    };
  }
}
