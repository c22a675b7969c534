package io.reactorstack.udp;

import io.reactorstack.layer.MeterName;

/** The meters of UDP, each by shard. */
public enum UdpMeter implements MeterName {
  /** Well-formed datagrams received, including those that were dropped afterwards. */
  DATAGRAMS_RECEIVED(Kind.COUNTER),
  /**
   * Datagrams accepted from a socket and queued for a device; excludes those with hop limit 0, which do not leave the
   * host.
   */
  DATAGRAMS_SENT(Kind.COUNTER),
  /** Open sockets. */
  SOCKETS(Kind.GAUGE);

  private final Kind kind;

  UdpMeter(Kind kind) {
    this.kind = kind;
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
