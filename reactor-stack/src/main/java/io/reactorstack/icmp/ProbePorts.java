package io.reactorstack.icmp;

import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;

/** Chooses local ports for probes of a transport protocol; the protocol itself implements it. */
@FunctionalInterface
public interface ProbePorts {

  /** No ports: the protocol is not available. */
  ProbePorts NONE = (local, remote) -> 0;

  /** Returns a port of {@code local} that no socket uses towards {@code remote}, or 0 if there is none. */
  int choose(IpAddress local, Endpoint remote);
}
