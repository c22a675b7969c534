package io.reactorstack.dhcp.engine;

import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.DhcpMessage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The state of a client (RFC 2131 figure 5), with the values that exist in it. */
public sealed interface DhcpState {

  /** The lease in use, with its times; {@code null} if there is none. */
  default @Nullable HeldLease held() {
    return null;
  }

  /** The transaction that waits for an answer; {@code null} if there is none. */
  default @Nullable Exchange exchange() {
    return null;
  }

  /**
   * The link is down.
   *
   * @param held the lease to verify when it is up again
   */
  record NoLink(@Nullable HeldLease held) implements DhcpState {}

  /** INIT: the client waits until {@code until}, and then looks for servers. */
  record Delayed(long until) implements DhcpState {}

  /**
   * SELECTING.
   *
   * @param offers those received so far
   * @param selectAt the time at which the client chooses one; {@link HeldLease#NEVER} as long as there is none
   */
  record Selecting(Exchange exchange, List<DhcpMessage> offers, long selectAt) implements DhcpState {}

  /** REQUESTING: the client has chosen {@code offer}. */
  record Requesting(Exchange exchange, DhcpMessage offer, long requestedAt) implements DhcpState {}

  /**
   * REBOOTING: the client verifies an earlier address.
   *
   * @param held the lease, which remains in use meanwhile; {@code null} if the address is one of an earlier start
   */
  record Rebooting(Exchange exchange, Ipv4Address address, @Nullable HeldLease held, long requestedAt)
      implements
        DhcpState {}

  /** The server has assigned {@code candidate}, and the client probes the address. */
  record Checking(HeldLease candidate) implements DhcpState {}

  /** BOUND. */
  record Bound(HeldLease held) implements DhcpState {}

  /** RENEWING. */
  record Renewing(HeldLease held, Exchange exchange, long requestedAt) implements DhcpState {}

  /** REBINDING. */
  record Rebinding(HeldLease held, Exchange exchange, long requestedAt) implements DhcpState {}

  /** The client has the address {@code address} and asks for other parameters. */
  record Informing(Exchange exchange, Ipv4Address address) implements DhcpState {}

  /** The client has received the parameters for an address that it had before. */
  record Informed(DhcpLease parameters) implements DhcpState {}

  /**
   * The client has given its lease back. It removes the address at {@code until}: before, the message may wait for the
   * link address of the server.
   */
  record Releasing(HeldLease given, long until) implements DhcpState {}

  /** The client sends nothing more. */
  record Stopped() implements DhcpState {}
}
