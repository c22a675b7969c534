package io.reactorstack.neighbor;

import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Meters;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.EtherType;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * RARP on one Ethernet interface (RFC 903): requests the IPv4 address of the interface from a server on the link, and
 * is a server itself if it has a table. Confined to the host's event loop; {@link #request} and {@link #serve} may be
 * subscribed to on any thread.
 */
public final class RarpLayer {

  // RFC 903 leaves the repetition of requests open. These times are those of a client of a boot protocol: a server may
  // start after its clients, and many clients may start at once after a power failure.
  private static final long FIRST_WAIT = Duration.ofSeconds(1).toNanos();
  private static final long LONGEST_WAIT = Duration.ofSeconds(16).toNanos();

  private final MacAddress own;
  private final LocalAddresses local;
  private final LoopTurn turn;
  private final Drops drops;
  private final ArpOutput output;
  private final RandomGenerator random;
  private final Counter consumed;
  private final Counter requestsSent;
  private final Counter repliesSent;
  private final Set<Request> requests = new LinkedHashSet<>();
  private final Set<Service> services = new LinkedHashSet<>();
  private boolean closed;

  /**
   * Creates RARP for the interface of {@code link}.
   *
   * @param output sends the requests and replies
   * @param random varies the times between requests
   */
  public RarpLayer(LinkContext link, LinkOutput output, RandomGenerator random) {
    this.own = link.mac();
    this.local = link.local();
    this.turn = link.turn();
    this.drops = link.drops();
    this.output = new ArpOutput(link, output, EtherType.RARP);
    this.random = random;
    Meters meters = drops.meters();
    this.consumed = meters.consumed("rarp");
    this.requestsSent = meters.counter(NeighborMeter.RARP_REQUESTS_SENT);
    this.repliesSent = meters.counter(NeighborMeter.RARP_REPLIES_SENT);
  }

  /** Takes the RARP frames of the interface from {@code frames}. */
  public void connect(Flux<EthernetFrame> frames) {
    frames.subscribe(this::onFrame, cause -> {
      // The link handles the failure of its device, and then closes this layer.
    });
  }

  /**
   * Returns a Mono that requests the address of this interface: it broadcasts a request at the subscription, and again
   * after about one second, then two, four, eight and sixteen seconds, each time varied by half.
   *
   * @param timeout the time after which the Mono fails with a {@link TimeoutException}
   */
  public Mono<Ipv4Address> request(Duration timeout) {
    return Mono.create(sink -> {
      if (!turn.offer(() -> begin(sink, timeout))) {
        sink.error(closedError());
      }
    });
  }

  /**
   * Returns a Mono that answers requests from {@code table} while it is subscribed to, and completes when the interface
   * is closed.
   */
  public Mono<Void> serve(Map<MacAddress, Ipv4Address> table) {
    return Mono.create(sink -> {
      if (!turn.offer(() -> begin(new Service(table, sink)))) {
        sink.success();
      }
    });
  }

  private void begin(MonoSink<Ipv4Address> sink, Duration timeout) {
    if (closed) {
      sink.error(closedError());
      return;
    }
    Request request = new Request(sink, timeout);
    requests.add(request);
    sink.onDispose(() -> turn.offer(() -> forget(request)));
    request.send();
  }

  private void begin(Service service) {
    if (closed) {
      service.sink.success();
      return;
    }
    services.add(service);
    service.sink.onDispose(() -> turn.offer(() -> services.remove(service)));
  }

  private void forget(Request request) {
    requests.remove(request);
    request.timer.cancel();
  }

  private static IOException closedError() {
    return new IOException("Network is down: the interface of the RARP request is closed");
  }

  /** Fails the outstanding requests, ends the services, and ignores further frames. */
  public void close() {
    closed = true;
    for (Request request : List.copyOf(requests)) {
      forget(request);
      request.sink.error(closedError());
    }
    for (Service service : List.copyOf(services)) {
      services.remove(service);
      service.sink.success();
    }
  }

  private void onFrame(EthernetFrame frame) {
    ArpPacket packet = ArpPacket.parseReverse(frame.payload(), drops);
    frame.release();
    if (packet == null) {
      return;
    }
    DropReason refusal = packet.operation() == ArpPacket.REVERSE_REQUEST ? onRequest(packet) : onReply(packet);
    if (refusal == null) {
      consumed.increment();
    } else {
      drops.count(refusal);
    }
  }

  // ---- the server

  private @Nullable DropReason onRequest(ArpPacket asked) {
    MacAddress client = asked.senderMac();
    if (client.equals(own)) {
      return NeighborDrop.ARP_OWN_PACKET;
    }
    if (!client.isStation()) {
      return NeighborDrop.ARP_BAD_SENDER;
    }
    Ipv4Address address = find(asked.targetMac());
    if (address == null) {
      return NeighborDrop.RARP_UNKNOWN_STATION;
    }
    // The server's own protocol address is for the convenience of the client, who need not ask for the server by ARP.
    IpAddress server = local.sourceFor(address);
    output.send(client, new ArpPacket(ArpPacket.REVERSE_REPLY, own,
        server instanceof Ipv4Address v4 ? v4 : Ipv4Address.UNSPECIFIED, asked.targetMac(), address), repliesSent);
    return null;
  }

  private @Nullable Ipv4Address find(MacAddress station) {
    for (Service service : services) {
      Ipv4Address address = service.table.get(station);
      if (address != null) {
        return address;
      }
    }
    return null;
  }

  private record Service(Map<MacAddress, Ipv4Address> table, MonoSink<Void> sink) {}

  // ---- the client

  private @Nullable DropReason onReply(ArpPacket reply) {
    if (!reply.targetMac().equals(own) || requests.isEmpty()) {
      return NeighborDrop.RARP_UNEXPECTED_REPLY;
    }
    Ipv4Address address = reply.target();
    if (address.isUnspecified() || address.isMulticast() || address.isLoopback() || local.isBroadcast(address)) {
      return NeighborDrop.RARP_BAD_ADDRESS;
    }
    for (Request request : new ArrayList<>(requests)) {
      forget(request);
      // Deferred to the turn: the device is in the middle of a call.
      turn.dirty(() -> request.sink.success(address));
    }
    return null;
  }

  private final class Request {

    private final MonoSink<Ipv4Address> sink;
    private final Duration timeout;
    private final Timers.Timer timer = turn.timer(this::onTimer);
    private final long deadline;
    private long wait = FIRST_WAIT;

    Request(MonoSink<Ipv4Address> sink, Duration timeout) {
      this.sink = sink;
      this.timeout = timeout;
      this.deadline = turn.now() + timeout.toNanos();
    }

    void send() {
      output.send(MacAddress.BROADCAST, new ArpPacket(ArpPacket.REVERSE_REQUEST, own, Ipv4Address.UNSPECIFIED, own,
          Ipv4Address.UNSPECIFIED), requestsSent);
      long varied = wait / 2 + random.nextLong(wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
      timer.set(Math.min(turn.now() + varied, deadline));
    }

    private void onTimer() {
      if (turn.now() < deadline) {
        send();
      } else {
        forget(this);
        sink.error(new TimeoutException("no RARP server has answered for " + own + " within " + timeout));
      }
    }
  }
}
