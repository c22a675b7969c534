package io.reactorstack.device.stream;

import static io.reactorstack.device.stream.FramingPeer.framed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.reactorstack.device.DeviceDrop;
import io.reactorstack.device.DeviceException;
import io.reactorstack.device.DeviceException.Reason;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** Tests the device against a peer that reads and writes the bytes of the stream. */
@Timeout(60)
class StreamSocketDeviceTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir
  private Path folder;
  private IoEventLoopGroup loops;
  private FramingPeer peer;

  @BeforeEach
  void start() {
    peer = new FramingPeer(path());
    loops = factory().newLoopGroup("stream-test");
  }

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    peer.close();
  }

  private Path path() {
    return folder.resolve("socket");
  }

  private StreamSocketDevice factory() {
    return StreamSocketDevice.at(path());
  }

  private NetworkDevice open() {
    NetworkDevice device = open(factory());
    peer.accept();
    return device;
  }

  private NetworkDevice open(NetworkDevice.Factory factory) {
    IoEventLoop loop = loops.next();
    return loop.submit(() -> factory.open(loop)).syncUninterruptibly().getNow();
  }

  /** Subscribes on the loop and waits for that, so that the test may request frames afterwards. */
  private void subscribe(NetworkDevice device, Collector collector) {
    loops.next().submit(() -> device.receive().subscribe(collector)).syncUninterruptibly();
  }

  private static Frame frame(byte[] bytes) {
    return new Frame(Unpooled.copiedBuffer(bytes), PacketFacts.LOCAL);
  }

  private static byte[] numbered(int number, int length) {
    byte[] bytes = new byte[length];
    ByteBuffer.wrap(bytes).putInt(number);
    return bytes;
  }

  /** Collects frames; requests them only when the test does. */
  private static final class Collector extends BaseSubscriber<Frame> {

    /** A lock-free queue: the loop must not wait for a test that reads it. */
    private final BlockingQueue<byte[]> frames = new LinkedTransferQueue<>();

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      // The test requests frames.
    }

    @Override
    protected void hookOnNext(Frame frame) {
      frames.add(ByteBufUtil.getBytes(frame.payload()));
      frame.release();
    }

    byte[] take() throws InterruptedException {
      return frames.poll(SOON.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  @Test
  void framesArriveHoweverTheStreamIsSplit() throws InterruptedException {
    Collector collector = new Collector();
    subscribe(open(), collector);
    collector.requestUnbounded();
    byte[] small = numbered(1, 14);
    byte[] large = numbered(2, 1518);

    ByteArrayOutputStream together = new ByteArrayOutputStream();
    together.writeBytes(framed(small));
    together.writeBytes(framed(large));
    together.writeBytes(framed());
    peer.write(together.toByteArray());
    for (byte part : framed(small)) {
      peer.write(part);
    }

    assertThat(collector.take()).isEqualTo(small);
    assertThat(collector.take()).isEqualTo(large);
    assertThat(collector.take()).isEmpty();
    assertThat(collector.take()).isEqualTo(small);
  }

  @Test
  void framesWaitForDemandInTheSocketAndInTheReader() throws InterruptedException {
    Collector collector = new Collector();
    NetworkDevice device = open();
    subscribe(device, collector);
    collector.request(1);
    var written = CompletableFuture.runAsync(() -> {
      for (int i = 0; i < 3000; i++) {
        peer.write(framed(numbered(i, 1000)));
      }
    });

    assertThat(collector.take()).startsWith(0, 0, 0, 0);
    turnLoop();
    assertThat(collector.frames).isEmpty();
    // 3 MB are more than the buffers of a local socket and the reader hold, so the peer is blocked.
    assertThat(written).isNotDone();
    for (int i = 1; i < 3000; i++) {
      collector.request(1);
      assertThat(ByteBuffer.wrap(collector.take()).getInt()).isEqualTo(i);
    }
    assertThat(written).succeedsWithin(SOON);
    assertThat(device.drops().total()).isZero();
  }

  private void turnLoop() {
    for (int i = 0; i < 20; i++) {
      loops.next().submit(() -> {
      }).syncUninterruptibly();
    }
  }

  @Test
  void peerThatDoesNotReadStopsThePublisher() {
    AtomicInteger made = new AtomicInteger();
    NetworkDevice device = open();
    var sent = device.send(Flux.range(0, 20_000).doOnNext(i -> made.incrementAndGet())
        .map(i -> frame(numbered(i, 100 + i % 1400)))).toFuture();

    int stalledAt = awaitStall(made);
    assertThat(stalledAt).isLessThan(5000);
    assertThat(sent).isNotDone();

    for (int i = 0; i < 20_000; i++) {
      byte[] frame = peer.read();
      assertThat(frame).hasSize(100 + i % 1400);
      assertThat(ByteBuffer.wrap(frame).getInt()).isEqualTo(i);
    }
    assertThat(sent).succeedsWithin(SOON);
  }

  /** Waits until the number does not change during many turns of the loop. */
  private int awaitStall(AtomicInteger number) {
    for (int before = -1, same = 0;; before = number.get()) {
      turnLoop();
      same = number.get() == before && before > 0 ? same + 1 : 0;
      if (same == 100) {
        return before;
      }
    }
  }

  @Test
  void partiallyWrittenFrameIsCompletedAfterItsPublisherIsCancelled() {
    AtomicInteger made = new AtomicInteger();
    NetworkDevice device = open();
    var sending = device.send(Flux.range(0, Integer.MAX_VALUE).doOnNext(i -> made.incrementAndGet())
        .map(i -> frame(numbered(i, 1500)))).subscribe();
    awaitStall(made);
    sending.dispose();
    turnLoop();
    byte[] last = numbered(-1, 60);
    var sent = device.send(Flux.just(frame(last))).toFuture();

    int number = 0;
    byte[] frame = peer.read();
    for (; frame.length == 1500; frame = peer.read()) {
      assertThat(ByteBuffer.wrap(frame).getInt()).isEqualTo(number++);
    }
    assertThat(frame).isEqualTo(last);
    assertThat(sent).succeedsWithin(SOON);
  }

  @Test
  void framesPublishedOnOtherThreadsAreSentInOrder() {
    var sent = open().send(Flux.range(0, 5000).map(i -> frame(numbered(i, 60))).publishOn(Schedulers.parallel()))
        .toFuture();
    for (int i = 0; i < 5000; i++) {
      assertThat(ByteBuffer.wrap(peer.read()).getInt()).isEqualTo(i);
    }
    assertThat(sent).succeedsWithin(SOON);
  }

  @Test
  void framesBeyondTheMtuAreDroppedAndCounted() throws InterruptedException {
    NetworkDevice device = open(factory().mtu(1000));
    peer.accept();
    Collector collector = new Collector();
    subscribe(device, collector);
    collector.requestUnbounded();

    peer.write(framed(numbered(1, 1019)));
    peer.write(framed(numbered(2, FrameReader.LONGEST)));
    peer.write(framed(numbered(3, 1018)));
    assertThat(collector.take()).startsWith(0, 0, 0, 3);
    assertThat(device.drops().get(DeviceDrop.TRUNCATED)).isEqualTo(2);

    var sent = device.send(Flux.just(frame(numbered(1, 1019)), frame(numbered(2, 1018)))).toFuture();
    assertThat(peer.read()).startsWith(0, 0, 0, 2);
    assertThat(sent).succeedsWithin(SOON);
    assertThat(device.drops().get(DeviceDrop.TOO_LONG)).isEqualTo(1);
  }

  @Test
  void theLongestFramesFit() throws InterruptedException {
    NetworkDevice device = open(factory().mtu(65_535));
    peer.accept();
    Collector collector = new Collector();
    subscribe(device, collector);
    collector.requestUnbounded();
    var echoes = CompletableFuture.runAsync(() -> {
      for (int i = 0; i < 100; i++) {
        peer.write(framed(peer.read()));
      }
    });
    var sent = device.send(Flux.range(0, 100).map(i -> frame(numbered(i, FrameReader.LONGEST)))).toFuture();
    for (int i = 0; i < 100; i++) {
      assertThat(collector.take()).isEqualTo(numbered(i, FrameReader.LONGEST));
    }
    assertThat(echoes).succeedsWithin(SOON);
    assertThat(sent).succeedsWithin(SOON);
  }

  @Test
  void closingByThePeerFailsBothDirections() {
    NetworkDevice device = open();
    var received = device.receive().doOnNext(Frame::release).then().toFuture();
    var sent = device.send(Flux.never()).toFuture();
    peer.write((byte) 0, (byte) 0); // within a frame

    peer.hangUp();

    for (var direction : List.of(received, sent)) {
      assertThat(cause(direction)).isInstanceOfSatisfying(DeviceException.class, e -> {
        assertThat(e.reason()).isEqualTo(Reason.GONE);
        assertThat(e).hasMessage("stream socket " + path()
            + " is gone: the peer has closed the connection");
      });
    }
    assertThat(device.isDisposed()).isTrue();
    for (var late : List.of(device.receive().then(), device.send(Flux.empty()))) {
      assertThat(cause(late.toFuture())).isInstanceOfSatisfying(DeviceException.class,
          e -> assertThat(e.reason()).isEqualTo(Reason.GONE));
    }
  }

  @Test
  void senderNoticesThatThePeerHasClosed() {
    NetworkDevice device = open();
    peer.hangUp();
    var sent = device.send(Flux.just(frame(numbered(1, 60))).concatWith(Flux.never())).toFuture();
    assertThat(cause(sent)).isInstanceOfSatisfying(DeviceException.class,
        e -> assertThat(e.reason()).isEqualTo(Reason.GONE));
  }

  @Test
  void invalidFrameLengthFailsTheDevice() throws InterruptedException {
    NetworkDevice device = open();
    Collector collector = new Collector();
    var ended = device.receive().doOnNext(frame -> collector.hookOnNext(frame)).then().toFuture();
    peer.write(framed(numbered(7, 60)));
    peer.write(ByteBuffer.allocate(4).putInt(FrameReader.LONGEST + 1).array());

    assertThat(collector.take()).startsWith(0, 0, 0, 7);
    assertThat(cause(ended)).isInstanceOfSatisfying(DeviceException.class, e -> {
      assertThat(e.reason()).isEqualTo(Reason.FAILED);
      assertThat(e).hasMessageContaining("announced a frame of 65554 bytes");
    });
    assertThat(peer.read()).isNull();
  }

  @Test
  void disposingEndsBothDirectionsAndTheConnection() {
    NetworkDevice device = open();
    var received = device.receive().doOnNext(Frame::release).then().toFuture();
    var sent = device.send(Flux.never()).toFuture();

    device.dispose();
    device.dispose();

    assertThat(received).succeedsWithin(SOON);
    assertThat(cause(sent)).isInstanceOfSatisfying(DeviceException.class,
        e -> assertThat(e.reason()).isEqualTo(Reason.CLOSED));
    assertThat(peer.read()).isNull();
    StepVerifier.create(device.receive()).verifyComplete();
    StepVerifier.create(device.send(Flux.empty())).verifyError(DeviceException.class);
  }

  @Test
  void closingTheLoopsDisposes() {
    NetworkDevice device = open();
    var received = device.receive().then().toFuture();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    assertThat(received).succeedsWithin(SOON);
    assertThat(device.isDisposed()).isTrue();
    assertThat(peer.read()).isNull();
  }

  @Test
  void aSubscriberMayDisposeWithinOnNext() {
    NetworkDevice device = open();
    var received = device.receive().doOnNext(frame -> {
      frame.release();
      device.dispose();
    }).count().toFuture();
    peer.write(framed(numbered(1, 60)));
    assertThat(received).succeedsWithin(SOON).isEqualTo(1L);
  }

  @Test
  void secondConcurrentSubscriberOrPublisherFails() {
    NetworkDevice device = open();
    Collector first = new Collector();
    subscribe(device, first);
    StepVerifier.create(device.receive()).verifyError(IllegalStateException.class);
    first.cancel();
    var sending = device.send(Flux.never()).subscribe();
    StepVerifier.create(device.send(Flux.empty())).verifyError(IllegalStateException.class);
    sending.dispose();
    StepVerifier.create(device.receive(), 0).thenCancel().verify();
    StepVerifier.create(device.send(Flux.empty())).verifyComplete();
  }

  @Test
  void openingFailsWithItsReason() {
    Path nowhere = folder.resolve("nowhere");
    assertReason(Reason.NO_SUCH_DEVICE, () -> open(StreamSocketDevice.at(nowhere)));
    peer.close();
    assertReason(Reason.NO_SUCH_DEVICE, () -> open(factory()));
    assertThatThrownBy(() -> factory().open(loops.next())).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> factory().macAddress(MacAddress.BROADCAST)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> factory().mtu(67)).isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertReason(Reason reason, ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOfSatisfying(DeviceException.class,
        e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }

  private static Throwable cause(CompletableFuture<?> future) {
    try {
      future.orTimeout(20, TimeUnit.SECONDS).join();
      return null;
    } catch (CompletionException e) {
      return e.getCause();
    }
  }
}
