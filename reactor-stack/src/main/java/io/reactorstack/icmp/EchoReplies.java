package io.reactorstack.icmp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The latest echo replies that a router may find too long: if one reports so, the path MTU falls, and the next reply
 * arrives (RFC 1191 section 6, RFC 8201 section 4). A report about another packet has no effect.
 */
final class EchoReplies {

  /** The largest number of remembered replies. */
  static final int MOST = 256;

  /** The lengths up to which no path MTU is lowered, in octets. */
  private static final int LEAST_MTU_V4 = 552;
  private static final int LEAST_MTU_V6 = 1280;

  /** @param word the identifier and the sequence number */
  private record Key(IpAddress destination, int word) {}

  private final Map<Key, Destination> latest = new LinkedHashMap<>();

  /** Remembers a reply of {@code length} octets with its IP header, which is being sent. */
  void onSent(Destination path, int word, int length) {
    if (length > (path.address().isV4() ? LEAST_MTU_V4 : LEAST_MTU_V6)) {
      latest.put(new Key(path.address(), word), path);
      if (latest.size() > MOST) {
        latest.remove(latest.keySet().iterator().next());
      }
    }
  }

  /** Lowers the path MTU if {@code error} is about one of the replies; returns whether it is. */
  boolean onError(IcmpError error) {
    QuotedPacket quote = error.quote();
    if (latest.isEmpty() || !(error instanceof IcmpError.PacketTooBig tooBig) || !isReply(quote)) {
      return false;
    }
    Destination path = latest.remove(new Key(quote.destination().withoutZone(), quote.secondWord()));
    if (path == null) {
      return false;
    }
    path.lowerMtu(tooBig.mtu());
    return true;
  }

  private static boolean isReply(QuotedPacket quote) {
    return quote.messageType() == (quote.source().isV4() ? Icmpv4Header.ECHO_REPLY : Icmpv6Header.ECHO_REPLY);
  }
}
