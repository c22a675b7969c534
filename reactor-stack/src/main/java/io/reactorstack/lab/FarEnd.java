package io.reactorstack.lab;

import io.netty.channel.EventLoop;
import io.reactorstack.device.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The end of a direction: a gate, and behind it the receiver. Confined to the loop. */
final class FarEnd {

  /** Takes the frames of a direction. */
  interface Receiver {

    /** Takes {@code frame}, or returns false, without having released it, if there is no room. */
    boolean arrive(Frame frame);
  }

  /** Decides which frames reach the receiver. */
  interface Gate {

    /** The choices of a gate. */
    enum Choice {
      OPEN, DROP, HOLD
    }

    Choice choose(Frame frame);
  }

  /** Frames that are released together, and the time between two such bursts: that of the longest frames at 10 Gbit/s. */
  private static final int BURST = 32;

  private static final long BURST_NANOS = 40_000;

  /** Attempts to deliver to a receiver without room: 100 ms in all. */
  private static final int MOST_ATTEMPTS = 2500;

  private final EventLoop loop;
  private final Tally tally;
  private final Deque<Frame> heldAtGate = new ArrayDeque<>();
  /** Released frames that the receiver has no room for yet. */
  private final Deque<Frame> released = new ArrayDeque<>();
  private final Runnable deliverReleased = this::deliverReleased;
  private @Nullable Receiver receiver;
  private @Nullable Gate gate;
  private int attempts;

  FarEnd(EventLoop loop, Tally tally) {
    this.loop = loop;
    this.tally = tally;
  }

  void receiver(@Nullable Receiver device) {
    receiver = device;
  }

  void deliver(Frame frame) {
    if (!released.isEmpty()) {
      // Those that were held come first.
      released.add(frame);
    } else if (!reaches(frame)) {
      tally.drop(frame, WireDrop.RECEIVER_FULL);
    }
  }

  /** Does with {@code frame} what the gate says; false if it is open and the receiver has no room. */
  private boolean reaches(Frame frame) {
    Gate.Choice choice = gate == null ? Gate.Choice.OPEN : gate.choose(frame);
    Receiver to = receiver;
    if (choice == Gate.Choice.HOLD) {
      heldAtGate.add(frame);
    } else if (choice == Gate.Choice.DROP) {
      tally.drop(frame, WireDrop.PARTITIONED);
    } else if (to == null) {
      tally.drop(frame, WireDrop.UNPLUGGED);
    } else if (to.arrive(frame)) {
      tally.delivered();
    } else {
      return false;
    }
    return true;
  }

  /** Asks {@code changed} from now on, also about the frames that the one before has held; none lets all frames pass. */
  void gate(@Nullable Gate changed) {
    gate = changed;
    boolean delivering = !released.isEmpty();
    // The frames on hold came before those that wait for room.
    heldAtGate.addAll(released);
    released.clear();
    released.addAll(heldAtGate);
    heldAtGate.clear();
    attempts = 0;
    if (!delivering) {
      deliverReleased();
    }
  }

  /** Delivers what was held, in bursts that a receiver's queues have room for, and waits while it has none. */
  private void deliverReleased() {
    for (int burst = 0; burst < BURST && !released.isEmpty(); burst++) {
      Frame first = released.remove();
      if (reaches(first)) {
        attempts = 0;
      } else if (attempts++ < MOST_ATTEMPTS) {
        released.addFirst(first);
        break;
      } else {
        tally.drop(first, WireDrop.RECEIVER_FULL);
      }
    }
    if (!released.isEmpty()) {
      loop.schedule(deliverReleased, BURST_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  /** Frames that wait here. */
  int held() {
    return heldAtGate.size() + released.size();
  }

  void dropAll(WireDrop reason) {
    heldAtGate.forEach(frame -> tally.drop(frame, reason));
    heldAtGate.clear();
    released.forEach(frame -> tally.drop(frame, reason));
    released.clear();
  }
}
