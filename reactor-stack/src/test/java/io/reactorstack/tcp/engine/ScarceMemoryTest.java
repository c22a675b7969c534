package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.HostMemory;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two engines send to each other while the free memory of each host varies. No data is lost, no window moves back, no
 * buffer grows under pressure, and all data arrives once memory is available again.
 */
class ScarceMemoryTest {

  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1000 * MILLI;
  private static final long LIMIT = HostMemory.MIN_LIMIT;
  private static final int OCTETS = 150_000;
  /** The most that a connection may store beyond its reserve under pressure: one segment with its overhead. */
  private static final int SEGMENT = 1460 + HostMemory.BUFFER_OVERHEAD;

  private record OnTheWay(long at, int order, End to, TcpSegment segment) {}

  private final class End {

    private final HostMemory memory = new HostMemory(allocator, LIMIT);
    /** The memory used by all other parts of the host. */
    private final HostMemory.Holding others = memory.open();
    private TcpEngine engine;
    private End peer;
    private int written;
    private int read;
    private int scale;
    private int edge;
    private boolean synSent;
    private long readsAgainAt;

    void write() {
      int n = Math.min(OCTETS - written, engine.writableBytes());
      if (n > 0) {
        ByteBuf data = allocator.buffer(n);
        for (int i = 0; i < n; i++) {
          data.writeByte(octet(written + i));
        }
        int taken = engine.write(data, now);
        data.release();
        assertThat(taken).isEqualTo(n);
        written += n;
      }
    }

    void read() {
      if (now < readsAgainAt) {
        return;
      }
      for (ByteBuf data = engine.read(1 + random.nextInt(20_000), now); data != null; data = engine.read(9_000, now)) {
        while (data.isReadable()) {
          assertThat(data.readByte()).isEqualTo(octet(read++));
        }
        data.release();
      }
      readsAgainAt = random.nextInt(20) == 0 ? now + random.nextInt(3000) * MILLI : now;
    }

    void send() {
      for (TcpSegment s = engine.poll(now); s != null; s = engine.poll(now)) {
        checkEdge(s);
        if (random.nextDouble() < loss) {
          s.release();
        } else {
          wire.add(new OnTheWay(now + 10 * MILLI, order++, peer, new TcpSegment(s.flow().reversed(), s.seq(), s.ack(),
              s.flags(), s.window(), 0, s.options(), 0, s.payload(), PacketFacts.LOCAL)));
        }
      }
    }

    private void checkEdge(TcpSegment s) {
      if (s.has(TcpSegment.SYN)) {
        scale = Math.max(0, s.options().windowScale());
        return;
      }
      int shown = s.ack() + (s.window() << scale);
      if (synSent) {
        // The part of the edge that the field cannot show is less than one unit.
        assertThat(SequenceNumber.after(edge - (1 << scale), shown))
            .as("the right edge has moved left: %d to %d, scale %d, %s", edge, shown, scale, s).isFalse();
        edge = SequenceNumber.later(edge, shown);
      } else {
        edge = shown;
      }
      synSent = true;
    }

    void receive(TcpSegment segment) {
      int before = engine.receiveMemory();
      boolean pressure = memory.isUnderPressure();
      long elsewhere = memory.held() - before;
      engine.onSegment(segment, now);
      // The segment's acknowledgement may end the pressure before its data is stored.
      if (pressure && memory.held() - engine.receiveMemory() >= elsewhere) {
        assertThat(engine.receiveMemory()).as("held under pressure")
            .isLessThanOrEqualTo(Math.max(before, Receiver.MIN_RESERVE + SEGMENT));
      }
    }

    void end() {
      engine.abort(now);
      for (TcpSegment s = engine.poll(now); s != null; s = engine.poll(now)) {
        s.release();
      }
      others.close();
      assertThat(memory.held()).as("held after the end").isZero();
    }
  }

