package io.reactorstack.lab;

import io.reactorstack.layer.Counter;
import io.reactorstack.layer.Gauge;
import io.reactorstack.layer.MeterName;
import io.reactorstack.layer.Meters;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** The meters of one switch, looked up once. Confined to the loop. */
final class SwitchCounters {

  private final Map<SwitchMeter, Counter> counters = new EnumMap<>(SwitchMeter.class);
  private final Gauge addresses;

  SwitchCounters(Meters meters) {
    for (SwitchMeter each : SwitchMeter.values()) {
      if (each.kind() == MeterName.Kind.COUNTER) {
        counters.put(each, meters.counter(each));
      }
    }
    addresses = meters.gauge(SwitchMeter.ADDRESSES);
  }

  /** Adds one to {@code meter}, which is not a gauge. */
  void count(SwitchMeter meter) {
    Objects.requireNonNull(counters.get(meter)).increment();
  }

  /** Sets the number of addresses in the table. */
  void addresses(int count) {
    addresses.set(count);
  }
}
