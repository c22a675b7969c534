package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.reactorstack.device.Frame;
import io.reactorstack.lab.report.KeptFrames;
import io.reactorstack.lab.report.WireReport;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.util.Logger;
import reactor.util.Loggers;

/**
 * One direction of a wire: passes frames through its effects, impairs them, and delivers frames that are due at the
 * same instant together. Confined to the loop.
 */
final class Direction {

  private static final Logger LOG = Loggers.getLogger(Direction.class);

  /**
   * A frame in transit. Frames that are due at the same instant arrive in the order in which they were sent.
   *
   * @param due the time at which it continues, in nanoseconds of the loop's clock
   * @param order position in the order of sending
   * @param number the frame's number in decisions
   * @param behind the {@code order} of the effect that delayed it and after which it continues (when decisions are
   *     replayed: the index of the next decision); {@link #ARRIVES} or {@link #ARRIVES_CHECKED} if it is due at the
   *     receiver
   */
  private record Flight(long due, long order, long number, Frame frame, long behind)
      implements
        Comparable<Flight> {
    @Override
    public int compareTo(Flight other) {
      return due != other.due ? Long.compare(due, other.due) : Long.compare(order, other.order);
    }
  }

  /** A frame in the bottleneck's queue, and the time at which the bottleneck has sent it. */
  private record Waiting(long through, int bytes) {}

  private static final long ARRIVES = -2;

  /** As {@link #ARRIVES}, for a frame with a frame check sequence. */
  private static final long ARRIVES_CHECKED = -3;

  private static final long ALL_EFFECTS = -1;

  private final String name;
  private final EventLoop loop;
  private final Seeds seeds;
  private final DecisionBook book;
  private final Fate fate;
  /** The same object as {@link #fate} if decisions are replayed; otherwise {@code null}. */
  private final @Nullable ReplayedFate given;
  private final PriorityQueue<Flight> flights = new PriorityQueue<>();
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private final List<EffectPlace> effects = new ArrayList<>();
  private final Tally tally;
  private final ReceivingEnd end;
  private final Runnable deliverDue = this::deliverDue;
  private Impairment impairment;
  private @Nullable Direction opposite;
  private @Nullable ScheduledFuture<?> armed;
  private long armedFor = VirtualLoop.NEVER;
  private boolean checked;
  private boolean cut;
  private boolean paused;
  private int queuedBytes;
  private long bottleneckFree = Long.MIN_VALUE;
  private long entered;
  private long flown;
  private long effectsAdded;

  Direction(String name, EventLoop loop, Seeds seeds, Impairment impairment, DecisionBook book,
      KeptFrames kept) {
    this.name = name;
    this.loop = loop;
    this.seeds = seeds;
    this.impairment = impairment;
    this.book = book;
    this.tally = new Tally((frame, cause) -> kept.dropped(name, cause, frame, now()));
    this.end = new ReceivingEnd(loop, tally);
    Map<Long, List<Decision>> decisions = book.givenFor(name);
    this.given = decisions == null ? null : new ReplayedFate(decisions);
    this.fate = given == null ? new RandomFate(name, seeds) : given;
  }

  String name() {
    return name;
  }

  EventLoop loop() {
    return loop;
  }

  Seeds seeds() {
    return seeds;
  }

  Tally tally() {
    return tally;
  }

  Impairment impairment() {
    return impairment;
  }

  void impair(Impairment changed) {
    impairment = changed;
  }

  /** Sets the opposite direction, which carries the answers of effects. */
  void opposite(Direction other) {
    opposite = other;
  }

  /** The receiving end of this direction. */
  ReceivingEnd end() {
    return end;
  }

  /** Sets whether further frames have a frame check sequence on the wire. */
  void frameCheck(boolean on) {
    checked = on;
  }

  /** Sets whether the direction is cut: a cut drops the frames in transit and all later ones. */
  void cut(boolean isCut) {
    cut = isCut;
    if (isCut) {
      dropAll(WireDrop.CUT);
    }
  }

  // ---- entry

  /** Sends {@code frame}, which this direction takes over. */
  void transmit(Frame frame) {
    tally.sent();
    enter(frame, null);
  }

  /**
   * Lets a frame enter the direction.
   *
   * @param maker the effect that made the frame and is not applied to it; {@code null} if a device sent the frame
   */
  private void enter(Frame frame, @Nullable Effect maker) {
    long number = ++entered;
    if (cut) {
      tally.drop(frame, WireDrop.CUT);
    } else if (given != null) {
      follow(given, frame, number, 0);
    } else if (effects.isEmpty()) {
      impair(frame, number);
    } else {
      pass(frame, number, ALL_EFFECTS, maker);
    }
  }

