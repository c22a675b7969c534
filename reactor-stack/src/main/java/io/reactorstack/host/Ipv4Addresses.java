package io.reactorstack.host;

import io.reactorstack.ip.host.HostNetwork;
import io.reactorstack.ip.host.InterfaceAddress;
import io.reactorstack.ip.host.NetworkInterface;
import io.reactorstack.ip.host.Route;
import io.reactorstack.ndp.NdpLink;
import io.reactorstack.neighbor.AddressProbe;
import io.reactorstack.neighbor.ArpLayer;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * The configured IPv4 addresses of one Ethernet interface that are probed before their use (RFC 5227 section 2.1): they
 * are tentative until then. Confined to the loop.
 */
final class Ipv4Addresses {

  private static final Logger LOG = Loggers.getLogger(Ipv4Addresses.class);

  private final HostNetwork network;
  private final NetworkInterface networkInterface;
  private final ArpLayer arp;
  private final RandomGenerator random;
  private final Map<Ipv4Address, Test> tests = new LinkedHashMap<>();
  private boolean up;

  /** @param random varies the times of the probes */
  Ipv4Addresses(HostNetwork network, NetworkInterface networkInterface, ArpLayer arp, RandomGenerator random) {
    this.network = network;
    this.networkInterface = networkInterface;
    this.arp = arp;
    this.random = random;
  }

  /**
   * Adds an address and the route to its network; the probe begins when the link is up.
   *
   * @param outcome notified when the address can be used, or is used by another station
   * @throws IllegalArgumentException if the interface cannot have the address
   */
  void add(IpPrefix prefix, NdpLink.Outcome outcome) {
    String name = networkInterface.name();
    network.addTentative(name, InterfaceAddress.manual(prefix).in(InterfaceAddress.State.TENTATIVE));
    network.routes(routes -> routes.with(Route.onLink(prefix, name)));
    Test test = new Test(prefix, outcome);
    tests.put(test.address(), test);
    if (up) {
      test.start();
    }
  }

  /**
   * Handles a change of the carrier: probes begin when there is one, and begin again when it is back. The addresses in
   * use stay in use then, and are probed as well: the answer of another station is a conflict, to which ARP reacts (RFC
   * 5227 sections 2.1 and 2.4).
   *
   * @param probesInUse true if the addresses in use are to be probed
   */
  void onCarrier(boolean now, boolean probesInUse) {
    up = now;
    for (InterfaceAddress own : now && probesInUse ? networkInterface.addresses() : List.<InterfaceAddress>of()) {
      if (own.isAssigned() && own.origin() == InterfaceAddress.Origin.MANUAL
          && own.address() instanceof Ipv4Address v4) {
        arp.probe(v4, random, (address, isFree) -> {
          // ARP has reacted to the claim of another station.
        });
      }
    }
    for (Test test : List.copyOf(tests.values())) {
      if (now) {
        test.start();
      } else {
        test.stop();
      }
    }
  }

  /** Ends the test of the address {@code removed}, if there is one. */
  void onRemoved(Ipv4Address removed) {
    Test test = tests.remove(removed);
    if (test != null) {
      test.stop();
      test.outcome.onResult(new IOException(removed + " was removed"));
    }
  }

  void close() {
    List<Test> open = List.copyOf(tests.values());
    tests.clear();
    for (Test test : open) {
      test.stop();
      test.outcome.onResult(new IOException("the interface " + networkInterface.name() + " is closed"));
    }
  }

  /** The test of one address. */
  private final class Test {

    private final IpPrefix prefix;
    private final NdpLink.Outcome outcome;
    private @Nullable AddressProbe probe;

    Test(IpPrefix prefix, NdpLink.Outcome outcome) {
      this.prefix = prefix;
      this.outcome = outcome;
    }

    Ipv4Address address() {
      return (Ipv4Address) prefix.address();
    }

    void start() {
      stop();
      probe = arp.probe(address(), random, this::onProbed);
    }

    void stop() {
      if (probe != null) {
        probe.cancel();
        probe = null;
      }
    }

    private void onProbed(Ipv4Address address, boolean isFree) {
      String name = networkInterface.name();
      tests.remove(address);
      if (isFree) {
        // Removes the cache entry of a neighbour that had this address before.
        networkInterface.neighbors().forget(address::equals);
        network.assign(name, address);
        // RFC 5227 2.3: the announcement is part of the test.
        arp.announce(address);
        outcome.onResult(null);
        return;
      }
      LOG.warn("another station on the link of {} uses {}; the address is not assigned", name, prefix);
      network.refuse(name, address);
      network.routes(routes -> routes.without(
          route -> route.equals(Route.onLink(prefix, name)) && !networkInterface.isOnLink(address)));
      outcome.onResult(new IOException("another station on the link of " + name + " uses " + address));
    }
  }
}
