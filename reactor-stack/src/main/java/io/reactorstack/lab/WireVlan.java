package io.reactorstack.lab;

/**
 * The frames of one VLAN on a wire.
 *
 * @param wire the wire
 * @param tagged the VLAN identifier in their tags, or {@link Vlans#UNTAGGED}
 */
record WireVlan(Wire wire, int tagged) {

  /** Returns the frames without a tag on {@code wire}. */
  static WireVlan untagged(Wire wire) {
    return new WireVlan(wire, Vlans.UNTAGGED);
  }
}
