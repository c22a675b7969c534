package io.reactorstack.tcp;

import io.reactorstack.packet.DropReason;

/**
 * The reasons why a well-formed segment was not delivered to a connection, or was not answered. Segments that a
 * connection has received and discarded are counted by {@link TcpMeter#SEGMENTS_DISCARDED}.
 */
public enum TcpDrop implements DropReason {
  /** A segment to a broadcast or multicast address, or in a broadcast frame (RFC 9293 section 3.9.2.3 MUST-57). */
  NOT_UNICAST(Kind.INBOUND),
  /** A segment from an address that is not unicast, or whose source and destination are the same socket (MUST-63). */
  BAD_SOURCE(Kind.INBOUND),
  /**
   * A segment for no connection and no listener, or from port 0. The RST that answers it, unless it carries RST itself,
   * is counted by {@link TcpMeter#RESETS_SENT}.
   */
  NO_CONNECTION(Kind.INBOUND),
  /** A segment for a listener with none of SYN, ACK and RST. */
  NOT_A_SYN(Kind.INBOUND),
  /**
   * A SYN that finds as many handshakes in progress as the listener's backlog allows, and that is not answered by a
   * cookie.
   */
  SYN_QUEUE_FULL(Kind.INBOUND),
  /** An acknowledgement for a listener that has sent SYN cookies, with a cookie that is too old or forged. */
  BAD_SYN_COOKIE(Kind.INBOUND),
  /** A SYN, or the last segment of a handshake, while the listener's accept queue is full. */
  ACCEPT_QUEUE_FULL(Kind.INBOUND),
  /** A SYN from an address to which there is no route. */
  NO_ROUTE(Kind.INBOUND),
  /** A SYN, or the last segment of a handshake, for whose connection the host's memory limit leaves no space. */
  MEMORY_LIMIT(Kind.INBOUND),
  /** The last segment of a handshake whose connection could not be allocated. */
  NO_MEMORY(Kind.INBOUND),
  /**
   * A connection that left TIME-WAIT early, because too many connections were in it or because a new one needed its
   * memory.
   */
  TIME_WAIT_OVERFLOW(Kind.NOTICE),
  /**
   * Data of a connection that had ended, discarded because it had no reader for too long or because too much such data
   * was held; no segment was dropped.
   */
  UNREAD_LEFTOVERS(Kind.NOTICE),
  /** A SYN with a window scale above 14, which is treated as 14; nothing is dropped (RFC 7323 section 2.3). */
  SCALE_ABOVE_MAXIMUM(Kind.NOTICE),
  /** A RST that was due and not sent, because the limit of replies was reached. */
  RESET_RATE(Kind.OUTBOUND),
  /** A RST that was due and not sent, because there is no route to the peer. */
  RESET_NO_ROUTE(Kind.OUTBOUND),
  /** An ICMP error that quotes no connection's segment; its frame was consumed by ICMP. */
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
