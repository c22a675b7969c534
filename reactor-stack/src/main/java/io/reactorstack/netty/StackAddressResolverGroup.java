package io.reactorstack.netty;

import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import io.reactorstack.NetworkStack;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Makes a {@link NameResolver} available to Netty and Reactor Netty:
 * {@code new Bootstrap().resolver(StackAddressResolverGroup.of(stack))}. {@link StackLoopResources#client} sets it on a
 * client of Reactor Netty, which tries the addresses of a name in order until a connection succeeds.
 *
 * <p>A resolution notifies its listeners on the executor of the caller's channel and fails with an
 * {@link UnknownHostException}. Cancelling its future cancels the resolution. Closing the group does not close the
 * resolver. Two groups for one resolver are equal, because Reactor Netty clients share pooled connections only if their
 * groups are equal.
 */
public final class StackAddressResolverGroup extends AddressResolverGroup<InetSocketAddress> {

  private final NameResolver resolver;

  private StackAddressResolverGroup(NameResolver resolver) {
    this.resolver = resolver;
  }

  /** Returns a group that uses {@link NetworkStack#resolver() the resolver of} {@code stack}. */
  public static StackAddressResolverGroup of(NetworkStack stack) {
    return of(Checks.given("stack", stack).resolver());
  }

  /** Returns a group that uses {@code resolver}. */
  public static StackAddressResolverGroup of(NameResolver resolver) {
    return new StackAddressResolverGroup(Checks.given("resolver", resolver));
  }

  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new Resolution(executor, resolver);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StackAddressResolverGroup group && group.resolver.equals(resolver);
  }

  @Override
  public int hashCode() {
    return resolver.hashCode();
  }

  /** Used instead of Netty's {@code InetSocketAddressResolver}, which does not forward a cancellation. */
  private static final class Resolution extends AbstractAddressResolver<InetSocketAddress> {

    private final NameResolver resolver;

    Resolution(EventExecutor executor, NameResolver resolver) {
      super(executor, InetSocketAddress.class);
      this.resolver = resolver;
    }

    @Override
    protected boolean doIsResolved(InetSocketAddress address) {
      return !address.isUnresolved();
    }

    @Override
    protected void doResolve(InetSocketAddress unresolved, Promise<InetSocketAddress> promise) {
      complete(resolved(unresolved).next(), promise);
    }

    @Override
    protected void doResolveAll(InetSocketAddress unresolved, Promise<List<InetSocketAddress>> promise) {
      complete(resolved(unresolved).collectList(), promise);
    }

    /** Returns the addresses of a name; at least one, or an error. */
    private Flux<InetSocketAddress> resolved(InetSocketAddress unresolved) {
      String host = unresolved.getHostString();
      return Flux.defer(() -> resolver.resolve(host))
          .switchIfEmpty(Flux.error(() -> new UnknownHostException(host + ": no address, says " + resolver)))
          .map(address -> named(unresolved, address));
    }

    /** Returns the address together with the requested name, which TLS and logs need. */
    private static InetSocketAddress named(InetSocketAddress unresolved, IpAddress address) {
      return new InetSocketAddress(address.toInetAddress(unresolved.getHostString()), unresolved.getPort());
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
