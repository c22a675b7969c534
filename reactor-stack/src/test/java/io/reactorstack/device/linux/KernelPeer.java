package io.reactorstack.device.linux;

import io.netty.channel.IoEventLoop;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.testing.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** A loop for the devices of a test, and a network namespace for the kernel at the other end of their cables. */
final class KernelPeer implements AutoCloseable {

  static final MacAddress OURS = MacAddress.parse("02:00:00:00:77:02");

  final NetworkNamespace namespace = NetworkNamespace.create();
  final LinuxEventLoopGroup loops = new LinuxEventLoopGroup(1, "device-test");
  final IoEventLoop loop = loops.next();

  KernelPeer() {
    // Set before an interface is added: with IPv6 the kernel would send packets of its own accord.
    namespace.run("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1").orThrow();
  }

  <T> T onLoop(Callable<T> action) {
    return loop.submit(action).syncUninterruptibly().getNow();
  }

  NetworkDevice open(NetworkDevice.Factory factory) {
    return onLoop(() -> factory.open(loop));
  }

  /** Opens a TAP device and moves its interface into the namespace. */
  NetworkDevice tap(String inside, String... addresses) {
    String outside = NetworkNamespace.uniqueInterfaceName();
    NetworkDevice device = open(TapDevice.named(outside).macAddress(OURS));
    namespace.adopt(outside, inside, addresses);
    return device;
  }

  /** Makes {@code device} answer ARP requests and pings for {@code address}. */
  static void answerPings(NetworkDevice device, int address) {
    device.send(answers(device.receive(), address)).subscribe();
  }

  static Publisher<Frame> answers(Flux<Frame> received, int address) {
    return received.handle((frame, sink) -> {
      if (PingResponder.answer(frame.payload(), OURS, address) == null) {
        frame.release();
      } else {
        sink.next(new Frame(frame.payload(), frame.facts()));
      }
    });
  }

  /** Returns a subscriber that requests frames only when the test does. */
  static BaseSubscriber<Frame> subscriber(Consumer<Frame> onFrame) {
    return new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        // The test requests frames.
      }

      @Override
      protected void hookOnNext(Frame frame) {
        try {
          onFrame.accept(frame);
        } finally {
          frame.release();
        }
      }
    };
  }

  /** Returns the number of open descriptors of this process, except those of files. */
  static long descriptors() {
    try (var links = Files.list(Path.of("/proc/self/fd"))) {
      return links.filter(link -> {
        try {
          String target = Files.readSymbolicLink(link).toString();
          return target.contains("/dev/net/tun") || target.startsWith("socket:") || target.startsWith("anon_inode:");
        } catch (IOException e) {
          return false;
        }
      }).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    namespace.close();
  }
}
