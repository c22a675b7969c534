package io.reactorstack.ethernet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.VirtualLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The ports of a trunk: their frames, and the end of the device below. */
class VlanTrunkTest {

  private static final DeviceException GONE = new DeviceException(DeviceException.Reason.GONE, "eth0 is gone");

  /** A device that fails when the test says so and takes a frame for each credit of the test. */
  private static final class Medium implements NetworkDevice {

    private final Drops drops = new Drops();
    private final Sinks.Many<Frame> received = Sinks.many().unicast().onBackpressureBuffer();
    private final Sinks.Empty<Void> sent = Sinks.empty();
    private final List<ByteBuf> frames = new ArrayList<>();
    private final BaseSubscriber<Frame> sender = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        // The test grants credit.
      }

      @Override
      protected void hookOnNext(Frame frame) {
        frames.add(frame.payload());
      }
    };
    private boolean disposed;

    @Override
    public DeviceCapabilities capabilities() {
      return DeviceCapabilities.ethernet(MacAddress.parse("02:00:00:00:00:01"), 1500);
    }

    @Override
    public Drops drops() {
      return drops;
    }

    @Override
    public Flux<Frame> receive() {
      return received.asFlux();
    }

    @Override
    public Mono<Void> send(Publisher<Frame> frames) {
      return sent.asMono().doOnSubscribe(subscription -> frames.subscribe(sender));
    }

    @Override
    public void dispose() {
      assertThat(disposed).isFalse();
      disposed = true;
    }

    @Override
    public String toString() {
      return "eth0";
    }
  }

  private final VirtualLoop loop = new VirtualLoop();
  private final Medium medium = new Medium();
  private final VlanTrunk trunk = new VlanTrunk(medium, loop);
  private final NetworkDevice untagged = trunk.port(VlanTrunk.UNTAGGED);
  private final NetworkDevice ten = trunk.port(10);
  private final List<String> signals = new ArrayList<>();

  private void subscribe(String name, NetworkDevice port) {
    port.receive().subscribe(Frame::release, cause -> {
      signals.add(name + " received " + cause.getMessage());
      port.dispose();
    }, () -> signals.add(name + " received the end"));
  }

  private static Frame frame(int number) {
    return new Frame(Unpooled.buffer(64).writeInt(number).writeZero(60), PacketFacts.LOCAL);
  }

  @Test
  void failureOfTheMediumReachesEveryPortAndTheLastPortClosesTheDevice() {
    subscribe("untagged", untagged);
    subscribe("ten", ten);
    loop.settle();
    trunk.connect();
    medium.received.tryEmitError(GONE);
    assertThat(signals).containsExactly("untagged received eth0 is gone", "ten received eth0 is gone");
    assertThat(medium.disposed).isTrue();
    assertThat(ten.isDisposed()).isTrue();
    ten.dispose();
  }

  @Test
  void failureToSendReachesEveryPort() {
    untagged.send(Flux.never()).subscribe(null, cause -> signals.add("untagged sent " + cause.getMessage()));
    ten.send(Flux.never()).subscribe(null, cause -> signals.add("ten sent " + cause.getMessage()));
    loop.settle();
    trunk.connect();
    medium.sent.tryEmitError(GONE);
    assertThat(signals).containsExactly("untagged sent eth0 is gone", "ten sent eth0 is gone");
  }

  @Test
  void endOfOnePortLeavesTheOthersOpen() {
    subscribe("untagged", untagged);
    subscribe("ten", ten);
    loop.settle();
    trunk.connect();
    ten.dispose();
    assertThat(signals).containsExactly("ten received the end");
    assertThat(medium.disposed).isFalse();
    medium.received.tryEmitComplete();
    assertThat(signals).containsExactly("ten received the end", "untagged received the end");
    untagged.dispose();
    assertThat(medium.disposed).isTrue();
  }

  @Test
  void framesOfAPortWithoutASubscriberAreDroppedAndCounted() {
    trunk.connect();
    Frame frame = frame(1);
    medium.received.tryEmitNext(frame);
    assertThat(medium.drops.get(DeviceDrop.CANCELLED)).isEqualTo(1);
    assertThat(frame.payload().refCnt()).isZero();
  }

  @Test
  void portHoldsAtMostARingOfFramesAndTheTrunkReleasesThem() {
    Sinks.Many<Frame> source = Sinks.many().unicast().onBackpressureBuffer();
    ten.send(source.asFlux()).subscribe(null, cause -> signals.add(cause.getMessage()));
    loop.settle();
    trunk.connect();
    List<Frame> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      all.add(frame(i));
      source.tryEmitNext(all.get(i));
    }
    assertThat(medium.frames).isEmpty();
    medium.sender.request(80);
    assertThat(medium.frames).hasSize(80);
    assertThat(medium.frames.get(79).getInt(0)).isEqualTo(79);
    medium.frames.forEach(ByteBuf::release);
    ten.dispose();
    untagged.dispose();
    assertThat(all).allMatch(frame -> frame.payload().refCnt() == 0);
    assertThat(signals).containsExactly("the device is closed");
  }

  @Test
  void aVlanHasOnePort() {
    assertThatThrownBy(() -> trunk.port(10)).hasMessage("eth0 already has a port for VLAN 10");
    for (int vlan : new int[] {-1, 4095}) {
      assertThatThrownBy(() -> trunk.port(vlan)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(ten).hasToString("eth0, VLAN 10");
    assertThat(untagged).hasToString("eth0, untagged");
  }
}
