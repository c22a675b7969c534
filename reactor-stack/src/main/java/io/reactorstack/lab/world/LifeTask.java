package io.reactorstack.lab.world;

/**
 * A task of a life. While the life is paused the task is held; after that it runs as many times as it became due in
 * between.
 */
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

  /** Records that the task cannot run at this time, and returns whether it was held already. */
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
