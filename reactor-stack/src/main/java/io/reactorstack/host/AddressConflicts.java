package io.reactorstack.host;

import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import java.util.HashSet;
import java.util.Set;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The addresses of a host that other stations were seen to use. Confined to the loop. */
final class AddressConflicts {

  private static final Logger LOG = Loggers.getLogger(AddressConflicts.class);

  private final IpHost ip;
  private final Set<IpAddress> known = new HashSet<>();

  AddressConflicts(IpHost ip) {
    this.ip = ip;
  }

  /** {@code claimant} uses an address of this host: said once for each address in the log, and always in the events. */
  void add(String interfaceName, IpAddress own, MacAddress claimant) {
    NetworkInterface networkInterface = ip.named(interfaceName);
    if (networkInterface != null) {
      if (known.add(own)) {
        // Addresses come and go: those that the host has no more are forgotten.
        known.removeIf(conflict -> !ip.isLocal(conflict));
        LOG.warn("the station {} on the link of {} says that {} is its address; it is this host's", claimant,
            interfaceName, own);
      }
      ip.network().conflict(interfaceName, own, claimant);
    }
  }
}
