package io.reactorstack.icmp;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.IpHost;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Originator;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.pathmtu.PathMtu;
import io.reactorstack.pathmtu.PathMtuSettings;
import io.reactorstack.wire.Icmpv4Header;
import io.reactorstack.wire.Icmpv6Header;
import io.reactorstack.wire.IpProtocol;
import io.reactorstack.wire.Ipv4Options;
import io.reactorstack.wire.PacketFields;
import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/** The outstanding echo requests of a host; a reply finds its request by identifier and sequence number. */
final class Pings {

  /** The maximum number of outstanding probes. */
  static final int UNDER_WAY = 1024;

  /** The number of values of an identifier. */
  static final int IDENTIFIERS = 1 << 16;

  static final String STOPPED = "Network stack stopped";

  private static final int COOKIE = 8;

  private final IpHost host;
  private final LoopTurn turn;
  private final RandomGenerator random;
  private final IcmpOutput output;
  private final IcmpMeters.OfBoth meters;
  private final ByteBufAllocator allocator;
  private final Map<Integer, Probe> probes = new HashMap<>();
  /** The pings under way, in the order in which they began, so that runs repeat exactly. */
  private final Set<PingRun> runs = new LinkedHashSet<>();
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
    this.turn = turn;
    this.random = random;
    this.output = output;
  }

  /** See {@link Icmp#ping(IpAddress, PingOptions)}. */
  Flux<PingResult> ping(IpAddress target, PingOptions options) {
    return ping(target, options, false);
  }

  /**
   * As {@link #ping(IpAddress, PingOptions)}.
   *
   * @param probing whether probes that must not be fragmented may exceed the known path MTU
   */
  Flux<PingResult> ping(IpAddress target, PingOptions options, boolean probing) {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super PingResult> actual) {
        PingRun run = new PingRun(Pings.this, turn, target, options, probing, actual);
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

  /** See {@link Icmp#pathMtu(IpAddress, PathMtuSettings)}. */
  Mono<PathMtu> pathMtu(IpAddress target, PathMtuSettings settings) {
    return Mono.create(sink -> {
      if (!turn.offer(() -> measure(target, settings, sink))) {
        sink.error(new IOException(STOPPED));
      }
    });
  }

  private void measure(IpAddress target, PathMtuSettings settings, MonoSink<PathMtu> sink) {
    Destination path = host.destination(target);
    if (path == null) {
      sink.error(new NoRouteToHostException("No route to host: " + target));
    } else if (target.isMulticast() || host.isBroadcast(target)) {
      sink.error(new SocketException("Invalid argument: " + target + " is not the address of one host"));
    } else {
      PathMtuMeasurement measurement = new PathMtuMeasurement(this, turn, path, settings, sink);
      sink.onCancel(() -> turn.offer(measurement::stop));
      measurement.start();
    }
  }

  void began(PingRun run) {
    runs.add(run);
  }

  void ended(PingRun run) {
    runs.remove(run);
  }

  /**
   * Sends the probe {@code sequence} of {@code run} to {@code path}.
   *
   * @throws IOException if too many probes are outstanding or wait for the device, or there is no memory
   */
  Probe send(PingRun run, int sequence, Destination path) throws IOException {
    if (probes.size() >= UNDER_WAY) {
      throw new SocketException("too many outstanding probes");
    }
    PingOptions options = run.options();
    PingOptions.Header header = options.header();
    IpAddress target = host.inOwnZone(run.target());
    Probe probe = new Probe(run, target, path.source(), sequence, freeKey(sequence, target, path), random.nextLong());
    ByteBuf data;
    try {
      data = data(probe, options);
    } catch (VirtualMachineError e) {
      throw new IOException("No buffer space available: no memory for a probe", e);
    }
    Ipv4Options ipv4 = host.leaving(header.options(), path.source(), turn.now());
    var request = new IcmpOutput.Message(requestType(target), 0, probe.key, ipv4, data);
    var fields = new PacketFields(header.trafficClass(),
        header.hopLimit() == 0 ? path.hopLimit() : header.hopLimit(), header.dontFragment());
    probes.put(probe.key, probe);
    probe.timer.set(turn.now() + options.timeout().toNanos());
    if (!output.offer(path, path.source(), fields, request, probe)) {
      probe.forget();
      throw new SocketException("No buffer space available: too many probes wait for the device");
    }
    meters.of(target.isV4()).echoRequests().increment();
    return probe;
  }

  /**
   * Returns a random identifier that, together with the sequence number, no outstanding probe uses.
   *
   * @throws SocketException if there is none
   */
  private int freeKey(int sequence, IpAddress target, Destination path) throws SocketException {
    int protocol = target.isV4() ? IpProtocol.ICMP : IpProtocol.ICMPV6;
    int first = random.nextInt();
    for (int i = 0; i < IDENTIFIERS; i++) {
      int identifier = first + i & IDENTIFIERS - 1;
      int key = identifier << 16 | sequence & 0xffff;
      if (!probes.containsKey(key) && !host.isReserved(protocol, path.source(), identifier)) {
        return key;
      }
    }
    throw new SocketException("Cannot assign requested address: no identifier of a probe is free");
  }

  private static int requestType(IpAddress target) {
    return target.isV4() ? Icmpv4Header.ECHO_REQUEST : Icmpv6Header.ECHO_REQUEST;
  }

  private ByteBuf data(Probe probe, PingOptions options) {
    int size = options.size();
    ByteBuf data = Headroom.allocate(allocator, size);
    if (size >= COOKIE) {
      data.writeLong(probe.cookie);
    }
    for (int i = data.readableBytes(); i < size; i++) {
      data.writeByte(options.octet(i));
    }
    return data;
  }

  /** Passes a reply to the ping that sent the request; returns {@code false} if there is none that wants it. */
  boolean onReply(IcmpMessage reply) {
    Probe probe = probes.get(reply.rest());
    return probe != null && probe.isAnsweredBy(reply) && probe.onReply(reply);
  }

  /** Passes an error to the ping that sent the quoted request. */
  void onError(IcmpError error) {
    QuotedPacket quote = error.quote();
    Probe probe = probes.get(quote.secondWord());
    if (probe != null && probe.isQuotedBy(quote)) {
      if (error instanceof IcmpError.PacketTooBig tooBig) {
        Destination path = host.destination(probe.target);
        if (path != null) {
          path.lowerMtu(tooBig.mtu());
        }
      }
      probe.fail(error);
    }
  }

  /** Permanently refuses new probes; may be called from any thread. */
  void retire() {
    retired = true;
  }

  boolean isIdle() { return runs.isEmpty(); }

  /** Returns whether a probe with {@code identifier} waits for its reply. */
  boolean uses(int identifier) {
    return probes.keySet().stream().anyMatch(word -> word >>> 16 == identifier);
  }

  void close() {
    retire();
    List.copyOf(runs).forEach(run -> run.fail(new IOException(STOPPED)));
  }

  /** An echo request, until its time to wait is over or its ping has ended. */
  final class Probe implements Originator {

    private final PingRun run;
    private final IpAddress target;
    private final IpAddress source;
    private final int sequence;
    private final int key;
    private final long cookie;
    private final long sentAt = turn.now();
    private final Timers.Timer timer = turn.timer(this::onTimeout);
    private boolean resolved;

    private Probe(PingRun run, IpAddress target, IpAddress source, int sequence, int key, long cookie) {
      this.run = run;
      this.target = target;
      this.source = source;
      this.sequence = sequence;
      this.key = key;
      this.cookie = cookie;
    }

    /**
     * Returns whether {@code reply} comes from the target (from any host if the target is a group or broadcast address)
     * and contains the data of the request.
     */
    private boolean isAnsweredBy(IcmpMessage reply) {
      boolean from = target.isMulticast() || host.isBroadcast(target) || target.equals(reply.carrier().peer());
      ByteBuf data = reply.payload();
      return from && (data.readableBytes() < COOKIE || data.getLong(data.readerIndex()) == cookie);
    }

    private boolean isQuotedBy(QuotedPacket quote) {
      byte[] payload = quote.payload();
      return (payload[0] & 0xff) == requestType(target)
          && target.equals(quote.destination())
          && (payload.length < IcmpMessage.HEADER + COOKIE || run.options().size() < COOKIE
              || cookie == cookie(payload));
    }

    private static long cookie(byte[] payload) {
      long value = 0;
      for (int i = 0; i < COOKIE; i++) {
        value = value << 8 | payload[IcmpMessage.HEADER + i] & 0xff;
      }
      return value;
    }

    private Duration age() {
      return Duration.ofNanos(turn.now() - sentAt);
    }

    private boolean onReply(IcmpMessage reply) {
      PingReply answer = new PingReply(reply.carrier().peer(), sequence, age(), reply.carrier().hopLimit(),
          reply.payload().readableBytes(), reply.carrier().options(), resolved);
      if (resolved) {
        return run.onDuplicate(answer);
      }
      resolve(answer);
      return true;
    }

    private void resolve(PingResult result) {
      resolved = true;
      run.onResult(this, result);
    }

    private void fail(DeliveryFailure failure) {
      if (!resolved) {
        resolve(new PingResult.Failed(sequence, failure, age()));
      }
    }

    /** Called when the request could not leave this host. */
    @Override
    public void onRejected(Rejection rejection) {
      fail(new DeliveryFailure.Unsent(rejection, source));
    }

    private void onTimeout() {
      boolean silent = !resolved;
      if (silent) {
        resolve(new PingResult.TimedOut(sequence));
      }
      run.forget(this);
    }

    /** Forgets the probe: later replies to it are strays. */
    void forget() {
      timer.cancel();
      probes.remove(key, this);
    }
  }

  /** Returns the obstacle that this host knows before a probe is sent, or {@code null}. */
  static @Nullable Rejection obstacle(@Nullable Destination path, PingOptions options, boolean probing) {
    if (path == null) {
      return Rejection.of(Rejection.Why.NO_ROUTE);
    }
    PingOptions.Header header = options.header();
    int ipv4 = path.address().isV4() ? header.options().length() : 0;
    int length = path.address().headerLength() + ipv4 + IcmpMessage.HEADER + options.size();
    int limit = probing ? path.linkMtu() : path.mtu();
    return header.dontFragment() && length > limit ? Rejection.tooBig(limit) : null;
  }
}
