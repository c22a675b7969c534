package io.reactorstack.host;

import io.netty.channel.IoEventLoop;
import io.reactorstack.icmp.IcmpHost;
import io.reactorstack.icmp.IcmpTypes;
import io.reactorstack.ip.event.InterfaceEvent;
import io.reactorstack.ip.host.HostNetwork;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.input.InboundPacket;
import io.reactorstack.layer.Demux;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.multicast.GroupHost;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.tcp.TcpStage;
import io.reactorstack.udp.UdpHost;
import io.reactorstack.wire.IpProtocol;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * The layers of a host above its interfaces, on one event loop: its connections, sockets and timers.
 *
 * <p>Confined to {@link #loop()}; only the loop itself and {@link #retire} may be used from elsewhere. A connection stays on the
 * shard that it began on. Applications use {@code NetworkStack}.
 */
public final class StackShard {

  private final IoEventLoop loop;
  private final HostSettings settings;
  private final LoopTurn turn;
  private final Drops drops;
  private final IpHost ip;
  private final IcmpHost icmp;
  private final GroupHost groups;
  private final UdpHost udp;
  private final TcpStage tcp;
  private final Demux<Integer, InboundPacket> protocols;

  /**
   * The layers on {@code loop}, which are the same for all interfaces.
   *
   * @param network the interfaces, addresses and routes of the host
   * @param settings those of the host
   * @param drops the counters of the shard
   * @param events told of each change of interfaces, addresses and routes, in the middle of it
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
    ip = new IpHost(network, HostLoops.executor(loop), turn::now, settings.network().pathMtuLifetime());
    ip.onEvent(events);
    icmp = new IcmpHost(ip, turn, random, drops, memory.allocator());
    groups = new GroupHost(ip, turn, random, drops, memory.allocator());
    udp = new UdpHost(ip, turn, icmp, groups, random, drops, memory);
    tcp = new TcpStage(turn, ip, drops, memory, random);
    protocols = new Demux<>(InboundPacket::protocol, icmp::protocolUnreachable, drops);
    icmp.ipv4Types().connect(protocols.branch(IpProtocol.ICMP));
    IcmpTypes icmpv6 = icmp.ipv6Types();
    groups.mld(icmpv6);
    icmpv6.connect(protocols.branch(IpProtocol.ICMPV6));
    groups.igmp(protocols.branch(IpProtocol.IGMP));
    udp.connect(protocols.branch(IpProtocol.UDP));
    tcp.serve(protocols.branch(IpProtocol.TCP));
    icmp.onError(IpProtocol.TCP, tcp::onIcmpError);
    tcp.ephemeralPorts(settings.network().ephemeralPorts());
    udp.ephemeralPorts(settings.network().ephemeralPorts());
  }

  /** Refuses, from now on and for good, to open connections, listeners and sockets; may be called from any thread. */
  void retire() {
    tcp.retire();
    udp.retire();
    icmp.retire();
  }

  /** Whether nothing is open that might still want to send or receive. */
  boolean isIdle() {
    return tcp.unfinishedConnections() == 0 && udp.isIdle() && icmp.isIdle();
  }

  /** When data came or went last, in the loop's time; {@link Timers#NEVER} while something waits to be delivered. */
  long lastActivity() {
    return Math.max(tcp.lastActivity(), udp.lastActivity());
  }

  /** Ends everything on the shard, and runs {@code stopped} after a last chance for RSTs to leave. */
  void stop(Runnable stopped) {
    end();
    try {
      // The turn that the resets asked for runs before this task.
      loop.execute(stopped);
    } catch (RejectedExecutionException e) {
      // The loop has ended, or is about to: nothing but the caller runs on it.
      turn.runOut();
      stopped.run();
      turn.runOut();
    }
  }

  /** Ends every connection and socket; the turn that sends their last segments is asked for. */
  void end() {
    tcp.stop();
    udp.close();
    icmp.close();
    turn.schedule();
  }

  /** The settings that all shards of the host have in common. */
  HostSettings settings() {
    return settings;
  }

  /** The loop that everything here is confined to. */
  public IoEventLoop loop() {
    return loop;
  }

  /** The rhythm of the loop, and its clock. */
  public LoopTurn turn() {
    return turn;
  }

  /** Interfaces and routes. */
  public IpHost ip() {
    return ip;
  }

  /** Echo and errors. */
  public IcmpHost icmp() {
    return icmp;
  }

  /** Multicast groups. */
  GroupHost groups() {
    return groups;
  }

  /** Datagram sockets. */
  public UdpHost udp() {
    return udp;
  }

  /** Connections and listeners. */
  public TcpStage tcp() {
    return tcp;
  }

  /** The drops of the shard but those of its interfaces, by reason. */
  public Drops drops() {
    return drops;
  }

  Demux<Integer, InboundPacket> protocols() {
    return protocols;
  }
}
