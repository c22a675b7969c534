package io.reactorstack.icmp;

import io.reactorstack.layer.MeterName;

/** The meters of ICMP and ICMPv6, by version and shard. */
public enum IcmpMeter implements MeterName {
  /** Well-formed messages received, including those that were dropped afterwards; excludes MLD messages. */
  MESSAGES_RECEIVED(Kind.COUNTER),
  /** Echo requests queued for a device. */
  ECHO_REQUESTS_SENT(Kind.COUNTER),
  /** Echo replies queued for a device. */
  ECHO_REPLIES_SENT(Kind.COUNTER),
  /** Redirects that the host has followed. */
  REDIRECTS_FOLLOWED(Kind.COUNTER),
  /** Errors queued for a device. */
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
