package io.reactorstack.neighbor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorstack.acd.ConflictReaction;
import io.reactorstack.ethernet.EthernetFrame;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.Egress;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Rejection;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.IpPrefix;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.ArpPacket;
import io.reactorstack.wire.EtherType;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Sinks;

/**
 * A script of ARP and the neighbour cache of one interface on a time line. Received and expected frames are lines of
 * text, times are milliseconds since the start, and {@link #at} fails if a frame is sent before the given time.
 *
 * <p>The stations are {@code us}, {@code b}, {@code c}, {@code d} and {@code all}; the addresses of the network are
 * {@code .1} (that of {@code us}), {@code .2} and so on. The lines are tcpdump's:
 *
 * <pre>
 * us > all: who-has .2 tell .1     a request, broadcast
 * b > us: .2 is-at b               a reply; its target is our address if it is sent to us, otherwise the sender's own
 * us > b: packet 1                 an IP packet with this mark
 * </pre>
 */
final class NeighborTimeline implements AutoCloseable {

  private static final Map<String, MacAddress> STATIONS = Map.of(
      "us", MacAddress.parse("02:00:00:00:00:01"),
      "b", MacAddress.parse("02:00:00:00:00:02"),
      "c", MacAddress.parse("02:00:00:00:00:03"),
      "d", MacAddress.parse("02:00:00:00:00:04"),
      "nobody", ArpPacket.UNKNOWN,
      "all", MacAddress.BROADCAST);
  private static final Pattern QUESTION = Pattern.compile("(\\w+) > (\\w+): who-has (\\S+) tell (\\S+)");
  private static final Pattern ANSWER = Pattern.compile("(\\w+) > (\\w+): (\\S+) is-at (\\w+)");

  /** Draws the middle of every range: the actual reachable time is exactly the configured one. */
  private static final RandomGenerator MIDDLE = () -> Long.MIN_VALUE;

  final VirtualLoop loop = new VirtualLoop();
  final LoopTurn turn = loop.newTurn();
  final Drops drops = new Drops();
  final OneNetwork local = new OneNetwork();
  final NeighborCache cache;
  final ArpLayer arp;
  final LinkOutput output;
  /** The own addresses that other stations claimed, in order. */
  final List<IpAddress> conflicts = new ArrayList<>();
  /** The own addresses that were given up, in order. */
  final List<IpAddress> givenUp = new ArrayList<>();
  ConflictReaction reaction = ConflictReaction.DEFEND_ALWAYS;
  /** The neighbours whose failure state changed, in order. */
  final List<IpAddress> failures = new ArrayList<>();
  /** The marks of the packets that were rejected as undeliverable. */
  final List<Integer> undeliverable = new ArrayList<>();
  /** Called with the mark of each rejected packet. */
  IntConsumer onUndeliverable = undeliverable::add;

  private final long origin = loop.now();
  private final Deque<Supplier<LinkPacket>> above = new ArrayDeque<>();
  private final Egress.Outlet<LinkPacket> outlet;
  private final Sinks.Many<EthernetFrame> below = Sinks.many().unicast().onBackpressureBuffer();
  private final List<ByteBuf> buffers = new ArrayList<>();
  private final Deque<String> sent = new ArrayDeque<>();
  private @Nullable Subscription device;

