package io.reactorstack.host;

import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.PortRange;
import io.reactorstack.tcp.model.TcpSettings;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The settings that all shards of a host have in common; they do not change while it runs.
 *
 * @param name the host's name, in messages
 * @param random the source of everything that must not be guessed
 * @param memory the memory that the host holds for its traffic, with its limit
 * @param tcp the settings that connections start with
 * @param network the settings of the layers below
 */
public record HostSettings(
    String name, RandomGenerator random, HostMemory memory, TcpSettings tcp, Network network) {

  /**
   * The settings of the internet layer, of the interfaces and of the ports.
   *
   * @param pathMtuLifetime how long a path MTU that was learnt is believed; zero for ever
   * @param announcesAddresses whether interfaces tell their links at the start which addresses they have
   * @param ephemeralPorts the ports that the host gives out by itself
   */
  public record Network(Duration pathMtuLifetime, boolean announcesAddresses, PortRange ephemeralPorts) {}
}
