package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.OriginatedPacket;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.Endpoint;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.IpProtocol;
import java.io.IOException;
import java.net.SocketException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;

/** The traces of a host: finds the probe that an answer belongs to. */
final class Traces {

  /**
   * The identity of a probe in an ICMP error and in an answer.
   *
   * @param protocol the protocol of the probe
   * @param target the address that is traced, without a zone
   * @param word the ports, or identifier and sequence number of an echo
   */
  record Key(int protocol, IpAddress target, int word) {

    Key {
      target = target.withoutZone();
    }
  }

  private final IpHost host;
  private final LoopTurn turn;
  private final RandomGenerator random;
  private final IcmpOutput output;
  private final ByteBufAllocator allocator;
  private final Map<Key, TraceProbe> probes = new HashMap<>();
  /** The traces under way, in the order in which they began, so that runs repeat exactly. */
  private final Set<TraceRun> runs = new LinkedHashSet<>();
  private ProbePorts udpPorts = ProbePorts.NONE;
  private ProbePorts tcpPorts = ProbePorts.NONE;
  private volatile boolean retired;

  Traces(IpHost host, LoopTurn turn, RandomGenerator random, IcmpOutput output, ByteBufAllocator allocator) {
    this.host = host;
    this.turn = turn;
    this.random = random;
    this.output = output;
    this.allocator = allocator;
  }

  void ports(ProbePorts udp, ProbePorts tcp) {
    udpPorts = udp;
    tcpPorts = tcp;
  }

  /** See {@link Icmp#trace}. */
  Flux<Hop> trace(IpAddress target, TraceOptions options) {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Hop> actual) {
        TraceRun run = new TraceRun(Traces.this, turn, target, options, actual);
        actual.onSubscribe(run);
        if (!turn.offer(run::start)) {
          run.refuse();
        }
      }
    };
  }

  boolean isRetired() { return retired; }

  IpHost host() {
    return host;
  }

  RandomGenerator random() {
    return random;
  }

  void began(TraceRun run) {
    runs.add(run);
  }

  void ended(TraceRun run) {
    runs.remove(run);
  }

  /** Returns a local port for probes of {@code protocol} to {@code remote}, or 0 if there is none. */
  int choosePort(int protocol, IpAddress local, Endpoint remote) {
    return (protocol == IpProtocol.TCP ? tcpPorts : udpPorts).choose(local, remote);
  }

  /** Allocates a buffer with headroom for {@code length} octets of data. */
  ByteBuf allocate(int length) {
    return Headroom.allocate(allocator, length);
  }

  boolean isFree(Key key) {
    return !probes.containsKey(key);
  }

  /** Queues the packet of {@code probe}; returns {@code false} if too many wait for the device. */
  boolean send(TraceProbe probe, OriginatedPacket packet) {
    probes.put(probe.key(), probe);
    if (output.offer(packet)) {
      return true;
    }
    forget(probe);
    return false;
  }

  void forget(TraceProbe probe) {
    probes.remove(probe.key(), probe);
  }

  /** Passes an echo reply to the probe that it answers; returns {@code false} if there is none. */
  boolean onReply(IcmpMessage reply) {
    TraceProbe probe = probes.get(new Key(reply.carrier().protocol(), reply.source(), reply.rest()));
    if (probe == null) {
      return false;
    }
    probe.onReply();
    return true;
  }

  /** Passes an error to the probe that it quotes; returns {@code false} if there is none. */
  boolean onError(IcmpError error) {
    if (probes.isEmpty()) {
      return false;
    }
    QuotedPacket quote = error.quote();
    boolean echo = quote.protocol() == IpProtocol.ICMP || quote.protocol() == IpProtocol.ICMPV6;
    int word = echo ? quote.secondWord() : quote.sourcePort() << 16 | quote.destinationPort();
    TraceProbe probe = probes.get(new Key(quote.protocol(), quote.destination(), word));
    return probe != null && probe.onError(error);
  }

  /** Returns the probe with these ports, or {@code null}. */
  @Nullable
  TraceProbe find(int protocol, IpAddress target, int localPort, int remotePort) {
    return probes.get(new Key(protocol, target, localPort << 16 | remotePort));
  }

  /** Permanently refuses new traces; may be called from any thread. */
  void retire() {
    retired = true;
  }

  boolean isIdle() { return runs.isEmpty(); }

  /** Returns whether a trace sends echo requests with {@code identifier}. */
  boolean uses(int identifier) {
    return runs.stream().anyMatch(run -> run.uses(identifier));
  }

  /**
   * Returns a random identifier for the echo requests of a trace from {@code source}.
   *
   * @throws SocketException if none is free
   */
  int chooseIdentifier(int protocol, IpAddress source) throws SocketException {
    int first = random.nextInt();
    for (int i = 0; i < Pings.IDENTIFIERS; i++) {
      int identifier = first + i & Pings.IDENTIFIERS - 1;
      if (!uses(identifier) && !host.isReserved(protocol, source, identifier)) {
        return identifier;
      }
    }
    throw new SocketException("Cannot assign requested address: no identifier is free");
  }

  void close() {
    retire();
    List.copyOf(runs).forEach(run -> run.fail(new IOException(Pings.STOPPED)));
  }
}
