package io.reactorstack.lab.world;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoRegistration;
import io.netty.util.concurrent.AbstractEventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.Ticker;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A view of the world's loop whose tasks and timers belong to one life: to a given host's, or, if it inherits, to the
 * life of the code that submits them. Delays are measured on that host's clock. It shuts down with the loop behind it.
 */
public final class LifeLoop extends AbstractEventExecutor implements IoEventLoop {

  private final IoEventLoop loop;
  private final Lives lives;
  private final @Nullable Life life;
  private final Ticker ticker;

  /** Creates a view for {@code life}; {@code null} for one that inherits the life of its caller. */
  LifeLoop(IoEventLoop loop, Lives lives, @Nullable Life life) {
    this.loop = loop;
    this.lives = lives;
    this.life = life;
    this.ticker = life != null ? life.time() : new InheritedTime();
  }

  /** Returns whether this is a view of the loop {@code behind}. */
  public boolean isOn(IoEventLoop behind) {
    return loop.equals(behind);
  }

  /** The life that the tasks belong to; {@code null} if they inherit it from the caller. */
  public @Nullable Life life() {
    return life;
  }

  private @Nullable Life owner() {
    return life != null ? life : lives.current();
  }

  @Override
  public void execute(Runnable command) {
    execute(owner(), command);
  }

  /** Like {@link #execute(Runnable)}, but for {@code owner}; {@code null} for a task of no host. */
  public void execute(@Nullable Life owner, Runnable command) {
    if (owner == null) {
      loop.execute(command);
    } else if (!owner.isEnded()) {
      lives.execute(owner, new LifeTask(lives, owner, command));
    }
  }

  /** Like {@link #execute(Life, Runnable)}, for the next step of {@code thread}. */
  public void execute(@Nullable Life owner, Thread thread, Runnable step) {
    if (owner == null) {
      lives.execute(thread, step);
    } else if (!owner.isEnded()) {
      lives.execute(thread, new LifeTask(lives, owner, step));
    }
  }

  /** Runs a task that was held. */
  void again(LifeTask task) {
    loop.execute(task);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    Life owner = owner();
    if (owner == null) {
      return loop.schedule(command, delay, unit);
    }
    return owner.isEnded()
        ? LifeFuture.cancelled(this)
        : kept(owner, loop.schedule(task(owner, command), owner.time().worldDelay(unit.toNanos(delay)),
            TimeUnit.NANOSECONDS));
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    Life owner = owner();
    if (owner == null) {
      return loop.schedule(callable, delay, unit);
    }
    if (owner.isEnded()) {
      return LifeFuture.cancelled(this);
    }
    LifeFuture<V> future = new LifeFuture<>(this, callable);
    return future.timer(schedule(future, delay, unit));
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
    Life owner = owner();
    if (owner == null) {
      return loop.scheduleAtFixedRate(command, initialDelay, period, unit);
    }
    return owner.isEnded()
        ? LifeFuture.cancelled(this)
        : kept(owner,
            loop.scheduleAtFixedRate(task(owner, command), owner.time().worldDelay(unit.toNanos(initialDelay)),
                step(owner, period, unit), TimeUnit.NANOSECONDS));
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
    Life owner = owner();
    if (owner == null) {
      return loop.scheduleWithFixedDelay(command, initialDelay, delay, unit);
    }
    return owner.isEnded()
        ? LifeFuture.cancelled(this)
        : kept(owner, loop.scheduleWithFixedDelay(task(owner, command),
            owner.time().worldDelay(unit.toNanos(initialDelay)), step(owner, delay, unit), TimeUnit.NANOSECONDS));
  }

  private Runnable task(Life owner, Runnable command) {
    return lives.timed(owner, command);
  }

  private static long step(Life owner, long period, TimeUnit unit) {
    return period <= 0 ? period : Math.max(1, owner.time().worldDelay(unit.toNanos(period)));
  }

  private ScheduledFuture<?> kept(Life owner, ScheduledFuture<?> timer) {
    if (lives.isInside()) {
      owner.add(timer);
    }
    return timer;
  }

  @Override
  public Ticker ticker() {
    return ticker;
  }

  @Override
  public boolean inEventLoop(Thread thread) {
    return loop.inEventLoop(thread);
  }

  @Override
  public IoEventLoop next() {
    return this;
  }

  @Override
  public @Nullable IoEventLoopGroup parent() {
    return null;
  }

  @Override
  public Future<IoRegistration> register(IoHandle handle) {
    return loop.register(handle);
  }

  @Override
  @SuppressWarnings("deprecation") // The interface of Netty 4.2 still has it.
  public ChannelFuture register(Channel channel) {
    return register(new DefaultChannelPromise(channel, this));
  }

  @Override
  @SuppressWarnings("deprecation") // As above
  public ChannelFuture register(ChannelPromise promise) {
    promise.channel().unsafe().register(this, promise);
    return promise;
  }

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    channel.unsafe().register(this, promise);
    return promise;
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handleType) {
    return loop.isCompatible(handleType);
  }

  @Override
  public boolean isIoType(Class<? extends IoHandler> handlerType) {
    return loop.isIoType(handlerType);
  }

  @Override
  public boolean isShuttingDown() { return loop.isShuttingDown(); }

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    return loop.shutdownGracefully(quietPeriod, timeout, unit);
  }

  @Override
  public Future<?> terminationFuture() {
    return loop.terminationFuture();
  }

  @Override
  @Deprecated
  public void shutdown() {
    loop.shutdown();
  }

  @Override
  public boolean isShutdown() { return loop.isShutdown(); }

  @Override
  public boolean isTerminated() { return loop.isTerminated(); }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return loop.awaitTermination(timeout, unit);
  }

  @Override
  public String toString() {
    return life != null ? "loop of " + life : "loop of the lab";
  }

  /** The clock of the host whose code reads it, or the world's. */
  private final class InheritedTime implements Ticker {

    private Ticker asked() {
      Life owner = lives.current();
      return owner == null ? loop.ticker() : owner.time();
    }

    @Override
    public long initialNanoTime() {
      return loop.ticker().initialNanoTime();
    }

    @Override
    public long nanoTime() {
      return asked().nanoTime();
    }

    @Override
    public void sleep(long delay, TimeUnit unit) throws InterruptedException {
      asked().sleep(delay, unit);
    }
  }
}
