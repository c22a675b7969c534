package io.reactorstack.device.linux;

import io.reactorstack.packet.MacAddress;
import java.util.random.RandomGenerator;

/** MAC addresses for hosts that no manufacturer has numbered. */
final class OwnAddress {

  private static final long LOCALLY_ADMINISTERED = 1L << 41;
  private static final long GROUP = 1L << 40;

  private OwnAddress() {}

  /**
   * Returns {@code address} if a host can have it.
   *
   * @throws IllegalArgumentException if it is the address of a group
   */
  static MacAddress check(MacAddress address) {
    if (address.isGroup()) {
      throw new IllegalArgumentException(address + " is the address of a group");
    }
    return address;
  }

  /** A random unicast address from the locally administered space (IEEE 802, the U/L bit set, the I/G bit clear). */
  static MacAddress from(RandomGenerator random) {
    return new MacAddress(random.nextLong() >>> 16 & ~GROUP | LOCALLY_ADMINISTERED);
  }
}
