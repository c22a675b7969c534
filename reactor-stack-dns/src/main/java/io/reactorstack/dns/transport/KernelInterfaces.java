package io.reactorstack.dns.transport;

import io.reactorstack.dns.configuration.Refreshed;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * The machine's network interfaces and their addresses. They are read at creation, on the caller's thread, and again on
 * a worker when they are asked for and {@link #PERIOD} has passed.
 */
final class KernelInterfaces {

  /** The age at which the addresses are read again. */
  static final Duration PERIOD = Duration.ofSeconds(3);

  /**
   * The addresses that were read.
   *
   * @param prefixes the length of the prefix of each address, without zones
   * @param indexes the index of each interface
   */
  private record Reading(Map<IpAddress, Integer> prefixes, Map<String, Integer> indexes, boolean v4, boolean v6) {}

  private final Refreshed<Reading> reading;

  KernelInterfaces(LongSupplier clock, Scheduler worker) {
    Reading none = new Reading(Map.of(), Map.of(), false, false);
    this.reading = new Refreshed<>(PERIOD, clock, worker, read(none), KernelInterfaces::read);
  }

  private static Reading read(Reading present) {
    try {
      Map<IpAddress, Integer> prefixes = new HashMap<>();
      Map<String, Integer> indexes = new HashMap<>();
      boolean v4 = false;
      boolean v6 = false;
      for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
        indexes.put(each.getName(), each.getIndex());
        boolean counts = each.isUp() && !each.isLoopback();
        for (InterfaceAddress assigned : List.copyOf(each.getInterfaceAddresses())) {
          IpAddress address = IpAddress.of(assigned.getAddress()).withoutZone();
          prefixes.put(address, (int) assigned.getNetworkPrefixLength());
          boolean valid = counts && !address.isLinkLocal() && !address.isLoopback();
          v4 |= valid && address.isV4();
          v6 |= valid && !address.isV4();
        }
      }
      return new Reading(Map.copyOf(prefixes), Map.copyOf(indexes), v4, v6);
    } catch (SocketException e) {
      return present; // an interface disappeared in the meantime; the next reading will succeed
    }
  }

  /** Returns whether there is an address of the IP version that is valid beyond its link, not on the loopback. */
  boolean hasAddress(boolean v4) {
    Reading now = reading.get();
    return v4 ? now.v4 : now.v6;
  }

  /** Returns the length of the prefix of {@code address}, or {@code null} if no interface has the address. */
  @Nullable
  Integer prefixLength(IpAddress address) {
    return reading.get().prefixes.get(address.withoutZone());
  }

  /** Returns {@code endpoint} with the index of the interface that its zone names, if there is such an interface. */
  Endpoint inZone(Endpoint endpoint) {
    if (endpoint.address() instanceof Ipv6Address v6 && v6.zone() != null && v6.zone().index() == 0) {
      Integer index = reading.get().indexes.get(v6.zone().name());
      return index == null || index <= 0
          ? endpoint
          : endpoint.with(v6.withZone(new Ipv6Address.Zone(v6.zone().name(), index)));
    }
    return endpoint;
  }
}
