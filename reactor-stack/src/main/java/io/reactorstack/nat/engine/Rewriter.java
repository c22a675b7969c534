package io.reactorstack.nat.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.nat.engine.NatVerdict.Path;
import io.reactorstack.nat.engine.Plan.ErrorRewrite;
import io.reactorstack.nat.engine.Plan.Rewrite;
import io.reactorstack.packet.Checksum;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Fields;
import io.reactorstack.wire.Ipv4Header;
import io.reactorstack.wire.TransportFields;

/** Changes packets in place, with their checksums (RFC 3022 section 4). */
final class Rewriter {

  /** The octets of a transport header that a translation may change: up to the checksum of TCP. */
  private static final int CHANGED_OCTETS = 20;

  private Rewriter() {}

  /** Changes the packet whose header is at the reader index of {@code packet}. */
  static void packet(Ipv4Header header, ByteBuf packet, Rewrite rewrite) {
    int start = packet.readerIndex();
    long addresses = addresses(packet, start, rewrite);
    if (header.fragmentOffset() == 0) {
      transport(header, packet, start, start + header.totalLength(), addresses, rewrite);
    }
  }

  /** Changes an ICMP error and the packet that it quotes (RFC 5508 section 4). */
  static void error(Ipv4Header header, ByteBuf packet, ErrorRewrite rewrite) {
    int start = packet.readerIndex();
    int message = start + header.length();
    Quote quote = rewrite.quote();
    int quoteStart = message + Icmpv4Header.LENGTH;
    int length = Math.min(quote.end() - quoteStart, quote.header().length() + CHANGED_OCTETS);
    int before = Checksum.fold(Checksum.sum(packet, quoteStart, length));
    long addresses = addresses(packet, quoteStart, rewrite.quoted());
    transport(quote.header(), packet, quoteStart, quote.end(), addresses, rewrite.quoted());
    int after = Checksum.fold(Checksum.sum(packet, quoteStart, length));
    TransportFields.updateChecksum(packet, IpProtocol.ICMP, message, start + header.totalLength(),
        Checksum.change(before, after));
    addresses(packet, start, rewrite.error());
  }

  private static long addresses(ByteBuf bytes, int header, Rewrite rewrite) {
    if (rewrite.identification() != Plan.KEPT) {
      Ipv4Fields.setIdentification(bytes, header, rewrite.identification());
    }
    return Ipv4Fields.setSource(bytes, header, rewrite.source())
        + Ipv4Fields.setDestination(bytes, header, rewrite.destination());
  }

  private static void transport(
      Ipv4Header header, ByteBuf bytes, int start, int end, long addresses, Rewrite rewrite) {
    int at = start + header.length();
    long change;
    if (header.protocol() == IpProtocol.ICMP) {
      int identifier = rewrite.path() == Path.INBOUND ? rewrite.destinationPort() : rewrite.sourcePort();
      change = TransportFields.setIdentifier(bytes, at, identifier);
    } else {
      change = addresses + TransportFields.setSourcePort(bytes, at, rewrite.sourcePort())
          + TransportFields.setDestinationPort(bytes, at, rewrite.destinationPort());
    }
    TransportFields.updateChecksum(bytes, header.protocol(), at, end, change);
  }
}
