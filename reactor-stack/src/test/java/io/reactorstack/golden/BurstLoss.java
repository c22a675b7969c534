package io.reactorstack.golden;

import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.SequenceNumber;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.testing.SeenFrame;
import io.reactorstack.wire.TcpSegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Measures the completion times of a flow of {@code bytes} when {@code burst} consecutive data segments are lost, on a
 * path of 50 Mbit/s and 50 ms round-trip time. The position of the burst varies over the flow.
 *
 * @param places the number of segments between two positions of the burst
 */
record BurstLoss(CongestionControl.Factory algorithm, int bytes, int burst, int places, long seed) {

  String name() {
    return String.format(Locale.ROOT, "%-5s %7d bytes burst %2d", algorithm.name(), bytes, burst);
  }

  String line() {
    int segments = Math.ceilDiv(bytes, 1448);
    List<Long> millis = new ArrayList<>();
    int timeouts = 0;
    for (int first = 0; first < segments; first += places) {
      Watched.Events events = new Watched.Events();
      millis.add(run(first, events));
      timeouts += events.timeouts;
    }
    Collections.sort(millis);
    int n = millis.size();
    long mean = millis.stream().mapToLong(Long::longValue).sum() / n;
    return String.format(Locale.ROOT, "%s: %3d places, mean %5d ms, median %5d, 95 %% %5d, worst %5d, timeouts %d",
        name(), n,
        mean, millis.get(n / 2), millis.get(n * 95 / 100), millis.get(n - 1), timeouts);
  }

  /** Returns the number of retransmission timeouts if the burst begins at segment {@code first}. */
  int timeouts(int first) {
    Watched.Events events = new Watched.Events();
    run(first, events);
    return events.timeouts;
  }

  private long run(int first, Watched.Events events) {
    try (Lab lab = Lab.virtual(seed)) {
      Switch lan = lab.newSwitch("lan");
      var wire = lab.newWire("path", w -> w.delay(Duration.ofMillis(25)).rate(50_000_000));
      lan.attach(loop -> new Dropping(wire.right().open(loop), first, burst));
      Host from = lab.host("sender").address("10.0.0.1/24")
          .stack(s -> s.tcp(t -> t.withTimers(timers -> timers.withNoDelay(true))
              .withCongestion(congestion -> congestion.withCongestionControl(Watched.of(algorithm, events)))))
          .connectTo(wire.left());
      Host to = lab.host("receiver").address("10.0.0.2/24").connectTo(lan);
      // Resolves the neighbours before the measurement.
      lab.await(from.stack().icmp().ping(to.address()));
      Bulk bulk = new Bulk(lab, from, to, 80, bytes, Duration.ZERO);
      lab.await(bulk.done(), Duration.ofMinutes(5));
      return bulk.took().toMillis();
    }
  }

  /** A device that loses {@code count} consecutive new data segments of those it receives; retransmissions pass. */
  private static final class Dropping implements NetworkDevice {

    private final NetworkDevice actual;
    private final int first;
    private final int count;
    private int seen;
    private int highest;

    Dropping(NetworkDevice actual, int first, int count) {
      this.actual = Objects.requireNonNull(actual);
      this.first = first;
      this.count = count;
    }

    private boolean passes(Frame frame) {
      TcpSegment segment = SeenFrame.ethernet(frame.payload()).tcp();
      if (segment == null || segment.payloadLength() == 0) {
        return true;
      }
      if (seen > 0 && SequenceNumber.beforeOrAt(segment.seq(), highest)) {
        return true;
      }
      highest = segment.seq();
      int n = seen++;
      return n < first || n >= first + count;
    }

    @Override
    public DeviceCapabilities capabilities() {
      return actual.capabilities();
    }

    @Override
    public Drops drops() {
      return actual.drops();
    }

    @Override
    public Flux<Frame> receive() {
      return actual.receive().<Frame>handle((frame, sink) -> {
        if (passes(frame)) {
          sink.next(frame);
        } else {
          frame.release();
        }
      });
    }

    @Override
    public Mono<Void> send(Publisher<Frame> frames) {
      return actual.send(frames);
    }

    @Override
    public void dispose() {
      actual.dispose();
    }

    @Override
    public boolean isDisposed() {
      return actual.isDisposed();
    }
  }
}
