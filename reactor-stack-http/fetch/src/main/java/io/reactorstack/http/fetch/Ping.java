package io.reactorstack.http.fetch;

import io.reactorstack.icmp.DeliveryFailure;
import io.reactorstack.icmp.IcmpError;
import io.reactorstack.icmp.PingOptions;
import io.reactorstack.icmp.PingReply;
import io.reactorstack.icmp.PingResult;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.Ipv4Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The {@code ping} command: sends echo requests and prints the replies in the words of the ping of iputils. */
@Command(name = "ping", mixinStandardHelpOptions = true, sortOptions = false, usageHelpAutoWidth = true, description = {
    "Sends ICMP echo requests from its own TCP/IP stack."})
final class Ping extends PathCommand {

  private static final int HEADER = 8;

  @Option(names = "-c", paramLabel = "COUNT", description = "Number of requests; ${DEFAULT-VALUE} by default.")
  private int count = 4;

  @Option(names = "-i", paramLabel = "SECONDS", description = "Time between two requests; 1 by default.")
  private Duration interval = Duration.ofSeconds(1);

  @Option(names = "-W", paramLabel = "SECONDS", description = "Time to wait for a reply; 1 by default.")
  private Duration timeout = Duration.ofSeconds(1);

  @Option(names = "-s", paramLabel = "OCTETS", description = "Number of data octets; ${DEFAULT-VALUE} by default.")
  private int size = 56;

  @Option(names = "-p", paramLabel = "PATTERN", description = "The data, in hexadecimal digits.")
  private String pattern = "";

  @Option(names = "-t", paramLabel = "HOPS", description = "TTL or hop limit.")
  private int hopLimit;

  @Option(names = "-Q", paramLabel = "BITS", description = "DSCP and ECN bits, 0 to 255.")
  private int trafficClass;

  @Option(names = "-M", paramLabel = "do|dont", description = "do: the requests must not be fragmented.")
  private String fragments = "dont";

  @Option(names = "-R", description = "Record the route (IPv4).")
  private boolean route;

  private int sent;
  private int errors;
  private int duplicates;
  private final List<Duration> times = new ArrayList<>();

  Ping(boolean ascii) {
    super(ascii);
  }

  @Override
  void checkOwnOptions() {
    if (!List.of("do", "dont").contains(fragments)) {
      throw new IllegalArgumentException("-M is do or dont: " + fragments);
    }
    options();
  }

  private PingOptions options() {
    return PingOptions.DEFAULT.count(count).interval(interval).timeout(timeout).size(size).pattern(pattern)
        .hopLimit(hopLimit).trafficClass(trafficClass).dontFragment(fragments.equals("do"))
        .options(route ? Ipv4Options.recordRoute(9) : Ipv4Options.NONE);
  }

  @Override
  ExitCode run(FetchNetwork world, String name, IpAddress target) {
    int headers = target.headerLength() + HEADER + (route && target.isV4() ? options().header().options().length() : 0);
    print("PING " + name + " (" + target + ") " + size + "(" + (size + headers) + ") bytes of data.");
    Duration start = world.now();
    forEach(world, world.client().icmp().ping(target, options()), this::print);
    summarize(name, world.now().minus(start));
    if (!times.isEmpty()) {
      return ExitCode.OK;
    }
    return errors > 0 ? ExitCode.NO_ROUTE : ExitCode.TIMEOUT;
  }

  private void print(PingResult result) {
    int sequence = result.sequence() + 1;
    switch (result) {
      case PingReply reply -> print(reply, sequence);
      case PingResult.Failed failed -> {
        sent++;
        errors++;
        print(failed.failure() instanceof DeliveryFailure.Unsent unsent && unsent.mtu() > 0
            ? "ping: local error: message too long, mtu=" + unsent.mtu()
            : "From " + failed.failure().reporter() + " icmp_seq=" + sequence + " " + words(failed.failure()));
      }
      case PingResult.TimedOut silent -> {
        sent++;
        print("no answer for icmp_seq=" + sequence);
      }
    }
  }

  private void print(PingReply reply, int sequence) {
    if (reply.duplicate()) {
      duplicates++;
    } else {
      sent++;
      times.add(reply.roundTrip());
    }
    print(reply.size() + HEADER + " bytes from " + reply.from() + ": icmp_seq=" + sequence + " ttl=" + reply.hopLimit()
        + " time=" + millis(reply.roundTrip()) + " ms" + (reply.duplicate() ? " (DUP!)" : ""));
    String start = "RR: ";
    for (IpAddress address : reply.options().recordedRoute()) {
      print(start + "\t" + address);
      start = "";
    }
  }

  private static String words(DeliveryFailure failure) {
    return switch (failure.kind()) {
      case NETWORK_UNREACHABLE -> "Destination Net Unreachable";
      case HOST_UNREACHABLE -> "Destination Host Unreachable";
      case PROTOCOL_UNREACHABLE -> "Destination Protocol Unreachable";
      case PORT_UNREACHABLE -> "Destination Port Unreachable";
      case PACKET_TOO_BIG -> failure.reporter().isV4()
          ? "Frag needed and DF set (mtu = " + failure.mtu() + ")"
          : "Packet too big: mtu=" + failure.mtu();
      case SOURCE_ROUTE_FAILED -> "Source Route Failed";
      case PROHIBITED -> "Packet filtered";
      case HOP_LIMIT_EXCEEDED -> "Time to live exceeded";
      case REASSEMBLY_TIME_EXCEEDED -> "Frag reassembly time exceeded";
      case PARAMETER_PROBLEM -> failure instanceof IcmpError.ParameterProblem problem
          ? "Parameter problem: pointer = " + problem.pointer()
          : "Parameter problem";
    };
  }

  private void summarize(String name, Duration total) {
    print("");
    print("--- " + name + " ping statistics ---");
    int lost = sent == 0 ? 0 : 100 * (sent - times.size()) / sent;
    print(sent + " packets transmitted, " + times.size() + " received, "
        + (duplicates > 0 ? "+" + duplicates + " duplicates, " : "") + (errors > 0 ? "+" + errors + " errors, " : "")
        + lost + "% packet loss, time " + total.toMillis() + "ms");
    if (!times.isEmpty()) {
      double[] millis = times.stream().mapToDouble(time -> time.toNanos() / 1e6).toArray();
      double min = Double.MAX_VALUE;
      double max = 0;
      double sum = 0;
      double squares = 0;
      for (double each : millis) {
        min = Math.min(min, each);
        max = Math.max(max, each);
        sum += each;
        squares += each * each;
      }
      double mean = sum / millis.length;
      double deviation = Math.sqrt(Math.max(0, squares / millis.length - mean * mean));
      print(String.format(Locale.ROOT, "rtt min/avg/max/mdev = %.3f/%.3f/%.3f/%.3f ms", min, mean, max, deviation));
    }
  }
}
