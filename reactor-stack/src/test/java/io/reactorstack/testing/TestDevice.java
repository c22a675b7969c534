package io.reactorstack.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
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

/** A device whose medium is the test: frames are injected, and what is sent is collected or handed to a peer. */
public final class TestDevice implements NetworkDevice {

  private final LoopTurn turn;
  private final DeviceCapabilities capabilities;
  private final Drops drops = new Drops();
  private final List<byte[]> sent = new ArrayList<>();
  private CoreSubscriber<? super Frame> receiver;
  private Subscription sender;
  private Consumer<byte[]> wire = sent::add;
  private boolean automatic = true;
  private boolean disposed;

  /** A device on {@code turn}'s loop that has credit without end until {@link #holdCredit} is called. */
  public TestDevice(LoopTurn turn, DeviceCapabilities capabilities) {
    this.turn = turn;
    this.capabilities = capabilities;
  }

  /** Joins two devices by a wire: what one sends the other receives in the next turn. */
  public static void connect(TestDevice a, TestDevice b) {
    a.wire = bytes -> b.turn.dirty(() -> b.inject(bytes));
    b.wire = bytes -> a.turn.dirty(() -> a.inject(bytes));
  }

  /** Gives no credit of its own from now on: what was given is used up, and then {@link #credit} gives more. */
  public void holdCredit() {
    automatic = false;
  }

  /** Lets {@code frames} more frames out. */
  public void credit(long frames) {
    sender.request(frames);
  }

  /** Receives a frame with these bytes. */
  public void inject(byte[] bytes) {
    inject(Unpooled.directBuffer(bytes.length).writeBytes(bytes));
  }

  /** Receives a frame; the buffer passes to the stack. */
  public void inject(ByteBuf bytes) {
    receiver.onNext(new Frame(bytes, PacketFacts.receivedAt(turn.now())));
  }

  /** Takes what was sent since the last call. */
  public List<byte[]> takeSent() {
    List<byte[]> taken = List.copyOf(sent);
    sent.clear();
    return taken;
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
