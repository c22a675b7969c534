package io.reactorstack.name;

import io.reactorstack.packet.IpAddress;
import java.net.UnknownHostException;
import reactor.core.publisher.Flux;

/**
 * Finds the addresses of hosts by name; a stack is given one with {@code NetworkStack.create().resolver(stack -> …)}.
 *
 * <p>Applications use it as {@code stack.resolver()}, and implement it to add names of their own. {@code DnsResolver}
 * of reactor-stack-dns is an implementation, and each host of a lab has one that contains the lab's hosts.
 */
@FunctionalInterface
public interface NameResolver {

  /**
   * Returns the addresses of {@code host} in the order in which to try them, and then completes; at least one.
   *
   * <p>Fails with an {@link java.net.UnknownHostException} if the name is unknown or not a valid name, or if its
   * addresses cannot be found; the message contains the name and which resolver failed. An error after some addresses
   * is a failure too: whoever needs all addresses then uses none of them.
   *
   * <p>A stack requests all addresses, and sorts them when the last one has arrived. A result without an address
   * becomes an {@link java.net.UnknownHostException}.
   *
   * <p><b>Backpressure:</b> addresses on demand; a query may be sent before the first request. <b>Buffer ownership:</b>
   * values, nothing to release. <b>Threading:</b> a stack subscribes on its event loop, where nothing may block; the
   * signals may come on any thread. <b>Cancellation:</b> abandons the query.
   *
   * @param host a host name as users write it: in any case, with or without a trailing dot; never an IP address
   */
  Flux<IpAddress> resolve(String host);

  /**
   * The resolver of a host that was configured without one: fails for every name, with an error that explains how to
   * set a resolver.
   */
  static NameResolver none() {
    return host -> Flux.error(() -> new UnknownHostException(host
        + ": this host has no resolver: give it one with StackConfiguration.resolver, or use an IP address"));
  }
}
