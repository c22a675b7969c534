package io.reactorstack.telemetry;

import io.reactorstack.packet.IpAddress;
import java.util.Map;

/** A source of host names, such as a lab; a story shows these instead of addresses. */
@FunctionalInterface
public interface HostNames {

  /** Returns the hosts' names by their addresses. */
  Map<IpAddress, String> hostNames();
}
