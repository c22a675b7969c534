package io.reactorstack.host;

import io.reactorstack.packet.IpPrefix;
import java.util.List;

/**
 * The settings of an interface that is one VLAN of an Ethernet device (IEEE 802.1Q).
 *
 * @param name the interface's name
 * @param vlan the VLAN identifier, 1 to 4094
 * @param addresses the addresses of the interface with the prefix lengths of their networks
 */
public record VlanInterface(String name, int vlan, List<IpPrefix> addresses) {

  public VlanInterface {
    addresses = List.copyOf(addresses);
  }
}
