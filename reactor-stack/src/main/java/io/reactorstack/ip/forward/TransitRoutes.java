package io.reactorstack.ip.forward;

import io.netty.buffer.ByteBuf;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.KeyedHash;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.Ipv6Header;
import io.reactorstack.wire.TransportPorts;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The destinations of the latest packets in transit, at most {@link #MOST} of them. If several routes are equally good,
 * the packets of one flow take the same one: the flow is known by addresses, protocol and ports.
 */
final class TransitRoutes {

  /** The largest number of remembered destinations. */
  static final int MOST = 4096;

  /** The number of groups of flows to one address that may take different routes. */
  private static final int GROUPS = 64;

  private record Key(IpAddress address, int group) {}

  private final IpHost host;
  private final RandomGenerator random;
  private @Nullable KeyedHash hash;
  private final Map<Key, Destination> latest = new LinkedHashMap<>(16, 0.75f, true);

  /** @param random the key of the choice among equal routes, so that senders cannot predict it */
  TransitRoutes(IpHost host, RandomGenerator random) {
    this.host = host;
    this.random = random;
  }

  /** Returns the destination of {@code packet}, or {@code null} if no route leads there. */
  @Nullable
  Destination of(InboundPacket packet) {
    int group = host.hasEqualRoutes() ? group(packet) : 0;
    Key key = new Key(packet.destination(), group);
    Destination known = latest.get(key);
    if (known != null && known.isReachable()) {
      return known;
    }
    Destination found = host.transit(packet.destination(), group);
    if (found == null) {
      latest.remove(key);
      return null;
    }
    latest.put(key, found);
    if (latest.size() > MOST) {
      latest.remove(latest.keySet().iterator().next());
    }
    return found;
  }

  /** The number of remembered destinations. */
  int size() {
    return latest.size();
  }

  /** Returns the group of the packet's flow, 1 to {@link #GROUPS}. */
  private int group(InboundPacket packet) {
    KeyedHash keyed = hash == null ? new KeyedHash(random) : hash;
    hash = keyed;
    int flow = switch (packet.header()) {
      // RFC 6438: the label stands for the ports, which may be behind extension headers or in another fragment.
      case Ipv6Header header -> keyed.of(packet.source(), header.flowLabel(), packet.destination(), 0);
      case Ipv4Header header -> {
        ByteBuf bytes = packet.payload();
        // All fragments of a packet take the same route, and only the first one has ports.
        boolean ports = TransportPorts.areIn(packet.protocol()) && bytes.readableBytes() >= TransportPorts.LENGTH
            && !header.isFragment();
        int from = ports ? TransportPorts.source(bytes, bytes.readerIndex()) : 0;
        int to = ports ? TransportPorts.destination(bytes, bytes.readerIndex()) : packet.protocol();
        yield keyed.of(packet.source(), from, packet.destination(), to);
      }
    };
    return 1 + Math.floorMod(flow, GROUPS);
  }
}
