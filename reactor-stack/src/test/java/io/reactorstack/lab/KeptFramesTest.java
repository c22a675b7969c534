package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Capture;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.ExternalCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** The frames that a world keeps for its report, and the files written from them. */
class KeptFramesTest {

  private static final Instant START = Instant.parse("2027-02-03T04:05:06Z");
  private static final int ECHOES = 50;
  private static final int BYTES = 500;

  @TempDir
  private Path directory;

  /** Runs a client whose {@value #ECHOES} messages are echoed, over a wire with the impairment {@code wire}. */
  private static Lab echoes(LabBuilder settings, String wire) {
    Lab lab = settings.seed(9).startsAt(START).virtualTime();
    Switch lan = lab.newSwitch("lan");
    Host client = lab.host("client").address("10.0.0.1/24").wire(wire).connectTo(lan);
    Host server = lab.host("server").on(lan, "10.0.0.2/24").start();
    lab.run(() -> server.stack().tcp().listen(7)
        .flatMap(connection -> connection.send(connection.receive()).then(Mono.defer(connection::close))).subscribe());
    lab.await(client.stack().tcp().connect("10.0.0.2", 7).flatMap(connection -> connection.send(Mono.just(message()))
        .then(connection.receive().doOnNext(ByteBuf::release)
            .concatMap(echo -> connection.send(Mono.just(message())).thenReturn(1)).take(ECHOES - 1).then())
        .then(Mono.defer(connection::close))));
    return lab;
  }

  private static ByteBuf message() {
    return Unpooled.buffer(BYTES).writeZero(BYTES);
  }

  private String story(Lab lab) throws IOException {
    return Files.readString(lab.report().writeTo(directory).get(1));
  }

  @Test
  void theWholeStoryIsWrittenFromTheFirstFrameToTheLast() throws IOException {
    try (Lab lab = echoes(Lab.builder(), "delay 5ms")) {
      assertThat(lab.report().writeTo(directory)).containsExactly(directory.resolve("report.txt"),
          directory.resolve("story.txt"), directory.resolve("capture.pcapng"));
      assertThat(story(lab)).contains("ARP who has 10.0.0.2?", "TCP#1 SYN", "TCP#1 FIN");
      assertThat(lab.report()).asString().contains("\nstory\n").doesNotContain("not kept");
    }
  }

  @Test
  void oldestFramesAreReplacedAndCountedInTheReport() throws IOException {
    int room = 20_000;
    try (Lab lab = echoes(Lab.builder().keepFrames(room), "delay 5ms")) {
      assertThat(story(lab)).doesNotContain("ARP who has", "TCP#1 SYN").contains("TCP#1 FIN");
      assertThat(lab.report()).asString()
          .containsPattern("the first \\d+ frames that hosts sent or received were not kept");
      long bytes = lab.kept().view().blocks().stream().mapToLong(block -> block.length).sum();
      assertThat(bytes).isBetween(room / 2L, (long) room);
    }
  }

  @Test
  void frameLongerThanTheMemoryIsNotKept() {
    try (Lab lab = echoes(Lab.builder().keepFrames(400), "delay 5ms")) {
      assertThat(lab.kept().view().forgotten()).isGreaterThan(2 * ECHOES);
      assertThat(lab.kept().view().count()).isPositive();
      assertThat(lab.report()).asString().contains("were not kept");
    }
  }

