package io.reactorstack.http.fetch;

import io.reactorstack.lab.Impairment;
import io.reactorstack.packet.IpAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the simulated network. */
final class LabOptions {

  /** The kinds of simulated networks. */
  enum Kind {
    LAN, HOME, DNS;

    /**
     * Returns the kind of this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Kind parse(String name) {
      return switch (name) {
        case "lan" -> LAN;
        case "home" -> HOME;
        case "dns" -> DNS;
        default -> throw new IllegalArgumentException("'" + name + "' is neither lan, home nor dns");
      };
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Duration MIN_HELD_BACK = Duration.ofMillis(2);

  @Option(names = "--lab", paramLabel = "NAME", description = {
      "lan: a client and two servers on a switch, the default of all commands but dig.",
      "home: a laptop behind an access point with NAT, three routers and a server park.",
      "dns: a client behind a router, and separate hosts that serve the root, the zones test and lab, and zones below them, the default of dig."})
  private @Nullable Kind kind;

  @Option(names = "--tables", description = "At the end show the tables of all hosts and switches: routes, caches, NAT mappings and so on.")
  private boolean tables;

  @Option(names = "--seed", paramLabel = "N", description = "Seed of all random events; the same seed gives the same run, to the byte.")
  private long seed = 1;

  @Option(names = "--delay", paramLabel = "MS", description = "Delay of the client's wire, or of the line of the home, each way; 10 by default.")
  private int delay = 10;

  @Option(names = "--loss", paramLabel = "PERCENT", description = "Share of frames lost on that wire, each way.")
  private double loss;

  @Option(names = "--reorder", paramLabel = "PERCENT", description = "Share of frames held back on that wire, each way, so that later frames overtake them.")
  private double reorder;

  /** Returns an error message if the options are out of range, or do not fit a real network. */
  Optional<String> contradiction(boolean realNetwork) {
    if (realNetwork && (kind != null || tables)) {
      return Optional.of("--lab and --tables are for the simulated network, not with --tap, --packet or --passt");
    }
    return delay >= 0 && loss >= 0 && loss <= 100 && reorder >= 0 && reorder <= 100
        ? Optional.empty()
        : Optional.of("--delay must not be negative; --loss and --reorder must be 0 to 100 percent");
  }

  /** Returns the kind of the network, which is {@code usual} without an option. */
  Kind kind(Kind usual) {
    return kind == null ? usual : kind;
  }

  /** Returns the names of the hosts for a story. */
  Map<IpAddress, String> names(Kind usual) {
    return switch (kind(usual)) {
      case LAN -> LanLab.names();
      case HOME -> HomeLab.names();
      case DNS -> DnsLab.names();
    };
  }

  /** Builds the network, whose client's frames {@code watch} records. */
  EmbeddedLab open(Kind usual, FrameRecorder watch) {
    return switch (kind(usual)) {
      case LAN -> LanLab.start(seed, this::impair, watch);
      case HOME -> HomeLab.start(seed, this::impair, watch);
      case DNS -> DnsLab.start(seed, this::impair, watch);
    };
  }

  /** Returns the tables of {@code world}, or an empty string if they were not requested. */
  String tables(FetchNetwork world) {
    return tables && world instanceof EmbeddedLab simulated ? simulated.lab().tables().toString() : "";
  }

  private Impairment impair(Impairment none) {
    Duration wire = Duration.ofMillis(delay);
    Duration held = wire.dividedBy(4).compareTo(MIN_HELD_BACK) > 0 ? wire.dividedBy(4) : MIN_HELD_BACK;
    return none.delay(wire).loss(loss / 100).reorder(reorder / 100, held);
  }
}
