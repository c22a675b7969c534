package io.reactorstack.dhcp.engine;

import io.reactorstack.dhcp.DhcpLease;
import io.reactorstack.dhcp.DhcpStatus;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.DhcpMessage;

/** The outputs of {@link DhcpEngine}, which it calls synchronously; none may call the engine back. */
public interface DhcpActions {

  /**
   * Sends a message from the client's port to the servers' port.
   *
   * @param source the interface's address, or unspecified
   * @param destination a server, or the limited broadcast address
   */
  void send(DhcpMessage message, Ipv4Address source, Ipv4Address destination);

  /** Probes whether another station uses {@code address}, and reports the result to {@link DhcpEngine#onChecked}. */
  void check(Ipv4Address address);

  /** Stops the probe of {@link #check}; has no effect if there is none. */
  void stopCheck();

  /**
   * Configures the interface by a lease, or by the new terms and parameters of the lease in use.
   *
   * @param validUntil the time at which the address must not be used any more, in the engine's time
   * @return {@code false} if the host cannot have the address
   */
  boolean adopt(DhcpLease lease, long validUntil);

  /** Removes the address and the parameters of {@code lease} from the interface. */
  void drop(DhcpLease lease);

  /** Reports a change of the client's state. */
  void changed(DhcpStatus status);
}
