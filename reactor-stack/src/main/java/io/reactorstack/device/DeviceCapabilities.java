package io.reactorstack.device;

import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.Offload;
import io.reactorstack.setting.Checks;
import org.jspecify.annotations.Nullable;

/**
 * The kind of a device, its limits and its offloads.
 *
 * @param medium the content of a frame: Ethernet or bare IP
 * @param mtu largest IP packet the device carries, in bytes; 68 to 65535
 * @param macAddress the device's own address; {@code null} unless the medium is Ethernet
 * @param offload the work on frames to be sent that the device takes over from the stack
 */
public record DeviceCapabilities(
    Medium medium,
    int mtu,
    @Nullable MacAddress macAddress,
    Offload offload) {

  /** The least MTU of a device: every link carries packets of 68 octets (RFC 791 section 3.2). */
  public static final int LEAST_MTU = 68;

  /** The largest MTU of a device: the longest IPv4 packet. */
  public static final int LARGEST_MTU = 65535;

  /** The content of the frames that a medium carries. */
  public enum Medium {
    /** Ethernet frames without FCS. */
    ETHERNET,
    /** Bare IPv4 or IPv6 packets. */
    IP
  }

  /** Checks the MTU, and that exactly an Ethernet device has a MAC address. */
  public DeviceCapabilities {
    Checks.given("medium", medium);
    Checks.given("offload", offload);
    Checks.range("mtu", mtu, LEAST_MTU, LARGEST_MTU, "bytes");
    if ((medium == Medium.ETHERNET) != (macAddress != null)) {
      throw new IllegalArgumentException("macAddress must be set for Ethernet and null for IP");
    }
    if (macAddress != null && !macAddress.isStation()) {
      throw new IllegalArgumentException("macAddress " + macAddress + " is not the address of a station");
    }
  }

  /**
   * Returns a copy with an MTU that is not above this one.
   *
   * @throws IllegalArgumentException if it is, or is below 68
   */
  public DeviceCapabilities withMtu(int bytes) {
    Checks.range("mtu", bytes, LEAST_MTU, mtu, "bytes, the MTU of the device");
    return new DeviceCapabilities(medium, bytes, macAddress, offload);
  }

  /** Returns a copy with other offloads. */
  public DeviceCapabilities withOffload(Offload other) {
    return new DeviceCapabilities(medium, mtu, macAddress, other);
  }

  /** Returns the capabilities of an Ethernet device without offloads. */
  public static DeviceCapabilities ethernet(MacAddress address, int mtu) {
    return new DeviceCapabilities(Medium.ETHERNET, mtu, Checks.given("address", address), Offload.NONE);
  }

  /** Returns the capabilities of an IP device without offloads. */
  public static DeviceCapabilities ip(int mtu) {
    return new DeviceCapabilities(Medium.IP, mtu, null, Offload.NONE);
  }
}
