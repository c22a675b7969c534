package io.reactorstack.ip.output;

import io.reactorstack.packet.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Assigns the identification of packets that this host or routers may fragment (RFC 6864 section 4.3, RFC 8200 section
 * 4.5). There is one counter for each (source, destination, protocol), with a random start, so that a destination cannot
 * infer the host's traffic to other destinations (RFC 7739 section 5.1).
 */
final class IpIdentification {

  private static final int COUNTERS = 1024;

  private record Key(IpAddress source, IpAddress destination, int protocol) {}

  private final RandomGenerator random;
  private final Map<Key, Integer> counters = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Key, Integer> eldest) {
      return size() > COUNTERS;
    }
  };

  IpIdentification(RandomGenerator random) {
    this.random = random;
  }

  /** Returns the next identification, 32 bits; IPv4 uses the lower half. */
  int next(IpAddress source, IpAddress destination, int protocol) {
    return next(source, destination, protocol, 1);
  }

  /** Returns the first of the next {@code count} identifications: those of the segments of one packet. */
  int next(IpAddress source, IpAddress destination, int protocol, int count) {
    Key key = new Key(source, destination, protocol);
    Integer last = counters.get(key);
    int now = last == null ? random.nextInt() : last + 1;
    counters.put(key, now + count - 1);
    return now;
  }
}
