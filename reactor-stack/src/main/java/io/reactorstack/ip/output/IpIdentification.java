package io.reactorstack.ip.output;

import io.reactorstack.packet.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Assigns the identification of IPv4 packets that routers may fragment (RFC 6864 section 4.3). There is one counter for
 * each (source, destination, protocol), with a random start, so that a destination cannot infer the host's traffic to
 * other destinations (RFC 7739 section 3).
 */
final class IpIdentification {

  private static final int COUNTERS = 1024;

  private record Key(IpAddress source, IpAddress destination, int protocol) {}

  private final RandomGenerator random;
  private final Map<Key, Integer> next = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Key, Integer> eldest) {
      return size() > COUNTERS;
    }
  };

  IpIdentification(RandomGenerator random) {
    this.random = random;
  }

  int next(IpAddress source, IpAddress destination, int protocol) {
    return next.merge(
        new Key(source, destination, protocol), random.nextInt(0x10000), (counter, start) -> counter + 1)
        & 0xffff;
  }
}
