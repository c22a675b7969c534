package io.reactorstack.layer;

import io.reactorstack.packet.DropReason;
import io.reactorstack.packet.Pdu;
import io.reactorstack.packet.Rejections;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The drop counters, by reason: a view of the {@link Meters} of a host, or of a part of it such as an interface.
 *
 * <p>The {@linkplain DropReason#kind kind} of a reason says whether it drops a received frame, a unit to be sent, or
 * nothing; each kind has its own meter. Counters may be written and read on any thread, except by {@link #fault}.
 */
public final class Drops implements Rejections {

  private final Meters meters;
  private final Map<DropReason, LongAdder> inbound = new ConcurrentHashMap<>();
  private final Map<DropReason, LongAdder> outbound = new ConcurrentHashMap<>();
  private final Map<DropReason, LongAdder> notices = new ConcurrentHashMap<>();

  /** Creates counters that belong to no host. */
  public Drops() {
    this(new Meters());
  }

  /** Creates a view of the drops in {@code meters}; drops counted through it carry the tags of {@code meters}. */
  public Drops(Meters meters) {
    this.meters = meters;
  }

  /** The meters behind this view. */
  public Meters meters() {
    return meters;
  }

  /** Counts one drop. */
  @Override
  public void count(DropReason reason) {
    count(reason, reason.kind());
  }

  /** Releases {@code unit} and counts the drop. */
  public void drop(Pdu unit, DropReason reason) {
    unit.release();
    count(reason);
  }

  /** Counts {@code reason} as a notice, where it drops no received frame, such as for the second copy of a frame. */
  public void note(DropReason reason) {
    count(reason, DropReason.Kind.NOTICE);
  }

  /**
   * Counts an exception {@code cause} as {@link StageDrop#NO_MEMORY} or {@link StageDrop#STAGE_FAULT}. If a received
   * frame is being handled and is neither consumed nor dropped yet, counts that frame as dropped. Must be called on the
   * event loop.
   */
  public void fault(Throwable cause) {
    StageDrop reason = StageDrop.of(cause);
    count(reason, meters.openFrames() > 0 ? DropReason.Kind.INBOUND : reason.kind());
  }

  private void count(DropReason reason, DropReason.Kind kind) {
    Map<DropReason, LongAdder> ofKind = switch (kind) {
      case INBOUND -> inbound;
      case OUTBOUND -> outbound;
      case NOTICE -> notices;
    };
    LongAdder counter = ofKind.get(reason);
    if (counter == null) {
      counter = ofKind.computeIfAbsent(reason, added -> add(added, kind));
    }
    counter.increment();
  }

  private LongAdder add(DropReason reason, DropReason.Kind kind) {
    return meters.with(MeterTag.REASON, key(reason)).adder(name(kind));
  }

  private static FrameMeter name(DropReason.Kind kind) {
    return switch (kind) {
      case INBOUND -> FrameMeter.FRAMES_DROPPED;
      case OUTBOUND -> FrameMeter.SENDING_DROPPED;
      case NOTICE -> FrameMeter.NOTICES;
    };
  }

  private static String key(DropReason reason) {
    return reason.layer() + "." + reason.name();
  }

  /** Returns the count for {@code reason} so far. */
  public long get(DropReason reason) {
    return sum(meters.with(MeterTag.REASON, key(reason)));
  }

  /** Returns the sum of all counts so far. */
  public long total() {
    return sum(meters);
  }

  private static long sum(Meters view) {
    long sum = 0;
    for (DropReason.Kind kind : DropReason.Kind.values()) {
      sum += view.sum(name(kind));
    }
    return sum;
  }

  /** Returns a copy of all counters that are not zero, keyed {@code layer.REASON} and sorted. */
  public Map<String, Long> snapshot() {
    Map<String, Long> copy = new TreeMap<>();
    for (MeterSample sample : meters.samples()) {
      String reason = sample.tags().get(MeterTag.REASON.key());
      if (reason != null && sample.value() != 0) {
        copy.merge(reason, sample.value(), Long::sum);
      }
    }
    return copy;
  }

  @Override
  public String toString() {
    return snapshot().toString();
  }
}
