package io.reactorstack.http.fetch;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The common part of the subcommands: the network, the story and the capture. */
abstract class StackCommand implements Callable<Integer> {

  private final boolean ascii;
  private final LabOptions.Kind usual;

  @Spec
  private @Nullable CommandSpec spec;

  @Option(names = "--story", description = "Show the frames as a sequence diagram.")
  private boolean story;

  @Option(names = "--pcap", paramLabel = "FILE", description = "Write this host's frames to FILE, in pcapng format.")
  private @Nullable Path pcap;

  @ArgGroup(validate = false, heading = "%nSimulated network:%n")
  private LabOptions lab = new LabOptions();

  @ArgGroup(validate = false, heading = "%nReal network (Linux; --passt on any system):%n")
  private NetworkOptions network = new NetworkOptions();

  /**
   * Creates a command.
   *
   * @param ascii true if diagrams have ASCII characters only
   * @param usual the simulated network without the option {@code --lab}
   */
  StackCommand(boolean ascii, LabOptions.Kind usual) {
    this.ascii = ascii;
    this.usual = usual;
  }

  /** Checks the options of the command; throws {@link IllegalArgumentException} if they are wrong. */
  abstract void checkOptions();

  /** Changes the simulated network before the command runs. */
  void prepare(EmbeddedLab simulated) {}

  /** Runs the command. */
  abstract ExitCode run(FetchNetwork world);

  @Override
  public final Integer call() {
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    check();
    try {
      return run(err).code();
    } catch (ParameterException e) {
      throw e;
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
    lab.contradiction(network.areGiven()).ifPresent(what -> {
      throw wrong(what);
    });
    try {
      checkOptions();
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  /** Returns the error for wrong options. */
  final ParameterException wrong(String message) {
    return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
  }

  private ExitCode run(PrintWriter err) {
    boolean real = network.areGiven();
    String tables = "";
    try (FrameRecorder watch = new FrameRecorder(story, ascii, pcap, real, 80, real ? Map.of() : lab.names(usual))) {
      try (FetchNetwork world = world(watch)) {
        try {
          return run(world);
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
    EmbeddedLab simulated = lab.open(usual, watch);
    prepare(simulated);
    return simulated;
  }

  /** Returns whether the network is a real one. */
  final boolean isReal() {
    return network.areGiven();
  }

  /** Returns the kind of the simulated network. */
  final LabOptions.Kind labKind() {
    return lab.kind(usual);
  }

  /** Returns whether diagrams have ASCII characters only. */
  final boolean isAscii() {
    return ascii;
  }

  /** Prints a line on standard output. */
  final void print(String line) {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    out.println(line);
    out.flush();
  }
}
