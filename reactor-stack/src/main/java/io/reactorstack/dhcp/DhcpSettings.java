package io.reactorstack.dhcp;

import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.setting.Checks;
import io.reactorstack.wire.DhcpOptions;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the DHCP client of one interface. Immutable: each {@code with} method returns a changed copy.
 *
 * @param identity the name and identifiers that the client sends
 * @param parameters the codes of the options to ask for, most wanted first; 1 to 255 codes of 1 to 254
 * @param previousAddress the address of an earlier start, to be verified first (INIT-REBOOT, RFC 2131 section 3.2);
 *     {@code null} for none
 * @param leaseTime the lease duration to suggest, in whole seconds; zero for the server's default
 * @param timing the delays that the client may add
 * @param checksAddress true if the client probes a new address by ARP before it uses it (RFC 5227 section 2.1), which
 *     takes four to seven seconds
 * @param wantsBroadcast true if servers are to broadcast their replies; the stack also receives unicast ones
 */
public record DhcpSettings(Identity identity, List<Integer> parameters, @Nullable Ipv4Address previousAddress,
    Duration leaseTime, Timing timing, boolean checksAddress, boolean wantsBroadcast) {

  /**
   * The name and identifiers of a client.
   *
   * @param clientId identifies the client; {@code null} for {@link DhcpClientId#ofLinkAddress}
   * @param hostName the host's name, for the server's own records; {@code null} for none
   * @param vendorClass the vendor class (RFC 2132 section 9.13); {@code null} for none
   */
  public record Identity(@Nullable DhcpClientId clientId, @Nullable String hostName, @Nullable String vendorClass) {

    /**
     * Checks the texts.
     *
     * @throws IllegalArgumentException if one is blank, not printable ASCII, or longer than 255 characters
     */
    public Identity {
      text("hostName", hostName);
      text("vendorClass", vendorClass);
    }
  }

  /**
   * The delays that a client may add.
   *
   * @param startDelay the longest random delay before the first message, which desynchronizes hosts that are switched on
   *     together; zero to start at once, otherwise the delay is at least a second (RFC 2131 section 4.4.1)
   * @param offerTime the time for which offers are collected; zero to take the first one
   */
  public record Timing(Duration startDelay, Duration offerTime) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if one is negative or longer than a minute
     */
    public Timing {
      Checks.range("startDelay", startDelay, Duration.ZERO, LONGEST_DELAY);
      Checks.range("offerTime", offerTime, Duration.ZERO, LONGEST_DELAY);
    }
  }

  /** The longest suggestion for a lease: a larger number of seconds does not fit into the option. */
  private static final Duration LONGEST_LEASE = Duration.ofSeconds(0xffff_ffffL);

  private static final Duration LONGEST_DELAY = Duration.ofMinutes(1);

  private static final int LONGEST_TEXT = 255;

  /** The default settings: at once, the first offer, with an ARP probe. */
  public static final DhcpSettings DEFAULT = new DhcpSettings(
      new Identity(null, null, null),
      // RFC 3442: classless routes are asked for before routers and static routes.
      List.of(DhcpOptions.SUBNET_MASK, DhcpOptions.CLASSLESS_ROUTES, DhcpOptions.ROUTERS, DhcpOptions.STATIC_ROUTES,
          DhcpOptions.DNS_SERVERS, DhcpOptions.HOST_NAME, DhcpOptions.DOMAIN_NAME, DhcpOptions.DOMAIN_SEARCH,
          DhcpOptions.INTERFACE_MTU, DhcpOptions.NTP_SERVERS),
      null, Duration.ZERO, new Timing(Duration.ZERO, Duration.ZERO), true, false);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if one is out of its range
   */
  public DhcpSettings {
    Checks.given("identity", identity);
    parameters = List.copyOf(Checks.given("parameters", parameters));
    Checks.range("number of parameters", parameters.size(), 1, 255, "codes");
    parameters.forEach(code -> Checks.range("parameter", code, 1, 254, "as option codes"));
    Checks.range("leaseTime", leaseTime, Duration.ZERO, LONGEST_LEASE);
    Checks.given("timing", timing);
  }

  private static void text(String name, @Nullable String value) {
    if (value != null) {
      Checks.range("length of the " + name, Checks.text(name, value).length(), 1, LONGEST_TEXT, "characters");
      if (value.chars().anyMatch(c -> c < ' ' || c > '~')) {
        throw new IllegalArgumentException(name + " is not printable ASCII");
      }
    }
  }

  /** Sets the identifier of the client; by default {@link DhcpClientId#ofLinkAddress}. */
  public DhcpSettings withClientId(DhcpClientId id) {
    return with(new Identity(Checks.given("clientId", id), identity.hostName, identity.vendorClass));
  }

  /** Sets the host's name, at most 255 printable ASCII characters; none by default. */
  public DhcpSettings withHostName(String name) {
    return with(new Identity(identity.clientId, Checks.given("hostName", name), identity.vendorClass));
  }

  /** Sets the vendor class, at most 255 printable ASCII characters; none by default. */
  public DhcpSettings withVendorClass(String name) {
    return with(new Identity(identity.clientId, identity.hostName, Checks.given("vendorClass", name)));
  }

  private DhcpSettings with(Identity changed) {
    return new DhcpSettings(changed, parameters, previousAddress, leaseTime, timing, checksAddress, wantsBroadcast);
  }

  /** Sets the codes of the options to ask for, most wanted first (see {@link DhcpOptions}). */
  public DhcpSettings withParameters(List<Integer> codes) {
    return new DhcpSettings(identity, codes, previousAddress, leaseTime, timing, checksAddress, wantsBroadcast);
  }

  /** Sets the address of an earlier start, which the client verifies before it asks for another one. */
  public DhcpSettings withPreviousAddress(Ipv4Address address) {
    return new DhcpSettings(identity, parameters, Checks.given("previousAddress", address), leaseTime, timing,
        checksAddress, wantsBroadcast);
  }

  /** Sets the lease duration to suggest; zero, the default, leaves it to the server. */
  public DhcpSettings withLeaseTime(Duration duration) {
    return new DhcpSettings(identity, parameters, previousAddress, duration, timing, checksAddress, wantsBroadcast);
  }

  /**
   * Sets the longest random delay before the first message, from zero to a minute; zero, the default, starts at once.
   * RFC 2131 section 4.4.1 advises ten seconds for hosts that are switched on together.
   */
  public DhcpSettings withStartDelay(Duration longest) {
    return with(new Timing(longest, timing.offerTime));
  }

  /** Sets the time for which offers are collected, from zero to a minute; zero, the default, takes the first offer. */
  public DhcpSettings withOfferTime(Duration duration) {
    return with(new Timing(timing.startDelay, duration));
  }

  private DhcpSettings with(Timing changed) {
    return new DhcpSettings(identity, parameters, previousAddress, leaseTime, changed, checksAddress, wantsBroadcast);
  }

  /** Sets whether the client probes a new address by ARP before it uses it; true by default. */
  public DhcpSettings withAddressCheck(boolean check) {
    return new DhcpSettings(identity, parameters, previousAddress, leaseTime, timing, check, wantsBroadcast);
  }

  /** Sets whether servers are to broadcast their replies; false by default. */
  public DhcpSettings withBroadcast(boolean broadcast) {
    return new DhcpSettings(identity, parameters, previousAddress, leaseTime, timing, checksAddress, broadcast);
  }
}
