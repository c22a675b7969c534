package io.reactorstack.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.reactorstack.device.Carrier;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import io.reactorstack.layer.LoopTurn;
import io.reactorstack.packet.PacketFacts;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A device controlled by the test: frames are injected, and sent frames are collected or passed to a peer. */
public final class TestDevice implements NetworkDevice {

  private final LoopTurn turn;
  private final DeviceCapabilities capabilities;
  private final Drops drops = new Drops();
  private final List<byte[]> sent = new ArrayList<>();
  private final Sinks.Many<Carrier> carrier = Sinks.many().replay().latestOrDefault(Carrier.UP);
  private CoreSubscriber<? super Frame> receiver;
  private Subscription sender;
  private Consumer<byte[]> wire = sent::add;
  private boolean automatic = true;
  private boolean disposed;

  /** Creates a device on {@code turn}'s loop that has unlimited credit until {@link #holdCredit} is called. */
  public TestDevice(LoopTurn turn, DeviceCapabilities capabilities) {
    this.turn = turn;
    this.capabilities = capabilities;
  }

  /** Connects two devices: a frame sent by one is received by the other in the next turn. */
  public static void connect(TestDevice a, TestDevice b) {
    a.wire = bytes -> b.turn.dirty(() -> b.inject(bytes));
    b.wire = bytes -> a.turn.dirty(() -> a.inject(bytes));
  }

  /** Stops granting credit automatically: after the present credit is used up, only {@link #credit} grants more. */
  public void holdCredit() {
    automatic = false;
  }

  /** Permits {@code frames} more frames to be sent. */
  public void credit(long frames) {
    sender.request(frames);
  }

  /** Makes the device receive a frame with these bytes. */
  public void inject(byte[] bytes) {
    inject(Unpooled.directBuffer(bytes.length).writeBytes(bytes));
  }

  /** Makes the device receive a frame; ownership of the buffer passes to the stack. */
  public void inject(ByteBuf bytes) {
    receiver.onNext(new Frame(bytes, PacketFacts.receivedAt(turn.now())));
  }

  /** Returns and removes the frames sent since the last call. */
  public List<byte[]> takeSent() {
    List<byte[]> taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }

  /** Changes the carrier, which is up at first. */
  public void carrier(Carrier next) {
    carrier.emitNext(next, Sinks.EmitFailureHandler.FAIL_FAST);
  }

  @Override
  public Flux<Carrier> carrier() {
    return carrier.asFlux();
  }

  @Override
  public DeviceCapabilities capabilities() {
    return capabilities;
  }

  @Override
  public Drops drops() {
    return drops;
  }

  @Override
  public Flux<Frame> receive() {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Frame> actual) {
        receiver = actual;
        actual.onSubscribe(reactor.core.publisher.Operators.emptySubscription());
      }
    };
  }

  @Override
  public Mono<Void> send(Publisher<Frame> frames) {
    return Mono.create(
        sink -> frames.subscribe(
            new BaseSubscriber<Frame>() {
              @Override
              protected void hookOnSubscribe(Subscription subscription) {
                sender = subscription;
                if (automatic) {
                  subscription.request(64);
                }
              }

              @Override
              protected void hookOnNext(Frame frame) {
                byte[] bytes = ByteBufUtil.getBytes(frame.payload());
                frame.release();
                wire.accept(bytes);
                if (automatic) {
                  sender.request(1);
                }
              }
            }));
  }

  @Override
  public void dispose() {
    disposed = true;
    if (sender != null) {
      sender.cancel();
    }
  }

  @Override
  public boolean isDisposed() {
    return disposed;
  }
}
