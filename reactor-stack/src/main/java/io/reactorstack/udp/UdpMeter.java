package io.reactorstack.udp;

import io.reactorstack.layer.MeterName;

/** The meters of UDP, all of them by shard. */
public enum UdpMeter implements MeterName {
  /** Well-formed datagrams that have come in, whatever became of them. */
  DATAGRAMS_RECEIVED(Kind.COUNTER),
  /** Datagrams accepted from a socket and passed on to be sent; those that stay on the host are not among them. */
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
