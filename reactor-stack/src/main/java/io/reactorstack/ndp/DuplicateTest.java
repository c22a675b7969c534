package io.reactorstack.ndp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.Timers;
import io.reactorstack.packet.Ipv6Address;
import io.reactorstack.wire.NdpOption;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Duplicate address detection for one tentative address (RFC 4862 section 5.4): after a random delay it solicits the
 * address from the unspecified address; if nobody has it, the address is unique.
 */
final class DuplicateTest {

  /** The actions of the interface during the test. */
  interface Listener {

    /** Reports the solicited-node group, before the first solicitation. Called again if the test starts again. */
    void onBegin();

    /** Sends a solicitation with this nonce. */
    void probe(NdpOption.Nonce nonce);

    /** No other station has the address. */
    void onUnique();

    /** Another station has the address, or tests it as well. */
    void onDuplicate();

    /** The test was cancelled because of {@code cause}. */
    void onCancelled(IOException cause);
  }

  /** RFC 4861 10: MAX_RTR_SOLICITATION_DELAY, the limit of the delay before the first message. */
  private static final Duration MAX_DELAY = Duration.ofSeconds(1);

  private final LoopTurn turn;
  private final RandomGenerator random;
  private final Ipv6Address address;
  private final int solicitations;
  private final LongSupplier retransTimer;
  private final Listener listener;
  private final Timers.Timer timer;
  /** The nonces of all solicitations of this test; a copy that comes back is not a duplicate (RFC 7527). */
  private final Set<NdpOption.Nonce> nonces = new HashSet<>();
  private boolean begun;
  private int sent;

  /**
   * Creates a test that has not begun.
   *
   * @param solicitations the number of solicitations, at least one
   * @param retransTimer RetransTimer of the link, in nanoseconds
   */
  DuplicateTest(
      NdpHost ndp, Ipv6Address address, int solicitations, LongSupplier retransTimer, Listener listener) {
    this.turn = ndp.turn();
    this.random = ndp.random();
    this.address = address;
    this.solicitations = solicitations;
    this.retransTimer = retransTimer;
    this.listener = listener;
    this.timer = turn.timer(this::onTimer);
  }

  /** Begins the test from the start. */
  void start() {
    begun = false;
    sent = 0;
    // RFC 4862 5.4.2: stations that start together do not send together.
    timer.set(turn.now() + (long) (random.nextDouble() * MAX_DELAY.toNanos()));
  }

  /** Stops the test until it is started again. */
  void pause() {
    timer.cancel();
  }

  /** Ends the test without a result. */
  void cancel(IOException cause) {
    timer.cancel();
    listener.onCancelled(cause);
  }

  private void onTimer() {
    if (!begun) {
      begun = true;
      listener.onBegin();
      // The report of the group leaves at the end of this turn, the solicitation in the next one.
      timer.set(turn.now());
    } else if (sent < solicitations) {
      sent++;
      NdpOption.Nonce nonce = NdpOption.Nonce.of(random.nextLong());
      nonces.add(nonce);
      listener.probe(nonce);
      timer.set(turn.now() + retransTimer.getAsLong());
    } else {
      listener.onUnique();
    }
  }

  /**
   * Handles a received solicitation for the address from the unspecified address. Returns {@code false} if it is a copy
   * of one of this test's own.
   */
  boolean onProbe(NdpOption.@Nullable Nonce nonce) {
    if (nonces.contains(nonce)) {
      return false;
    }
    duplicate();
    return true;
  }

  /** Handles a received advertisement for the address. */
  void onAdvertisement() {
    duplicate();
  }

  private void duplicate() {
    timer.cancel();
    listener.onDuplicate();
  }

  @Override
  public String toString() {
    return address + " after " + sent + " solicitations";
  }
}
