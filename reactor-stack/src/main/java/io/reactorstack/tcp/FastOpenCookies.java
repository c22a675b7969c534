package io.reactorstack.tcp;

import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.tcp.engine.FastOpenResult;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The cookies of TCP Fast Open: those that this host gives to its clients, a keyed hash of their address of which nothing is
 * kept, and those that servers have given to it (RFC 7413 sections 4.1.2 and 4.1.3).
 */
final class FastOpenCookies {

  /** Most servers that are remembered. */
  static final int MAX_SERVERS = 1024;

  /** How long a server that has not answered, or has refused, is left in peace. */
  static final long PAUSE_NANOS = TimeUnit.HOURS.toNanos(1);

  /** The MSS of a server that has not told one (RFC 7413 section 4.1.3). */
  private static final int DEFAULT_MSS = 536;

  private static final byte[] ASK = {};

  /** {@code cookie} is {@code null} of a server that is left in peace until {@code pausedUntil}. */
  record Server(byte @Nullable [] cookie, int mss, long pausedUntil) {}

  private final KeyedHash hash;
  private final Map<IpAddress, Server> servers = new LinkedHashMap<>(16, 0.75f, true);

  FastOpenCookies(RandomGenerator random) {
    hash = new KeyedHash(random);
  }

  /** The cookie of the client at {@code address}. */
  byte[] of(IpAddress address) {
    int low = hash.of(address, 0, address, 0);
    int high = hash.of(address, 1, address, 1);
    return ByteBuffer.allocate(Long.BYTES).putInt(high).putInt(low).array();
  }

  /** What a SYN to the server at {@code address} carries: its cookie, an empty one to ask for it, or {@code null}. */
  byte @Nullable [] forServer(IpAddress address, long now) {
    Server server = servers.get(address);
    if (server == null) {
      return ASK;
    }
    if (server.cookie != null) {
      return server.cookie;
    }
    return now - server.pausedUntil >= 0 ? ASK : null;
  }

  /** The MSS by which data in a SYN to {@code address} is limited. */
  int mss(IpAddress address) {
    Server server = servers.get(address);
    return server == null ? DEFAULT_MSS : server.mss;
  }

  /** A handshake with the server at {@code address} has ended, well or not. */
  void learn(IpAddress address, FastOpenResult result, boolean connected, long now) {
    if (!result.asked()) {
      return;
    }
    int mss = result.peerMss() > 0 ? result.peerMss() : DEFAULT_MSS;
    Server known = servers.get(address);
    byte[] old = known == null ? null : known.cookie;
    boolean refused = old == null || result.dataAcknowledged() < result.dataSent();
    if (result.cookie() != null) {
      remember(address, new Server(result.cookie(), mss, 0));
    } else if (!connected || result.dropped() || refused) {
      // RFC 7413 4.1.3.1: remembered, or every connection would lose a timeout.
      remember(address, new Server(null, mss, now + PAUSE_NANOS));
    } else {
      remember(address, new Server(old, mss, 0));
    }
  }

  private void remember(IpAddress address, Server server) {
    servers.put(address, server);
    if (servers.size() > MAX_SERVERS) {
      servers.remove(servers.keySet().iterator().next());
    }
  }

  /** Number of servers that are remembered. */
  int size() {
    return servers.size();
  }
}
