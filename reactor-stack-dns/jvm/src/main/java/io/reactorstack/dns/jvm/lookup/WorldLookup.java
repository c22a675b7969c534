package io.reactorstack.dns.jvm.lookup;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.spi.WorldNames;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.util.List;
import java.util.stream.Stream;

/** Look-ups by code in a world of the lab: they take no time and leave the world as it is. */
final class WorldLookup {

  private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

  private static final String CACHED = "the JDK keeps the addresses that code of this world looks up, and gives them to other"
      + " worlds and to code outside; set the security properties networkaddress.cache.ttl and"
      + " networkaddress.cache.negative.ttl to 0 before the first look-up of the JVM";

  private WorldLookup() {}

  /**
   * Returns the addresses of {@code host} in {@code world}.
   *
   * @param machineName the name of this machine, which is the loopback address: its real addresses are not in the world, and
   *     {@code InetAddress.getLocalHost()} keeps the answer for other worlds
   */
  static Stream<InetAddress> addresses(WorldNames world, String host, LookupPolicy policy, String machineName)
      throws UnknownHostException {
    if (JdkCache.isTrial(host)) {
      return JdkCache.answer(host);
    }
    if (JdkCache.keepsAnswers()) {
      world.escaped(CACHED);
    }
    return Preference.of(policy).select(host,
        host.equalsIgnoreCase(machineName) ? List.of(LOOPBACK) : world.addresses(host));
  }

  static String name(WorldNames world, byte[] address) throws UnknownHostException {
    return world.name(IpAddress.of(address));
  }
}
