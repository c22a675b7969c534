package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.Headroom;
import io.reactorstack.packet.Offload;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.Rejections;
import io.reactorstack.tcp.congestion.Cubic;
import io.reactorstack.tcp.congestion.NewReno;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.tcp.model.TcpSettings.Ecn;
import io.reactorstack.tcp.model.TcpSettings.MtuProbing;
import io.reactorstack.tcp.model.TcpState;
import io.reactorstack.wire.EnclosingPacket;
import io.reactorstack.wire.FourTuple;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Two engines, their applications and an adversarial wire between them, all derived from one seed. */
final class World {

  private record Flight(long at, long order, boolean toA, TcpSegment segment) {}

  private static final long MILLI = 1_000_000L;

  /** The maximum additional delay of a reordered segment, in nanoseconds. */
  static final long REORDERED = 200 * MILLI;

  /** The last segments sent, for the report of a failure. */
  final Deque<String> trace = new ArrayDeque<>();
  final SplittableRandom random;
  /** The source of path properties. It is separate, so that the other random values of a seed do not change. */
  private final SplittableRandom paths;
  /** The source of changes by a user; separate for the same reason. */
  private final SplittableRandom changes;
  final CountingAllocator memory = new CountingAllocator();
  final TcpSettings settingsA;
  final TcpSettings settingsB;
  private final int timestampOffset;
  final Peer a;
  @Nullable
  Peer b;
  private final PriorityQueue<Flight> wire = new PriorityQueue<>(
      (x, y) -> x.at != y.at ? Long.compare(x.at, y.at) : Long.compare(x.order, y.order));
  private final int issB;
  private final int goalB;
  private final int mtu;
  /** The offload of the devices of both hosts; the wire cuts the segments that they would cut. */
  private final Offload offload;
  /** Packets larger than this, in bytes, are dropped silently. */
  private final int blackHole;
  private final boolean tight;
  private long order;
  long now;
  double loss;
  double duplication;
  double reordering;
  double corruption;
  double splitting;
  double merging;
  double marking;
  private final long delay;
  int segments;
  boolean simultaneous;

  World(long seed) {
    this(seed, false);
  }

  /** Creates a world. In a {@code tight} one both peers have much to send and the windows are often closed. */
  World(long seed, boolean tight) {
    this.tight = tight;
    random = new SplittableRandom(seed);
    paths = new SplittableRandom(~seed);
    changes = new SplittableRandom(Long.reverse(seed));
    now = random.nextLong(1L << 50);
    mtu = random.nextBoolean() ? 1500 : 128 + random.nextInt(9000);
    delay = random.nextLong(100 * MILLI);
    loss = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.3;
    duplication = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.2;
    reordering = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.5;
    corruption = random.nextInt(3) == 0 ? random.nextDouble() * 0.1 : 0;
    splitting = random.nextInt(3) == 0 ? random.nextDouble() * 0.5 : 0;
    merging = random.nextInt(3) == 0 ? random.nextDouble() : 0;
    marking = random.nextInt(3) == 0 ? random.nextDouble() * 0.3 : 0;
    settingsA = tight ? tighten(randomSettings()) : randomSettings();
    settingsB = tight ? tighten(randomSettings()) : randomSettings();
    boolean searched = settingsA.probing().mtuProbing() != MtuProbing.OFF
        && settingsB.probing().mtuProbing() != MtuProbing.OFF;
    // The initial size of a search must pass, with options to spare.
    blackHole = !tight && searched && paths.nextInt(3) == 0 ? 1400 + paths.nextInt(600) : Integer.MAX_VALUE;
    timestampOffset = random.nextInt();
    offload = paths.nextBoolean()
        ? Offload.NONE
        : new Offload(true, paths.nextBoolean(), paths.nextInt(Offload.LONGEST + 1), 0);
    int issA = nearWrap();
    issB = nearWrap();
    goalB = goal();
    simultaneous = random.nextInt(8) == 0;
    FourTuple flow = Peer.flow(random);
    TcpEngine engine = Engines.connect(settingsA, flow, issA, timestampOffset, mtu, memory, now);
    engine.offload(offload);
    a = new Peer("A", engine, settingsA, goal(), random.nextInt(1000), memory);
    a.slack = slack(settingsA);
    if (simultaneous) {
      TcpEngine other = Engines.connect(settingsB, flow.reversed(), issB, random.nextInt(), mtu, memory,
          now);
      other.offload(offload);
      b = new Peer("B", other, settingsB, goalB, random.nextInt(1000), memory);
      b.slack = slack(settingsB);
    }
  }

