package io.reactorstack.name;

import io.reactorstack.packet.IpAddress;
import java.net.UnknownHostException;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * Finds the addresses of hosts by name; a stack is given one with {@code NetworkStack.create().resolver(stack -> …)}.
 *
 * <p>Applications use it as {@code stack.resolver()}, and implement it to add names of their own. {@code DnsResolver}
 * of reactor-stack-dns is an implementation, and each host of a lab has one that contains the lab's hosts.
 */
@FunctionalInterface
public interface NameResolver {

  /**
   * Returns the addresses of {@code name} in the order in which to try them; at least one.
   *
   * <p>Fails with an {@link java.net.UnknownHostException} if the name is unknown or not a valid name, or if its
   * addresses cannot be found; the message contains the name and which resolver failed.
   *
   * <p><b>Backpressure:</b> one list, on demand. <b>Buffer ownership:</b> values, nothing to release. <b>Threading:</b>
   * a stack subscribes on its event loop, where nothing may block; the signals may come on any thread.
   * <b>Cancellation:</b> abandons the query.
   *
   * @param name a host name as users write it: in any case, with or without a trailing dot; never an IP address
   */
  Mono<List<IpAddress>> resolve(String name);

  /**
   * The resolver of a host that was configured without one: fails for every name, with an error that explains how to
   * set a resolver.
   */
  static NameResolver none() {
    return name -> Mono.error(() -> new UnknownHostException(name
        + ": this host has no resolver: give it one with StackConfiguration.resolver, or use an IP address"));
  }
}
