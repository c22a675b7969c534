package io.reactorstack;

import io.netty.channel.IoEventLoop;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.icmp.IcmpHost;
import io.reactorstack.icmp.IcmpTypes;
import io.reactorstack.ip.IpHost;
import io.reactorstack.ip.IpPacket;
import io.reactorstack.ip.NetworkInterface;
import io.reactorstack.ip.NextHopFailures;
import io.reactorstack.ip.Route;
import io.reactorstack.layer.Demux;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.multicast.GroupHost;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PortRange;
import io.reactorstack.tcp.TcpStage;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.udp.UdpHost;
import io.reactorstack.wire.IpProtocol;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import reactor.core.publisher.Sinks;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * All floors of a host on one event loop: what channels and other transports are built on.
 *
 * <p>Confined to {@link #loop()}; only the loop itself and {@link #drops()} may be asked from elsewhere. Applications use
 * {@link NetworkStack}.
 */
public final class StackShard {

  private static final Logger LOG = Loggers.getLogger(StackShard.class);

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final int number = COUNT.incrementAndGet();
  private final IoEventLoop loop;
  private final RandomGenerator random;
  private final TcpSettings tcpSettings;
  private final boolean announcesAddresses;
  private final HostMemory memory;
  private final LoopTurn turn;
  private final Drops drops = new Drops();
  private final IpHost ip;
  private final IcmpHost icmp;
  private final GroupHost groups;
  private final UdpHost udp;
  private final TcpStage tcp;
  private final Demux<Integer, IpPacket> protocols;
  private final List<Link> links = new ArrayList<>();
  private final Sinks.Empty<Void> terminated = Sinks.empty();
  private final InterfaceEvents interfaceEvents;
  /** Own addresses that another station was seen to use. */
  private final Set<IpAddress> conflicts = new HashSet<>();
  private final Renumbering renumbering;
  private final NextHopFailures nextHopFailures;

  /** The floors above IP, which are the same for all interfaces. */
  StackShard(
      IoEventLoop loop,
      RandomGenerator random,
      TcpSettings tcpSettings,
      Duration pathMtuLifetime,
      HostMemory memory,
      boolean announcesAddresses) {
    this.loop = loop;
    this.random = random;
    this.tcpSettings = tcpSettings;
    this.announcesAddresses = announcesAddresses;
    this.memory = memory;
    turn = new LoopTurn(loop);
    turn.atEnd(memory::relieve);
    interfaceEvents = new InterfaceEvents(turn, terminated::tryEmitError);
    ip = new IpHost(turn::now, pathMtuLifetime);
    ip.onEvent(interfaceEvents::add);
    icmp = new IcmpHost(ip, turn, random, drops, memory.allocator());
    groups = new GroupHost(ip, turn, random, drops, memory.allocator());
    udp = new UdpHost(ip, turn, icmp, groups, random, drops, memory);
    tcp = new TcpStage(turn, ip, drops, memory, random);
    protocols = new Demux<>(IpPacket::protocol, icmp::protocolUnreachable, drops);
    icmp.ipv4Types().connect(protocols.branch(IpProtocol.ICMP));
    IcmpTypes icmpv6 = icmp.ipv6Types();
    groups.mld(icmpv6);
    icmpv6.connect(protocols.branch(IpProtocol.ICMPV6));
    groups.igmp(protocols.branch(IpProtocol.IGMP));
    udp.connect(protocols.branch(IpProtocol.UDP));
    tcp.serve(protocols.branch(IpProtocol.TCP));
    renumbering = new Renumbering(this, links);
    icmp.onError(IpProtocol.TCP, tcp::onIcmpError);
    nextHopFailures = new NextHopFailures(ip, icmp);
  }

  /** Changes the ports that the host gives out by itself. */
  void ephemeralPorts(PortRange range) {
    tcp.ephemeralPorts(range);
    udp.ephemeralPorts(range);
  }

  /** Adds an interface over {@code device}, which belongs to the shard from now on, also if that fails. */
  void attach(String name, NetworkDevice device, List<IpPrefix> addresses) {
    try {
      links.add(Link.attach(this, name, device, addresses));
    } catch (Throwable t) {
      device.dispose();
      throw t;
    }
    for (IpPrefix own : addresses) {
      ip.routes(routes -> routes.with(Route.onLink(own, name)));
    }
  }

  void route(Route route) {
    ip.routes(routes -> routes.with(route));
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

  /** Ends everything on the shard, with a last chance for RSTs to leave, and disposes of the devices. */
  void stop(Runnable stopped) {
    endTransports();
    Runnable last = () -> {
      closeLinks();
      stopped.run();
    };
    try {
      // The turn that the resets asked for runs before this task.
      loop.execute(last);
    } catch (RejectedExecutionException e) {
      // The loop has ended, or is about to: nothing but the caller runs on it.
      turn.runOut();
      last.run();
      turn.runOut();
    }
  }

  /** Takes back a start that has failed: nothing was sent yet, and nobody has been told of anything. */
  void abandon() {
    endTransports();
    closeLinks();
  }

  private void endTransports() {
    tcp.stop();
    udp.close();
    icmp.close();
    turn.schedule();
  }

  private void closeLinks() {
    for (Link link : links) {
      try {
        link.close();
      } catch (Throwable t) {
        LOG.error("an interface could not be closed", t);
      }
    }
    interfaceEvents.end();
  }

  /** Changes addresses and routes. */
  Renumbering renumbering() {
    return renumbering;
  }

  /** Whether interfaces tell their links at the start which addresses they have. */
  boolean announcesAddresses() {
    return announcesAddresses;
  }

  /** Another station uses an address of this host: said once for each address in the log, and always in the events. */
  void onAddressConflict(String interfaceName, IpAddress own, MacAddress claimant) {
    NetworkInterface networkInterface = ip.named(interfaceName);
    if (networkInterface != null) {
      if (conflicts.add(own)) {
        // Addresses come and go: those that the host has no more are forgotten.
        conflicts.removeIf(known -> !ip.isLocal(known));
        LOG.warn("the station {} on the link of {} says that {} is its address; it is this host's", claimant,
            interfaceName, own);
      }
      ip.onConflict(networkInterface, own, claimant);
    }
  }

  /** The part that is told of next hops that do not answer. */
  NextHopFailures nextHopFailures() {
    return nextHopFailures;
  }

  /** The end of the host's usefulness: errs when its last interface has failed. */
  Sinks.Empty<Void> terminated() {
    return terminated;
  }

  /** The stream of what happens to the interfaces. */
  InterfaceEvents interfaceEvents() {
    return interfaceEvents;
  }

  /** A number that no other shard of this JVM has. */
  public int number() {
    return number;
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
  @SuppressWarnings("exports") // for the channels, which live in this module
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

  /** The memory that the host holds for its traffic, with its limit. */
  public HostMemory memory() {
    return memory;
  }

  /** The settings that connections start with. */
  public TcpSettings tcpSettings() {
    return tcpSettings;
  }

  /** The drops of this shard, by reason. */
  public Drops drops() {
    return drops;
  }

  /** The source of everything on the shard that must not be guessed. */
  public RandomGenerator random() {
    return random;
  }

  Demux<Integer, IpPacket> protocols() {
    return protocols;
  }
}
