package io.reactorstack.nat.engine;

import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.engine.NatVerdict.Path;
import io.reactorstack.nat.engine.Plan.ErrorRewrite;
import io.reactorstack.nat.engine.Plan.Pass;
import io.reactorstack.nat.engine.Plan.Refusal;
import io.reactorstack.nat.engine.Plan.Rewrite;
import io.reactorstack.packet.Checksum;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.Icmpv4Header;

/**
 * The translation of ICMP errors (RFC 5508 section 4). An error is sent about a packet that this translator has changed, so
 * the packet that it quotes is changed back; type and code remain. An error neither keeps a mapping alive nor ends it (RFC
 * 4787 REQ-12, RFC 5382 REQ-10, RFC 5508 REQ-6).
 */
final class ErrorTranslator {

  private final MappingTable table;
  private final OutsidePool pool;
  private final LocalPorts localPorts;
  private final DatagramIds ids;

  ErrorTranslator(MappingTable table, OutsidePool pool, LocalPorts localPorts, DatagramIds ids) {
    this.table = table;
    this.pool = pool;
    this.localPorts = localPorts;
    this.ids = ids;
  }

  /** Returns whether messages of this type are translated (RFC 5508 REQ-10). */
  static boolean isError(int type) {
    return type == Icmpv4Header.DESTINATION_UNREACHABLE || type == Icmpv4Header.TIME_EXCEEDED
        || type == Icmpv4Header.PARAMETER_PROBLEM;
  }

  /** Decides about an error from outside to an outside address: it is about a packet that an inside host has sent. */
  Plan fromOutside(Transit error) {
    if (!hasGoodChecksum(error)) {
      return Refusal.silent(NatDrop.BAD_ERROR);
    }
    Quote quote = Quote.parse(error.bytes(), error.at(), error.end());
    if (quote == null || !quote.source().equals(error.destination())) {
      return Refusal.silent(NatDrop.BAD_QUOTE);
    }
    Mapping sender = table.ofOutside(quote.protocol(), quote.source(), quote.sourcePort());
    if (sender == null || !isUsed(sender, quote.destination(), quote.destinationPort())) {
      return unmapped(quote);
    }
    Ipv4Address inside = sender.insideAddress();
    return new ErrorRewrite(
        new Rewrite(error.source(), 0, inside, 0, Plan.KEPT, Path.INBOUND), quote,
        new Rewrite(inside, sender.insidePort(), quote.destination(), quote.destinationPort(), Plan.KEPT,
            Path.OUTBOUND));
  }

  /**
   * Decides about an error from inside: it is about a packet that an inside host should have received, from outside or
   * from another inside host.
   */
  Plan fromInside(Transit error) {
    if (!hasGoodChecksum(error)) {
      return Refusal.silent(NatDrop.BAD_ERROR);
    }
    Quote quote = Quote.parse(error.bytes(), error.at(), error.end());
    if (quote == null || !quote.source().equals(error.destination())) {
      return Refusal.silent(NatDrop.BAD_QUOTE);
    }
    Flow flow = new Flow(quote.protocol(), quote.destination(), quote.destinationPort(), quote.source(),
        port(quote.protocol(), quote.sourcePort()));
    Mapping receiver = table.toward(flow);
    if (receiver == null || !isUsed(receiver, flow.remote(), flow.remotePort())) {
      return unmapped(quote);
    }
    if (!pool.contains(error.destination())) {
      return rewrite(error, receiver, quote, quote.source(), quote.sourcePort(), Path.OUTBOUND);
    }
    // RFC 5508 REQ-7: the sender is an inside host too.
    Mapping sender = table.ofOutside(quote.protocol(), quote.source(), quote.sourcePort());
    return sender == null
        ? unmapped(quote)
        : rewrite(error, receiver, quote, sender.insideAddress(), sender.insidePort(), Path.HAIRPIN);
  }

  private ErrorRewrite rewrite(
      Transit error, Mapping receiver, Quote quote, Ipv4Address sender, int senderPort, Path path) {
    Ipv4Address source = receiver.outsideAddress();
    return new ErrorRewrite(
        new Rewrite(source, 0, sender, 0, ids.of(error.header(), source, sender), path), quote,
        new Rewrite(sender, senderPort, source, receiver.outsidePort(), Plan.KEPT, Path.INBOUND));
  }

  /** RFC 5508 REQ-3: an error with a wrong checksum is dropped. That of a fragment cannot be verified. */
  private static boolean hasGoodChecksum(Transit error) {
    return !error.header().isFragment()
        && Checksum.verifies(Checksum.sum(error.bytes(), error.at(), error.end() - error.at()));
  }

  /** Returns whether the inside endpoint has exchanged packets with the remote one by this mapping. */
  private boolean isUsed(Mapping mapping, Ipv4Address remote, int remotePort) {
    NatProtocol protocol = mapping.protocol();
    return mapping.isForwarding() || table.session(mapping, new Flow(protocol, mapping.insideAddress(),
        mapping.insidePort(), remote, port(protocol, remotePort))) != null;
  }

  private static int port(NatProtocol protocol, int port) {
    return protocol == NatProtocol.ICMP ? 0 : port;
  }

  private Plan unmapped(Quote quote) {
    boolean isOwn = pool.contains(quote.source())
        && localPorts.contains(quote.protocol(), quote.source(), quote.sourcePort());
    return isOwn ? new Pass() : Refusal.silent(NatDrop.NO_MAPPING);
  }
}
