package io.reactorstack.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakTracker;
import io.netty.util.internal.PlatformDependent;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PacketAllocatorTest {

  private final UnpooledByteBufAllocator underlying = new UnpooledByteBufAllocator(true, true);
  private final Detector leaks = new Detector();
  private final PacketAllocator allocator = new PacketAllocator(underlying, leaks);
  private final EventLoop loop = new DefaultEventLoop();
  private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();

  @BeforeEach
  void keepBuffers() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE);
  }

  @AfterEach
  void endLoop() throws InterruptedException {
    ResourceLeakDetector.setLevel(level);
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    assertThat(loop.terminationFuture().await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(underlying.metric().usedDirectMemory()).isZero();
    assertThat(leaks.open).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 256, 257, 1024, 1025, 1500 + 128, 2048, 40_000, 65_536 + 256})
  void aReleasedBufferServesAgain(int length) throws Exception {
    long first = onLoop(() -> addressAndRelease(length));
    assertThat(onLoop(() -> addressAndRelease(length))).isEqualTo(first);
    assertThat(underlying.metric().usedDirectMemory()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {2049, 9000, 20_000, 65_536 + 257})
  void otherLengthsComeFromTheUnderlyingAllocator(int length) throws Exception {
    ByteBuf buffer = onLoop(() -> allocator.directBuffer(length, length));
    assertThat(underlying.metric().usedDirectMemory()).isEqualTo(length);
    buffer.release();
  }

  @Test
  void aBufferThatMayGrowComesFromTheUnderlyingAllocator() throws Exception {
    ByteBuf buffer = onLoop(() -> allocator.directBuffer(100, 200));
    assertThat(underlying.metric().usedDirectMemory()).isEqualTo(100);
    buffer.release();
  }

  @Test
  void aThreadWithoutALoopGetsBuffersOfTheUnderlyingAllocator() {
    ByteBuf buffer = allocator.directBuffer(100, 100);
    assertThat(underlying.metric().usedDirectMemory()).isEqualTo(100);
    buffer.release();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ADVANCED", "PARANOID"})
  void nettyTracksEveryBufferAtTheHigherLevels(ResourceLeakDetector.Level higher) throws Exception {
    ResourceLeakDetector.setLevel(higher);
    ByteBuf buffer = onLoop(() -> allocator.directBuffer(100, 100));
    assertThat(underlying.metric().usedDirectMemory()).isEqualTo(100);
    buffer.release();
  }

  @Test
  void aBufferHasTheCapacityThatWasAskedForAndNothingOfItsLastUse() throws Exception {
    onLoop(() -> {
      ByteBuf used = allocator.directBuffer(1000, 1000).writeZero(900);
      used.readerIndex(800).markReaderIndex().markWriterIndex();
      used.release();
      ByteBuf buffer = allocator.directBuffer(600, 600);
      assertThat(buffer.capacity()).isEqualTo(600);
      assertThat(buffer.maxCapacity()).isEqualTo(600);
      assertThat(buffer.refCnt()).isOne();
      assertThat(buffer.readableBytes()).isZero();
      assertThat(buffer.resetReaderIndex().readerIndex()).isZero();
      assertThat(buffer.resetWriterIndex().writerIndex()).isZero();
      assertThat(buffer.isWritable(600)).isTrue();
      assertThat(buffer.alloc()).isSameAs(allocator);
      assertThatThrownBy(() -> buffer.setByte(600, 1)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> buffer.getLong(593)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> buffer.nioBuffer(0, 601)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> buffer.capacity(601)).isInstanceOf(IllegalArgumentException.class);
      buffer.writeZero(600).capacity(10);
      assertThat(buffer.readableBytes()).isEqualTo(10);
      assertThat(HostMemory.pinnedBy(buffer)).as("the memory of the whole buffer")
          .isEqualTo(1024 + HostMemory.BUFFER_OVERHEAD);
      buffer.release();
      assertThatThrownBy(() -> buffer.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
      return 0;
    });
  }

  private Stream<ByteBuf> others(int length) {
    Supplier<ByteBuf> direct = () -> numbered(Unpooled.directBuffer(length), length);
    Supplier<ByteBuf> heap = () -> numbered(Unpooled.buffer(length), length);
    return Stream.of(heap.get(), direct.get(), direct.get().asReadOnly(), heap.get().asReadOnly(),
        numbered(allocator.directBuffer(length, length), length), direct.get().slice(0, length),
        Unpooled.compositeBuffer().addComponents(true, direct.get().slice(0, 4), heap.get().slice(4, length - 4)));
  }

  private static ByteBuf numbered(ByteBuf buffer, int length) {
    for (int i = 1; i <= length; i++) {
      buffer.writeByte(i);
    }
    return buffer;
  }

  /** The kinds of buffer that data comes from and goes to. */
  @ParameterizedTest
  @ValueSource(ints = {10, 23, 200})
  void octetsAreCopiedFromAndToBuffersOfEveryKind(int length) throws Exception {
    onLoop(() -> {
      ByteBuf buffer = allocator.directBuffer(length + 10, length + 10);
      others(length).forEach(other -> {
        int octets = length - 3;
        buffer.setZero(0, length + 10).setBytes(5, other, 2, octets);
        assertThat(buffer.getByte(4)).isZero();
        assertThat(buffer.slice(5, octets)).as("%s", other).isEqualTo(other.slice(2, octets));
        assertThat(buffer.getByte(5 + octets)).isZero();
        assertThatThrownBy(() -> buffer.setBytes(14, other, 2, octets)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.setBytes(0, other, 4, octets)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.setBytes(0, other, -1, octets)).isInstanceOf(IndexOutOfBoundsException.class);
        buffer.setBytes(0, other, length, 0);
        if (other.isReadOnly()) {
          assertThatThrownBy(() -> buffer.getBytes(5, other, 2, octets)).isInstanceOf(ReadOnlyBufferException.class);
        } else {
          buffer.setByte(6, 77).getBytes(length + 10, other, length, 0).getBytes(5, other, 2, octets);
          assertThat(other.getByte(3)).as("%s", other).isEqualTo((byte) 77);
          assertThatThrownBy(() -> buffer.getBytes(14, other, 2, octets)).isInstanceOf(IndexOutOfBoundsException.class);
          assertThatThrownBy(() -> buffer.getBytes(0, other, 4, octets)).isInstanceOf(IndexOutOfBoundsException.class);
        }
        other.release();
      });
      buffer.release();
      return 0;
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 23, 200})
  void octetsAreCopiedToViews(int length) throws Exception {
    onLoop(() -> {
      ByteBuf buffer = allocator.directBuffer(length + 10, length + 10);
      for (int i = 0; i < length + 10; i++) {
        buffer.setByte(i, i);
      }
      for (ByteBuffer view : List.of(ByteBuffer.allocate(length + 2), ByteBuffer.allocateDirect(length + 2))) {
        buffer.getBytes(7, view.position(1).limit(length));
        assertThat(view.position()).isEqualTo(length);
        assertThat(Unpooled.wrappedBuffer(view.position(1))).isEqualTo(buffer.slice(7, length - 1));
        view.clear();
        assertThat(view.get(0)).isZero();
        assertThat(view.get(length)).isZero();
        assertThatThrownBy(() -> buffer.getBytes(9, view)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.getBytes(-1, view)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> buffer.getBytes(0, view.asReadOnlyBuffer()))
            .isInstanceOf(ReadOnlyBufferException.class);
      }
      buffer.release();
      return 0;
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 20, 40, 65, 200, 1460, 2047})
  void theChecksumIsThatOfAnOrdinaryBuffer(int length) throws Exception {
    SplittableRandom random = new SplittableRandom(length);
    onLoop(() -> {
      ByteBuf ordinary = Unpooled.directBuffer(length);
      for (int i = 0; i < length; i++) {
        ordinary.writeByte(random.nextInt());
      }
      ByteBuf buffer = allocator.directBuffer(length, length).writeBytes(ordinary, 0, length);
      for (int from : new int[] {0, 1, 2, 7}) {
        assertThat(Checksum.fold(Checksum.sum(buffer, from, length - from)))
            .isEqualTo(Checksum.fold(Checksum.sum(ordinary, from, length - from)));
      }
      assertThatThrownBy(() -> Checksum.sum(buffer, 1, length)).isInstanceOf(IndexOutOfBoundsException.class);
      ordinary.release();
      buffer.release();
      return 0;
    });
  }

  @Test
  void aBufferReleasedOnAnotherThreadReturnsToItsLoop() throws Exception {
    ByteBuf buffer = onLoop(() -> allocator.directBuffer(100, 100));
    long first = buffer.memoryAddress();
    buffer.release();
    assertThat(onLoop(() -> addressAndRelease(100))).isEqualTo(first);
  }

  @Test
  void aLoopKeepsALimitedNumberOfBuffers() throws Exception {
    List<ByteBuf> all = new ArrayList<>();
    int most = (2 << 20) / 2048;
    onLoop(() -> {
      for (int i = 0; i < most; i++) {
        all.add(allocator.directBuffer(2048, 2048));
      }
      assertThat(underlying.metric().usedDirectMemory()).isZero();
      all.add(allocator.directBuffer(2048, 2048));
      return 0;
    });
    assertThat(underlying.metric().usedDirectMemory()).isEqualTo(2048);
    all.forEach(ByteBuf::release);
    assertThat(underlying.metric().usedDirectMemory()).isZero();
  }

  @Test
  void oneOfManyBuffersIsTracked() throws Exception {
    ByteBuf tracked = onLoop(() -> {
      for (int i = 1; i < PacketPool.SAMPLING_INTERVAL; i++) {
        allocator.directBuffer(100, 100).release();
      }
      assertThat(leaks.seen).hasValue(0);
      return allocator.directBuffer(100, 100);
    });
    assertThat(leaks.seen).hasValue(1);
    assertThat(leaks.open).hasValue(1);
    tracked.release();
  }

  @Test
  void theEndOfALoopFreesItsBuffers() throws Exception {
    long before = PlatformDependent.usedDirectMemory();
    EventLoop other = new DefaultEventLoop();
    List<ByteBuf> inUse = new ArrayList<>();
    other.submit(() -> {
      for (int i = 0; i < 100; i++) {
        allocator.directBuffer(2000, 2000).release();
        inUse.add(allocator.directBuffer(1000, 1000));
      }
    }).sync();
    assertThat(PlatformDependent.usedDirectMemory()).isGreaterThanOrEqualTo(before + 100 * 1024 + 2048);
    other.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
    inUse.forEach(ByteBuf::release);
    assertThat(PlatformDependent.usedDirectMemory()).isEqualTo(before);
  }

  /** Buffers change hands between two loops and this thread; no two users ever have the same memory. */
  @Test
  void randomUseByThreeThreads() throws Exception {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    EventLoop other = new DefaultEventLoop();
    Deque<ByteBuf> inUse = new ArrayDeque<>();
    Set<Long> addresses = new HashSet<>();
    for (int step = 0; step < 20_000; step++) {
      if (random.nextInt(100) < 52) {
        int length = 1 + random.nextInt(2048);
        ByteBuf buffer = onLoop(random.nextBoolean() ? loop : other, () -> allocator.directBuffer(length, length));
        assertThat(addresses.add(buffer.memoryAddress())).as("seed %d step %d", seed, step).isTrue();
        inUse.add(buffer.writeZero(length));
      } else if (!inUse.isEmpty()) {
        ByteBuf buffer = random.nextBoolean() ? inUse.pollFirst() : inUse.pollLast();
        addresses.remove(buffer.memoryAddress());
        switch (random.nextInt(3)) {
          case 0 -> buffer.release();
          case 1 -> onLoop(loop, buffer::release);
          default -> onLoop(other, buffer::release);
        }
      }
    }
    inUse.forEach(ByteBuf::release);
    other.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
  }

  private long addressAndRelease(int length) {
    ByteBuf buffer = allocator.directBuffer(length, length).writeZero(length);
    try {
      return buffer.memoryAddress();
    } finally {
      buffer.release();
    }
  }

  private <T> T onLoop(Callable<T> task) throws Exception {
    return onLoop(loop, task);
  }

  private static <T> T onLoop(EventLoop on, Callable<T> task) throws Exception {
    return on.submit(task).sync().getNow();
  }

  /** Counts the buffers that are tracked. */
  private static final class Detector extends ResourceLeakDetector<PacketBuffer> {
    final AtomicInteger seen = new AtomicInteger();
    final AtomicInteger open = new AtomicInteger();

    Detector() {
      super(PacketBuffer.class, 1);
    }

    @Override
    public ResourceLeakTracker<PacketBuffer> trackForcibly(PacketBuffer buffer) {
      seen.incrementAndGet();
      open.incrementAndGet();
      ResourceLeakTracker<PacketBuffer> tracker = super.trackForcibly(buffer);
      return new ResourceLeakTracker<>() {
        @Override
        public void record() {
          tracker.record();
        }

        @Override
        public void record(Object hint) {
          tracker.record(hint);
        }

        @Override
        public boolean close(PacketBuffer closed) {
          open.decrementAndGet();
          return tracker.close(closed);
        }
      };
    }
  }
}
