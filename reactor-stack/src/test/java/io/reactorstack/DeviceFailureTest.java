package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.udp.Datagram;
import io.reactorstack.udp.UdpConnection;
import java.net.NoRouteToHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** Which subscribers and sockets are notified of a device failure, and which are not affected. */
class DeviceFailureTest {

  private static final DeviceException GONE = new DeviceException(DeviceException.Reason.GONE, "tap0 is gone");

  private final VirtualLoop loop = new VirtualLoop();
  private final List<Throwable> dropped = new ArrayList<>();
  private final Sinks.Empty<Frame> receiving = Sinks.empty();
  private final Sinks.Empty<Void> sending = Sinks.empty();

  @BeforeEach
  void listen() {
    Hooks.onErrorDropped(dropped::add);
  }

  @AfterEach
  void nothingWasDropped() {
    Hooks.resetOnErrorDropped();
    assertThat(dropped).isEmpty();
  }

  private NetworkDevice.Factory breakable(NetworkDevice.Factory device) {
    return on -> {
      NetworkDevice opened = device.open(on);
      return new NetworkDevice() {
        @Override
        public DeviceCapabilities capabilities() {
          return opened.capabilities();
        }

        @Override
        public Drops drops() {
          return opened.drops();
        }

        @Override
        public Flux<Frame> receive() {
          return opened.receive().mergeWith(receiving.asMono());
        }

        @Override
        public Mono<Void> send(Publisher<Frame> frames) {
          return Mono.firstWithSignal(opened.send(frames), sending.asMono());
        }

        @Override
        public void dispose() {
          opened.dispose();
        }

        @Override
        public boolean isDisposed() {
          return opened.isDisposed();
        }
      };
    };
  }

  private NetworkStack host(NetworkDevice.Factory... devices) {
    StackConfiguration configuration = UnprobedStack.create().runOn(loop).random(new Random(1));
    for (int i = 0; i < devices.length; i++) {
      configuration = configuration.device(devices[i], "10." + i + ".0.1/24");
    }
    return configuration.startNow();
  }

  @Test
  void failureOfTheLastDeviceIsReportedAndDoesNotStopTheHost() {
    NetworkStack host = host(breakable(MemoryCable.ethernet(1500).left()));
    List<InterfaceEvent> states = new ArrayList<>();
    host.interfaceEvents().subscribe(states::add);
    List<Throwable> ends = new ArrayList<>();
    host.onTerminate().subscribe(nothing -> {}, ends::add);
    loop.settle();
    assertThat(states).containsExactly(new InterfaceEvent.Up("if0"));

    receiving.tryEmitError(GONE);
    loop.settle();
    assertThat(states).hasSize(2).last().isEqualTo(new InterfaceEvent.Failed("if0", GONE));
    assertThat(ends).containsExactly(GONE);
    assertThat(host.isDisposed()).isFalse();
    StepVerifier.create(host.onTerminate()).verifyErrorMatches(GONE::equals);
    StepVerifier.create(host.stop()).then(loop::settle).verifyComplete();
  }

  @Test
  void failureOfSendingIsReportedLikeOneOfReceiving() {
    NetworkStack host = host(breakable(MemoryCable.ip(1500).left()));
    sending.tryEmitError(GONE);
    loop.settle();
    StepVerifier.create(host.onTerminate()).verifyErrorMatches(GONE::equals);
    StepVerifier.create(host.stop()).then(loop::settle).verifyComplete();
  }

  @Test
  void hostWithAnotherDeviceContinues() {
    NetworkStack host = host(breakable(MemoryCable.ethernet(1500).left()), MemoryCable.ethernet(1500).left());
    List<InterfaceEvent> states = new ArrayList<>();
    List<String> ended = new ArrayList<>();
    host.interfaceEvents().subscribe(states::add, error -> ended.add("error"), () -> ended.add("complete"));
    host.onTerminate().subscribe(nothing -> {}, error -> ended.add("failed"), () -> ended.add("terminated"));
    receiving.tryEmitError(GONE);
    loop.settle();
    assertThat(states).containsExactly(
        new InterfaceEvent.Up("if1"), new InterfaceEvent.Failed("if0", GONE));
    assertThat(ended).isEmpty();
    host.dispose();
    loop.settle();
    assertThat(ended).containsExactlyInAnyOrder("complete", "terminated");
  }

  @Test
  void datagramsQueuedForTheFailedDeviceAreDiscarded() {
    NetworkStack host = host(breakable(MemoryCable.ip(1500).left()), MemoryCable.ip(1500).left());
    UdpConnection[] socket = {null};
    host.udp().bind(9).subscribe(opened -> socket[0] = opened);
    loop.settle();
    List<Throwable> errors = new ArrayList<>();
    // More than the cable, the socket's queue and the prefetched datagrams hold together.
    socket[0].send(Flux.range(0, 2000).map(i -> datagram("10.0.0.9"))).subscribe(nothing -> {}, errors::add);
    loop.settle();
    assertThat(errors).isEmpty();

    receiving.tryEmitError(GONE);
    loop.settle();
    assertThat(errors).singleElement().isInstanceOf(NoRouteToHostException.class);
    StepVerifier.create(socket[0].send(Mono.just(datagram("10.1.0.9")))).then(loop::settle).verifyComplete();
    host.dispose();
    loop.settle();
  }

  private static Datagram datagram(String to) {
    return Datagram.to(new Endpoint(IpAddress.parse(to), 9), Unpooled.wrappedBuffer(new byte[1]));
  }

  @Test
  void subscriberWithoutDemandGetsTheLatestEventsLater() {
    NetworkStack host = host(breakable(MemoryCable.ethernet(1500).left()), MemoryCable.ethernet(1500).left());
    StepVerifier.create(host.interfaceEvents(), 0)
        .then(loop::settle)
        .then(() -> receiving.tryEmitError(GONE))
        .then(loop::settle)
        .thenRequest(1).then(loop::settle)
        .expectNext(new InterfaceEvent.Up("if1"))
        .thenRequest(1).then(loop::settle)
        .expectNext(new InterfaceEvent.Failed("if0", GONE))
        .thenRequest(1).then(loop::settle)
        .then(host::dispose).then(loop::settle)
        .verifyComplete();
  }
}
