package io.reactorstack.routing;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.setting.Checks;
import io.reactorstack.wire.RouterPreference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the router advertisements that a host sends on one interface (RFC 4861 section 6.2.1, RFC 4191, RFC
 * 8106). Immutable: each method returns a changed copy of {@link #DEFAULTS}. The methods have the names that the RFCs
 * give to the values.
 *
 * @param intervals the times between unsolicited advertisements
 * @param router the router as a default router
 * @param link the parameters of the link
 * @param ownPrefixes true to advertise the networks of the interface's own addresses besides {@code prefixes}: those of
 *     64 bits, except link-local ones and those that another router has advertised
 * @param prefixes the prefixes of the link; one of them replaces an own prefix that is equal
 * @param routes the networks that hosts reach through this router, besides its default route; at most 17
 * @param dns the DNS servers and search domains
 */
public record AdvertisementSettings(
    Intervals intervals, DefaultRouter router, LinkParameters link, boolean ownPrefixes,
    List<AdvertisedPrefix> prefixes,
    List<AdvertisedRoute> routes, AdvertisedDns dns) {

  /** RFC 4191 section 4: the maximum number of route options on one link. */
  private static final int MOST_ROUTES = 17;

  /**
   * The times between unsolicited advertisements: each is drawn at random from the minimum to the maximum.
   *
   * @param minRtrAdvInterval the minimum; 3 s to three quarters of the maximum
   * @param maxRtrAdvInterval the maximum; 4 s to 1800 s
   */
  public record Intervals(Duration minRtrAdvInterval, Duration maxRtrAdvInterval) {

    private static final Duration LEAST = Duration.ofSeconds(3);

    /** Checks the values. */
    public Intervals {
      Checks.range("maxRtrAdvInterval", maxRtrAdvInterval, Duration.ofSeconds(4), Duration.ofSeconds(1800));
      Checks.range("minRtrAdvInterval", minRtrAdvInterval, LEAST, maxRtrAdvInterval.multipliedBy(3).dividedBy(4));
    }

    /** Returns the intervals with the default minimum: a third of the maximum, and at least 3 s. */
    static Intervals upTo(Duration maximum) {
      Duration third = Checks.given("maxRtrAdvInterval", maximum).dividedBy(3);
      return new Intervals(third.compareTo(LEAST) < 0 ? LEAST : third, maximum);
    }
  }

  /**
   * The router as a default router.
   *
   * @param lifetime the time for which hosts use it after an advertisement, in whole seconds; 0 if it is no default
   *     router; {@code null} for three times the maximum interval
   * @param preference its preference among default routers (RFC 4191 section 2.1)
   */
  public record DefaultRouter(@Nullable Duration lifetime, RouterPreference preference) {

    private static final Duration LARGEST = Duration.ofSeconds(9000);

    /** Checks the values; the settings as a whole require at least the longest interval, or 0. */
    public DefaultRouter {
      if (lifetime != null) {
        Checks.range("defaultLifetime", lifetime, Duration.ZERO, LARGEST);
      }
      Checks.given("preference", preference);
    }
  }

  /**
   * The parameters of the link that hosts take over.
   *
   * @param managed whether DHCPv6 assigns addresses on the link
   * @param otherConfig whether DHCPv6 has other information
   * @param mtu the MTU of IPv6 packets, 1280 to 65535 bytes; 0 to state none
   * @param reachableTime the time for which a confirmed neighbour counts as reachable, up to an hour; 0 to state none
   * @param retransTimer the time between retransmitted solicitations, up to 2<sup>32</sup> - 1 ms; 0 to state none
   * @param curHopLimit the hop limit of packets, 0 to 255; 0 to state none
   */
  public record LinkParameters(boolean managed, boolean otherConfig, int mtu, Duration reachableTime,
      Duration retransTimer, int curHopLimit) {

    /** Checks the values. */
    public LinkParameters {
      if (mtu != 0) {
        Checks.range("linkMtu", mtu, 1280, 65_535, "bytes, or 0 for none");
      }
      Checks.range("reachableTime", reachableTime, Duration.ZERO, Duration.ofHours(1));
      Checks.range("retransTimer", retransTimer, Duration.ZERO, Duration.ofMillis(0xffff_ffffL));
      Checks.range("curHopLimit", curHopLimit, 0, 255, "hops");
    }
  }

  /**
   * The defaults of RFC 4861: an advertisement every 200 s to 600 s, a default router for three times as long with medium
   * preference, a hop limit of 64, no other parameters, and the own prefixes of the interface.
   */
  public static final AdvertisementSettings DEFAULTS = new AdvertisementSettings(
      Intervals.upTo(Duration.ofSeconds(600)), new DefaultRouter(null, RouterPreference.MEDIUM),
      new LinkParameters(false, false, 0, Duration.ZERO, Duration.ZERO, 64), true, List.of(), List.of(),
      AdvertisedDns.NONE);

  /** Copies the lists and checks the values. */
  public AdvertisementSettings {
    Checks.given("intervals", intervals);
    Checks.given("link", link);
    prefixes = List.copyOf(Checks.given("prefixes", prefixes));
    routes = List.copyOf(Checks.given("routes", routes));
    Checks.range("number of routes", routes.size(), 0, MOST_ROUTES, "routes (RFC 4191 section 4)");
    Checks.given("dns", dns);
    Duration lifetime = Checks.given("router", router).lifetime();
    if (lifetime != null && !lifetime.isZero()) {
      Checks.range("defaultLifetime", lifetime, intervals.maxRtrAdvInterval(), DefaultRouter.LARGEST);
    }
  }

  // ---- the router

  /**
   * Sets the longest time between unsolicited advertisements, 600 s by default, and the shortest one to a third of it, but
   * at least 3 s.
   *
   * @param maximum 4 s to 1800 s
   * @throws IllegalArgumentException if it is out of range, or the lifetime that was set is shorter
   */
  public AdvertisementSettings withMaxRtrAdvInterval(Duration maximum) {
    return with(Intervals.upTo(maximum));
  }

  /**
   * Sets the shortest time between unsolicited advertisements; a third of the longest one by default.
   *
   * @param minimum 3 s to three quarters of the longest time, which must be set before
   * @throws IllegalArgumentException if it is out of range
   */
  public AdvertisementSettings withMinRtrAdvInterval(Duration minimum) {
    return with(new Intervals(minimum, intervals.maxRtrAdvInterval()));
  }

  private AdvertisementSettings with(Intervals changed) {
    return new AdvertisementSettings(changed, router, link, ownPrefixes, prefixes, routes, dns);
  }

  /**
   * Sets the time for which hosts use this router as a default router after an advertisement; by default three times the
   * longest interval. A host that does not forward always advertises 0.
   *
   * @param lifetime the longest interval to 9000 s, or 0 for a router that is no default router
   * @throws IllegalArgumentException if it is out of range
   */
  public AdvertisementSettings withDefaultLifetime(Duration lifetime) {
    return with(new DefaultRouter(Checks.given("defaultLifetime", lifetime), router.preference()));
  }

  /** Sets the preference of this router among default routers (RFC 4191 section 2.1); medium by default. */
  public AdvertisementSettings withPreference(RouterPreference preference) {
    return with(new DefaultRouter(router.lifetime(), preference));
  }

  private AdvertisementSettings with(DefaultRouter changed) {
    return new AdvertisementSettings(intervals, changed, link, ownPrefixes, prefixes, routes, dns);
  }

  /** The lifetime of the default router: the one that was set, or three times the longest interval. */
  public Duration defaultLifetime() {
    return orDefault(router.lifetime());
  }

  private Duration orDefault(@Nullable Duration lifetime) {
    return lifetime == null ? intervals.maxRtrAdvInterval().multipliedBy(3) : lifetime;
  }

  // ---- the link

  /** Sets whether hosts learn that DHCPv6 assigns addresses; false by default. */
  public AdvertisementSettings withManagedFlag(boolean managed) {
    return with(new LinkParameters(
        managed, link.otherConfig, link.mtu, link.reachableTime, link.retransTimer, link.curHopLimit));
  }

  /** Sets whether hosts learn that DHCPv6 has information other than addresses; false by default. */
  public AdvertisementSettings withOtherConfigFlag(boolean otherConfig) {
    return with(new LinkParameters(
        link.managed, otherConfig, link.mtu, link.reachableTime, link.retransTimer, link.curHopLimit));
  }

  /**
   * Sets the MTU of the link for IPv6; by default none is stated.
   *
   * @param bytes 1280 to the MTU of the interface, or 0 to state none
   * @throws IllegalArgumentException if it is below 1280 or above 65535
   */
  public AdvertisementSettings withLinkMtu(int bytes) {
    return with(new LinkParameters(
        link.managed, link.otherConfig, bytes, link.reachableTime, link.retransTimer, link.curHopLimit));
  }

  /**
   * Sets the time for which hosts take a confirmed neighbour to be reachable; by default none is stated.
   *
   * @param time up to an hour, with a resolution of 1 ms; 0 to state none
   * @throws IllegalArgumentException if it is out of range
   */
  public AdvertisementSettings withReachableTime(Duration time) {
    return with(new LinkParameters(
        link.managed, link.otherConfig, link.mtu, time, link.retransTimer, link.curHopLimit));
  }

  /**
   * Sets the time after which hosts repeat a solicitation; by default none is stated.
   *
   * @param time up to 2<sup>32</sup> - 1 ms, with a resolution of 1 ms; 0 to state none
   * @throws IllegalArgumentException if it is out of range
   */
  public AdvertisementSettings withRetransTimer(Duration time) {
    return with(new LinkParameters(
        link.managed, link.otherConfig, link.mtu, link.reachableTime, time, link.curHopLimit));
  }

  /**
   * Sets the hop limit that hosts use; 64 by default.
   *
   * @param hops 0 to 255; 0 to state none
   * @throws IllegalArgumentException if it is out of range
   */
  public AdvertisementSettings withCurHopLimit(int hops) {
    return with(new LinkParameters(
        link.managed, link.otherConfig, link.mtu, link.reachableTime, link.retransTimer, hops));
  }

  private AdvertisementSettings with(LinkParameters changed) {
    return new AdvertisementSettings(intervals, router, changed, ownPrefixes, prefixes, routes, dns);
  }

  // ---- prefixes, routes and DNS

  /**
   * Sets whether the networks of the interface's own addresses are advertised, as {@link AdvertisedPrefix#of} does: those
   * of 64 bits, except link-local ones and those that another router has advertised; true by default.
   */
  public AdvertisementSettings withOwnPrefixes(boolean advertise) {
    return new AdvertisementSettings(intervals, router, link, advertise, prefixes, routes, dns);
  }

  /** Adds a prefix; it replaces an earlier one of the same network. */
  public AdvertisementSettings withPrefix(AdvertisedPrefix prefix) {
    Checks.given("prefix", prefix);
    return new AdvertisementSettings(intervals, router, link, ownPrefixes,
        replaced(prefixes, each -> each.prefix().equals(prefix.prefix()), prefix), routes, dns);
  }

  /**
   * Adds a network that hosts reach through this router; it replaces an earlier one that is equal.
   *
   * @throws IllegalArgumentException if there are 17 others
   */
  public AdvertisementSettings withRoute(AdvertisedRoute route) {
    Checks.given("route", route);
    return new AdvertisementSettings(intervals, router, link, ownPrefixes, prefixes,
        replaced(routes, each -> each.network().equals(route.network()), route), dns);
  }

  private static <T> List<T> replaced(List<T> before, Predicate<T> former, T added) {
    List<T> after = new ArrayList<>(before);
    after.removeIf(former);
    after.add(added);
    return after;
  }

  /** The lifetime of {@code route}: the one that was set, or three times the longest interval. */
  public Duration lifetimeOf(AdvertisedRoute route) {
    return orDefault(Checks.given("route", route).lifetime());
  }

  /**
   * Sets the addresses of the recursive DNS servers (RFC 8106 section 5.1), none by default.
   *
   * @throws IllegalArgumentException if one is not an IPv6 address of one host, or there are more than 127
   */
  public AdvertisementSettings withDnsServers(IpAddress... servers) {
    List<Ipv6Address> all = new ArrayList<>();
    for (IpAddress server : Checks.all("dnsServers", servers)) {
      if (!(server instanceof Ipv6Address v6)) {
        throw new IllegalArgumentException("a router advertises IPv6 addresses of DNS servers only: " + server);
      }
      all.add(v6);
    }
    return with(new AdvertisedDns(all, dns.searchDomains(), dns.lifetime()));
  }

  /**
   * Sets the domain names that hosts append to short names (RFC 8106 section 5.2), none by default.
   *
   * @throws IllegalArgumentException if one is not a domain name, or all of them are longer than an option
   */
  public AdvertisementSettings withSearchDomains(String... domains) {
    return with(new AdvertisedDns(dns.servers(), Checks.all("searchDomains", domains), dns.lifetime()));
  }

  /**
   * Sets the time for which hosts use the DNS servers and search domains; by default three times the longest interval.
   *
   * @param lifetime 0 to {@link AdvertisedPrefix#FOREVER}
   * @throws IllegalArgumentException if it is out of range
   */
  public AdvertisementSettings withDnsLifetime(Duration lifetime) {
    return with(new AdvertisedDns(dns.servers(), dns.searchDomains(), Checks.given("dnsLifetime", lifetime)));
  }

  private AdvertisementSettings with(AdvertisedDns changed) {
    return new AdvertisementSettings(intervals, router, link, ownPrefixes, prefixes, routes, changed);
  }

  /** The lifetime of the DNS servers and search domains: the one that was set, or three times the longest interval. */
  public Duration dnsLifetime() {
    return orDefault(dns.lifetime());
  }
}
