package io.reactorstack.lab;

import io.netty.channel.EventLoop;
import io.reactorstack.device.Frame;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The receiving end of a direction: a gate, and behind it the receiver. Confined to the loop. */
final class ReceivingEnd {

  /** The device that takes the frames of a direction. */
  interface Receiver {

    /** Takes {@code frame}, or returns false without releasing it if its queue is full. */
    boolean arrive(Frame frame);
  }

  /** Decides which frames reach the receiver: the filter of partitions and holds. */
  interface Gate {

    /** The decisions of a gate. */
    enum Choice {
      OPEN, DROP, HOLD
    }

    Choice choose(Frame frame);
  }

  /**
   * Number of frames that are released together. The next burst follows after the time that the longest frames need at
   * 10 Gbit/s.
   */
  private static final int BURST = 32;

  private static final long BURST_NANOS = 40_000;

  /** Attempts to deliver a frame to a receiver whose queue is full: 100 ms in all. */
  private static final int MAX_ATTEMPTS = 2500;

  private final EventLoop loop;
  private final Tally tally;
  private final Deque<Frame> heldAtGate = new ArrayDeque<>();
  /** Released frames that wait until the receiver's queue has space. */
  private final Deque<Frame> released = new ArrayDeque<>();
  private final Runnable deliverReleased = this::deliverReleased;
  private @Nullable Receiver receiver;
  private @Nullable Gate gate;
  private int attempts;

  ReceivingEnd(EventLoop loop, Tally tally) {
    this.loop = loop;
    this.tally = tally;
  }

  void receiver(@Nullable Receiver device) {
    receiver = device;
  }

  void deliver(Frame frame) {
    if (!released.isEmpty()) {
      // Frames that were held earlier go first.
      released.add(frame);
    } else if (!reaches(frame)) {
      tally.drop(frame, WireDrop.RECEIVER_FULL);
    }
  }

  /**
   * Does with {@code frame} what the gate decides; returns false if the gate is open but the receiver's queue is full.
   */
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

  /**
   * Replaces the gate; {@code null} lets all frames pass. The new gate also decides about the frames that the old one
   * held.
   */
  void gate(@Nullable Gate changed) {
    gate = changed;
    boolean delivering = !released.isEmpty();
    // The frames on hold arrived before those that wait for the receiver.
    heldAtGate.addAll(released);
    released.clear();
    released.addAll(heldAtGate);
    heldAtGate.clear();
    attempts = 0;
    if (!delivering) {
      deliverReleased();
    }
  }

  /** Delivers held frames, in bursts that fit into a receiver's queue, and retries while that is full. */
  private void deliverReleased() {
    for (int burst = 0; burst < BURST && !released.isEmpty(); burst++) {
      Frame first = released.remove();
      if (reaches(first)) {
        attempts = 0;
      } else if (attempts++ < MAX_ATTEMPTS) {
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

  /** Number of frames that wait here. */
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
