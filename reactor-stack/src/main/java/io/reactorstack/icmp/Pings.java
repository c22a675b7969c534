package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.ip.host.LastDestination;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.Timers;
import io.reactorstack.name.NameResolver;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** The outstanding echo requests of a host; a reply finds its request by identifier and sequence number. */
final class Pings {

  /** The maximum number of outstanding probes. */
  static final int UNDER_WAY = 1024;

  private static final int COOKIE = 8;
  private static final String STOPPED = "Network stack stopped";

  private final IpHost host;
  private final LastDestination last;
  private final LoopTurn turn;
  private final RandomGenerator random;
  private final IcmpOutput output;
  private final IcmpMeters.OfBoth meters;
  private final ByteBufAllocator allocator;
  private final Scheduler scheduler;
  private final Map<Integer, Probe> probes = new HashMap<>();
  /** Fails when the stack is stopped. */
  private final Sinks.One<Long> end = Sinks.one();
  private volatile boolean retired;

  Pings(
      IpHost host,
      LoopTurn turn,
      RandomGenerator random,
      IcmpOutput output,
      ByteBufAllocator allocator,
      IcmpMeters.OfBoth meters) {
    this.meters = meters;
    this.allocator = allocator;
    this.host = host;
    this.last = new LastDestination(host);
    this.turn = turn;
    this.random = random;
    this.output = output;
    this.scheduler = Schedulers.fromExecutorService(turn.loop());
  }

  Icmp api(NameResolver resolver) {
    return new Icmp() {
      @Override
      public Flux<PingReply> ping(IpAddress target, PingOptions options) {
        return Pings.this.ping(target, options);
      }

      @Override
      public Mono<PingReply> ping(String host) {
        return IpAddress.isLiteral(host)
            ? ping(IpAddress.parse(host))
            : resolver.resolve(host).flatMap(addresses -> ping(addresses.getFirst()));
      }
    };
  }

  private Flux<PingReply> ping(IpAddress target, PingOptions options) {
    return Flux.range(0, options.count())
        .concatMap(sequence -> after(sequence == 0 ? Duration.ZERO : options.interval(), target, options, sequence), 1)
        .switchIfEmpty(
            Mono.error(() -> new TimeoutException("no reply from " + target + " within " + options.timeout())));
  }

  private Mono<PingReply> after(Duration pause, IpAddress target, PingOptions options, int sequence) {
    Mono<PingReply> probe = Mono.<PingReply>create(sink -> begin(target, options, sequence, sink))
        .onErrorResume(TimeoutException.class, timeout -> Mono.empty());
    // The loop may terminate before the pause is over.
    return pause.isZero() ? probe : Mono.firstWithSignal(Mono.delay(pause, scheduler), end.asMono()).then(probe);
  }

  private void begin(IpAddress target, PingOptions options, int sequence, MonoSink<PingReply> sink) {
    if (!turn.offer(() -> start(target, options, sequence, sink))) {
      sink.error(new IOException(STOPPED));
    }
  }

  private void start(IpAddress target, PingOptions options, int sequence, MonoSink<PingReply> sink) {
    Destination path = last.to(target);
    IOException obstacle = obstacle(path, target, options);
    if (path == null || obstacle != null) {
      sink.error(obstacle == null ? new NoRouteToHostException("No route to host: " + target) : obstacle);
      return;
    }
    Probe probe = new Probe(target, sequence, freeKey(sequence), random.nextLong(), sink);
    ByteBuf data;
    try {
      data = data(probe, options.size());
    } catch (VirtualMachineError e) {
      // Convert the error: Reactor's sink rethrows a fatal one, and the subscriber would wait for ever.
      sink.error(new IOException("No buffer space available: no memory for a probe", e));
      return;
    }
    probes.put(probe.key, probe);
    sink.onDispose(() -> turn.offer(() -> forget(probe)));
    probe.timer.set(turn.now() + options.timeout().toNanos());
    var request = new IcmpOutput.Message(requestType(target), 0, probe.key, Ipv4Options.NONE, data);
    if (output.offer(path, path.source(), new PacketFields(0, options.hopLimit(), options.dontFragment()), request,
        probe)) {
      meters.of(target.isV4()).echoRequests().increment();
    } else {
      probe.fail(new SocketException("No buffer space available: too many probes wait for the device"));
    }
  }

