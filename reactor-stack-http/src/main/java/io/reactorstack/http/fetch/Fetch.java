package io.reactorstack.http.fetch;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

// REPLACE: placeholder, so that fetch.jar can be built and started before the command is written.
/** The {@code fetch} command; not written yet, and says so. */
@Command(name = "fetch", mixinStandardHelpOptions = true, description = "Not written yet.")
public final class Fetch implements Callable<Integer> {
  @Option(names = "--story", description = "Tell the story of an exchange.")
  private boolean story;

  private Fetch() {}

  @Override
  public Integer call() {
    System.err.println("fetch is not written yet" + (story ? ", so there is no story to tell" : ""));
    return CommandLine.ExitCode.OK;
  }

  /**
   * Runs the command and exits with its code.
   *
   * @param args options and addresses, see {@code --help}
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Fetch()).execute(args));
  }
}
