package io.reactorstack.tcp;

import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.IpAddress;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Connects to a name: resolves it, and tries its addresses one after the other, in their order, until one accepts the
 * connection.
 *
 * <p>The connect timeout applies to each attempt. If all fail, the error is that of the first address, which the
 * resolver prefers, with the errors of the other addresses suppressed in it.
 */
final class NamedConnect {

  private final List<IpAddress> addresses;
  private final Function<IpAddress, Mono<TcpConnection>> attempt;

  private NamedConnect(List<IpAddress> addresses, Function<IpAddress, Mono<TcpConnection>> attempt) {
    this.addresses = addresses;
    this.attempt = attempt;
  }

  static Mono<TcpConnection> toOneOf(
      NameResolver resolver, String name, Function<IpAddress, Mono<TcpConnection>> attempt) {
    return Flux.defer(() -> resolver.resolve(name))
        .switchIfEmpty(Flux.error(() -> new UnknownHostException(name + ": no address, says " + resolver)))
        .collectList()
        .flatMap(addresses -> new NamedConnect(addresses, attempt).from(0, null))
        // A connection that arrives after cancellation has no owner and would remain open for ever.
        .doOnDiscard(TcpConnection.class, TcpConnection::abort);
  }

  private Mono<TcpConnection> from(int index, @Nullable IOException first) {
    return attempt.apply(addresses.get(index)).onErrorResume(IOException.class, failed -> {
      IOException error = first == null ? failed : first;
      if (first != null) {
        first.addSuppressed(failed);
      }
      return index + 1 < addresses.size() ? from(index + 1, error) : Mono.error(error);
    });
  }
}
