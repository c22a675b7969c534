package io.reactorstack.dns.outcome;

import io.reactorstack.packet.DropReason;

/**
 * The reason why a received message is not accepted as the answer to a query (RFC 5452 section 9.1). The query stays
 * outstanding.
 *
 * <p>A message from an address or port other than the queried server's does not reach the resolver: UDP counts it as
 * {@code NO_SOCKET}.
 */
public enum DnsDrop implements DropReason {
  /** Its ID is not that of the query. */
  WRONG_ID,
  /** It is a query, not a response. */
  NOT_A_RESPONSE,
  /** Its opcode is not QUERY. */
  WRONG_OPCODE,
  /** Its question section does not match the query's. */
  WRONG_QUESTION,
  /** Its question has another letter case than the query's; the query is repeated over TCP. */
  WRONG_CASE,
  /** It carries a client cookie that is not the query's (RFC 7873 section 5.3). */
  WRONG_COOKIE,
  /** It has no cookie, although its server has sent one before; the query is repeated over TCP. */
  NO_COOKIE,
  /** It is not a valid DNS message. */
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
