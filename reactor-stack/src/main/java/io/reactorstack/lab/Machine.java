package io.reactorstack.lab;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.reactorstack.NetworkStack;
import io.reactorstack.lab.world.HostTime;
import io.reactorstack.lab.world.Life;
import io.reactorstack.lab.world.LifeLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The parts of a host that a crash destroys and a start creates again, and its clock. Confined to the loop except where
 * noted.
 */
final class Machine {

  /** Creates the TCP/IP stack of a host. */
  interface Boot {

    /**
     * Creates and starts the stack, on {@code loop}.
     *
     * @param memory the allocator of its buffers; {@code null} for the default one
     * @param announces true if it announces its addresses to its links
     */
    NetworkStack start(
        IoEventLoop loop, RandomGenerator random, @Nullable ByteBufAllocator memory, boolean announces);
  }

  private final Lab lab;
  private final String name;
  private final Boot boot;
  private final List<HostSoftware> software;
  private final HostTime time;
  private final HostClock clock;
  private int starts;
  private @Nullable Life life;
  private @Nullable LifeLoop loop;
  private volatile @Nullable NetworkStack stack;
  private volatile HostState state = HostState.STOPPED;
  private int programs;
  private Sinks.Empty<Void> finished = Sinks.empty();
  /** The tables of the programs in this life. */
  private final List<Supplier<Table<?>>> tables = new ArrayList<>();
  /** The kind of the host that has crashed. */
  private String lastKind = "host";

  Machine(Lab lab, String name, Boot boot, List<HostSoftware> software) {
    this.lab = lab;
    this.name = name;
    this.boot = boot;
    this.software = software;
    this.time = lab.lives().newTime();
    this.clock = new HostClock(lab, time);
  }

  /** May be called on any thread. */
  HostClock clock() {
    return clock;
  }

  /** May be called on any thread. */
  HostState state() {
    NetworkStack there = stack;
    return there != null && there.isDisposed() ? HostState.STOPPED : state;
  }

  /** May be called on any thread. */
  NetworkStack stack() {
    NetworkStack there = stack;
    if (there == null) {
      throw new IllegalStateException("the host " + name + " has crashed: it has no TCP/IP until its restart()");
    }
    return there;
  }

  /** The TCP/IP stack, even if it has stopped; {@code null} after a crash. On any thread. */
  @Nullable
  NetworkStack stackIfAny() {
    return stack;
  }

  /** Returns whether no stack is left that could use the host's addresses. */
  boolean isGone() {
    NetworkStack there = stack;
    return there == null || there.isDisposed();
  }

  void start(boolean announces) {
    starts++;
    tables.clear();
    Life born = new Life(name, time);
    LifeLoop own = lab.lives().of(born);
    RandomGenerator random = lab.random(starts == 1 ? name : name + "#" + starts);
    Life before = lab.lives().enter(born);
    try {
      stack = boot.start(own, random, software.isEmpty() ? null : new CrashAllocator(), announces);
    } finally {
      lab.lives().leave(before);
    }
    life = born;
    loop = own;
    state = HostState.RUNNING;
  }

  /** Starts the programs of {@code host}, the owner of this machine, each on its own thread. */
  void runSoftware(Host host) {
    Life mine = life;
    if (mine == null) {
      return;
    }
    programs = software.size();
    finished = Sinks.empty();
    if (programs == 0) {
      finished.tryEmitEmpty();
    }
    for (HostSoftware program : software) {
      lab.startThread(mine, name, () -> run(program, host, mine));
    }
  }

  private void run(HostSoftware program, Host host, Life mine) {
    try {
      program.start(host);
      lab.run(() -> {
        if (life == mine && --programs == 0) {
          finished.tryEmitEmpty();
        }
      });
    } catch (Throwable e) {
      if (!mine.isEnded()) {
        fail(e);
      }
    }
  }

  /** Makes the world fail because a program of the host has failed. */
  void fail(Throwable cause) {
    lab.fail(new IllegalStateException("the software of host " + name + " failed at " + lab.now(), cause));
  }

  /** May be called on any thread. */
  Mono<Void> finished() {
    return Mono.defer(() -> lab.call(() -> finished.asMono()));
  }

  /** Returns the kind of the host as its tables name it. On the loop. */
  String kind() {
    NetworkStack there = stack;
    return there == null ? lastKind : HostTables.kind(there);
  }

  void show(Supplier<Table<?>> table) {
    tables.add(table);
  }

  /** Returns the tables of the programs. On the loop. */
  List<Table<?>> tables() {
    List<Table<?>> all = new ArrayList<>();
    tables.forEach(each -> all.add(each.get()));
    return all;
  }

  /** Returns whether there is anything to crash, pause or stop. */
  private boolean isUp() {
    return state == HostState.RUNNING || state == HostState.PAUSED;
  }

  void crash(List<Host.Interface> interfaces) {
    Life mine = life;
    NetworkStack lost = stack;
    if (!isUp() || mine == null || lost == null) {
      return;
    }
    interfaces.forEach(each -> each.plug().vanish());
    state = HostState.CRASHED;
    lastKind = HostTables.kind(lost);
    stack = null;
    if (software.isEmpty()) {
      // The test goes on using the sockets of a host without programs, so they must end with an error.
      resumeLife(mine);
      lost.stop().subscribe();
    } else {
      end(mine);
    }
  }

  private void end(Life ended) {
    ended.end();
    lab.dropThreads(ended);
  }

  void pause() {
    if (state == HostState.RUNNING && life != null) {
      life.pause();
      state = HostState.PAUSED;
    }
  }

  void resume() {
    if (state == HostState.PAUSED && life != null) {
      state = HostState.RUNNING;
      resumeLife(life);
    }
  }

  private void resumeLife(Life paused) {
    if (loop != null) {
      paused.resume(loop);
    }
  }

  /** May be called on any thread. */
  Mono<Void> stop() {
    return Mono.defer(() -> {
      NetworkStack running = lab.call(() -> {
        resume();
        return isUp() ? stack : null;
      });
      return running == null ? Mono.<Void>empty() : running.stop().doOnTerminate(() -> lab.run(() -> stopped(running)));
    });
  }

  private void stopped(NetworkStack ended) {
    Life mine = life;
    if (stack == ended && mine != null) {
      state = HostState.STOPPED;
      if (!software.isEmpty()) {
        end(mine);
      }
    }
  }
}
