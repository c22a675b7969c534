package io.reactorstack.neighbor;

import io.reactorstack.layer.MeterName;

/** The meters of address resolution, all of them by interface and shard. */
public enum NeighborMeter implements MeterName {
  /** ARP requests passed on to be sent, announcements among them. */
  ARP_REQUESTS_SENT(Kind.COUNTER),
  /** ARP replies passed on to be sent. */
  ARP_REPLIES_SENT(Kind.COUNTER),
  /** Neighbours that something is known of or asked about. */
  NEIGHBORS(Kind.GAUGE),
  /** Packets that wait for the link address of their next hop. */
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
