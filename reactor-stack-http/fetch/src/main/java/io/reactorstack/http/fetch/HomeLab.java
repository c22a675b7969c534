package io.reactorstack.http.fetch;

import io.reactorstack.dns.DnsResolver;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Impairment;
import io.reactorstack.lab.Lab;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PortRange;
import io.reactorstack.test.AccessPoint;
import io.reactorstack.test.Internet;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A laptop at home, behind an access point that translates its address; three routers; and a server park with a DNS host
 * and a web host.
 */
final class HomeLab extends EmbeddedLab {

  /** The longest time, in virtual time, until the laptop has its address. */
  private static final Duration CONFIGURATION = Duration.ofSeconds(30);

  /** The ports of the access point outside; those that the laptop draws are nearly all outside of it, so that they change. */
  private static final PortRange OUTSIDE_PORTS = new PortRange(40_000, 49_999);

  private HomeLab(Lab lab, Host laptop) {
    super(lab, laptop, DnsResolver.create(laptop.stack()));
  }

  /**
   * Builds the world, starts its servers and waits until the laptop has its address.
   *
   * @param impairment the impairment of the line between the access point and its provider, in both directions
   * @param watch records the laptop's frames, and for the story those of the access point, too
   */
  static HomeLab start(long seed, UnaryOperator<Impairment> impairment, FrameRecorder watch) {
    Lab lab = Lab.virtual(seed);
    Internet internet = Internet.in(lab, settings -> settings.withLines(unused -> impairment.apply(Impairment.none())));
    Host web = internet.server("www.example.lab");
    lab.await(WebPages.serve(web.stack(), web.address()));
    AccessPoint home = internet.home("home", settings -> settings.nat(nat -> nat.withPortRange(OUTSIDE_PORTS)));
    Host laptop = home.host("laptop");
    watch.at(laptop);
    lab.await(internet.configured(CONFIGURATION));
    watch.alsoAt(home.host());
    return new HomeLab(lab, laptop);
  }

  /** Returns the names of the hosts for a story. */
  static Map<IpAddress, String> names() {
    Map<IpAddress, String> names = new HashMap<>();
    // The laptop is the only host that starts without an address.
    name(names, "laptop", "0.0.0.0", "192.168.1.100");
    name(names, "home", "192.168.1.1", "192.0.2.10");
    name(names, "router1", "192.0.2.1", "198.18.12.1");
    name(names, "router2", "198.18.12.2", "198.18.23.2", "198.51.100.1");
    name(names, "router3", "198.18.23.3", "203.0.113.1");
    name(names, "dns", "203.0.113.53");
    name(names, "www", "203.0.113.10");
    return Map.copyOf(names);
  }

  private static void name(Map<IpAddress, String> names, String host, String... addresses) {
    for (String address : addresses) {
      names.put(IpAddress.parse(address), host);
    }
  }
}
