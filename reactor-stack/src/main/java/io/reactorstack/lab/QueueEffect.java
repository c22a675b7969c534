package io.reactorstack.lab;

import io.reactorstack.device.Frame;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An effect that queues frames in front of a server of limited rate; each direction that it is added to has its own
 * queue.
 */
final class QueueEffect implements Effect {

  /**
   * A frame in the queue.
   *
   * @param since the time of its arrival, in nanoseconds on the world's clock
   */
  record Waiting(Frame frame, int bytes, long since) {}

  /** Chooses the frame that is served next. */
  interface Discipline {

    /** Serves the oldest frame. */
    Discipline FIFO = (queue, now) -> queue.poll();

    /** Returns the next frame to serve, or {@code null} if none waits; may drop frames before it. */
    @Nullable
    Waiting next(Queue queue, long now);
  }

  private final String name;
  private final int room;
  private final IntToLongFunction serviceNanos;
  private final Supplier<Discipline> disciplines;
  private final Map<Passage, Queue> queues = new IdentityHashMap<>();

  /**
   * Creates a server.
   *
   * @param room capacity of the queue in frames
   * @param serviceNanos maps the length of a frame in bytes to its service time
   */
  QueueEffect(String name, int room, IntToLongFunction serviceNanos, Supplier<Discipline> disciplines) {
    this.name = name;
    this.room = room;
    this.serviceNanos = serviceNanos;
    this.disciplines = disciplines;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Verdict judge(Frame frame, Duration now) {
    throw new IllegalStateException(name + " needs its passage");
  }

  @Override
  public Verdict judge(Frame frame, Duration now, Passage passage) {
    return queues.computeIfAbsent(passage, place -> new Queue(place, disciplines.get())).enter(frame, now);
  }

  /** The queue of one direction. */
  final class Queue {

    private final Passage passage;
    private final Discipline discipline;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int bytes;
    private boolean serving;

    private Queue(Passage passage, Discipline discipline) {
      this.passage = passage;
      this.discipline = discipline;
    }

    private Verdict enter(Frame frame, Duration now) {
      forgetWhatIsGone();
      int length = frame.payload().readableBytes();
      if (!serving) {
        serving = true;
        serve(frame, length);
      } else if (waiting.size() >= room) {
        return Verdict.drop(name + "_FULL");
      } else {
        waiting.add(new Waiting(frame, length, now.toNanos()));
        bytes += length;
      }
      return Verdict.hold();
    }

    private void serve(Frame frame, int length) {
      passage.later(Duration.ofNanos(serviceNanos.applyAsLong(length)), () -> {
        passage.forward(frame);
        serveNext();
      });
    }

    private void serveNext() {
      Waiting next = discipline.next(this, passage.now().toNanos());
      serving = next != null;
      if (next != null) {
        serve(next.frame, next.bytes);
      }
    }

    /** Removes the frames that a cut of the wire has dropped; they are at the head of the queue. */
    private void forgetWhatIsGone() {
      for (Waiting first = waiting.peek(); first != null && !passage.holds(first.frame); first = waiting.peek()) {
        waiting.remove();
        bytes -= first.bytes;
      }
    }

    /** Removes and returns the oldest frame; {@code null} if none waits. */
    @Nullable
    Waiting poll() {
      forgetWhatIsGone();
      Waiting first = waiting.poll();
      bytes -= first == null ? 0 : first.bytes;
      return first;
    }

    void drop(Waiting unwanted) {
      passage.drop(unwanted.frame, name);
    }

    /** Number of bytes in the queue. */
    int bytes() {
      return bytes;
    }
  }
}
