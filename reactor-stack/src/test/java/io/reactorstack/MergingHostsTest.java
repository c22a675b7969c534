package io.reactorstack;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.device.memory.MemoryCable;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.FrameMeter;
import io.reactorstack.tcp.TcpConnection;
import io.reactorstack.tcp.model.CloseCause;
import io.reactorstack.testing.FrameBalance;
import io.reactorstack.testing.UnprobedStack;
import io.reactorstack.testing.VirtualLoop;
import io.reactorstack.wire.EtherType;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Two hosts on a cable without offload, which merge the segments that they receive together, or do not: both ways the
 * same octets arrive and each connection ends alike, whatever the cable does to the frames.
 */
class MergingHostsTest {

  private static final int ETHERNET_HEADER = 14;
  private static final int PORT = 7;

  /** The probabilities with which a cable damages, loses, duplicates and reorders frames. */
  private record Faults(double damage, double loss, double duplicates, double reordering) {

    static final Faults NONE = new Faults(0, 0, 0, 0);

    static Faults random(SplittableRandom random) {
      return new Faults(share(random), share(random), share(random), share(random));
    }

    private static double share(SplittableRandom random) {
      return random.nextBoolean() ? 0 : random.nextDouble() * 0.05;
    }
  }

  /** A device that receives over a cable with faults; if it takes no bursts, its host does not merge. */
  private static final class FaultyDevice implements NetworkDevice {

    private final NetworkDevice device;
    private final boolean takesBursts;
    private final Faults faults;
    private final SplittableRandom random;
    private long delivered;
    private @Nullable Frame late;

    FaultyDevice(NetworkDevice device, boolean takesBursts, Faults faults, SplittableRandom random) {
      this.device = device;
      this.takesBursts = takesBursts;
      this.faults = faults;
      this.random = random;
    }

    private List<Frame> onFrame(Frame frame) {
      List<Frame> arriving = new ArrayList<>();
      if (random.nextDouble() < faults.loss) {
        frame.release();
      } else if (late == null && random.nextDouble() < faults.reordering) {
        late = frame;
        return arriving;
      } else {
        if (random.nextDouble() < faults.duplicates) {
          arriving.add(new Frame(frame.payload().copy(), frame.facts()));
        }
        if (random.nextDouble() < faults.damage && !isArp(frame)) {
          ByteBuf bytes = frame.payload();
          int at = bytes.readerIndex() + ETHERNET_HEADER + random.nextInt(bytes.readableBytes() - ETHERNET_HEADER);
          bytes.setByte(at, bytes.getByte(at) ^ 1 << random.nextInt(Byte.SIZE));
        }
        arriving.add(frame);
      }
      if (late != null) {
        arriving.add(late);
        late = null;
      }
      delivered += arriving.size();
      return arriving;
    }

    /** ARP has no checksum. */
    private static boolean isArp(Frame frame) {
      ByteBuf bytes = frame.payload();
      return bytes.getUnsignedShort(bytes.readerIndex() + ETHERNET_HEADER - Short.BYTES) == EtherType.ARP;
    }

    @Override
    public DeviceCapabilities capabilities() {
      return device.capabilities();
    }

    @Override
    public boolean takesBursts() {
      return takesBursts;
    }

    @Override
    public Drops drops() {
      return device.drops();
    }

    @Override
    public Flux<Frame> receive() {
      return device.receive().concatMapIterable(this::onFrame).doOnDiscard(Frame.class, Frame::release);
    }

    @Override
    public Mono<Void> send(Publisher<Frame> frames) {
      return device.send(frames);
    }

    @Override
    public Flux<Carrier> carrier() {
      return device.carrier();
    }

    @Override
    public void dispose() {
      if (late != null) {
        late.release();
        late = null;
      }
      device.dispose();
    }

    @Override
    public boolean isDisposed() {
      return device.isDisposed();
    }
  }

  /** The course of a number of connections, the same for each world with the same seed. */
  private static final class Course {

    final boolean v4;
    final int mtu;
    final Faults faults;
    final boolean noDelay;
    final boolean sack;
    final boolean timestamps;
    /** The writes of each end: those of the clients, then those of the servers. */
    final List<List<byte[]>> writes = new ArrayList<>();

    Course(long seed, boolean faulty) {
      SplittableRandom random = new SplittableRandom(seed);
      v4 = random.nextBoolean();
      mtu = v4 ? 576 + random.nextInt(925) : 1280 + random.nextInt(221);
      noDelay = random.nextBoolean();
      sack = random.nextInt(4) > 0;
      timestamps = random.nextBoolean();
      int connections = 1 + random.nextInt(3);
      for (int i = 0; i < 2 * connections; i++) {
        int longest = random.nextBoolean() ? 200 : 20_000;
        int count = 1 + random.nextInt(40);
        List<byte[]> all = new ArrayList<>();
        for (int n = 0; n < count; n++) {
          byte[] octets = new byte[1 + random.nextInt(longest)];
          random.nextBytes(octets);
          all.add(octets);
        }
        writes.add(all);
      }
      faults = faulty ? Faults.random(random) : Faults.NONE;
    }

