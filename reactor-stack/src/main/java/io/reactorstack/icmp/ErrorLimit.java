package io.reactorstack.icmp;

import io.reactorstack.packet.IpAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The rate limit of the ICMP errors that a host sends: a limit for all receivers together, and one for each (RFC 1812
 * section 4.3.2.8).
 */
final class ErrorLimit {

  private static final int PEERS = 256;

  private final RandomGenerator random;
  private final IcmpSettings.Rate toOne;
  private final TokenBucket all;
  private final Map<IpAddress, TokenBucket> peers = new LinkedHashMap<>(16, 0.75f, true) {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<IpAddress, TokenBucket> eldest) {
      return size() > PEERS;
    }
  };

  ErrorLimit(IcmpSettings settings, RandomGenerator random, long now) {
    this.random = random;
    this.toOne = settings.errorsToOne();
    this.all = new TokenBucket(settings.errors(), random, now);
  }

  boolean allows(IpAddress peer, long now) {
    TokenBucket one = peers.computeIfAbsent(peer, p -> new TokenBucket(toOne, random, now));
    return one.take(now) && all.take(now);
  }
}
