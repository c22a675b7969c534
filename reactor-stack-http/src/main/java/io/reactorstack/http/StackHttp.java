package io.reactorstack.http;

import io.reactorstack.NetworkStack;
import io.reactorstack.dns.DnsAddressResolverGroup;
import io.reactorstack.dns.DnsResolver;
import io.reactorstack.netty.StackLoopResources;
import java.net.InetSocketAddress;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/**
 * Reactor Netty's HTTP client and server, wired to a stack: {@code StackHttp.client(stack, resolver).get().uri(…)}.
 *
 * <p>What is returned is Reactor Netty's own and configured further as ever. Nothing of it runs off the stack's loop or on
 * another clock.
 */
public final class StackHttp {

  private StackHttp() {}

  /**
   * A client on {@code stack} that resolves names with {@code resolver} and opens a connection for each request.
   *
   * <p>Without a pool, since a pool's background eviction reads the machine's clock; with {@link
   * #client(NetworkStack, DnsResolver, ConnectionProvider)} the caller chooses one.
   */
  public static HttpClient client(NetworkStack stack, DnsResolver resolver) {
    return client(stack, resolver, ConnectionProvider.newConnection());
  }

  /** A client on {@code stack} that resolves names with {@code resolver} and takes its connections from {@code pool}. */
  public static HttpClient client(NetworkStack stack, DnsResolver resolver, ConnectionProvider pool) {
    return HttpClient.create(pool)
        .runOn(StackLoopResources.of(stack))
        .resolver(new DnsAddressResolverGroup(resolver));
  }

  /** A server on {@code stack}, to be bound to {@code local}, whose port may be 0 to let the stack choose. */
  public static HttpServer server(NetworkStack stack, InetSocketAddress local) {
    return HttpServer.create().runOn(StackLoopResources.of(stack)).bindAddress(() -> local);
  }
}
