package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpSegment;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A bulk transfer in virtual time over a path with random losses in both directions: the effect of loss recovery. */
class LossyPathTest {

  private record SegmentArrival(long at, long order, boolean atReceiver, TcpSegment segment) {}

  private static final long MILLI = 1_000_000L;

  private final CountingAllocator memory = new CountingAllocator();
  private final PriorityQueue<SegmentArrival> wire = new PriorityQueue<>(
      (x, y) -> x.at != y.at ? Long.compare(x.at, y.at) : Long.compare(x.order, y.order));
  private final SplittableRandom random = new SplittableRandom(7);
  private double loss;
  private long delay;
  private long now = 5_000 * MILLI;
  private long order;
  private long highestRto;
  private TcpEngine sender;
  private TcpEngine receiver;

  private static LossyPathTest path(double loss, long roundTrip) {
    LossyPathTest path = new LossyPathTest();
    path.loss = loss;
    path.delay = roundTrip / 2;
    return path;
  }

  /** Sends {@code bytes} and returns the duration in milliseconds. */
  private long transfer(TcpSettings settings, int bytes) {
    long begin = now;
    sender = Engines.connect(settings, Timeline.FLOW, 1000, 1, 1500, memory, now);
    int written = 0;
    long read = 0;
    while (read < bytes) {
      written += write(Math.min(bytes - written, 60_000));
      pump(sender, true);
      if (receiver != null) {
        for (ByteBuf data = receiver.read(1 << 20, now); data != null; data = receiver.read(1 << 20, now)) {
          read += data.readableBytes();
          data.release();
        }
        pump(receiver, false);
      }
      highestRto = Math.max(highestRto, sender.info(now).rto().toNanos());
      advance(settings);
    }
    long took = (now - begin) / MILLI;
    sender.abort(now);
    receiver.abort(now);
    for (SegmentArrival arrival : new ArrayDeque<>(wire)) {
      arrival.segment.release();
    }
    drop(sender);
    drop(receiver);
    assertThat(memory.live()).isZero();
    return took;
  }

  private int write(int bytes) {
    if (bytes == 0 || sender.writableBytes() == 0) {
      return 0;
    }
    ByteBuf data = memory.buffer(bytes).writeZero(bytes);
    int taken = sender.write(data, now);
    data.release();
    return taken;
  }

  private void drop(TcpEngine engine) {
    for (TcpSegment s = engine.poll(now); s != null; s = engine.poll(now)) {
      s.release();
    }
  }

  private void pump(TcpEngine engine, boolean toReceiver) {
    for (TcpSegment s = engine.poll(now); s != null; s = engine.poll(now)) {
      if (random.nextDouble() < loss) {
        s.release();
        continue;
      }
      wire.add(new SegmentArrival(now + delay, order++, toReceiver, new TcpSegment(
          s.flow().reversed(), s.seq(), s.ack(), s.flags(), s.window(), 0, s.options(), 0, s.payload(),
          PacketFacts.LOCAL)));
    }
  }

  private void advance(TcpSettings settings) {
    long next = Math.min(wire.isEmpty() ? Long.MAX_VALUE : wire.peek().at, sender.nextDeadline());
    if (receiver != null) {
      next = Math.min(next, receiver.nextDeadline());
    }
    assertThat(next).as("a deadline or arrival").isNotEqualTo(Long.MAX_VALUE);
    now = Math.max(now, next);
    while (!wire.isEmpty() && wire.peek().at <= now) {
      SegmentArrival arrival = wire.remove();
      if (!arrival.atReceiver) {
        sender.onSegment(arrival.segment, now);
      } else if (receiver != null) {
        receiver.onSegment(arrival.segment, now);
      } else {
        receiver = Engines.accept(settings, arrival.segment, 77, 5, 1500, memory, now);
      }
    }
    sender.onTimeout(now);
    if (receiver != null) {
      receiver.onTimeout(now);
    }
  }

  @Test
  void theTimeoutStaysShortAtTenPercentLoss() {
    for (boolean timestamps : new boolean[] {true, false}) {
      for (boolean sack : new boolean[] {true, false}) {
        TcpSettings settings = TcpSettings.DEFAULTS
            .withWire(wire -> wire.withTimestamps(timestamps).withSelectiveAcknowledgment(sack));
        LossyPathTest path = path(0.1, 20 * MILLI);
        long took = path.transfer(settings, 2_000_000);
        // Without SACK the doubled timeout lasts longer, because retransmissions give no round-trip sample (Karn).
        assertThat(path.highestRto / MILLI).as("timestamps %s, SACK %s", timestamps, sack)
            .isLessThan(sack ? 10_000 : 30_000);
        assertThat(took).as("timestamps %s, SACK %s", timestamps, sack).isLessThan(sack ? 30_000 : 120_000);
      }
    }
  }

  @Test
  void recoveryKeepsThePathBusyAtOnePercentLoss() {
    for (boolean rack : new boolean[] {true, false}) {
      LossyPathTest path = path(0.01, 100 * MILLI);
      long took = path.transfer(TcpSettings.DEFAULTS.withRecovery(recovery -> recovery.withRack(rack)), 10_000_000);
      // A window of 1.22 / sqrt(0.01) segments would take 57 s (Mathis); a window of whole segments is smaller.
      assertThat(took).as("RACK %s", rack).isLessThan(75_000);
      // No timeout occurs: the initial RTO is the highest.
      assertThat(path.highestRto / MILLI).isEqualTo(1000);
    }
  }
}
