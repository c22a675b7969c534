package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.tcp.congestion.AckSample;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.congestion.Cubic;
import io.reactorstack.tcp.model.TcpSettings;
import io.reactorstack.wire.TcpSegment;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * A congestion control that uses only the values of {@code AckSample}, the delivery rate and the least round trip,
 * finds the rate of a bottleneck with random losses, and keeps its window whatever recovery proposes.
 */
class BottleneckTest {

  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1000 * MILLI;

  /** The rate of the link, in bytes per second. */
  private static final long LINK = 1_000_000;

  private static final int BUFFER = 60_000;
  private static final long ONE_WAY = 20 * MILLI;
  private static final int HEADERS = 52;

  /** Sends at the highest delivery rate of the last ten rounds, or at twice that rate until it stops growing. */
  private static final class Measuring extends OwnWindowControl {

    private static final int ROUNDS = 10;

    private final long[] best = new long[ROUNDS];
    private long rounds;
    private long roundEnd;
    private long fullAt;
    private int roundsFull;

    Measuring(Start start) {
      super(start, start.initialWindow(), start.srtt() == 0 ? 0 : 2 * start.initialWindow() * SECOND / start.srtt());
    }

    boolean isFull() {
      return roundsFull >= 3;
    }

    @Override
    public void onAck(AckSample ack) {
      if (ack.delivered() > 0 && ack.deliveredWhenSent() >= roundEnd) {
        roundEnd = ack.totalDelivered();
        best[(int) (++rounds % ROUNDS)] = 0;
        beginRound();
      }
      if (!ack.isApplicationLimited() || ack.deliveryRate() > highest()) {
        int round = (int) (rounds % ROUNDS);
        best[round] = Math.max(best[round], ack.deliveryRate());
      }
      if (highest() > 0) {
        rate = isFull() ? highest() : 2 * highest();
        long product = highest() * ack.minRtt() / SECOND;
        window = (int) Math.max(4L * segmentSize(), 2 * product);
      }
    }

    private void beginRound() {
      if (highest() >= fullAt * 5 / 4) {
        fullAt = highest();
        roundsFull = 0;
      } else {
        roundsFull++;
      }
    }

    private long highest() {
      long highest = 0;
      for (long rate : best) {
        highest = Math.max(highest, rate);
      }
      return highest;
    }
  }

  private record SegmentArrival(long at, long order, boolean atReceiver, TcpSegment segment) {}

  private final CountingAllocator memory = new CountingAllocator();
  private final PriorityQueue<SegmentArrival> wire = new PriorityQueue<>(
      (x, y) -> x.at != y.at ? Long.compare(x.at, y.at) : Long.compare(x.order, y.order));
  private final SplittableRandom random = new SplittableRandom(11);
  private long now = 5 * SECOND;
  private long linkFreeAt = now;
  private long order;
  private int overflows;

  /** Sends {@code bytes} while one segment in a hundred is lost at random; returns the duration in milliseconds. */
  private long transfer(CongestionControl.Factory factory, int bytes, Consumer<TcpEngine> onStep) {
    TcpSettings settings = TcpSettings.DEFAULTS
        .withCongestion(congestion -> congestion.withCongestionControl(factory));
    TcpEngine sender = Engines.connect(settings, Timeline.FLOW, 1000, 1, 1500, memory, now);
    TcpEngine receiver = null;
    long begin = now;
    long read = 0;
    int written = 0;
    while (read < bytes) {
      written += write(sender, bytes - written);
      for (TcpSegment s = sender.poll(now); s != null; s = sender.poll(now)) {
        throughTheBottleneck(s);
      }
      if (receiver != null) {
        for (ByteBuf data = receiver.read(1 << 20, now); data != null; data = receiver.read(1 << 20, now)) {
          read += data.readableBytes();
          data.release();
        }
        for (TcpSegment s = receiver.poll(now); s != null; s = receiver.poll(now)) {
          fly(s, now + ONE_WAY, false);
        }
      }
      onStep.accept(sender);
      receiver = advance(settings, sender, receiver);
    }
    long took = (now - begin) / MILLI;
    end(sender);
    end(receiver);
    wire.forEach(arrival -> arrival.segment.release());
    assertThat(memory.live()).isZero();
    return took;
  }

