package io.reactorstack.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Ticker;
import io.reactorstack.lab.ImpairedDevice;
import io.reactorstack.lab.Impairment;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.VirtualLoop;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class ObservedDeviceTest {

  private final List<String> seen = new ArrayList<>();
  private final FrameObserver broken = (direction, frame, nanos) -> {
    throw new IllegalStateException("on purpose");
  };
  private final FrameObserver notes = (direction, frame, nanos) -> seen
      .add(direction + " " + frame.payload().readableBytes() + " " + (nanos > 0));
  private final Echo echo = new Echo(DeviceCapabilities.ip(1500));
  private final NetworkDevice observed = new ObservedDevice(echo, Ticker.systemTicker(), List.of(broken, notes));

  private static Frame frame(int bytes) {
    return new Frame(Unpooled.buffer(bytes).writeZero(bytes), PacketFacts.LOCAL);
  }

  @Test
  void observersSeeBothDirectionsAndDemandIsForwarded() {
    StepVerifier.create(observed.send(Flux.just(frame(10), frame(20)))).verifyComplete();
    StepVerifier.create(observed.receive(), 1)
        .consumeNextWith(Frame::release).then(() -> assertThat(seen).hasSize(3)).thenRequest(1)
        .consumeNextWith(Frame::release).verifyComplete();
    assertThat(seen).containsExactly("SENT 10 true", "SENT 20 true", "RECEIVED 10 true", "RECEIVED 20 true");
  }

  @Test
  void delegatesEverythingElseToTheDevice() {
    assertThat(observed.capabilities()).isSameAs(echo.capabilities());
    assertThat(observed.drops()).isSameAs(echo.drops());
    observed.dispose();
    assertThat(echo.disposed).isTrue();
    assertThat(observed.isDisposed()).isTrue();
  }

  @Test
  void aDecoratorOpensItsDeviceWithoutOffload() {
    List<UnaryOperator<NetworkDevice.Factory>> decorators = List.of(
        ObservedDevice::around,
        device -> Capture.inVirtualTime(OutputStream.nullOutputStream()).around(device, "echo"),
        device -> ImpairedDevice.around(device, Impairment.none(), Impairment.none(), 1));
    IoEventLoop loop = new VirtualLoop();
    for (UnaryOperator<NetworkDevice.Factory> decorator : decorators) {
      NetworkDevice.Factory decorated = decorator.apply(new EchoFactory(Offload.ALL));
      assertThat(decorated.open(loop).capabilities().offload()).isEqualTo(Offload.NONE);
    }
  }

  @Test
  void anObservedDeviceWithOffloadTakesNoSuperFrames() {
    NetworkDevice device = new EchoFactory(Offload.ALL).open(new VirtualLoop());
    DeviceCapabilities capabilities = new ObservedDevice(device, Ticker.systemTicker(), List.of()).capabilities();
    assertThat(capabilities).isEqualTo(device.capabilities().withOffload(Offload.NONE));
  }

  /** Opens an {@link Echo} with offload, unless it is asked not to. */
  private record EchoFactory(Offload offload) implements NetworkDevice.Factory {

    @Override
    public NetworkDevice open(IoEventLoop loop) {
      return new Echo(DeviceCapabilities.ip(1500).withOffload(offload));
    }

    @Override
    public NetworkDevice.Factory withoutOffload() {
      return new EchoFactory(Offload.NONE);
    }
  }

  /** A device that receives each frame that is sent through it. */
  private static final class Echo implements NetworkDevice {

    private final DeviceCapabilities capabilities;
    private final Drops drops = new Drops();
    private final List<Frame> frames = new ArrayList<>();
    private boolean disposed;

    Echo(DeviceCapabilities capabilities) {
      this.capabilities = capabilities;
    }

    @Override
    public DeviceCapabilities capabilities() {
      return capabilities;
    }

    @Override
    public Drops drops() {
      return drops;
    }

    @Override
    public Flux<Frame> receive() {
      return Flux.fromIterable(frames);
    }

    @Override
    public Mono<Void> send(Publisher<Frame> sent) {
      return Flux.from(sent).doOnNext(frames::add).then();
    }

    @Override
    public void dispose() {
      disposed = true;
    }

    @Override
    public boolean isDisposed() {
      return disposed;
    }
  }
}
