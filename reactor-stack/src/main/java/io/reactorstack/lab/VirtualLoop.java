package io.reactorstack.lab;

import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;

/** The event loop of a virtual world: does only what it is told to, and says when its next timer is due. */
final class VirtualLoop extends ManualIoEventLoop {

  /** The deadline of a loop without a timer. */
  static final long NEVER = Long.MAX_VALUE;

  VirtualLoop(VirtualClock clock) {
    super(null, null, LocalIoHandler.newFactory(), clock);
  }

  /** Runs what is due now, and all that follows from it at this instant. */
  void settle() {
    while (runNow() > 0) {
      // What ran may have made more due.
    }
  }

  long nextDeadline() {
    long next = nextScheduledTaskDeadlineNanos();
    return next == -1 ? NEVER : next;
  }
}
