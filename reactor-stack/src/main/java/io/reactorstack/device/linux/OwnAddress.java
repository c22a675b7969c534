package io.reactorstack.device.linux;

import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;

/** What may be our side's MAC address. */
final class OwnAddress {

  private OwnAddress() {}

  /**
   * Returns {@code address} if a host can have it.
   *
   * @throws IllegalArgumentException if it is the address of a group
   */
  static MacAddress check(MacAddress address) {
    if (Checks.given("macAddress", address).isGroup()) {
      throw new IllegalArgumentException("macAddress " + address + " is the address of a group");
    }
    return address;
  }
}
