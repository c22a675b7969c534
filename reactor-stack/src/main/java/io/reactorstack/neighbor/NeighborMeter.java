package io.reactorstack.neighbor;

import io.reactorstack.layer.MeterName;

/** The meters of address resolution, tagged by interface and shard. */
public enum NeighborMeter implements MeterName {
  /** ARP requests handed to the link output, including announcements. */
  ARP_REQUESTS_SENT(Kind.COUNTER),
  /** ARP replies handed to the link output. */
  ARP_REPLIES_SENT(Kind.COUNTER),
  /** RARP requests handed to the link output. */
  RARP_REQUESTS_SENT(Kind.COUNTER),
  /** RARP replies handed to the link output. */
  RARP_REPLIES_SENT(Kind.COUNTER),
  /** Neighbor solicitations handed to the link output, including those of duplicate address detection. */
  NEIGHBOR_SOLICITATIONS_SENT(Kind.COUNTER),
  /** Neighbor advertisements handed to the link output, or to the queue of a neighbour that is being resolved. */
  NEIGHBOR_ADVERTISEMENTS_SENT(Kind.COUNTER),
  /** Router solicitations handed to the link output. */
  ROUTER_SOLICITATIONS_SENT(Kind.COUNTER),
  /** Router advertisements handed to the link output; one may consist of several messages. */
  ROUTER_ADVERTISEMENTS_SENT(Kind.COUNTER),
  /** Redirects of IPv6 handed to the link output, or to the queue of a neighbour that is being resolved. */
  REDIRECTS_SENT(Kind.COUNTER),
  /** Entries of the neighbour cache. */
  NEIGHBORS(Kind.GAUGE),
  /** Packets that wait for the MAC address of their next hop. */
  PACKETS_WAITING(Kind.GAUGE);

  private final Kind kind;

  NeighborMeter(Kind kind) {
    this.kind = kind;
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
