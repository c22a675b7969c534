package io.reactorstack.icmp;

import io.reactorstack.ip.host.Destination;
import io.reactorstack.ip.host.LastDestination;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Rejection;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.packet.Ipv6Address;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.util.Logger;
import reactor.util.Loggers;

/** One ping: sends its probes at their interval, as far as results are requested, and emits the results. */
final class PingRun extends ProbeRun<PingResult> {

  /** The number of answered probes whose duplicates are still recognized. */
  static final int REMEMBERED = 64;

  /** The maximum number of duplicates that wait for demand. */
  private static final int DUPLICATES = 64;

  /** The least time after a probe that could not be sent, so that a ping without a pause does not occupy the loop. */
  private static final long PAUSE = Duration.ofMillis(10).toNanos();

  private static final Logger LOG = Loggers.getLogger(PingRun.class);

  private final Pings pings;
  private final LoopTurn turn;
  private final IpAddress target;
  private final PingOptions options;
  private final boolean probing;
  private final LastDestination last;
  private final Timers.Timer next;
  private final Deque<PingResult> results = new ArrayDeque<>();
  /** The probes without a result, and those whose duplicates are recognized, oldest first. */
  private final Set<Pings.Probe> outstanding = new LinkedHashSet<>();
  private final Set<Pings.Probe> answered = new LinkedHashSet<>();
  private int sent;
  private long due;

  PingRun(Pings pings, LoopTurn turn, IpAddress target, PingOptions options, boolean probing,
      CoreSubscriber<? super PingResult> actual) {
    super(turn, actual);
    this.pings = pings;
    this.turn = turn;
    this.target = target;
    this.options = options;
    this.probing = probing;
    this.last = new LastDestination(pings.host());
    this.next = turn.timer(this::drain);
  }

  IpAddress target() {
    return target;
  }

  PingOptions options() {
    return options;
  }

  /** Called on the loop: starts to send. */
  void start() {
    if (pings.isRetired()) {
      refuse();
      return;
    }
    pings.began(this);
    due = turn.now();
    begin();
    drain();
  }

  @Override
  protected @Nullable PingResult poll() {
    if (results.isEmpty()) {
      sendDue();
    }
    return results.poll();
  }

  /** Sends the probes that are due and whose results are requested; sets the timer for the next one. */
  private void sendDue() {
    boolean paced = !options.interval().isZero();
    while (cause() == null
        && sent < options.count()
        && demand() > outstanding.size() + results.size()
        && (paced || outstanding.isEmpty())) {
      if (turn.now() - due < 0) {
        next.set(due);
        return;
      }
      due = turn.now() + options.interval().toNanos();
      send();
    }
  }

  private void send() {
    int sequence = sent++;
    Destination path = last.to(target);
    Rejection obstacle = Pings.obstacle(path, options, probing);
    if (path == null || obstacle != null) {
      Rejection why = obstacle == null ? Rejection.of(Rejection.Why.NO_ROUTE) : obstacle;
      results.add(new PingResult.Failed(sequence, new DeliveryFailure.Unsent(why, own(path)), Duration.ZERO));
      due = Math.max(due, turn.now() + PAUSE);
      return;
    }
    try {
      outstanding.add(pings.send(this, sequence, path));
    } catch (IOException e) {
      fail(e);
    }
  }

  private IpAddress own(@Nullable Destination path) {
    return path != null ? path.source() : target.isV4() ? Ipv4Address.UNSPECIFIED : Ipv6Address.UNSPECIFIED;
  }

  void onResult(Pings.Probe probe, PingResult result) {
    outstanding.remove(probe);
    answered.add(probe);
    if (answered.size() > REMEMBERED) {
      forget(answered.iterator().next());
    }
    results.add(result);
    // The message is still being handled; the subscriber is called afterwards, in a turn.
    drainSoon();
  }

  /** Emits a further reply to a probe; returns {@code false} if too many wait. */
  boolean onDuplicate(PingReply duplicate) {
    if (results.size() >= DUPLICATES) {
      return false;
    }
    results.add(duplicate);
    drainSoon();
    return true;
  }

  void forget(Pings.Probe probe) {
    answered.remove(probe);
    probe.forget();
  }

  @Override
  protected boolean isOver() {
    return cause() != null || sent == options.count() && outstanding.isEmpty() && results.isEmpty();
  }

  @Override
  protected void failed(Throwable e) {
    LOG.error("the subscriber to a ping of {} threw; the ping ends", target, e);
  }

  @Override
  protected void ended(boolean early) {
    next.cancel();
    results.clear();
    List.copyOf(outstanding).forEach(Pings.Probe::forget);
    List.copyOf(answered).forEach(Pings.Probe::forget);
    outstanding.clear();
    answered.clear();
    pings.ended(this);
  }
}
