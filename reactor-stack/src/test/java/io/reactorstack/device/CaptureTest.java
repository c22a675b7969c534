package io.reactorstack.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.Ticker;
import io.reactorstack.device.FrameObserver.Direction;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.ExternalCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

@Timeout(60)
class CaptureTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final DeviceCapabilities ETHERNET = DeviceCapabilities.ethernet(MacAddress.parse("02:00:00:00:00:01"),
      1500);

  /** An ARP request of 10.0.0.1 for 10.0.0.2. */
  private static final String ARP = "ffffffffffff020000000001080600010800060400010200000000010a0000010000000000000a000002";

  @TempDir
  private Path folder;

  private static Frame frame(String hex) {
    // The bytes do not start at index 0 of the buffer, as is common for frames.
    ByteBuf buffer = Unpooled.buffer().writeZero(5).writeBytes(HexFormat.of().parseHex(hex)).skipBytes(5);
    return new Frame(buffer, PacketFacts.LOCAL);
  }

  @Test
  void blocksHaveTheLayoutOfTheFormat() {
    assertThat(hex(PcapngBlocks.sectionHeader())).isEqualTo("0a0d0d0a" + "34000000" + "4d3c2b1a" + "01000000"
        + "ffffffffffffffff" + "04000d00" + "72656163746f722d737461636b" + "000000" + "00000000" + "34000000");
    assertThat(hex(PcapngBlocks.interfaceDescription("tap0", ETHERNET.medium(), ETHERNET.macAddress())))
        .isEqualTo("01000000" + "34000000" + "01000000" + "00000000" + "02000400" + "74617030" + "06000600"
            + "020000000001" + "0000" + "09000100" + "09000000" + "00000000" + "34000000");
    assertThat(hex(PcapngBlocks.enhancedPacket(3, 0x0102030405060708L, Direction.SENT, frame("aabbccddee").payload())))
        .isEqualTo("06000000" + "34000000" + "03000000" + "04030201" + "08070605" + "05000000" + "05000000"
            + "aabbccddee" + "000000" + "02000400" + "02000000" + "00000000" + "34000000");
    assertThat(hex(PcapngBlocks.interfaceStatistics(1, 1, 7, 2))).isEqualTo("05000000" + "34000000" + "01000000"
        + "00000000" + "01000000" + "04000800" + "0700000000000000" + "05000800" + "0200000000000000" + "00000000"
        + "34000000");
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void wiresharkReadsInterfacesDirectionsAndTimes() throws IOException {
    ExternalCommand.require("tshark", "capinfos");
    Path file = folder.resolve("capture.pcapng");
    Ticks loop = new Ticks();
    loop.now = 5_000_000_000L;
    Instant start = Instant.parse("2030-01-02T03:04:05.123456789Z");
    try (Capture capture = Capture.to(Files.newOutputStream(file), Schedulers.boundedElastic(), () -> start)) {
      FrameObserver tap = capture.observer("tap0", ETHERNET, loop);
      FrameObserver tun = capture.observer("tun ü", DeviceCapabilities.ip(1500), loop);
      tap.onFrame(Direction.SENT, frame(ARP), loop.now + 1);
      tun.onFrame(Direction.RECEIVED, frame("4500001c000000004001" + "26df" + "0a0000010a000002" + "0800f7ff00000000"),
          loop.now + 1_000_000_000L);
    }

    String packets = tshark(file, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.interface_name", "-e",
        "frame.packet_flags_direction", "-e", "_ws.col.Protocol", "-e", "frame.len");
    assertThat(packets.lines()).containsExactly(
        "1893553445.123456790\ttap0\t0x00000002\tARP\t42",
        "1893553446.123456789\ttun ü\t0x00000001\tICMP\t28");
    String information = ExternalCommand.run(SOON, List.of("capinfos", file.toString())).orThrow();
    assertThat(information).containsPattern("Strict time order: +True")
        .containsPattern("Number of interfaces in file: +2").contains("nanoseconds").doesNotContain("damaged");
    assertThat(tshark(file, "-Y", "_ws.malformed || _ws.expert.severity >= 0x600000")).isEmpty();
  }

  /** Returns the output of tshark without its warning about running as root. */
  private static String tshark(Path file, String... options) {
    List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", file.toString()));
    command.addAll(List.of(options));
    return ExternalCommand.run(SOON, command).orThrow().lines().filter(line -> !line.startsWith("Running as user"))
        .reduce("", (text, line) -> text + line + "\n");
  }

  @Test
  void aSlowSinkNeitherBlocksTheObserverNorGrowsTheHeap() {
    CountDownLatch mayWrite = new CountDownLatch(1);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    Capture capture = Capture.to(new OutputStream() {
      @Override
      public void write(int b) {
        throw new AssertionError("the sink writes whole blocks");
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
          mayWrite.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
        written.write(bytes, offset, length);
      }
    }, Schedulers.boundedElastic(), () -> Instant.EPOCH);
    FrameObserver observer = capture.observer("tap0", ETHERNET, new Ticks());
    Frame frame = frame("00".repeat(60_000));
    int frames = 5000;
    for (int i = 0; i < frames; i++) {
      observer.onFrame(Direction.SENT, frame, i);
    }
    assertThat(capture.missing()).isBetween(3000L, 4500L);
    mayWrite.countDown();
    capture.close();

    observer.onFrame(Direction.SENT, frame, frames);
    long block = 60_000 + 44;
    assertThat(written.size() / block).isEqualTo(frames - capture.missing());
  }

  @Test
  void closingReportsThatTheSinkFailed() {
    Capture capture = Capture.to(new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("disk full");
      }
    }, Schedulers.boundedElastic(), () -> Instant.EPOCH);
    FrameObserver observer = capture.observer("tap0", ETHERNET, new Ticks());
    observer.onFrame(Direction.SENT, frame(ARP), 0);
    assertThatThrownBy(capture::close).isInstanceOf(UncheckedIOException.class).hasMessageContaining("disk full");
    capture.close();
    assertThatThrownBy(() -> capture.observer("late", ETHERNET, new Ticks())).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aSecondFinishWaitsForTheFirst() {
    Sinks.Empty<Void> proceed = Sinks.empty();
    Capture capture = Capture.to(new OutputStream() {
      @Override
      public void write(int b) {
        proceed.asMono().block();
      }
    }, Schedulers.boundedElastic(), () -> Instant.EPOCH);
    capture.observer("tap0", ETHERNET, new Ticks()).onFrame(Direction.SENT, frame(ARP), 0);
    CompletableFuture<Void> first = capture.finish().toFuture();
    CompletableFuture<Void> second = capture.finish().toFuture();
    assertThat(second).isNotDone();

    proceed.tryEmitEmpty().orThrow();
    first.join();
    second.join();
    assertThat(capture.finish().toFuture()).isCompleted();
  }

  @Test
  void unwritableFileThrows() {
    assertThatThrownBy(() -> Capture.toFile(folder.resolve("none").resolve("x.pcapng")))
        .isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void equalRunsInVirtualTimeGiveEqualBytes() {
    byte[] first = virtualRun();
    assertThat(virtualRun()).isEqualTo(first);
    assertThat(first).hasSizeGreaterThan(1000 * 44);
  }

  private static byte[] virtualRun() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Capture capture = Capture.inVirtualTime(bytes)) {
      Ticks clock = new Ticks();
      FrameObserver client = capture.observer("client", ETHERNET, clock);
      FrameObserver server = capture.observer("server", ETHERNET, clock);
      for (int i = 0; i < 1000; i++) {
        clock.now += 1000;
        client.onFrame(Direction.SENT, frame(ARP), clock.now);
        server.onFrame(Direction.RECEIVED, frame(ARP), clock.now);
      }
    }
    return bytes.toByteArray();
  }

  /** A clock whose time the test sets. */
  private static final class Ticks implements Ticker {

    private long now;

    @Override
    public long initialNanoTime() {
      return 0;
    }

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public void sleep(long delay, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }
  }
}
