package io.reactorstack.nat.engine;

import io.netty.buffer.ByteBuf;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.nat.NatSettings;
import io.reactorstack.nat.engine.NatVerdict.Path;
import io.reactorstack.nat.engine.Plan.Pass;
import io.reactorstack.nat.engine.Plan.Refusal;
import io.reactorstack.nat.engine.Plan.Rewrite;
import io.reactorstack.nat.engine.Plan.Stop;
import io.reactorstack.nat.engine.Step.Via;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Header;
import org.jspecify.annotations.Nullable;

/**
 * The decision about a packet by its direction. A packet from inside to an outside address is translated twice: its source
 * as if it left, and its destination as if it came back, so that its receiver sees the outside endpoint of its sender (RFC
 * 4787 REQ-9, RFC 5382 REQ-8).
 */
final class TransitRules {

  private final NatSettings settings;
  private final OutsidePool pool;
  private final MappingTable table;
  private final LocalPorts localPorts;
  private final DatagramTranslator udp;
  private final DatagramTranslator queries;
  private final TcpTranslator tcp;
  private final ErrorTranslator errors;
  private final DatagramIds ids;

  /**
   * Creates the rules.
   *
   * @param settings states the addresses of the inside hosts
   * @param parts the translators of the protocols
   * @param ids the identifications of packets whose source changes
   */
  TransitRules(NatSettings settings, OutsidePool pool, MappingTable table, LocalPorts localPorts, Parts parts,
      DatagramIds ids) {
    this.settings = settings;
    this.pool = pool;
    this.table = table;
    this.localPorts = localPorts;
    this.udp = parts.udp;
    this.queries = parts.queries;
    this.tcp = parts.tcp;
    this.errors = parts.errors;
    this.ids = ids;
  }

  /** The translators of the protocols. */
  record Parts(DatagramTranslator udp, DatagramTranslator queries, TcpTranslator tcp, ErrorTranslator errors) {}

  private boolean isInside(Ipv4Address address) {
    return settings.isInside(address) && !pool.contains(address);
  }

  private Translator translator(NatProtocol protocol) {
    return switch (protocol) {
      case UDP -> udp;
      case TCP -> tcp;
      case ICMP -> queries;
    };
  }

  // ---- from inside

  /** Returns the decision about any packet or fragment from inside that needs no transport header, or {@code null}. */
  @Nullable
  Stop checkFromInside(Ipv4Header header) {
    if (!isInside(header.source())) {
      return new Pass();
    }
    Ipv4Address destination = header.destination();
    if (destination.isMulticast() || destination.isLimitedBroadcast()) {
      return Refusal.silent(NatDrop.NOT_UNICAST);
    }
    if (NatProtocol.of(header.protocol()) != null) {
      return null;
    }
    return pool.contains(destination) ? new Pass() : Refusal.prohibited(NatDrop.UNSUPPORTED_PROTOCOL);
  }

  /** Decides about a whole packet or first fragment from inside. */
  Plan fromInside(Ipv4Header header, ByteBuf bytes, long now) {
    Stop stop = checkFromInside(header);
    NatProtocol protocol = NatProtocol.of(header.protocol());
    if (protocol == null) {
      return stop == null ? new Pass() : stop;
    }
    Transit packet = new Transit(header, bytes, protocol, now);
    if (!packet.hasTransportHeader()) {
      return stop == null ? cutOff(header) : stop;
    }
    if (protocol == NatProtocol.ICMP && ErrorTranslator.isError(packet.icmpType())) {
      Plan translated = errors.fromInside(packet);
      // The host of the translator may send an error about a packet that it has translated before.
      return translated instanceof Refusal && stop != null ? stop : translated;
    }
    if (stop != null) {
      return stop;
    }
    return protocol == NatProtocol.ICMP ? queryFromInside(packet) : portsFromInside(packet);
  }

  private static Refusal cutOff(Ipv4Header header) {
    return Refusal.silent(header.isFragment() ? NatDrop.TINY_FRAGMENT : NatDrop.BAD_TRANSPORT);
  }

  private Plan queryFromInside(Transit packet) {
    if (pool.contains(packet.destination())) {
      // The host of the translator answers queries for its own addresses.
      return new Pass();
    }
    int type = packet.icmpType();
    if (type != Icmpv4Header.ECHO_REQUEST && type != Icmpv4Header.TIMESTAMP_REQUEST) {
      return Refusal.silent(isReply(type) ? NatDrop.NO_MAPPING : NatDrop.UNSUPPORTED_ICMP);
    }
    return outbound(packet, queries.send(packet));
  }

