package io.reactorstack.dns;

import io.reactorstack.packet.DropReason;

/**
 * Why a message that should be an answer was ignored (RFC 5452 section 9.1); the question stays open.
 *
 * <p>One that comes from another address or port than the one asked never gets so far: UDP counts it as {@code NO_SOCKET}.
 */
public enum DnsDrop implements DropReason {
  /** Its id is not that of the question. */
  WRONG_ID,
  /** It is a query. */
  NOT_A_RESPONSE,
  /** Its opcode is not QUERY. */
  WRONG_OPCODE,
  /** Its question section is not the question asked. */
  WRONG_QUESTION,
  /** It is no DNS message. */
  MALFORMED;

  @Override
  public String layer() {
    return "dns";
  }

  @Override
  public Kind kind() {
    return Kind.NOTICE;
  }
}
