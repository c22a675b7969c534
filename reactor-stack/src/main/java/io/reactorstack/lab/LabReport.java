package io.reactorstack.lab;

import io.reactorstack.lab.report.ReportText;
import io.reactorstack.lab.report.WorldReport;
import io.reactorstack.setting.Checks;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of a world at one instant, for a person who looks for the cause of a failure; immutable. {@link #toString}
 * is the text to read: seed, time, the awaited publisher, each host's connections, the frames that wires have dropped.
 *
 * <p>The exceptions of a lab carry a report. For other failures, such as an assertion, take it before the lab is
 * closed:
 *
 * <pre>{@code
 * try (Lab lab = Lab.virtual(17)) {
 *   try {
 *     assertThat(lab.await(client.order())).isEqualTo(42);
 *   } catch (Throwable failure) {
 *     throw lab.report().attachedTo(failure);
 *   }
 * }
 * }</pre>
 *
 * <p>Its text and its files are produced only on request. All methods may be called from any thread.
 */
public final class LabReport {

  /** Maximum number of causes that are searched, since a chain of causes may be circular. */
  private static final int DEEPEST = 100;

  private final WorldReport look;

  LabReport(WorldReport look) {
    this.look = look;
  }

  /** The seed of the world. */
  public long seed() {
    return look.run().seed();
  }

  /** Time since the world began. */
  public Duration at() {
    return look.moment().at();
  }

  /** The world's date. */
  public Instant date() {
    return look.moment().date();
  }

  /**
   * Adds the report to {@code failure} as a suppressed exception without a stack, so that it is printed wherever
   * {@code failure} is. No effect on an exception that carries a report already.
   *
   * @return {@code failure}
   */
  public <T extends Throwable> T attachedTo(T failure) {
    if (carriedBy(Checks.given("failure to attach to", failure)) == null) {
      failure.addSuppressed(new Attachment(this));
    }
    return failure;
  }

  /**
   * Returns the report that {@code failure} or one of its causes carries, as an exception of the lab or by
   * {@link #attachedTo}; {@code null} if there is none.
   */
  public static @Nullable LabReport carriedBy(Throwable failure) {
    Throwable cause = Checks.given("failure", failure);
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      LabReport own = cause instanceof LabException known ? known.report() : null;
      if (own != null) {
        return own;
      }
      for (Throwable suppressed : cause.getSuppressed()) {
        if (suppressed instanceof Attachment attachment) {
          return attachment.report;
        }
      }
      cause = cause.getCause();
    }
    return null;
  }

  /**
   * Writes the files of the report into {@code directory}, which is created if it does not exist; files of the same
   * names are replaced.
   *
   * @return the files: {@code report.txt}; if the world keeps frames also {@code story.txt}, the complete story, and
   *     {@code capture.pcapng}, with an interface for each host
   * @throws UncheckedIOException if a file cannot be written
   */
  public List<Path> writeTo(Path directory) {
    try {
      Files.createDirectories(Checks.given("directory", directory));
      List<Path> written = new ArrayList<>();
      for (Map.Entry<String, ReportText.FileContent> file : ReportText.files(look).entrySet()) {
        Path path = directory.resolve(file.getKey());
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(path))) {
          file.getValue().writeTo(out);
        }
        written.add(path);
      }
      return written;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the report as text of several sections, ending in a line break. */
  @Override
  public String toString() {
    return ReportText.of(look);
  }

  /** Carries the report as a suppressed exception; its text is produced only when it is printed. */
  static final class Attachment extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient LabReport report;

    Attachment(LabReport report) {
      super("the world at the failure", null, false, false);
      this.report = report;
    }

    @Override
    public String toString() {
      return report.toString();
    }
  }
}
