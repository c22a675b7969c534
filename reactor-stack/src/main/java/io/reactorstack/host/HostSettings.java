package io.reactorstack.host;

import io.reactorstack.acd.Ipv4Settings;
import io.reactorstack.icmp.IcmpSettings;
import io.reactorstack.ndp.Ipv6Settings;
import io.reactorstack.neighbor.NeighborSettings;
import io.reactorstack.packet.AddressSelection;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.PortRange;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.PacketFields;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The settings that all shards of a host share; they do not change while it runs.
 *
 * @param name the host's name, in messages
 * @param random the source of all values that must be unpredictable
 * @param memory the memory that the host holds for its traffic, with its limit
 * @param tcp the settings that connections start with
 * @param network the settings of the layers below TCP
 * @param selection the settings of address selection
 */
public record HostSettings(
    String name, RandomGenerator random, HostMemory memory, TcpSettings tcp, Network network,
    AddressSelection selection) {

  /**
   * The settings of the internet layer, of the interfaces and of the ports.
   *
   * @param pathMtuLifetime the time for which a learnt path MTU is used; zero means forever
   * @param announcesAddresses whether interfaces announce their addresses on their links at the start
   * @param ephemeralPorts the range of ephemeral ports
   * @param neighbors the settings of the neighbour cache of each Ethernet interface
   * @param ipv4 the settings of IPv4 addresses on Ethernet interfaces
   * @param ipv6 the settings of IPv6 on Ethernet interfaces
   * @param icmp the settings of ICMP and ICMPv6
   * @param hopLimit the hop limit of packets whose sender has not chosen one, 1 to 255
   */
  public record Network(
      Duration pathMtuLifetime, boolean announcesAddresses, PortRange ephemeralPorts, NeighborSettings neighbors,
      Ipv4Settings ipv4, Ipv6Settings ipv6, IcmpSettings icmp, int hopLimit) {

    /** The default settings. */
    public static final Network DEFAULT = new Network(
        Duration.ofMinutes(10), true, PortRange.DEFAULT, NeighborSettings.DEFAULT, Ipv4Settings.DEFAULTS,
        Ipv6Settings.DEFAULTS, IcmpSettings.DEFAULTS, PacketFields.DEFAULT_HOP_LIMIT);

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
    public Network withIpv6(Ipv6Settings settings) {
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
