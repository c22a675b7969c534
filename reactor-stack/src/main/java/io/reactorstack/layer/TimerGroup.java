package io.reactorstack.layer;

/**
 * The timers of many objects of one kind, in a heap of their own. Only the earliest of them is a timer of the loop, so the
 * timers that connections set and cancel for each segment do not pass through a heap of thousands.
 *
 * <p>Confined to the loop.
 */
public final class TimerGroup {

  private final LoopTurn turn;
  private final Timers timers = new Timers();
  private final Runnable arm = this::arm;
  private final Timers.Timer earliest;

  /** Creates a group without timers. */
  public TimerGroup(LoopTurn turn) {
    this.turn = turn;
    earliest = turn.timer(this::fire);
  }

  /** Creates a timer that runs {@code action}, on the loop and inside a turn, when it is due. */
  public Timers.Timer timer(Runnable action) {
    return timers.create(action, arm);
  }

  private void arm() {
    earliest.set(timers.nextDeadline());
  }

  private void fire() {
    timers.fireDue(turn.now(), LoopTurn::guarded);
    arm();
  }
}