  private static boolean isReply(int type) {
    return type == Icmpv4Header.ECHO_REPLY || type == Icmpv4Header.TIMESTAMP_REPLY;
  }

  private Plan portsFromInside(Transit packet) {
    if (packet.sourcePort() == 0) {
      return Refusal.silent(NatDrop.BAD_TRANSPORT);
    }
    Translator translator = translator(packet.protocol());
    if (!pool.contains(packet.destination())) {
      return outbound(packet, translator.send(packet));
    }
    Mapping receiver = table.ofOutside(packet.protocol(), packet.destination(), packet.destinationPort());
    if (receiver == null && isOwn(packet)) {
      return new Pass();
    }
    return switch (translator.send(packet)) {
      case Stop refused -> refused;
      case Via via -> hairpin(packet, via.mapping(), translator.receive(
          packet, receiver, via.mapping().outsideAddress(), via.mapping().outsidePort()));
    };
  }

  private boolean isOwn(Transit packet) {
    return localPorts.contains(packet.protocol(), packet.destination(), packet.destinationPort());
  }

  private Plan outbound(Transit packet, Step step) {
    return switch (step) {
      case Stop stop -> stop;
      case Via via -> {
        Mapping sender = via.mapping();
        sender.onSent();
        Ipv4Address source = sender.outsideAddress();
        Ipv4Address destination = packet.destination();
        yield new Rewrite(source, sender.outsidePort(), destination, packet.destinationPort(),
            ids.of(packet.header(), source, destination), Path.OUTBOUND);
      }
    };
  }

  private Plan hairpin(Transit packet, Mapping sender, Step step) {
    return switch (step) {
      case Stop stop -> stop;
      case Via via -> {
        Mapping receiver = via.mapping();
        sender.onSent();
        receiver.onReceived();
        Ipv4Address source = sender.outsideAddress();
        Ipv4Address destination = receiver.insideAddress();
        yield new Rewrite(source, sender.outsidePort(), destination, receiver.insidePort(),
            ids.of(packet.header(), source, destination), Path.HAIRPIN);
      }
    };
  }

  // ---- from outside

  /** Returns the decision about any packet or fragment from outside that needs no transport header, or {@code null}. */
  @Nullable
  Stop checkFromOutside(Ipv4Header header) {
    if (!pool.contains(header.destination())) {
      return isInside(header.destination()) ? Refusal.silent(NatDrop.INSIDE_DESTINATION) : new Pass();
    }
    if (pool.contains(header.source()) || isSpoofed(header)) {
      return Refusal.silent(NatDrop.SPOOFED_SOURCE);
    }
    return NatProtocol.of(header.protocol()) == null ? new Pass() : null;
  }

  /**
   * Returns whether a packet from outside has a source of the inside networks, if the settings name them (RFC 2827). ICMP
   * is exempt: routers outside may have private addresses of the same network, and their errors are about real flows.
   */
  private boolean isSpoofed(Ipv4Header header) {
    return header.protocol() != IpProtocol.ICMP && !settings.inside().isEmpty() && settings.isInside(header.source());
  }

  /** Decides about a whole packet or first fragment from outside. */
  Plan fromOutside(Ipv4Header header, ByteBuf bytes, long now) {
    Stop stop = checkFromOutside(header);
    NatProtocol protocol = NatProtocol.of(header.protocol());
    if (stop != null || protocol == null) {
      return stop == null ? new Pass() : stop;
    }
    Transit packet = new Transit(header, bytes, protocol, now);
    if (!packet.hasTransportHeader()) {
      return cutOff(header);
    }
    if (protocol == NatProtocol.ICMP && !isReply(packet.icmpType())) {
      // Other messages than errors, such as an echo request, are for the host of the translator.
      return ErrorTranslator.isError(packet.icmpType()) ? errors.fromOutside(packet) : new Pass();
    }
    Mapping receiver = table.ofOutside(protocol, packet.destination(), packet.destinationPort());
    if (receiver == null && isOwn(packet)) {
      return new Pass();
    }
    int remotePort = header.protocol() == IpProtocol.ICMP ? 0 : packet.sourcePort();
    return inbound(packet, translator(protocol).receive(packet, receiver, packet.source(), remotePort));
  }

  private Plan inbound(Transit packet, Step step) {
    return switch (step) {
      case Stop stop -> stop;
      case Via via -> {
        Mapping receiver = via.mapping();
        receiver.onReceived();
        yield new Rewrite(packet.source(), packet.sourcePort(), receiver.insideAddress(), receiver.insidePort(),
            Plan.KEPT, Path.INBOUND);
      }
    };
  }
}
