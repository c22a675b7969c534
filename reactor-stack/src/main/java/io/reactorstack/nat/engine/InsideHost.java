package io.reactorstack.nat.engine;

import io.reactorstack.packet.Ipv4Address;
import org.jspecify.annotations.Nullable;

/** An inside host that has a mapping. */
final class InsideHost {

  private final Ipv4Address address;
  private @Nullable OutsideAddress paired;
  /** The mappings, without port forwardings. */
  private int mappings;
  private int forwardings;
  private int sessions;

  InsideHost(Ipv4Address address) {
    this.address = address;
  }

  Ipv4Address address() {
    return address;
  }

  /** The outside address of all mappings of this host (RFC 4787 REQ-2); {@code null} before the first. */
  @Nullable
  OutsideAddress paired() {
    return paired;
  }

  /** Pairs the host with {@code outside}, unless it is paired already. */
  void pair(OutsideAddress outside) {
    if (paired == null) {
      paired = outside;
      outside.onPaired();
    }
  }

  void unpair() {
    if (paired != null) {
      paired.onUnpaired();
      paired = null;
    }
  }

  int mappings() {
    return mappings;
  }

  int sessions() {
    return sessions;
  }

  void addMappings(int change, boolean forwarding) {
    if (forwarding) {
      forwardings += change;
    } else {
      mappings += change;
    }
  }

  void addSessions(int change) {
    sessions += change;
  }

  boolean hasMappings() {
    return mappings + forwardings > 0;
  }
}
