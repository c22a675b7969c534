package io.reactorstack.telemetry;

import io.reactorstack.packet.IpAddress;
import java.util.Map;

/** Something whose hosts have names, such as a lab: a story calls them by these. */
@FunctionalInterface
public interface HostNames {

  /** The hosts' names by their addresses. */
  Map<IpAddress, String> hostNames();
}
