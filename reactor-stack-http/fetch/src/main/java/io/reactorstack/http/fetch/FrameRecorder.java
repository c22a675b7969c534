package io.reactorstack.http.fetch;

import io.reactorstack.device.Capture;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.ObservedDevice;
import io.reactorstack.dns.DnsDescriber;
import io.reactorstack.lab.Host;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.telemetry.Describer;
import io.reactorstack.telemetry.Story;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Observes the client's frames for the story, the capture, both or neither. */
final class FrameRecorder implements AutoCloseable {

  private final @Nullable Story story;
  private final @Nullable Path file;
  private final @Nullable Capture capture;
  /**
   * In virtual time, holds captured frames until {@link #flush} writes them; its size is limited by the frames captured
   * between two flushes.
   */
  private final @Nullable ByteArrayOutputStream captured;
  private final @Nullable OutputStream out;

  /**
   * Opens the capture file.
   *
   * @param tell true to record a story
   * @param ascii true to draw the story with ASCII characters
   * @param realTime true if the clock is not a lab's
   * @param port the port of the HTTP server
   * @param names the names of hosts in the story
   * @throws Failure.WriteException if the file cannot be written
   */
  FrameRecorder(boolean tell, boolean ascii, @Nullable Path file, boolean realTime, int port,
      Map<IpAddress, String> names) {
    this.story = tell ? story(names, port, ascii) : null;
    this.file = file;
    if (file == null) {
      capture = null;
      captured = null;
      out = null;
      return;
    }
    try {
      OutputStream disk = Files.newOutputStream(file);
      out = realTime ? null : disk;
      captured = realTime ? null : new ByteArrayOutputStream();
      capture = captured == null
          ? Capture.to(disk, InstantSource.system())
          : Capture.inVirtualTime(captured);
    } catch (IOException e) {
      throw new Failure.WriteException(file.toString(), e);
    }
  }

  private static Story story(Map<IpAddress, String> names, int port, boolean ascii) {
    Story.Builder builder = Story.builder().udp(53, "DNS", DnsDescriber::describe)
        .tcp(53, DnsDescriber::describeSegment).tcp(port, Describer.http());
    for (Map.Entry<IpAddress, String> name : names.entrySet()) {
      builder = builder.name(name.getKey(), name.getValue());
    }
    return (ascii ? builder.ascii() : builder).build();
  }

  /** Observes the client of a lab. */
  void at(Host host) {
    alsoAt(host);
    if (capture != null) {
      host.capture(capture);
    }
  }

  /** Observes another host of a lab for the story. */
  void alsoAt(Host host) {
    if (story != null) {
      host.observe(story.observer());
    }
  }

  /** Returns a device that observes the frames of {@code device}. */
  NetworkDevice.Factory around(NetworkDevice.Factory device) {
    NetworkDevice.Factory watched = device;
    if (story != null) {
      watched = ObservedDevice.around(watched, story.observer());
    }
    return capture == null ? watched : capture.around(watched, "fetch");
  }

  /** Writes the frames captured so far; called while the world stands still. */
  void flush() {
    if (captured == null || out == null) {
      return;
    }
    try {
      captured.writeTo(out);
      captured.reset();
    } catch (IOException e) {
      throw new Failure.WriteException(String.valueOf(file), e);
    }
  }

  /** Returns the diagram, or an empty string if no story was requested. */
  String told() {
    return story == null ? "" : story.text();
  }

  /**
   * Completes the capture.
   *
   * @throws Failure.WriteException if the capture is incomplete
   */
  @Override
  public void close() {
    if (capture == null) {
      return;
    }
    try {
      capture.close();
      flush();
      if (out != null) {
        out.close();
      }
    } catch (UncheckedIOException | IOException e) {
      throw new Failure.WriteException(String.valueOf(file), e.getCause() == null ? e : e.getCause());
    }
    if (capture.missing() > 0) {
      throw new Failure.WriteException(
          String.valueOf(file), new IOException("the disk was too slow, " + capture.missing() + " frames are missing"));
    }
  }
}
