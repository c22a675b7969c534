package io.reactorstack;

import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.host.StackHost;
import io.reactorstack.ip.event.InterfaceEvent;
import java.io.IOException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The DHCP client of one interface (RFC 2131), from {@link NetworkStack#dhcp}. The client runs by itself from the start
 * of the host; these methods watch and control it, and may be called from any thread.
 */
public final class Dhcp {

  private final StackHost host;
  private final String interfaceName;

  Dhcp(StackHost host, String interfaceName) {
    this.host = host;
    this.interfaceName = interfaceName;
  }

  /**
   * The client's state: first the current one, then each change, and each message that the client sends. Completes when
   * the host has stopped; never fails.
   *
   * <p><b>Backpressure:</b> a state that was not requested before the next one is lost. <b>Buffer ownership:</b> no
   * buffers. <b>Threading:</b> may be subscribed to on any thread; emits on the event loop. <b>Cancellation:</b> ends
   * the subscription; the client continues.
   */
  public Flux<DhcpStatus> status() {
    return host.interfaceEvents()
        .ofType(InterfaceEvent.DhcpChanged.class)
        .filter(event -> event.interfaceName().equals(interfaceName))
        .map(InterfaceEvent.DhcpChanged::status);
  }

  /**
   * The lease in use, as soon as there is one. Fails with an {@link IOException} if the host stops before.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the event loop. <b>Cancellation:</b> has no effect on the client.
   */
  public Mono<DhcpLease> lease() {
    return status()
        .mapNotNull(DhcpStatus::lease)
        .next()
        .switchIfEmpty(Mono.error(() -> new IOException("Network stack stopped")));
  }

  /**
   * Asks the server to extend the lease before its time, or begins again after {@link #release}; has no effect if the
   * client waits for an answer. Fails with an {@link IOException} if the stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the event loop when the request is queued. <b>Cancellation:</b> does not revoke it.
   */
  public Mono<Void> renew() {
    return host.renewLease(interfaceName);
  }

  /**
   * Gives the lease back to the server, removes the address a second later and stops the client (RFC 2131 section
   * 4.4.6). A host that
   * stops keeps its lease, so that it gets the same address at its next start. Fails with an {@link IOException} if the
   * stack has stopped or is stopping.
   *
   * <p><b>Backpressure:</b> none needed. <b>Buffer ownership:</b> no buffers. <b>Threading:</b> may be subscribed to on
   * any thread; completes on the event loop when the message is queued. <b>Cancellation:</b> does not revoke it.
   */
  public Mono<Void> release() {
    return host.releaseLease(interfaceName);
  }
}
