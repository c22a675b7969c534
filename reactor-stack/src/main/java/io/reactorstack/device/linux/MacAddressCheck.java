package io.reactorstack.device.linux;

import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;

/** Checks MAC addresses that a user sets for a device. */
final class MacAddressCheck {

  private MacAddressCheck() {}

  /**
   * Returns {@code address} if it can be the address of a station.
   *
   * @throws IllegalArgumentException if it is a group address or zero
   */
  static MacAddress check(MacAddress address) {
    if (!Checks.given("macAddress", address).isStation()) {
      throw new IllegalArgumentException("macAddress " + address + " is not the address of a station");
    }
    return address;
  }
}