  private @Nullable IOException obstacle(@Nullable Destination path, IpAddress target, PingOptions options) {
    if (retired) {
      return new IOException(STOPPED);
    }
    if (path == null) {
      return new NoRouteToHostException("No route to host: " + target);
    }
    if (options.dontFragment() && target.headerLength() + IcmpMessage.HEADER + options.size() > path.mtu()) {
      return new SocketException("Message too long: " + options.size() + " octets to " + target);
    }
    return probes.size() >= UNDER_WAY ? new SocketException("too many outstanding probes") : null;
  }

  /** Returns a random identifier that, together with the sequence number, no outstanding probe uses. */
  private int freeKey(int sequence) {
    int key;
    do {
      key = random.nextInt() << 16 | sequence;
    } while (probes.containsKey(key));
    return key;
  }

  private static int requestType(IpAddress target) {
    return target.isV4() ? Icmpv4Header.ECHO_REQUEST : Icmpv6Header.ECHO_REQUEST;
  }

  private ByteBuf data(Probe probe, int size) {
    ByteBuf data = Headroom.allocate(allocator, size);
    if (size >= COOKIE) {
      data.writeLong(probe.cookie);
    }
    for (int i = data.readableBytes(); i < size; i++) {
      data.writeByte(i);
    }
    return data;
  }

  /** Completes the probe that {@code reply} answers; returns {@code false} if there is none. */
  boolean onReply(IcmpMessage reply) {
    Probe probe = probes.get(reply.rest());
    if (probe == null || !probe.isAnsweredBy(reply)) {
      return false;
    }
    forget(probe);
    PingReply answer = new PingReply(
        reply.source(),
        probe.sequence,
        Duration.ofNanos(turn.now() - probe.sentAt),
        reply.carrier().hopLimit(),
        reply.payload().readableBytes());
    // The reply is still being handled; the subscriber is called afterwards, in a turn.
    turn.dirty(() -> probe.sink.success(answer));
    return true;
  }

  void onError(IcmpError error) {
    int type = error.transport()[0] & 0xff;
    Probe probe = probes.get(error.secondWord());
    if (probe != null && type == requestType(probe.target) && probe.target.equals(error.destination())) {
      String reason = error.kind().name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
      probe.fail(new NoRouteToHostException(error.destination() + ": " + reason + ", reported by " + error.reporter()));
    }
  }

  private void forget(Probe probe) {
    probe.timer.cancel();
    probes.remove(probe.key, probe);
  }

  /** Permanently refuses new probes; may be called from any thread. */
  void retire() {
    retired = true;
  }

  boolean isIdle() { return probes.isEmpty(); }

  void close() {
    retire();
    List.copyOf(probes.values()).forEach(probe -> probe.fail(new IOException(STOPPED)));
    end.tryEmitError(new IOException(STOPPED));
  }

  private final class Probe implements Originator {

    private final IpAddress target;
    private final int sequence;
    private final int key;
    private final long cookie;
    private final MonoSink<PingReply> sink;
    private final long sentAt = turn.now();
    private final Timers.Timer timer = turn.timer(this::onTimeout);

    Probe(IpAddress target, int sequence, int key, long cookie, MonoSink<PingReply> sink) {
      this.target = target;
      this.sequence = sequence;
      this.key = key;
      this.cookie = cookie;
      this.sink = sink;
    }

    /**
     * Returns whether {@code reply} comes from the target (from any host if the target is a group or broadcast address)
     * and contains the data of the request.
     */
    boolean isAnsweredBy(IcmpMessage reply) {
      boolean from = target.isMulticast() || host.isBroadcast(target) || target.equals(reply.source());
      ByteBuf data = reply.payload();
      return from && (data.readableBytes() < COOKIE || data.getLong(data.readerIndex()) == cookie);
    }

    /** Fails the probe because its request could not leave this host. */
    @Override
    public void onRejected(Rejection rejection) {
      fail(switch (rejection.why()) {
        case NO_ROUTE -> new NoRouteToHostException(target + ": network unreachable");
        case NEXT_HOP_UNREACHABLE ->
          new NoRouteToHostException(target + ": host unreachable, the next hop does not answer");
        case TOO_BIG -> new SocketException("Message too long to " + target + ": limit " + rejection.mtu() + " octets");
        case INVALID -> new SocketException("Invalid argument: ping to " + target + " cannot leave this host");
      });
    }

    void onTimeout() {
      fail(new TimeoutException("no reply from " + target));
    }

    void fail(Exception cause) {
      forget(this);
      turn.dirty(() -> sink.error(cause));
    }
  }
}
