package io.reactorstack.icmp;

import io.reactorstack.layer.MeterName;

/** The meters of ICMP and ICMPv6, by version and shard. */
public enum IcmpMeter implements MeterName {
  /** Well-formed messages that have come in, whatever became of them; those of MLD have no part in it. */
  MESSAGES_RECEIVED(Kind.COUNTER),
  /** Echo requests passed on to be sent. */
  ECHO_REQUESTS_SENT(Kind.COUNTER),
  /** Echo replies passed on to be sent. */
  ECHO_REPLIES_SENT(Kind.COUNTER),
  /** Errors passed on to be sent. */
  ERRORS_SENT(Kind.COUNTER),
  /** Errors not sent because of a rule or a limit. */
  ERRORS_SUPPRESSED(Kind.COUNTER);

  private final Kind kind;

  IcmpMeter(Kind kind) {
    this.kind = kind;
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
