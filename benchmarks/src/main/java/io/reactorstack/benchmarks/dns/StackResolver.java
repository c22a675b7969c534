package io.reactorstack.benchmarks.dns;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.NetworkStack;
import io.reactorstack.benchmarks.Namespace;
import io.reactorstack.device.linux.TapDevice;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.dns.record.RecordType;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.netty.resources.LoopResources;

/**
 * The resolver of this project.
 *
 * @param resolver the resolver
 * @param end ends its host
 */
record StackResolver(DnsResolver resolver, Runnable end) implements Resolver {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String TAP = "rsdns";
  private static final String NETWORK = "10.97.53.";

  /** The subscriber of one value, which it keeps. */
  static final class Taken<T> implements CoreSubscriber<T> {

    private final Consumer<Throwable> end;
    private T value;

    Taken(Consumer<Throwable> end) {
      this.end = end;
    }

    /** The value, or {@code null} if there is none. */
    T value() {
      return value;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(T next) {
      value = next;
    }

    @Override
    public void onError(Throwable failure) {
      end.accept(failure);
    }

    @Override
    public void onComplete() {
      end.accept(value == null ? new IllegalStateException("no value") : null);
    }
  }

  /** Returns a resolver on the kernel's sockets, on one loop. */
  static StackResolver onKernel(NameServer server, UnaryOperator<DnsResolver> settings) {
    LoopResources loops = LoopResources.create("stack-dns", 1, true);
    DnsResolver resolver = DnsResolver.create(loops).hosts(Map.of()).searchDomains(1)
        .servers(List.of(Endpoint.of(server.address())));
    return new StackResolver(settings.apply(resolver), () -> loops.disposeLater(Duration.ZERO, LIMIT).block(LIMIT));
  }

  /** Returns a resolver on a stack on a TAP interface, at whose other end is a server of its own; needs root. */
  static StackResolver onTap(UnaryOperator<DnsResolver> settings) throws IOException {
    Namespace namespace = new Namespace("rsbench-dns");
    TapDevice device = TapDevice.named(TAP);
    IoEventLoopGroup loops = device.newLoopGroup("tap");
    NetworkStack stack = NetworkStack.create().name("tap").runOn((IoEventLoop) loops.next())
        .ipv4(ip -> ip.withAddressProbes(false)).device(device, NETWORK + "1/24").start().block(LIMIT);
    namespace.adopt(TAP, NETWORK + "2/24");
    NameServer server = NameServer.in(namespace, NETWORK + "2");
    DnsResolver resolver = DnsResolver.create(stack).servers(IpAddress.parse(NETWORK + "2"));
    return new StackResolver(settings.apply(resolver), () -> {
      stack.stop().block(LIMIT);
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      server.close();
      namespace.close();
    });
  }

  @Override
  public void ask(String name, Type type, Consumer<Throwable> done) {
    resolver.query(name, type == Type.A ? RecordType.A : RecordType.AAAA).subscribe(new Taken<>(done));
  }

  @Override
  public void close() {
    end.run();
  }
}
