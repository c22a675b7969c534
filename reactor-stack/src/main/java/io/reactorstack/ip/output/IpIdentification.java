package io.reactorstack.ip.output;

import io.reactorstack.packet.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The identification of packets that routers may fragment (RFC 6864 section 4.3): a counter for each (source,
 * destination, protocol), each with a random start, so that no host can tell from ours what we send to others (RFC 7739
 * section 3).
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
