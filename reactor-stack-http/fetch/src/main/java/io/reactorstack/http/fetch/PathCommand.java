package io.reactorstack.http.fetch;

import io.reactorstack.lab.Effects;
import io.reactorstack.lab.Host;
import io.reactorstack.packet.IpAddress;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import reactor.core.publisher.Flux;

/** The common part of the commands that send packets to a host: {@code ping} and {@code traceroute}. */
abstract class PathCommand implements Callable<Integer> {

  /** The host of the simulated network. */
  static final String DEFAULT_HOST = "www.example.lab";

  /** The routers of the simulated network {@code lan}, the nearest first. */
  static final List<String> ROUTERS = List.of("10.0.1.1", "10.0.2.1", "10.0.3.1");

  private static final int LAB_MTU = 1400;

  private final boolean ascii;

  @Spec
  private @Nullable CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "HOST", description = "Name or address of the host; by default "
      + DEFAULT_HOST + " in the simulated network, behind three routers; required on a real network.")
  private @Nullable String host;

  @Option(names = "--story", description = "Show the frames as a sequence diagram.")
  private boolean story;

  @Option(names = "--pcap", paramLabel = "FILE", description = "Write this host's frames to FILE, in pcapng format.")
  private @Nullable Path pcap;

  @ArgGroup(validate = false, heading = "%nSimulated network:%n")
  private LabOptions lab = new LabOptions();

  @ArgGroup(validate = false, heading = "%nReal network (Linux; --passt on any system):%n")
  private NetworkOptions network = new NetworkOptions();

  PathCommand(boolean ascii) {
    this.ascii = ascii;
  }

  /** Checks the options of the command; throws {@link IllegalArgumentException} if they are wrong. */
  abstract void checkOptions();

  /** Runs the command for {@code target}, which the user has called {@code name}. */
  abstract ExitCode run(FetchNetwork world, String name, IpAddress target);

  @Override
  public Integer call() {
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    check();
    try {
      return run(err).code();
    } catch (RuntimeException e) {
      Failure failure = Failure.of(e);
      err.println(spec.name() + ": " + failure.message());
      return failure.code().code();
    }
  }

  private void check() {
    network.contradiction().ifPresent(what -> {
      throw wrong(what);
    });
    if (network.areGiven() && host == null) {
      throw wrong("a real network needs a host");
    }
    lab.contradiction(network.areGiven()).ifPresent(what -> {
      throw wrong(what);
    });
    try {
      checkOptions();
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }

  private ExitCode run(PrintWriter err) {
    String name = host == null ? DEFAULT_HOST : host;
    boolean real = network.areGiven();
    String tables = "";
    try (FrameRecorder watch = new FrameRecorder(story, ascii, pcap, real, 80, real ? Map.of() : lab.names())) {
      try (FetchNetwork world = world(watch)) {
        try {
          IpAddress target = IpAddress.isLiteral(name)
              ? IpAddress.parse(name)
              : Objects.requireNonNull(world.await(world.resolver().resolve(name))).getFirst();
          return run(world, name, target);
        } finally {
          tables = lab.tables(world);
        }
      } finally {
        err.print(watch.told() + tables);
        err.flush();
      }
    }
  }

  private FetchNetwork world(FrameRecorder watch) {
    if (network.areGiven()) {
      return network.open(watch::around, Fetch.CONFIGURATION);
    }
    EmbeddedLab simulated = lab.open(watch);
    if (simulated instanceof LanLab) {
      addRouters(simulated.clientHost());
    }
    return simulated;
  }

  /** Puts the routers on the wire of {@code client}; the link behind the second one is narrower. */
  private static void addRouters(Host client) {
    client.wire().withToRight(Effects.routers(ROUTERS.get(0), ROUTERS.get(1)));
    client.wire().withToRight(Effects.mtu(LAB_MTU, ROUTERS.get(1)));
    client.wire().withToRight(Effects.routers(ROUTERS.get(2)));
    client.wire().withToLeft(Effects.routers(ROUTERS.reversed().toArray(String[]::new)));
  }

  /** Passes the values of {@code flux} to {@code print} until it completes. */
  static <T> void forEach(FetchNetwork world, Flux<T> flux, Consumer<? super T> print) {
    switch (world) {
      case RealNetwork real -> flux.subscribeOn(real.scheduler()).toIterable(1).forEach(print);
      case EmbeddedLab simulated -> Objects.requireNonNull(simulated.await(flux.collectList())).forEach(print);
    }
  }

  /** Prints a line on standard output. */
  void print(String line) {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    out.println(line);
    out.flush();
  }

  /** Returns {@code time} in milliseconds, with as many digits as ping shows. */
  static String millis(Duration time) {
    double millis = time.toNanos() / 1e6;
    int digits = millis >= 100 ? 0 : millis >= 10 ? 1 : millis >= 1 ? 2 : 3;
    return String.format(Locale.ROOT, "%." + digits + "f", millis);
  }
}