  private NeighborTimeline(NeighborSettings settings, RandomGenerator random, long credit) {
    Egress<LinkPacket> egress = new Egress<>(turn);
    var link = new LinkContext(
        turn, STATIONS.get("us"), local, drops, HostMemory.unlimited(ByteBufAllocator.DEFAULT));
    output = new LinkOutput(link);
    arp = new ArpLayer(link, output, (own, claimant) -> conflicts.add(own), new AddressDefense() {
      @Override
      public ConflictReaction reactionFor(Ipv4Address own) {
        return reaction;
      }

      @Override
      public void onGivenUp(Ipv4Address own) {
        givenUp.add(own);
        local.own = null;
      }
    });
    cache = new NeighborCache(link, output, arp, new NdpSender(link, output), failures::add, settings, random);
    outlet = egress.open(() -> {
      Supplier<LinkPacket> next = above.pollFirst();
      return next == null ? null : next.get();
    });
    arp.receive(below.asFlux()).subscribe(cache);
    cache.resolve(egress.flux()).subscribe(new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        device = subscription;
        if (credit > 0) {
          subscription.request(credit);
        }
      }

      @Override
      protected void hookOnNext(EthernetFrame frame) {
        sent.addLast(describe(frame));
        frame.release();
      }
    });
  }

  /** Starts a host .1 with default settings, on a device with unbounded demand. */
  static NeighborTimeline start() {
    return start(NeighborSettings.DEFAULT);
  }

  static NeighborTimeline start(NeighborSettings settings) {
    return new NeighborTimeline(settings, MIDDLE, Long.MAX_VALUE);
  }

  static NeighborTimeline start(RandomGenerator random) {
    return new NeighborTimeline(NeighborSettings.DEFAULT, random, Long.MAX_VALUE);
  }

  /** Starts on a device without demand; {@link #credit} requests frames. */
  static NeighborTimeline onASlowDevice() {
    return new NeighborTimeline(NeighborSettings.DEFAULT, MIDDLE, 0);
  }

  /** Starts with .2 resolved to {@code b} at 0 ms, in REACHABLE. */
  static NeighborTimeline reachable() {
    return start()
        .packet(".2", 0).expect("us > all: who-has .2 tell .1")
        .hear("b > us: .2 is-at b").expect("us > b: packet 0")
        .state(".2", NeighborState.REACHABLE);
  }

  /** As {@link #reachable}, but 30 s later: .2 is STALE. */
  static NeighborTimeline stale() {
    return reachable().at(30_000).state(".2", NeighborState.STALE);
  }

  // ---- time

  /** Advances the time to {@code millis}. Timers may expire before, but no frame may be sent. */
  NeighborTimeline at(long millis) {
    quiet();
    long step = origin + millis * 1_000_000 - loop.now();
    assertThat(step).as("time runs forward").isNotNegative();
    while (loop.deadline() < origin + millis * 1_000_000) {
      loop.advance(Duration.ofNanos(loop.deadline() - loop.now()));
      quiet();
    }
    loop.advance(Duration.ofNanos(origin + millis * 1_000_000 - loop.now()));
    loop.settle();
    return this;
  }

  long nowMillis() {
    return (loop.now() - origin) / 1_000_000;
  }

  // ---- inputs

  /** Sends a packet with this mark from IP to the next hop. */
  NeighborTimeline packet(String nextHop, int mark) {
    return packetWithoutTurn(nextHop, mark).settle();
  }

  /** As {@link #packet}, but the loop does not run yet. */
  NeighborTimeline packetWithoutTurn(String nextHop, int mark) {
    ByteBuf payload = Unpooled.buffer(1).writeByte(mark);
    buffers.add(payload);
    above.addLast(
        () -> new LinkPacket(cache.of(address(nextHop)), EtherType.IPV4, payload, PacketFacts.LOCAL, rejection -> {
          assertThat(rejection.why()).isEqualTo(Rejection.Why.NEXT_HOP_UNREACHABLE);
          onUndeliverable.accept(mark);
        }));
    outlet.ready();
    return this;
  }

  NeighborTimeline settle() {
    loop.settle();
    return this;
  }

  /** Receives these frames; the loop runs after each. */
  NeighborTimeline hear(String... lines) {
    for (String line : lines) {
      hearWithoutTurn(line).settle();
    }
    return this;
  }

  /** As {@link #hear}, but the loop does not run yet: further actions happen in the same turn. */
  NeighborTimeline hearWithoutTurn(String line) {
    below.tryEmitNext(frame(line)).orThrow();
    return this;
  }

  /** Confirms this neighbour, as TCP does on an acknowledgement. */
  NeighborTimeline confirm(String neighbor) {
    if (cache.state(address(neighbor)) != null) {
      cache.of(address(neighbor)).confirm();
    }
    return settle();
  }

  /** Doubts this neighbour, as TCP does when retransmissions stay unanswered. */
  NeighborTimeline doubt(String neighbor) {
    if (cache.state(address(neighbor)) != null) {
      cache.of(address(neighbor)).doubt();
    }
    return settle();
  }

  NeighborTimeline announce(String own) {
    arp.announce((Ipv4Address) address(own));
    return settle();
  }

  NeighborTimeline relearn() {
    cache.relearn();
    return settle();
  }

  /** Requests {@code frames} further frames as the device. */
  NeighborTimeline credit(long frames) {
    device.request(frames);
    return settle();
  }

  /** Cancels as the device. */
  NeighborTimeline cancel() {
    device.cancel();
    return settle();
  }

  // ---- expectations

  /** Asserts that exactly these frames have been sent, in this order. */
  NeighborTimeline expect(String... lines) {
    List<String> all = List.copyOf(sent);
    sent.clear();
    assertThat(all).as("sent at %d ms", nowMillis()).containsExactly(lines);
    return this;
  }

  /** Asserts that no frame has been sent. */
  NeighborTimeline quiet() {
    return expect();
  }

  NeighborTimeline state(String neighbor, @Nullable NeighborState state) {
    assertThat(cache.state(address(neighbor))).as("%s at %d ms", neighbor, nowMillis()).isEqualTo(state);
    return this;
  }

  /** Asserts the cached MAC address of {@code neighbor}. */
  NeighborTimeline known(String neighbor, @Nullable String station) {
    MacAddress expected = station == null ? null : STATIONS.get(station);
    assertThat(cache.linkAddress(address(neighbor))).as("%s at %d ms", neighbor, nowMillis()).isEqualTo(expected);
    return this;
  }

  NeighborTimeline failed(String neighbor, boolean failed) {
    assertThat(cache.hasFailed(address(neighbor))).as("%s failed at %d ms", neighbor, nowMillis()).isEqualTo(failed);
    return this;
  }

  NeighborTimeline waiting(int packets) {
    assertThat(cache.waiting()).as("waiting").isEqualTo(packets);
    return this;
  }

  NeighborTimeline size(int entries) {
    assertThat(cache.size()).as("entries").isEqualTo(entries);
    return this;
  }

  NeighborTimeline dropped(NeighborDrop reason, long count) {
    assertThat(drops.get(reason)).as(reason.name()).isEqualTo(count);
    return this;
  }

  /** Closes the interface; asserts that all buffers are released and no timer is left. */
  @Override
  public void close() {
    arp.close();
    cache.close();
    loop.settle();
    above.forEach(waiting -> waiting.get().release());
    assertThat(loop.deadline()).as("a timer is left").isEqualTo(Long.MAX_VALUE);
    assertThat(buffers).as("buffers not released").allMatch(buffer -> buffer.refCnt() == 0);
  }

  /** Returns whether all packets so far have been released. */
  boolean allReleased() {
    return above.isEmpty() && buffers.stream().allMatch(buffer -> buffer.refCnt() == 0);
  }

  // ---- text

  static IpAddress address(String text) {
    return IpAddress.parse(text.startsWith(".") ? "10.0.0" + text : text);
  }

  private EthernetFrame frame(String line) {
    Matcher question = QUESTION.matcher(line);
    if (question.matches()) {
      return frame(question.group(1), question.group(2), new ArpPacket(
          ArpPacket.REQUEST, STATIONS.get(question.group(1)), v4(question.group(4)), ArpPacket.UNKNOWN,
          v4(question.group(3))));
    }
    Matcher answer = ANSWER.matcher(line);
    assertThat(answer.matches()).as(line).isTrue();
    String target = answer.group(2).equals("us") ? ".1" : answer.group(3);
    return frame(answer.group(1), answer.group(2), new ArpPacket(
        ArpPacket.REPLY, STATIONS.get(answer.group(4)), v4(answer.group(3)), STATIONS.get(answer.group(2)),
        v4(target)));
  }

  private EthernetFrame frame(String source, String destination, ArpPacket packet) {
    ByteBuf bytes = Unpooled.buffer(packet.length()).setIndex(packet.length(), packet.length());
    buffers.add(bytes);
    packet.write(bytes);
    return new EthernetFrame(
        STATIONS.get(destination), STATIONS.get(source), EtherType.ARP, bytes, PacketFacts.receivedAt(turn.now()));
  }

  private static Ipv4Address v4(String text) {
    return (Ipv4Address) address(text);
  }

  private static String describe(EthernetFrame frame) {
    String way = station(frame.source()) + " > " + station(frame.destination()) + ": ";
    if (frame.type() != EtherType.ARP) {
      return way + "packet " + frame.payload().getByte(frame.payload().readerIndex());
    }
    ArpPacket packet = ArpPacket.parse(frame.payload(), reason -> {
      throw new AssertionError("a bad ARP packet: " + reason);
    });
    return way + (packet.operation() == ArpPacket.REQUEST
        ? "who-has " + last(packet.target()) + " tell " + last(packet.sender())
        : last(packet.sender()) + " is-at " + station(packet.senderMac()));
  }

  private static String station(MacAddress mac) {
    return STATIONS.entrySet().stream().filter(station -> station.getValue().equals(mac)).map(Map.Entry::getKey)
        .findFirst().orElseGet(mac::toString);
  }

  private static String last(IpAddress address) {
    String text = address.toString();
    return text.startsWith("10.0.0.") ? text.substring(6) : text;
  }

  /** The addresses of the interface: .1 in the network 10.0.0.0/24. */
  static final class OneNetwork implements LocalAddresses {

    private static final IpPrefix NETWORK = IpPrefix.parse("10.0.0.1/24");
    @Nullable
    IpAddress own = NETWORK.address();

    @Override
    public boolean owns(IpAddress address) {
      return address.equals(own);
    }

    @Override
    public boolean isBroadcast(IpAddress address) {
      return address.equals(Ipv4Address.BROADCAST) || address.equals(IpAddress.parse("10.0.0.255"));
    }

    @Override
    public @Nullable IpAddress sourceFor(IpAddress target) {
      return own;
    }
  }
}
