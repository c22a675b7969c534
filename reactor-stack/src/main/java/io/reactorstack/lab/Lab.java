package io.reactorstack.lab;

import io.netty.channel.IoEventLoop;
import io.reactorstack.setting.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * A network in one JVM: hosts, wires, switches and hubs, on one event loop with one seed.
 *
 * <p>In virtual time a world moves only while somebody waits for it, with {@link #await} or {@link #advance}: it does all
 * there is to do at one instant and then jumps to the next. The same seed gives the same run, frame by frame. In real time
 * the same calls wait for the wall clock.
 *
 * <p>Everything in the world runs on the lab's own thread. {@code await} and {@code advance} block the calling thread,
 * which must not be an event loop; inside the world compose publishers instead. Never use {@code block()} on what lives
 * in a virtual world: nobody moves the world meanwhile.
 */
public final class Lab implements AutoCloseable {

  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

  private final Drive drive;
  private final Seeds seeds;
  private final Duration limit;
  private final Scheduler scheduler;
  private final Set<String> names = new HashSet<>();
  private final List<Wire> wires = new ArrayList<>();
  private final List<Ports> junctions = new ArrayList<>();
  private final List<Host> hosts = new ArrayList<>();
  private volatile boolean closed;

  private Lab(Drive drive, Builder builder) {
    this.drive = drive;
    this.seeds = new Seeds(builder.seed);
    this.limit = builder.limit;
    this.scheduler = Schedulers.fromExecutorService(drive.loop(), "reactor-stack-lab");
  }

  /** An empty world in virtual time. */
  public static Lab virtual(long seed) {
    return builder().seed(seed).virtualTime();
  }

  /** An empty world in real time, on an event loop of its own. */
  public static Lab realTime(long seed) {
    return builder().seed(seed).realTime();
  }

  /** The settings of a world that is to be made. */
  public static Builder builder() {
    return new Builder(0, Duration.ofHours(1));
  }

  /** A host to be described, connected and thereby started. */
  public HostBuilder host(String name) {
    return new HostBuilder(this, name);
  }

  /** The hosts, in the order in which they were connected. */
  public List<Host> hosts() {
    return call(() -> List.copyOf(hosts));
  }

  /** A wire that impairs both directions equally. */
  public Wire newWire(String name, UnaryOperator<Impairment> both) {
    return newWire(name, both, both);
  }

  /** A wire that impairs the direction to the right and the one to the left differently. */
  public Wire newWire(String name, UnaryOperator<Impairment> right, UnaryOperator<Impairment> left) {
    Impairment toRight = impairment("newWire right", right);
    Impairment toLeft = impairment("newWire left", left);
    return call(() -> {
      takeName(name);
      Wire wire = new Wire(this, name, toRight, toLeft);
      wires.add(wire);
      return wire;
    });
  }

  static Impairment impairment(String name, UnaryOperator<Impairment> change) {
    return Checks.given(name, Checks.given(name, change).apply(Impairment.none()));
  }

  /** A wire that delivers every frame at once. */
  public Wire newWire(String name) {
    return newWire(name, UnaryOperator.identity());
  }

  /** A learning switch without wires. */
  public Switch newSwitch(String name) {
    return call(() -> {
      takeName(name);
      Switch made = new Switch(this, name);
      junctions.add(made.ports());
      return made;
    });
  }

  /** A hub without wires. */
  public Hub newHub(String name) {
    return call(() -> {
      takeName(name);
      Hub made = new Hub(this, name);
      junctions.add(made.ports());
      return made;
    });
  }

  /**
   * Subscribes to {@code mono} in the world, lets time pass until it ends and returns its value, {@code null} if it is
   * empty.
   *
   * @throws StalledException if the world is idle, or the limit of the lab has passed, before it ends
   * @throws RuntimeException the publisher's error; a checked one is wrapped as {@link Mono#block()} does
   */
  public <T> @Nullable T await(Mono<T> mono) {
    return drive().await(mono, limit);
  }

  /** As {@link #await(Mono)}, for at most {@code atMost}. */
  public <T> @Nullable T await(Mono<T> mono, Duration atMost) {
    return drive().await(mono, Checks.zeroOrMore("atMost", atMost));
  }

  /** Lets {@code duration} pass. */
  public void advance(Duration duration) {
    drive().advance(Checks.zeroOrMore("duration", duration));
  }

  /** Time since the world began. */
  public Duration now() {
    return drive().now();
  }

  /** The world's clock and thread as a scheduler: {@code Mono.delay(d, lab.scheduler())} takes virtual time. */
  public Scheduler scheduler() {
    return scheduler;
  }

  /** The one event loop of the world; give it to whatever is to live in it. */
  public IoEventLoop loop() {
    return drive.loop();
  }

  /** A stream of random numbers that depends on the lab's seed and {@code name} only; each call begins it anew. */
  public RandomGenerator random(String name) {
    return seeds.random(name);
  }

  /** Frames that are on wires or wait in rings and queues. */
  public int framesInside() {
    return call(() -> wires.stream().mapToInt(Wire::framesInside).sum()
        + junctions.stream().mapToInt(Ports::framesInside).sum());
  }

  /** Runs {@code action} on the lab's thread, waits for it and returns its result; no virtual time passes. */
  public <T> T call(Callable<T> action) {
    return drive().call(action);
  }

  /** Runs {@code action} on the lab's thread and waits for it; no virtual time passes. */
  public void run(Runnable action) {
    drive().call(() -> {
      action.run();
      return true;
    });
  }

  /** Ends the world: stops the hosts, and releases all that is under way. Closing twice has no effect. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    try {
      // Stopping takes no virtual time; the last resets still find their wires.
      await(Mono.whenDelayError(hosts().stream().map(host -> host.stack().stop()).toList()), STOP_LIMIT);
    } finally {
      run(() -> {
        junctions.forEach(Ports::close);
        wires.forEach(Wire::close);
      });
      closed = true;
      drive.close();
    }
  }

  Host start(String name, Callable<Host> starter) {
    return call(() -> {
      takeName(name);
      try {
        Host host = starter.call();
        hosts.add(host);
        return host;
      } catch (Exception e) {
        names.remove(name);
        throw e;
      }
    });
  }

  private Drive drive() {
    if (closed) {
      throw new IllegalStateException("the lab is closed");
    }
    return drive;
  }

  Seeds seeds() {
    return seeds;
  }

  private void takeName(String name) {
    if (!names.add(Checks.text("name", name))) {
      throw new IllegalArgumentException("the lab has a " + name + " already");
    }
  }

  /** What a world is made with; immutable. */
  public static final class Builder {

    private final long seed;
    private final Duration limit;

    private Builder(long seed, Duration limit) {
      this.seed = seed;
      this.limit = limit;
    }

    /** The seed that all chance in the world comes from. */
    public Builder seed(long number) {
      return new Builder(number, limit);
    }

    /** The time that {@link Lab#await(Mono)} lets pass at most; one hour if nothing is said. */
    public Builder limit(Duration most) {
      return new Builder(seed, Checks.positive("limit", most));
    }

    /** Makes the world, in virtual time. */
    public Lab virtualTime() {
      return new Lab(new VirtualDrive(), this);
    }

    /** Makes the world, in real time on an event loop of its own. */
    public Lab realTime() {
      return new Lab(new RealTimeDrive(null), this);
    }

    /** Makes the world, in real time on {@code loop}, which stays open when the world ends. */
    public Lab realTime(IoEventLoop loop) {
      return new Lab(new RealTimeDrive(Checks.given("loop", loop)), this);
    }
  }
}
