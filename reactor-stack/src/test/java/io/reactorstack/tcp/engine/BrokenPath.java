package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Two engines in virtual time on a path that is interrupted for a while, drops large packets or loses packets at
 * random. Neither engine gets any notification. The log contains every data segment of the sending engine.
 */
final class BrokenPath {

  static final long MILLI = 1_000_000L;

  /** The bytes of an IPv4 header and a TCP header without options. */
  private static final int HEADERS = 40;

  /** A data segment that the sender has emitted: the time in nanoseconds, its octets, and whether it gets through. */
  record Sent(long at, int data, boolean passed) {}

  private record Flight(long at, long order, boolean toReceiver, TcpSegment segment) {}

  private final CountingAllocator memory = new CountingAllocator();
  private final PriorityQueue<Flight> wire = new PriorityQueue<>(
      (x, y) -> x.at != y.at ? Long.compare(x.at, y.at) : Long.compare(x.order, y.order));
  private final SplittableRandom random;
  private final TcpSettings settings;
  private final long delay;
  private final long begin = 5_000 * MILLI;
  private final List<Sent> log = new ArrayList<>();
  private long now = begin;
  private long order;
  private double loss;
  private int mtu = Integer.MAX_VALUE;
  private long mtuFrom;
  private long cutFrom = Long.MAX_VALUE;
  private long cutUntil = Long.MAX_VALUE;
  private boolean forwardCut;
  private boolean backwardCut;
  private TcpEngine sender;
  private @Nullable TcpEngine receiver;
  private long firstArrivalAfterCut = Long.MAX_VALUE;
  private long fullSizeAt = Long.MAX_VALUE;
  private long read;
  private int fullSize;

  BrokenPath(TcpSettings settings, long roundTripMillis, long seed) {
    this.settings = settings;
    this.delay = roundTripMillis * MILLI / 2;
    this.random = new SplittableRandom(seed);
    this.sender = Engines.connect(settings, Timeline.FLOW, 1000, 1, 1500, memory, now);
  }

  /** Sets the probability with which each segment is lost, in both directions. */
  BrokenPath loss(double probability) {
    loss = probability;
    return this;
  }

  /** Drops packets of more than {@code bytes} to the receiver, starting {@code fromMillis} after the beginning. */
  BrokenPath swallowsAbove(int bytes, long fromMillis) {
    mtu = bytes;
    mtuFrom = begin + fromMillis * MILLI;
    return this;
  }

  /**
   * Drops everything in the given directions for {@code forMillis}, starting {@code fromMillis} after the beginning.
   */
  BrokenPath cut(long fromMillis, long forMillis, boolean forward, boolean backward) {
    cutFrom = begin + fromMillis * MILLI;
    cutUntil = cutFrom + forMillis * MILLI;
    forwardCut = forward;
    backwardCut = backward;
    return this;
  }

  List<Sent> log() {
    return log;
  }

  /** The time at which the first data segment arrived after the cut, in nanoseconds. */
  long firstArrivalAfterCut() {
    return firstArrivalAfterCut;
  }

  /** The time at which the sender, after that, was back at its segment size from before the cut, in nanoseconds. */
  long fullSizeAt() {
    return fullSizeAt;
  }

  /** The octets of data in a full-sized segment before the cut. */
  int fullSize() {
    return fullSize;
  }

  long endOfCut() {
    return cutUntil;
  }

  /** Sends {@code bytes} as fast as the sender accepts them; returns the milliseconds until the last one was read. */
  long bulk(long bytes) {
    return run(bytes, 0, 0);
  }

  /**
   * Writes {@code messages} messages of {@code size} octets, one every {@code everyMillis}; returns the milliseconds
   * until the last octet was read.
   */
  long messages(int messages, int size, long everyMillis) {
    return run((long) messages * size, size, everyMillis * MILLI);
  }

  private long run(long bytes, int message, long every) {
    long written = 0;
    long due = message == 0 ? bytes : 0;
    long nextMessageAt = begin;
    while (read < bytes) {
      while (message > 0 && now >= nextMessageAt && due < bytes) {
        due += message;
        nextMessageAt += every;
      }
      for (int taken = write(due - written); taken > 0; taken = write(due - written)) {
        written += taken;
      }
      pump(sender, true);
      receive();
      observe();
      advance(due < bytes ? nextMessageAt : Long.MAX_VALUE);
      assertThat(now - begin).as("milliseconds").isLessThan(3_600_000 * MILLI);
    }
    long took = (now - begin) / MILLI;
    end();
    return took;
  }

