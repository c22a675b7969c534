package io.reactorstack.tcp.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorstack.tcp.model.TcpInfo;
import io.reactorstack.tcp.model.TcpState;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A world in which both peers have much to send but do not always read: readers pause, or read only what they have
 * answered, windows shrink, and segments beyond them are dropped. Once both peers read, everything must arrive soon.
 */
final class Standoff {

  /** The ways in which an answering application divides its time between reading and writing. */
  private enum Manners {
    /** It reads and writes at any time. */
    FREE,
    /** It answers each octet with one, and does not read while it has data to write. */
    ECHO,
    /** It does not read before it has written everything. */
    SPEAKS_FIRST
  }

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long MAX_RTO = 60 * SECOND;
  /** The octets in the smallest full segment. */
  private static final int SMALLEST = 88;

  private final World world;
  private final SplittableRandom random;
  private final Manners b;
  private long longest = SECOND;
  private final boolean strictA;
  private final boolean strictB;

  Standoff(long seed) {
    world = new World(seed, true);
    random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L);
    b = Manners.values()[random.nextInt(3)];
    strictA = random.nextBoolean();
    strictB = random.nextBoolean();
    if (random.nextInt(4) == 0) {
      losesNothing();
    }
  }

  void losesNothing() {
    world.loss = 0;
    world.corruption = 0;
  }

  World world() {
    return world;
  }

  /** Returns B, or A before A's SYN has arrived and B exists. */
  private Peer b() {
    return world.b == null ? world.a : world.b;
  }

  private List<Peer> peers() {
    return world.b == null ? List.of(world.a) : List.of(world.a, world.b);
  }

  private boolean isB(Peer peer, Manners manners) {
    return peer == world.b && b == manners;
  }

  // ---- phase 1: the peers do not always read

  /** Runs {@code steps} random steps in which both peers write, and read only now and then. */
  void quarrel(int steps) {
    for (int i = 0; i < steps; i++) {
      Peer peer = random.nextBoolean() ? world.a : b();
      peer.shown.strict = peer == world.a ? strictA : strictB;
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> write(peer, 1 + random.nextInt(random.nextBoolean() ? 50 : 8000));
        case 3 -> read(peer, 1 + random.nextInt(300));
        case 4 -> {
          if (random.nextInt(4) == 0) {
            read(peer, 100_000);
          }
        }
        case 5 -> squeeze(peer);
        default -> world.advance();
      }
      peer.check();
      world.pump(random.nextInt(4) > 0);
      observe(peer);
    }
  }

  /**
   * Shrinks or restores the window that {@code peer} shows, without any segment that reports it; or changes the receive
   * buffer.
   */
  private void squeeze(Peer peer) {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> peer.shown.limit = Integer.MAX_VALUE;
      case 3, 4 -> peer.shown.limit = 0;
      case 5 -> peer.shown.limit = random.nextInt(3000);
      case 6 -> {
        int buffer = peer.settings.buffers().receiveBuffer();
        peer.engine.receiveCapacity(buffer / 2 + random.nextInt(buffer / 2));
      }
      default -> {}
    }
  }

  private void write(Peer peer, int max) {
    int n = isB(peer, Manners.ECHO) ? Math.min(max, (int) peer.bytesRead() - peer.bytesWritten()) : max;
    if (n > 0) {
      peer.write(n, world.now);
    }
  }

  private void read(Peer peer, int max) {
    boolean writing = isB(peer, Manners.ECHO) && peer.bytesWritten() < Math.min(peer.bytesRead(), peer.goal)
        || isB(peer, Manners.SPEAKS_FIRST) && !peer.isAllWritten();
    if (world.b == null || writing) {
      return;
    }
    peer.read(max, peer == world.a ? world.b : world.a, world.now);
  }

  // ---- phase 2: both peers read

  /**
   * Lets both peers read, on a wire that is good or loses at most one segment in ten, until everything has arrived.
   * Returns the time this took as a share of the bound.
   */
  double agree() {
    boolean good = random.nextInt(3) > 0;
    world.loss = good ? 0 : Math.min(world.loss, 0.1);
    world.corruption = 0;
    // A sender with a scoreboard does not join segments that the wire has split into single octets.
    world.splitting = 0;
    world.duplication = good ? 0 : world.duplication;
    world.reordering = good ? 0 : world.reordering;
    world.marking = 0;
    peers().forEach(peer -> peer.shown.limit = Integer.MAX_VALUE);
    long began = world.now;
    long bound = bound();
    while (!isEverythingSaid()) {
      long before = world.now;
      for (Peer peer : peers()) {
        work(peer);
      }
      world.pump(true);
      assertThat(world.advance()).as("a deadline or arrival").isTrue();
      assertThat(world.now - began).as("time, A %s, B %s", world.a.engine.info(before), b().engine.info(before))
          .isLessThanOrEqualTo(bound);
    }
    return (double) (world.now - began) / bound;
  }

  private void work(Peer peer) {
    for (int before = -1; before != progress(peer);) {
      before = progress(peer);
      write(peer, 100_000);
      read(peer, 4096);
    }
    boolean said = peer.isAllWritten() || isB(peer, Manners.ECHO) && peer.engine.isInputFinished();
    if (said && !peer.shut) {
      peer.shutdown(world.now);
    }
    peer.check();
  }

  private static int progress(Peer peer) {
    return peer.bytesWritten() + (int) peer.bytesRead();
  }

  private boolean isEverythingSaid() {
    return world.b != null && peers().stream().allMatch(peer -> peer.shut && peer.engine.isOutputFinished())
        && world.a.bytesRead() == world.b.bytesWritten() && world.b.bytesRead() == world.a.bytesWritten();
  }

  /**
   * Returns the maximum time until everything has arrived, in nanoseconds. It consists of three parts. First, the
   * longest timeout that a peer has backed off to, or the longest interval of its probes, twice for each peer: for
   * earlier losses and for their repair. Second, further timeouts for losses in this phase. Third, round trips with a
   * window of at least half the buffer, or of one segment on a wire with losses, each with the delay of an
   * acknowledgement.
   */
  private long bound() {
    long rounds = 20 + rounds(world.a, world.settingsB.buffers().receiveBuffer())
        + rounds(b(), world.settingsA.buffers().receiveBuffer());
    long timeouts = 4 * longest;
    if (world.loss > 0) {
      // A timeout that has doubled to its maximum stays so until something that was sent once is acknowledged (Karn's
      // algorithm); until then segments, retransmissions and acknowledgements may be lost in turn.
      timeouts += (5 + (long) (world.loss * rounds)) * MAX_RTO;
    }
    long reordered = world.reordering == 0 ? 0 : 2 * World.REORDERED;
    // If a small buffer has no memory for data above a gap, a timeout repairs it, window by window.
    long roundTrip = 2 * world.delay() + SECOND + reordered;
    return timeouts + rounds * roundTrip + 2 * SECOND;
  }

  private void observe(Peer peer) {
    TcpInfo info = peer.engine.info(world.now);
    long rto = info.rto().toNanos();
    boolean probing = info.sendWindow() == 0;
    longest = Math.max(longest,
        probing ? Math.min(rto << Math.min(info.timing().timeouts().backoff(), 8), MAX_RTO) : rto);
  }

  private long rounds(Peer peer, int buffer) {
    int window = world.loss == 0 ? buffer / 2 : Math.clamp(peer.engine.info(world.now).mss(), SMALLEST, buffer / 2);
    return (peer.goal - peer.engine.acknowledgedBytes()) / window;
  }

  // ---- alternative to phase 2: one peer aborts

  /** Aborts one of the two connections, on a wire without losses: the other peer must notice. */
  void breakOff() {
    Peer one = random.nextBoolean() ? world.a : b();
    Peer other = one == world.a ? b() : world.a;
    if (!one.engine.state().isSynchronized() || !other.engine.state().isSynchronized()) {
      return;
    }
    // Data that the receiver had no memory for is missing. If its open window ends with that data, a RST behind it lies
    // outside.
    boolean excused = other.engine.info(world.now).receiveWindow() > 0 && one.engine.sndNxt() != other.engine.rcvNxt();
    one.disturbed = true;
    other.disturbed = true;
    one.engine.abort(world.now);
    long bound = world.now + 4 * world.delay() + 4 * World.REORDERED + SECOND / 10;
    do {
      world.pump(true);
    } while (isOpen(other) && world.advance() && world.now < bound);
    assertThat(isOpen(other) && !excused).as("%s has not noticed the end in %s", other.name, other.engine.state())
        .isFalse();
  }

  private static boolean isOpen(Peer peer) {
    return peer.engine.state() != TcpState.CLOSED && peer.engine.state() != TcpState.TIME_WAIT;
  }
}
