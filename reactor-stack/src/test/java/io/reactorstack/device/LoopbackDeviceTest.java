package io.reactorstack.device;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorstack.packet.PacketFacts;
import io.reactorstack.testing.VirtualLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;

class LoopbackDeviceTest {

  private final VirtualLoop loop = new VirtualLoop();
  private final LoopbackDevice device = new LoopbackDevice(loop.newTurn(), 1500);
  private final List<Object> signals = new ArrayList<>();

  private static Frame frame(int length) {
    return new Frame(Unpooled.buffer(2000).writeZero(length), PacketFacts.LOCAL);
  }

  private void receive() {
    device.receive().subscribe(frame -> {
      signals.add(frame.payload().readableBytes());
      frame.release();
    }, signals::add, () -> signals.add("complete"));
  }

  @Test
  void deliversEachSentFrameInTheNextTurn() {
    receive();
    device.send(Flux.just(frame(20), frame(30))).subscribe();
    assertThat(signals).isEmpty();
    loop.settle();
    assertThat(signals).containsExactly(20, 30);
  }

  @Test
  void dropsFramesBeyondTheMtuAndWithoutReceiver() {
    Frame lost = frame(20);
    device.send(Flux.just(lost)).subscribe();
    loop.settle();
    assertThat(lost.payload().refCnt()).isZero();
    receive();
    device.send(Flux.just(frame(1501), frame(1500))).subscribe();
    loop.settle();
    assertThat(signals).containsExactly(1500);
    assertThat(device.drops().get(DeviceDrop.CANCELLED)).isEqualTo(1);
    assertThat(device.drops().get(DeviceDrop.TOO_LONG)).isEqualTo(1);
  }

  @Test
  void receiveOfAClosedDeviceCompletes() {
    device.dispose();
    receive();
    assertThat(signals).containsExactly("complete");
  }

  @Test
  void sendOnAClosedDeviceFailsWithClosed() {
    device.dispose();
    ByteBuf unsent = frame(20).payload();
    device.send(Flux.just(new Frame(unsent, PacketFacts.LOCAL))).subscribe(done -> {}, signals::add);
    assertThat(signals).singleElement().isInstanceOfSatisfying(DeviceException.class,
        failure -> assertThat(failure.reason()).isEqualTo(DeviceException.Reason.CLOSED));
    assertThat(unsent.refCnt()).as("a publisher without a subscriber keeps its buffers").isEqualTo(1);
    unsent.release();
  }

  @Test
  void aSecondReceiverOrPublisherIsRejected() {
    receive();
    device.receive().subscribe(frame -> {}, signals::add);
    device.send(Flux.never()).subscribe();
    device.send(Flux.never()).subscribe(done -> {}, signals::add);
    assertThat(signals).hasSize(2).allMatch(IllegalStateException.class::isInstance);
  }

  /** Reactive Streams 3.9. */
  @Test
  void aRequestThatIsNotPositiveIsAnError() {
    BaseSubscriber<Frame> subscriber = new BaseSubscriber<>() {
      @Override
      protected void hookOnSubscribe(Subscription subscription) {
        subscription.request(0);
      }

      @Override
      protected void hookOnError(Throwable failure) {
        signals.add(failure);
      }
    };
    device.receive().subscribe(subscriber);
    loop.settle();
    assertThat(signals).singleElement().isInstanceOf(IllegalArgumentException.class);

    signals.clear();
    receive();
    device.send(Flux.just(frame(20))).subscribe();
    loop.settle();
    assertThat(signals).as("the device has room for another receiver").containsExactly(20);
  }
}