  private int write(TcpEngine sender, int most) {
    int bytes = Math.min(60_000, most);
    if (bytes == 0 || sender.writableBytes() == 0) {
      return 0;
    }
    ByteBuf data = memory.buffer(bytes).writeZero(bytes);
    int taken = sender.write(data, now);
    data.release();
    return taken;
  }

  private void throughTheBottleneck(TcpSegment segment) {
    long size = segment.payload().readableBytes() + HEADERS;
    long waiting = Math.max(0, linkFreeAt - now) * LINK / SECOND;
    if (waiting + size > BUFFER) {
      overflows++;
      segment.release();
      return;
    }
    linkFreeAt = Math.max(now, linkFreeAt) + size * SECOND / LINK;
    if (segment.sequenceLength() > 1 && random.nextInt(100) == 0) {
      segment.release();
      return;
    }
    fly(segment, linkFreeAt + ONE_WAY, true);
  }

  private void fly(TcpSegment s, long at, boolean toReceiver) {
    wire.add(new SegmentArrival(at, order++, toReceiver, new TcpSegment(
        s.flow().reversed(), s.seq(), s.ack(), s.flags(), s.window(), 0, s.options(), 0, s.payload(),
        PacketFacts.LOCAL)));
  }

  private TcpEngine advance(TcpSettings settings, TcpEngine sender, TcpEngine receiver) {
    long next = Math.min(wire.isEmpty() ? Long.MAX_VALUE : wire.peek().at, sender.nextDeadline());
    TcpEngine other = receiver;
    if (other != null) {
      next = Math.min(next, other.nextDeadline());
    }
    now = Math.max(now, next);
    while (!wire.isEmpty() && wire.peek().at <= now) {
      SegmentArrival arrival = wire.remove();
      if (!arrival.atReceiver) {
        sender.onSegment(arrival.segment, now);
      } else if (other != null) {
        other.onSegment(arrival.segment, now);
      } else {
        other = Engines.accept(settings, arrival.segment, 77, 5, 1500, memory, now);
      }
    }
    sender.onTimeout(now);
    if (other != null) {
      other.onTimeout(now);
    }
    return other;
  }

  private void end(TcpEngine engine) {
    engine.abort(now);
    for (TcpSegment s = engine.poll(now); s != null; s = engine.poll(now)) {
      s.release();
    }
  }

  @Test
  void aRateBasedControlFindsTheLinkRateDespiteLosses() {
    Measuring[] made = new Measuring[1];
    CongestionControl.Factory factory = new CongestionControl.Factory() {
      @Override
      public String name() {
        return "measuring";
      }

      @Override
      public CongestionControl create(CongestionControl.Start start) {
        Measuring control = new Measuring(start);
        // The sender creates its control when the SYN-ACK arrives, which is before the receiver creates one.
        made[0] = made[0] == null ? control : made[0];
        return control;
      }
    };
    long took = transfer(factory, 10_000_000, sender -> {
      if (made[0] != null && made[0].isFull()) {
        // 1448 of 1500 bytes are data. The rate is that of the link, and the window two bandwidth-delay products.
        assertThat(made[0].pacingRate()).isBetween(LINK * 85 / 100, LINK * 105 / 100);
        assertThat(made[0].cwnd()).isBetween(65_000, 95_000);
        assertThat(sender.info(now).congestion().cwnd()).isEqualTo(made[0].cwnd());
      }
    });
    assertThat(made[0].losses).as("recoveries").isGreaterThan(20);
    assertThat(made[0].proposals).as("window proposals of recovery").hasSizeGreaterThan(100);
    assertThat(made[0].timeouts).isZero();
    assertThat(overflows).isZero();
    // 10 s for the data, 3.5 % for headers and 1 % for losses.
    assertThat(took).isLessThan(11_500);
  }

  @Test
  void aLossBasedControlLeavesMuchOfThisLinkUnused() {
    assertThat(transfer(Cubic.FACTORY, 10_000_000, sender -> {})).isGreaterThan(14_000);
    assertThat(overflows).as("at the end of slow start").isLessThan(60);
  }
}
