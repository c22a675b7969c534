package io.reactorstack.http.fetch;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * The {@code fetch} command: fetches a page over its own TCP/IP stack. {@link Ping}, {@link Traceroute} and
 * {@link Dig} are its subcommands.
 */
@Command(name = "fetch", mixinStandardHelpOptions = true, version = "fetch (reactor-stack) 0.1.0", sortOptions = false, usageHelpAutoWidth = true, description = {
    "Fetches a page over its own TCP/IP stack and writes it to standard output; all other output goes to standard error.",
    "Without --tap, --packet or --passt the network is simulated in this process, in virtual time, and needs no privilege."}, exitCodeListHeading = "%nExit codes:%n")
public final class Fetch implements Callable<Integer> {

  /** The longest time for the configuration of a host on a real network, unless the user limits the whole. */
  static final Duration CONFIGURATION = Duration.ofSeconds(60);

  private final OutputStream out;

  /** True if the error stream cannot encode the line characters of a diagram. */
  private final boolean ascii;

  @Spec
  private @Nullable CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "URL", description = "URL of the page; by default " + EmbeddedLab.DEFAULT_URL
      + " in the simulated network; required on a real network.")
  private @Nullable String url;

  @Option(names = {"-o", "--output"}, paramLabel = "FILE", description = "Write the page to FILE.")
  private @Nullable Path output;

  @Option(names = {"-v", "--verbose"}, description = "Show the headers of request and response.")
  private boolean verbose;

  @Option(names = "--story", description = "Show the frames of the exchange as a sequence diagram, from ARP to FIN.")
  private boolean story;

  @Option(names = "--hops", description = "Show the way of the request and of its answer through the simulated network: a row for each link, with the MAC addresses, the IP addresses and ports, and the TTL there.")
  private boolean hops;

  @Option(names = "--pcap", paramLabel = "FILE", description = "Write the client's frames to FILE, in pcapng format.")
  private @Nullable Path pcap;

  @Option(names = {"-f", "--fail"}, description = "Exit with code 22 if the HTTP status is 400 or above.")
  private boolean fail;

  @Option(names = {"-m", "--max-time"}, paramLabel = "SECONDS", description = "Give up after this time.")
  private @Nullable Duration maxTime;

  @ArgGroup(heading = "%nHTTP version (at most one option):%n")
  private VersionOptions version = new VersionOptions();

  @ArgGroup(validate = false, heading = "%nhttps:%n")
  private TrustOptions trust = new TrustOptions();

  @ArgGroup(validate = false, heading = "%nSimulated network:%n")
  private LabOptions lab = new LabOptions();

  @ArgGroup(validate = false, heading = "%nReal network (Linux; --passt on any system):%n")
  private NetworkOptions network = new NetworkOptions();

  private Fetch(OutputStream out, boolean ascii) {
    this.out = out;
    this.ascii = ascii;
  }

  /**
   * Runs the command and exits with its code.
   *
   * @param args options and URL, see {@code --help}
   */
  public static void main(String[] args) {
    // The command reports an error in one line; log output of libraries would only repeat it.
    Logger.getLogger("").setLevel(Level.OFF);
    OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16);
    Charset charset = System.err.charset();
    PrintWriter err = new PrintWriter(new OutputStreamWriter(System.err, charset), true);
    System.exit(run(out, err, !charset.newEncoder().canEncode('├'), args));
  }

  /** Runs the command with these streams and returns its exit code. */
  static int run(OutputStream out, PrintWriter err, boolean ascii, String... args) {
    CommandLine line = new CommandLine(new Fetch(out, ascii));
    line.getCommandSpec().usageMessage().exitCodeList(ExitCode.list());
    line.addSubcommand(new Ping(ascii)).addSubcommand(new Traceroute(ascii))
        .addSubcommand(new Dig(ascii));
    return line.setExpandAtFiles(false) // dig's @SERVER is not the name of a file with arguments
        .setOut(new PrintWriter(out, true, StandardCharsets.UTF_8)).setErr(err)
        .registerConverter(IpAddress.class, converter(IpAddress::parse))
        .registerConverter(IpPrefix.class, converter(IpPrefix::parse))
        .registerConverter(LabOptions.Kind.class, converter(LabOptions.Kind::parse))
        .registerConverter(Duration.class, converter(Fetch::seconds))
        .setExecutionExceptionHandler((bug, command, parsed) -> {
          err.println(command.getCommandName() + ": " + bug);
          return ExitCode.FAILED.code();
        })
        .setParameterExceptionHandler((wrong, args1) -> {
          err.println(
              wrong.getCommandLine().getCommandName() + ": " + wrong.getMessage() + " (--help shows the options)");
          return ExitCode.USAGE.code();
        })
        .execute(args);
  }

  private static <T> ITypeConverter<T> converter(Function<String, T> parse) {
    return text -> {
      try {
        return parse.apply(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    };
  }

  private static Duration seconds(String text) {
    double seconds = Double.parseDouble(text);
    if (!(seconds > 0 && seconds < 1e9)) {
      throw new IllegalArgumentException("not a time: " + text);
    }
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  @Override
  public Integer call() {
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    check();
    URI uri = uri();
    try {
      return fetch(uri, err).code();
    } catch (RuntimeException e) {
      Failure failure = Failure.of(e);
      err.println("fetch: " + failure.message());
      return failure.code().code();
    }
  }

  private ExitCode fetch(URI uri, PrintWriter err) {
    int status;
    boolean real = network.areGiven();
    String end = "";
    try (FrameRecorder watch = new FrameRecorder(story, ascii, pcap, real, port(uri),
        real ? Map.of() : lab.names(LabOptions.Kind.LAN))) {
      try (Body body = new Body(output, out); FetchNetwork world = world(watch)) {
        HopRecorder way = new HopRecorder(port(uri));
        if (hops && world instanceof EmbeddedLab simulated) {
          way.watch(simulated.lab());
        }
        try {
          status = new Exchange(world, watch, new HeaderPrinter(verbose), err, maxTime, trust, version).get(uri, body);
        } finally {
          end = (hops ? way.text() : "") + lab.tables(world);
        }
      } finally {
        // Print the story after the page, so that they do not mix on a terminal.
        err.print(watch.told() + end);
        err.flush();
      }
    }
    if (fail && status >= 400) {
      err.println("fetch: the server answered with status " + status);
      return ExitCode.HTTP_STATUS;
    }
    return ExitCode.OK;
  }

  private FetchNetwork world(FrameRecorder watch) {
    return network.areGiven()
        ? network.open(watch::around, maxTime == null ? CONFIGURATION : maxTime)
        : lab.open(LabOptions.Kind.LAN, watch);
  }

  private void check() {
    network.contradiction().ifPresent(what -> {
      throw wrong(what);
    });
    trust.contradiction().ifPresent(what -> {
      throw wrong(what);
    });
    if (network.areGiven() && url == null) {
      throw wrong("a real network needs a URL");
    }
    lab.contradiction(network.areGiven()).ifPresent(what -> {
      throw wrong(what);
    });
    if (network.areGiven() && hops) {
      throw wrong("--hops is for the simulated network, not with --tap, --packet or --passt");
    }
  }

  private URI uri() {
    String text = url == null ? EmbeddedLab.DEFAULT_URL : url;
    try {
      URI uri = new URI(text.contains("://") ? text : "http://" + text);
      if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
        throw wrong("not an http or https URL: " + text);
      }
      version.contradiction(uri).ifPresent(what -> {
        throw wrong(what);
      });
      return uri;
    } catch (URISyntaxException e) {
      throw wrong("not a URL: " + text);
    }
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }
}
