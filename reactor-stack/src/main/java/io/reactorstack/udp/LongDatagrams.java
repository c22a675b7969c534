package io.reactorstack.udp;

/**
 * The treatment of datagrams that are longer than the path MTU (RFC 4821 section 9). It corresponds to the option
 * {@code IP_MTU_DISCOVER} of Linux.
 */
public enum LongDatagrams {
  /**
   * The host sends them in fragments. Datagrams that fit are sent with DF set, so that the host learns the path MTU from
   * ICMP errors. Corresponds to {@code IP_PMTUDISC_WANT}, the default of Linux.
   */
  FRAGMENTED,
  /**
   * They are refused with "Message too long". All others are sent with DF set, so that the host learns the path MTU from
   * ICMP errors. Corresponds to {@code IP_PMTUDISC_DO}.
   */
  REFUSED,
  /**
   * Those up to the MTU of the interface are sent unfragmented, with DF set, whatever the known path MTU: they are
   * probes of the application's own path MTU discovery. Longer ones are refused with "Message too long". Corresponds to
   * {@code IP_PMTUDISC_PROBE}.
   */
  PROBES
}
