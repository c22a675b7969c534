package io.reactorstack.tcp;

import io.reactorstack.layer.MeterName;

/** The meters of TCP, each kept per shard. */
public enum TcpMeter implements MeterName {
  /** Well-formed segments received, including those that are dropped later. */
  SEGMENTS_RECEIVED(Kind.COUNTER),
  /**
   * Segments delivered to a connection that could not use their contents: outside its window, too old by their
   * timestamp, with an acknowledgement of data that was never sent, or without an acknowledgement. Their frames count
   * as consumed.
   */
  SEGMENTS_DISCARDED(Kind.COUNTER),
  /** Segments built to be sent, including those that belong to no connection. */
  SEGMENTS_SENT(Kind.COUNTER),
  /** Segments sent that carry RST. */
  RESETS_SENT(Kind.COUNTER),
  /** Segments sent that answer a SYN with a cookie (RFC 4987 section 3.6). */
  SYN_COOKIES_SENT(Kind.COUNTER),
  /** Connections, from SYN-SENT and SYN-RECEIVED to the end of TIME-WAIT. */
  CONNECTIONS(Kind.GAUGE),
  /** Connections in TIME-WAIT. */
  CONNECTIONS_IN_TIME_WAIT(Kind.GAUGE),
  /** Listening sockets. */
  LISTENERS(Kind.GAUGE);

  private final Kind kind;

  TcpMeter(Kind kind) {
    this.kind = kind;
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
