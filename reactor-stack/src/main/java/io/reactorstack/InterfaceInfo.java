package io.reactorstack;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.ip.host.HostSnapshot;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.InterfaceSnapshot;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An interface of a host at one moment, and what it can do (RFC 1122 section 3.3.7).
 *
 * @param name the name, unique in the host; the zone of link-local addresses
 * @param index the number of the interface, from 1 on; the scope of the JDK's link-local addresses
 * @param macAddress the link address; {@code null} unless the medium is Ethernet
 * @param mtu the longest packet that the host sends there, in bytes
 * @param capabilities what it can do; not modifiable
 * @param addresses the addresses in use, with the prefix lengths of their networks, most preferred first
 */
public record InterfaceInfo(
    String name,
    int index,
    @Nullable MacAddress macAddress,
    int mtu,
    Set<Capability> capabilities,
    List<IpPrefix> addresses) {

  /** A capability or the state of an interface. */
  public enum Capability {
    /** Its medium carries packets at present. */
    UP,
    /** Its packets do not leave the host. */
    LOOPBACK,
    /** It delivers packets to IPv4 broadcast addresses to all stations of its link. */
    BROADCAST,
    /** Groups can be joined on it, and packets be sent to them. */
    MULTICAST
  }

  /** Copies the collections. */
  public InterfaceInfo {
    capabilities = Collections.unmodifiableSet(
        capabilities.isEmpty() ? EnumSet.noneOf(Capability.class) : EnumSet.copyOf(capabilities));
    addresses = List.copyOf(addresses);
  }

  static InterfaceInfo of(InterfaceSnapshot now, HostSnapshot host) {
    // Every medium of this host takes packets to groups: Ethernet in group frames, others as any packet.
    Set<Capability> can = EnumSet.of(Capability.MULTICAST);
    if (now.carrying()) {
      can.add(Capability.UP);
    }
    if (now.isLoopback()) {
      can.add(Capability.LOOPBACK);
    } else if (now.capabilities().medium() == DeviceCapabilities.Medium.ETHERNET) {
      can.add(Capability.BROADCAST);
    }
    return new InterfaceInfo(now.name(), host.indexOf(now.name()), now.capabilities().macAddress(), now.mtu(), can,
        now.addresses().stream().filter(InterfaceAddress::isAssigned).map(InterfaceAddress::prefix).toList());
  }
}
