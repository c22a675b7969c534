package io.reactorstack;

import io.reactorstack.host.StackHost;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.event.Ipv6Status;
import io.reactorstack.packet.IpPrefix;
import java.io.IOException;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The configuration of one interface by IPv6 routers (RFC 4862), from {@link NetworkStack#slaac}. It runs by itself from
 * the start of the host; these methods watch it, and may be called from any thread.
 */
public final class Slaac {

  private final StackHost host;
  private final String interfaceName;

  Slaac(StackHost host, String interfaceName) {
    this.host = host;
    this.interfaceName = interfaceName;
  }

  /**
   * The state of the configuration: first the current one, then each change. Completes when the host has stopped; never
   * fails.
   *
   * <p><b>Backpressure:</b> a state that was not requested before the next one is lost. <b>Buffer ownership:</b> no
   * buffers. <b>Threading:</b> may be subscribed to on any thread; emits on the event loop. <b>Cancellation:</b> ends
   * the subscription.
   */
  public Flux<Ipv6Status> status() {
    return host.interfaceEvents()
        .ofType(InterfaceEvent.Ipv6Changed.class)
        .filter(event -> event.interfaceName().equals(interfaceName))
        .map(InterfaceEvent.Ipv6Changed::status);
  }

  /**
   * The addresses that the interface has formed from routers' prefixes, as soon as there is one; with the length of the
   * prefix. Fails with an {@link IOException} if the host stops before.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the event loop. <b>Cancellation:</b> has no effect on the interface.
   */
  public Mono<List<IpPrefix>> addresses() {
    return status()
        .filter(Ipv6Status::isConfigured)
        .map(Ipv6Status::addresses)
        .next()
        .switchIfEmpty(Mono.error(() -> new IOException("Network stack stopped")));
  }
}
