package io.reactorstack.device.linux;

import static io.reactorstack.device.linux.KernelPeer.OURS;
import static io.reactorstack.device.linux.KernelPeer.answerPings;
import static io.reactorstack.device.linux.KernelPeer.answers;
import static io.reactorstack.device.linux.KernelPeer.descriptors;
import static io.reactorstack.device.linux.KernelPeer.subscriber;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Capture;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** Tests a TAP device against the kernel at its other end. */
@RequiresNetAdmin
@Timeout(120)
class TapDeviceTest {

  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int OUR_ADDRESS = 0x0a4d0102;

  private final KernelPeer peer = new KernelPeer();

  @AfterEach
  void close() {
    peer.close();
  }

  @Test
  void kernelResolvesAndPingsTheHostOnTheTap() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    answerPings(device, OUR_ADDRESS);

    String output = peer.namespace.run("ping", "-c", "3", "-i", "0.01", "-W", "2", "10.77.1.2").orThrow();

    assertThat(output).contains("3 packets transmitted, 3 received, 0% packet loss");
    assertThat(peer.namespace.run("ip", "neighbour", "show", "10.77.1.2").orThrow()).contains("lladdr " + OURS);
    assertThat(device.capabilities().mtu()).isEqualTo(1500);
    assertThat(device.capabilities().macAddress()).isEqualTo(OURS);
  }

  @Test
  void floodPingIsAnsweredWithoutLoss() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    AtomicInteger received = new AtomicInteger();
    device.send(answers(device.receive().doOnNext(frame -> received.incrementAndGet()), OUR_ADDRESS)).subscribe();

    String output = peer.namespace
        .run(Duration.ofSeconds(100), List.of("ping", "-q", "-f", "-c", "100000", "-s", "1400", "10.77.1.2"))
        .orThrow();

    assertThat(output).contains("100000 packets transmitted, 100000 received");
    assertThat(received.get()).isGreaterThanOrEqualTo(100_000);
    assertThat(device.drops().total()).isZero();
  }

  @Test
  void aCaptureOfTheTapOpensInWireshark(@TempDir Path folder) {
    ExternalCommand.require("tshark", "capinfos");
    Path file = folder.resolve("tap.pcapng");
    try (Capture capture = Capture.toFile(file)) {
      String outside = NetworkNamespace.uniqueInterfaceName();
      NetworkDevice device = peer.open(capture.around(TapDevice.named(outside).macAddress(OURS), "tap0"));
      peer.namespace.adopt(outside, "tap0", "10.77.1.1/24");
      answerPings(device, OUR_ADDRESS);
      peer.namespace.run("ping", "-q", "-f", "-c", "2000", "10.77.1.2").orThrow();
      assertThat(capture.missing()).isZero();
    }

    assertThat(tshark(file, "icmp.type == 8 && frame.packet_flags_direction == 1")).isEqualTo(2000);
    assertThat(tshark(file, "icmp.type == 0 && frame.packet_flags_direction == 2")).isEqualTo(2000);
    assertThat(tshark(file, "arp.opcode == 2 && eth.src == 02:00:00:00:77:02")).isPositive();
    assertThat(tshark(file, "_ws.malformed || ip.checksum.status == 0 || icmp.checksum.status == 0")).isZero();
    assertThat(ExternalCommand.run(SOON, List.of("capinfos", file.toString())).orThrow())
        .containsPattern("Strict time order: +True").containsPattern("File encapsulation: +Ethernet");
  }

  /** Returns the number of packets that match {@code filter}, counted by tshark. */
  private static long tshark(Path file, String filter) {
    return ExternalCommand
        .run(SOON, List.of("tshark", "-n", "-o", "ip.check_checksum:TRUE", "-r", file.toString(), "-T", "fields", "-e",
            "frame.number", "-Y", filter))
        .orThrow().lines().filter(line -> line.matches("\\d+")).count();
  }

  @Test
  void withoutDemandNothingIsRead() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    knowUs();
    AtomicInteger received = new AtomicInteger();
    var subscriber = subscriber(frame -> received.incrementAndGet());
    device.receive().subscribe(subscriber);
    peer.onLoop(() -> {
      subscriber.request(10);
      return null;
    });

    peer.namespace.run("ping", "-q", "-c", "50", "-l", "50", "-W", "1", "10.77.1.2");
    turnLoop();
    assertThat(received).hasValue(10);

    subscriber.request(15);
    peer.namespace.await("second lot", () -> received.get() == 25);
    turnLoop();
    assertThat(received).hasValue(25);

    subscriber.requestUnbounded();
    peer.namespace.await("rest", () -> received.get() == 50);
    assertThat(peer.namespace.run("cat", "/sys/class/net/tap0/statistics/tx_dropped").orThrow().strip()).isEqualTo("0");
  }

  /** Adds a neighbour entry, so that the kernel sends no ARP request for this host's address. */
  private void knowUs() {
    peer.namespace.run("ip", "neighbour", "add", "10.77.1.2", "lladdr", OURS.toString(), "dev", "tap0").orThrow();
  }

  private void turnLoop() {
    for (int i = 0; i < 20; i++) {
      peer.onLoop(() -> null);
    }
  }

  @Test
  void twoDevicesShareOneLoop() {
    NetworkDevice first = peer.tap("tap0", "10.77.1.1/24");
    NetworkDevice second = peer.tap("tap1", "10.77.2.1/24");
    answerPings(first, OUR_ADDRESS);
    answerPings(second, OUR_ADDRESS + 0x100);

    var both = List.of("10.77.1.2", "10.77.2.2").stream()
        .map(address -> CompletableFuture.supplyAsync(
            () -> peer.namespace.run("ping", "-q", "-c", "200", "-i", "0.002", address).output()))
        .toList();

    assertThat(both).allSatisfy(
        output -> assertThat(output.get(20, TimeUnit.SECONDS)).contains("200 packets transmitted, 200 received"));
  }

  @Test
  void disposingFreesTheDescriptorAndEndsBothDirections() {
    long before = descriptors();
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    assertThat(descriptors()).isEqualTo(before + 1);
    var received = device.receive().doOnNext(Frame::release).then().toFuture();
    var sent = device.send(Flux.never()).toFuture();

    device.dispose();
    device.dispose();

    assertThat(received).succeedsWithin(SOON);
    assertThat(sent).failsWithin(SOON).withThrowableThat().havingCause()
        .isInstanceOfSatisfying(DeviceException.class, e -> assertThat(e.reason()).isEqualTo(Reason.CLOSED));
    peer.namespace.await("end of the interface",
        () -> !peer.namespace.run("ip", "-br", "link").output().contains("tap0"));
    assertThat(device.isDisposed()).isTrue();
    assertThat(descriptors()).isEqualTo(before);
    StepVerifier.create(device.receive()).verifyComplete();
    StepVerifier.create(device.send(Flux.empty())).verifyError(DeviceException.class);
  }

  @Test
  void aSubscriberMayDisposeWithinOnNext() {
    long before = descriptors();
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    knowUs();
    var received = device.receive().doOnNext(frame -> {
      frame.release();
      device.dispose();
    }).count().toFuture();

    peer.namespace.run("ping", "-q", "-c", "20", "-l", "20", "-W", "1", "10.77.1.2");

    assertThat(received).succeedsWithin(SOON).isEqualTo(1L);
    assertThat(descriptors()).isEqualTo(before);
  }

  @Test
  void closingTheLoopsDisposes() {
    long before = descriptors();
    var group = new LinuxEventLoopGroup(1, "short-lived");
    var loop = group.next();
    NetworkDevice.Factory factory = TapDevice.named("rsx%d");
    NetworkDevice device = loop.submit(() -> factory.open(loop)).syncUninterruptibly().getNow();
    assertThat(device.toString()).matches("TAP device rsx\\d+");
    var received = device.receive().then().toFuture();

    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();

    assertThat(received).succeedsWithin(SOON);
    assertThat(device.isDisposed()).isTrue();
    device.dispose();
    assertThat(descriptors()).isEqualTo(before);
    StepVerifier.create(device.receive()).verifyError();
    StepVerifier.create(device.send(Flux.empty())).verifyError();
  }

  @Test
  void deletedInterfaceFailsBothDirections() {
    long before = descriptors();
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    var received = device.receive().doOnNext(Frame::release).then().toFuture();
    var sent = device.send(Flux.never()).toFuture();

    peer.namespace.run("ip", "link", "delete", "tap0").orThrow();

    for (var direction : List.of(received, sent)) {
      assertThat(direction).failsWithin(SOON).withThrowableThat().havingCause()
          .isInstanceOfSatisfying(DeviceException.class, e -> {
            assertThat(e.reason()).isEqualTo(Reason.GONE);
            assertThat(e).hasMessageContaining("is gone");
          });
    }
    assertThat(descriptors()).isEqualTo(before);
    StepVerifier.create(device.receive()).verifyError(DeviceException.class);
  }

  @Test
  void idleDeviceNoticesDeletedInterfaceAtNextUse() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    NetworkDevice other = peer.tap("tap1", "10.77.2.1/24");
    peer.namespace.run("ip", "link", "delete", "tap0").orThrow();
    peer.namespace.run("ip", "link", "delete", "tap1").orThrow();
    StepVerifier.create(device.receive()).verifyError(DeviceException.class);
    StepVerifier.create(other.send(Flux.just(frame(60)))).verifyError(DeviceException.class);
    assertThat(device.isDisposed() && other.isDisposed()).isTrue();
  }

  @Test
  void interfaceThatIsDownDropsFramesAndRecovers() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    peer.namespace.run("ip", "link", "set", "tap0", "down").orThrow();
    device.send(Flux.range(0, 200).map(i -> frame(100))).block(SOON);
    assertThat(device.drops().get(DeviceDrop.INTERFACE_DOWN)).isEqualTo(200);

    peer.namespace.run("ip", "link", "set", "tap0", "up").orThrow();
    answerPings(device, OUR_ADDRESS);
    assertThat(peer.namespace.run("ping", "-c", "1", "-W", "5", "10.77.1.2").orThrow()).contains("1 received");
  }

  @Test
  void framesBeyondTheMtuAreDroppedAndCounted() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    knowUs();
    device.send(Flux.just(frame(1518), frame(1519), frame(10))).block(SOON);
    assertThat(device.drops().get(DeviceDrop.TOO_LONG)).isEqualTo(1);
    assertThat(device.drops().get(DeviceDrop.REFUSED)).isEqualTo(1);

    AtomicInteger longest = new AtomicInteger();
    device.receive().subscribe(frame -> {
      longest.accumulateAndGet(frame.payload().readableBytes(), Math::max);
      frame.release();
    });
    peer.namespace.run("ip", "link", "set", "tap0", "mtu", "4000").orThrow();
    peer.namespace.run("ping", "-q", "-c", "1", "-W", "1", "-s", "1472", "10.77.1.2");
    peer.namespace.run("ping", "-q", "-c", "3", "-l", "3", "-W", "1", "-s", "3000", "10.77.1.2");
    peer.namespace.await("drops", () -> device.drops().get(DeviceDrop.TRUNCATED) == 3);
    assertThat(longest).hasValue(1514);
  }

  /** Returns a broadcast frame with an EtherType that no protocol uses. */
  private static Frame frame(int bytes) {
    ByteBuf buffer = Unpooled.directBuffer(bytes);
    buffer.writeZero(bytes);
    if (bytes >= 14) {
      MacAddress.BROADCAST.set(buffer, 0);
      OURS.set(buffer, 6);
      buffer.setShort(12, 0x88b5);
    }
    return new Frame(buffer, PacketFacts.LOCAL);
  }

  @Test
  void framesInAllKindsOfBuffersArrive() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    long before = receivedByKernel();
    ByteBuf bytes = frame(300).payload();
    ByteBuf heap = Unpooled.copiedBuffer(bytes);
    ByteBuf parts = Unpooled.wrappedBuffer(bytes.readRetainedSlice(14), bytes);
    ByteBuf offset = Unpooled.directBuffer().writeZero(7).writeBytes(heap.duplicate()).skipBytes(7);

    device.send(Flux.just(heap, parts, offset).map(buffer -> new Frame(buffer, PacketFacts.LOCAL))).block(SOON);

    peer.namespace.await("frames", () -> receivedByKernel() == before + 3 * 300);
    assertThat(List.of(heap, parts, offset)).allMatch(buffer -> buffer.refCnt() == 0);
  }

  private long receivedByKernel() {
    return Long.parseLong(peer.namespace.run("cat", "/sys/class/net/tap0/statistics/rx_bytes").orThrow().strip());
  }

  @Test
  void framesPublishedOnOtherThreadsAreSentInOrder() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    long before = receivedByKernel();
    device.send(Flux.range(0, 5000).map(i -> frame(60)).publishOn(Schedulers.parallel())).block(SOON);
    assertThat(receivedByKernel() - before).isEqualTo(5000 * 60);
  }

  @Test
  void publisherErrorFailsSendAndAnotherMayFollow() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    StepVerifier.create(device.send(Flux.concat(Flux.just(frame(60)), Mono.error(new IllegalStateException("mine")))))
        .verifyErrorMessage("mine");
    StepVerifier.create(device.send(Flux.just(frame(60)))).verifyComplete();
    StepVerifier.create(device.send(Flux.never())).thenCancel().verify();
    StepVerifier.create(device.send(Flux.just(frame(60)))).verifyComplete();
  }

  @Test
  void secondConcurrentSubscriberOrPublisherFails() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    var first = subscriber(frame -> {
    });
    device.receive().subscribe(first);
    StepVerifier.create(device.receive()).verifyError(IllegalStateException.class);
    first.cancel();
    var sending = device.send(Flux.never()).subscribe();
    StepVerifier.create(device.send(Flux.empty())).verifyError(IllegalStateException.class);
    sending.dispose();
    StepVerifier.create(device.receive(), 0).thenCancel().verify();
    StepVerifier.create(device.send(Flux.empty())).verifyComplete();
  }

  @Test
  void requestOfZeroFailsTheSubscriber() {
    NetworkDevice device = peer.tap("tap0", "10.77.1.1/24");
    CompletableFuture<Throwable> error = new CompletableFuture<>();
    device.receive().subscribe(new reactor.core.CoreSubscriber<>() {
      @Override
      public void onSubscribe(org.reactivestreams.Subscription subscription) {
        subscription.request(0);
      }

      @Override
      public void onNext(Frame frame) {
        frame.release();
      }

      @Override
      public void onError(Throwable t) {
        error.complete(t);
      }

      @Override
      public void onComplete() {
        error.completeExceptionally(new AssertionError("completed"));
      }
    });
    assertThat(error).succeedsWithin(SOON).isInstanceOf(IllegalArgumentException.class);
  }
}
