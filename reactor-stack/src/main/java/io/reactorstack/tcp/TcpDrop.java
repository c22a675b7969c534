package io.reactorstack.tcp;

import io.reactorstack.packet.DropReason;

/**
 * Why a segment that is well formed was not given to a connection, or was not answered. What a connection has discarded of the
 * segments it was given is {@link TcpMeter#SEGMENTS_DISCARDED}.
 */
public enum TcpDrop implements DropReason {
  /** Sent to a broadcast or multicast address or in such a link frame (RFC 9293 section 3.9.2.3 MUST-57). */
  NOT_UNICAST(Kind.INBOUND),
  /** From an address that is no single host's, or from the very socket that it is sent to (MUST-63). */
  BAD_SOURCE(Kind.INBOUND),
  /**
   * For no connection and no listener, or from port 0. The RST that answers it, unless it was one itself, is counted as {@link
   * TcpMeter#RESETS_SENT}.
   */
  NO_CONNECTION(Kind.INBOUND),
  /** For a listener, without SYN and without anything to be answered. */
  NOT_A_SYN(Kind.INBOUND),
  /** A SYN while as many handshakes are under way as the listener's backlog allows, and no cookie may be sent for it. */
  SYN_QUEUE_FULL(Kind.INBOUND),
  /** An acknowledgement that could have given back a SYN cookie, and whose cookie is too old or forged. */
  BAD_SYN_COOKIE(Kind.INBOUND),
  /** A SYN, or the end of a handshake, while nobody accepts the connections that are ready. */
  ACCEPT_QUEUE_FULL(Kind.INBOUND),
  /** A SYN to which there is no way back. */
  NO_ROUTE(Kind.INBOUND),
  /** A SYN, or the end of a handshake, for which the host's memory limit leaves no room; nothing is kept of it. */
  MEMORY_LIMIT(Kind.INBOUND),
  /** The end of a handshake for which nothing could be allocated; nothing is kept of it. */
  NO_MEMORY(Kind.INBOUND),
  /** A connection in TIME-WAIT, given up before its time because too many wait, or because a new one needs its memory. */
  TIME_WAIT_OVERFLOW(Kind.NOTICE),
  /**
   * Data of a connection that had ended, thrown away because it had no reader for too long or there was too much of it; no
   * segment was dropped.
   */
  UNREAD_LEFTOVERS(Kind.NOTICE),
  /** A SYN with a window scale above 14, which is taken for 14; nothing is dropped (RFC 7323 section 2.3). */
  SCALE_ABOVE_MAXIMUM(Kind.NOTICE),
  /** A RST that was owed and not sent, because too many were due. */
  RESET_RATE(Kind.OUTBOUND),
  /** A RST that was owed and not sent, because no route leads to the peer. */
  RESET_NO_ROUTE(Kind.OUTBOUND),
  /** An ICMP error that names no connection; its frame was consumed by ICMP. */
  STRAY_ICMP_ERROR(Kind.NOTICE);

  private final Kind kind;

  TcpDrop(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String layer() {
    return "tcp";
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