  private void receive() {
    if (receiver != null) {
      for (ByteBuf data = receiver.read(1 << 20, now); data != null; data = receiver.read(1 << 20, now)) {
        read += data.readableBytes();
        data.release();
      }
      pump(receiver, false);
    }
  }

  private void observe() {
    int mss = sender.info(now).sizes().mss();
    if (now < cutFrom) {
      fullSize = Math.max(fullSize, mss);
    }
    if (firstArrivalAfterCut == Long.MAX_VALUE || mss < fullSize) {
      fullSizeAt = Long.MAX_VALUE;
    } else if (fullSizeAt == Long.MAX_VALUE) {
      fullSizeAt = now;
    }
  }

  /** The segment sizes when the last octet was read. */
  TcpInfo.Sizes lastSizes() {
    return sender.info(now).sizes();
  }

  private int write(long most) {
    int bytes = (int) Math.min(most, 60_000);
    if (bytes == 0 || sender.writableBytes() == 0) {
      return 0;
    }
    ByteBuf data = memory.buffer(bytes).writeZero(bytes);
    int taken = sender.write(data, now);
    data.release();
    return taken;
  }

  private void pump(TcpEngine engine, boolean forward) {
    for (TcpSegment s = engine.poll(now); s != null; s = engine.poll(now)) {
      boolean passes = passes(s, forward);
      if (forward && s.payload().isReadable()) {
        log.add(new Sent(now, s.payload().readableBytes(), passes));
      }
      if (!passes) {
        s.release();
        continue;
      }
      wire.add(new Flight(now + delay, order++, forward, new TcpSegment(
          s.flow().reversed(), s.seq(), s.ack(), s.flags(), s.window(), 0, s.options(), 0, s.payload(),
          PacketFacts.LOCAL)));
    }
  }

  private boolean passes(TcpSegment s, boolean forward) {
    boolean lost = random.nextDouble() < loss;
    boolean cut = now >= cutFrom && now < cutUntil && (forward ? forwardCut : backwardCut);
    int bytes = HEADERS + (s.options().hasTimestamps() ? 12 : 0) + s.payload().readableBytes();
    boolean swallowed = forward && now >= mtuFrom && bytes > mtu;
    return !lost && !cut && !swallowed;
  }

  private void advance(long userAt) {
    long next = Math.min(userAt, Math.min(wire.isEmpty() ? Long.MAX_VALUE : wire.peek().at, sender.nextDeadline()));
    if (receiver != null) {
      next = Math.min(next, receiver.nextDeadline());
    }
    assertThat(next).as("a deadline or arrival: sender %s, receiver %s", sender.info(now),
        receiver == null ? "absent" : receiver.info(now)).isNotEqualTo(Long.MAX_VALUE);
    now = Math.max(now, next);
    while (!wire.isEmpty() && wire.peek().at <= now) {
      Flight flight = wire.remove();
      if (!flight.toReceiver) {
        sender.onSegment(flight.segment, now);
      } else if (receiver != null) {
        if (now >= cutUntil && flight.segment.payload().isReadable()) {
          firstArrivalAfterCut = Math.min(firstArrivalAfterCut, now);
        }
        receiver.onSegment(flight.segment, now);
      } else {
        receiver = Engines.accept(settings, flight.segment, 77, 5, 1500, memory, now);
      }
    }
    sender.onTimeout(now);
    if (receiver != null) {
      receiver.onTimeout(now);
    }
  }

  private void end() {
    sender.abort(now);
    drop(sender);
    if (receiver != null) {
      receiver.abort(now);
      drop(receiver);
    }
    wire.forEach(flight -> flight.segment.release());
    wire.clear();
    assertThat(memory.live()).isZero();
  }

  private void drop(TcpEngine engine) {
    for (TcpSegment s = engine.poll(now); s != null; s = engine.poll(now)) {
      s.release();
    }
  }
}
