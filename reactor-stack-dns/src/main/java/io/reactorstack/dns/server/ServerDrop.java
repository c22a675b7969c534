package io.reactorstack.dns.server;

import io.reactorstack.packet.DropReason;

/** The reason why a forwarder or a recursive server ignores a message that it has received on its own port. */
public enum ServerDrop implements DropReason {
  /** It is shorter than the header of a DNS message. */
  TOO_SHORT,
  /** It is a response; an answer to a response could start an endless exchange between two servers. */
  NOT_A_QUERY,
  /** Its sender is not one of the clients that the server serves (RFC 5625 section 6.2). */
  NOT_A_CLIENT,
  /** The client repeats a query that the server still tries to get an answer for. */
  REPEATED,
  /** The limit of outstanding queries has been reached. */
  TOO_MANY_QUERIES;

  @Override
  public String layer() {
    return "dns.server";
  }

  @Override
  public Kind kind() {
    return Kind.NOTICE;
  }
}