  /** Applies the effects whose order is greater than {@code order} to {@code frame}, and then impairs it. */
  private void pass(Frame frame, long number, long order, @Nullable Effect maker) {
    // Iterates over a copy, since an effect may remove itself or other effects.
    for (EffectPlace place : List.copyOf(effects)) {
      boolean sees = place.order() > order && !place.isEnded() && !place.effect().equals(maker);
      if (sees && !goesOn(place, ask(place, frame), frame, number)) {
        return;
      }
    }
    impair(frame, number);
  }

  /** Carries out a verdict; returns whether the frame goes on to the next effect. */
  private boolean goesOn(EffectPlace place, Verdict verdict, Frame frame, long number) {
    String effect = place.effect().name();
    return switch (verdict) {
      case Verdict.Pass pass -> true;
      case Verdict.Drop(String cause) -> {
        decide(number, new Decision.Dropped(cause));
        tally.drop(frame, cause);
        yield false;
      }
      case Verdict.Delay(Duration by) when by.isZero() -> true;
      case Verdict.Delay(Duration by) -> {
        decide(number, new Decision.Held(by, effect));
        tally.changed(effect);
        fly(now() + by.toNanos(), number, frame, place.order());
        yield false;
      }
      case Verdict.Hold hold -> {
        tally.changed(effect);
        place.hold(frame, number, now());
        yield false;
      }
      case Verdict.Replace(List<Frame> frames) -> {
        replace(place, frames, frame, number);
        yield false;
      }
      case Verdict.Answer(Verdict then, List<Frame> frames) -> {
        if (book.records()) {
          decide(number, new Decision.Answered(frames.stream().map(Direction::hex).toList(), effect));
        }
        answer(frames, effect, place.effect());
        yield goesOn(place, then, frame, number);
      }
    };
  }

  private void replace(EffectPlace place, List<Frame> frames, Frame frame, long number) {
    String effect = place.effect().name();
    if (book.records()) {
      decide(number, new Decision.Replaced(
          frames.stream().map(each -> isSame(each, frame) ? DecisionText.ITSELF : hex(each)).toList(), effect));
    }
    replace(frames, frame, effect,
        each -> pass(each, isSame(each, frame) ? number : ++entered, place.order(), null));
  }

  /** Passes each of the frames that replace {@code frame} to {@code next}. */
  private void replace(List<Frame> frames, Frame frame, String effect, Consumer<Frame> next) {
    if (frames.stream().noneMatch(each -> isSame(each, frame))) {
      tally.drop(frame, effect);
    }
    for (Frame each : frames) {
      if (!isSame(each, frame)) {
        tally.made(effect);
      }
      next.accept(each);
    }
  }

  private void answer(List<Frame> frames, String effect, @Nullable Effect maker) {
    for (Frame each : frames) {
      if (opposite == null) {
        each.release();
      } else {
        opposite.tally.made(effect);
        opposite.enter(each, maker);
      }
    }
  }

  /** Lets a frame continue that the effect at {@code place} has held since {@code since}. */
  void release(EffectPlace place, Frame frame, long number, long since) {
    if (now() != since) {
      decide(number, new Decision.Held(Duration.ofNanos(now() - since), place.effect().name()));
    }
    pass(frame, number, place.order(), null);
  }

  /** Drops a frame that an effect has held. */
  void discard(Frame frame, long number, String cause) {
    decide(number, new Decision.Dropped(cause));
    tally.drop(frame, cause);
  }

  // ---- replayed decisions

  /**
   * Carries out the frame's decisions, starting at index {@code next}, in place of all effects; then impairs the frame.
   */
  private void follow(ReplayedFate decisions, Frame frame, long number, int next) {
    List<Decision> about = decisions.about(number);
    for (int i = next; i < about.size(); i++) {
      if (!follows(decisions, about.get(i).what(), frame, number, i)) {
        return;
      }
    }
    impair(frame, number);
  }

