package io.reactorstack.device.linux;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.IoEventLoop;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A TAP against the kernel at its other end. */
@RequiresNetAdmin
class TapDeviceTest {

  private static final Duration SOON = Duration.ofSeconds(10);
  private static final MacAddress OURS = MacAddress.parse("02:00:00:00:77:02");

  private final LinuxEventLoopGroup loops = new LinuxEventLoopGroup(1, "tap-test");
  private NetworkNamespace namespace;

  @BeforeEach
  void makeNamespace() {
    namespace = NetworkNamespace.create();
  }

  @AfterEach
  void close() {
    loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
    namespace.close();
  }

  private NetworkDevice open(NetworkDevice.Factory factory) {
    IoEventLoop loop = loops.next();
    return loop.submit(() -> factory.open(loop)).syncUninterruptibly().getNow();
  }

  @Test
  void kernelResolvesAndPingsTheHostOnTheTap() {
    String outside = NetworkNamespace.uniqueInterfaceName();
    NetworkDevice device = open(TapDevice.named(outside).macAddress(OURS));
    namespace.adopt(outside, "tap0", "10.77.1.1/24");

    Mono<Void> answers = device.send(device.receive().<Frame>handle((frame, sink) -> {
      ByteBuf answer = PingResponder.answer(frame.payload(), OURS, 0x0a4d0102);
      if (answer != null) {
        sink.next(new Frame(answer, frame.facts()));
      } else {
        frame.release();
      }
    }));
    answers.subscribe();

    String output = namespace.run("ping", "-c", "3", "-i", "0.01", "-W", "2", "10.77.1.2").orThrow();
    assertThat(output).contains("3 packets transmitted, 3 received, 0% packet loss");
    assertThat(namespace.run("ip", "neighbour", "show", "10.77.1.2").orThrow()).contains("lladdr " + OURS);
  }
}
