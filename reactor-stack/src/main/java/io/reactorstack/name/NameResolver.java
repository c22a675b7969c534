package io.reactorstack.name;

import io.reactorstack.packet.IpAddress;
import java.net.UnknownHostException;
import java.util.List;
import reactor.core.publisher.Mono;

/**
 * Finds the addresses of hosts by name, for a stack that is given one: {@code NetworkStack.create().resolver(stack -> …)}.
 *
 * <p>You meet it as {@code stack.resolver()}, and write one to bring names of your own. {@code DnsResolver} of reactor-stack-dns
 * is one, and each host of a lab has one that knows the lab's hosts.
 */
@FunctionalInterface
public interface NameResolver {

  /**
   * The addresses of {@code name}, those to be tried first first; at least one.
   *
   * <p>Errs with an {@link java.net.UnknownHostException} if the name is unknown or no name at all, or if its addresses cannot be
   * learnt; the message has the name and says which resolver failed.
   *
   * <p><b>Backpressure:</b> one list, on demand. <b>Buffer ownership:</b> values, nothing to release. <b>Threading:</b> a stack
   * subscribes on its event loop, where nothing may block; the signals may come on any thread. <b>Cancellation:</b> gives the
   * question up.
   *
   * @param name a host name as users write it: in any case, with or without a trailing dot; never an IP address
   */
  Mono<List<IpAddress>> resolve(String name);

  /** The resolver of a host that was given none: it knows no name, and its error says how to give the host a resolver. */
  static NameResolver none() {
    return name -> Mono.error(() -> new UnknownHostException(name
        + ": this host has no resolver: give it one with StackConfiguration.resolver, or use an IP address"));
  }
}
