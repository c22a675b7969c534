package io.reactorstack.routing;

import io.reactorstack.packet.IpPrefix;
import io.reactorstack.setting.Checks;
import io.reactorstack.wire.RouterPreference;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A network that hosts reach through the router that advertises it (RFC 4191 section 2.3). Immutable: each method returns
 * a changed copy.
 *
 * @param network the network, an IPv6 prefix without host bits that is neither link-local nor of groups
 * @param preference the preference among the routers that advertise the same network
 * @param lifetime the time for which the route is valid, in whole seconds; {@code null} for three times the longest
 *     interval of the advertisements
 */
public record AdvertisedRoute(IpPrefix network, RouterPreference preference, @Nullable Duration lifetime) {

  /** Removes the host bits and checks the values. */
  public AdvertisedRoute {
    network = AdvertisedPrefix.ipv6("network", network);
    Checks.given("preference", preference);
    if (lifetime != null) {
      Checks.range("lifetime", lifetime, Duration.ZERO, AdvertisedPrefix.FOREVER);
    }
  }

  /**
   * Returns a route of medium preference with the default lifetime.
   *
   * @throws IllegalArgumentException if the network cannot be advertised
   */
  public static AdvertisedRoute of(IpPrefix network) {
    return new AdvertisedRoute(network, RouterPreference.MEDIUM, null);
  }

  /** Sets the preference; medium by default. */
  public AdvertisedRoute withPreference(RouterPreference among) {
    return new AdvertisedRoute(network, among, lifetime);
  }

  /**
   * Sets the lifetime.
   *
   * @param time 0 to {@link AdvertisedPrefix#FOREVER}
   * @throws IllegalArgumentException if it is out of range
   */
  public AdvertisedRoute withLifetime(Duration time) {
    return new AdvertisedRoute(network, preference, Checks.given("lifetime", time));
  }
}
