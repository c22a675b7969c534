package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.StackConfiguration;
import io.reactorstack.lab.jdk.Takeovers;
import io.reactorstack.lab.report.KeptFrames;
import io.reactorstack.lab.world.Life;
import io.reactorstack.lab.world.LifeLoop;
import io.reactorstack.lab.world.Lives;
import io.reactorstack.lab.world.RoutedSchedulers;
import io.reactorstack.packet.IpAddress;
import io.reactorstack.setting.Checks;
import io.reactorstack.telemetry.HostNames;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * A network in one JVM: hosts, wires, switches and hubs, on one event loop with one seed.
 *
 * <p>In virtual time a world moves only while a thread waits for it, in {@link #await} or {@link #advance}: it does
 * everything due at one instant and then jumps to the next. The same seed gives the same run, frame by frame. In real
 * time the same calls wait for the wall clock.
 *
 * <p>Everything in a world runs on the lab's own thread. In virtual time Reactor's schedulers follow the world too: for
 * code of a world, {@code Schedulers.parallel()}, {@code single()}, {@code boundedElastic()} and those that
 * {@code Schedulers.newParallel}, {@code newSingle} and {@code newBoundedElastic} create have the world's time, so
 * {@code timeout}, {@code delay}, {@code interval}, {@code retryWhen} and the like need no scheduler argument. The
 * subscribing thread decides: code elsewhere in the JVM keeps Reactor's own schedulers and the machine's clock, and
 * several worlds can run side by side. The first lab installs this routing.
 *
 * <p>{@code await} and {@code advance} block the calling thread, which must not be an event loop; inside the world
 * compose publishers instead. Code of the world that blocks, on {@code Schedulers.boundedElastic()} or in
 * {@link #blocking}, runs on virtual threads that the lab's thread carries: while they wait, the world goes on. On the
 * lab's own thread {@code block()} fails with Reactor's {@link IllegalStateException}. On a thread outside,
 * {@code block()} waits in vain, because the world does not move meanwhile.
 *
 * <p>Signals that another thread produces reach the world in the order of their arrival. The seed does not determine
 * when they arrive, so they are reported: see {@link #escapes()} and {@link LabBuilder#strict()}.
 */
public final class Lab implements AutoCloseable, HostNames {

  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

  private final Drive drive;
  private final Seeds seeds;
  private final Duration limit;
  private final Clock clock;
  private final RandomGenerator random;
  private final Inventory inventory = new Inventory();
  private final Partitions partitions = new Partitions(inventory.hosts());
  private final DecisionBook decisionBook;
  private final KeptFrames kept;
  private final Reports reports;
  private final Invariants invariants = new Invariants();
  private volatile boolean closed;

  Lab(Drive drive, LabBuilder builder) {
    this.drive = drive;
    this.seeds = builder.seeds();
    this.limit = builder.limit();
    this.clock = new LabClock(drive::date, ZoneOffset.UTC);
    this.random = seeds.random("lab");
    this.decisionBook = builder.decisionBook();
    this.kept = builder.kept();
    this.reports = new Reports(this, drive);
    drive.obey(invariants);
    drive.knows(inventory);
  }

  /**
   * Prepares this JVM for labs in virtual time, once: routes Reactor's schedulers and takes over the clocks, randomness
   * and threads of the JDK as far as this JVM allows. Call it before a class is loaded that keeps a scheduler in a
   * static field; otherwise that field keeps Reactor's own scheduler forever. Code outside of labs sees no difference.
   *
   * @throws IllegalStateException while virtual time of reactor-test has replaced the schedulers of this JVM
   */
  public static void prepare() {
    RoutedSchedulers.ensure();
    // Without a warning if a takeover is impossible: this JVM may never run a lab.
    Takeovers.all();
  }

  /** Creates an empty world in virtual time. */
  public static Lab virtual(long seed) {
    return builder().seed(seed).virtualTime();
  }

  /** Creates an empty world in real time, with its own event loop. */
  public static Lab realTime(long seed) {
    return builder().seed(seed).realTime();
  }

  /** Returns the settings of a world to be created. */
  public static LabBuilder builder() {
    return new LabBuilder();
  }

  /**
   * Begins to describe a host; connecting it starts it. A host that is described but never connected is an error:
   * {@link #close} throws it, and an {@link #await} that stalls mentions it.
   */
  public HostBuilder host(String name) {
    return new HostBuilder(this, name);
  }

  /**
   * Begins to describe a router: a host that forwards packets between its interfaces, which
   * {@link HostBuilder#on(Junction, String)} adds. It sends router advertisements on the interfaces for which {@link
   * StackConfiguration#advertise} is called: {@code lab.router("r").on(lan, "2001:db8::1/64").stack(s ->
   * s.advertise("if0"))}.
   */
  public HostBuilder router(String name) {
    return host(name).stack(StackConfiguration::forwarding);
  }

  /** The hosts, in the order in which they were connected. */
  public List<Host> hosts() {
    return call(() -> List.copyOf(inventory.hosts()));
  }

  /** The hosts' names by their addresses, for a story. */
  @Override
  public Map<IpAddress, String> hostNames() {
    return call(inventory::names);
  }

  /** Creates a wire with the same impairment in both directions. */
  public Wire newWire(String name, UnaryOperator<Impairment> both) {
    return newWire(name, both, both);
  }

  /** Creates a wire with separate impairments to the right and to the left. */
  public Wire newWire(String name, UnaryOperator<Impairment> right, UnaryOperator<Impairment> left) {
    Impairment toRight = impairment("newWire right", right);
    Impairment toLeft = impairment("newWire left", left);
    return call(() -> {
      Wire wire = new Wire(this, Checks.text("name", name), toRight, toLeft);
      inventory.add(wire);
      return wire;
    });
  }

  static Impairment impairment(String name, UnaryOperator<Impairment> change) {
    return Checks.given(name, Checks.given(name, change).apply(Impairment.none()));
  }

  /** Creates a wire that delivers every frame immediately. */
  public Wire newWire(String name) {
    return newWire(name, UnaryOperator.identity());
  }

  /** Creates a learning switch without wires. */
  public Switch newSwitch(String name) {
    return newSwitch(name, UnaryOperator.identity());
  }

  /** Creates a learning switch with changed settings: {@code newSwitch("lan", s -> s.withTableSize(64))}. */
  public Switch newSwitch(String name, UnaryOperator<SwitchSettings> change) {
    SwitchSettings settings = Checks.given("newSwitch",
        Checks.given("newSwitch", change).apply(SwitchSettings.DEFAULT));
    return call(() -> inventory.add(new Switch(this, Checks.text("name", name), settings)));
  }

  /** Creates a hub without wires. */
  public Hub newHub(String name) {
    return call(() -> inventory.add(new Hub(this, Checks.text("name", name))));
  }

  /**
   * Subscribes to {@code mono} in the world, lets time pass until it ends and returns its value, or {@code null} if it
   * is empty. An idle virtual world waits for a signal from outside before it gives up: one second of real time, unless
   * {@link LabBuilder#patience} is set.
   *
   * @throws StalledException if the world becomes idle, or the limit of the lab passes, before {@code mono} ends
   * @throws EscapeException if the world is strict and something from outside has reached it
   * @throws IllegalStateException if virtual time of reactor-test has replaced the schedulers of this JVM
   * @throws RuntimeException the publisher's error; a checked one is wrapped as {@link Mono#block()} does
   */
  public <T> @Nullable T await(Mono<T> mono) {
    return awaiting(mono, limit);
  }

  /** Like {@link #await(Mono)}, for at most {@code atMost}. */
  public <T> @Nullable T await(Mono<T> mono, Duration atMost) {
    return awaiting(mono, Checks.zeroOrMore("atMost", atMost));
  }

  private <T> @Nullable T awaiting(Mono<T> mono, Duration atMost) {
    return reports.during(() -> moving().await(mono, atMost, reports::show));
  }

  /**
   * Runs code of the test that may block, such as {@code StepVerifier.verify()} or {@code block()}, on a thread of the
   * world, lets time pass until it ends and returns its result.
   *
   * @throws StalledException if the world becomes idle, or the limit of the lab passes, before the code ends
   * @throws IllegalStateException if this JVM does not let a world carry threads; the message names the flag
   * @throws RuntimeException what {@code code} throws; a checked exception is wrapped as {@link Mono#block()} does
   */
  public <T> @Nullable T blocking(Callable<T> code) {
    Checks.given("blocking", code);
    return reports.during(() -> moving().blocking(code, limit, reports::show));
  }

  /**
   * Runs {@code code} outside the world, with the machine's clock and real threads, while the world does not move; for
   * code of the world that needs something real, such as a database. Called from outside the world, it simply runs
   * {@code code}.
   *
   * @throws RuntimeException what {@code code} throws; a checked exception is wrapped as {@link Mono#block()} does
   */
  public <T> @Nullable T outside(Callable<T> code) {
    try {
      return drive().outside(Checks.given("outside", code));
    } catch (Exception e) {
      throw Exceptions.propagate(e);
    }
  }

  /** Lets {@code duration} pass. */
  public void advance(Duration duration) {
    Checks.zeroOrMore("duration", duration);
    reports.during(() -> {
      moving().advance(duration);
      return true;
    });
  }

  /** Time since the world began. */
  public Duration now() {
    return drive().now();
  }

  /**
   * The world's date in UTC as a {@link Clock}, for code that must not use the machine's clock. In virtual time it
   * moves only with the world; in real time it is the machine's date, unless {@link LabBuilder#startsAt} is set.
   */
  public Clock clock() {
    return clock;
  }

  /** The world's clock and thread as a scheduler: {@code Mono.delay(d, lab.scheduler())} takes virtual time. */
  public Scheduler scheduler() {
    return drive.scheduler();
  }

  /** The one event loop of the world, for everything that is to run in it. */
  public IoEventLoop loop() {
    return drive.loop();
  }

  /**
   * The world's own stream of random numbers, for code that would otherwise create a generator; it depends only on the
   * lab's seed. There is one stream, and each draw advances it: draw from it in the world, or between two awaits. Code
   * whose numbers must not depend on other draws uses {@link #random(String)}.
   */
  public RandomGenerator random() {
    return random;
  }

  /**
   * Returns a stream of random numbers that depends only on the lab's seed and on {@code name}; each call starts it
   * anew.
   */
  public RandomGenerator random(String name) {
    return seeds.random(name);
  }

  /**
   * The signals that reached the world from outside, in the order of arrival; with any of them the seed alone does not
   * determine the run. Each line of code is listed once. Empty in real time, where the machine's clock has its
   * influence anyway.
   */
  public List<Escape> escapes() {
    return drive.escapes();
  }

  /** The wires, in the order in which they were created. */
  public List<Wire> wires() {
    return call(() -> List.copyOf(inventory.wires()));
  }

  /** The tables of all switches, hubs and hosts: as values, and as text for people, the same for the same seed. */
  public LabTables tables() {
    return call(() -> new LabTables(now(), inventory.tabled().stream().map(Tabled::tables).toList()));
  }

  /** Number of frames on wires, in rings and in queues. */
  public int framesInside() {
    return call(() -> inventory.wires().stream().mapToInt(Wire::framesInside).sum()
        + inventory.junctions().stream().mapToInt(junction -> Ports.of(junction).framesInside()).sum());
  }

  /** Runs {@code action} on the lab's thread, waits for it and returns its result; no virtual time passes. */
  public <T> T call(Callable<T> action) {
    return reports.during(() -> drive().call(action));
  }

  /** Runs {@code action} on the lab's thread and waits for it; no virtual time passes. */
  public void run(Runnable action) {
    call(() -> {
      action.run();
      return true;
    });
  }

  /**
   * Separates two hosts silently until {@link #repair} is called or the scope is closed: frames of one that would reach
   * the other are dropped, including those in transit, whatever lies between the hosts. The drops are counted as
   * {@link WireDrop#PARTITIONED} on the receiver's wire.
   *
   * @throws IllegalArgumentException if they are the same host, or not of this lab
   */
  public Scope partition(Host one, Host other) {
    return partition(Set.of(one), Set.of(other));
  }

  /** Like {@link #partition(Host, Host)}, between each of {@code some} and each of {@code others}. */
  public Scope partition(Set<Host> some, Set<Host> others) {
    return call(() -> cut(bothWays(some, others)));
  }

  /** Like {@link #partition(Host, Host)}, but drops only the frames from {@code from} to {@code to}. */
  public Scope partitionOneWay(Host from, Host to) {
    return partitionOneWay(Set.of(from), Set.of(to));
  }

  /** Like {@link #partitionOneWay(Host, Host)}, from each of {@code from} to each of {@code to}. */
  public Scope partitionOneWay(Set<Host> from, Set<Host> to) {
    return call(() -> cut(partitions.ways(from, to)));
  }

  private Scope cut(List<Partitions.Way> ways) {
    partitions.cut(ways);
    return scope(() -> partitions.repair(ways::contains));
  }

  private List<Partitions.Way> bothWays(Set<Host> some, Set<Host> others) {
    List<Partitions.Way> ways = new ArrayList<>(partitions.ways(some, others));
    ways.addAll(partitions.ways(others, some));
    return ways;
  }

  /** Ends all partitions. */
  public void repair() {
    run(() -> partitions.repair(way -> true));
  }

  /** Ends the partition between two hosts, in both directions. */
  public void repair(Host one, Host other) {
    repair(Set.of(one), Set.of(other));
  }

  /** Like {@link #repair(Host, Host)}, between each of {@code some} and each of {@code others}. */
  public void repair(Set<Host> some, Set<Host> others) {
    run(() -> partitions.repair(bothWays(some, others)::contains));
  }

  /** Lets frames of {@code from} reach {@code to} again; the opposite direction does not change. */
  public void repairOneWay(Host from, Host to) {
    run(() -> partitions.repair(partitions.ways(Set.of(from), Set.of(to))::contains));
  }

  /**
   * Holds back all frames of either host that would reach the other, until {@link #release} is called or the scope is
   * closed. Then they arrive in order, as over a link of 10 Gbit/s; none is lost.
   *
   * @throws IllegalArgumentException if they are the same host, or not of this lab
   */
  public Scope hold(Host one, Host other) {
    return hold(Set.of(one), Set.of(other));
  }

  /** Like {@link #hold(Host, Host)}, between each of {@code some} and each of {@code others}. */
  public Scope hold(Set<Host> some, Set<Host> others) {
    return call(() -> hold(bothWays(some, others)));
  }

  /** Like {@link #hold(Host, Host)}, from {@code from} to {@code to} only. */
  public Scope holdOneWay(Host from, Host to) {
    return call(() -> hold(partitions.ways(List.of(from), List.of(to))));
  }

  private Scope hold(List<Partitions.Way> ways) {
    partitions.hold(ways);
    return scope(() -> partitions.release(ways::contains));
  }

  /** Lets all frames arrive that {@link #hold} holds back. */
  public void release() {
    run(() -> partitions.release(way -> true));
  }

  /** Lets the frames between two hosts arrive that {@link #hold} holds back, in both directions. */
  public void release(Host one, Host other) {
    release(Set.of(one), Set.of(other));
  }

  /** Like {@link #release(Host, Host)}, between each of {@code some} and each of {@code others}. */
  public void release(Set<Host> some, Set<Host> others) {
    run(() -> partitions.release(bothWays(some, others)::contains));
  }

  /**
   * Lets the frames from {@code from} to {@code to} arrive that {@link #hold} holds back; the opposite direction does
   * not change.
   */
  public void releaseOneWay(Host from, Host to) {
    run(() -> partitions.release(partitions.ways(Set.of(from), Set.of(to))::contains));
  }

  /** Returns a time of this world, counted from its beginning, at which {@link Moment#run} runs an action. */
  public Moment at(Duration sinceBeginning) {
    return new Moment(this, Checks.zeroOrMore("at", sinceBeginning));
  }

  /**
   * Demands that {@code condition} holds at the end of each further instant of the world, until the scope is closed. If
   * it does not, the current {@link #await} or {@link #advance} fails with an {@link AssertionError} that contains
   * {@code name} and the time. The condition is evaluated on the lab's thread and must not block. In real time it is
   * evaluated once a millisecond.
   */
  public Scope always(String name, BooleanSupplier condition) {
    Checks.text("always", name);
    Checks.given("condition of always", condition);
    return call(() -> {
      boolean[] failed = new boolean[1];
      return scope(invariants.add(() -> {
        if (!failed[0] && !condition.getAsBoolean()) {
          failed[0] = true;
          throw new AssertionError("always: " + name + ": does not hold at " + now());
        }
      }));
    });
  }

  /**
   * Lets time pass until {@code condition} holds at the end of an instant; returns immediately if it holds already. It
   * is evaluated as by {@link #always}.
   *
   * @throws AssertionError if it does not hold within {@code atMost}, or the world becomes idle before
   */
  public void eventually(String name, Duration atMost, BooleanSupplier condition) {
    Checks.text("eventually", name);
    Checks.given("condition of eventually", condition);
    try {
      await(invariants.holds(condition), Checks.zeroOrMore("atMost", atMost));
    } catch (StalledException e) {
      throw new AssertionError("eventually: " + name + ": does not hold within " + atMost + "; " + e.getMessage(), e);
    }
  }

  /** Makes the current await or advance fail. Called on the loop or on a thread that it carries. */
  void fail(Throwable cause) {
    run(() -> invariants.fail(cause));
  }

  /** Starts a thread for code of a host that may block. On the loop. */
  void startThread(Life life, String name, Runnable task) {
    drive.startThread(life, name, task);
  }

  void dropThreads(Life life) {
    drive.dropThreads(life);
  }

  /** The decisions of chance and effects so far, if {@link LabBuilder#recordDecisions} was called; otherwise none. */
  public Decisions decisions() {
    return call(decisionBook::written);
  }

  /**
   * Returns a report of the world as it is, or as it was when it ended, for a person who looks for the cause of a
   * failure. Never fails. On a thread outside a moving world it waits at most a second of real time.
   */
  public LabReport report() {
    return reports.now();
  }

  /**
   * Ends the world: stops the hosts, and releases everything in transit. Closing twice has no effect.
   *
   * @throws IllegalStateException if a host was described but never connected, or a program of a host has failed
   * @throws AssertionError if a condition of {@link #always} does not hold at this time
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (drive.isStopped()) {
      // Reported when it happened; nothing in this world can be stopped in an orderly way any more.
      closed = true;
      return;
    }
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    run(() -> {
      failure.set(invariants.close());
      reports.close();
    });
    try {
      // Stopping takes no virtual time, and the wires still carry the last resets.
      drive().await(Mono.whenDelayError(hosts().stream().map(Host::stop).toList()), STOP_LIMIT, reports::show);
    } finally {
      List<Host> stopped = hosts();
      run(() -> {
        inventory.junctions().forEach(junction -> Ports.of(junction).close());
        inventory.wires().forEach(Wire::close);
      });
      closed = true;
      drive.close();
      stopped.forEach(Host::deleteDisk);
    }
    if (failure.get() != null) {
      throw Drive.thrown(failure.get());
    }
    String forgotten = inventory.forgotten();
    if (!forgotten.isEmpty()) {
      throw new IllegalStateException(forgotten);
    }
  }

  /** Returns the drive, to move time with it. Before that, Reactor's timers must be the world's. */
  private Drive moving() {
    Drive alive = drive();
    alive.prepare();
    return alive;
  }

  Drive drive() {
    if (closed) {
      throw new IllegalStateException("the lab is closed");
    }
    return drive;
  }

  Seeds seeds() {
    return seeds;
  }

  /** The loop for parts that belong to no host. */
  IoEventLoop neutralLoop() {
    return drive.neutralLoop();
  }

  Lives lives() {
    return drive.lives();
  }

  /** Returns whether {@code loop} is the lab's loop or that of one of its hosts. */
  boolean owns(IoEventLoop loop) {
    return loop.equals(neutralLoop()) || loop instanceof LifeLoop own && own.isOn(neutralLoop());
  }

  /** Must be called on the loop. */
  Inventory inventory() {
    return inventory;
  }

  /** Must be called on the loop. */
  Partitions partitions() {
    return partitions;
  }

  KeptFrames kept() {
    return kept;
  }

  DecisionBook decisionBook() {
    return decisionBook;
  }

  /** Returns a scope that runs {@code end} on the lab's thread, once. */
  Scope scope(Runnable end) {
    AtomicBoolean ended = new AtomicBoolean();
    return () -> {
      if (!closed && !ended.getAndSet(true)) {
        run(end);
      }
    };
  }
}
