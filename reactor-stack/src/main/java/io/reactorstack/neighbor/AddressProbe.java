package io.reactorstack.neighbor;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Ipv4Address;
import io.reactorstack.wire.ArpPacket;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The probe of one IPv4 address before its use: whether another station on the link has the address, or probes it at
 * the same time (RFC 5227 section 2.1). The result comes four to seven seconds after the start, a conflict earlier.
 * {@link ArpLayer#probe} starts it. Confined to the event loop.
 */
public final class AddressProbe {

  /** The listener for the result of a probe. */
  @FunctionalInterface
  public interface Listener {

    /**
     * The probe has ended, by itself. Called in a turn.
     *
     * @param isFree false if another station uses or probes the address
     */
    void probed(Ipv4Address address, boolean isFree);
  }

  // RFC 5227 1.1: PROBE_WAIT, PROBE_NUM, PROBE_MIN, PROBE_MAX and ANNOUNCE_WAIT.
  private static final long WAIT = Duration.ofSeconds(1).toNanos();
  private static final int PROBES = 3;
  private static final long SHORTEST = Duration.ofSeconds(1).toNanos();
  private static final long LONGEST = Duration.ofSeconds(2).toNanos();
  private static final long LAST_WAIT = Duration.ofSeconds(2).toNanos();

  private final Ipv4Address address;
  private final LoopTurn turn;
  private final RandomGenerator random;
  private final ArpLayer arp;
  private final Listener listener;
  private final Timers.Timer timer;
  private int sent;

  /** @param begin the time before which nothing is sent */
  AddressProbe(Ipv4Address address, long begin, LoopTurn turn, RandomGenerator random, ArpLayer arp,
      Listener listener) {
    this.address = address;
    this.turn = turn;
    this.random = random;
    this.arp = arp;
    this.listener = listener;
    this.timer = turn.timer(this::onTimer);
    timer.set(begin + random.nextLong(WAIT + 1));
  }

  private void onTimer() {
    if (sent == PROBES) {
      end(true);
      return;
    }
    arp.sendProbe(address);
    sent++;
    timer.set(turn.now() + (sent == PROBES ? LAST_WAIT : random.nextLong(SHORTEST, LONGEST + 1)));
  }

  /** Handles a packet of another station. */
  void onPacket(ArpPacket packet) {
    boolean used = packet.sender().equals(address);
    // RFC 5227 2.1.1: another station that probes the address wants it, too.
    boolean wanted = packet.operation() == ArpPacket.REQUEST && packet.sender().isUnspecified()
        && packet.target().equals(address);
    if (used || wanted) {
      // The caller iterates over the probes.
      timer.cancel();
      turn.dirty(() -> {
        arp.onProbeConflict();
        end(false);
      });
    }
  }

  private void end(boolean isFree) {
    if (arp.forget(this)) {
      timer.cancel();
      listener.probed(address, isFree);
    }
  }

  /** Ends the probe without a result; has no effect if it has ended. */
  public void cancel() {
    arp.forget(this);
    timer.cancel();
  }
}
