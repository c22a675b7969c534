package io.reactorstack.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** The directory of a host's files, created on first use and deleted with the lab. */
final class Disk implements AutoCloseable {

  private final String host;
  private @Nullable Path directory;

  Disk(String host) {
    this.host = host;
  }

  synchronized Path directory() {
    Path there = directory;
    if (there == null) {
      try {
        there = Files.createTempDirectory("lab-" + host.replaceAll("[^A-Za-z0-9-]", "_") + "-");
      } catch (IOException e) {
        throw new UncheckedIOException("cannot create the directory of host " + host, e);
      }
      directory = there;
    }
    return there;
  }

  @Override
  public synchronized void close() {
    Path there = directory;
    directory = null;
    if (there == null) {
      return;
    }
    try {
      Files.walkFileTree(there, new Deletion());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete the directory of host " + host, e);
    }
  }

  private static final class Deletion extends SimpleFileVisitor<Path> {

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.delete(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
      if (failure != null) {
        throw failure;
      }
      Files.delete(directory);
      return FileVisitResult.CONTINUE;
    }
  }
}
