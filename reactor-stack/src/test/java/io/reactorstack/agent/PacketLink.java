package io.reactorstack.agent;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.reactorstack.device.DeviceCapabilities;
import io.reactorstack.device.Frame;
import io.reactorstack.device.NetworkDevice;
import io.reactorstack.layer.Drops;
import io.reactorstack.packet.PacketFacts;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * A point-to-point link of bare IP packets: packets sent by the stack wait in the outbox, with the time at which they
 * were sent.
 */
final class PacketLink implements NetworkDevice {

  /** A packet that the stack sent at {@code time}, in microseconds. */
  record Sent(long time, byte[] packet) {}

  private final VirtualTime time;
  private final DeviceCapabilities capabilities;
  private final ByteBufAllocator allocator;
  private final Drops drops = new Drops();
  private final Deque<Sent> outbox = new ArrayDeque<>();
  private @Nullable CoreSubscriber<? super Frame> receiver;
  private @Nullable Subscription sender;
  private boolean disposed;

  PacketLink(VirtualTime time, int mtu, ByteBufAllocator allocator) {
    this.time = time;
    this.allocator = allocator;
    this.capabilities = DeviceCapabilities.ip(mtu);
  }

  /** Delivers a packet to the stack, of any length, even one longer than the MTU. */
  void deliver(byte[] packet) {
    if (receiver != null) {
      receiver.onNext(
          new Frame(
              allocator.directBuffer(packet.length, packet.length).writeBytes(packet),
              PacketFacts.receivedAt(time.ticker().nanoTime())));
    }
  }

  /** Removes and returns the oldest packet, or {@code null}. */
  @Nullable
  Sent take() {
    return outbox.pollFirst();
  }

  boolean isOutboxEmpty() { return outbox.isEmpty(); }

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
        actual.onSubscribe(Operators.emptySubscription());
      }
    };
  }

  @Override
  public Mono<Void> send(Publisher<Frame> frames) {
    return new Mono<>() {
      @Override
      public void subscribe(CoreSubscriber<? super Void> actual) {
        actual.onSubscribe(Operators.emptySubscription());
        frames.subscribe(new Outbound());
      }
    };
  }

  @Override
  public void dispose() {
    disposed = true;
    receiver = null;
    if (sender != null) {
      sender.cancel();
    }
  }

  @Override
  public boolean isDisposed() {
    return disposed;
  }

  private final class Outbound implements CoreSubscriber<Frame> {

    @Override
    public void onSubscribe(Subscription subscription) {
      sender = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Frame frame) {
      outbox.addLast(new Sent(time.now(), ByteBufUtil.getBytes(frame.payload())));
      frame.release();
    }

    @Override
    public void onError(Throwable cause) {
      throw new IllegalStateException("the stack's stream of sent packets has failed", cause);
    }

    @Override
    public void onComplete() {}
  }
}
