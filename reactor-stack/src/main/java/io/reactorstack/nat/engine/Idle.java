package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatTimeouts;
import java.time.Duration;

/** The timeouts of sessions. */
enum Idle {
  UDP,
  ICMP,
  TCP_OPENING,
  TCP_ESTABLISHED,
  TCP_CLOSING;

  Duration timeout(NatTimeouts timeouts) {
    return switch (this) {
      case UDP -> timeouts.udp();
      case ICMP -> timeouts.icmp();
      case TCP_OPENING -> timeouts.tcpOpening();
      case TCP_ESTABLISHED -> timeouts.tcpEstablished();
      case TCP_CLOSING -> timeouts.tcpClosing();
    };
  }
}