  private final CountingAllocator allocator = new CountingAllocator();
  private final PriorityQueue<OnTheWay> wire = new PriorityQueue<>(
      (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Integer.compare(a.order, b.order));
  private final End a = new End();
  private final End b = new End();
  private Random random;
  private double loss;
  private long now;
  private int order;

  private static byte octet(int at) {
    return (byte) (at * 31 + (at >> 8));
  }

  private void world(long seed) {
    random = new Random(seed);
    loss = random.nextInt(4) * 0.01;
    wire.clear();
    TcpSettings settings = TcpSettings.DEFAULTS.withWire(wire -> wire
        .withTimestamps(random.nextBoolean()).withSelectiveAcknowledgment(random.nextBoolean()).withWindowScaling(
            random.nextBoolean()));
    a.peer = b;
    b.peer = a;
    a.engine = TcpEngine.connect(
        new Setup(settings, Quirks.NONE, Timeline.FLOW, random.nextInt(), 1, 1500, a.memory), now);
    long calm = now + (1 + random.nextInt(20)) * SECOND;
    // Without either option a lost retransmission waits for the timeout, and meanwhile no round-trip sample ends its
    // backoff (RFC 6298 5.7, RFC 6582 3.2): several waits of up to two minutes.
    boolean fastRepair = settings.wire().timestamps() || settings.wire().selectiveAcknowledgment();
    long limit = calm + (fastRepair ? 300 : 3600) * SECOND;
    while (a.read < OCTETS || b.read < OCTETS) {
      assertThat(now).as("the transfer makes no progress: %d and %d octets", a.read, b.read).isLessThan(limit);
      for (End end : new End[] {a, b}) {
        if (random.nextInt(30) == 0) {
          end.others.set(now < calm ? (long) (LIMIT * random.nextInt(6) * 0.2) : 0);
        }
        if (end.engine != null) {
          end.write();
          end.read();
          end.send();
        }
      }
      advance(settings, calm);
    }
    for (OnTheWay left : new ArrayDeque<>(wire)) {
      left.segment.release();
    }
    a.end();
    b.end();
    assertThat(allocator.live()).isZero();
  }

  private void advance(TcpSettings settings, long calm) {
    long next = wire.isEmpty() ? Long.MAX_VALUE : wire.peek().at;
    for (End end : new End[] {a, b}) {
      if (end.engine != null) {
        next = Math.min(next, end.engine.nextDeadline());
        next = end.readsAgainAt > now ? Math.min(next, end.readsAgainAt) : next;
      }
    }
    // A host checks again when memory is freed; in this test it does so at the latest after 100 ms.
    now = Math.max(now + 1, Math.min(next, now + 100 * MILLI));
    while (!wire.isEmpty() && wire.peek().at <= now) {
      OnTheWay arrival = wire.remove();
      if (arrival.to.engine == null) {
        b.engine = TcpEngine.accept(
            new Setup(settings, Quirks.NONE, arrival.segment.flow(), random.nextInt(), 5, 1500, b.memory),
            arrival.segment, now);
      } else {
        arrival.to.receive(arrival.segment);
      }
    }
    for (End end : new End[] {a, b}) {
      if (end.engine != null) {
        end.engine.onTimeout(now);
      }
      end.others.set(now < calm ? end.others.octets() : 0);
    }
  }

  private static void worlds(int count, long firstSeed) {
    for (long seed = firstSeed; seed < firstSeed + count; seed++) {
      try {
        new ScarceMemoryTest().world(seed);
      } catch (Throwable failure) {
        throw new AssertionError("seed " + seed, failure);
      }
    }
  }

  @Test
  @Tag("many")
  void transfersCompleteWhileMemoryComesAndGoes() {
    worlds(30, 1);
  }

  /** Pruning frees enough memory for the chunk of the next data in order, with its overhead. */
  @Test
  void aChunkThatReplacesPrunedDataIsNotLarger() {
    worlds(1, 3911460473324197704L);
  }

  @Test
  @Tag("long")
  void transfersCompleteInManyWorlds() {
    worlds(3_000, new Random().nextLong());
  }
}
