package io.reactorstack.lab;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.reactorstack.device.Frame;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One direction of a wire: impairs frames, and delivers those due at the same instant together. Confined to the loop. */
final class Direction {

  /** Who is at the end of a direction. */
  interface Receiver {

    /** Takes {@code frame}, or returns false, without having released it, if there is no room. */
    boolean arrive(Frame frame);
  }

  /** A frame under way; of those due at the same instant the first sent arrives first. */
  private record Flight(long due, long number, Frame frame) implements Comparable<Flight> {
    @Override
    public int compareTo(Flight other) {
      return due != other.due ? Long.compare(due, other.due) : Long.compare(number, other.number);
    }
  }

  /** A frame that waits for the bottleneck until it is through. */
  private record Waiting(long through, int bytes) {}

  private final EventLoop loop;
  private final RandomGenerator losses;
  private final RandomGenerator jitters;
  private final RandomGenerator reorders;
  private final RandomGenerator duplicates;
  private final RandomGenerator corruptions;
  private final PriorityQueue<Flight> flights = new PriorityQueue<>();
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private final Drops drops = new Drops();
  private final Runnable deliverDue = this::deliverDue;
  private Impairment impairment;
  private @Nullable Receiver receiver;
  private @Nullable ScheduledFuture<?> armed;
  private long armedFor = VirtualLoop.NEVER;
  private boolean cut;
  private boolean paused;
  private int queuedBytes;
  private long bottleneckFree = Long.MIN_VALUE;
  private long lastDue = Long.MIN_VALUE;
  private long frameNumber;
  private long sent;
  private long delivered;
  private long duplicated;
  private long corrupted;
  private long reordered;

  Direction(String name, EventLoop loop, Seeds seeds, Impairment impairment) {
    this.loop = loop;
    this.impairment = impairment;
    this.losses = seeds.random(name + "/loss");
    this.jitters = seeds.random(name + "/jitter");
    this.reorders = seeds.random(name + "/reorder");
    this.duplicates = seeds.random(name + "/duplicate");
    this.corruptions = seeds.random(name + "/corrupt");
  }

  Impairment impairment() {
    return impairment;
  }

  void impair(Impairment changed) {
    impairment = changed;
  }

  void receiver(@Nullable Receiver device) {
    receiver = device;
  }

  /** Whether frames arrive at no receiver. */
  void cut(boolean isCut) {
    cut = isCut;
    if (isCut) {
      drop(WireDrop.CUT);
    }
  }

  /** Takes {@code frame} and its buffer. */
  void transmit(Frame frame) {
    sent++;
    long now = loop.ticker().nanoTime();
    if (cut) {
      drops.drop(frame, WireDrop.CUT);
      return;
    }
    long through = passBottleneck(frame.payload().readableBytes(), now);
    if (through < 0) {
      drops.drop(frame, WireDrop.QUEUE_FULL);
      return;
    }
    if (hits(losses, impairment.loss())) {
      drops.drop(frame, WireDrop.LOST);
      return;
    }
    if (hits(duplicates, impairment.duplicate())) {
      duplicate(frame, through);
    }
    fly(frame, through);
  }

  private void duplicate(Frame frame, long through) {
    ByteBuf copy;
    try {
      copy = frame.payload().copy();
    } catch (VirtualMachineError e) {
      // The memory is the sender's; without it there is one frame.
      return;
    }
    duplicated++;
    fly(new Frame(copy, frame.facts()), through);
  }

  /** When a frame of {@code bytes} is through the bottleneck, or -1 if its queue is full. */
  private long passBottleneck(int bytes, long now) {
    if (impairment.bitsPerSecond() == 0) {
      return now;
    }
    for (Waiting first = queue.peek(); first != null && first.through <= now; first = queue.peek()) {
      queuedBytes -= queue.remove().bytes;
    }
    // A frame may always be served by an idle bottleneck, however short the queue.
    if (!queue.isEmpty() && queuedBytes + bytes > impairment.queueBytes()) {
      return -1;
    }
    long serviceNanos = Math.ceilDiv(bytes * 8L * TimeUnit.SECONDS.toNanos(1), impairment.bitsPerSecond());
    bottleneckFree = Math.max(bottleneckFree, now) + serviceNanos;
    queue.add(new Waiting(bottleneckFree, bytes));
    queuedBytes += bytes;
    return bottleneckFree;
  }

  private void fly(Frame frame, long through) {
    long due = through + impairment.delay().toNanos();
    if (!impairment.jitter().isZero()) {
      due += jitters.nextLong(impairment.jitter().toNanos() + 1);
    }
    if (hits(reorders, impairment.reordering().probability())) {
      reordered++;
      due += impairment.reordering().by().toNanos();
    } else {
      due = Math.max(due, lastDue);
      lastDue = due;
    }
    flights.add(new Flight(due, frameNumber++, hits(corruptions, impairment.corrupt()) ? corrupted(frame) : frame));
    arm();
  }

  /** A copy with one bit flipped: the sender may still hold the bytes for a retransmission. */
  private Frame corrupted(Frame frame) {
    if (!frame.payload().isReadable()) {
      return frame;
    }
    ByteBuf copy;
    try {
      copy = frame.payload().copy();
    } catch (VirtualMachineError e) {
      // The memory is the sender's; without it the frame stays whole.
      return frame;
    }
    corrupted++;
    frame.release();
    int bit = corruptions.nextInt(copy.readableBytes() * 8);
    int index = copy.readerIndex() + bit / 8;
    copy.setByte(index, copy.getByte(index) ^ 1 << bit % 8);
    // Nobody vouches any more for what was damaged on the way, or it would never be found out.
    return new Frame(copy, new PacketFacts(frame.facts().ingressNanos(), ChecksumState.IN_PACKET, 0));
  }

  private static boolean hits(RandomGenerator random, double probability) {
    return probability > 0 && random.nextDouble() < probability;
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
      long wait = Math.max(0, due - loop.ticker().nanoTime());
      armed = loop.schedule(deliverDue, wait, TimeUnit.NANOSECONDS);
    }
  }

  private void deliverDue() {
    armed = null;
    armedFor = VirtualLoop.NEVER;
    long now = loop.ticker().nanoTime();
    // What a receiver sends at once has a turn of its own.
    paused = true;
    for (Flight first = flights.peek(); first != null && first.due <= now; first = flights.peek()) {
      flights.remove();
      deliver(first.frame);
    }
    paused = false;
    arm();
  }

  private void deliver(Frame frame) {
    Receiver to = receiver;
    if (to == null) {
      drops.drop(frame, WireDrop.UNPLUGGED);
    } else if (!to.arrive(frame)) {
      drops.drop(frame, WireDrop.RECEIVER_FULL);
    } else {
      delivered++;
    }
  }

  private void drop(WireDrop reason) {
    flights.forEach(flight -> drops.drop(flight.frame, reason));
    flights.clear();
    queue.clear();
    queuedBytes = 0;
    bottleneckFree = Long.MIN_VALUE;
    arm();
  }

  void close() {
    cut(true);
    receiver = null;
  }

  int inFlight() {
    return flights.size();
  }

  WireCounters counters() {
    return new WireCounters(sent, delivered, duplicated, corrupted, reordered, drops.get(WireDrop.LOST),
        drops.get(WireDrop.QUEUE_FULL), drops.get(WireDrop.CUT), drops.get(WireDrop.UNPLUGGED),
        drops.get(WireDrop.RECEIVER_FULL), flights.size());
  }
}
