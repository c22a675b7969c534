package io.reactorstack.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEventLoop;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.Capture;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A device behind an unreliable line, in virtual time. */
class ImpairedDeviceTest {

  private static final Impairment BAD = Impairment.none()
      .delay(Duration.ofMillis(5))
      .loss(0.02)
      .reorder(0.02, Duration.ofMillis(3))
      .duplicate(0.02)
      .corrupt(0.02);

  private final byte[] bytes = new byte[500_000];
  private final ByteArrayOutputStream capture = new ByteArrayOutputStream();
  private final AtomicReference<ImpairedDevice> line = new AtomicReference<>();

  private byte[] transfer(long seed) {
    new Random(1).nextBytes(bytes);
    VirtualLoop loop = new VirtualLoop();
    MemoryCable cable = MemoryCable.ethernet(1500);
    NetworkDevice.Factory bad = ImpairedDevice.around(cable.left(), BAD, BAD, seed);
    Capture frames = Capture.inVirtualTime(capture);
    NetworkStack client = UnprobedStack.create().name("client").runOn(loop).random(new Random(1))
        .device(frames.around(eventLoop -> remember(bad, eventLoop), "left"), "10.1.0.1/24").startNow();
    NetworkStack server = UnprobedStack.create().name("server").runOn(loop).random(new Random(2))
        .device(cable.right(), "10.1.0.2/24").startNow();
    ByteBuf received = Unpooled.buffer();
    server.tcp().listen(7).subscribe(
        connection -> connection.send(connection.receive()).then(connection.close()).subscribe());
    client.tcp().connect("10.1.0.2", 7).subscribe(connection -> {
      connection.receive().subscribe(buffer -> {
        received.writeBytes(buffer);
        buffer.release();
      });
      connection.send(Mono.just(Unpooled.wrappedBuffer(bytes))).then(connection.shutdownOutput()).subscribe();
    });
    loop.advance(Duration.ofMinutes(3));
    client.dispose();
    server.dispose();
    loop.settle();
    byte[] echoed = ByteBufUtil.getBytes(received);
    received.release();
    return echoed;
  }

  private NetworkDevice remember(NetworkDevice.Factory bad, IoEventLoop loop) {
    ImpairedDevice device = (ImpairedDevice) bad.open(loop);
    line.set(device);
    return device;
  }

  @Test
  void tcpSurvivesEveryImpairmentInBothDirections() {
    assertThat(transfer(7)).isEqualTo(bytes);
    for (WireCounters counters : new WireCounters[] {line.get().countersOfSent(), line.get().countersOfReceived()}) {
      assertThat(counters.lost()).isPositive();
      assertThat(counters.reordered()).isPositive();
      assertThat(counters.duplicated()).isPositive();
      assertThat(counters.corrupted()).isPositive();
      assertThat(counters.sent() + counters.duplicated()).isEqualTo(counters.delivered() + counters.lost()
          + counters.cut() + counters.unplugged() + counters.receiverFull() + counters.inFlight());
    }
  }

  @Test
  void effectsApplyInBothDirectionsUntilClosed() {
    VirtualLoop loop = new VirtualLoop();
    MemoryCable cable = MemoryCable.ethernet(1500);
    Impairment none = Impairment.none();
    NetworkStack client = UnprobedStack.create().name("client").runOn(loop).random(new Random(1))
        .device(eventLoop -> remember(ImpairedDevice.around(cable.left(), none, none, 1), eventLoop), "10.1.0.1/24")
        .startNow();
    NetworkStack server = UnprobedStack.create().name("server").runOn(loop).random(new Random(2))
        .device(cable.right(), "10.1.0.2/24").startNow();
    loop.advance(Duration.ofSeconds(5));
    try (Scope both = line.get().with(Effects.only(Frames.icmp(), Effects.delay(Duration.ofMillis(3))));
        Scope sent = line.get().withSent(Effects.only(Frames.icmp(), Effects.delay(Duration.ofMillis(1))));
        Scope received = line.get().withReceived(Effects.only(Frames.icmp(), Effects.delay(Duration.ofMillis(10))))) {
      assertThat(roundTrip(loop, client)).isEqualTo(Duration.ofMillis(17));
      assertThat(List.of(both, sent, received)).hasSize(3);
    }
    assertThat(roundTrip(loop, client)).isZero();
    assertThat(line.get().countersOfSent().changed()).containsEntry("DELAYED", 2L);
    client.dispose();
    server.dispose();
    loop.settle();
  }

  private static Duration roundTrip(VirtualLoop loop, NetworkStack client) {
    AtomicReference<Duration> taken = new AtomicReference<>();
    client.icmp().ping(IpAddress.parse("10.1.0.2")).subscribe(reply -> taken.set(reply.roundTrip()));
    loop.advance(Duration.ofMillis(500));
    return taken.get();
  }

  @Test
  void sameSeedImpairsTheSameFrames() {
    transfer(7);
    byte[] first = capture.toByteArray();
    capture.reset();
    transfer(7);
    assertThat(capture.toByteArray()).isEqualTo(first);
    capture.reset();
    transfer(8);
    assertThat(capture.toByteArray()).isNotEqualTo(first);
  }

  @Test
  void disposalReleasesFramesInTransit() {
    VirtualLoop loop = new VirtualLoop();
    MemoryCable cable = MemoryCable.ethernet(1500);
    Impairment slow = Impairment.none().delay(Duration.ofSeconds(1));
    NetworkStack client = UnprobedStack.create().name("client").runOn(loop).random(new Random(1))
        .device(eventLoop -> remember(ImpairedDevice.around(cable.left(), slow, slow, 1), eventLoop), "10.1.0.1/24")
        .startNow();
    client.icmp().ping(IpAddress.parse("10.1.0.2")).onErrorComplete().subscribe();
    loop.advance(Duration.ofMillis(500));
    assertThat(line.get().countersOfSent().inFlight()).isPositive();
    client.dispose();
    loop.settle();
    assertThat(line.get().countersOfSent().inFlight()).isZero();
    assertThat(line.get().isDisposed()).isTrue();
  }
}
