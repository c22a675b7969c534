package io.reactorstack.host;

import io.netty.channel.IoEventLoop;
import io.reactorstack.icmp.IcmpHost;
import io.reactorstack.icmp.IcmpTypes;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.forward.Forwarder;
import io.reactorstack.ip.forward.Translation;
import io.reactorstack.ip.host.HostNetwork;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.ip.input.PacketReassembly;
import io.reactorstack.layer.Demux;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.multicast.GroupHost;
import io.reactorstack.nat.NatProtocol;
import io.reactorstack.ndp.NdpHost;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.tcp.TcpStage;
import io.reactorstack.udp.UdpHost;
import io.reactorstack.wire.IpProtocol;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The layers of a host above its interfaces, on one event loop, with their connections, sockets and timers.
 *
 * <p>Confined to {@link #loop()}; only {@link #loop()} and {@link #retire} may be called from other threads. A
 * connection stays on the shard on which it was opened. Applications use {@code NetworkStack}.
 */
public final class StackShard {

  private final IoEventLoop loop;
  private final HostSettings settings;
  private final LoopTurn turn;
  private final Drops drops;
  private final IpHost ip;
  private final IcmpHost icmp;
  private final PacketReassembly reassembly;
  private final GroupHost groups;
  private final NdpHost ndp;
  private final UdpHost udp;
  private final TcpStage tcp;
  private final @Nullable Translation translation;
  private final Forwarder forwarder;
  private final Demux<Integer, InboundPacket> protocols;

  /**
   * Creates and connects the layers on {@code loop}; they serve all interfaces.
   *
   * @param network the interfaces, addresses and routes of the host
   * @param settings the settings of the host
   * @param drops the drop counters of the shard
   * @param events notified of each change of interfaces, addresses and routes, synchronously during the change
   */
  StackShard(IoEventLoop loop, HostNetwork network, HostSettings settings, Drops drops,
      Consumer<? super InterfaceEvent> events) {
    this.loop = loop;
    this.settings = settings;
    this.drops = drops;
    RandomGenerator random = settings.random();
    HostMemory memory = settings.memory();
    turn = new LoopTurn(loop);
    turn.atEnd(memory::relieve);
    ip = new IpHost(network, HostLoops.executor(loop), turn::now, settings.network().pathMtuLifetime(),
        settings.network().hopLimit());
    ip.onEvent(events);
    icmp = new IcmpHost(ip, turn, random, drops, memory.allocator(), settings.network().icmp());
    reassembly = new PacketReassembly(turn, random, icmp, memory, drops);
    translation = settings.nat() == null
        ? null
        : new Translation(ip, turn, settings.nat(), this::usesPort, icmp, memory, random, drops);
    forwarder = new Forwarder(ip, turn, random, new Forwarder.Reports(icmp, this::redirect), memory, drops,
        settings.forwarding(), translation);
    groups = new GroupHost(ip, turn, random, drops, memory.allocator());
    udp = new UdpHost(ip, turn, icmp, groups, random, drops, memory);
    tcp = new TcpStage(turn, ip, drops, memory, random);
    protocols = new Demux<>(InboundPacket::protocol, icmp::protocolUnreachable, drops);
    icmp.ipv4Types().connect(protocols.branch(IpProtocol.ICMP));
    IcmpTypes icmpv6 = icmp.ipv6Types();
    groups.mld(icmpv6);
    ndp = new NdpHost(ip, turn, groups, random, drops);
    ndp.receive(icmpv6);
    icmpv6.connect(protocols.branch(IpProtocol.ICMPV6));
    groups.igmp(protocols.branch(IpProtocol.IGMP));
    udp.connect(protocols.branch(IpProtocol.UDP));
    tcp.serve(protocols.branch(IpProtocol.TCP));
    icmp.onError(IpProtocol.TCP, tcp::onIcmpError);
    icmp.probePorts(udp::choosePort, tcp::choosePort);
    tcp.ephemeralPorts(settings.network().ephemeralPorts());
    udp.ephemeralPorts(settings.network().ephemeralPorts());
    forwarding(settings.forwarding().forwards());
  }

  private void redirect(InboundPacket packet, IpAddress firstHop) {
    switch (firstHop) {
      case Ipv4Address v4 -> icmp.redirect(packet, v4);
      case Ipv6Address v6 -> ndp.redirect(packet, v6, icmp::allowsRedirect);
    }
  }

  /** Sets whether the host forwards packets of other hosts. */
  void forwarding(boolean on) {
    ip.forwarding(on);
    forwarder.forwarding(on);
    icmp.forwarding(on);
    ndp.forwarding(on);
  }

  /** Permanently rejects new connections, listeners and sockets; may be called from any thread. */
  void retire() {
    tcp.retire();
    udp.retire();
    icmp.retire();
  }

  /** Returns whether no connection or socket is open that could still send or receive. */
  boolean isIdle() {
    return tcp.unfinishedConnections() == 0 && udp.isIdle() && icmp.isIdle();
  }

  /**
   * The time at which data was last received or sent, on the loop's clock; {@link Timers#NEVER} while data waits to be
   * delivered.
   */
  long lastActivity() {
    return Math.max(tcp.lastActivity(), udp.lastActivity());
  }

  /** Ends everything on the shard, gives the last RSTs a turn in which to be sent, and then runs {@code stopped}. */
  void stop(Runnable stopped) {
    end();
    try {
      // The turn that the resets have scheduled runs before this task.
      loop.execute(stopped);
    } catch (RejectedExecutionException e) {
      // The loop has ended or is about to: no other thread runs the shard's code, so its turns are run here.
      turn.runOut();
      stopped.run();
      turn.runOut();
    }
  }

  /** Ends every connection and socket, and schedules the turn that sends their last segments. */
  void end() {
    ndp.leave();
    tcp.stop();
    udp.close();
    icmp.close();
    reassembly.close();
    forwarder.close();
    turn.schedule();
  }

  /** The settings that all shards of the host share. */
  HostSettings settings() {
    return settings;
  }

  /** The event loop that everything here is confined to. */
  public IoEventLoop loop() {
    return loop;
  }

  /** The turns of the loop, and its clock. */
  public LoopTurn turn() {
    return turn;
  }

  /** The internet layer: interfaces and routes. */
  public IpHost ip() {
    return ip;
  }

  /** ICMP: echo and errors. */
  public IcmpHost icmp() {
    return icmp;
  }

  private boolean usesPort(NatProtocol protocol, Ipv4Address address, int port) {
    return switch (protocol) {
      case TCP -> tcp.usesPort(port);
      case UDP -> udp.usesPort(port);
      case ICMP -> icmp.usesIdentifier(port);
    };
  }

  /** Returns whether the host forwards packets of other hosts. */
  public boolean forwards() {
    return forwarder.forwards();
  }

  /** The translation of addresses; {@code null} if this host does not translate. */
  public @Nullable Translation translation() {
    return translation;
  }

  /** The forwarding of packets between interfaces. */
  Forwarder forwarder() {
    return forwarder;
  }

  /** The reassembly of received fragments. */
  PacketReassembly reassembly() {
    return reassembly;
  }

  /** The memberships of multicast groups. */
  GroupHost groups() {
    return groups;
  }

  /** Neighbor discovery: the IPv6 addresses of the Ethernet interfaces. */
  NdpHost ndp() {
    return ndp;
  }

  /** UDP: datagram sockets. */
  public UdpHost udp() {
    return udp;
  }

  /** TCP: connections and listeners. */
  public TcpStage tcp() {
    return tcp;
  }

  /** The drop counters of the shard, by reason, except those of its interfaces. */
  public Drops drops() {
    return drops;
  }

  Demux<Integer, InboundPacket> protocols() {
    return protocols;
  }
}
