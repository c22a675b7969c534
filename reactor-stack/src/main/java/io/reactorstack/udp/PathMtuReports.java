package io.reactorstack.udp;

import io.reactorstack.layer.LoopTurn;
import io.reactorstack.layer.PullSubscription;
import io.reactorstack.pathmtu.PathMtu;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.util.Logger;
import reactor.util.Loggers;

/** The subscription to the changes of one path MTU discovery. It keeps only the newest value without demand. */
final class PathMtuReports extends PullSubscription<PathMtu, PathMtu> {

  private static final Logger LOG = Loggers.getLogger(PathMtuReports.class);

  private final Runnable served;
  private @Nullable UdpPathMtu discovery;
  private @Nullable PathMtu newest;
  private boolean over;
  private @Nullable Throwable cause;

  PathMtuReports(LoopTurn turn, CoreSubscriber<? super PathMtu> actual) {
    super(turn, actual);
    this.served = turn.coalesced(this::drain);
  }

  /** Called on the loop: starts to emit the values of {@code running}. */
  void start(UdpPathMtu running) {
    discovery = running;
    begin();
    if (isCancelled()) {
      drain();
    }
  }

  /** Called on the loop: fails the subscriber, because the discovery cannot begin. */
  void reject(Throwable why) {
    refuse(why);
  }

  void report(PathMtu value) {
    newest = value;
    served.run();
  }

  /** Ends the subscription: with {@code why}, or orderly if it is {@code null}. */
  void end(@Nullable Throwable why) {
    over = true;
    cause = why;
    served.run();
  }

  @Override
  protected @Nullable PathMtu poll() {
    PathMtu value = newest;
    newest = null;
    return value;
  }

  @Override
  protected PathMtu emission(PathMtu value) {
    return value;
  }

  @Override
  protected boolean isOver() { return over && newest == null; }

  @Override
  protected @Nullable Throwable cause() {
    return cause;
  }

  @Override
  protected void failed(Throwable e) {
    LOG.error("the subscriber of a path MTU discovery threw; the discovery ends", e);
  }

  @Override
  protected void ended(boolean early) {
    if (early && discovery != null) {
      discovery.stop();
    }
  }
}
