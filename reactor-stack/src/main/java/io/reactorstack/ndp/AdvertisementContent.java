package io.reactorstack.ndp;

import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.routing.AdvertisedDns;
import io.reactorstack.routing.AdvertisedPrefix;
import io.reactorstack.routing.AdvertisementSettings;
import io.reactorstack.routing.AdvertisementSettings.LinkParameters;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.NdpMessage.RouterAdvertisement;
import io.reactorstack.wire.NdpOption;
import io.reactorstack.wire.NdpOption.DnsSearchList;
import io.reactorstack.wire.NdpOption.PrefixInformation;
import io.reactorstack.wire.NdpOption.RecursiveDnsServers;
import io.reactorstack.wire.NdpOption.RouteInformation;
import io.reactorstack.wire.RouterPreference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Builds router advertisements from the settings of an interface (RFC 4861 section 6.2.3, RFC 4191, RFC 8106). */
final class AdvertisementContent {

  /** The number of DNS servers, and of search domains, in one option, so that each option fits into any packet. */
  private static final int MOST_SERVERS = 16;
  private static final int MOST_DOMAINS = 4;

  private AdvertisementContent() {}

  /**
   * Returns the advertisement with all options, which may be too long for one packet.
   *
   * @param forwards whether the host forwards packets; otherwise it is no default router (RFC 4861 section 6.2.5)
   * @param mac the address of the interface
   * @param own the networks of the interface's own addresses that may be advertised
   */
  static RouterAdvertisement of(
      AdvertisementSettings settings, boolean forwards, MacAddress mac, List<IpPrefix> own) {
    LinkParameters link = settings.link();
    int lifetime = forwards ? (int) settings.defaultLifetime().toSeconds() : 0;
    List<NdpOption> options = new ArrayList<>();
    options.add(new NdpOption.SourceLinkAddress(mac));
    if (link.mtu() != 0) {
      options.add(new NdpOption.Mtu(link.mtu()));
    }
    prefixes(settings, own).forEach(prefix -> options.add(new PrefixInformation(prefix.prefix(), prefix.onLink(),
        prefix.autonomous(), prefix.validLifetime().toSeconds(), prefix.preferredLifetime().toSeconds())));
    settings.routes().forEach(route -> options.add(new RouteInformation(
        route.network(), route.preference(), forwards ? settings.lifetimeOf(route).toSeconds() : 0)));
    dns(settings.dns(), settings.dnsLifetime(), options);
    return new RouterAdvertisement(link.curHopLimit(), link.managed(), link.otherConfig(),
        preference(lifetime, settings.router().preference()), lifetime, link.reachableTime().toMillis(),
        link.retransTimer().toMillis(), options);
  }

  /** RFC 4191 2.2: a router that is no default router states no preference. */
  private static RouterPreference preference(int lifetime, RouterPreference wanted) {
    return lifetime == 0 ? RouterPreference.MEDIUM : wanted;
  }

  private static Stream<AdvertisedPrefix> prefixes(AdvertisementSettings settings, List<IpPrefix> own) {
    Stream<AdvertisedPrefix> given = settings.prefixes().stream();
    return settings.ownPrefixes()
        ? Stream.concat(given, own.stream()
            .filter(each -> settings.prefixes().stream().noneMatch(prefix -> prefix.prefix().equals(each)))
            .map(AdvertisedPrefix::of))
        : given;
  }

  private static void dns(AdvertisedDns dns, Duration lifetime, List<NdpOption> options) {
    for (List<Ipv6Address> servers : chunks(dns.servers(), MOST_SERVERS)) {
      options.add(new RecursiveDnsServers(lifetime.toSeconds(), servers));
    }
    for (List<String> domains : chunks(dns.searchDomains(), MOST_DOMAINS)) {
      options.add(new DnsSearchList(lifetime.toSeconds(), domains));
    }
  }

