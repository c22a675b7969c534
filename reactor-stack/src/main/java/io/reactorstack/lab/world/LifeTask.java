package io.reactorstack.lab.world;

/** A task of a life. While that is paused it waits, and runs afterwards as often as it would have. */
final class LifeTask implements Runnable {

  private final Lives lives;
  private final Life life;
  private final Runnable task;
  private boolean waits;
  private long missed;

  LifeTask(Lives lives, Life life, Runnable task) {
    this.lives = lives;
    this.life = life;
    this.task = task;
  }

  /** Says that the task cannot run now; whether it waits already. */
  boolean isHeld() {
    boolean before = waits;
    waits = true;
    missed += before ? 1 : 0;
    return before;
  }

  @Override
  public String toString() {
    return task + " of host " + life;
  }

  @Override
  public void run() {
    if (!life.admits(this)) {
      return;
    }
    long times = 1 + missed;
    waits = false;
    missed = 0;
    Life before = lives.enter(life);
    try {
      for (; times > 0 && !life.isEnded(); times--) {
        task.run();
      }
    } finally {
      lives.leave(before);
    }
  }
}