  @Test
  void worldMayKeepNoFrames() {
    try (Lab lab = echoes(Lab.builder().keepFrames(0), "delay 5ms")) {
      assertThat(lab.report()).asString().contains("this world keeps no frames");
      assertThat(lab.report().writeTo(directory)).containsExactly(directory.resolve("report.txt"));
      assertThat(lab.kept().view().blocks()).isEmpty();
    }
    assertThatThrownBy(() -> Lab.builder().keepFrames(-1)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keepFrames");
  }

  @Test
  void keepingFramesDoesNotChangeTheRun() {
    assertThat(capture(Lab.builder())).isEqualTo(capture(Lab.builder().keepFrames(0)));
  }

  private static byte[] capture(LabBuilder settings) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Capture capture = Capture.inVirtualTime(bytes); Lab lab = settings.seed(4).virtualTime()) {
      Switch lan = lab.newSwitch("lan");
      Host client = lab.host("client").address("10.0.0.1/24").wire("delay 5ms 2ms loss 5%").connectTo(lan);
      Host server = lab.host("server").on(lan, "10.0.0.2/24").start();
      client.capture(capture);
      lab.run(() -> server.stack().tcp().listen(7)
          .flatMap(connection -> connection.send(connection.receive()).then(Mono.defer(connection::close)))
          .subscribe());
      lab.await(client.stack().tcp().connect("10.0.0.2", 7).flatMap(
          connection -> connection.send(Mono.just(Unpooled.buffer().writeZero(100_000))).then(connection.close())));
      lab.report();
      lab.advance(Duration.ofSeconds(2));
    }
    return bytes.toByteArray();
  }

  @Test
  void reportDoesNotChangeLater() {
    try (Lab lab = echoes(Lab.builder().keepFrames(20_000), "delay 5ms")) {
      LabReport before = lab.report();
      String text = before.toString();
      Host server = lab.hosts().getLast();
      for (int i = 0; i < 100; i++) {
        lab.await(server.stack().icmp().ping(IpAddress.parse("10.0.0.1")));
      }
      assertThat(before).hasToString(text);
      assertThat(lab.report().toString()).isNotEqualTo(text);
    }
  }

  @Test
  void droppedFramesAreMarkedWithTheReason() throws IOException {
    try (Lab lab = echoes(Lab.builder(), "delay 5ms loss 10%")) {
      long lost = lab.wires().getFirst().countersToRight().lost() + lab.wires().getFirst().countersToLeft().lost();
      assertThat(lost).isPositive();
      assertThat(story(lab).lines().filter(line -> line.contains("✗ LOST on client-lan: "))).hasSize((int) lost);
    }
  }

  @Test
  void theCaptureHasAnInterfaceForEachHostAndTheDatesOfTheWorld() throws IOException {
    ExternalCommand.require("tshark");
    try (Lab lab = echoes(Lab.builder(), "delay 5ms")) {
      Path file = lab.report().writeTo(directory).getLast();
      String out = ExternalCommand.run(Duration.ofSeconds(60),
          List.of("tshark", "-n", "-o", "tcp.check_checksum:TRUE", "-r", file.toString(), "-T", "fields", "-e",
              "frame.interface_name", "-e", "frame.time_epoch", "-e", "tcp.checksum.status"))
          .output();
      List<String> packets = out.lines().filter(line -> !line.startsWith("Running as")).toList();
      assertThat(packets).hasSize((int) lab.kept().view().count());
      assertThat(packets.getFirst()).startsWith("client\t" + START.getEpochSecond() + ".000000000");
      assertThat(packets).anyMatch(line -> line.startsWith("server\t" + START.getEpochSecond() + ".005000000"));
      assertThat(packets).allMatch(line -> line.startsWith("client\t") || line.startsWith("server\t"));
      // Wireshark confirms the checksum of each segment; ARP has none.
      assertThat(packets).filteredOn(line -> line.endsWith("\t1")).hasSizeGreaterThan(4 * ECHOES);
      assertThat(packets).noneMatch(line -> line.endsWith("\t0"));
    }
  }

  @Test
  void framesOfAReplacedHostAreKeptOnce() throws IOException {
    try (Lab lab = echoes(Lab.builder(), "delay 5ms")) {
      Host server = lab.hosts().getLast();
      lab.await(server.stack().stop());
      Host next = lab.host("server").on((Switch) lab.inventory().junctions().getFirst(), "10.0.0.2/24").start();
      lab.await(next.stack().icmp().ping(IpAddress.parse("10.0.0.1")));
      assertThat(story(lab).lines().filter(line -> line.contains(" ping "))).hasSize(1);
      assertThat(lab.kept().view().places()).hasSize(2);
    }
  }
}
