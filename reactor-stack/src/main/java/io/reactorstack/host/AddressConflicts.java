package io.reactorstack.host;

import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;
import reactor.util.Logger;
import reactor.util.Loggers;

/** Detected conflicts: addresses of this host that other stations claim. Confined to the loop. */
final class AddressConflicts {

  private static final Logger LOG = Loggers.getLogger(AddressConflicts.class);

  private final IpHost ip;
  private final BiConsumer<String, Ipv4Address> onGivenUp;
  private final Set<IpAddress> known = new HashSet<>();

  /** @param onGivenUp removes an address from the interface of the given name, because of a conflict */
  AddressConflicts(IpHost ip, BiConsumer<String, Ipv4Address> onGivenUp) {
    this.ip = ip;
    this.onGivenUp = onGivenUp;
  }

  /** Gives up an address of the interface {@code interfaceName}, after {@link #add}. */
  void giveUp(String interfaceName, Ipv4Address own) {
    LOG.warn("interface {} gives up the address {}, which another station uses", interfaceName, own);
    known.remove(own);
    onGivenUp.accept(interfaceName, own);
  }

  /**
   * Reports that {@code claimant} uses an address of this host: logs the first claim of each address, and always emits
   * an event.
   */
  void add(String interfaceName, IpAddress own, MacAddress claimant) {
    NetworkInterface networkInterface = ip.named(interfaceName);
    if (networkInterface != null) {
      if (known.add(own)) {
        // Forgets conflicts over addresses that the host no longer has.
        known.removeIf(conflict -> !ip.isLocal(conflict));
        LOG.warn("station {} on the link of {} claims {}, which is an address of this host", claimant,
            interfaceName, own);
      }
      ip.network().conflict(interfaceName, own, claimant);
    }
  }
}
