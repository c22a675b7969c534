package io.reactorstack.neighbor;

import io.reactorstack.packet.MacAddress;

/**
 * A group of stations, or all of them: its MAC address needs no resolution.
 *
 * @param mac the MAC address of the group
 */
record Group(MacAddress mac) implements Neighbor {

  @Override
  public boolean isCurrent() { return true; }

  @Override
  public void confirm() {
    // A group has no reachability state.
  }

  @Override
  public void doubt() {
    // A group cannot be probed.
  }

  @Override
  public MacAddress linkAddressFor(LinkPacket packet) {
    return mac;
  }
}
