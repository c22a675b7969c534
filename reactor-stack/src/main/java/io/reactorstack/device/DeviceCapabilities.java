package io.reactorstack.device;

import io.reactorstack.packet.MacAddress;
import io.reactorstack.setting.Checks;
import org.jspecify.annotations.Nullable;

/**
 * What a device is and can do.
 *
 * @param medium what a frame holds
 * @param mtu largest IP packet the device carries, in bytes; 68 to 65535
 * @param macAddress the device's own address; present exactly if the medium is Ethernet
 * @param verifiesChecksums whether received packets need no verification of their transport checksums
 * @param completesChecksums whether the device completes the transport checksums of packets sent
 */
public record DeviceCapabilities(
    Medium medium,
    int mtu,
    @Nullable MacAddress macAddress,
    boolean verifiesChecksums,
    boolean completesChecksums) {

  /** What a frame holds. */
  public enum Medium {
    /** Ethernet frames without FCS. */
    ETHERNET,
    /** Bare IPv4 or IPv6 packets. */
    IP
  }

  /** Checks the ranges. */
  public DeviceCapabilities {
    Checks.given("medium", medium);
    // RFC 791 3.2: every link carries 68 octets.
    Checks.range("mtu", mtu, 68, 65535, "bytes");
    if ((medium == Medium.ETHERNET) != (macAddress != null)) {
      throw new IllegalArgumentException("exactly Ethernet devices have a MAC address");
    }
  }

  /** A plain Ethernet device without offloads. */
  public static DeviceCapabilities ethernet(MacAddress address, int mtu) {
    return new DeviceCapabilities(Medium.ETHERNET, mtu, Checks.given("address", address), false, false);
  }

  /** A plain IP device without offloads. */
  public static DeviceCapabilities ip(int mtu) {
    return new DeviceCapabilities(Medium.IP, mtu, null, false, false);
  }
}
