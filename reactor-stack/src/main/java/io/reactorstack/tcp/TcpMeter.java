package io.reactorstack.tcp;

import io.reactorstack.layer.MeterName;

/** The meters of TCP, all of them by shard. */
public enum TcpMeter implements MeterName {
  /** Well-formed segments that have come in, whatever became of them. */
  SEGMENTS_RECEIVED(Kind.COUNTER),
  /**
   * Segments that a connection was given and whose contents it could not use: outside its window, too old by their timestamp, with
   * an acknowledgement of what was never sent, or without one. Their frames are consumed.
   */
  SEGMENTS_DISCARDED(Kind.COUNTER),
  /** Segments built to be sent, those of no connection among them. */
  SEGMENTS_SENT(Kind.COUNTER),
  /** Those of the segments sent that carry RST. */
  RESETS_SENT(Kind.COUNTER),
  /** Those of the segments sent that answer a SYN with a cookie (RFC 4987 section 3.6). */
  SYN_COOKIES_SENT(Kind.COUNTER),
  /** Connections, from SYN-SENT and SYN-RECEIVED to the end of TIME-WAIT. */
  CONNECTIONS(Kind.GAUGE),
  /** Those of the connections of which only TIME-WAIT is left. */
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
