package io.reactorstack.ip;

import io.reactorstack.layer.MeterName;

/** The meters of fragmentation and reassembly; those of reassembly by shard, those of fragmentation by interface too. */
public enum IpMeter implements MeterName {
  /** Packets that were put together from received fragments. */
  PACKETS_REASSEMBLED(Kind.COUNTER),
  /**
   * Packets of which some fragments have arrived, including those that were abandoned and whose later fragments are
   * dropped.
   */
  PARTIAL_PACKETS(Kind.GAUGE),
  /** The octets of memory that partial packets hold. */
  REASSEMBLY_OCTETS(Kind.GAUGE),
  /** Packets of this host that left as fragments. */
  PACKETS_FRAGMENTED(Kind.COUNTER),
  /** The fragments of those packets. */
  FRAGMENTS_SENT(Kind.COUNTER);

  private final Kind kind;

  IpMeter(Kind kind) {
    this.kind = kind;
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