  private static <T> List<List<T>> chunks(List<T> all, int most) {
    List<List<T>> chunks = new ArrayList<>();
    for (int from = 0; from < all.size(); from += most) {
      chunks.add(all.subList(from, Math.min(all.size(), from + most)));
    }
    return chunks;
  }

  /**
   * Returns the advertisement with which the router says that it is one no longer (RFC 4861 section 6.2.5): its routes
   * end. The prefixes and DNS servers remain for their lifetimes, because other routers may advertise them too.
   */
  static RouterAdvertisement last(RouterAdvertisement message) {
    List<NdpOption> options = message.options().stream().map(option -> option instanceof RouteInformation route
        ? new RouteInformation(route.prefix(), route.preference(), 0)
        : option).toList();
    return new RouterAdvertisement(message.hopLimit(), message.managed(), message.otherConfiguration(),
        RouterPreference.MEDIUM, 0, message.reachableTime(), message.retransTimer(), options);
  }

  /** Returns options with lifetime zero for everything in {@code before} that {@code after} does not advertise. */
  static List<NdpOption> withdrawn(List<NdpOption> before, List<NdpOption> after) {
    Set<Object> kept = new HashSet<>();
    after.forEach(option -> kept.addAll(subjects(option)));
    List<NdpOption> ended = new ArrayList<>();
    for (NdpOption option : before) {
      List<Object> gone = subjects(option).stream().filter(subject -> !kept.contains(subject)).toList();
      if (!gone.isEmpty()) {
        ended.add(ended(option, gone));
      }
    }
    return ended;
  }

  /** The values that have a lifetime in {@code option}. */
  private static List<Object> subjects(NdpOption option) {
    return switch (option) {
      case PrefixInformation prefix -> List.of(prefix.prefix());
      case RouteInformation route -> List.of(new Destination(route.prefix()));
      case RecursiveDnsServers list -> List.copyOf(list.servers());
      case DnsSearchList list -> List.copyOf(list.domains());
      default -> List.of();
    };
  }

  /** Distinguishes the destination of a route from an equal prefix of the link. */
  private record Destination(IpPrefix network) {}

  private static NdpOption ended(NdpOption option, List<Object> gone) {
    return switch (option) {
      case PrefixInformation prefix ->
        new PrefixInformation(prefix.prefix(), prefix.onLink(), prefix.autonomous(), 0, 0);
      case RouteInformation route -> new RouteInformation(route.prefix(), route.preference(), 0);
      case RecursiveDnsServers list ->
        new RecursiveDnsServers(0, list.servers().stream().filter(gone::contains).toList());
      case DnsSearchList list -> new DnsSearchList(0, list.domains().stream().filter(gone::contains).toList());
      default -> option;
    };
  }

  /** Returns {@code message} with further options. */
  static RouterAdvertisement plus(RouterAdvertisement message, List<NdpOption> further) {
    List<NdpOption> all = new ArrayList<>(message.options());
    all.addAll(further);
    return with(message, all);
  }

  /** RFC 4861 6.2.3: spreads the options over as many messages as packets of {@code mtu} octets need. */
  static List<RouterAdvertisement> parts(RouterAdvertisement message, int mtu) {
    List<RouterAdvertisement> parts = new ArrayList<>();
    RouterAdvertisement part = with(message, List.of());
    for (NdpOption option : message.options()) {
      RouterAdvertisement longer = plus(part, List.of(option));
      if (Ipv6Header.LENGTH + longer.length() > mtu) {
        parts.add(part);
        longer = with(message, List.of(option));
      }
      part = longer;
    }
    parts.add(part);
    return parts;
  }

  private static RouterAdvertisement with(RouterAdvertisement message, List<NdpOption> options) {
    return new RouterAdvertisement(message.hopLimit(), message.managed(), message.otherConfiguration(),
        message.preference(), message.routerLifetime(), message.reachableTime(), message.retransTimer(), options);
  }
}
