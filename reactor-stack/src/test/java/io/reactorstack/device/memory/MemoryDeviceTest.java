package io.reactorstack.device.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalIoHandler;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.VirtualLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class MemoryDeviceTest {

  private final VirtualLoop loop = new VirtualLoop();

  private static Frame frame(int number) {
    return new Frame(Unpooled.buffer(4).writeInt(number), PacketFacts.LOCAL);
  }

  private static int number(Frame frame) {
    try {
      return frame.payload().readInt();
    } finally {
      frame.release();
    }
  }

  @Test
  void passesBuffersWithoutCopyInOrderAndInTasksOfTheLoop() {
    MemoryCable cable = MemoryCable.ethernet(1500);
    NetworkDevice left = cable.left().open(loop);
    NetworkDevice right = cable.right().open(loop);
    List<Frame> received = new ArrayList<>();
    right.receive().subscribe(received::add);
    Frame first = frame(1);
    Frame second = frame(2);

    left.send(Flux.just(first, second)).subscribe();

    assertThat(received).as("frames delivered within the sender's call").isEmpty();
    loop.settle();
    assertThat(received).extracting(Frame::payload).containsExactly(first.payload(), second.payload());
    assertThat(received).extracting(f -> f.facts().ingressNanos()).containsOnly(loop.now());
    received.forEach(Frame::release);
  }

  @Test
  void creditEqualsRingSizeAndReturnsAsFramesAreReceived() {
    NetworkDevice.Factory[] ends = ends(8);
    NetworkDevice left = ends[0].open(loop);
    NetworkDevice right = ends[1].open(loop);
    AtomicLong produced = new AtomicLong();
    left.send(Flux.range(0, 1000).doOnNext(n -> produced.incrementAndGet()).map(MemoryDeviceTest::frame)).subscribe();
    loop.settle();
    assertThat(produced).as("frames produced without a receiver: the size of the ring").hasValue(8);

    List<Integer> received = new ArrayList<>();
    BaseSubscriber<Frame> slow = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(org.reactivestreams.Subscription s) {
        s.request(3);
      }

      @Override
      protected void hookOnNext(Frame frame) {
        received.add(number(frame));
      }
    };
    right.receive().subscribe(slow);
    loop.settle();
    assertThat(received).containsExactly(0, 1, 2);
    assertThat(produced).hasValue(11);

    slow.requestUnbounded();
    loop.settle();
    assertThat(received).hasSize(1000).isSorted();

    slow.cancel();
    produced.set(0);
    left.send(Flux.range(0, 1000).doOnNext(n -> produced.incrementAndGet()).map(MemoryDeviceTest::frame))
        .subscribe(v -> {}, e -> {});
    loop.settle();
    assertThat(produced).as("credit after a cancelled receiver").hasValue(8);
    right.dispose();
    left.dispose();
  }

  @Test
  void sendCompletesWithItsPublisherAndAnotherMayFollow() {
    NetworkDevice.Factory[] ends = ends(8);
    NetworkDevice left = ends[0].open(loop);
    NetworkDevice right = ends[1].open(loop);
    List<Integer> received = new ArrayList<>();
    right.receive().subscribe(f -> received.add(number(f)));
    List<String> events = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      int base = round * 3;
      left.send(Flux.range(base, 3).map(MemoryDeviceTest::frame)).subscribe(v -> {}, e -> {}, () -> events.add("done"));
      loop.settle();
    }
    assertThat(events).hasSize(5);
    assertThat(received).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14);
  }

  @Test
  void aPublisherThatIgnoresDemandFails() {
    NetworkDevice.Factory[] ends = ends(8);
    NetworkDevice left = ends[0].open(loop);
    List<Object> signals = new ArrayList<>();
    List<ByteBuf> sent = new ArrayList<>();
    left.send(subscriber -> subscriber.onSubscribe(new Subscription() {
      @Override
      public void request(long n) {
        for (int i = 0; i < 9; i++) {
          Frame frame = frame(i);
          sent.add(frame.payload());
          subscriber.onNext(frame);
        }
      }

      @Override
      public void cancel() {
        signals.add("cancelled");
      }
    })).subscribe(done -> {}, signals::add);
    loop.settle();

    assertThat(signals).hasSize(2).first().isEqualTo("cancelled");
    assertThat(signals.getLast()).isInstanceOfSatisfying(RuntimeException.class,
        failure -> assertThat(Exceptions.isOverflow(failure)).isTrue());
    assertThat(sent.getLast().refCnt()).isZero();
    left.dispose();
  }

  @Test
  void frameBeyondMtuIsDroppedCountedAndReturnsItsCredit() {
    NetworkDevice.Factory[] ends = ends(8);
    NetworkDevice left = ends[0].open(loop);
    NetworkDevice right = ends[1].open(loop);
    List<Integer> lengths = new ArrayList<>();
    right.receive().subscribe(f -> {
      lengths.add(f.payload().readableBytes());
      f.release();
    });
    left.send(Flux.range(0, 40)
        .map(n -> new Frame(Unpooled.buffer(2000).writeZero(n % 2 == 0 ? 1519 : 1518), PacketFacts.LOCAL))).subscribe();
    loop.settle();
    assertThat(lengths).hasSize(20).containsOnly(1518);
    assertThat(left.drops().get(DeviceDrop.TOO_LONG)).isEqualTo(20);
  }

  @Test
  void framesWaitForTheReceiverToOpenAndAreDroppedAfterItCloses() {
    NetworkDevice.Factory[] ends = ends(8);
    NetworkDevice left = ends[0].open(loop);
    Sinks.Many<Frame> frames = Sinks.many().unicast().onBackpressureBuffer();
    left.send(frames.asFlux()).subscribe();
    frames.tryEmitNext(frame(1)).orThrow();
    loop.settle();

    NetworkDevice right = ends[1].open(loop);
    List<Integer> received = new ArrayList<>();
    right.receive().subscribe(f -> received.add(number(f)));
    loop.settle();
    assertThat(received).containsExactly(1);

    List<ByteBuf> late = new ArrayList<>();
    right.dispose();
    for (int i = 0; i < 20; i++) {
      Frame frame = frame(i);
      late.add(frame.payload());
      frames.tryEmitNext(frame).orThrow();
      loop.settle();
    }
    assertThat(received).hasSize(1);
    assertThat(late).allMatch(buffer -> buffer.refCnt() == 0);
    assertThat(left.drops().get(DeviceDrop.INTERFACE_DOWN)).as("dropped frames return their credit").isEqualTo(20);
  }

  @Test
  void disposeReleasesQueuedFramesAndEndsBothDirections() {
    NetworkDevice.Factory[] ends = ends(8);
    NetworkDevice left = ends[0].open(loop);
    NetworkDevice right = ends[1].open(loop);
    List<ByteBuf> sent = new ArrayList<>();
    List<Object> signals = new ArrayList<>();
    left.send(Flux.range(0, 100).map(n -> {
      Frame frame = frame(n);
      sent.add(frame.payload());
      return frame;
    })).subscribe(v -> {}, signals::add);
    right.receive().subscribe(new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(org.reactivestreams.Subscription s) {
        // No demand.
      }

      @Override
      protected void hookOnComplete() {
        signals.add("completed");
      }
    });
    loop.settle();
    left.dispose();
    right.dispose();
    loop.settle();
    assertThat(sent).hasSize(8).allMatch(buffer -> buffer.refCnt() == 0);
    assertThat(signals.get(0)).isInstanceOfSatisfying(
        DeviceException.class, e -> assertThat(e.reason()).isEqualTo(DeviceException.Reason.CLOSED));
    assertThat(signals).hasSize(2).last().isEqualTo("completed");
  }

  @Test
  void factsOfTheSenderArriveWithTheFrame() {
    MemoryCable cable = MemoryCable.ip(1500);
    NetworkDevice left = cable.left().open(loop);
    NetworkDevice right = cable.right().open(loop);
    List<PacketFacts> seen = new ArrayList<>();
    right.receive().subscribe(f -> {
      seen.add(f.facts());
      f.release();
    });
    left.send(Mono.just(new Frame(Unpooled.buffer(4).writeInt(1), PacketFacts.UNFINISHED)))
        .subscribe();
    loop.settle();
    assertThat(seen).singleElement()
        .satisfies(facts -> assertThat(facts.checksum()).isEqualTo(ChecksumState.UNFINISHED));
  }

  @Test
  void rejectsOpeningAnEndTwiceAndDifferentMedia() {
    MemoryCable cable = MemoryCable.ip(1500);
    cable.left().open(loop);
    assertThatThrownBy(() -> cable.left().open(loop)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> new MemoryCable(DeviceCapabilities.ip(1500),
        MemoryCable.ethernet(1500).left().open(loop).capabilities(), 8))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @Timeout(60)
  void carriesAMillionFramesBothWaysBetweenTwoLoops() {
    MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
    try {
      IoEventLoop one = group.next();
      IoEventLoop two = group.next();
      NetworkDevice.Factory[] ends = ends(64);
      NetworkDevice left = on(one, ends[0]);
      NetworkDevice right = on(two, ends[1]);
      int n = 500_000;
      Mono<Long> there = ordered(right, n);
      Mono<Long> back = ordered(left, n);
      Mono<Void> sendLeft = left.send(Flux.range(0, n).map(MemoryDeviceTest::frame));
      Mono<Void> sendRight = right.send(Flux.range(0, n).map(MemoryDeviceTest::frame));
      Mono.when(there, back, sendLeft, sendRight).block(Duration.ofSeconds(50));
      left.dispose();
      right.dispose();
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  @Test
  @Timeout(60)
  void closingTheReceiverOnAnotherLoopLeaksNoFrame() {
    MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(2, LocalIoHandler.newFactory());
    try {
      IoEventLoop one = group.next();
      IoEventLoop two = group.next();
      for (int round = 0; round < 200; round++) {
        NetworkDevice.Factory[] ends = ends(16);
        NetworkDevice left = on(one, ends[0]);
        NetworkDevice right = on(two, ends[1]);
        AtomicLong alive = new AtomicLong();
        right.receive().doOnNext(Frame::release).take(100 + round).doOnTerminate(right::dispose).subscribe();
        left.send(Flux.range(0, 2000).map(number -> {
          Frame frame = frame(number);
          alive.incrementAndGet();
          return new Frame(new CountedBuffer(frame.payload(), alive), frame.facts());
        })).block(Duration.ofSeconds(20));
        // When these tasks have run on the receiver's loop, it has no more work for this cable.
        Mono.fromRunnable(() -> {}).subscribeOn(reactor.core.scheduler.Schedulers.fromExecutor(two)).block();
        Mono.fromRunnable(() -> {}).subscribeOn(reactor.core.scheduler.Schedulers.fromExecutor(two)).block();
        assertThat(alive).as("round %d", round).hasValue(0);
      }
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  @Test
  void canBeDisposedOfAfterItsLoopHasEnded() {
    MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
    NetworkDevice.Factory[] ends = ends(8);
    NetworkDevice left = on(group.next(), ends[0]);
    NetworkDevice right = on(group.next(), ends[1]);
    List<ByteBuf> sent = new CopyOnWriteArrayList<>();
    AtomicReference<Throwable> error = new AtomicReference<>();
    Disposable sending = left.send(Flux.range(0, 100).map(number -> {
      Frame frame = frame(number);
      sent.add(frame.payload());
      return frame;
    })).subscribe(v -> {}, error::set);
    Disposable receiving = right.receive().take(1).doOnNext(Frame::release).then(Mono.never()).subscribe();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    receiving.dispose();
    left.dispose();
    right.dispose();
    sending.dispose();
    assertThat(sent).isNotEmpty().allMatch(buffer -> buffer.refCnt() == 0);
    assertThat(error.get()).isInstanceOf(DeviceException.class);
  }

  private static NetworkDevice on(IoEventLoop loop, NetworkDevice.Factory end) {
    return loop.submit(() -> end.open(loop)).syncUninterruptibly().getNow();
  }

  private static Mono<Long> ordered(NetworkDevice device, int n) {
    AtomicLong expected = new AtomicLong();
    return device.receive()
        .doOnNext(f -> assertThat(number(f)).isEqualTo((int) expected.getAndIncrement()))
        .take(n)
        .count();
  }

  private static NetworkDevice.Factory[] ends(int ring) {
    DeviceCapabilities like = MemoryCable.ethernet(1500).left().open(new VirtualLoop()).capabilities();
    MemoryCable cable = new MemoryCable(like, like, ring);
    return new NetworkDevice.Factory[] {cable.left(), cable.right()};
  }

  /** A buffer that decrements a counter when it is released. */
  private static final class CountedBuffer extends io.netty.buffer.UnpooledHeapByteBuf {

    private final AtomicLong alive;

    CountedBuffer(ByteBuf content, AtomicLong alive) {
      super(io.netty.buffer.UnpooledByteBufAllocator.DEFAULT, 4, 4);
      this.alive = alive;
      writeBytes(content);
      content.release();
    }

    @Override
    protected void deallocate() {
      super.deallocate();
      alive.decrementAndGet();
    }
  }
}
