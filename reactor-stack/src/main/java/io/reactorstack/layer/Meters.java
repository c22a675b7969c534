package io.reactorstack.layer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The registry of the counters and gauges of one host, by name and tags.
 *
 * <p>A part of the host creates its meters when it is created, and keeps them, so that counting needs no lookup.
 * {@link #with} returns a view that is narrowed by a tag: meters created through a view carry its tags, and a view
 * reads only the meters that carry them:
 *
 * <pre>{@code
 * stack.meters().with(MeterTag.INTERFACE, "tap0").samples();
 * }</pre>
 *
 * <p>All methods may be called from any thread; {@link Counter} and {@link Gauge} have one writer.
 */
public final class Meters {

  /** A meter and its tags. */
  private record Entry(MeterName name, Map<MeterTag, String> tags, LongSupplier value) {

    boolean carries(Map<MeterTag, String> wanted) {
      return tags.entrySet().containsAll(wanted.entrySet());
    }

    boolean isOf(@Nullable String shard) {
      return shard == null || shard.equals(tags.get(MeterTag.SHARD));
    }

    MeterSample sample() {
      Map<String, String> text = new LinkedHashMap<>();
      tags.forEach((tag, value) -> text.put(tag.key(), value));
      return new MeterSample(
          name.name().toLowerCase(Locale.ROOT).replace('_', '.'), Collections.unmodifiableMap(text), name.kind(),
          value.getAsLong());
    }
  }

  private record Adder(LongAdder adder) implements LongSupplier {

    @Override
    public long getAsLong() {
      return adder.sum();
    }
  }

  /** All meters of a host. A new meter replaces the array, so readers need no lock. */
  private static final class Registry {

    private volatile Entry[] entries = {};

    synchronized LongSupplier find(MeterName name, Map<MeterTag, String> tags, Supplier<LongSupplier> maker) {
      for (Entry entry : entries) {
        if (entry.name.equals(name) && entry.tags.equals(tags)) {
          return entry.value;
        }
      }
      LongSupplier made = maker.get();
      Entry[] more = Arrays.copyOf(entries, entries.length + 1);
      more[entries.length] = new Entry(name, tags, made);
      entries = more;
      return made;
    }
  }

  private static final Comparator<MeterSample> ORDER = Comparator.comparing(MeterSample::name)
      .thenComparing(sample -> sample.tags().toString());

  private final Registry registry;
  private final Map<MeterTag, String> tags;

  /** Creates an empty registry. */
  public Meters() {
    this(new Registry(), Map.of());
  }

  private Meters(Registry registry, Map<MeterTag, String> tags) {
    this.registry = registry;
    this.tags = tags;
  }

  /** Returns a view of the same meters with one more tag. */
  public Meters with(MeterTag tag, String value) {
    Map<MeterTag, String> more = new EnumMap<>(MeterTag.class);
    more.putAll(tags);
    more.put(tag, value);
    return new Meters(registry, Collections.unmodifiableMap(more));
  }

  /** Returns the counter of this name with the tags of this view; creates it if it does not exist. */
  public Counter counter(MeterName name) {
    return (Counter) registry.find(name, tags, Counter::new);
  }

  /** Returns the counter of received frames that are consumed by {@code taker}, a part of the host. */
  public Counter consumed(String taker) {
    return with(MeterTag.TAKER, taker).counter(FrameMeter.FRAMES_CONSUMED);
  }

  /** Returns the gauge of this name with the tags of this view; creates it if it does not exist. */
  public Gauge gauge(MeterName name) {
    return (Gauge) registry.find(name, tags, Gauge::new);
  }

  /** Returns the counter of this name that any thread may write; creates it if it does not exist. */
  LongAdder adder(MeterName name) {
    LongAdder made = new LongAdder();
    return registry.find(name, tags, () -> new Adder(made)) instanceof Adder(LongAdder adder) ? adder : made;
  }

  /**
   * Adds a meter whose value is kept elsewhere, unless one of this name with these tags exists.
   *
   * @param value returns the value; called on the thread of the reader
   */
  public void add(MeterName name, LongSupplier value) {
    registry.find(name, tags, () -> value);
  }

  /** Returns the sum of the meters of this name that carry the tags of this view. */
  public long sum(MeterName name) {
    long sum = 0;
    for (Entry entry : registry.entries) {
      if (entry.name.equals(name) && entry.carries(tags)) {
        sum += entry.value.getAsLong();
      }
    }
    return sum;
  }

  /** Returns the meters that carry the tags of this view, sorted by name and tags. */
  public List<MeterSample> samples() {
    List<MeterSample> samples = new ArrayList<>();
    for (Entry entry : registry.entries) {
      if (entry.carries(tags)) {
        samples.add(entry.sample());
      }
    }
    samples.sort(ORDER);
    return List.copyOf(samples);
  }

  /**
   * Returns the number of frames that the shard of this view has received and that are neither consumed, dropped nor
   * held: at most one, the frame being handled. Allocates nothing, because it is also called when memory has run out.
   */
  long openFrames() {
    String shard = tags.get(MeterTag.SHARD);
    long open = 0;
    for (Entry entry : registry.entries) {
      if (entry.name instanceof FrameMeter meter && entry.isOf(shard)) {
        open += switch (meter) {
          case FRAMES_RECEIVED -> entry.value.getAsLong();
          case FRAMES_CONSUMED, FRAMES_DROPPED, FRAMES_HELD -> -entry.value.getAsLong();
          case OCTETS_RECEIVED, FRAMES_SENT, OCTETS_SENT, SENDING_DROPPED, NOTICES -> 0;
        };
      }
    }
    return open;
  }

  /** Returns a line for each meter that is not zero. */
  @Override
  public String toString() {
    return samples().stream().filter(sample -> sample.value() != 0).map(MeterSample::toString)
        .collect(Collectors.joining("\n"));
  }
}
