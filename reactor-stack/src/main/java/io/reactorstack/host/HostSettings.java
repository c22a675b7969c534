package io.reactorstack.host;

import io.reactorstack.acd.Ipv4Settings;
import io.reactorstack.icmp.IcmpSettings;
import io.reactorstack.ip.forward.Translation;
import io.reactorstack.ndp.Ipv6Settings;
import io.reactorstack.neighbor.NeighborSettings;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.PortRange;
import io.reactorstack.routing.ForwardingSettings;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.PacketFields;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The settings that all shards of a host share; they do not change while it runs.
 *
 * @param name the host's name, in messages
 * @param random the source of all values that must be unpredictable
 * @param memory the memory that the host holds for its traffic, with its limit
 * @param tcp the settings that connections start with
 * @param network the settings of the layers below TCP
 * @param selection the settings of address selection
 * @param forwarding the settings of forwarding
 * @param nat the translation of addresses, or {@code null} for none
 */
public record HostSettings(
    String name, RandomGenerator random, HostMemory memory, TcpSettings tcp, Network network,
    AddressSelection selection, ForwardingSettings forwarding, Translation.@Nullable Plan nat) {

  /** Returns what the interface {@code name} accepts from IPv6 routers from the start. */
  public Ipv6Settings.Routers routersOf(String name) {
    return forwarding.forwards() ? network.ipv6().whenForwarding(name) : network.ipv6().of(name).routers();
  }

  /**
   * The settings of IPv6 on the Ethernet interfaces.
   *
   * @param common the settings of interfaces without settings of their own
   * @param changes the changes of these settings for single interfaces, by name
   */
  public record Ipv6(Ipv6Settings common, Map<String, UnaryOperator<Ipv6Settings>> changes) {

    /** The default settings for all interfaces. */
    public static final Ipv6 DEFAULT = new Ipv6(Ipv6Settings.DEFAULTS, Map.of());

    /** Returns the settings of the interface {@code name}. */
    public Ipv6Settings of(String name) {
      return changes.getOrDefault(name, UnaryOperator.identity()).apply(common);
    }

    /**
     * Returns what the interface {@code name} accepts from routers while the host is a router itself: nothing, unless the
     * user has switched router discovery on for this interface alone; and no redirects (RFC 4861 section 8.2).
     */
    public Ipv6Settings.Routers whenForwarding(String name) {
      Ipv6Settings.Routers wanted = changes.getOrDefault(name, UnaryOperator.identity())
          .apply(common.withRouterDiscovery(false)).routers();
      return new Ipv6Settings.Routers(wanted.discovery(), wanted.addresses(), wanted.temporaryAddresses(), false);
    }

    /** Returns a copy with the given common settings. */
    public Ipv6 with(Ipv6Settings settings) {
      return new Ipv6(settings, changes);
    }

    /** Returns a copy in which {@code change} is made last to the settings of the interface {@code name}. */
    public Ipv6 with(String name, UnaryOperator<Ipv6Settings> change) {
      Map<String, UnaryOperator<Ipv6Settings>> more = new HashMap<>(changes);
      more.merge(name, change, (before, next) -> settings -> next.apply(before.apply(settings)));
      return new Ipv6(common, Map.copyOf(more));
    }
  }

  /**
   * The settings of the internet layer, of the interfaces and of the ports.
   *
   * @param pathMtuLifetime the time for which a learnt path MTU is used; zero means forever
   * @param announcesAddresses whether interfaces announce their addresses on their links at the start
   * @param ephemeralPorts the range of ephemeral ports
   * @param neighbors the settings of the neighbour cache of each Ethernet interface
   * @param ipv4 the settings of IPv4 addresses on Ethernet interfaces
   * @param ipv6 the settings of IPv6 on each Ethernet interface
   * @param icmp the settings of ICMP and ICMPv6
   * @param hopLimit the hop limit of packets whose sender has not chosen one, 1 to 255
   */
  public record Network(
      Duration pathMtuLifetime, boolean announcesAddresses, PortRange ephemeralPorts, NeighborSettings neighbors,
      Ipv4Settings ipv4, Ipv6 ipv6, IcmpSettings icmp, int hopLimit) {

    /** The default settings. */
    public static final Network DEFAULT = new Network(
        Duration.ofMinutes(10), true, PortRange.DEFAULT, NeighborSettings.DEFAULT, Ipv4Settings.DEFAULTS,
        Ipv6.DEFAULT, IcmpSettings.DEFAULTS, PacketFields.DEFAULT_HOP_LIMIT);

    /** Returns a copy with the given pathMtuLifetime. */
    public Network withPathMtuLifetime(Duration lifetime) {
      return new Network(lifetime, announcesAddresses, ephemeralPorts, neighbors, ipv4, ipv6, icmp, hopLimit);
    }

    /** Returns a copy with the given announcesAddresses. */
    public Network withAnnouncesAddresses(boolean announce) {
      return new Network(pathMtuLifetime, announce, ephemeralPorts, neighbors, ipv4, ipv6, icmp, hopLimit);
    }

    /** Returns a copy with the given ephemeralPorts. */
    public Network withEphemeralPorts(PortRange range) {
      return new Network(pathMtuLifetime, announcesAddresses, range, neighbors, ipv4, ipv6, icmp, hopLimit);
    }

    /** Returns a copy with the given neighbors. */
    public Network withNeighbors(NeighborSettings settings) {
      return new Network(pathMtuLifetime, announcesAddresses, ephemeralPorts, settings, ipv4, ipv6, icmp, hopLimit);
    }

    /** Returns a copy with the given ipv4. */
    public Network withIpv4(Ipv4Settings settings) {
      return new Network(
          pathMtuLifetime, announcesAddresses, ephemeralPorts, neighbors, settings, ipv6, icmp, hopLimit);
    }

    /** Returns a copy with the given ipv6. */
    public Network withIpv6(Ipv6 settings) {
      return new Network(pathMtuLifetime, announcesAddresses, ephemeralPorts, neighbors, ipv4, settings, icmp,
          hopLimit);
    }

    /** Returns a copy with the given icmp. */
    public Network withIcmp(IcmpSettings settings) {
      return new Network(pathMtuLifetime, announcesAddresses, ephemeralPorts, neighbors, ipv4, ipv6, settings,
          hopLimit);
    }

    /** Returns a copy with the given hopLimit. */
    public Network withHopLimit(int hops) {
      return new Network(pathMtuLifetime, announcesAddresses, ephemeralPorts, neighbors, ipv4, ipv6, icmp, hops);
    }
  }
}