  private boolean follows(ReplayedFate decisions, Decision.What what, Frame frame, long number, int index) {
    switch (what) {
      case Decision.Dropped(String cause) -> {
        decide(number, what);
        tally.drop(frame, cause);
        return false;
      }
      case Decision.Held(Duration time, String effect) -> {
        decide(number, what);
        tally.changed(effect);
        fly(now() + time.toNanos(), number, frame, index + 1);
        return false;
      }
      case Decision.Replaced(List<String> frames, String effect) -> {
        decide(number, what);
        List<Frame> made = frames.stream().map(hex -> hex.equals(DecisionText.ITSELF) ? frame : frame(hex)).toList();
        replace(made, frame, effect, one -> {
          boolean itself = isSame(one, frame);
          follow(decisions, one, itself ? number : ++entered, itself ? index + 1 : 0);
        });
        return false;
      }
      case Decision.Answered(List<String> frames, String effect) -> {
        decide(number, what);
        answer(frames.stream().map(Direction::frame).toList(), effect, null);
        return true;
      }
      default -> {
        // The other kinds are chance, which the fate decides after the bottleneck.
        return true;
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // identity is meant: frames with equal bytes are still different frames
  private static boolean isSame(Frame one, Frame other) {
    return one == other;
  }

  private static String hex(Frame frame) {
    return ByteBufUtil.hexDump(frame.payload());
  }

  private static Frame frame(String hex) {
    return new Frame(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)), PacketFacts.LOCAL);
  }

  private void decide(long number, Decision.What what) {
    decide(number, false, what);
  }

  private void decide(long number, boolean copy, Decision.What what) {
    if (book.records()) {
      book.write(new Decision(name, number, copy, what));
    }
  }

  // ---- the impairment

  private void impair(Frame sent, long number) {
    Frame frame = checked ? PhysicalFrames.enclose(sent) : sent;
    long now = now();
    int limit = impairment.bottleneck().limit();
    if (limit > 0 && flights.size() >= limit) {
      tally.drop(frame, WireDrop.LIMIT);
      return;
    }
    long through = passBottleneck(frame.payload().readableBytes(), now);
    if (through < 0) {
      tally.drop(frame, WireDrop.QUEUE_FULL);
      return;
    }
    if (fate.loses(number, impairment)) {
      decide(number, new Decision.Lost());
      tally.drop(frame, WireDrop.LOST);
      return;
    }
    if (fate.doubles(number, impairment)) {
      duplicate(frame, number, through);
    }
    fly(frame, number, false, through);
  }

  private void duplicate(Frame frame, long number, long through) {
    ByteBuf copy;
    try {
      copy = frame.payload().copy();
    } catch (VirtualMachineError e) {
      // The sender's heap is too small for a copy; the frame is then not duplicated.
      return;
    }
    decide(number, new Decision.Doubled());
    tally.made("DUPLICATED");
    fly(new Frame(copy, frame.facts()), number, true, through);
  }

  /** Returns the time at which the bottleneck has sent a frame of {@code bytes}, or -1 if its queue is full. */
  private long passBottleneck(int bytes, long now) {
    Bottleneck bottleneck = impairment.bottleneck();
    if (bottleneck.bitsPerSecond() == 0) {
      return now;
    }
    for (Waiting first = queue.peek(); first != null && first.through <= now; first = queue.peek()) {
      queuedBytes -= queue.remove().bytes;
    }
    // An idle bottleneck takes any frame, even one longer than the queue.
    if (!queue.isEmpty() && queuedBytes + bytes > bottleneck.queueBytes()) {
      return -1;
    }
    bottleneckFree = Math.max(bottleneckFree, now) + bottleneck.serviceNanos(bytes);
    queue.add(new Waiting(bottleneckFree, bytes));
    queuedBytes += bytes;
    return bottleneckFree;
  }

  private void fly(Frame frame, long number, boolean copy, long through) {
    int bytes = frame.payload().readableBytes();
    long due = fate.due(number, copy, through, bytes, impairment);
    if (book.records()) {
      recordLateness(number, copy, due - through);
    }
    int bit = fate.flips(number, copy, bytes * Byte.SIZE, impairment);
    Frame arriving = frame;
    if (bit >= 0) {
      arriving = flipped(frame, bit);
      if (!isSame(arriving, frame)) {
        decide(number, copy, new Decision.Flipped(bit));
        tally.changed("CORRUPTED");
      }
    }
    fly(due, number, arriving, checked ? ARRIVES_CHECKED : ARRIVES);
  }

  private void recordLateness(long number, boolean copy, long taken) {
    long late = taken - impairment.delay().toNanos();
    if (late != 0) {
      decide(number, copy, new Decision.Late(Duration.ofNanos(late)));
    }
  }

  /**
   * Returns a copy with one bit flipped; the original bytes stay intact, since the sender may need them for a
   * retransmission.
   */
  static Frame flipped(Frame frame, int bit) {
    ByteBuf copy;
    try {
      copy = frame.payload().copy();
    } catch (VirtualMachineError e) {
      // The sender's heap is too small for a copy; the frame then stays intact.
      return frame;
    }
    frame.release();
    int index = copy.readerIndex() + bit / Byte.SIZE;
    copy.setByte(index, copy.getByte(index) ^ 1 << bit % Byte.SIZE);
    // The checksum must be verified again: the facts of the undamaged frame would hide the flipped bit.
    return new Frame(copy, new PacketFacts(frame.facts().ingressNanos(), ChecksumState.IN_PACKET, 0));
  }

  private void fly(long due, long number, Frame frame, long behind) {
    flights.add(new Flight(due, flown++, number, frame, behind));
    arm();
  }

  // ---- delivery

  private long now() {
    return loop.ticker().nanoTime();
  }

  /** Time since the world began. */
  Duration elapsed() {
    return Duration.ofNanos(now() - loop.ticker().initialNanoTime());
  }

  private void arm() {
    Flight first = flights.peek();
    long due = first == null || paused ? VirtualLoop.NEVER : first.due;
    if (due == armedFor) {
      return;
    }
    if (armed != null) {
      armed.cancel(false);
      armed = null;
    }
    armedFor = due;
    if (due != VirtualLoop.NEVER) {
      long wait = Math.max(0, due - now());
      armed = loop.schedule(deliverDue, wait, TimeUnit.NANOSECONDS);
    }
  }

  private void deliverDue() {
    armed = null;
    armedFor = VirtualLoop.NEVER;
    long now = now();
    // Frames that a receiver sends in response are delivered in a task of their own.
    paused = true;
    for (Flight first = flights.peek(); first != null && first.due <= now; first = flights.peek()) {
      flights.remove();
      if (first.behind == ARRIVES) {
        end.deliver(first.frame);
      } else if (first.behind == ARRIVES_CHECKED) {
        deliverChecked(first.frame);
      } else if (given != null) {
        follow(given, first.frame, first.number, (int) first.behind);
      } else {
        pass(first.frame, first.number, first.behind, null);
      }
    }
    paused = false;
    arm();
  }

  private void deliverChecked(Frame frame) {
    if (PhysicalFrames.isIntact(frame)) {
      end.deliver(PhysicalFrames.disclose(frame));
    } else {
      tally.drop(frame, WireDrop.BAD_FRAME_CHECK);
    }
  }

  private void dropAll(WireDrop reason) {
    flights.forEach(flight -> tally.drop(flight.frame, reason));
    flights.clear();
    effects.forEach(place -> place.clear(frame -> tally.drop(frame, reason)));
    end.dropAll(reason);
    queue.clear();
    queuedBytes = 0;
    bottleneckFree = Long.MIN_VALUE;
    fate.restart();
    arm();
  }

  // ---- effects

  EffectPlace add(Effect effect, boolean toRight) {
    EffectPlace place = new EffectPlace(this, effect, effectsAdded++, toRight);
    effects.add(place);
    return place;
  }

  /** Removes an effect; the frames that it holds continue immediately. */
  void remove(EffectPlace place) {
    if (effects.remove(place)) {
      place.end();
    }
  }

  /** Returns the effect's verdict about {@code frame}; if the effect throws, the frame is dropped. */
  private Verdict ask(EffectPlace place, Frame frame) {
    Effect effect = place.effect();
    try {
      return effect.judge(frame, elapsed(), place);
    } catch (RuntimeException e) {
      LOG.error("the effect " + effect.name() + " of " + name + " failed; the frame is dropped", e);
      return Verdict.drop(effect.name() + "_FAILED");
    }
  }

  void close() {
    cut(true);
    List.copyOf(effects).forEach(this::remove);
    end.receiver(null);
  }

  int inFlight() {
    return flights.size() + end.held() + effects.stream().mapToInt(EffectPlace::held).sum();
  }

  /** Returns a snapshot of the direction for a report. */
  WireReport look() {
    WireCounters counters = counters();
    return new WireReport(name, impairment.equals(Impairment.none()) ? "" : impairment.toString(), counters.sent(),
        counters.delivered(), counters.inFlight(), counters.drops(), armedFor);
  }

  WireCounters counters() {
    return tally.counters(inFlight(), fate.reordered());
  }
}
