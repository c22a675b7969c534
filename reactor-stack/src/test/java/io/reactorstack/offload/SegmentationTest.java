package io.reactorstack.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.MacAddress;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.packet.PacketFacts.ChecksumState;
import io.reactorstack.testing.SuperFrames;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

/** The stage makes a segment when the device has credit for it, and requests few frames in advance. */
class SegmentationTest {

  private final Drops drops = new Drops();
  private final Above above = new Above();
  private final List<Frame> sent = new ArrayList<>();
  private final BaseSubscriber<Frame> device = new BaseSubscriber<>() {
    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      // The test requests frames itself.
    }

    @Override
    protected void hookOnNext(Frame frame) {
      sent.add(frame);
    }
  };

  /** A source that records the requests, and emits what the test gives it. */
  private static final class Above extends Flux<Frame> implements Subscription {
    private CoreSubscriber<? super Frame> subscriber;
    private long requested;
    private boolean cancelled;

    @Override
    public void subscribe(CoreSubscriber<? super Frame> actual) {
      subscriber = actual;
      actual.onSubscribe(this);
    }

    void emit(Frame frame) {
      assertThat(requested).as("requested").isPositive();
      requested--;
      subscriber.onNext(frame);
    }

    @Override
    public void request(long n) {
      requested += n;
    }

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  private void connect() {
    new Segmentation(DeviceCapabilities.ethernet(new MacAddress(0x0200_0000_0001L), 1500), drops).send(above)
        .subscribe(device);
  }

  private void releaseSent() {
    sent.forEach(Frame::release);
    sent.clear();
  }

  @Test
  void aSegmentIsMadeWhenTheDeviceRequestsIt() {
    connect();
    assertThat(above.requested).isZero();
    device.request(2);
    assertThat(above.requested).isEqualTo(2);
    Frame first = SuperFrames.tcp(100, 250).frame(0);
    above.emit(first);
    assertThat(sent).hasSize(2);
    Frame second = SuperFrames.tcp(100, 150).frame(0);
    above.emit(second);
    assertThat(sent).hasSize(2);
    assertThat(first.payload().refCnt()).isOne();

    device.request(1);
    assertThat(sent).hasSize(3);
    assertThat(first.payload().refCnt()).isZero();
    device.request(10);
    assertThat(sent).hasSize(5);
    assertThat(second.payload().refCnt()).isZero();
    assertThat(sent).extracting(frame -> frame.payload().readableBytes() - 54).containsExactly(100, 100, 50, 100, 50);
    releaseSent();
  }

  @Test
  void fewFramesAreRequestedInAdvance() {
    connect();
    device.request(256);
    assertThat(above.requested).isEqualTo(Segmentation.AHEAD);
    // Half of them is used before more are requested.
    for (int i = 0; i < Segmentation.AHEAD / 2; i++) {
      assertThat(above.requested).isEqualTo(Segmentation.AHEAD - i);
      above.emit(SuperFrames.tcp(100, 450).frame(0));
    }
    assertThat(sent).hasSize(5 * Segmentation.AHEAD / 2);
    assertThat(above.requested).isEqualTo(Segmentation.AHEAD);
    releaseSent();
  }

  @Test
  void framesThatWaitForCreditCountAsRequested() {
    connect();
    device.request(256);
    // 64 super-frames would use 320 segments; the credit ends within the 52nd.
    int emitted = 0;
    while (above.requested > 0) {
      above.emit(SuperFrames.tcp(100, 450).frame(0));
      emitted++;
    }
    assertThat(sent).hasSize(256);
    assertThat(emitted).isBetween(52, 52 + Segmentation.AHEAD);
    releaseSent();
    device.cancel();
    assertThat(above.cancelled).isTrue();
  }

  @Test
  void aUnitThatCannotBeCutIsCountedAndReplaced() {
    connect();
    device.request(1);
    Frame arp = new Frame(Unpooled.wrappedBuffer(new byte[60]), new PacketFacts(0, ChecksumState.UNFINISHED, 100));
    above.emit(arp);
    assertThat(arp.payload().refCnt()).isZero();
    assertThat(drops.get(OffloadDrop.NOT_SEGMENTABLE)).isOne();
    assertThat(above.requested).isOne();
    above.emit(SuperFrames.tcp(100, 100).frame(0));
    assertThat(sent).hasSize(1);
    releaseSent();
  }

  @Test
  void framesThatWaitAreReleasedOnCancellation() {
    connect();
    device.request(2);
    Frame first = SuperFrames.tcp(100, 250).frame(0);
    Frame second = SuperFrames.tcp(100, 250).frame(0);
    above.emit(first);
    above.emit(second);
    device.cancel();
    assertThat(first.payload().refCnt()).isZero();
    assertThat(second.payload().refCnt()).isZero();
    releaseSent();
  }
}
