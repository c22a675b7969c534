package io.reactorstack.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.NetworkStack;
import io.reactorstack.device.linux.PacketSocketDevice;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.testing.ExternalCommand;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.NetworkNamespace;
import io.reactorstack.testing.RequiresNetAdmin;
import io.reactorstack.testing.UnprobedStack;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** Kernel interfaces are set down and up, and deleted, while a host runs on them. */
@RequiresNetAdmin
@Timeout(120)
class LinkOnLinuxTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int PORT = 7300;
  private static final long BYTES = 1L << 30;
  private static final long SEED = 31;

  private final NetworkNamespace namespace = NetworkNamespace.create();
  private final String name = NetworkNamespace.uniqueInterfaceName();
  private final List<Class<?>> states = new CopyOnWriteArrayList<>();
  private NetworkStack stack;

  @AfterEach
  void stop() {
    stack.stop().block(LIMIT);
    FrameBalance.assertBalanced(stack);
    namespace.close();
  }

  private void watch() {
    stack.interfaceEvents().<Class<?>>map(Object::getClass).subscribe(states::add);
  }

  private void awaitStates(Class<?>... expected) {
    namespace.await("states " + List.of(expected) + " but " + states, () -> states.equals(List.of(expected)));
  }

  private static void here(String... command) {
    ExternalCommand.run(LIMIT, List.of(command)).orThrow();
  }

  @Test
  void transferSurvivesATapSetDownInAnotherNamespace() throws Exception {
    stack = UnprobedStack.create().device(TapDevice.named(name), "10.79.0.2/24").startNow();
    watch();
    awaitStates(InterfaceEvent.Down.class);
    namespace.adopt(name, "tap0", "10.79.0.1/24");
    awaitStates(InterfaceEvent.Down.class, InterfaceEvent.Up.class);
    NetworkNamespace.Server kernel = namespace.start(
        ProcessHandle.current().info().command().orElse("java"), "-Xmx128m", "-cp",
        System.getProperty("java.class.path"), KernelEnd.class.getName(), "listen", "receive", "10.79.0.1",
        Integer.toString(PORT), Long.toString(BYTES), Long.toString(SEED));
    namespace.awaitTcpListener(PORT);
    TcpConnection connection = stack.tcp().connect("10.79.0.1", PORT).block(LIMIT);
    MessageDigest digest = KernelEnd.sha256();
    Disposable sending = connection.send(chunks(digest)).then(connection.shutdownOutput()).subscribe();
    namespace.await("bytes in transit", () -> connection.info().bytesAcknowledged() > 1 << 20);

    namespace.run("ip", "link", "set", "tap0", "down").orThrow();
    awaitStates(InterfaceEvent.Down.class, InterfaceEvent.Up.class, InterfaceEvent.Down.class);
    // The peer's window may have been closed at that moment: then probes are sent, whose interval doubles too.
    namespace.await("timeouts", () -> connection.info().timing().timeouts().backoff() >= 2);
    assertThat(sending.isDisposed()).isFalse();
    namespace.run("ip", "link", "set", "tap0", "up").orThrow();
    awaitStates(InterfaceEvent.Down.class, InterfaceEvent.Up.class, InterfaceEvent.Down.class, InterfaceEvent.Up.class);

    connection.receive().doOnNext(ByteBuf::release).then().block(LIMIT);
    connection.close().block(LIMIT);
    assertThat(kernel.awaitExit(LIMIT)).as(kernel::output).isZero();
    assertThat(kernel.output()).contains(BYTES + " " + HexFormat.of().formatHex(digest.digest()));
  }

  private static Flux<ByteBuf> chunks(MessageDigest digest) {
    return Flux.generate(() -> new KernelEnd.Chunks(BYTES, SEED), (chunks, sink) -> {
      if (chunks.hasNext()) {
        byte[] chunk = chunks.next();
        digest.update(chunk);
        sink.next(Unpooled.wrappedBuffer(chunk));
      } else {
        sink.complete();
      }
      return chunks;
    });
  }

  @Test
  void tapInThisNamespaceReportsChangesWithoutTraffic() {
    stack = UnprobedStack.create().device(TapDevice.named(name), "10.79.0.2/24").startNow();
    watch();
    awaitStates(InterfaceEvent.Down.class);
    here("sysctl", "-qw", "net.ipv6.conf." + name + ".disable_ipv6=1");
    here("ip", "link", "set", name, "up");
    awaitStates(InterfaceEvent.Down.class, InterfaceEvent.Up.class);
    here("ip", "link", "set", name, "down");
    awaitStates(InterfaceEvent.Down.class, InterfaceEvent.Up.class, InterfaceEvent.Down.class);
    here("ip", "link", "delete", name);
    awaitStates(InterfaceEvent.Down.class, InterfaceEvent.Up.class, InterfaceEvent.Down.class,
        InterfaceEvent.Failed.class);
  }

  @Test
  void packetSocketReportsItsCarrier() {
    namespace.connect("eth0", name, "10.79.0.1/24");
    stack = UnprobedStack.create()
        .device(PacketSocketDevice.on(name).macAddress(MacAddress.parse("02:00:00:00:79:02")), "10.79.0.2/24")
        .startNow();
    watch();
    namespace.await("UP", () -> !states.isEmpty() && states.getLast() == InterfaceEvent.Up.class);
    states.clear();
    assertThat(stack.icmp().ping(IpAddress.parse("10.79.0.1")).block(LIMIT)).isNotNull();
    // Sets the other endpoint of the cable down.
    namespace.run("ip", "link", "set", "eth0", "down").orThrow();
    awaitStates(InterfaceEvent.Down.class);
    namespace.run("ip", "link", "set", "eth0", "up").orThrow();
    awaitStates(InterfaceEvent.Down.class, InterfaceEvent.Up.class);
    assertThat(stack.icmp().ping(IpAddress.parse("10.79.0.1")).block(LIMIT)).isNotNull();
    // Sets the host's own endpoint down, and then deletes the cable.
    here("ip", "link", "set", name, "down");
    awaitStates(InterfaceEvent.Down.class, InterfaceEvent.Up.class, InterfaceEvent.Down.class);
    here("ip", "link", "delete", name);
    awaitStates(InterfaceEvent.Down.class, InterfaceEvent.Up.class, InterfaceEvent.Down.class,
        InterfaceEvent.Failed.class);
  }
}
