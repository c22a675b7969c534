package io.reactorstack.golden;

import io.reactorstack.lab.Host;
import io.reactorstack.lab.Lab;
import io.reactorstack.lab.Switch;
import io.reactorstack.lab.Wire;
import io.reactorstack.tcp.congestion.CongestionControl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A dumbbell topology: {@code flows} senders on one switch, as many receivers on another, and between the switches a
 * wire of 20 Mbit/s, 40 ms round-trip time, and a queue of one bandwidth-delay product.
 */
record Fairness(CongestionControl.Factory algorithm, int flows, Duration measured, long seed) {

  private static final long RATE = 20_000_000;
  private static final int QUEUE = 100_000;
  private static final Duration WARM_UP = Duration.ofSeconds(10);

  String name() {
    return String.format(Locale.ROOT, "%-5s %2d flows", algorithm.name(), flows);
  }

  String line() {
    try (Lab lab = Lab.virtual(seed)) {
      Switch left = lab.newSwitch("left");
      Switch right = lab.newSwitch("right");
      Wire neck = lab.newWire("neck", w -> w.delay(Duration.ofMillis(20)).rate(RATE).queue(QUEUE),
          w -> w.delay(Duration.ofMillis(20)));
      left.attach(neck.left());
      right.attach(neck.right());
      List<Bulk> bulks = new ArrayList<>();
      for (int i = 0; i < flows; i++) {
        Host from = lab.host("s" + i).address("10.0.1." + (i + 1) + "/16")
            .stack(s -> s.tcp(t -> t.withCongestion(congestion -> congestion.withCongestionControl(algorithm))))
            .connectTo(left);
        Host to = lab.host("r" + i).address("10.0.2." + (i + 1) + "/16").connectTo(right);
        // The flows start one after another, within a second.
        bulks.add(new Bulk(lab, from, to, 80, Long.MAX_VALUE, Duration.ofMillis(1000L * i / flows)));
      }
      lab.run(() -> bulks.forEach(Bulk::begin));
      lab.advance(WARM_UP);
      long[] before = bulks.stream().mapToLong(Bulk::received).toArray();
      lab.advance(measured);
      long sum = 0;
      double squares = 0;
      long least = Long.MAX_VALUE;
      long most = 0;
      for (int i = 0; i < flows; i++) {
        long got = bulks.get(i).received() - before[i];
        sum += got;
        squares += (double) got * got;
        least = Math.min(least, got);
        most = Math.max(most, got);
      }
      double seconds = measured.toMillis() / 1000.0;
      return String.format(Locale.ROOT, "%s: Jain %.4f, together %6.3f Mbit/s, least %6.3f, most %6.3f, overflowed %d",
          name(), (double) sum * sum / (flows * squares), sum * 8 / 1e6 / seconds, least * 8 / 1e6 / seconds,
          most * 8 / 1e6 / seconds, neck.countersToRight().queueFull());
    }
  }
}
