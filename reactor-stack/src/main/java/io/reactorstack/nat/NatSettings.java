package io.reactorstack.nat;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.PortRange;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.List;

/**
 * The settings of a translator. Immutable: each {@code with} method returns a changed copy.
 *
 * @param inside the prefixes of the inside hosts; packets of other sources are not translated, and packets with such
 *     a source do not come from outside. Empty for all addresses
 * @param filtering the outside hosts whose packets pass to a mapping
 * @param timeouts the times after which idle sessions end
 * @param limits the largest numbers of mappings, sessions and held packets
 * @param ports the choice of outside ports
 * @param forwardings the port forwardings
 * @param refreshedFromOutside whether packets from outside keep mappings of UDP and ICMP alive, as those from inside
 *     always do (RFC 4787 REQ-6)
 * @param answersUnsolicitedSyn whether a SYN from outside that nothing inside expects is answered after six seconds by
 *     "port unreachable" (RFC 5382 REQ-4); without it such a SYN is dropped
 */
public record NatSettings(List<IpPrefix> inside, NatFiltering filtering, NatTimeouts timeouts, NatLimits limits,
    Ports ports, List<NatForwarding> forwardings, boolean refreshedFromOutside, boolean answersUnsolicitedSyn) {

  /**
   * The choice of outside ports. A port that is free outside is kept. Otherwise a random one is drawn (RFC 6056): from
   * the well-known ports for a well-known port (RFC 4787 REQ-3), else from {@code range}.
   *
   * @param range the outside ports for inside ports from 1024 on, within 1024 to 65535
   * @param keepsParity whether an even UDP port gets an even one, and an odd port an odd one (RFC 4787 REQ-4)
   * @param quarantine the time for which the port of an ended mapping is not given to another one, if filtering is
   *     endpoint-independent, so that late packets reach no other host (RFC 6888 REQ-8); not for TCP, whose sessions end
   *     after their connections. Zero to 365 d
   */
  public record Ports(PortRange range, boolean keepsParity, Duration quarantine) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if the range contains well-known ports, or the quarantine is out of range
     */
    public Ports {
      Checks.range("first port", Checks.given("range", range).first(), PortRange.DEFAULT.first(), 65_535, "(port)");
      Checks.zeroOrMore("quarantine", quarantine);
    }
  }

  /**
   * The values that the RFCs recommend, for any inside address and without port forwardings. Filtering is
   * address-dependent, because a translator is also the protection of the hosts behind it.
   */
  public static final NatSettings DEFAULT = new NatSettings(List.of(), NatFiltering.ADDRESS_DEPENDENT,
      NatTimeouts.DEFAULT, NatLimits.DEFAULT, new Ports(PortRange.DEFAULT, true, Duration.ofSeconds(120)), List.of(),
      false, true);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if an inside prefix is not one of IPv4, or the host of a forwarding is not inside
   */
  public NatSettings {
    inside = List.copyOf(Checks.given("inside", inside));
    for (IpPrefix prefix : inside) {
      if (!prefix.address().isV4()) {
        throw new IllegalArgumentException("inside " + prefix + " is not an IPv4 prefix");
      }
    }
    Checks.given("filtering", filtering);
    Checks.given("timeouts", timeouts);
    Checks.given("limits", limits);
    Checks.given("ports", ports);
    forwardings = List.copyOf(Checks.given("forwardings", forwardings));
    for (NatForwarding forwarding : forwardings) {
      check(inside, forwarding);
    }
  }

  private static void check(List<IpPrefix> inside, NatForwarding forwarding) {
    if (!contains(inside, forwarding.inside().address())) {
      throw new IllegalArgumentException("the host of forwarding " + forwarding + " is not inside: " + inside);
    }
  }

  private static boolean contains(List<IpPrefix> prefixes, IpAddress address) {
    for (IpPrefix prefix : prefixes) {
      if (prefix.contains(address)) {
        return true;
      }
    }
    return prefixes.isEmpty();
  }

  /** Returns whether {@code address} is in one of the inside prefixes, or there are none. */
  public boolean isInside(IpAddress address) {
    return contains(inside, address);
  }

  /**
   * Checks that the host of a forwarding is inside.
   *
   * @throws IllegalArgumentException if it is not
   */
  public void check(NatForwarding forwarding) {
    check(inside, Checks.given("forwarding", forwarding));
  }

  /**
   * Sets the IPv4 prefixes of the inside hosts; empty, the default, for all addresses. If they are set, packets from
   * outside with a source in them are dropped, except for ICMP.
   */
  public NatSettings withInside(List<IpPrefix> prefixes) {
    return new NatSettings(prefixes, filtering, timeouts, limits, ports, forwardings, refreshedFromOutside,
        answersUnsolicitedSyn);
  }

  /** Sets which outside hosts may use a mapping; {@link NatFiltering#ADDRESS_DEPENDENT} by default. */
  public NatSettings withFiltering(NatFiltering chosen) {
    return new NatSettings(inside, chosen, timeouts, limits, ports, forwardings, refreshedFromOutside,
        answersUnsolicitedSyn);
  }

  /** Sets the times after which idle sessions end. */
  public NatSettings withTimeouts(NatTimeouts chosen) {
    return new NatSettings(inside, filtering, chosen, limits, ports, forwardings, refreshedFromOutside,
        answersUnsolicitedSyn);
  }

  /** Sets the largest numbers of mappings, sessions and held packets. */
  public NatSettings withLimits(NatLimits chosen) {
    return new NatSettings(inside, filtering, timeouts, chosen, ports, forwardings, refreshedFromOutside,
        answersUnsolicitedSyn);
  }

  /** Sets the outside ports for inside ports from 1024 on, within 1024 to 65535; all of these by default. */
  public NatSettings withPortRange(PortRange range) {
    return with(new Ports(range, ports.keepsParity, ports.quarantine));
  }

  /** Sets whether UDP ports keep their parity; true by default. */
  public NatSettings withParity(boolean kept) {
    return with(new Ports(ports.range, kept, ports.quarantine));
  }

  /** Sets the time for which the port of an ended mapping is not used again; zero to 365 d, 120 s by default. */
  public NatSettings withQuarantine(Duration time) {
    return with(new Ports(ports.range, ports.keepsParity, time));
  }

  private NatSettings with(Ports chosen) {
    return new NatSettings(inside, filtering, timeouts, limits, chosen, forwardings, refreshedFromOutside,
        answersUnsolicitedSyn);
  }

  /** Sets the port forwardings; none by default. */
  public NatSettings withForwardings(List<NatForwarding> chosen) {
    return new NatSettings(inside, filtering, timeouts, limits, ports, chosen, refreshedFromOutside,
        answersUnsolicitedSyn);
  }

  /** Sets whether packets from outside keep mappings of UDP and ICMP alive; false by default. */
  public NatSettings withRefreshFromOutside(boolean refreshed) {
    return new NatSettings(inside, filtering, timeouts, limits, ports, forwardings, refreshed, answersUnsolicitedSyn);
  }

  /** Sets whether an unsolicited SYN is answered after six seconds; true by default. */
  public NatSettings withUnsolicitedSynAnswered(boolean answered) {
    return new NatSettings(inside, filtering, timeouts, limits, ports, forwardings, refreshedFromOutside, answered);
  }
}
