package io.reactorstack.dns;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.resolver.InetSocketAddressResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import io.reactorstack.packet.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/**
 * A {@link DnsResolver} as Netty and Reactor Netty take one: {@code HttpClient.create().resolver(group)}.
 *
 * <p>Whichever loop asks, the question is resolved on the stack's own; the promise is completed from there and notifies its
 * listeners on the loop that asked. A failure is a {@link DnsException}, which is the {@link java.net.UnknownHostException}
 * that callers expect. Cancelling the future gives the question up. Closing the group leaves the resolver alone.
 */
public final class DnsAddressResolverGroup extends AddressResolverGroup<InetSocketAddress> {

  private final DnsResolver resolver;

  /** The group whose every member is {@code resolver}. */
  public DnsAddressResolverGroup(DnsResolver resolver) {
    this.resolver = resolver;
  }

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new InetSocketAddressResolver(executor, new Names(executor, resolver));
  }

  private static final class Names extends InetNameResolver {

    private final DnsResolver resolver;

    Names(EventExecutor executor, DnsResolver resolver) {
      super(executor);
      this.resolver = resolver;
    }

    @Override
    protected void doResolve(String host, Promise<InetAddress> promise) {
      complete(named(host).map(List::getFirst), promise);
    }

    @Override
    protected void doResolveAll(String host, Promise<List<InetAddress>> promise) {
      complete(named(host), promise);
    }

    /** The addresses under the name asked for, which TLS and logs want to see. */
    private Mono<List<InetAddress>> named(String host) {
      return resolver.resolve(host)
          .map(addresses -> addresses.stream().map(address -> named(host, address)).toList());
    }

    private static InetAddress named(String host, IpAddress address) {
      try {
        return InetAddress.getByAddress(host, address.bytes());
      } catch (UnknownHostException e) {
        throw new AssertionError("4 and 16 octets are always an address", e);
      }
    }

    private static <T> void complete(Mono<T> result, Promise<T> promise) {
      Completion<T> completion = new Completion<>(promise);
      promise.addListener(done -> {
        if (promise.isCancelled()) {
          completion.cancel();
        }
      });
      result.subscribe(completion);
    }
  }

  private static final class Completion<T> extends BaseSubscriber<T> {

    private final Promise<T> promise;

    Completion(Promise<T> promise) {
      this.promise = promise;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      subscription.request(1);
    }

    @Override
    protected void hookOnNext(T value) {
      promise.trySuccess(value);
    }

    @Override
    protected void hookOnError(Throwable cause) {
      promise.tryFailure(cause);
    }
  }
}
