package io.reactorstack.dns.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.scheduler.Schedulers;

/** Watching in virtual time; the worker runs when the test lets it. */
class WatchedFileTest {

  @TempDir
  private Path folder;
  private Path file;
  private final Deque<Runnable> work = new ArrayDeque<>();
  private long now = 1000;
  private int parsed;

  @BeforeEach
  void name() {
    file = folder.resolve("hosts");
  }

  private WatchedFile<String> watch() throws IOException {
    return new WatchedFile<>(file, reader -> {
      parsed++;
      return new BufferedReader(reader).lines().collect(Collectors.joining("|"));
    }, () -> now, Schedulers.fromExecutor(work::add));
  }

  private void write(String content, long modified) throws IOException {
    Files.writeString(file, content);
    Files.setLastModifiedTime(file, FileTime.fromMillis(modified));
  }

  private void period() {
    now += WatchedFile.PERIOD.toNanos();
  }

  private String later(WatchedFile<String> watched) {
    period();
    watched.get();
    while (!work.isEmpty()) {
      work.remove().run();
    }
    return watched.get();
  }

  @Test
  void looksOncePerPeriodWhenItIsAskedAndReturnsTheOldContentUntilThen() throws IOException {
    write("a", 1000);
    WatchedFile<String> watched = watch();
    write("bb", 2000);
    now += WatchedFile.PERIOD.toNanos() - 1;
    assertThat(watched.get()).isEqualTo("a");
    assertThat(work).isEmpty();
    now++;
    assertThat(watched.get()).isEqualTo("a");
    period();
    assertThat(watched.get()).isEqualTo("a");
    assertThat(work).as("one look is under way").hasSize(1);
    work.remove().run();
    assertThat(watched.get()).isEqualTo("bb");
    assertThat(work).as("the look that was under way began one period ago").hasSize(1);
  }

  @Test
  void readsOnlyAChangedFile() throws IOException {
    write("a", 1000);
    WatchedFile<String> watched = watch();
    assertThat(later(watched)).isEqualTo("a");
    assertThat(parsed).isEqualTo(1);
    write("b", 2000); // another time only
    assertThat(later(watched)).isEqualTo("b");
    write("cc", 2000); // another size only
    assertThat(later(watched)).isEqualTo("cc");
    Path other = folder.resolve("other"); // another inode only
    Files.writeString(other, "dd");
    Files.setLastModifiedTime(other, FileTime.fromMillis(2000));
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    assertThat(later(watched)).isEqualTo("dd");
    assertThat(later(watched)).isEqualTo("dd");
    assertThat(parsed).isEqualTo(4);
  }

  @Test
  void aMissingFileIsEmpty() throws IOException {
    WatchedFile<String> watched = watch();
    assertThat(watched.get()).isEmpty();
    assertThat(later(watched)).isEmpty();
    assertThat(parsed).isEqualTo(1);
    write("a", 1000);
    assertThat(later(watched)).isEqualTo("a");
    Files.delete(file);
    assertThat(later(watched)).isEmpty();
  }

  @Test
  void aFileThatChangesWhileItIsReadIsReadAgain() throws IOException {
    write("a", 1000);
    boolean[] changed = {false};
    WatchedFile<String> watched = new WatchedFile<>(file, reader -> {
      String content = new BufferedReader(reader).readLine();
      if (!changed[0]) {
        changed[0] = true;
        write("bb", 2000);
      }
      return content;
    }, () -> now, Schedulers.fromExecutor(work::add));
    assertThat(watched.get()).isEqualTo("a");
    assertThat(later(watched)).isEqualTo("bb");
  }

  @Test
  void anErrorLeavesTheOldContentAndTheNextLookTriesAgain() throws IOException {
    write("a", 1000);
    WatchedFile<String> watched = watch();
    Files.delete(file);
    Files.createDirectory(file); // reading a folder fails
    assertThat(later(watched)).isEqualTo("a");
    Files.delete(file);
    write("b", 1000);
    assertThat(later(watched)).isEqualTo("b");
  }

  @Test
  void malformedInputDoesNotHideTheRest() throws IOException {
    Files.write(file, new byte[] {'a', (byte) 0xff, '\n', 'b'});
    assertThat(watch().get()).isEqualTo("a\ufffd|b");
  }
}
