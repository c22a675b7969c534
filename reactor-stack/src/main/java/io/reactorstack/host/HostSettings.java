package io.reactorstack.host;

import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.PortRange;
import io.reactorstack.tcp.model.TcpSettings;
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
 */
public record HostSettings(
    String name, RandomGenerator random, HostMemory memory, TcpSettings tcp, Network network) {

  /**
   * The settings of the internet layer, of the interfaces and of the ports.
   *
   * @param pathMtuLifetime the time for which a learnt path MTU is used; zero means forever
   * @param announcesAddresses whether interfaces announce their addresses on their links at the start
   * @param ephemeralPorts the range of ephemeral ports
   */
  public record Network(Duration pathMtuLifetime, boolean announcesAddresses, PortRange ephemeralPorts) {}
}
