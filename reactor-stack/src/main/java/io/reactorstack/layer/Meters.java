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
 * The counters and gauges of one host, by name and tags.
 *
 * <p>A part of the host makes its meters when it is made itself, and holds them; to count then costs no look-up. {@link #with}
 * narrows the view by a tag: what is made through a view carries its tags, and what is read through it are the meters that carry
 * them:
 *
 * <pre>{@code
 * stack.meters().with(MeterTag.INTERFACE, "tap0").samples();
 * }</pre>
 *
 * <p>All methods may be called from any thread; {@link Counter} and {@link Gauge} have one writer.
 */
public final class Meters {

  /** A meter with the tags that it carries. */
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

  /** All meters of a host; the array is replaced, so that readers need no lock. */
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

  /** No meters yet. */
  public Meters() {
    this(new Registry(), Map.of());
  }

  private Meters(Registry registry, Map<MeterTag, String> tags) {
    this.registry = registry;
    this.tags = tags;
  }

  /** The same meters, seen through one more tag. */
  public Meters with(MeterTag tag, String value) {
    Map<MeterTag, String> more = new EnumMap<>(MeterTag.class);
    more.putAll(tags);
    more.put(tag, value);
    return new Meters(registry, Collections.unmodifiableMap(more));
  }

  /** The counter of this name with the tags of this view; made if there is none. */
  public Counter counter(MeterName name) {
    return (Counter) registry.find(name, tags, Counter::new);
  }

  /** The counter of received frames that end at {@code taker}, a part of the host. */
  public Counter consumed(String taker) {
    return with(MeterTag.TAKER, taker).counter(FrameMeter.FRAMES_CONSUMED);
  }

  /** The gauge of this name with the tags of this view; made if there is none. */
  public Gauge gauge(MeterName name) {
    return (Gauge) registry.find(name, tags, Gauge::new);
  }

  /** A counter that any thread may write. */
  LongAdder adder(MeterName name) {
    LongAdder made = new LongAdder();
    return registry.find(name, tags, () -> new Adder(made)) instanceof Adder(LongAdder adder) ? adder : made;
  }

  /**
   * Adds a meter whose value is kept elsewhere, unless there is one of this name and these tags.
   *
   * @param value read on the reader's thread, whichever that is
   */
  public void add(MeterName name, LongSupplier value) {
    registry.find(name, tags, () -> value);
  }

  /** The sum of the meters of this name that carry the tags of this view. */
  public long sum(MeterName name) {
    long sum = 0;
    for (Entry entry : registry.entries) {
      if (entry.name.equals(name) && entry.carries(tags)) {
        sum += entry.value.getAsLong();
      }
    }
    return sum;
  }

  /** The meters that carry the tags of this view, sorted by name and tags. */
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
   * Frames that the shard of this view has received and that have neither ended nor are held: at most one, that which is being
   * handled. Allocates nothing, since it is called when memory has run out, too.
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

  /** A line for each meter that is not zero. */
  @Override
  public String toString() {
    return samples().stream().filter(sample -> sample.value() != 0).map(MeterSample::toString)
        .collect(Collectors.joining("\n"));
  }
}