    int connections() {
      return writes.size() / 2;
    }

    StackConfiguration configure(StackConfiguration stack) {
      return stack.tcp(tcp -> tcp
          .withTimers(timers -> timers.withNoDelay(noDelay))
          .withWire(wire -> wire.withSelectiveAcknowledgment(sack).withTimestamps(timestamps)));
    }
  }

  /** Two hosts in virtual time. */
  private static final class World {

    private final Course course;
    private final VirtualLoop loop = new VirtualLoop();
    private final List<FaultyDevice> devices = new ArrayList<>();
    private final List<NetworkStack> stacks = new ArrayList<>();
    private final List<ByteArrayOutputStream> received = new ArrayList<>();
    private final CloseCause[] causes;
    long frames;
    long delivered;

    World(Course course, boolean merges, long seed) {
      this.course = course;
      causes = new CloseCause[course.writes.size()];
      course.writes.forEach(any -> received.add(new ByteArrayOutputStream()));
      MemoryCable cable = MemoryCable.ethernet(course.mtu).withoutOffload();
      stack(cable.left(), 1, merges, seed);
      stack(cable.right(), 2, merges, seed);
    }

    private void stack(NetworkDevice.Factory end, int host, boolean merges, long seed) {
      NetworkDevice.Factory device = loop -> {
        devices.add(new FaultyDevice(end.open(loop), merges, course.faults, new SplittableRandom(seed + host)));
        return devices.getLast();
      };
      stacks.add(course.configure(UnprobedStack.create().name("host" + host).runOn(loop).random(new Random(host))
          .device(device, course.v4 ? "10.1.0." + host + "/24" : "fd00::" + host + "/64")).startNow());
    }

    private void run(TcpConnection connection, int end) {
      connection.onClose().subscribe(report -> causes[end] = report.cause());
      connection.receive().subscribe(octets -> {
        byte[] bytes = new byte[octets.readableBytes()];
        octets.readBytes(bytes).release();
        received.get(end).writeBytes(bytes);
      });
      connection.send(Flux.fromIterable(course.writes.get(end)).map(Unpooled::wrappedBuffer))
          .then(connection.shutdownOutput()).subscribe();
    }

    World run() {
      // The addresses of IPv6 are tentative for a second.
      loop.advance(Duration.ofSeconds(5));
      int connections = course.connections();
      for (int i = 0; i < connections; i++) {
        int client = i;
        int server = connections + i;
        stacks.getLast().tcp().listen(PORT + i).subscribe(connection -> run(connection, server));
        stacks.getFirst().tcp().connect(course.v4 ? "10.1.0.2" : "fd00::2", PORT + i).subscribe(
            connection -> run(connection, client));
      }
      loop.advance(Duration.ofMinutes(30));
      stacks.forEach(FrameBalance::assertBalanced);
      frames = stacks.stream().mapToLong(stack -> stack.meters().sum(FrameMeter.FRAMES_RECEIVED)).sum();
      delivered = devices.stream().mapToLong(device -> device.delivered).sum();
      stacks.forEach(stack -> {
        assertThat(stack.drops().snapshot()).doesNotContainKey("stage.STAGE_FAULT");
        stack.dispose();
      });
      loop.settle();
      return this;
    }

    /** Asserts that each end has received what the other one sent, and that each connection is finished. */
    void assertComplete() {
      int connections = course.connections();
      for (int end = 0; end < 2 * connections; end++) {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        course.writes.get((end + connections) % (2 * connections)).forEach(sent::writeBytes);
        assertThat(Arrays.equals(received.get(end).toByteArray(), sent.toByteArray()))
            .as("the octets received by end %d of %d connections", end, connections).isTrue();
      }
      assertThat(causes).containsOnly(CloseCause.FINISHED);
    }
  }

  @Property(tries = 100, shrinking = ShrinkingMode.OFF)
  void theSameOctetsArriveWithMergingAndWithout(@ForAll long seed) {
    Course course = new Course(seed, true);
    for (boolean merges : new boolean[] {true, false}) {
      World world = new World(course, merges, seed).run();
      world.assertComplete();
      if (!merges) {
        assertThat(world.frames).isEqualTo(world.delivered);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void segmentsAreMergedUnlessTheDeviceTakesNoBursts(long seed) {
    Course course = new Course(seed, false);
    World merging = new World(course, true, seed).run();
    merging.assertComplete();
    World plain = new World(course, false, seed).run();
    plain.assertComplete();
    assertThat(plain.frames).isEqualTo(plain.delivered);
    assertThat(merging.frames).isLessThan(merging.delivered);
  }
}
