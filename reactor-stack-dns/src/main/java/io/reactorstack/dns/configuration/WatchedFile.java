package io.reactorstack.dns.configuration;

import io.reactorstack.setting.Checks;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * The content of a configuration file, which is read again after the file has changed.
 *
 * <p>A call of {@link #get} has the file looked at, at most once per {@link #PERIOD}: the file is read if its
 * modification time, its size or its identity (the inode, for a file that was replaced by renaming) is another one.
 * Both happen on a worker, so the caller gets the earlier content until then. A file that does not exist or may not be
 * read counts as empty.
 */
public final class WatchedFile<T> {

  /** The least time between two looks at the file, as in glibc. */
  public static final Duration PERIOD = Duration.ofSeconds(1);

  /** The format of a file. */
  @FunctionalInterface
  public interface Format<T> {

    /** Parses a file up to its end. */
    T parse(Reader reader) throws IOException;
  }

  /** Tells two states of a file apart; all {@code null} for a file that cannot be read. */
  private record Version(@Nullable FileTime modified, long size, @Nullable Object key) {

    static final Version UNREADABLE = new Version(null, 0, null);
  }

  /**
   * The content that was read.
   *
   * @param version the version of the file, or {@code null} if the file changed while it was read
   */
  private record Content<T>(@Nullable Version version, T value) {}

  private final Path file;
  private final Format<T> format;
  private final Refreshed<Content<T>> content;

  /**
   * Reads the file, on the caller's thread.
   *
   * @param clock the time in nanoseconds
   * @param worker looks at the file and reads it later, which may block
   * @throws IOException if the file exists and cannot be read for another reason than a missing permission
   */
  public WatchedFile(Path file, Format<T> format, LongSupplier clock, Scheduler worker) throws IOException {
    this.file = Checks.given("file", file);
    this.format = Checks.given("format", format);
    this.content = new Refreshed<>(PERIOD, clock, worker, read(), this::look);
  }

  /** Returns the content that was read last. Does not block; may be called on any thread. */
  public T get() {
    return content.get().value();
  }

  private Content<T> look(Content<T> present) {
    try {
      return version().equals(present.version()) ? present : read();
    } catch (IOException e) {
      return new Content<>(null, present.value()); // an error of the device: the next look tries again
    }
  }

  private Content<T> read() throws IOException {
    Version before = version();
    T value;
    if (before.equals(Version.UNREADABLE)) {
      value = format.parse(Reader.nullReader());
    } else {
      // A decoder of this kind replaces malformed input, so a foreign character set does not hide the whole file.
      try (Reader reader = new BufferedReader(
          new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
        value = format.parse(reader);
      } catch (NoSuchFileException | AccessDeniedException e) {
        return new Content<>(Version.UNREADABLE, format.parse(Reader.nullReader()));
      } catch (UncheckedIOException e) {
        throw e.getCause(); // from a stream of lines
      }
    }
    return new Content<>(before.equals(version()) ? before : null, value);
  }

  private Version version() throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return Files.isReadable(file)
          ? new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey())
          : Version.UNREADABLE;
    } catch (NoSuchFileException | AccessDeniedException e) {
      return Version.UNREADABLE;
    }
  }
}