  /**
   * The overhead of buffers that may exceed the window, in bytes. For small segments with holes between them it is as
   * large as their octets.
   */
  private int slack(TcpSettings settings) {
    return tight ? settings.buffers().maxReceiveBuffer() : 2048;
  }

  private int goal() {
    if (tight) {
      return 5000 + random.nextInt(40_000);
    }
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> random.nextInt(20);
      default -> random.nextInt(60_000);
    };
  }

  private int nearWrap() {
    return random.nextInt(3) == 0 ? random.nextInt() : -random.nextInt(60_000);
  }

  private TcpSettings randomSettings() {
    int receiveBuffer = random.nextBoolean() ? 2048 + random.nextInt(4000) : 2048 + random.nextInt(300_000);
    int sendBuffer = 2048 + random.nextInt(100_000);
    return TcpSettings.DEFAULTS
        .withBuffers(buffers -> buffers.withReceiveBuffer(receiveBuffer)
            .withMaxReceiveBuffer(random.nextBoolean() ? receiveBuffer : 8 * receiveBuffer).withSendBuffer(sendBuffer)
            .withMaxSendBuffer(random.nextBoolean() ? sendBuffer : 4 * sendBuffer))
        .withWire(wire -> wire.withMaxSegmentSize(random.nextInt(4) == 0 ? 100 + random.nextInt(1400) : 0))
        .withCongestion(congestion -> congestion.withInitialWindowSegments(1 + random.nextInt(10)))
        .withWire(wire -> wire.withTimestamps(random.nextBoolean()).withWindowScaling(random.nextBoolean())
            .withSelectiveAcknowledgment(random.nextInt(4) > 0)
            .withDuplicateSelectiveAcknowledgment(random.nextBoolean()))
        .withRecovery(recovery -> recovery.withRack(random.nextBoolean()).withTailLossProbe(random.nextBoolean())
            .withForwardRto(random.nextBoolean()))
        .withWire(wire -> wire.withEcn(Ecn.values()[random.nextInt(3)]))
        .withRecovery(recovery -> recovery.withDuplicateThreshold(1 + random.nextInt(5)))
        .withCongestion(
            congestion -> congestion.withCongestionControl(random.nextBoolean() ? NewReno.FACTORY : Cubic.FACTORY))
        .withTimers(timers -> timers.withNoDelay(random.nextBoolean()))
        .withCongestion(
            congestion -> congestion.withPacing(random.nextInt(4) == 0).withSlowStartAfterIdle(random.nextBoolean())
                .withCongestionControl(random.nextBoolean() ? Cubic.FACTORY : NewReno.FACTORY))
        .withProbing(probing -> probing.withMtuProbing(MtuProbing.values()[paths.nextInt(MtuProbing.values().length)]))
        .withTimers(timers -> timers.withMinRto(random.nextBoolean() ? Duration.ofMillis(200) : Duration.ofSeconds(1)))
        // The test limits the duration; the connection must not give up by itself.
        .withTimers(timers -> timers.withSynRetries(100).withSynAckRetries(100))
        .withClosing(closing -> closing.withUserTimeout(Duration.ZERO).withOrphan(Duration.ofDays(100)))
        // TIME-WAIT is longer than any backed-off timeout, so a retransmitted FIN is still acknowledged.
        .withClosing(closing -> closing.withTimeWait(Duration.ofHours(1)));
  }

  /** Returns settings with buffers that a few segments fill, and with a shorter maximum timeout. */
  private TcpSettings tighten(TcpSettings settings) {
    int receiveBuffer = 2048 + random.nextInt(random.nextBoolean() ? 2000 : 14_000);
    return settings
        .withBuffers(buffers -> buffers.withReceiveBuffer(receiveBuffer).withMaxReceiveBuffer(receiveBuffer))
        .withTimers(timers -> timers.withMaxRto(Duration.ofMinutes(1)));
  }

  private void send(Peer from, TcpSegment polled) {
    boolean scaling = settingsA.wire().windowScaling() && settingsB.wire().windowScaling();
    from.checkEdge(polled, scaling);
    TcpSegment segment = from.shown.narrow(polled, from.scale(scaling));
    trace.addLast(String.format("%.3f %s %s sends %s", now / 1e9, from.name, from.engine.state(), segment));
    if (trace.size() > 60) {
      trace.removeFirst();
    }
    for (TcpSegment piece : WireCut.pieces(segment)) {
      transmit(from, piece);
    }
  }

  private void transmit(Peer from, TcpSegment segment) {
    segments++;
    assertThat(segment.headerLength() + segment.payloadLength()).as("segment").isLessThanOrEqualTo(mtu - 20);
    // All packets count with the longest headers.
    boolean swallowed = segment.payload().readableBytes() + 40 + 60 > blackHole;
    int copies = swallowed || random.nextDouble() < loss ? 0 : random.nextDouble() < duplication ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      if (random.nextDouble() < corruption) {
        corrupt(segment);
      } else {
        fly(from, segment);
      }
    }
    segment.release();
  }

  private void fly(Peer from, TcpSegment segment) {
    int length = segment.payload().readableBytes();
    boolean whole = length < 2 || segment.has(TcpSegment.SYN | TcpSegment.URG) || random.nextDouble() >= splitting;
    int cut = whole ? 0 : 1 + random.nextInt(length - 1);
    if (!whole) {
      launch(from, copy(segment, 0, cut, segment.flags() & ~(TcpSegment.FIN | TcpSegment.PSH)));
    }
    launch(from, copy(segment, cut, length - cut, segment.flags()));
  }

  private void launch(Peer from, TcpSegment copy) {
    long extra = random.nextDouble() < reordering ? random.nextLong(REORDERED) : 0;
    wire.add(new Flight(now + delay + extra, order++, from != a, copy));
  }

  /** Flips one bit of the packet: the checksum must detect it, so the receiver gets no packet. */
  private void corrupt(TcpSegment segment) {
    TcpSegment damaged = copy(segment, 0, segment.payload().readableBytes(), segment.flags());
    ByteBuf bytes = copied(damaged.payload(), 0, damaged.payloadLength());
    damaged.release();
    damaged.write(bytes);
    int bit = random.nextInt(bytes.readableBytes() * 8);
    int at = bytes.readerIndex() + bit / 8;
    bytes.setByte(at, bytes.getByte(at) ^ 1 << bit % 8);
    FourTuple flow = damaged.flow();
    EnclosingPacket carrier = EnclosingPacket.of(flow.localAddress(), flow.remoteAddress(), damaged.ecn(),
        damaged.facts());
    assertThat(TcpSegment.parse(bytes, carrier, Rejections.UNCOUNTED)).as("a damaged segment is taken").isNull();
    bytes.release();
  }

  /**
   * Copies the segment as the peer receives it: with the peer's view of the connection, a buffer of its own, and
   * perhaps a router's mark.
   */
  private TcpSegment copy(TcpSegment s, int offset, int length, int flags) {
    ByteBuf payload = offload.scatterGather() && length > 0
        ? shared(s.payload().retainedSlice(s.payload().readerIndex() + offset, length))
        : copied(s.payload(), offset, length);
    int ecn = s.ecn() != 0 && random.nextDouble() < marking ? 3 : s.ecn();
    return new TcpSegment(
        s.flow().reversed(), s.seq() + offset, s.ack(), flags, s.window(), s.urgentPointer(), s.options(), ecn, payload,
        PacketFacts.LOCAL);
  }

  private ByteBuf copied(ByteBuf payload, int offset, int length) {
    return Headroom.allocate(memory, length).writeBytes(payload, payload.readerIndex() + offset, length);
  }

  /** Returns a payload of several buffers, as a host of the same process receives it. */
  private ByteBuf shared(ByteBuf bytes) {
    return memory.compositeDirectBuffer().addComponent(true, Headroom.allocate(memory, 0).readerIndex(0))
        .addComponent(true, bytes).readerIndex(Headroom.BYTES);
  }

  /** Merges {@code first} with the segment that continues it, as a device with receive offload does. */
  private TcpSegment merged(TcpSegment first, TcpSegment second) {
    ByteBuf payload = Headroom.allocate(memory, first.payload().readableBytes() + second.payload().readableBytes());
    payload.writeBytes(first.payload()).writeBytes(second.payload());
    first.release();
    second.release();
    return new TcpSegment(second.flow(), first.seq(), second.ack(), second.flags(), second.window(), 0,
        second.options(), second.ecn(), payload, PacketFacts.LOCAL);
  }

  private boolean mayMerge(Flight first, Flight second) {
    int special = TcpSegment.SYN | TcpSegment.FIN | TcpSegment.RST | TcpSegment.URG | TcpSegment.CWR | TcpSegment.ECE;
    TcpSegment x = first.segment;
    TcpSegment y = second.segment;
    return first.toA == second.toA && x.payload().isReadable() && y.payload().isReadable() && x.end() == y.seq()
        && !x.has(special) && !y.has(special & ~TcpSegment.FIN) && x.ecn() == y.ecn()
        && x.sequenceLength() + y.sequenceLength() < 60_000 && random.nextDouble() < merging;
  }

  /** The delay in one direction, in nanoseconds. */
  long delay() {
    return delay;
  }

  /** Polls the segments of both peers; of each peer sometimes only a few, unless {@code all}. */
  void pump(boolean all) {
    pump(a, all);
    if (b != null) {
      pump(b, all);
    }
  }

  private void pump(Peer peer, boolean all) {
    int credit = all || random.nextInt(4) > 0 ? Integer.MAX_VALUE : random.nextInt(3);
    int polled = 0;
    while (credit-- > 0) {
      TcpSegment segment = peer.poll(now);
      peer.check();
      if (segment == null) {
        peer.checkNotStuck();
        return;
      }
      send(peer, segment);
      assertThat(++polled).as("%s sends without end", peer.name).isLessThan(10_000);
    }
  }

  /** Runs a random step of a peer or of the wire. */
  void step() {
    Peer peer = b != null && random.nextBoolean() ? b : a;
    switch (random.nextInt(10)) {
      case 0, 1 -> peer.write(1 + random.nextInt(random.nextBoolean() ? 20 : 8000), now);
      case 2 -> read(peer, 1 + random.nextInt(100));
      case 3 -> read(peer, 100_000);
      case 4 -> peer.reading = random.nextInt(3) > 0;
      case 5 -> {
        if (random.nextInt(20) == 0) {
          peer.shutdown(now);
        }
      }
      default -> advance();
    }
    peer.check();
    pump(false);
  }

  /** Now and then changes an option of an open connection. */
  void change() {
    if (changes.nextInt(20) > 0) {
      return;
    }
    Peer peer = b != null && changes.nextBoolean() ? b : a;
    switch (changes.nextInt(6)) {
      case 0 -> peer.engine.sendCapacity(2048 + changes.nextInt(100_000));
      case 1 -> peer.engine.receiveCapacity(
          2048 + changes.nextInt(Math.max(1, peer.settings.buffers().maxReceiveBuffer() - 2048)));
      case 2 -> peer.engine.congestionControl(changes.nextBoolean() ? Cubic.FACTORY : NewReno.FACTORY);
      case 3 -> peer.engine.noDelay(changes.nextBoolean(), now);
      case 4 -> peer.engine.cork(changes.nextBoolean(), now);
      default -> peer.engine.quickAck(changes.nextBoolean());
    }
    peer.check();
    pump(false);
  }

  private void read(Peer peer, int max) {
    if (peer.reading && b != null) {
      peer.read(max, peer == a ? b : a, now);
    }
  }

  /** Delivers the next segments that are due, or lets a timer expire; returns whether there was anything to do. */
  boolean advance() {
    long next = wire.isEmpty() ? TcpEngine.NO_DEADLINE : wire.peek().at;
    long timer = a.engine.nextDeadline();
    if (b != null) {
      timer = Math.min(timer, b.engine.nextDeadline());
    }
    if (Math.min(next, timer) == TcpEngine.NO_DEADLINE) {
      return false;
    }
    now = Math.max(now, Math.min(next, timer));
    a.engine.onTimeout(now);
    a.check();
    if (b != null) {
      b.engine.onTimeout(now);
      b.check();
    }
    while (!wire.isEmpty() && wire.peek().at <= now) {
      Flight flight = wire.remove();
      while (!wire.isEmpty() && wire.peek().at <= now && mayMerge(flight, wire.peek())) {
        flight = new Flight(flight.at, flight.order, flight.toA, merged(flight.segment, wire.remove().segment));
      }
      deliver(flight);
    }
    return true;
  }

  private void deliver(Flight flight) {
    TcpSegment segment = flight.segment;
    Peer to = flight.toA ? a : b;
    if (to != null && to.engine.state().isSynchronized() && !to.shown.takes(segment)) {
      refuse(to, segment);
    } else if (flight.toA) {
      a.engine.onSegment(segment, now);
      a.check();
    } else if (b == null) {
      if (segment.has(TcpSegment.SYN) && !segment.has(TcpSegment.ACK)) {
        TcpEngine engine = Engines.accept(settingsB, segment, issB, random.nextInt(), mtu, memory, now);
        engine.offload(offload);
        b = new Peer("B", engine, settingsB, goalB, random.nextInt(1000), memory);
        b.slack = slack(settingsB);
      } else {
        segment.release();
      }
    } else {
      b.engine.onSegment(segment, now);
      b.check();
    }
  }

  /** Drops {@code segment} with its acknowledgement, but lets the engine answer it like any old segment. */
  private void refuse(Peer to, TcpSegment segment) {
    if (segment.has(TcpSegment.RST)) {
      segment.release();
      return;
    }
    int seq = to.engine.rcvNxt() - 1;
    segment.payload().clear();
    to.engine.onSegment(new TcpSegment(segment.flow(), seq, segment.ack(), TcpSegment.ACK, segment.window(), 0,
        segment.options(), 0, segment.payload(), PacketFacts.LOCAL), now);
    to.check();
  }

  /** Makes the wire good and lets both peers write, read and close: everything must arrive and both must end. */
  void settle() {
    loss = 0;
    corruption = 0;
    duplication = 0;
    reordering = 0;
    for (int i = 0; i < 200_000; i++) {
      for (Peer peer : b == null ? new Peer[] {a} : new Peer[] {a, b}) {
        peer.reading = true;
        peer.engine.cork(false, now);
        if (peer.shut || peer.isAllWritten()) {
          peer.shutdown(now);
        } else {
          peer.write(10_000, now);
        }
        while (peer.engine.readableBytes() > 0) {
          read(peer, 100_000);
        }
        peer.check();
      }
      pump(true);
      if (b != null && a.engine.state() == TcpState.CLOSED && b.engine.state() == TcpState.CLOSED
          && a.engine.readableBytes() == 0 && b.engine.readableBytes() == 0) {
        return;
      }
      if (!advance()) {
        break;
      }
    }
    throw new AssertionError("never ends: A " + a.engine.state() + " " + a.engine.info(now) + ", B "
        + (b == null ? "absent" : b.engine.state() + " " + b.engine.info(now)));
  }

  /** Closes both connections in both directions; whatever has happened before, both must end. */
  void giveUp() {
    loss = 0;
    corruption = 0;
    duplication = 0;
    reordering = 0;
    for (int i = 0; i < 200_000; i++) {
      for (Peer peer : b == null ? new Peer[] {a} : new Peer[] {a, b}) {
        peer.engine.shutdownInput(now);
        peer.shutdown(now);
        peer.check();
      }
      pump(true);
      boolean ended = a.engine.state() == TcpState.CLOSED && (b == null || b.engine.state() == TcpState.CLOSED);
      if (ended && wire.isEmpty()) {
        return;
      }
      if (!advance()) {
        break;
      }
    }
    throw new AssertionError(
        "never ends: A " + a.engine.info(now) + ", B " + (b == null ? "absent" : b.engine.info(now)));
  }

  /** Makes one peer do something that may end a connection abnormally. */
  void disturb() {
    Peer peer = b != null && random.nextBoolean() ? b : a;
    peer.disturbed = true;
    switch (random.nextInt(4)) {
      case 0 -> peer.engine.abort(now);
      case 1 -> peer.engine.shutdownInput(now);
      case 2 -> peer.engine.receiveCapacity(2048 + random.nextInt(100_000));
      default -> peer.engine.onIcmpError(CloseCause.HOST_UNREACHABLE, peer.engine.sndNxt() - 1, now);
    }
    peer.check();
    pump(false);
  }

  /** Releases the segments that are still on the wire. */
  void drain() {
    wire.forEach(flight -> flight.segment.release());
    wire.clear();
  }
}
