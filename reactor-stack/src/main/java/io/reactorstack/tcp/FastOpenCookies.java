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
 * The cookies of TCP Fast Open: computes those that this host issues to its clients, as a keyed hash of their address
 * without any state, and stores those that servers have issued to it (RFC 7413 sections 4.1.2 and 4.1.3).
 */
final class FastOpenCookies {

  /** The maximum number of servers stored. */
  static final int MAX_SERVERS = 1024;

  /** The time for which Fast Open is not tried with a server that has not answered or has not accepted it. */
  static final long PAUSE_NANOS = TimeUnit.HOURS.toNanos(1);

  /** The MSS assumed of a server that has not announced one (RFC 7413 section 4.1.3). */
  private static final int DEFAULT_MSS = 536;

  private static final byte[] ASK = {};

  /**
   * A server and its cookie.
   *
   * @param cookie its cookie; {@code null} if Fast Open is not tried until {@code pausedUntil}
   * @param mss the MSS that it has announced
   * @param pausedUntil the end of the pause, in nanoseconds of the loop's clock; only valid without a cookie
   */
  record Server(byte @Nullable [] cookie, int mss, long pausedUntil) {}

  private final KeyedHash hash;
  private final Map<IpAddress, Server> servers = new LinkedHashMap<>(16, 0.75f, true);

  FastOpenCookies(RandomGenerator random) {
    hash = new KeyedHash(random);
  }

  /** Returns the cookie that this host issues to the client at {@code address}. */
  byte[] of(IpAddress address) {
    int low = hash.of(address, 0, address, 0);
    int high = hash.of(address, 1, address, 1);
    return ByteBuffer.allocate(Long.BYTES).putInt(high).putInt(low).array();
  }

  /**
   * Returns the cookie for a SYN to the server at {@code address}: an empty one to request a cookie, or {@code null} to
   * send no Fast Open option.
   */
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

  /** Returns the MSS that limits the data in a SYN to {@code address}. */
  int mss(IpAddress address) {
    Server server = servers.get(address);
    return server == null ? DEFAULT_MSS : server.mss;
  }

  /** Stores the outcome of a handshake with the server at {@code address}, whether it has succeeded or not. */
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
      // RFC 7413 4.1.3.1: without this negative entry, every connection would lose a retransmission timeout.
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

  /** The number of servers stored. */
  int size() {
    return servers.size();
  }
}
