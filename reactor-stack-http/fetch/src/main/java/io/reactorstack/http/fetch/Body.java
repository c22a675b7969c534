package io.reactorstack.http.fetch;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The destination of the page: standard output, or a file that is created when the response arrives. */
final class Body implements AutoCloseable {

  private final @Nullable Path file;
  private final OutputStream standardOutput;
  private @Nullable OutputStream opened;

  Body(@Nullable Path file, OutputStream standardOutput) {
    this.file = file;
    this.standardOutput = standardOutput;
  }

  /**
   * Writes {@code pieces} and releases them; blocks.
   *
   * @throws Failure.WriteException if the write fails
   */
  void write(List<ByteBuf> pieces) {
    try {
      OutputStream out = out();
      for (ByteBuf piece : pieces) {
        piece.readBytes(out, piece.readableBytes());
      }
    } catch (IOException e) {
      throw failure(e);
    } finally {
      pieces.forEach(ByteBuf::release);
    }
  }

  /** Flushes the output after the last piece; creates the file if the page was empty. */
  void end() {
    try {
      out().flush();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private OutputStream out() throws IOException {
    if (opened == null) {
      opened = file == null ? standardOutput : Files.newOutputStream(file);
    }
    return opened;
  }

  /** Closes the file; flushes standard output and leaves it open. */
  @Override
  public void close() {
    OutputStream out = opened;
    if (out == null) {
      return;
    }
    opened = null;
    try {
      if (file == null) {
        out.flush();
      } else {
        out.close();
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private Failure.WriteException failure(IOException e) {
    return new Failure.WriteException(file == null ? "standard output" : file.toString(), e);
  }
}
