package io.reactorstack.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.NetworkStack;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Offload;
import io.reactorstack.testing.Inside;
import io.reactorstack.testing.SuperFrames;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The offloads that a host offers over a device, and the frames that the device gets. */
class SoftwareOffloadTest {

  private static final DeviceCapabilities PLAIN = DeviceCapabilities.ethernet(
      new MacAddress(0x0200_0000_0001L), 1500);

  private final LoopTurn turn = new VirtualLoop().newTurn();
  private final List<Frame> sent = new ArrayList<>();

  private final class Device implements NetworkDevice {

    private final DeviceCapabilities capabilities;
    private final boolean takesBursts;
    private final Drops drops = new Drops();

    Device(Offload offload, boolean takesBursts) {
      this.capabilities = PLAIN.withOffload(offload);
      this.takesBursts = takesBursts;
    }

    @Override
    public DeviceCapabilities capabilities() {
      return capabilities;
    }

    @Override
    public boolean takesBursts() {
      return takesBursts;
    }

    @Override
    public Drops drops() {
      return drops;
    }

    @Override
    public Flux<Frame> receive() {
      return Flux.never();
    }

    @Override
    public Mono<Void> send(Publisher<Frame> frames) {
      return Flux.from(frames).doOnNext(sent::add).then();
    }

    @Override
    public void dispose() {
      // Nothing is open.
    }
  }

  private void assertCut(NetworkDevice over) {
    over.send(Flux.just(SuperFrames.tcp(100, 250).frame(0))).block();
    assertThat(sent).hasSize(3);
    sent.forEach(Frame::release);
    sent.clear();
  }

  @Test
  void senderMayUseAllOffloadsOverADeviceWithNone() {
    NetworkDevice over = SoftwareOffload.over(new Device(Offload.NONE, true), turn);
    assertThat(over.capabilities()).isEqualTo(PLAIN.withOffload(Offload.ALL));
    assertCut(over);
  }

  @Test
  void aDeviceThatTakesEverythingIsLeftAlone() {
    NetworkDevice device = new Device(Offload.ALL, true);
    assertThat(SoftwareOffload.over(device, turn)).isSameAs(device);
  }

  @Test
  void aDeviceThatCopiesPartsOfAPayloadSaysSoForFramesThatItTakes() {
    assertThat(
        SoftwareOffload.over(new Device(new Offload(true, false, 65_535, 0), true), turn).capabilities().offload())
        .isEqualTo(new Offload(true, false, 65_535, 65_535));
    assertThat(SoftwareOffload.over(new Device(new Offload(true, false, 0, 0), true), turn).capabilities().offload())
        .isEqualTo(Offload.ALL);
  }

  @Test
  void noBurstsAreBuiltForADeviceThatTakesNoneButThoseThatComeAreCut() {
    NetworkDevice over = SoftwareOffload.over(new Device(Offload.NONE, false), turn);
    assertThat(over.takesBursts()).isFalse();
    assertThat(over.capabilities()).isEqualTo(PLAIN);
    assertCut(over);
  }

  private static Destination destination(NetworkStack stack, String address) {
    return Inside.shard(stack).ip().destination(IpAddress.parse(address));
  }

  @Test
  void destinationsStateTheOffloadsOfTheirInterface() {
    VirtualLoop loop = new VirtualLoop();
    NetworkStack stack = UnprobedStack.create().runOn(loop)
        .device(MemoryCable.ethernet(1500).left(), "10.0.0.1/24")
        .device(on -> new Device(new Offload(true, true, 40_000, 0), false), "10.1.0.1/24").startNow();
    assertThat(destination(stack, "10.0.0.2").offload()).isEqualTo(Offload.ALL);
    assertThat(destination(stack, "10.0.0.2").offload().longestTcp()).isEqualTo(65_535);
    assertThat(destination(stack, "10.1.0.2").offload().longestTcp()).as("the device decides").isEqualTo(40_000);
    assertThat(destination(stack, "127.0.0.1").offload().longestTcp()).isZero();
    stack.dispose();
    loop.settle();
    sent.forEach(Frame::release);
  }
}
