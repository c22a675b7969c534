package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatProtocol;
import io.reactorstack.packet.Ipv4Address;
import java.util.EnumMap;
import java.util.Map;

/** One of the translator's outside addresses, with its used ports. */
final class OutsideAddress {

  private final Ipv4Address address;
  private final Map<NatProtocol, PortSet> used = new EnumMap<>(NatProtocol.class);
  private int hosts;

  OutsideAddress(Ipv4Address address) {
    this.address = address;
  }

  Ipv4Address address() {
    return address;
  }

  PortSet used(NatProtocol protocol) {
    return used.computeIfAbsent(protocol, added -> new PortSet());
  }

  /** The number of inside hosts that are paired with this address. */
  int hosts() {
    return hosts;
  }

  void onPaired() {
    hosts++;
  }

  void onUnpaired() {
    hosts--;
  }
}
