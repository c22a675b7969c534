package io.reactorstack.routing;

import io.reactorstack.setting.Checks;
import java.util.Set;

/**
 * The settings of forwarding. Immutable: each method returns a changed copy of {@link #DEFAULTS}.
 *
 * @param forwards whether the host forwards packets that are addressed to other hosts
 * @param reversePath the test of the source addresses of these packets
 * @param sendsRedirects whether the router informs a sender on its link about a better first hop (RFC 1812 section
 *     5.2.7.2, RFC 4861 section 8.2)
 * @param queueLimit the number of packets in transit that may wait for the device of one interface; 1 to 65536
 * @param filter decides which packets may be forwarded
 * @param excluded the names of the interfaces from which and to which no packet is forwarded
 */
public record ForwardingSettings(boolean forwards, ReversePath reversePath, boolean sendsRedirects, int queueLimit,
    PacketFilter filter, Set<String> excluded) {

  private static final int LARGEST_QUEUE = 65_536;

  /**
   * No forwarding, as hosts must have it (RFC 1122 section 3.3.1.1); and for a router no test of source addresses,
   * redirects, queues of up to 1000 packets, no filter, and forwarding between all interfaces.
   */
  public static final ForwardingSettings DEFAULTS = new ForwardingSettings(
      false, ReversePath.OFF, true, 1000, PacketFilter.PASS_ALL, Set.of());

  /** Checks the values. */
  public ForwardingSettings {
    Checks.given("reversePath", reversePath);
    Checks.range("queueLimit", queueLimit, 1, LARGEST_QUEUE, "packets");
    Checks.given("filter", filter);
    excluded = Set.copyOf(Checks.given("excluded", excluded));
  }

  /** Sets whether the host forwards; {@code StackConfiguration.forwarding} switches it on. */
  public ForwardingSettings withForwarding(boolean forward) {
    return new ForwardingSettings(forward, reversePath, sendsRedirects, queueLimit, filter, excluded);
  }

  /**
   * Sets the test of the source addresses of forwarded packets; {@link ReversePath#OFF} by default, because with
   * asymmetric routes the strict test drops good packets (RFC 1812 section 5.3.8).
   */
  public ForwardingSettings withReversePath(ReversePath test) {
    return new ForwardingSettings(forwards, test, sendsRedirects, queueLimit, filter, excluded);
  }

  /** Sets whether the router sends redirects; it does by default. */
  public ForwardingSettings withRedirects(boolean send) {
    return new ForwardingSettings(forwards, reversePath, send, queueLimit, filter, excluded);
  }

  /**
   * Sets the number of packets in transit that may wait for the device of one interface; 1000 by default. Further
   * packets are dropped and counted.
   *
   * @param packets 1 to 65536
   * @throws IllegalArgumentException if the number is out of range
   */
  public ForwardingSettings withQueueLimit(int packets) {
    return new ForwardingSettings(forwards, reversePath, sendsRedirects, packets, filter, excluded);
  }

  /** Sets the filter of forwarded packets; by default all pass. It does not concern packets from and to the router itself. */
  public ForwardingSettings withFilter(PacketFilter chosen) {
    return new ForwardingSettings(forwards, reversePath, sendsRedirects, queueLimit, chosen, excluded);
  }

  /**
   * Sets the interfaces from which and to which the router forwards nothing; none by default. The router itself uses them
   * as a host does (RFC 1812 section 5.3.11).
   *
   * @param interfaces names of interfaces, such as {@code if1}; {@code StackConfiguration.forwarding} checks them
   */
  public ForwardingSettings withExcluded(String... interfaces) {
    return new ForwardingSettings(forwards, reversePath, sendsRedirects, queueLimit, filter,
        Set.copyOf(Checks.all("excluded", interfaces)));
  }
}
