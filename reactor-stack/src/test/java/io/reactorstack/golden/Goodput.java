package io.reactorstack.golden;

import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Wire;
import io.reactorstack.lab.WireCounters;
import io.reactorstack.tcp.congestion.CongestionControl;
import io.reactorstack.tcp.model.TcpSettings;
import java.time.Duration;
import java.util.Locale;
import reactor.core.publisher.Mono;

/**
 * One bulk transfer over a path with random loss of data segments: a cell of the goodput table.
 *
 * @param loss the probability that a data segment is lost; acknowledgements are not lost
 * @param buffer the fixed size of the sender's and of the receiver's buffer, in bytes
 * @param bytes the amount of data to transfer; the transfer ends earlier after two minutes
 */
record Goodput(CongestionControl.Factory algorithm, double loss, int rttMillis, int buffer, long bytes, long seed) {

  /** The path's rate in bit/s, the same in all cells. */
  static final long RATE = 100_000_000;

  /** The queue in front of the path, in bytes. */
  static final int QUEUE = 1 << 20;

  private static final Duration LIMIT = Duration.ofSeconds(120);

  /** The measured result. */
  record Result(long bitsPerSecond, int recoveries, int timeouts, int spurious, long lost, long dropped) {

    String megabits() {
      return String.format(Locale.ROOT, "%.3f", bitsPerSecond / 1e6);
    }
  }

  static TcpSettings fixed(TcpSettings before, int buffer) {
    return before.withBuffers(buffers -> buffers.withSendBuffer(buffer).withMaxSendBuffer(buffer)
        .withReceiveBuffer(buffer).withMaxReceiveBuffer(buffer));
  }

  String name() {
    return String.format(Locale.ROOT, "%-5s loss %4.1f %% rtt %3d ms buffer %4d KiB", algorithm.name(), 100 * loss,
        rttMillis, buffer / 1024);
  }

  String line() {
    Result r = run();
    return String.format(Locale.ROOT,
        "%s: %8s Mbit/s, recoveries %4d, timeouts %3d, spurious %d, lost %4d, overflowed %4d",
        name(), r.megabits(), r.recoveries, r.timeouts, r.spurious, r.lost, r.dropped);
  }

  Result run() {
    Watched.Events events = new Watched.Events();
    try (Lab lab = Lab.virtual(seed)) {
      Duration oneWay = Duration.ofMillis(rttMillis).dividedBy(2);
      Wire path = lab.newWire("path", w -> w.delay(oneWay).rate(RATE).queue(QUEUE).loss(loss), w -> w.delay(oneWay));
      Host from = lab.host("sender").address("10.0.0.1/24")
          .stack(s -> s.tcp(t -> fixed(t, buffer)
              .withCongestion(congestion -> congestion.withCongestionControl(Watched.of(algorithm, events)))))
          .connectTo(path.left());
      Host to = lab.host("receiver").address("10.0.0.2/24").stack(s -> s.tcp(t -> fixed(t, buffer)))
          .connectTo(path.right());
      Bulk bulk = new Bulk(lab, from, to, 80, bytes, Duration.ZERO);
      lab.await(Mono.firstWithSignal(bulk.done(), Mono.delay(LIMIT, lab.scheduler()).then()), LIMIT.plusSeconds(1));
      Duration took = bulk.isComplete() ? bulk.took() : LIMIT;
      WireCounters counters = path.countersToRight();
      return new Result(bulk.received() * 8_000_000_000L / took.toNanos(), events.losses, events.timeouts,
          events.spurious, counters.lost(), counters.queueFull());
    }
  }
}
