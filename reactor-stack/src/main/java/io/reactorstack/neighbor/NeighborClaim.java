package io.reactorstack.neighbor;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * A received claim of a station to have an IP address, as a resolution protocol reports it.
 *
 * @param address the IP address; unspecified if the message claims none, such as an ARP probe
 * @param mac the MAC address that is claimed for it; {@code null} if the message contains none, as an advertisement of
 *     neighbor discovery may
 * @param proof the evidence for the reachability of the station
 * @param overrides true if another known MAC address is to be replaced (RFC 4861 section 7.2.5); always for ARP
 * @param addressedToUs true if the message is directed to an address of this host, so that packets between the two are
 *     likely and an entry is useful
 * @param role the role that the station has according to the message
 */
public record NeighborClaim(
    IpAddress address, @Nullable MacAddress mac, Proof proof, boolean overrides, boolean addressedToUs, Role role) {

  /** Creates a claim that does not say whether the station is a router. */
  public NeighborClaim(
      IpAddress address, @Nullable MacAddress mac, Proof proof, boolean overrides, boolean addressedToUs) {
    this(address, mac, proof, overrides, addressedToUs, Role.UNKNOWN);
  }

  /** The role of a station, as a message states it (RFC 4861 section 7.3.3: IsRouter). */
  public enum Role {
    /** The message does not say. */
    UNKNOWN,
    /** The station is no router. */
    HOST,
    /** The station is a router. */
    ROUTER
  }

  /** The evidence that a message gives for the reachability of its sender (RFC 4861 section 7.3.1). */
  public enum Proof {
    /** Nothing: it only shows that frames from the station arrive here. */
    NONE,
    /**
     * That frames of this host reach the station, if one of its requests is outstanding. An ARP reply does not say
     * whether it answers a request.
     */
    IF_REQUESTED,
    /** That frames of this host reach the station: the message says that it answers one. */
    REACHABLE
  }
}
