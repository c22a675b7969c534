package io.reactorstack.udp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * Makes packets of the datagrams of one socket: chooses and checks their addresses, and fills the IP header. A datagram
 * that is refused is counted by reason.
 */
final class UdpPackets {

  private final IpHost host;
  private final LoopTurn turn;
  private final UdpGroups groups;
  private final ByteBufAllocator allocator;
  private final Drops drops;

  UdpPackets(IpHost host, LoopTurn turn, UdpGroups groups, ByteBufAllocator allocator, Drops drops) {
    this.host = host;
    this.turn = turn;
    this.groups = groups;
    this.allocator = allocator;
    this.drops = drops;
  }

  /**
   * Returns the endpoint to which {@code datagram} goes.
   *
   * @param peer the peer of the socket, or {@code null} if it is not connected
   */
  Endpoint destination(Datagram datagram, @Nullable Endpoint peer) throws IOException {
    Endpoint to = datagram.remote().equals(Datagram.CONNECTED) ? peer : datagram.remote();
    if (to == null) {
      throw refusal(UdpDrop.BAD_DESTINATION, new SocketException("Destination address required"));
    }
    if (to.port() == 0) {
      throw refusal(UdpDrop.BAD_DESTINATION, new SocketException("cannot send to port 0"));
    }
    if (to.address().isUnspecified()) {
      throw refusal(UdpDrop.BAD_DESTINATION, new SocketException("Invalid argument: " + to + " is unspecified"));
    }
    return to.with(host.inOwnZone(to.address()));
  }

  /**
   * Returns the source address of {@code datagram}.
   *
   * @param own the address of the socket
   */
  IpAddress source(Datagram datagram, IpAddress own, Destination path) throws IOException {
    IpAddress source = chosen(host.inOwnZone(datagram.local().address()), own, path);
    if (source.isV4() != path.address().isV4()) {
      throw refusal(UdpDrop.BAD_SOURCE,
          new SocketException("Address family not supported: " + source + " to " + path.address()));
    }
    if (source.isLoopback() && !path.networkInterface().isLoopback() || !path.isCandidate(source)) {
      throw refusal(UdpDrop.BAD_SOURCE, new SocketException("Invalid argument: " + source + " cannot leave this host"));
    }
    return source;
  }

  // RFC 1122 4.1.3.5: the application may choose the source address; 4.1.3.6: but only one of the host's own.
  private IpAddress chosen(IpAddress wanted, IpAddress own, Destination path) throws IOException {
    if (!wanted.isUnspecified() && host.isLocal(wanted)) {
      return wanted;
    }
    if (!wanted.isUnspecified() && !wanted.isMulticast() && !host.isBroadcast(wanted)) {
      throw refusal(UdpDrop.BAD_SOURCE, new BindException("Cannot assign requested address: " + wanted));
    }
    if (host.isLocal(own)) {
      return own;
    }
    if (!own.isUnspecified() && !own.isMulticast() && !host.isBroadcast(own)) {
      // The address was this host's when the socket was bound or connected.
      throw refusal(UdpDrop.BAD_SOURCE, new BindException("Cannot assign requested address: " + own));
    }
    // A socket that is bound to a group, to receive nothing else, sends as an unbound one.
    return path.source();
  }

  /** Returns the IPv4 options of {@code datagram}. */
  static Ipv4Options options(Datagram datagram, IpAddress destination, UdpSettings settings) {
    if (!destination.isV4()) {
      return Ipv4Options.NONE;
    }
    return datagram.options().length() == 0 ? settings.header().options() : datagram.options();
  }

  /**
   * Returns a packet with a copy of the data of {@code datagram}, without the UDP header.
   *
   * @param dontFragment whether it must leave in one piece
   */
  OriginatedPacket packet(Datagram datagram, IpAddress source, Destination path, UdpSettings settings,
      boolean dontFragment, Originator originator) {
    ByteBuf data = datagram.payload();
    int length = data.readableBytes();
    var fields = new PacketFields(
        datagram.trafficClass() == 0 ? settings.header().trafficClass() : datagram.trafficClass(),
        datagram.hopLimit() == 0 ? defaultHopLimit(path, settings) : datagram.hopLimit(),
        dontFragment);
    Ipv4Options options = options(datagram, path.address(), settings);
    ByteBuf copy = Headroom.allocate(allocator, length).writeBytes(data, data.readerIndex(), length);
    PacketFacts facts = datagram.segmentSize() == 0
        ? PacketFacts.LOCAL
        : new PacketFacts(0, ChecksumState.UNFINISHED, datagram.segmentSize());
    return new OriginatedPacket(path, source, IpProtocol.UDP, fields, host.leaving(options, source, turn.now()), copy,
        facts, originator);
  }

  /**
   * Returns the octets of data of {@code datagram} that one packet may have: several segments if the interface cuts them.
   *
   * @param headers the length of the headers of a segment, in octets
   */
  static int burst(Datagram datagram, Destination path, int headers) {
    int segment = datagram.longest();
    return segment == 0 ? 0 : Math.max(1, (path.offload().longestUdp() - headers) / segment) * segment;
  }

  /** Returns the number of datagrams in a packet with {@code length} octets of data. */
  static int count(PacketFacts facts, int length) {
    return facts.segmentSize() == 0 ? 1 : Math.max(1, Math.ceilDiv(length, facts.segmentSize()));
  }

  private int defaultHopLimit(Destination path, UdpSettings settings) {
    // RFC 1112 6.1: the default hop limit of multicasts is 1.
    if (path.address().isMulticast()) {
      return groups.hopLimit();
    }
    int chosen = settings.header().hopLimit();
    return chosen == 0 ? path.hopLimit() : chosen;
  }

  /** Counts {@code reason} and returns {@code cause}. */
  IOException refusal(UdpDrop reason, IOException cause) {
    drops.count(reason);
    return cause;
  }
}
